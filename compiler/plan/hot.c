/* Which constants NAME_load copies to a fast memory: a knapsack.
 *
 * A constant gains   bytes read in a run x (speed of its memory - speed of the fast one)
 * and takes its size of the room that the fast memory has. */
#include "plan.h"

enum {
	CELLS = 1 << 16
}; /* of the table of room, at most: coarser than a buffer's alignment above 1 MB */

struct copy {
	int buffer;
	int64_t gain;
	int64_t cells;
};

/* -- what is read how often -------------------------------------------------------------------- */

struct reads {
	const struct plan *p;
	int64_t *bytes; /* by buffer */
};

static int64_t product(int64_t a, int64_t b)
{
	int64_t n;

	return mul_i64(a, b, &n) ? n : INT64_MAX / 4;
}

/* How often s runs: once, or in each iteration of the loops around it, as far as they are bounded. */
static int64_t runs(const struct plan *p, const struct step *s)
{
	int64_t n = 1;

	for (const struct step *l = s->loop; l; l = l->loop)
		if (l->iterations && l->iterations->items != DIM_UNBOUNDED)
			n = product(n, dim_hi(p->u, l->iterations->items));
	return n;
}

static void read_buffer(struct reads *r, const struct step *s, int buffer, int64_t times)
{
	const struct buffer *b = buffer < 0 ? NULL : &r->p->buffers.p[buffer];
	int64_t bytes;

	if (!b || b->region != REGION_WEIGHTS || b->type == DT_STRING)
		return;
	bytes = product(times, (int64_t)dtype_size(b->type));
	bytes = product(bytes > b->size ? bytes : b->size, runs(r->p, s));
	if (!add_i64(r->bytes[buffer], bytes, &r->bytes[buffer]))
		r->bytes[buffer] = INT64_MAX / 4;
}

static int argument_buffer(const struct plan *p, const struct step *s, size_t k)
{
	const struct arg *a = &s->call.args.p[k];

	return a->kind == ARG_PACKED  ? s->packed[k]
	       : a->kind == ARG_VALUE ? p->places[a->value].buffer
				      : -1;
}

/* A kernel reads its largest constant once per multiply-add, the others once; loops read all of theirs
 * once per multiply-add. */
static void read_step(struct reads *r, const struct step *s)
{
	const struct plan *p = r->p;
	int64_t macs = dim_hi(p->u, s->macs), most = 0;

	for (size_t k = 0; k < s->call.args.n; k++) {
		int b = argument_buffer(p, s, k);

		if (b >= 0 && p->buffers.p[b].region == REGION_WEIGHTS &&
		    p->buffers.p[b].size > most)
			most = p->buffers.p[b].size;
	}
	for (size_t k = 0; k < s->call.args.n; k++) {
		int b = argument_buffer(p, s, k);

		if (b >= 0)
			read_buffer(r, s, b, p->buffers.p[b].size == most ? macs : 0);
	}
	for (int k = 0; k < s->n_slots; k++)
		if (s->slots[k])
			read_buffer(r, s, p->places[s->slots[k]].buffer, s->kernel ? 0 : macs);
}

static void read_block(struct reads *r, const struct block *b)
{
	for (size_t i = 0; i < b->steps.n; i++) {
		const struct step *s = b->steps.p[i];

		read_step(r, s);
		for (int k = 0; k < s->n_blocks; k++)
			read_block(r, &s->blocks[k]);
	}
}

/* -- the knapsack ------------------------------------------------------------------------------ */

/* takes[i]: copy i is in the best set of those that fit in `room` cells. */
static void knapsack(struct arena *tmp, const struct copy *c, int n, int64_t room, bool *takes)
{
	size_t width = (size_t)room + 1;
	int64_t *best = arena_array(tmp, int64_t, width); /* of the copies so far, by room */
	bool *taken = arena_array(tmp, bool, width *(size_t)n + 1);

	for (int i = 0; i < n; i++)
		for (int64_t k = room; k >= c[i].cells; k--) {
			int64_t with = best[k - c[i].cells] + c[i].gain;

			if (with > best[k]) {
				best[k] = with;
				taken[(size_t)i * width + (size_t)k] = true;
			}
		}
	for (int i = n - 1; i >= 0; i--) {
		takes[i] = taken[(size_t)i * width + (size_t)room];
		room -= takes[i] ? c[i].cells : 0;
	}
}

static const struct target_memory *first_memory(const struct target *t, bool hot)
{
	for (size_t i = 0; i < t->n_memories; i++)
		if (hot ? t->memories[i].holds == HOLDS_HOT : memory_takes_weights(&t->memories[i]))
			return &t->memories[i];
	return NULL;
}

static int candidates(const struct plan *p, const int64_t *bytes, int64_t faster, int64_t cell,
		      struct copy *out)
{
	int n = 0;

	for (size_t i = 0; i < p->buffers.n; i++) {
		const struct buffer *b = &p->buffers.p[i];

		if (b->region == REGION_WEIGHTS && b->size && bytes[i])
			out[n++] = (struct copy){
				.buffer = (int)i,
				.gain = bytes[i] / 16 * faster, /* the sum of all stays in range */
				.cells = ceil_div(
					(int64_t)round_up((size_t)b->size, (size_t)p->hot_align),
					cell),
			};
	}
	return n;
}

void plan_hot(struct plan *p)
{
	const struct target_memory *from = first_memory(p->target, false),
				   *to = first_memory(p->target, true);
	struct arena tmp = { 0 };
	struct reads r = { p, arena_array(&tmp, int64_t, p->buffers.n + 1) };
	struct copy *c = arena_array(&tmp, struct copy, p->buffers.n + 1);
	bool *takes = arena_array(&tmp, bool, p->buffers.n + 1);
	int64_t room, cell;
	int n;

	if (!from || !to || to->speed >= from->speed || p->target->progmem) {
		arena_free(&tmp);
		return;
	}
	p->hot_align = 1;
	for (size_t i = 0; i < p->buffers.n; i++)
		if (p->buffers.p[i].region == REGION_WEIGHTS &&
		    p->buffers.p[i].align > p->hot_align)
			p->hot_align = p->buffers.p[i].align;
	read_block(&r, &p->main);
	room = p->weights + (int64_t)p->buffers.n * p->hot_align; /* all of them, padded */
	room = to->size < room ? to->size : room;
	cell = p->hot_align * ceil_div(room, CELLS * p->hot_align);
	n = candidates(p, r.bytes, from->speed - to->speed, cell, c);
	knapsack(&tmp, c, n, room / cell, takes);
	for (int i = 0; i < n; i++) {
		struct buffer *b = &p->buffers.p[c[i].buffer];

		if (!takes[i])
			continue;
		b->hot = true;
		b->hot_offset = p->hot;
		p->hot += c[i].cells * cell;
		p->hot_memory = to;
	}
	arena_free(&tmp);
}
