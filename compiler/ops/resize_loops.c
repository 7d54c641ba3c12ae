/* resize_loops.c - Resize as loop nests.
 *
 * Where sizes are known each axis becomes tables of indices and weights. Few taps in all (nearest,
 * linear in two axes) are one nest; more are one nest for each axis, those that shrink most first.
 */
#include "resize.h"

#include <string.h>

/* A nest being put together: x and the tables are its inputs. */
struct nest {
	struct node *n;
	struct resize_sampler sampler[RANK_MAX]; /* taps 0: the axis stays */
	uint32_t in[1 + 3 * RANK_MAX];
	int n_in;
	uint32_t scales; /* of a policy, for sizes that are known at run time only */
};

/* double [count]: the policy's scale, the same for all. */
static uint32_t policy_scales(struct unit *u, struct node *n)
{
	uint32_t sizes = n->in[3];
	struct node *m = new_loops(n, 1, &sizes, DT_F64, &value_of(u, sizes)->shape);
	const struct tir *idx[RANK_MAX];
	struct tir_stage stage;
	struct tir_builder b;

	tir_builder_init(&b, u, m);
	tir_stage_begin(&b, 0, &stage, idx);
	stage.value = resize_policy(&b, n, 0, DT_F64);
	set_loops(m, &stage);
	return m->out[0];
}

static int add_table(struct nest *nest, enum dtype t, const struct resize_axis *x,
		     const struct resize_table *table, bool weights)
{
	struct unit *u = nest->n->graph->unit;
	struct shape s = { .rank = 2, .d = { x->out, table->taps } };
	struct constant *c;
	void *data;

	c = constant_new(u->arena, weights ? t : DT_I32, &s, &data);
	for (int64_t i = 0; i < x->out * table->taps; i++) {
		if (weights)
			constant_put_f64(data, t, i, table->weight[i]);
		else
			constant_put_i64(data, DT_I32, i, table->index[i]);
	}
	nest->in[nest->n_in] = graph_constant(nest->n->graph, NULL, c)->id;
	return nest->n_in++;
}

/* Whole factors need no table of indices. */
static bool is_regular(const struct resize_axis *x, const struct resize_table *t,
		       struct resize_sampler *s)
{
	bool up = x->out % x->in == 0, down = x->in % x->out == 0;

	if (t->taps != 1)
		return false;
	for (int64_t o = 0; o < x->out; o++) {
		up = up && t->index[o] == o / (x->out / x->in);
		down = down && t->index[o] == o * (x->in / x->out) + t->index[0];
	}
	s->up = up ? x->out / x->in : 0;
	s->down = down && !up ? x->in / x->out : 0;
	s->first = t->index[0];
	return up || down;
}

static void add_axis(struct nest *nest, enum dtype t, int axis, const struct resize_axis *x)
{
	const struct resize_attrs *r = nest->n->attrs;
	struct resize_sampler *s = &nest->sampler[axis];
	struct resize_table table;

	*s = (struct resize_sampler){ .r = r,
				      .x = x,
				      .type = t,
				      .index_slot = -1,
				      .weight_slot = -1,
				      .scale_slot = -1,
				      .roi_slot = -1 };
	if (x->scale_at) {
		s->scale_slot = nest->n_in;
		nest->in[nest->n_in++] = x->wanted ? nest->scales : nest->n->in[2];
	}
	if (x->roi_at) {
		s->roi_slot = nest->n_in;
		nest->in[nest->n_in++] = nest->n->in[1];
	}
	if (!resize_axis_is_known(x)) {
		s->taps = resize_taps(nest->n->graph->unit, r, x);
		return;
	}
	resize_tabulate(nest->n->graph->unit->arena, r, x, &table);
	s->taps = table.taps;
	if (!is_regular(x, &table, s))
		s->index_slot = add_table(nest, t, x, &table, false);
	if (table.taps > 1)
		s->weight_slot = add_table(nest, t, x, &table, true);
}

/* The element at idx, of which axes before `axis` are the input's already. */
static const struct tir *sample(struct tir_builder *b, const struct nest *nest, int axis, int rank,
				const struct tir *const *idx, enum dtype t)
{
	const struct resize_sampler *s = &nest->sampler[axis];
	const struct tir *at[RANK_MAX], *near, *far, *var;

	if (axis == rank)
		return t == DT_UNDEF ? tir_load(b, 0, idx) : tir_cast(b, t, tir_load(b, 0, idx));
	memcpy(at, idx, (size_t)rank * sizeof *at);
	if (s->taps == 0)
		return sample(b, nest, axis + 1, rank, idx, t);
	if (s->taps == 1) {
		at[axis] = resize_index(b, s, idx[axis], tir_index(b, 0));
		return sample(b, nest, axis + 1, rank, at, t);
	}
	if (s->taps == 2) { /* near + w * (far - near) */
		at[axis] = resize_index(b, s, idx[axis], tir_index(b, 0));
		near = sample(b, nest, axis + 1, rank, at, t);
		at[axis] = resize_index(b, s, idx[axis], tir_index(b, 1));
		far = sample(b, nest, axis + 1, rank, at, t);
		far = tir_mul(b, resize_weight(b, s, idx[axis], tir_index(b, 1)),
			      tir_sub(b, far, near));
		return tir_add(b, near, far);
	}
	var = tir_var(b, s->taps, "t");
	at[axis] = resize_index(b, s, idx[axis], var);
	near = tir_mul(b, resize_weight(b, s, idx[axis], var),
		       sample(b, nest, axis + 1, rank, at, t));
	return tir_reduce(b, REDUCE_SUM, 1, &var, near);
}

