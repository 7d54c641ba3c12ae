/* ms_numeric.c - com.microsoft's transforms, complex products and questions about numbers. */
#include "ms.h"

/* -- Rfft, Irfft --------------------------------------------------------------------------- */

struct rfft_attrs {
	int64_t normalized, onesided, signal_ndim;
};
static const struct attr_row rfft_rows[] = {
	A_FLAG(struct rfft_attrs, normalized, 0),
	A_RANGE(struct rfft_attrs, onesided, 1, 1, 1),
	A_RANGE(struct rfft_attrs, signal_ndim, 1, 1, RANK_MAX - 1),
	A_END,
};

static bool is_plain(struct fused *f)
{
	const struct rfft_attrs *a = f->n->attrs;

	if (a->normalized)
		fused_error(f, "normalized is 1, it must be 0");
	return !f->failed;
}

/* The transform along axis `axis` of x, whose last axis holds complex numbers. */
static uint32_t transform(struct fused *f, uint32_t x, int64_t axis, bool inverse, bool onesided)
{
	struct dft_attrs a = { .inverse = inverse, .onesided = onesided };
	uint32_t at =
		graph_constant(f->n->graph, NULL, constant_scalar_i64(f->u->arena, DT_I64, axis))
			->id;

	return fused3(f, "DFT", &a, x, VALUE_NONE, at);
}

/* The last axis first, from reals to half of the lines; then those before it. */
static void make_rfft(struct fused *f, uint32_t *out)
{
	const struct rfft_attrs *a = f->n->attrs;

	if (!is_plain(f) || !fused_rank(f, f->n->in[0], "X", (int)a->signal_ndim, RANK_MAX - 1))
		return;
	out[0] = fused_axes(f, "Unsqueeze", f->n->in[0], -1);
	for (int64_t i = 0; i < a->signal_ndim; i++)
		out[0] = transform(f, out[0], -2 - i, false, i == 0);
}
FUSED_OP(rfft)

static void make_irfft(struct fused *f, uint32_t *out)
{
	const struct rfft_attrs *a = f->n->attrs;

	if (!is_plain(f) || !fused_rank(f, f->n->in[0], "X", (int)a->signal_ndim + 1, RANK_MAX))
		return;
	out[0] = f->n->in[0];
	for (int64_t i = a->signal_ndim - 1; i >= 0; i--)
		out[0] = transform(f, out[0], -2 - i, true, i == 0);
	out[0] = fused_axes(f, "Squeeze", out[0], -1);
}
FUSED_OP(irfft)

/* -- ComplexMul, ComplexMulConj: the last axis holds real and imaginary part --------------- */

static void complex_product(struct fused *f, uint32_t *out, bool conjugate)
{
	struct split_attrs parts = { .axis = -1, .num_outputs = 2 };
	uint32_t a[2] = { VALUE_NONE }, b[2] = { VALUE_NONE }, re, im;

	fused_ops(f, "Split", &parts, 1, &f->n->in[0], 2, a);
	fused_ops(f, "Split", &parts, 1, &f->n->in[1], 2, b);
	if (!f->failed && (fused_shape(f, a[0])->d[fused_shape(f, a[0])->rank - 1] != 1 ||
			   fused_shape(f, b[0])->d[fused_shape(f, b[0])->rank - 1] != 1))
		fused_error(f, "the last axes of A and B must have 2 elements");
	re = fused2(f, conjugate ? "Add" : "Sub", NULL, fused2(f, "Mul", NULL, a[0], b[0]),
		    fused2(f, "Mul", NULL, a[1], b[1]));
	im = fused2(f, "Mul", NULL, a[1], b[0]);
	im = fused2(f, conjugate ? "Sub" : "Add", NULL, im, fused2(f, "Mul", NULL, a[0], b[1]));
	out[0] = fused_concat(f, -1, re, im);
}

static void make_complex_mul(struct fused *f, uint32_t *out)
{
	complex_product(f, out, false);
}
FUSED_OP(complex_mul)

static void make_complex_mul_conj(struct fused *f, uint32_t *out)
{
	complex_product(f, out, true);
}
FUSED_OP(complex_mul_conj)

/* -- IsAllFinite --------------------------------------------------------------------------- */

