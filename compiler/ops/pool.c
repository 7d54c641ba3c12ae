/* pool.c - pools over any number of spatial axes: MaxPool, AveragePool, LpPool. */
#include "window.h"

#include <math.h>

const struct attr_row pool_max_rows[] = {
	A_ENUM(struct pool_attrs, auto_pad, auto_pad_names, PAD_NOTSET),
	A_FLAG(struct pool_attrs, ceil_mode, 0),
	A_INTS(struct pool_attrs, dilations),
	{ ATTR(struct pool_attrs, kernel_shape), .kind = ATTR_INTS, .required = true },
	A_INTS(struct pool_attrs, pads),
	A_FLAG(struct pool_attrs, storage_order, 0),
	A_INTS(struct pool_attrs, strides),
	A_END,
};

static const struct attr_row average_rows[] = {
	A_ENUM(struct pool_attrs, auto_pad, auto_pad_names, PAD_NOTSET),
	A_FLAG(struct pool_attrs, ceil_mode, 0),
	A_FLAG(struct pool_attrs, count_include_pad, 0),
	A_INTS(struct pool_attrs, dilations),
	{ ATTR(struct pool_attrs, kernel_shape), .kind = ATTR_INTS, .required = true },
	A_INTS(struct pool_attrs, pads),
	A_INTS(struct pool_attrs, strides),
	A_END,
};

static const struct attr_row lp_rows[] = {
	A_ENUM(struct pool_attrs, auto_pad, auto_pad_names, PAD_NOTSET),
	A_FLAG(struct pool_attrs, ceil_mode, 0),
	A_INTS(struct pool_attrs, dilations),
	{ ATTR(struct pool_attrs, kernel_shape), .kind = ATTR_INTS, .required = true },
	A_RANGE(struct pool_attrs, p, 2, 1, INT32_MAX),
	A_INTS(struct pool_attrs, pads),
	A_INTS(struct pool_attrs, strides),
	A_END,
};

bool pool_geometry(struct unit *u, const struct node *n, struct window *w)
{
	const struct pool_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0);
	struct window_lists l = { a->auto_pad, &a->kernel_shape, &a->strides, &a->dilations,
				  &a->pads };

	if (a->kernel_shape.n != x->shape.rank - 2)
		return node_error(u, n,
				  "kernel_shape has %d values, X of shape %s has %d spatial axes",
				  a->kernel_shape.n, shape_text(u, &x->shape), x->shape.rank - 2);
	return window_attrs(u, n, &l, x->shape.d + 2, x->shape.rank - 2, w);
}

static bool outputs(struct unit *u, const struct node *n, struct window *w)
{
	const struct pool_attrs *a = n->attrs;

	return window_outputs(u, n, a->auto_pad, a->ceil_mode ? WINDOWS_CEIL : WINDOWS_FLOOR, w);
}

void pool_window(struct unit *u, const struct node *n, struct window *w)
{
	if (!pool_geometry(u, n, w) || !outputs(u, n, w))
		unreachable("a window that inference accepted");
}

bool pool_infer(struct unit *u, struct node *n)
{
	struct window w;
	struct shape s;

	if (!infer_need_rank(u, n, node_in(n, 0), "X", 3, RANK_MAX) || !pool_geometry(u, n, &w) ||
	    !outputs(u, n, &w))
		return false;
	s = node_in(n, 0)->shape;
	for (int i = 0; i < w.n; i++)
		s.d[i + 2] = w.out[i];
	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k))
			set_shape(node_out(n, k), &s);
	return true;
}

/* -- MaxPool --------------------------------------------------------------------------- */

/* X at the spatial position at[] for the output idx[], `outside` where that is padding. */
static const struct tir *load_at(struct tir_builder *b, const struct window *w,
				 const struct tir *const *idx, const struct tir *const *at,
				 double outside)
{
	const struct tir *x_idx[RANK_MAX] = { idx[0], idx[1] }, *x;

	for (int i = 0; i < w->n; i++)
		x_idx[i + 2] = at[i];
	x = tir_load(b, 0, x_idx);
	return tir_select(b, window_inside(b, w, at), x, tir_number(b, x->type, outside));
}

static const struct tir *load_tap(struct tir_builder *b, const struct window *w,
				  const struct tir *const *idx, const struct tir *const *tap,
				  double outside)
{
	const struct tir *at[WINDOW_MAX];

	for (int i = 0; i < w->n; i++)
		at[i] = window_index(b, w, i, idx[i + 2], tap[i]);
	return load_at(b, w, idx, at, outside);
}

/* The position of a tap of output o along axis i, of the nearest tap inside X where it is padding:
 * whatever X holds, the greatest is found inside, and among equals the first still comes first. */