/* x as an element of type `to`: integers rounded and saturated, as ONNX's reference does. */
static const struct tir *stored(struct tir_builder *b, enum dtype to, const struct tir *x)
{
	if (dtype_is_float(x->type) && dtype_is_int(to))
		x = tir_unary(b, TIR_ROUND, x);
	return tir_cast(b, dtype_compute(to), x);
}

/* The nest as a node; its output has type `to`. t: the type computed in, DT_UNDEF when elements
 * only move. */
static uint32_t finish(struct nest *nest, enum dtype t, enum dtype to, const struct shape *shape)
{
	const struct resize_attrs *r = nest->n->attrs;
	struct unit *u = nest->n->graph->unit;
	struct node *m = new_loops(nest->n, nest->n_in, nest->in, to, shape);
	const struct tir *idx[RANK_MAX], *inside, *outside;
	struct tir_stage stage;
	struct tir_builder b;

	tir_builder_init(&b, u, m);
	tir_stage_begin(&b, 0, &stage, idx);
	inside = tir_bool(&b, true);
	for (int i = 0; i < shape->rank; i++)
		if (nest->sampler[i].taps)
			inside = tir_and(&b, inside, resize_inside(&b, &nest->sampler[i], idx[i]));
	stage.value = stored(&b, to, sample(&b, nest, 0, shape->rank, idx, t));
	outside = stored(&b, to, tir_float(&b, DT_F32, (double)r->extrapolation_value));
	stage.value = tir_select(&b, inside, stage.value, outside);
	set_loops(m, &stage);
	return m->out[0];
}

/* The axis not yet done that shrinks most, or grows least; -1: none is left. */
static int next_axis(const struct nest *all, const bool *done, int rank)
{
	int best = -1;

	for (int i = 0; i < rank; i++)
		if (all->sampler[i].taps && !done[i] &&
		    (best < 0 || all->sampler[i].x->scale < all->sampler[best].x->scale))
			best = i;
	return best;
}

static uint32_t axis_by_axis(const struct nest *all, enum dtype t, enum dtype to,
			     const struct resize_axis *x, int rank)
{
	struct shape s = node_in(all->n, 0)->shape;
	bool done[RANK_MAX] = { false };
	uint32_t y = all->in[0];

	for (int axis = next_axis(all, done, rank), next; axis >= 0; axis = next) {
		struct nest one = { .n = all->n, .in = { y }, .n_in = 1, .scales = all->scales };

		done[axis] = true;
		next = next_axis(all, done, rank);
		add_axis(&one, t, axis, &x[axis]);
		s.d[axis] = x[axis].out;
		y = finish(&one, t, next < 0 ? to : t, &s);
	}
	return y;
}

#define TAPS_AT_ONCE 4

bool resize_expand(struct unit *u, struct node *n)
{
	const struct resize_attrs *r = n->attrs;
	const struct value *v = node_in(n, 0), *y = node_out(n, 0);
	enum dtype to = y->type,
		   t = dtype_is_float(to) || dtype_size(to) < 4 ? dtype_compute(to) : DT_F64;
	struct nest nest = { .n = n, .in = { v->id }, .n_in = 1 };
	struct resize_axis x[RANK_MAX];
	int64_t taps = 1;
	uint32_t out;

	if (!resize_axes(u, n, x))
		return false;
	if (!dtype_is_float(t))
		t = DT_F32;
	for (int i = 0; i < v->shape.rank; i++) {
		x[i].out = y->shape.d[i]; /* measured by now where it was open */
		if (x[i].same || x[i].out == 0)
			continue;
		if (x[i].wanted && !nest.scales)
			nest.scales = policy_scales(u, n);
		add_axis(&nest, t, i, &x[i]);
		taps *= dim_is_const(nest.sampler[i].taps) ? nest.sampler[i].taps
							   : TAPS_AT_ONCE + 1;
	}
	if (taps <= TAPS_AT_ONCE)
		out = finish(&nest, r->mode == RESIZE_NEAREST ? DT_UNDEF : t, to, &y->shape);
	else
		out = axis_by_axis(&nest, t, to, x, v->shape.rank);
	expand_output(u, n, 0, out);
	return true;
}
