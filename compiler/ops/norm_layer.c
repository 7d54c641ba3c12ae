/* norm_layer.c - LayerNormalization and RMSNormalization, over the axes from `axis` on together;
 * GroupNormalization, over groups of channels. */
#include "norm.h"

/* -- LayerNormalization, RMSNormalization ---------------------------------------------- */

static const struct attr_row layer_rows[] = { A_INT(struct layer_norm_attrs, axis, -1),
					      A_FLOAT(struct layer_norm_attrs, epsilon, 1e-5),
					      A_INT(struct layer_norm_attrs, stash_type, DT_F32),
					      A_END };

/* v, of input name, broadcasts to X's shape. */
static bool check_broadcast(struct unit *u, const struct node *n, const struct value *v,
			    const char *name)
{
	const struct shape *x = &node_in(n, 0)->shape;
	struct shape s;

	if (!v)
		return true;
	if (!infer_need_shape(u, n, v, name) || !shape_broadcast(u, &n->loc, x, &v->shape, &s))
		return false;
	for (int i = 0; i < s.rank; i++)
		if (s.rank != x->rank ||
		    (s.d[i] != x->d[i] && !dim_assume_equal(u, s.d[i], x->d[i], NULL)))
			return node_error(u, n, "%s of shape %s does not broadcast to %s", name,
					  shape_text(u, &v->shape), shape_text(u, x));
	return true;
}

static bool infer_layer(struct unit *u, struct node *n)
{
	const struct layer_norm_attrs *a = n->attrs;
	struct value *x = node_in(n, 0);
	struct shape s;
	int axis;

	if (!infer_need_rank(u, n, x, "X", 1, RANK_MAX) ||
	    !axis_resolve(u, &n->loc, a->axis, x->shape.rank, &axis) ||
	    !norm_check_stash_type(u, n, a->stash_type) ||
	    !check_broadcast(u, n, node_in(n, 1), "Scale") ||
	    !check_broadcast(u, n, node_in(n, 2), "B"))
		return false;
	s = x->shape;
	set_shape(node_out(n, 0), &s);
	for (int i = axis; i < s.rank; i++)
		s.d[i] = 1;
	for (int k = 1; k < n->n_out; k++)
		if (node_out(n, k)) {
			node_out(n, k)->type = (enum dtype)a->stash_type;
			set_shape(node_out(n, k), &s);
		}
	return true;
}

static int layer_axes(struct unit *u, const struct node *n, int64_t *axes)
{
	const struct layer_norm_attrs *a = n->attrs;
	int rank = node_in(n, 0)->shape.rank, axis = 0;

	axis_resolve(u, &n->loc, a->axis, rank, &axis);
	return norm_axes(axis, rank, axes);
}

static bool expand_layer(struct unit *u, struct node *n)
{
	const struct layer_norm_attrs *a = n->attrs;
	enum dtype t = node_in(n, 0)->type, ct = dtype_compute(t);
	int64_t axes[RANK_MAX];
	int count = layer_axes(u, n, axes);
	uint32_t y, statistic[2];

	y = norm_standardize(n, new_cast(n, ct, n->in[0]), axes, count, a->epsilon, &statistic[0],
			     &statistic[1]);
	y = norm_scale_shift(n, y, new_cast(n, ct, n->in[1]),
			     node_in(n, 2) ? new_cast(n, ct, n->in[2]) : VALUE_NONE);
	expand_output(u, n, 0, new_cast(n, t, y));
	for (int k = 1; k < n->n_out; k++)
		if (node_out(n, k))
			expand_output(u, n, k,
				      new_cast(n, (enum dtype)a->stash_type, statistic[k - 1]));
	return true;
}

