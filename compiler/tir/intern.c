/* Hash-consing: equal expressions are one node. */
#include <string.h>

#include "internal.h"

#define TABLE_MIN ((size_t)64)

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t mix_list(uint64_t h, const struct tir *const *p, int n)
{
	for (int i = 0; i < n; i++)
		h = mix(h, (uintptr_t)p[i]);
	return h;
}

static uint64_t float_bits(double f)
{
	uint64_t u;
	memcpy(&u, &f, sizeof u);
	return u;
}

static uint64_t hash(const struct tir *e)
{
	uint64_t h = mix((uint64_t)e->kind << 8 | (uint64_t)e->type, (uintptr_t)e->a);
	h = mix(mix(h, (uintptr_t)e->b), (uintptr_t)e->c);
	switch (e->kind) {
	case TIR_INT:
		return mix(h, (uint64_t)e->u.i);
	case TIR_FLOAT:
		return mix(h, float_bits(e->u.f));
	case TIR_VAR:
		return mix(h, e->u.var.id);
	case TIR_DIM:
		return mix(h, (uint64_t)e->u.dim);
	case TIR_LOAD:
		return mix_list(mix(h, (uint64_t)e->u.load.slot), e->u.load.idx, e->u.load.rank);
	case TIR_REDUCE:
		return mix_list(mix(h, e->u.reduce.kind), e->u.reduce.vars, e->u.reduce.n);
	case TIR_ROUND_TO:
		return mix(h, (uint64_t)e->u.round_to.to << 1 | e->u.round_to.saturate);
	default:
		return h;
	}
}

static bool same_list(const struct tir *const *p, const struct tir *const *q, int n)
{
	for (int i = 0; i < n; i++)
		if (p[i] != q[i])
			return false;
	return true;
}

static bool same(const struct tir *x, const struct tir *y)
{
	if (x->kind != y->kind || x->type != y->type || x->a != y->a || x->b != y->b ||
	    x->c != y->c)
		return false;
	switch (x->kind) {
	case TIR_INT:
		return x->u.i == y->u.i;
	case TIR_FLOAT:
		return float_bits(x->u.f) == float_bits(y->u.f);
	case TIR_VAR:
		return x->u.var.id == y->u.var.id;
	case TIR_DIM:
		return x->u.dim == y->u.dim;
	case TIR_LOAD:
		return x->u.load.slot == y->u.load.slot && x->u.load.rank == y->u.load.rank &&
		       same_list(x->u.load.idx, y->u.load.idx, x->u.load.rank);
	case TIR_REDUCE:
		return x->u.reduce.kind == y->u.reduce.kind && x->u.reduce.n == y->u.reduce.n &&
		       same_list(x->u.reduce.vars, y->u.reduce.vars, x->u.reduce.n);
	case TIR_ROUND_TO:
		return x->u.round_to.to == y->u.round_to.to &&
		       x->u.round_to.saturate == y->u.round_to.saturate;
	default:
		return true;
	}
}

/* The place of e, or where it belongs. */
static size_t find(const struct tir_builder *b, const struct tir *e)
{
	size_t i = hash(e) & (b->table_size - 1);
	while (b->table[i] && !same(b->table[i], e))
		i = (i + 1) & (b->table_size - 1);
	return i;
}

static void table_grow(struct tir_builder *b)
{
	struct tir **old = b->table;
	size_t n = b->table_size;
	b->table_size = n ? 2 * n : TABLE_MIN;
	b->table = arena_array(b->u->arena, struct tir *, b->table_size);
	for (size_t i = 0; i < n; i++)
		if (old[i])
			b->table[find(b, old[i])] = old[i];
}

static void inherit(struct tir *e, const struct tir *operand)
{
	if (!operand)
		return;
	e->has_load |= operand->has_load;
	e->has_reduce |= operand->has_reduce;
	e->has_var |= operand->has_var;
	if (operand->depth > e->depth)
		e->depth = operand->depth;
}

static const struct tir *const *copy_list(struct arena *a, const struct tir *const *p, int n)
{
	return arena_copy(a, p, (size_t)n * sizeof *p);
}

const struct tir *tir_intern(struct tir_builder *b, const struct tir *proto)
{
	if (2 * (b->count + 1) > b->table_size)
		table_grow(b);
	size_t at = find(b, proto);
	if (b->table[at])
		return b->table[at];

	struct tir e = *proto;
	e.has_load = e.kind == TIR_LOAD;
	e.has_reduce = e.kind == TIR_REDUCE;
	e.has_var = e.kind == TIR_VAR;
	e.depth = 0;
	inherit(&e, e.a);
	inherit(&e, e.b);
	inherit(&e, e.c);
	if (e.kind == TIR_LOAD)
		for (int i = 0; i < e.u.load.rank; i++)
			inherit(&e, e.u.load.idx[i]);
	if (e.kind == TIR_REDUCE)
		e.depth++;
	tir_range(b->u, &e);
	if (e.lo == e.hi && e.kind > TIR_LOAD && tir_is_integral(e.type) && e.lo > INT64_MIN &&
	    e.hi < INT64_MAX)
		return tir_int(b, e.type, e.lo);

	if (e.kind == TIR_LOAD)
		e.u.load.idx = copy_list(b->u->arena, e.u.load.idx, e.u.load.rank);
	if (e.kind == TIR_REDUCE)
		e.u.reduce.vars = copy_list(b->u->arena, e.u.reduce.vars, e.u.reduce.n);
	e.id = (uint32_t)b->count++;
	return b->table[at] = arena_copy(b->u->arena, &e, sizeof e);
}

const struct tir *tir_raw(struct tir_builder *b, enum tir_kind k, enum dtype t, const struct tir *x,
			  const struct tir *y)
{
	return tir_intern(b, &(struct tir){ .kind = k, .type = t, .a = x, .b = y });
}
