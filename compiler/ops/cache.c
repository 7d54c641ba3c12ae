/* cache.c - what autoregressive models keep from step to step: TensorScatter, CausalConvWithState.
 */
#include "family.h"

/* -- TensorScatter: update[b, .., i, ..] goes to place write_indices[b] + i of the cache --- */

enum { LINEAR, CIRCULAR };
static const char *const write_modes[] = { "linear", "circular", NULL };

struct write_attrs {
	int64_t axis;
	int mode;
};
static const struct attr_row write_rows[] = { A_INT(struct write_attrs, axis, -2),
					      A_ENUM(struct write_attrs, mode, write_modes, LINEAR),
					      A_END };

static bool infer_write(struct unit *u, struct node *n)
{
	const struct value *cache = node_in(n, 0), *update = node_in(n, 1), *at = node_in(n, 2);
	int axis;

	if (!infer_need_rank(u, n, cache, "past_cache", 2, RANK_MAX) ||
	    !infer_need_rank(u, n, update, "update", cache->shape.rank, cache->shape.rank) ||
	    (at && !infer_need_rank(u, n, at, "write_indices", 1, 1)) ||
	    !axis_resolve(u, &n->loc, ((const struct write_attrs *)n->attrs)->axis,
			  cache->shape.rank, &axis))
		return false;
	if (axis == 0)
		return node_error(u, n, "axis 0 is that of the batch");
	for (int i = 0; i < cache->shape.rank; i++) {
		dim d = cache->shape.d[i], e = update->shape.d[i];

		if (i == axis ? dim_lo(u, e) > dim_hi(u, d) : !dim_assume_equal(u, d, e, NULL))
			return node_error(u, n, "update %s does not fit past_cache %s",
					  shape_text(u, &update->shape),
					  shape_text(u, &cache->shape));
	}
	if (at && !dim_assume_equal(u, at->shape.d[0], cache->shape.d[0], NULL))
		return node_error(u, n, "write_indices %s does not fit past_cache %s",
				  shape_text(u, &at->shape), shape_text(u, &cache->shape));
	return infer_like_input0(u, n);
}

static bool define_write(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct write_attrs *a = n->attrs;
	const struct shape *update = &node_in(n, 1)->shape;
	const struct tir *idx[RANK_MAX], *old = stage_input0(b, out, idx), *i, *inside, *length;
	int axis;

	if (!axis_resolve(b->u, &n->loc, a->axis, update->rank, &axis))
		return false;
	length = tir_dim(b, node_in(n, 0)->shape.d[axis]);
	i = idx[axis];
	if (node_in(n, 2))
		i = tir_sub(b, i, tir_cast(b, DT_INDEX, tir_load(b, 2, idx)));
	if (a->mode == CIRCULAR)
		i = tir_floormod(b, i, length);
	inside = tir_in_range(b, i, tir_index(b, 0), tir_dim(b, update->d[axis]));
	idx[axis] = i;
	out->value = tir_select(b, inside, tir_load(b, 1, idx), old);
	return true;
}

/* -- CausalConvWithState: a depthwise convolution over the state and the input behind it --- */

const char *const causal_activations[] = { "none", "silu", "swish", NULL };
static const struct attr_row causal_rows[] = {
	A_ENUM(struct causal_attrs, activation, causal_activations, 0), A_END
};

static bool infer_causal(struct unit *u, struct node *n)
{
	const struct value *x = node_in(n, 0), *w = node_in(n, 1), *bias = node_in(n, 2),
			   *past = node_in(n, 3);
	struct shape s;

	if (!infer_need_rank(u, n, x, "input", 3, 3) || !infer_need_rank(u, n, w, "weight", 3, 3) ||
	    (bias && !infer_need_rank(u, n, bias, "bias", 1, 1)) ||
	    (past && !infer_need_rank(u, n, past, "past_state", 3, 3)))
		return false;
	if (bias && !dim_assume_equal(u, bias->shape.d[0], w->shape.d[0], NULL))
		return node_error(u, n, "bias %s does not fit weight %s",
				  shape_text(u, &bias->shape), shape_text(u, &w->shape));
	if (!dim_is_const(w->shape.d[0]) || !dim_is_const(w->shape.d[2]) || w->shape.d[2] < 1)
		return node_error(u, n, "weight %s must have a known shape",
				  shape_text(u, &w->shape));
	if (!dim_assume_equal(u, x->shape.d[1], w->shape.d[0], NULL) || w->shape.d[1] != 1)
		return node_error(u, n, "weight %s does not fit input %s", shape_text(u, &w->shape),
				  shape_text(u, &x->shape));
	s = x->shape;
	set_shape(node_out(n, 0), &s);
	s.d[2] = w->shape.d[2] - 1;
	for (int i = 0; past && i < 3; i++)
		if (!dim_assume_equal(u, past->shape.d[i], s.d[i], NULL))
			return node_error(u, n, "past_state %s must be %s",
					  shape_text(u, &past->shape), shape_text(u, &s));
	if (node_out(n, 1))
		set_shape(node_out(n, 1), &s);
	return true;
}

static bool expand_causal(struct unit *u, struct node *n)
{
	const struct causal_attrs *a = n->attrs;
	const struct shape *w = &node_in(n, 1)->shape;
	const int64_t kept = w->d[2] - 1, pads[6] = { 0, 0, kept }, axis = 2, end = INT64_MAX;
	struct conv_attrs conv = { .group = w->d[0] };
	struct axis_attrs along = { .axis = 2 };
	uint32_t x, y, in[4];

	if (node_in(n, 3))
		x = graph_build2(n, "Concat", &along, n->in[3], n->in[0]);
	else
		x = graph_build2(n, "Pad", NULL, n->in[0], new_ints(n, pads, 6));
	y = graph_build3(n, "Conv", &conv, x, n->in[1], n->n_in > 2 ? n->in[2] : VALUE_NONE);
	if (a->activation)
		y = graph_build1(n, "Swish", NULL, y);
	expand_output(u, n, 0, y);
	if (!node_out(n, 1))
		return true;
	in[0] = x;
	in[1] = new_ints(n, kept ? &(int64_t){ -kept } : &end, 1);
	in[2] = new_ints(n, &end, 1);
	in[3] = new_ints(n, &axis, 1);
	expand_output(u, n, 1, graph_build(n, "Slice", NULL, 4, in));
	return true;
}

const struct op ops_cache[] = {
	{ .name = "TensorScatter",
	  .since = 24,
	  .sig = "past_cache:T update:T write_indices?:int64 -> present_cache:T",
	  .types = "T=" T_MOVE,
	  .attrs = write_rows,
	  .attrs_size = sizeof(struct write_attrs),
	  .infer = infer_write,
	  .define = define_write,
	  .doc = "the cache with new items written into it, each sample's at its own place" },
	{ .name = "CausalConvWithState",
	  .since = 27,
	  .sig = "input:T weight:T bias?:T past_state?:T -> output:T present_state:T",
	  .types = "T=float,float16,bfloat16",
	  .attrs = causal_rows,
	  .attrs_size = sizeof(struct causal_attrs),
	  .infer = infer_causal,
	  .expand = expand_causal,
	  .doc = "a depthwise convolution along time that begins with what the last call saw" },
	{ .name = NULL }
};
