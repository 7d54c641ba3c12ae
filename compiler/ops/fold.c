/* fold.c - computing a node whose inputs are constant. */
#include "family.h"

/* What is worth computing while a model is imported: shape arithmetic and its like, in whatever
 * types. */
#define SMALL_ELEMENTS 4096
#define SMALL_WORK 200000

const void *constant_aligned(struct unit *u, const struct constant *c)
{
	if (c->type == DT_STRING)
		return c->strings;
	if ((uintptr_t)c->data % 8 == 0)
		return c->data;
	return arena_copy(u->arena, c->data, c->size);
}

struct constant *constant_shrunk(struct constant *c, const struct shape *s)
{
	c->shape = *s;
	c->size = (size_t)shape_elements(s) * dtype_size(c->type);
	return c;
}

static bool inputs_are_constant(const struct node *n, const struct constant **in)
{
	for (int k = 0; k < n->n_in; k++) {
		const struct value *v = node_in(n, k);

		in[k] = v ? v->constant : NULL;
		if (v && !v->constant)
			return false;
	}
	return true;
}

static bool output_shapes_are_known(const struct node *n)
{
	for (int k = 0; k < n->n_out; k++) {
		const struct value *v = node_out(n, k);

		if (v && (v->container != TENSOR || !shape_is_const(&v->shape)))
			return false;
	}
	return true;
}

bool op_evaluate(struct unit *u, const struct node *n, int64_t max_work, struct constant **out)
{
	const struct constant **in =
		arena_array(u->arena, const struct constant *, (size_t)n->n_in);
	struct tir_stage *stages;
	struct tir_builder b;
	int64_t work = 0, w;

	if (n->tail || n->n_graphs || (n->op->flags & OP_IMPURE) || !inputs_are_constant(n, in))
		return false;
	if (n->op->eval)
		return n->op->eval(u, n, in, out);
	if (!n->op->define || !output_shapes_are_known(n))
		return false;
	stages = arena_array(u->arena, struct tir_stage, (size_t)n->n_out);
	tir_builder_init(&b, u, n);
	if (!n->op->define(&b, n, stages))
		return false;
	for (int k = 0; k < n->n_out; k++) {
		if (node_out(n, k) && tir_uses_sizes(stages[k].value))
			return false;
		w = node_out(n, k) ? tir_work(&stages[k]) : 0;
		if (!add_i64(work, w, &work) || work > max_work)
			return false;
	}
	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k))
			out[k] = tir_eval(u->arena, &stages[k], in);
	return true;
}

static bool is_small(struct unit *u, const struct value *v)
{
	return !v || (v->shape.rank >= 0 && dim_hi(u, shape_count(u, &v->shape)) <= SMALL_ELEMENTS);
}

void fold_small(struct unit *u, struct node *n)
{
	struct constant **out = arena_array(u->arena, struct constant *, (size_t)n->n_out);
	bool any = false;

	if (n->op->flags & OP_DEFERRED)
		return;
	for (int k = 0; k < n->n_in; k++)
		if (node_in(n, k) && (!node_in(n, k)->constant || !is_small(u, node_in(n, k))))
			return;
	for (int k = 0; k < n->n_out; k++) {
		if (!is_small(u, node_out(n, k)))
			return;
		any = any || (node_out(n, k) && !node_out(n, k)->constant);
	}
	if (!any || !op_evaluate(u, n, SMALL_WORK, out))
		return;
	for (int k = 0; k < n->n_out; k++) {
		struct value *v = node_out(n, k);

		if (!v)
			continue;
		v->constant = out[k];
		v->shape = out[k]->shape; /* a kernel's result may be as large as its input's values
					     say */
	}
}
