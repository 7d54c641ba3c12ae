/* Offsets for the workspace's buffers: several orders of first fit, the best kept, then a seeded
 * search over orders while the result is above the bound. Same input, same result, always.
 *
 * In parts, an item goes to the first part that has room for it. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

struct item {
	int64_t size, align, offset;
	int first, last;
	int buffer, part;
};

/* How first_fit goes: what it may fill, and what it works in. */
struct fit {
	const struct part *parts; /* the memories' own sizes; NULL: one part without a limit */
	int n_parts;
	struct item *items;
	int n;
	struct item **order, **placed; /* placed: by offset, of all parts */
	struct item *best;
};

enum { SEARCH_ROUNDS = 400, SEARCH_MAX_ITEMS = 300 };

static bool lives_overlap(const struct item *a, const struct item *b)
{
	return a->first <= b->last && b->first <= a->last;
}

static int64_t align_up(int64_t n, int64_t align)
{
	return (n + align - 1) / align * align;
}

/* The first offset in `part` where it fits among those placed. */
static int64_t lowest(const struct fit *f, int count, const struct item *it, int part)
{
	int64_t at = 0;

	for (int k = 0; k < count; k++) {
		const struct item *p = f->placed[k];

		if (p->part != part || !lives_overlap(p, it))
			continue;
		if (align_up(at, it->align) + it->size <= p->offset)
			break;
		if (p->offset + p->size > at)
			at = p->offset + p->size;
	}
	return align_up(at, it->align);
}

static bool find_place(const struct fit *f, int count, struct item *it)
{
	for (it->part = 0; it->part < f->n_parts; it->part++) {
		it->offset = lowest(f, count, it, it->part);
		if (!f->parts || it->offset + it->size <= f->parts[it->part].size)
			return true;
	}
	return false;
}

/* Offsets for items in the order given. Returns the peak; of parts the bytes that found no room. */
static int64_t first_fit(struct fit *f)
{
	int64_t peak = 0, left_out = 0;
	int count = 0;

	for (int i = 0; i < f->n; i++) {
		struct item *it = f->order[i];
		int pos = 0;

		if (!find_place(f, count, it)) {
			left_out += it->size;
			continue;
		}
		while (pos < count && f->placed[pos]->offset <= it->offset)
			pos++;
		memmove(&f->placed[pos + 1], &f->placed[pos],
			(size_t)(count - pos) * sizeof *f->placed);
		f->placed[pos] = it;
		count++;
		if (it->offset + it->size > peak)
			peak = it->offset + it->size;
	}
	return f->parts ? left_out : peak;
}

static int by_size(const void *pa, const void *pb)
{
	const struct item *a = *(struct item *const *)pa, *b = *(struct item *const *)pb;

	if (a->size != b->size)
		return a->size < b->size ? 1 : -1;
	return (a->first > b->first) - (a->first < b->first);
}

static int by_first(const void *pa, const void *pb)
{
	const struct item *a = *(struct item *const *)pa, *b = *(struct item *const *)pb;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return by_size(pa, pb);
}

static int by_life(const void *pa, const void *pb)
{
	const struct item *a = *(struct item *const *)pa, *b = *(struct item *const *)pb;
	int la = a->last - a->first, lb = b->last - b->first;

	if (la != lb)
		return la < lb ? 1 : -1;
	return by_size(pa, pb);
}

static void keep(struct fit *f)
{
	memcpy(f->best, f->items, (size_t)f->n * sizeof *f->items);
}

static void swap_two(struct fit *f, int i, int j)
{
	struct item *t = f->order[i];

	f->order[i] = f->order[j];
	f->order[j] = t;
}

/* Swaps two seeded random positions at a time and keeps what does not get worse. */
static int64_t search(struct fit *f, int64_t result, int64_t bound)
{
	uint32_t seed = 1;

	for (int round = 0; round < SEARCH_ROUNDS && result > bound; round++) {
		int i, j;
		int64_t r;

		seed = seed * 1664525u + 1013904223u;
		i = (int)(seed >> 8) % f->n;
		seed = seed * 1664525u + 1013904223u;
		j = (int)(seed >> 8) % f->n;
		swap_two(f, i, j);
		r = first_fit(f);
		if (r > result) {
			swap_two(f, i, j);
			continue;
		}
		result = r;
		keep(f);
	}
	return result;
}

