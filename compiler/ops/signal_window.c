/* signal_window.c - tables for signals: HannWindow, HammingWindow, BlackmanWindow, MelWeightMatrix.
 *
 * A window's element n of N is a0 - a1 cos(2 pi n / M) + a2 cos(4 pi n / M) with M = N, or N - 1
 * when it is not periodic: the only element of such a window is 0 / 0. */
#include "family.h"

struct window_attrs {
	int output_datatype;
	int64_t periodic;
};
static const struct attr_row window_rows[] = { { ATTR(struct window_attrs, output_datatype),
						 .kind = ATTR_TYPE, .def_int = DT_F32 },
					       A_FLAG(struct window_attrs, periodic, 1),
					       A_END };

static bool numeric_output(struct unit *u, struct node *n, enum dtype t)
{
	if (!dtype_is_int(t) && !dtype_is_float(t))
		return node_error(u, n, "output_datatype %s is not supported", dtype_name(t));
	node_out(n, 0)->type = t;
	return true;
}

static bool infer_window(struct unit *u, struct node *n)
{
	const struct window_attrs *a = n->attrs;
	const dim *d;
	int count;

	if (!numeric_output(u, n, (enum dtype)a->output_datatype))
		return false;
	if (!input_elements(u, n, 0, "size", 0, DIM_UNBOUNDED, &d, &count))
		return false;
	if (count != 1 || dim_hi(u, d[0]) < 0)
		return node_error(u, n, "size must be one number of at least 0");
	set_shape_of(node_out(n, 0), 1, d);
	return true;
}

static const struct tir *f64(struct tir_builder *b, double v)
{
	return tir_float(b, DT_F64, v);
}

static const struct tir *wave(struct tir_builder *b, const struct tir *angle, double k)
{
	return tir_unary(b, TIR_COS, tir_mul(b, angle, f64(b, k)));
}

static bool cosines(struct tir_builder *b, const struct node *n, struct tir_stage *out, double a0,
		    double a1, double a2)
{
	const struct window_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *angle, *m;
	dim size = node_out(n, 0)->shape.d[0];

	tir_stage_begin(b, 0, out, idx);
	m = tir_affine(b, tir_dim(b, size), 1, a->periodic ? 0 : -1);
	m = tir_cast(b, DT_F64, m);
	angle = tir_mul(b, f64(b, 6.283185307179586), tir_div(b, tir_cast(b, DT_F64, idx[0]), m));
	out->value = tir_sub(b, f64(b, a0), tir_mul(b, f64(b, a1), wave(b, angle, 1)));
	out->value = tir_add(b, out->value, tir_mul(b, f64(b, a2), wave(b, angle, 2)));
	out->value = tir_cast(b, dtype_compute(out->type), out->value);
	return true;
}

static bool define_hann(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	return cosines(b, n, out, 0.5, 0.5, 0);
}

static bool define_hamming(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	return cosines(b, n, out, 25.0 / 46, 21.0 / 46, 0);
}

static bool define_blackman(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	return cosines(b, n, out, 0.42, 0.5, 0.08);
}

/* -- MelWeightMatrix -----------------------------------------------------------------------
 *
 * Points spaced evenly on the mel scale, mel(f) = 2595 log10(1 + f / 700), each as a line of the
 * spectrum; column i rises from point i to point i + 1 and falls to point i + 2. */

struct mel_attrs {
	int output_datatype;
};
static const struct attr_row mel_rows[] = {
	{ ATTR(struct mel_attrs, output_datatype), .kind = ATTR_TYPE, .def_int = DT_F32 }, A_END
};

static bool infer_mel(struct unit *u, struct node *n)
{
	static const char *const names[] = { "num_mel_bins", "dft_length", "sample_rate",
					     "lower_edge_hertz", "upper_edge_hertz" };
	const dim *bins, *length;
	int count;
	dim d[2];

	if (!numeric_output(u, n,
			    (enum dtype)((const struct mel_attrs *)n->attrs)->output_datatype))
		return false;
	for (int k = 0; k < 5; k++)
		if (shape_count(u, &node_in(n, k)->shape) != 1)
			return node_error(u, n, "%s must be a scalar, its shape is %s", names[k],
					  shape_text(u, &node_in(n, k)->shape));
	if (!input_elements(u, n, 0, names[0], 0, DIM_UNBOUNDED, &bins, &count) ||
	    !input_elements(u, n, 1, names[1], 0, DIM_UNBOUNDED, &length, &count))
		return false;
	d[0] = dim_add(u, dim_floordiv(u, length[0], 2), 1);
	d[1] = bins[0];
	set_shape_of(node_out(n, 0), 2, d);
	return true;
}