static const struct tir *nearest_inside(struct tir_builder *b, const struct window *w, int i,
					const struct tir *o, const struct tir *tap)
{
	const struct tir *start = window_index(b, w, i, o, tir_index(b, 0));
	const struct tir *d = tir_index(b, w->dilation[i]);
	const struct tir *end = tir_affine(b, tir_dim(b, w->in[i]), 1, -1);
	const struct tir *first = tir_floormod(b, start, d);
	const struct tir *last = tir_sub(b, end, tir_floormod(b, tir_sub(b, end, start), d));
	const struct tir *at = window_index(b, w, i, o, tap);

	return tir_max(b, tir_min(b, tir_max(b, at, first), last), tir_index(b, 0));
}

/* The window without taps that find nothing, and a variable for each axis of it. */
static void tap_vars(struct tir_builder *b, const struct node *n, struct window *w,
		     const struct tir **vars)
{
	pool_window(b->u, n, w);
	window_trim(b->u, w);
	for (int i = 0; i < w->n; i++)
		vars[i] = tir_var(b, w->kernel[i], "k");
}

/* Where in X, flat, the first greatest tap lies: one search over all taps in row-major order.
 * storage_order 1 counts the spatial axes with the first one fastest. */
static void define_indices(struct tir_builder *b, const struct node *n, const struct window *w,
			   struct tir_stage *out)
{
	const struct pool_attrs *a = n->attrs;
	const struct shape *s = &node_in(n, 0)->shape;
	const struct tir *idx[RANK_MAX], *tap[WINDOW_MAX], *at[WINDOW_MAX], *var, *flat;

	tir_stage_begin(b, 1, out, idx);
	var = tir_var(b, window_taps(w), "k");
	for (int pass = 0; pass < 2; pass++) {
		const struct tir *rest = var;

		for (int i = w->n - 1; i >= 0; i--) {
			tap[i] = tir_floormod(b, rest, tir_index(b, w->kernel[i]));
			rest = tir_floordiv(b, rest, tir_index(b, w->kernel[i]));
		}
		for (int i = 0; i < w->n; i++)
			at[i] = nearest_inside(b, w, i, idx[i + 2], tap[i]);
		flat = load_at(b, w, idx, at, -(double)INFINITY);
		if (pass == 0)
			var = tir_reduce(b, REDUCE_ARGMAX_FIRST, 1, &var, flat);
	}
	flat = tir_add(b, tir_mul(b, idx[0], tir_dim(b, s->d[1])), idx[1]);
	for (int i = 0; i < w->n; i++) {
		int axis = a->storage_order ? w->n - 1 - i : i;

		flat = tir_add(b, tir_mul(b, flat, tir_dim(b, w->in[axis])), at[axis]);
	}
	out->value = tir_cast(b, DT_I64, flat);
}

static bool define_max(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *vars[WINDOW_MAX];
	struct window w;

	tap_vars(b, n, &w, vars);
	if (node_out(n, 0)) {
		tir_stage_begin(b, 0, &out[0], idx);
		out[0].value = tir_reduce(b, REDUCE_MAX, w.n, vars,
					  load_tap(b, &w, idx, vars, -(double)INFINITY));
	}
	if (node_out(n, 1))
		define_indices(b, n, &w, &out[1]);
	return true;
}

/* -- AveragePool ----------------------------------------------------------------------- */

/* How many taps of output o along axis i lie in [lo, hi) of X. */
static const struct tir *taps_within(struct tir_builder *b, const struct window *w, int i,
				     const struct tir *o, const struct tir *lo,
				     const struct tir *hi)
{
	const struct tir *start = window_index(b, w, i, o, tir_index(b, 0)),
			 *d = tir_index(b, w->dilation[i]);
	const struct tir *round_up = tir_index(b, w->dilation[i] - 1);
	const struct tir *first = tir_floordiv(b, tir_add(b, tir_sub(b, lo, start), round_up), d);
	const struct tir *end = tir_floordiv(b, tir_add(b, tir_sub(b, hi, start), round_up), d);

	first = tir_max(b, first, tir_index(b, 0));
	end = tir_min(b, end, tir_index(b, w->kernel[i]));
	return tir_sub(b, end, first);
}

/* The divisor: the taps inside X, or with count_include_pad those inside X and its padding, beyond
 * which a window may reach in ceil_mode. */
static const struct tir *tap_count(struct tir_builder *b, const struct node *n,
				   const struct window *w, const struct tir *const *idx)
{
	const struct pool_attrs *a = n->attrs;
	const struct tir *count = tir_index(b, 1);

	for (int i = 0; i < w->n; i++) {
		int64_t lo = a->count_include_pad ? -w->pad_lo[i] : 0,
			hi = a->count_include_pad ? w->pad_hi[i] : 0;

		count = tir_mul(b, count,
				taps_within(b, w, i, idx[i + 2], tir_index(b, lo),
					    tir_affine(b, tir_dim(b, w->in[i]), 1, hi)));
	}
	return tir_max(b, count, tir_index(b, 1)); /* a window of padding alone: 0 / 1 */
}