struct finite_attrs {
	int64_t isinf_only, isnan_only;
};
static const struct attr_row finite_rows[] = { A_FLAG(struct finite_attrs, isinf_only, 0),
					       A_FLAG(struct finite_attrs, isnan_only, 0), A_END };

static void make_finite(struct fused *f, uint32_t *out)
{
	const struct finite_attrs *a = f->n->attrs;
	struct reduce_attrs flat = { .keepdims = 0 };
	uint32_t all = new_scalar(f->n, DT_I32, 0), x, nan, bad;

	if (a->isinf_only && a->isnan_only)
		fused_error(f, "isinf_only and isnan_only exclude each other");
	for (int k = 0; k < f->n->n_in; k++) {
		x = fused_in(f, k);
		bad = a->isnan_only ? VALUE_NONE : fused1(f, "IsInf", NULL, x);
		nan = a->isinf_only ? VALUE_NONE : fused1(f, "IsNaN", NULL, x);
		bad = bad && nan ? fused2(f, "Or", NULL, bad, nan) : bad ? bad : nan;
		bad = fused1(f, "ReduceSum", &flat, fused_cast(f, DT_I32, bad));
		all = fused2(f, "Add", NULL, all, bad);
	}
	out[0] = fused2(f, "Equal", NULL, all, new_scalar(f->n, DT_I32, 0));
}
FUSED_OP(finite)

/* -- ReduceSumInteger, SampleOp ------------------------------------------------------------ */

struct sum_integer_attrs {
	struct ints axes;
	int64_t keepdims;
};
static const struct attr_row sum_integer_rows[] = {
	{ ATTR(struct sum_integer_attrs, axes), .kind = ATTR_INTS, .required = true },
	{ ATTR(struct sum_integer_attrs, keepdims), .kind = ATTR_INT, .required = true, .lo = 0,
	  .hi = 1 },
	A_END,
};

static void make_sum_integer(struct fused *f, uint32_t *out)
{
	const struct sum_integer_attrs *a = f->n->attrs;
	struct reduce_attrs sum = { .keepdims = a->keepdims };
	enum dtype t = value_of(f->u, f->n->in[0])->type == DT_U8 ? DT_U32 : DT_I32;

	out[0] = fused2(f, "ReduceSum", &sum, fused_cast(f, t, f->n->in[0]),
			new_ints(f->n, a->axes.p, a->axes.n));
}
FUSED_OP(sum_integer)

static void make_sample(struct fused *f, uint32_t *out)
{
	out[0] = fused1(f, "Identity", NULL, f->n->in[0]);
}
FUSED_OP(sample)

const struct op ops_ms_numeric[] = {
	{ MS_OP("Rfft", rfft, "X:T -> Y:T", "T=float,double,float16",
		"the discrete Fourier transform of reals along the last axes, half of its lines"),
	  MS_ATTRS(rfft_rows, rfft_attrs) },
	{ MS_OP("Irfft", irfft, "X:T -> Y:T", "T=float,double,float16",
		"the inverse of Rfft, of an even size"),
	  MS_ATTRS(rfft_rows, rfft_attrs) },
	{ MS_OP("ComplexMul", complex_mul, "A:T B:T -> C:T", "T=float,double,float16",
		"the product of complex numbers, real and imaginary part in the last axis") },
	{ MS_OP("ComplexMulConj", complex_mul_conj, "A:T B:T -> C:T", "T=float,double,float16",
		"the product with the conjugate of B") },
	{ MS_OP("IsAllFinite", finite, "input+:V -> output:bool", "V=float16,float,double,bfloat16",
		"whether no element is infinite or NaN"),
	  MS_ATTRS(finite_rows, finite_attrs) },
	{ MS_OP("ReduceSumInteger", sum_integer, "data:T1 -> reduced:T2",
		"T1=int8,uint8 T2=int32,uint32", "the sum of bytes along axes"),
	  MS_ATTRS(sum_integer_rows, sum_integer_attrs) },
	{ MS_OP("SampleOp", sample, "X:T -> Y:T",
		"T=uint32,uint64,int32,int64,float16,float,double", "X itself") },
	{ .name = NULL }
};
