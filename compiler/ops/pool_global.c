/* pool_global.c - pools over whole channels, GlobalAveragePool, GlobalMaxPool, GlobalLpPool; and
 * MaxUnpool. */
#include "window.h"

/* -- the global pools ------------------------------------------------------------------ */

struct global_lp_attrs {
	int64_t p;
};
static const struct attr_row global_lp_rows[] = {
	A_RANGE(struct global_lp_attrs, p, 2, 1, INT32_MAX), A_END
};
struct global_lp1_attrs {
	float p;
};
static const struct attr_row global_lp1_rows[] = { A_FLOAT(struct global_lp1_attrs, p, 2), A_END };

static bool infer_global(struct unit *u, struct node *n)
{
	struct shape s;

	if (!infer_need_rank(u, n, node_in(n, 0), "X", 3, RANK_MAX))
		return false;
	s = node_in(n, 0)->shape;
	for (int i = 2; i < s.rank; i++)
		s.d[i] = 1;
	set_shape(node_out(n, 0), &s);
	return true;
}

/* X at the output's image and channel; vars run over the spatial axes, *count is how many those
 * have. */
static const struct tir *load_all(struct tir_builder *b, const struct node *n,
				  struct tir_stage *out, const struct tir **vars, dim *count)
{
	const struct shape *s = &node_in(n, 0)->shape;
	const struct tir *idx[RANK_MAX];

	tir_stage_begin(b, 0, out, idx);
	for (int i = 2; i < s->rank; i++)
		idx[i] = vars[i - 2] = tir_var(b, s->d[i], "k");
	*count = shape_count_range(b->u, s, 2, s->rank);
	return tir_load(b, 0, idx);
}

static bool define_global_average(struct tir_builder *b, const struct node *n,
				  struct tir_stage *out)
{
	const struct tir *vars[RANK_MAX], *x;
	dim count;

	x = load_all(b, n, out, vars, &count);
	x = tir_reduce(b, REDUCE_SUM, out->rank - 2, vars, x);
	out->value = tir_div(b, x, tir_cast(b, x->type, tir_dim(b, count)));
	return true;
}

static bool define_global_max(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *vars[RANK_MAX], *x;
	dim count;

	x = load_all(b, n, out, vars, &count);
	out->value = tir_reduce(b, REDUCE_MAX, out->rank - 2, vars, x);
	return true;
}

static bool define_global_lp(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct global_lp_attrs *a = n->attrs;
	const struct tir *vars[RANK_MAX], *x;
	dim count;

	x = load_all(b, n, out, vars, &count);
	out->value = pool_norm(b, a->p, out->rank - 2, vars, x);
	return true;
}

static bool upgrade_global_lp1(struct unit *u, struct node *n)
{
	struct global_lp_attrs a;

	if (!pool_whole_p(u, n, ((const struct global_lp1_attrs *)n->attrs)->p, &a.p))
		return false;
	upgrade_to_newest(u, n, &a);
	return true;
}

/* -- MaxUnpool ------------------------------------------------------------------------- */

struct unpool_attrs {
	struct ints kernel_shape, pads, strides;
};
static const struct attr_row unpool_rows[] = {
	{ ATTR(struct unpool_attrs, kernel_shape), .kind = ATTR_INTS, .required = true },
	A_INTS(struct unpool_attrs, pads),
	A_INTS(struct unpool_attrs, strides),
	A_END,
};

/* *pooled: the shape that was pooled, (in - 1) * stride + kernel - pads, into which I points. */
static bool unpooled_shape(struct unit *u, const struct node *n, struct shape *pooled)
{
	const struct unpool_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0);
	const struct ints none = { NULL, 0 };
	struct window_lists l = { PAD_NOTSET, &a->kernel_shape, &a->strides, &none, &a->pads };
	struct window w;

	if (!infer_need_rank(u, n, x, "X", 3, RANK_MAX))
		return false;
	if (a->kernel_shape.n != x->shape.rank - 2)
		return node_error(u, n, "kernel_shape has %d values, X has %d spatial axes",
				  a->kernel_shape.n, x->shape.rank - 2);
	if (!window_attrs(u, n, &l, x->shape.d + 2, x->shape.rank - 2, &w))
		return false;
	if (!shape_is_const(&x->shape))
		return node_error(u, n, "the shape of X must be known at compile time, it is %s",
				  shape_text(u, &x->shape));
	*pooled = x->shape;
	for (int i = 0; i < w.n; i++)
		pooled->d[i + 2] = dim_sub(
			u, dim_add(u, dim_mul(u, dim_sub(u, w.in[i], 1), w.stride[i]), w.kernel[i]),
			w.pad_lo[i] + w.pad_hi[i]);
	return true;
}