static bool expand_rms(struct unit *u, struct node *n)
{
	const struct layer_norm_attrs *a = n->attrs;
	enum dtype t = node_out(n, 0)->type, ct = dtype_compute(t);
	int64_t axes[RANK_MAX];
	int count = layer_axes(u, n, axes);
	uint32_t x = new_cast(n, ct, n->in[0]), r;

	r = norm_inverse_root(n, norm_mean(n, norm_square(n, x), axes, count), a->epsilon);
	x = graph_build2(n, "Mul", NULL, x, r);
	expand_output(
		u, n, 0,
		new_cast(n, t, norm_scale_shift(n, x, new_cast(n, ct, n->in[1]), VALUE_NONE)));
	return true;
}

/* -- GroupNormalization ---------------------------------------------------------------- */

static const struct attr_row group_rows[] = { A_FLOAT(struct group_norm_attrs, epsilon, 1e-5),
					      { ATTR(struct group_norm_attrs, num_groups),
						.kind = ATTR_INT, .required = true, .lo = 1,
						.hi = INT32_MAX },
					      A_INT(struct group_norm_attrs, stash_type, DT_F32),
					      A_END };
static const struct attr_row group18_rows[] = { A_FLOAT(struct group_norm_attrs, epsilon, 1e-5),
						{ ATTR(struct group_norm_attrs, num_groups),
						  .kind = ATTR_INT, .required = true, .lo = 1,
						  .hi = INT32_MAX },
						A_END };

static bool check_groups(struct unit *u, const struct node *n)
{
	const struct group_norm_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0);

	if (!infer_need_rank(u, n, x, "X", 2, RANK_MAX))
		return false;
	if (!dim_is_const(x->shape.d[1]))
		return node_error(u, n,
				  "the number of channels must be known at compile time, X has %s",
				  dim_text(u, x->shape.d[1]));
	if (x->shape.d[1] % a->num_groups == 0)
		return true;
	return node_error(u, n, "num_groups %lld does not divide the %lld channels of X",
			  (long long)a->num_groups, (long long)x->shape.d[1]);
}

static bool infer_group(struct unit *u, struct node *n)
{
	const struct group_norm_attrs *a = n->attrs;

	return check_groups(u, n) && norm_check_channels(u, n, 1, "scale") &&
	       norm_check_channels(u, n, 2, "bias") && norm_check_stash_type(u, n, a->stash_type) &&
	       infer_like_input0(u, n);
}

static bool is_empty(const struct shape *s)
{
	for (int i = 0; i < s->rank; i++)
		if (s->d[i] == 0)
			return true;
	return false;
}

/* In the shape [N, groups, channels of a group, positions]. */
static bool expand_group(struct unit *u, struct node *n)
{
	const struct group_norm_attrs *a = n->attrs;
	const struct value *v = node_in(n, 0);
	enum dtype t = v->type, ct = dtype_compute(t);
	int64_t size = v->shape.d[1] / a->num_groups, grouped[4] = { 0, a->num_groups, size, -1 };
	int64_t channels[3] = { a->num_groups, size, 1 }, axes[2] = { 2, 3 };
	uint32_t x, mean, inverse, p[3];

	if (is_empty(&v->shape)) {
		expand_output(u, n, 0, graph_build1(n, "Identity", NULL, n->in[0]));
		return true;
	}
	for (int k = 1; k < 3; k++)
		p[k] = graph_build2(n, "Reshape", NULL, new_cast(n, ct, n->in[k]),
				    new_ints(n, channels, 3));
	x = graph_build2(n, "Reshape", NULL, new_cast(n, ct, n->in[0]), new_ints(n, grouped, 4));
	x = norm_scale_shift(n, norm_standardize(n, x, axes, 2, a->epsilon, &mean, &inverse), p[1],
			     p[2]);
	x = new_reshape(n, new_cast(n, t, x), n->in[0]);
	expand_output(u, n, 0, x);
	return true;
}

