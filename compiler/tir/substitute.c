/* Rebuilding expressions with loads and variables replaced.
 *
 * Capture: a reduction's variables are closed over (tir_reduce renames them by nesting depth), so
 * what is put inside must not contain them. A rebuild opens every reduction with fresh variables,
 * which nothing else can contain, and tir_reduce closes it again. */
#include <assert.h>
#include <string.h>

#include "internal.h"

struct rebuild {
	struct tir_builder *b;
	const struct tir_map *map;
	const struct tir *
		*memo; /* by id; within one builder operands have smaller ids than users */
	/* rename only: variables are of this builder, and bound ones stay */
	bool rename;
};

static const struct tir *rebuild(struct rebuild *r, const struct tir *e);

static const struct tir *rebuild_load(struct rebuild *r, const struct tir *e)
{
	const struct tir *idx[RANK_MAX], *with = NULL;
	for (int i = 0; i < e->u.load.rank; i++)
		idx[i] = rebuild(r, e->u.load.idx[i]);
	if (r->map->load)
		with = r->map->load(r->b, e, idx, r->map->data);
	return with ? with : tir_load_typed(r->b, e->u.load.slot, e->type, e->u.load.rank, idx);
}

static const struct tir *rebuild_reduce(struct rebuild *r, const struct tir *e)
{
	const struct tir *vars[RANK_MAX * 2];
	assert(e->u.reduce.n <= (int)ARRAY_LEN(vars));
	for (int i = 0; i < e->u.reduce.n; i++) {
		const struct tir *v = e->u.reduce.vars[i];
		if (!r->memo[v->id])
			r->memo[v->id] =
				r->rename ? v : tir_var(r->b, v->u.var.extent, v->u.var.name);
		vars[i] = r->memo[v->id];
	}
	return tir_reduce(r->b, e->u.reduce.kind, e->u.reduce.n, vars, rebuild(r, e->a));
}

static const struct tir *rebuild_node(struct rebuild *r, const struct tir *e)
{
	struct tir_builder *b = r->b;
	switch (e->kind) {
	case TIR_INT:
		return tir_int(b, e->type, e->u.i);
	case TIR_FLOAT:
		return tir_float(b, e->type, e->u.f);
	case TIR_DIM:
		return tir_dim(b, e->u.dim);
	case TIR_VAR:
		return r->map->var ? r->map->var(b, e, r->map->data) : e;
	case TIR_LOAD:
		return rebuild_load(r, e);
	case TIR_REDUCE:
		return rebuild_reduce(r, e);
	case TIR_SELECT: {
		const struct tir *c = rebuild(r, e->a);
		if (c->kind ==
		    TIR_INT) /* the dead branch may hold loads that nothing keeps in range */
			return rebuild(r, c->u.i ? e->b : e->c);
		const struct tir *x = rebuild(r, e->b);
		return tir_select(b, c, x, rebuild(r, e->c));
	}
	case TIR_CAST:
		return tir_cast(b, e->type, rebuild(r, e->a));
	case TIR_ROUND_TO:
		return tir_round_to(b, e->u.round_to.to, e->u.round_to.saturate, rebuild(r, e->a));
	default:
		break;
	}
	const struct tir *x = rebuild(r, e->a);
	return e->b ? tir_binary(b, e->kind, x, rebuild(r, e->b)) : tir_unary(b, e->kind, x);
}

static const struct tir *rebuild(struct rebuild *r, const struct tir *e)
{
	if (r->rename && !e->has_var)
		return e;
	if (!r->memo[e->id])
		r->memo[e->id] = rebuild_node(r, e);
	return r->memo[e->id];
}

static const struct tir *run(struct tir_builder *b, const struct tir *e, const struct tir_map *m,
			     bool rename)
{
	struct arena tmp = { 0 };
	struct rebuild r = { .b = b, .map = m, .rename = rename };
	r.memo = arena_array(&tmp, const struct tir *, (size_t)e->id + 1);
	const struct tir *result = rebuild(&r, e);
	arena_free(&tmp);
	return result;
}

const struct tir *tir_rebuild(struct tir_builder *b, const struct tir *e, const struct tir_map *m)
{
	return run(b, e, m, false);
}

/* -- variables ------------------------------------------------------------------------ */

struct replace {
	int n;
	const struct tir *const *from, *const *to;
	const int *slots;
};

static const struct tir *replace_var(struct tir_builder *b, const struct tir *v, void *data)
{
	const struct replace *r = data;
	(void)b;
	for (int i = 0; i < r->n; i++)
		if (r->from[i] == v)
			return r->to[i];
	return v;
}

static const struct tir *replace_slot(struct tir_builder *b, const struct tir *e,
				      const struct tir *const *idx, void *data)
{
	const struct replace *r = data;
	int slot = e->u.load.slot;
	return tir_load_typed(b, r->slots ? r->slots[slot] : slot, e->type, e->u.load.rank, idx);
}

const struct tir *tir_rename(struct tir_builder *b, const struct tir *e, int n,
			     const struct tir *const *from, const struct tir *const *to)
{
	bool same = true;
	for (int i = 0; i < n; i++)
		same = same && from[i] == to[i];
	if (same)
		return e;
	struct replace r = { .n = n, .from = from, .to = to };
	return run(b, e, &(struct tir_map){ .var = replace_var, .data = &r }, true);
}

const struct tir *tir_replace(struct tir_builder *b, const struct tir *e, int n,
			      const struct tir *const *from, const struct tir *const *to)
{
	struct arena tmp = { 0 };
	struct rebuild r = { .b = b, .map = &(struct tir_map){ 0 } };
	r.memo = arena_array(&tmp, const struct tir *, (size_t)e->id + 1);
	for (int i = 0; i < n; i++)
		if (from[i]->id <= e->id)
			r.memo[from[i]->id] = to[i];
	const struct tir *result = rebuild(&r, e);
	arena_free(&tmp);
	return result;
}

const struct tir *tir_reslot(struct tir_builder *b, const struct tir *e, const int *slots)
{
	struct replace r = { .slots = slots };
	return run(b, e, &(struct tir_map){ .load = replace_slot, .data = &r }, false);
}

const struct tir *tir_at(struct tir_builder *b, const struct tir_stage *producer,
			 const struct tir *const *idx, const int *slots)
{
	struct replace r = {
		.n = producer->rank, .from = producer->vars, .to = idx, .slots = slots
	};
	struct tir_map m = { .load = replace_slot, .var = replace_var, .data = &r };
	return run(b, producer->value, &m, false);
}

void tir_import(struct tir_builder *b, const struct tir_stage *s, const int *slots,
		struct tir_stage *out)
{
	struct tir_stage r = { .type = s->type, .rank = s->rank };
	for (int i = 0; i < s->rank; i++)
		r.vars[i] = tir_var(b, s->vars[i]->u.var.extent, s->vars[i]->u.var.name);
	r.value = tir_at(b, s, r.vars, slots);
	*out = r;
}
