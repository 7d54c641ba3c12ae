/* Placement of buffers with random lifetimes, judged by the checker that shares no code with it. */
#include "unit.h"

#include "../../compiler/plan/plan.h"

enum { STEPS = 30 };

static uint32_t next(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

/* A plan of nothing but n buffers, of 1 to 1000 bytes. */
static struct plan *random_plan(struct arena *a, const struct target *t, int n, uint32_t seed)
{
	struct plan *p = arena_new(a, struct plan);

	p->u = unit_new(a, &(struct diag){ 0 }, "random");
	p->target = t;
	p->n_steps = STEPS;
	for (int i = 0; i < n; i++) {
		struct buffer b = { .region = REGION_WORKSPACE, .name = "random" };

		b.size = 1 + next(&seed, 1000);
		b.align = 1 << next(&seed, 5);
		b.first = (int)next(&seed, STEPS);
		b.last = b.first + (int)next(&seed, (uint32_t)(STEPS - b.first));
		vec_push(a, &p->buffers, b);
	}
	return p;
}

static const int64_t rooms[][3] = { { 0 }, { 4000, 4000, 4000 }, { 900, 5000, 7000 } };

/* Of three memories, or of none that the profile knows: nothing overlaps, nothing leaves its part, and a
 * part is no larger than its memory. */
START_TEST(nothing_overlaps)
{
	const int64_t *room = rooms[_i % (int)ARRAY_LEN(rooms)];
	struct target_memory m[3] = { { .speed = 2 }, { .speed = 1 }, { .speed = 3 } };
	struct target t = { .memories = m, .n_memories = room[0] ? 3 : 0 };
	struct arena a = { 0 };
	struct strbuf why = { 0 };
	struct plan *p;

	for (int k = 0; k < 3; k++) {
		m[k].size = room[k];
		m[k].holds = HOLDS_ACTIVATIONS;
	}
	p = random_plan(&a, &t, 1 + 7 * (_i / 3), (uint32_t)_i);
	plan_place(p);
	ck_assert_msg(plan_check(p, &why), "%s", why.s ? why.s : "");
	ck_assert_int_ge(p->workspace, p->workspace_bound);
	for (size_t k = 0; k < p->parts.n; k++) {
		ck_assert_int_le(p->parts.p[k].size, p->parts.p[k].memory->size);
		ck_assert(k == 0 || p->parts.p[k - 1].memory->speed <= p->parts.p[k].memory->speed);
	}
	strbuf_free(&why);
	arena_free(&a);
}
END_TEST

/* Two buffers alive together, of 3000 bytes each, in memories of 4000: one in each, the first of them in
 * the faster. In one of 8000 they stay together, however slow it is. */
START_TEST(parts_only_where_no_memory_suffices)
{
	struct target_memory m[2] = { { .speed = 2, .size = 4000, .holds = HOLDS_BOTH },
				      { .speed = 1, .size = 4000, .holds = HOLDS_ACTIVATIONS } };
	const struct target t = { .memories = m, .n_memories = 2 };
	struct arena a = { 0 };

	for (int whole = 0; whole < 2; whole++) {
		struct plan *p = random_plan(&a, &t, 2, 1);

		for (int i = 0; i < 2; i++) {
			struct buffer *b = &p->buffers.p[i];

			b->size = 3000;
			b->align = 8;
			b->first = 0;
			b->last = 1;
		}
		m[0].size = whole ? 8000 : 4000;
		plan_place(p);
		ck_assert_int_eq(p->workspace, 6000);
		ck_assert_uint_eq(p->parts.n, whole ? 0u : 2u);
		ck_assert_int_eq(plan_part_size(p, 0), whole ? 6000 : 3000);
		if (!whole)
			ck_assert_ptr_eq(p->parts.p[0].memory, &m[1]);
	}
	arena_free(&a);
}
END_TEST

Suite *suite_place(void)
{
	Suite *s = suite_create("place");
	TCase *c = tcase_create("place");

	tcase_add_loop_test(c, nothing_overlaps, 0, 60);
	tcase_add_test(c, parts_only_where_no_memory_suffices);
	suite_add_tcase(s, c);
	return s;
}
