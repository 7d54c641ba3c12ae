/* Constants in program memory beyond what pointers of 16 bits reach (AVR).
 *
 * Those of one step lie close together, in the order of the steps; a step's pointers are distances from
 * the first of them. */
#include "plan.h"

/* Bytes of constants that pointers reach: 64 KB, but for vectors and jump tables in front of them. */
enum { NEAR = 62 * 1024 };

bool plan_is_far(const struct plan *p)
{
	return p->target->progmem && p->weights > NEAR;
}

static void take(const struct plan *p, int buffer, struct span *s)
{
	const struct buffer *b = buffer < 0 ? NULL : &p->buffers.p[buffer];

	if (!b || b->region != REGION_WEIGHTS || b->type == DT_STRING)
		return;
	if (s->to == 0 || b->offset < s->from)
		s->from = b->offset;
	if (b->offset + b->size > s->to)
		s->to = b->offset + b->size;
}

struct span step_constants(const struct plan *p, const struct step *st)
{
	struct span s = { 0, 0 };

	for (int k = 0; k < st->n_slots; k++)
		if (st->slots[k])
			take(p, p->places[st->slots[k]].buffer, &s);
	for (size_t k = 0; k < st->call.args.n; k++) {
		const struct arg *a = &st->call.args.p[k];

		if (a->kind == ARG_PACKED)
			take(p, st->packed[k], &s);
		else if (a->kind == ARG_VALUE)
			take(p, p->places[a->value].buffer, &s);
	}
	return s;
}