/* 2595 log10(1 + f / 700); of slot k */
static const struct tir *mel_of(struct tir_builder *b, int k)
{
	const struct tir *f = tir_div(b, tir_cast(b, DT_F64, load_single(b, k)), f64(b, 700));

	return tir_mul(b, f64(b, 2595 / 2.302585092994046), tir_unary(b, TIR_LOG1P, f));
}

/* The spectrum's line of point i: floor((dft_length + 1) f / sample_rate). */
static const struct tir *mel_point(struct tir_builder *b, const struct node *n, const struct tir *i)
{
	const struct tir *points = tir_affine(b, tir_dim(b, node_out(n, 0)->shape.d[1]), 1, 2);
	const struct tir *low = mel_of(b, 3), *step, *f;

	step = tir_div(b, tir_sub(b, mel_of(b, 4), low), tir_cast(b, DT_F64, points));
	f = tir_add(b, tir_mul(b, tir_cast(b, DT_F64, i), step), low);
	f = tir_unary(b, TIR_EXPM1, tir_mul(b, f, f64(b, 2.302585092994046 / 2595)));
	f = tir_mul(b, tir_mul(b, f, f64(b, 700)),
		    tir_add(b, tir_cast(b, DT_F64, load_single(b, 1)), f64(b, 1)));
	return tir_unary(b, TIR_FLOOR, tir_div(b, f, tir_cast(b, DT_F64, load_single(b, 2))));
}

static bool define_mel(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *line, *low, *centre, *high, *zero = f64(b, 0), *up, *down;

	tir_stage_begin(b, 0, out, idx);
	line = tir_cast(b, DT_F64, idx[0]);
	low = mel_point(b, n, idx[1]);
	centre = mel_point(b, n, tir_affine(b, idx[1], 1, 1));
	high = mel_point(b, n, tir_affine(b, idx[1], 1, 2));
	up = tir_div(b, tir_sub(b, line, low), tir_sub(b, centre, low));
	up = tir_select(b, tir_lt(b, low, centre), up, f64(b, 1)); /* all at one line: its peak */
	up = tir_select(b, tir_and(b, tir_le(b, low, line), tir_le(b, line, centre)), up, zero);
	down = tir_div(b, tir_sub(b, high, line), tir_sub(b, high, centre));
	out->value =
		tir_select(b, tir_and(b, tir_le(b, centre, line), tir_lt(b, line, high)), down, up);
	out->value = tir_cast(b, dtype_compute(out->type), out->value);
	return true;
}

#define WINDOW(NAME, DEFINE, DOC)                                                                  \
	{                                                                                          \
		.name = NAME, .since = 17, .sig = "size:T1 -> output:*",                           \
		.types = "T1=int32,int64", .attrs = window_rows,                                   \
		.attrs_size = sizeof(struct window_attrs), .infer = infer_window,                  \
		.define = DEFINE, .doc = DOC                                                       \
	}

const struct op ops_signal_window[] = {
	WINDOW("HannWindow", define_hann, "1/2 - 1/2 cos(2 pi n / N)"),
	WINDOW("HammingWindow", define_hamming, "25/46 - 21/46 cos(2 pi n / N)"),
	WINDOW("BlackmanWindow", define_blackman,
	       "0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N)"),
	{ .name = "MelWeightMatrix",
	  .since = 17,
	  .sig = "num_mel_bins:T1 dft_length:T1 sample_rate:T1 lower_edge_hertz:T2 "
		 "upper_edge_hertz:T2 -> output:*",
	  .types = "T1=int32,int64 T2=floats",
	  .attrs = mel_rows,
	  .attrs_size = sizeof(struct mel_attrs),
	  .infer = infer_mel,
	  .define = define_mel,
	  .doc = "weights that gather the lines of a spectrum into bands of the mel scale" },
	{ .name = NULL }
};