static bool infer_unpool(struct unit *u, struct node *n)
{
	const struct value *x = node_in(n, 0), *i = node_in(n, 1);
	bool given = node_in(n, 2);
	const dim *want;
	struct shape s;
	int count;

	if (!unpooled_shape(u, n, &s) ||
	    (given && !input_elements(u, n, 2, "output_shape", 0, DIM_UNBOUNDED, &want, &count)))
		return false;
	if (i->shape.rank >= 0 && !shape_equal(&i->shape, &x->shape))
		return node_error(u, n, "I has shape %s, X has %s", shape_text(u, &i->shape),
				  shape_text(u, &x->shape));
	if (given && count != s.rank)
		return node_error(u, n, "output_shape has %d elements, %d are needed", count,
				  s.rank);
	for (int k = 0; given && k < s.rank; k++) {
		if (dim_hi(u, want[k]) < s.d[k])
			return node_error(u, n,
					  "output_shape has %s for axis %d, at least %s is needed",
					  dim_text(u, want[k]), k, dim_text(u, s.d[k]));
		s.d[k] = want[k];
	}
	set_shape(node_out(n, 0), &s);
	return true;
}

/* x, and zeros behind it up to the shape, which may be known at run time only. */
static uint32_t with_zeros(struct unit *u, struct node *n, uint32_t x, const struct shape *shape)
{
	const struct shape *have = &value_of(u, x)->shape;
	const struct tir *idx[RANK_MAX], *inside, *e;
	struct tir_stage stage;
	struct tir_builder b;
	struct node *m = new_loops(n, 1, &x, value_of(u, x)->type, shape);

	tir_builder_init(&b, u, m);
	tir_stage_begin(&b, 0, &stage, idx);
	inside = tir_bool(&b, true);
	for (int i = 0; i < have->rank; i++)
		inside = tir_and(&b, inside, tir_lt(&b, idx[i], tir_dim(&b, have->d[i])));
	e = tir_load(&b, 0, idx);
	stage.value = tir_select(&b, inside, e, tir_number(&b, e->type, 0));
	set_loops(m, &stage);
	return m->out[0];
}

/* X scattered over zeros, where I says; then zeros around up to output_shape. */
static bool expand_unpool(struct unit *u, struct node *n)
{
	const struct value *y = node_out(n, 0);
	struct shape pooled;
	int64_t flat[1] = { -1 }, total[1], sizes[RANK_MAX];
	uint32_t zeros, x;

	if (!unpooled_shape(u, n, &pooled))
		return false;
	total[0] = shape_elements(&pooled);
	for (int i = 0; i < pooled.rank; i++)
		sizes[i] = pooled.d[i];
	zeros = graph_build2(n, "Expand", NULL, new_scalar(n, y->type, 0), new_ints(n, total, 1));
	x = graph_build3(n, "ScatterElements", NULL, zeros,
			 graph_build2(n, "Reshape", NULL, n->in[1], new_ints(n, flat, 1)),
			 graph_build2(n, "Reshape", NULL, n->in[0], new_ints(n, flat, 1)));
	x = graph_build2(n, "Reshape", NULL, x, new_ints(n, sizes, pooled.rank));
	if (!shape_equal(&pooled, &y->shape))
		x = with_zeros(u, n, x, &y->shape);
	expand_output(u, n, 0, x);
	return true;
}

#define GLOBAL(NAME, DEFINE, DOC)                                                                  \
	{                                                                                          \
		.name = NAME, .since = 1, .sig = "X:T -> Y:T", .types = "T=floats",                \
		.infer = infer_global, .define = DEFINE, .doc = DOC                                \
	}

const struct op ops_pool_global[] = {
	GLOBAL("GlobalAveragePool", define_global_average, "the mean of each channel"),
	GLOBAL("GlobalMaxPool", define_global_max, "the greatest element of each channel"),
	{ .name = "GlobalLpPool",
	  .since = 2,
	  .sig = "X:T -> Y:T",
	  .types = "T=floats",
	  .attrs = global_lp_rows,
	  .attrs_size = sizeof(struct global_lp_attrs),
	  .infer = infer_global,
	  .define = define_global_lp,
	  .doc = "the Lp norm of each channel" },
	{ .name = "GlobalLpPool",
	  .since = 1,
	  .until = 1,
	  .sig = "X:T -> Y:T",
	  .types = "T=floats",
	  .attrs = global_lp1_rows,
	  .attrs_size = sizeof(struct global_lp1_attrs),
	  .upgrade = upgrade_global_lp1 },
	{ .name = "MaxUnpool",
	  .since = 9,
	  .sig = "X:T I:int64 output_shape?:int64 -> output:T",
	  .types = "T=floats",
	  .attrs = unpool_rows,
	  .attrs_size = sizeof(struct unpool_attrs),
	  .infer = infer_unpool,
	  .expand = expand_unpool,
	  .doc = "the inverse of MaxPool: zeros but where its Indices point",
	  .limits = "the shape of X must be known at compile time" },
	{ .name = NULL }
};
