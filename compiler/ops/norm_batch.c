/* norm_batch.c - BatchNormalization, an expansion:
 *
 *	y = x * k + (B - mean * k),  k = scale / sqrt(var + epsilon) */
#include "norm.h"

struct batch_attrs {
	float epsilon, momentum;
	int64_t training_mode;
};
static const struct attr_row batch_rows[] = { A_FLOAT(struct batch_attrs, epsilon, 1e-5),
					      A_FLOAT(struct batch_attrs, momentum, 0.9),
					      A_FLAG(struct batch_attrs, training_mode, 0), A_END };

static bool infer_batch(struct unit *u, struct node *n)
{
	static const char *const names[] = { "X", "scale", "B", "input_mean", "input_var" };
	const struct batch_attrs *a = n->attrs;

	if (!infer_need_rank(u, n, node_in(n, 0), "X", 2, RANK_MAX))
		return false;
	for (int k = 1; k < 5; k++)
		if (!norm_check_channels(u, n, k, names[k]))
			return false;
	if (!a->training_mode && (node_out(n, 1) || node_out(n, 2)))
		return node_error(u, n,
				  "running_mean and running_var are outputs of training_mode only");
	set_shape(node_out(n, 0), &node_in(n, 0)->shape);
	for (int k = 1; k < n->n_out; k++)
		if (node_out(n, k))
			set_shape(node_out(n, k), &node_in(n, k + 2)->shape);
	return true;
}

/* Output k: old * momentum + now * (1 - momentum). */
static void running(struct unit *u, struct node *n, int k, float momentum, uint32_t now)
{
	enum dtype t = node_in(n, k + 2)->type, ct = dtype_compute(t);
	uint32_t old = new_cast(n, ct, n->in[k + 2]), channels = node_in(n, k + 2)->id, m;

	if (!node_out(n, k))
		return;
	now = new_reshape(n, new_cast(n, ct, now), channels);
	m = new_scalar(n, ct, (double)momentum);
	old = graph_build2(n, "Mul", NULL, old, m);
	now = graph_build2(n, "Mul", NULL, now, new_scalar(n, ct, 1.0 - (double)momentum));
	expand_output(u, n, k, new_cast(n, t, graph_build2(n, "Add", NULL, old, now)));
}

static bool expand_batch(struct unit *u, struct node *n)
{
	const struct batch_attrs *a = n->attrs;
	enum dtype t = node_in(n, 0)->type, ct = dtype_compute(t);
	int rank = node_in(n, 0)->shape.rank, count;
	uint32_t x = new_cast(n, ct, n->in[0]), p[5], k, h;
	int64_t axes[RANK_MAX] = { 0 };

	for (int i = 1; i < 5; i++)
		p[i] = norm_per_channel(n, ct, n->in[i], rank);
	if (a->training_mode) {
		count = 1 + norm_axes(2, rank, axes + 1);
		p[3] = norm_mean(n, x, axes, count);
		p[4] = norm_mean(n, norm_square(n, graph_build2(n, "Sub", NULL, x, p[3])), axes,
				 count);
		running(u, n, 1, a->momentum, p[3]);
		running(u, n, 2, a->momentum, p[4]);
	}
	k = graph_build2(n, "Mul", NULL, p[1], norm_inverse_root(n, p[4], a->epsilon));
	h = graph_build2(n, "Sub", NULL, p[2], graph_build2(n, "Mul", NULL, p[3], k));
	expand_output(u, n, 0, new_cast(n, t, norm_scale_shift(n, x, k, h)));
	return true;
}

/* Before version 14: training was told by more outputs, and before 9 by is_test; `spatial` 0 had
 * statistics for each element of an image. */
struct batch1_attrs {
	float epsilon, momentum;
	int64_t spatial, is_test;
	struct ints consumed_inputs;
};
static const struct attr_row batch9_rows[] = { A_FLOAT(struct batch1_attrs, epsilon, 1e-5),
					       A_FLOAT(struct batch1_attrs, momentum, 0.9), A_END };
static const struct attr_row batch1_rows[] = { A_INTS(struct batch1_attrs, consumed_inputs),
					       A_FLOAT(struct batch1_attrs, epsilon, 1e-5),
					       A_INT(struct batch1_attrs, is_test, 0),
					       A_FLOAT(struct batch1_attrs, momentum, 0.9),
					       { ATTR(struct batch1_attrs, spatial),
						 .kind = ATTR_INT, .def_int = 1 },
					       A_END };

static bool upgrade_per_element(struct unit *u, struct node *n, float epsilon)
{
	uint32_t d[2] = { n->in[0], n->in[3] }, r[2], s[2] = { n->in[4], VALUE_NONE };

	if (node_in(n, 4)->type == DT_UNDEF)
		return true;
	s[1] = new_scalar(n, node_in(n, 4)->type, (double)epsilon);
	d[0] = upgrade_node(u, n, "Sub", NULL, 2, d);
	if (d[0] == VALUE_NONE || (r[0] = upgrade_node(u, n, "Add", NULL, 2, s)) == VALUE_NONE)
		return false;
	d[1] = upgrade_node(u, n, "Sqrt", NULL, 1, r);
	r[0] = upgrade_node(u, n, "Div", NULL, 2, d);
	r[1] = n->in[1];
	if (r[0] == VALUE_NONE || (d[0] = upgrade_node(u, n, "Mul", NULL, 2, r)) == VALUE_NONE)
		return false;
	d[1] = n->in[2];
	upgrade_become(n, "Add", NULL, 2, d);
	return true;
}

static bool upgrade_batch(struct unit *u, struct node *n)
{
	const struct batch1_attrs *old = n->attrs;
	struct batch_attrs a = { .epsilon = old->epsilon, .momentum = old->momentum };
	bool whole = n->n_in == 5;

	if (n->n_out > 1)
		return node_error(u, n,
				  "the outputs for training are not supported before version 14");
	for (int k = 0; k < n->n_in; k++)
		whole = whole && node_in(n, k);
	if (old->spatial == 0 && n->op->attrs == batch1_rows && whole)
		return upgrade_per_element(u, n, old->epsilon);
	upgrade_to_newest(u, n, &a);
	return true;
}

const struct op ops_norm_batch[] = {
	{ .name = "BatchNormalization",
	  .since = 14,
	  .sig = "X:T scale:T1 B:T1 input_mean:T2 input_var:T2 -> Y:T running_mean?:T2 running_var?:T2",
	  .types = "T=floats T1=floats T2=floats",
	  .attrs = batch_rows,
	  .attrs_size = sizeof(struct batch_attrs),
	  .infer = infer_batch,
	  .expand = expand_batch,
	  .doc = "each channel shifted and scaled by its mean and variance",
	  .limits = "the outputs for training are not supported before version 14" },
	{ .name = "BatchNormalization",
	  .since = 9,
	  .until = 13,
	  .sig = "X:T scale:T B:T mean:T var:T -> Y:T rest*:T",
	  .types = "T=floats",
	  .attrs = batch9_rows,
	  .attrs_size = sizeof(struct batch1_attrs),
	  .upgrade = upgrade_batch },
	{ .name = "BatchNormalization",
	  .since = 1,
	  .until = 8,
	  .sig = "X:T scale:T B:T mean:T var:T -> Y:T rest*:T",
	  .types = "T=floats",
	  .attrs = batch1_rows,
	  .attrs_size = sizeof(struct batch1_attrs),
	  .upgrade = upgrade_batch },
	{ .name = NULL }
};