const struct tir *pool_sum(struct tir_builder *b, const struct node *n, struct tir_stage *out,
			   int64_t zero, const struct tir **count)
{
	const struct tir *idx[RANK_MAX], *vars[WINDOW_MAX], *x;
	struct window w, taps;

	pool_window(b->u, n, &w);
	tir_stage_begin(b, 0, out, idx);
	tap_vars(b, n, &taps, vars);
	x = load_tap(b, &taps, idx, vars, (double)zero);
	if (dtype_is_int(x->type))
		x = tir_sub(b, tir_cast(b, DT_I32, x), tir_int(b, DT_I32, zero));
	*count = tap_count(b, n, &w, idx);
	return tir_reduce(b, REDUCE_SUM, w.n, vars, x);
}

static bool define_average(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *count, *sum = pool_sum(b, n, out, 0, &count);

	out->value = tir_div(b, sum, tir_cast(b, sum->type, count));
	return true;
}

/* -- LpPool ---------------------------------------------------------------------------- */

const struct tir *pool_norm(struct tir_builder *b, int64_t p, int n, const struct tir *const *vars,
			    const struct tir *x)
{
	enum dtype t = x->type;

	x = p == 2 ? tir_mul(b, x, x) : tir_unary(b, TIR_ABS, x);
	if (p > 2)
		x = tir_binary(b, TIR_POW, x, tir_number(b, t, (double)p));
	x = tir_reduce(b, REDUCE_SUM, n, vars, x);
	if (p > 2)
		x = tir_binary(b, TIR_POW, x, tir_number(b, t, 1.0 / (double)p));
	return p == 2 ? tir_unary(b, TIR_SQRT, x) : x;
}

static bool define_lp(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct pool_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *vars[WINDOW_MAX];
	struct window w;

	tap_vars(b, n, &w, vars);
	tir_stage_begin(b, 0, out, idx);
	out->value = pool_norm(b, a->p, w.n, vars, load_tap(b, &w, idx, vars, 0));
	return true;
}

/* Versions before 18 have fewer attributes; version 1 has p as a float. */
struct lp1_attrs {
	int auto_pad;
	struct ints kernel_shape, pads, strides;
	float p;
};
static const struct attr_row lp1_rows[] = {
	A_ENUM(struct lp1_attrs, auto_pad, auto_pad_names, PAD_NOTSET),
	{ ATTR(struct lp1_attrs, kernel_shape), .kind = ATTR_INTS, .required = true },
	A_FLOAT(struct lp1_attrs, p, 2),
	A_INTS(struct lp1_attrs, pads),
	A_INTS(struct lp1_attrs, strides),
	A_END,
};

bool pool_whole_p(struct unit *u, const struct node *n, float p, int64_t *out)
{
	if (!(p >= 1.0F && p < 1e6F && truncf(p) == p)) /* !(): NaN */
		return node_error(u, n, "p is %g, it must be a whole number of at least 1",
				  (double)p);
	*out = (int64_t)p;
	return true;
}

static bool upgrade_lp1(struct unit *u, struct node *n)
{
	struct lp1_attrs old = *(const struct lp1_attrs *)n->attrs;
	struct pool_attrs a = { .auto_pad = old.auto_pad,
				.kernel_shape = old.kernel_shape,
				.pads = old.pads,
				.strides = old.strides };

	if (!pool_whole_p(u, n, old.p, &a.p))
		return false;
	upgrade_to_newest(u, n, &a);
	return pool_upgrade(u, n);
}

const struct op ops_pool[] = { { .name = "MaxPool",
				 .since = 1,
				 .sig = "X:T -> Y:T Indices?:int64",
				 /* 16 bits: what is quantized to them */
				 .types = "T=floats,int8,uint8,int16,uint16",
				 .attrs = pool_max_rows,
				 .attrs_size = sizeof(struct pool_attrs),
				 .upgrade = pool_upgrade,
				 .infer = pool_infer,
				 .define = define_max,
				 .doc = "the greatest element of each window" },
			       { .name = "AveragePool",
				 .since = 1,
				 .sig = "X:T -> Y:T",
				 .types = "T=floats",
				 .attrs = average_rows,
				 .attrs_size = sizeof(struct pool_attrs),
				 .upgrade = pool_upgrade,
				 .infer = pool_infer,
				 .define = define_average,
				 .doc = "the mean of each window" },
			       { .name = "LpPool",
				 .since = 2,
				 .sig = "X:T -> Y:T",
				 .types = "T=floats",
				 .attrs = lp_rows,
				 .attrs_size = sizeof(struct pool_attrs),
				 .upgrade = pool_upgrade,
				 .infer = pool_infer,
				 .define = define_lp,
				 .doc = "the Lp norm of each window" },
			       { .name = "LpPool",
				 .since = 1,
				 .until = 1,
				 .sig = "X:T -> Y:T",
				 .types = "T=floats",
				 .attrs = lp1_rows,
				 .attrs_size = sizeof(struct lp1_attrs),
				 .upgrade = upgrade_lp1 },
			       { .name = NULL } };
