/* Reshape([N,C,S...] -> [N,C*S...]) of a tensor whose channels lie innermost, then a product with
 * constant weights: the weights take the order of the elements instead of the other way round, and
 * nothing is copied.
 *
 *	Gemm(Reshape(x), W)  =>  Gemm(Reshape(Transpose(x)), W')     W'[s*C + c] = W[c*S + s]
 *
 * The Transpose is an alias of x then. */
#include "../ops/integer.h"
#include "../passes/rewrite.h"
#include "lower.h"

/* The axis of n's constant matrix that its input 0 meets; -1: n is no such product. */
static int inner_axis(const struct node *n)
{
	if (node_is(n, "MatMul") ||
	    (n->op->domain == DOMAIN_EDGECC && strcmp(n->op->name, "QMatMul") == 0))
		return 0;
	if (n->op->domain == DOMAIN_EDGECC && strcmp(n->op->name, "PackedMatMul") == 0 &&
	    ((const struct packed_matmul_attrs *)n->attrs)->packing.axis == 1)
		return 0; /* whose scales the order of its rows does not concern */
	if (node_is(n, "Gemm") && attr_number(n, "transA") == 0)
		return attr_number(n, "transB") != 0;
	return -1;
}

/* w with the index c*S + s along axis moved to s*C + c. */
static struct constant *turned(struct arena *a, const struct constant *w, int axis,
			       int64_t channels)
{
	int64_t k = w->shape.d[axis], outer = axis == 0 ? 1 : w->shape.d[0];
	size_t item = (size_t)(axis == 0 ? w->shape.d[1] : 1) * dtype_size(w->type);
	void *data;
	struct constant *out = constant_new(a, w->type, &w->shape, &data);

	for (int64_t i = 0; i < outer * k; i++) {
		int64_t at = i % k, from = at % channels * (k / channels) + at / channels;

		memcpy((char *)data + (size_t)i * item,
		       (const char *)w->data + (size_t)(i - at + from) * item, item);
	}
	return out;
}

/* x with axis 1 last. */
static struct value *channels_moved_last(struct node *before, struct value *x)
{
	struct unit *u = before->graph->unit;
	struct node *n = graph_insert(before->graph, before, op_builtin("Transpose"), NULL, 1,
				      &x->id, 1, &before->loc);
	struct value *out = node_out(n, 0);
	struct shape s = x->shape;
	struct tir_builder b;
	struct tir_stage stage;
	const struct tir *vars[RANK_MAX], *idx[RANK_MAX];

	for (int i = 1; i + 1 < s.rank; i++)
		s.d[i] = x->shape.d[i + 1];
	s.d[s.rank - 1] = x->shape.d[1];
	out->type = x->type;
	set_shape(out, &s);
	tir_builder_init(&b, u, n);
	tir_stage_begin(&b, 0, &stage, vars);
	idx[0] = vars[0];
	idx[1] = vars[s.rank - 1];
	for (int i = 2; i < s.rank; i++)
		idx[i] = vars[i - 1];
	stage.value = tir_load(&b, 0, idx);
	node_make_loops(u, n, &stage);
	return out;
}

bool flatten_turns_weights(struct node *view)
{
	struct unit *u = view->graph->unit;
	struct value *x = node_in(view, 0), *flat = node_out(view, 0);
	struct node *n = sole_user(flat);
	const struct constant *w;
	uint32_t reshaped;
	int axis;

	if (view->kernel || !(view->op->flags & OP_VIEW) || x->type != flat->type || !n ||
	    !n->kernel || node_in(n, 0) != flat || (axis = inner_axis(n)) < 0)
		return false;
	w = node_const(n, 1);
	if (!w || w->shape.rank != 2 || w->type == DT_STRING || flat->shape.rank != 2 ||
	    x->shape.rank < 3 || flat->shape.d[0] != x->shape.d[0] ||
	    !dim_is_const(x->shape.d[1]) || x->shape.d[1] < 2 || w->shape.d[axis] < 1 ||
	    w->shape.d[axis] == x->shape.d[1])
		return false;
	reshaped = build_view(view, channels_moved_last(view, x)->id, &flat->shape);
	if (reshaped == VALUE_NONE)
		return false;
	node_set_input(n, 0, reshaped);
	node_set_input(n, 1, build_constant(n, turned(u->arena, w, axis, x->shape.d[1])));
	return true;
}