/* The best that the orders and the search find; not below bound. */
static int64_t fit_best(struct fit *f, int64_t bound)
{
	static int (*const orders[])(const void *, const void *) = { by_size, by_life, by_first };
	int64_t result = INT64_MAX;

	for (size_t k = 0; k < ARRAY_LEN(orders) && result > bound; k++) {
		int64_t got;

		qsort(f->order, (size_t)f->n, sizeof *f->order, orders[k]);
		got = first_fit(f);
		if (got < result) {
			result = got;
			keep(f);
		}
	}
	return f->n <= SEARCH_MAX_ITEMS ? search(f, result, bound) : result;
}

/* Most bytes alive at any one step. */
static int64_t live_bound(const struct item *items, int n, int n_steps)
{
	int64_t most = 0, live = 0;
	int64_t *delta = calloc((size_t)n_steps + 2, sizeof *delta);

	if (!delta)
		abort();
	for (int i = 0; i < n; i++) {
		delta[items[i].first] += items[i].size;
		delta[items[i].last + 1] -= items[i].size;
	}
	for (int s = 0; s <= n_steps; s++) {
		live += delta[s];
		if (live > most)
			most = live;
	}
	free(delta);
	return most;
}

/* -- in parts ---------------------------------------------------------------------------------- */

static int by_speed(const void *pa, const void *pb)
{
	const struct target_memory *a = ((const struct part *)pa)->memory,
				   *b = ((const struct part *)pb)->memory;

	if (a->speed != b->speed)
		return a->speed < b->speed ? -1 : 1;
	return (a > b) - (a < b); /* as the profile has them */
}

/* The memories for activations; 0 when one of them holds `size`. */
static int memories_for(const struct target *t, int64_t size, struct part *out)
{
	int n = 0;

	for (size_t i = 0; i < t->n_memories; i++) {
		const struct target_memory *m = &t->memories[i];

		if (!memory_takes_activations(m))
			continue;
		if (m->size >= size)
			return 0;
		out[n++] = (struct part){ m, m->size };
	}
	qsort(out, (size_t)n, sizeof *out, by_speed);
	return n;
}

static void place_in_parts(struct plan *p, struct fit *f, int64_t whole, struct arena *tmp)
{
	struct part *memories = arena_array(tmp, struct part, p->target->n_memories + 1);
	int *number = arena_array(tmp, int, p->target->n_memories + 1);
	struct item *one_piece = arena_copy(tmp, f->best, ((size_t)f->n + 1) * sizeof *f->best);

	f->parts = memories;
	f->n_parts = memories_for(p->target, whole, memories);
	if (f->n_parts < 2)
		return;
	if (fit_best(f, 0) > 0) { /* not even so: the budget tells what is missing */
		f->best = one_piece;
		return;
	}
	p->workspace = 0;
	for (int k = 0; k < f->n_parts; k++) {
		struct part part = { memories[k].memory, 0 };

		number[k] = (int)p->parts.n;
		for (int i = 0; i < f->n; i++)
			if (f->best[i].part == k && f->best[i].offset + f->best[i].size > part.size)
				part.size = f->best[i].offset + f->best[i].size;
		p->workspace += part.size;
		if (part.size)
			vec_push(p->u->arena, &p->parts, part);
	}
	for (int i = 0; i < f->n; i++)
		f->best[i].part = number[f->best[i].part];
}

int64_t plan_part_size(const struct plan *p, int k)
{
	return p->parts.n ? p->parts.p[k].size : p->workspace;
}

void plan_place(struct plan *p)
{
	struct arena tmp = { 0 };
	struct fit f = { .n_parts = 1 };
	size_t most = p->buffers.n + 1;

	f.items = arena_array(&tmp, struct item, most);
	f.order = arena_array(&tmp, struct item *, most);
	f.placed = arena_array(&tmp, struct item *, most);
	f.best = arena_array(&tmp, struct item, most);
	p->workspace_align = 1;
	for (size_t i = 0; i < p->buffers.n; i++) {
		const struct buffer *b = &p->buffers.p[i];

		if (b->region != REGION_WORKSPACE || b->size == 0)
			continue;
		f.items[f.n] = (struct item){ b->size, b->align, 0, b->first, b->last, (int)i, 0 };
		f.order[f.n] = &f.items[f.n];
		f.n++;
		if (b->align > p->workspace_align)
			p->workspace_align = b->align;
	}
	p->workspace_bound = live_bound(f.items, f.n, p->n_steps);
	p->workspace = f.n ? fit_best(&f, p->workspace_bound) : 0;
	if (p->workspace)
		place_in_parts(p, &f, p->workspace, &tmp);
	for (int i = 0; i < f.n; i++) {
		struct buffer *b = &p->buffers.p[f.best[i].buffer];

		b->offset = f.best[i].offset;
		b->part = f.best[i].part;
	}
	arena_free(&tmp);
}
