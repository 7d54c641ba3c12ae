/* For the interpreter: reductions that repeat along an axis are computed once.
 *
 *	y[i,j] = x[i,j] / sum(k, x[i,k])   =>   t[i] = sum(k, x[i,k]);  y[i,j] = x[i,j] / t[i]
 *
 * Only reductions that every element needs: one that a selection guards may not be computable
 * everywhere. */
#include "internal.h"

/* Elements that share a reduction before it is worth a pass of its own. */
#define SHARE_MIN 8

struct rows {
	struct tir_builder b;
	struct tir_stage s;
	unsigned char *seen;
	VEC(const struct tir *) found;
};

/* How many elements of the stage share each value of e; 0 when all do, which programs compute once
 * anyway. */
static int64_t sharing(const struct tir_stage *s, const struct tir *e)
{
	int64_t n = 1;
	bool varies = false;
	for (int i = 0; i < s->rank; i++) {
		if (tir_uses_var(e, s->vars[i]))
			varies = true;
		else
			n = sat_mul(n, s->vars[i]->u.var.extent);
	}
	return varies ? n : 0;
}

static void find(struct rows *r, const struct tir *e)
{
	if (!e || !e->has_reduce || r->seen[e->id])
		return;
	r->seen[e->id] = 1;
	if (e->kind == TIR_REDUCE) {
		if (sharing(&r->s, e) >= SHARE_MIN)
			vec_push(r->b.u->arena, &r->found, e);
		return;
	}
	find(r, e->a);
	if (e->kind == TIR_SELECT)
		return;
	find(r, e->b);
	for (int i = 0; e->kind == TIR_LOAD && i < e->u.load.rank; i++)
		find(r, e->u.load.idx[i]);
}

/* Computes e over the axes it varies along, as input `slot`; returns the load of it. */
static const struct tir *compute(struct rows *r, const struct tir *e, int slot,
				 const struct constant **in)
{
	bool index = e->type == DT_INDEX;
	struct tir_stage t = { .type = index ? DT_I64 : e->type };
	for (int i = 0; i < r->s.rank; i++)
		if (tir_uses_var(e, r->s.vars[i]))
			t.vars[t.rank++] = r->s.vars[i];
	t.value = index ? tir_cast(&r->b, DT_I64, e) : e;
	in[slot] = tir_eval(r->b.u->arena, &t, in);
	const struct tir *load = tir_load_typed(&r->b, slot, t.type, t.rank, t.vars);
	return index ? tir_cast(&r->b, DT_INDEX, load) : load;
}

void tir_hoist_rows(struct arena *a, const struct tir_stage *s, const struct constant *const *in,
		    struct tir_stage *out, const struct constant *const **out_in)
{
	struct rows r = { .found.p = NULL };
	struct unit *u = arena_new(a, struct unit);
	*out = *s;
	*out_in = in;
	if (!s->value->has_reduce)
		return;
	u->arena = a;
	tir_builder_init(&r.b, u, NULL);
	tir_import(&r.b, s, NULL, &r.s);
	r.seen = arena_alloc(a, (size_t)r.s.value->id + 1);
	find(&r, r.s.value);
	if (!r.found.n)
		return;

	int n = tir_slots(s->value, NULL, 0), found = (int)r.found.n;
	int *slots = arena_array(a, int, (size_t)n);
	tir_slots(s->value, slots, n);
	int first = n ? slots[n - 1] + 1 : 0;
	const struct constant **all =
		arena_array(a, const struct constant *, (size_t)(first + found));
	const struct tir **load = arena_array(a, const struct tir *, (size_t)found);
	for (int i = 0; i < n; i++)
		all[slots[i]] = in[slots[i]];
	for (int i = 0; i < found; i++)
		load[i] = compute(&r, r.found.p[i], first + i, all);
	*out = r.s;
	out->value = tir_replace(&r.b, r.s.value, found, r.found.p, load);
	*out_in = all;
}
