/* What expressions of a stage depend on, and where loads lie.
 *
 * A load's flat offset is split into a part per lane and a uniform part, each an expression like
 * any other, so that what does not change in an inner loop is computed outside of it. */
#include <assert.h>
#include <string.h>

#include "program.h"

static uint64_t var_bit(const struct compile *c, const struct tir *v)
{
	for (int i = 0; i < c->s.rank; i++)
		if (c->s.vars[i] == v)
			return DEP_STAGE;
	return v == c->flat ? DEP_STAGE : (uint64_t)1 << v->id % 63;
}

static void set_deps(const struct tir *e, void *data)
{
	struct compile *c = data;
	uint64_t d = e->kind == TIR_VAR ? var_bit(c, e) : 0;
	bool guarded = e->kind == TIR_REDUCE || e->kind == TIR_SELECT;
	const struct tir *const operands[] = { e->a, e->b, e->c };
	for (int i = 0; i < 3; i++) {
		if (operands[i]) {
			d |= c->deps[operands[i]->id];
			guarded |= c->guarded[operands[i]->id];
		}
	}
	if (e->kind == TIR_LOAD) {
		guarded |= !c->offsets[e->id].safe;
		for (int i = 0; i < e->u.load.rank; i++) {
			d |= c->deps[e->u.load.idx[i]->id];
			guarded |= c->guarded[e->u.load.idx[i]->id];
		}
	}
	/* A reduction keeps the bits of its own variables: loops around it are over others, so at
	 * worst (several variables on a bit) it is hoisted less. */
	c->deps[e->id] = d;
	c->guarded[e->id] = guarded;
}

bool compile_depends(const struct compile *c, const struct tir *e, const struct block *b)
{
	if (b->kind == BLOCK_CHUNK)
		return c->deps[e->id] & DEP_STAGE;
	return c->deps[e->id] & var_bit(c, b->var);
}

bool compile_is_uniform(const struct compile *c, const struct tir *e)
{
	return !(c->deps[e->id] & DEP_STAGE);
}

static void list_load(const struct tir *e, void *data)
{
	struct compile *c = data;
	if (e->kind == TIR_LOAD)
		vec_push(c->p->arena, &c->loads, e);
}

/* offset is the flat index of the stage's element: every axis in it with its row-major stride. */
static bool is_flat(const struct tir_stage *s, const struct tir *offset)
{
	struct affine f;
	int64_t stride = 1;
	int found = 0;
	if (!tir_affine_of(offset, &f) || f.base != 0)
		return false;
	for (int i = s->rank - 1; i >= 0; i--) {
		int64_t extent = s->vars[i]->u.var.extent;
		bool here = extent == 1;
		for (int k = 0; k < f.n; k++)
			if (f.term[k].var == s->vars[i] && f.term[k].scale == stride)
				here = true;
		found += extent > 1;
		if (!here)
			return false;
		stride *= extent;
	}
	return found == f.n;
}

static void find_offset(struct compile *c, const struct tir *e, struct offset *out)
{
	const struct shape *shape = &c->in[e->u.load.slot]->shape;
	int64_t stride = 1;
	const struct tir *part[2] = { tir_index(&c->b, 0), tir_index(&c->b, 0) };
	assert(shape->rank == e->u.load.rank);
	out->safe = true;
	for (int i = shape->rank - 1; i >= 0; i--) {
		struct linear l = { 0 };
		const struct tir *x = e->u.load.idx[i];
		out->safe = out->safe && x->lo >= 0 && x->hi < shape->d[i];
		if (linear_add(&l, x, 1)) {
			for (int k = 0; k < l.n; k++) {
				const struct tir **sum = &part[compile_is_uniform(c, l.t[k].atom)];
				*sum = tir_add(
					&c->b, *sum,
					tir_affine(&c->b, l.t[k].atom, l.t[k].c * stride, 0));
			}
			part[1] = tir_affine(&c->b, part[1], 1, l.base * stride);
		} else {
			const struct tir **sum = &part[compile_is_uniform(c, x)];
			*sum = tir_add(&c->b, *sum, tir_affine(&c->b, x, stride, 0));
		}
		stride *= shape->d[i];
	}
	out->lane = tir_is_int(part[0], 0) ? NULL : is_flat(&c->s, part[0]) ? c->flat : part[0];
	out->uniform = tir_is_int(part[1], 0) && out->lane ? NULL : part[1];
}

static void resize_tables(struct compile *c)
{
	size_t n = c->b.count;
	c->deps = arena_array(c->p->arena, uint64_t, n);
	c->guarded = arena_array(c->p->arena, unsigned char, n);
}

void compile_analyse(struct compile *c)
{
	struct arena *a = c->p->arena;
	size_t n = c->b.count;
	c->offsets = arena_array(a, struct offset, n);
	resize_tables(c);
	tir_each(c->s.value, set_deps, c);
	tir_each(c->s.value, list_load, c);
	for (size_t i = 0; i < c->loads.n; i++)
		find_offset(c, c->loads.p[i], &c->offsets[c->loads.p[i]->id]);
	/* Building offsets made new expressions. */
	struct offset *offsets = arena_array(a, struct offset, c->b.count);
	memcpy(offsets, c->offsets, n * sizeof *offsets);
	c->offsets = offsets;
	resize_tables(c);
	for (size_t i = 0; i < c->loads.n; i++) {
		const struct offset *o = &c->offsets[c->loads.p[i]->id];
		if (o->lane)
			tir_each(o->lane, set_deps, c);
		if (o->uniform)
			tir_each(o->uniform, set_deps, c);
	}
	tir_each(c->s.value, set_deps, c);
}