/* Version 18 has one scale and bias for each group. */
static bool upgrade_group18(struct unit *u, struct node *n)
{
	struct group_norm_attrs a = *(const struct group_norm_attrs *)n->attrs;
	int64_t sizes[2], flat[1] = { -1 }, last[1] = { 1 };

	a.stash_type = DT_F32;
	for (int k = 1; k < 3 && k < n->n_in; k++) {
		uint32_t in[2] = { n->in[k], VALUE_NONE };

		if (!node_in(n, 0) || !node_in(n, k) || node_in(n, k)->type == DT_UNDEF ||
		    !check_groups(u, n))
			return false;
		sizes[0] = a.num_groups;
		sizes[1] = node_in(n, 0)->shape.d[1] / a.num_groups;
		in[1] = new_ints(n, last, 1);
		in[0] = upgrade_node(u, n, "Unsqueeze", NULL, 2, in);
		in[1] = new_ints(n, sizes, 2);
		if (in[0] == VALUE_NONE ||
		    (in[0] = upgrade_node(u, n, "Expand", NULL, 2, in)) == VALUE_NONE)
			return false;
		in[1] = new_ints(n, flat, 1);
		in[0] = upgrade_node(u, n, "Reshape", NULL, 2, in);
		if (in[0] == VALUE_NONE)
			return false;
		node_set_input(n, k, in[0]);
	}
	upgrade_to_newest(u, n, &a);
	return true;
}

/* ONNX Runtime's, in the type of scale and result. */
static bool upgrade_layer(struct unit *u, struct node *n)
{
	struct cast_attrs to = { .to = (int)node_in(n, 1)->type, .saturate = 1 };

	if (node_in(n, 0)->type != node_in(n, 1)->type) {
		uint32_t x = upgrade_node(u, n, "Cast", &to, 1, n->in);

		if (x == VALUE_NONE)
			return false;
		node_set_input(n, 0, x);
	}
	upgrade_to_newest(u, n, n->attrs);
	return true;
}

#define LAYER(SINCE, SIG, TYPES)                                                                   \
	.name = "LayerNormalization", .since = (SINCE), .sig = (SIG),                              \
	.types = "U=float,double,float16,bfloat16 " TYPES, .attrs = layer_rows,                    \
	.attrs_size = sizeof(struct layer_norm_attrs), .flags = OP_LENIENT,                        \
	.doc = "the axes from `axis` on standardized together, scaled and shifted"

const struct op ops_norm_layer[] = {
	{ LAYER(17, "X:T Scale:T B?:T -> Y:T Mean?:U InvStdDev?:U", "T=floats"),
	  .infer = infer_layer, .expand = expand_layer },
	/* ONNX Runtime writes it into older models */
	{ LAYER(1, "X:T Scale:V B?:V -> Y:V Mean?:U InvStdDev?:U", "T=floats V=floats"),
	  .until = 16, .upgrade = upgrade_layer },
	{ .name = "RMSNormalization",
	  .since = 23,
	  .sig = "X:T scale:V -> Y:V",
	  .types = "T=floats V=floats",
	  .attrs = layer_rows,
	  .attrs_size = sizeof(struct layer_norm_attrs),
	  .infer = infer_layer,
	  .expand = expand_rms,
	  .doc = "the axes from `axis` on divided by their root mean square, and scaled" },
	{ .name = "GroupNormalization",
	  .since = 21,
	  .sig = "X:T scale:T bias:T -> Y:T",
	  .types = "T=floats",
	  .attrs = group_rows,
	  .attrs_size = sizeof(struct group_norm_attrs),
	  .infer = infer_group,
	  .expand = expand_group,
	  .doc = "groups of channels standardized, each channel scaled and shifted",
	  .limits = "the number of channels must be known at compile time" },
	{ .name = "GroupNormalization",
	  .since = 18,
	  .until = 20,
	  .sig = "X:T scale:T bias:T -> Y:T",
	  .types = "T=floats",
	  .attrs = group18_rows,
	  .attrs_size = sizeof(struct group_norm_attrs),
	  .upgrade = upgrade_group18 },
	{ .name = NULL }
};
