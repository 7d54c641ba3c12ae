/* The placement's independent checker: compares every pair of workspace buffers. Shares no code
 * with place.c. */
#include "plan.h"

#include <limits.h>

struct use { /* of a buffer, by the steps themselves */
	int first, last;
};

struct uses {
	const struct plan *p;
	struct use *of;
	const struct step
		*loop; /* only note uses inside it of what is older than it; NULL: note all uses */
};

static void note(struct uses *u, uint32_t id, int step)
{
	int b = id ? u->p->places[id].buffer : -1;
	struct use *use = b < 0 ? NULL : &u->of[b];

	if (!use)
		return;
	if (!u->loop && step < use->first)
		use->first = step;
	if (u->loop && use->first <= u->loop->number)
		step = u->loop->end; /* the next iteration uses it again */
	if (step > use->last)
		use->last = step;
}

static void note_block(struct uses *u, const struct block *b);

static void note_step(struct uses *u, const struct step *s)
{
	for (int k = 0; k < s->n_slots; k++)
		note(u, s->slots[k], s->number);
	for (int k = 0; k < s->n_outputs; k++)
		note(u, s->outputs[k], s->number);
	for (size_t k = 0; k < s->call.args.n; k++)
		if (s->call.args.p[k].kind == ARG_VALUE)
			note(u, s->call.args.p[k].value, s->number);
	for (int k = 0; s->iterations && k < s->iterations->n_held; k++)
		note(u, s->iterations->held[k], s->number);
	for (int k = 0; k < s->n_blocks; k++)
		note_block(u, &s->blocks[k]);
}

static void note_block(struct uses *u, const struct block *b)
{
	for (size_t i = 0; i < b->steps.n; i++)
		note_step(u, b->steps.p[i]);
}

static void note_loops(struct uses *u, const struct block *b)
{
	for (size_t i = 0; i < b->steps.n; i++) {
		const struct step *s = b->steps.p[i];

		for (int k = 0; k < s->n_blocks; k++) {
			if (s->iterations) {
				u->loop = s;
				note_block(u, &s->blocks[k]);
			}
			note_loops(u, &s->blocks[k]);
		}
	}
}

/* Every use lies within the buffer's lifetime. */
static bool check_lives(const struct plan *p, struct strbuf *why)
{
	struct arena tmp = { 0 };
	struct uses u = { .p = p, .of = arena_array(&tmp, struct use, p->buffers.n + 1) };
	bool ok = true;

	for (size_t i = 0; i < p->buffers.n; i++)
		u.of[i] = (struct use){ INT_MAX, -1 };
	note_block(&u, &p->main);
	note_loops(&u, &p->main);
	for (size_t i = 0; ok && i < p->buffers.n; i++) {
		const struct buffer *b = &p->buffers.p[i];

		if (b->region != REGION_WORKSPACE || u.of[i].last < 0)
			continue;
		ok = b->first <= u.of[i].first && b->last >= u.of[i].last;
		if (!ok)
			strbuf_printf(
				why,
				"buffer %zu (%s) is used in steps %d to %d and lives in %d to %d",
				i, b->name, u.of[i].first, u.of[i].last, b->first, b->last);
	}
	arena_free(&tmp);
	return ok;
}

bool plan_check(const struct plan *p, struct strbuf *why)
{
	if (!check_lives(p, why))
		return false;
	for (size_t i = 0; i < p->buffers.n; i++) {
		const struct buffer *a = &p->buffers.p[i];

		if (a->region != REGION_WORKSPACE || a->size == 0)
			continue;
		if (a->offset < 0 || a->offset % a->align != 0 ||
		    a->offset + a->size > plan_part_size(p, a->part)) {
			strbuf_printf(
				why,
				"buffer %zu (%s) at %lld, %lld bytes, leaves the workspace of %lld bytes",
				i, a->name, (long long)a->offset, (long long)a->size,
				(long long)plan_part_size(p, a->part));
			return false;
		}
		for (size_t k = i + 1; k < p->buffers.n; k++) {
			const struct buffer *b = &p->buffers.p[k];
			bool together, apart;

			if (b->region != REGION_WORKSPACE || b->size == 0)
				continue;
			together = !(a->last < b->first || b->last < a->first);
			apart = a->part != b->part || a->offset + a->size <= b->offset ||
				b->offset + b->size <= a->offset;
			if (together && !apart) {
				strbuf_printf(
					why,
					"buffers %zu (%s, steps %d to %d) and %zu (%s, steps %d to %d) overlap",
					i, a->name, a->first, a->last, k, b->name, b->first,
					b->last);
				return false;
			}
		}
	}
	return true;
}
