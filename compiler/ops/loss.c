/* loss.c - NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss.
 *
 * Element (n, d) of the loss is -w(t) x[n, t, d] with t = target[n, d] and w(t) = weight[t], 0 for
 * the target that is ignored. The mean is over the weights: sum of losses / sum of w. */
#include "family.h"

enum reduction { REDUCTION_NONE, REDUCTION_SUM, REDUCTION_MEAN };
static const char *const reduction_names[] = { "none", "sum", "mean", NULL };

struct loss_attrs {
	int64_t ignore_index;
	int reduction;
};
static const struct attr_row loss_rows[] = {
	A_INT(struct loss_attrs, ignore_index, ATTR_ABSENT),
	A_ENUM(struct loss_attrs, reduction, reduction_names, REDUCTION_MEAN), A_END
};

static bool infer_loss(struct unit *u, struct node *n)
{
	const struct loss_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0), *target = node_in(n, 1), *w = node_in(n, 2);
	struct shape s;

	if (!infer_need_rank(u, n, x, "input", 2, RANK_MAX) ||
	    !infer_need_rank(u, n, target, "target", x->shape.rank - 1, x->shape.rank - 1) ||
	    (w && !infer_need_rank(u, n, w, "weight", 1, 1)))
		return false;
	s = target->shape;
	for (int i = 0; i < s.rank; i++)
		if (!dim_assume_equal(u, s.d[i], x->shape.d[i ? i + 1 : 0], &s.d[i]))
			return node_error(u, n, "target %s does not match input %s",
					  shape_text(u, &target->shape), shape_text(u, &x->shape));
	if (w && !dim_assume_equal(u, w->shape.d[0], x->shape.d[1], NULL))
		return node_error(u, n, "weight %s does not match the classes of input %s",
				  shape_text(u, &w->shape), shape_text(u, &x->shape));
	if (a->reduction != REDUCTION_NONE)
		s.rank = 0;
	set_shape(node_out(n, 0), &s);
	if (n->n_out > 1 && node_out(n, 1))
		set_shape(node_out(n, 1), &x->shape);
	return true;
}

static bool define_loss(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct loss_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, 0)->shape, *target = &node_in(n, 1)->shape;
	const struct tir *idx[RANK_MAX], *at[RANK_MAX], *class, *w, *loss;
	enum dtype t = stage_compute(b, 0);

	tir_stage_begin(b, 0, out, idx);
	for (int i = 0; a->reduction != REDUCTION_NONE && i < target->rank; i++)
		idx[i] = tir_var(b, target->d[i], "k");
	class = tir_load(b, 1, idx);
	at[0] = idx[0];
	at[1] = tir_data_index(b, class, x->d[1]);
	for (int i = 1; i < target->rank; i++)
		at[i + 1] = idx[i];
	w = node_in(n, 2) ? tir_load(b, 2, &at[1]) : tir_number(b, t, 1);
	if (a->ignore_index != ATTR_ABSENT)
		w = tir_select(b, tir_eq(b, class, tir_int(b, class->type, a->ignore_index)),
			       tir_number(b, t, 0), w);
	/* an ignored element is 0 even where x is infinite */
	loss = tir_select(b, tir_eq(b, w, tir_number(b, t, 0)), w,
			  tir_neg(b, tir_mul(b, w, tir_load(b, 0, at))));
	if (a->reduction != REDUCTION_NONE)
		loss = tir_reduce(b, REDUCE_SUM, target->rank, idx, loss);
	if (a->reduction == REDUCTION_MEAN)
		loss = tir_div(b, loss, tir_reduce(b, REDUCE_SUM, target->rank, idx, w));
	out->value = loss;
	return true;
}

/* The same over the logarithms of softmax along axis 1, which are the second output. */
static bool expand_cross_entropy(struct unit *u, struct node *n)
{
	struct axis_attrs axis = { 1 };
	uint32_t in[3] = { graph_build1(n, "LogSoftmax", &axis, n->in[0]), n->in[1],
			   n->n_in > 2 ? n->in[2] : VALUE_NONE };

	expand_output(u, n, 0, graph_build(n, "NegativeLogLikelihoodLoss", n->attrs, 3, in));
	expand_output(u, n, 1, in[0]);
	return true;
}

const struct op ops_loss[] = {
	{ .name = "NegativeLogLikelihoodLoss",
	  .since = 12,
	  .sig = "input:T target:Tind weight?:T -> loss:T",
	  .types = "T=floats Tind=int32,int64",
	  .attrs = loss_rows,
	  .attrs_size = sizeof(struct loss_attrs),
	  .infer = infer_loss,
	  .define = define_loss,
	  .doc = "minus the weighted element of the target's class, by itself, summed or averaged" },
	{ .name = "SoftmaxCrossEntropyLoss",
	  .since = 12,
	  .sig = "scores:T labels:Tind weights?:T -> output:T log_prob?:T",
	  .types = "T=floats Tind=int32,int64",
	  .attrs = loss_rows,
	  .attrs_size = sizeof(struct loss_attrs),
	  .infer = infer_loss,
	  .expand = expand_cross_entropy,
	  .doc = "NegativeLogLikelihoodLoss of LogSoftmax along axis 1" },
	{ .name = NULL }
};
