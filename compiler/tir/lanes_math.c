/* The float functions: those of runtime/kernels, so that a folded constant is what emitted C would
 * compute. Those of double are the C library's, there and here. */
#include <math.h>

#include "../../runtime/kernels/math.h"
#include "internal.h"

#define FUNCTION(name, T, f)                                                                       \
	static void name(size_t n, void *out, const void *in)                                      \
	{                                                                                          \
		T *r = out;                                                                        \
		const T *x = in;                                                                   \
		for (size_t i = 0; i < n; i++)                                                     \
			r[i] = f(x[i]);                                                            \
	}

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

/* kind, float function, double function */
#define FUNCTIONS(F)                                                                               \
	F(EXP, edgert_expf, exp)                                                                   \
	F(LOG, edgert_logf, log)                                                                   \
	F(LOG1P, edgert_log1pf, log1p)                                                             \
	F(EXPM1, edgert_expm1f, expm1)                                                             \
	F(SIN, edgert_sinf, sin)                                                                   \
	F(COS, edgert_cosf, cos)                                                                   \
	F(TAN, edgert_tanf, tan)                                                                   \
	F(ASIN, edgert_asinf, asin)                                                                \
	F(ACOS, edgert_acosf, acos)                                                                \
	F(ATAN, edgert_atanf, atan)                                                                \
	F(SINH, edgert_sinhf, sinh)                                                                \
	F(COSH, edgert_coshf, cosh)                                                                \
	F(TANH, edgert_tanhf, tanh)                                                                \
	F(ASINH, edgert_asinhf, asinh)                                                             \
	F(ACOSH, edgert_acoshf, acosh)                                                             \
	F(ATANH, edgert_atanhf, atanh)                                                             \
	F(ERF, edgert_erff, erf)                                                                   \
	F(SIGMOID, edgert_sigmoidf, sigmoid)

#define DEFINE(K, f32, f64)                                                                        \
	FUNCTION(K##_f32, float, f32)                                                              \
	FUNCTION(K##_f64, double, f64)
FUNCTIONS(DEFINE)

#define ROW(K, f32, f64) [TIR_##K] = { K##_f32, K##_f64 },
static const struct {
	void (*f32)(size_t n, void *out, const void *in);
	void (*f64)(size_t n, void *out, const void *in);
} functions[TIR_KIND_COUNT] = { FUNCTIONS(ROW) };

void lanes_math2(enum tir_kind k, enum dtype t, size_t n, void *out, const void *x, const void *y)
{
	bool pow_kind = k == TIR_POW;
	if (t == DT_F32) {
		const float *p = x, *q = y;
		float *r = out;
		for (size_t i = 0; i < n; i++)
			r[i] = pow_kind ? edgert_powf(p[i], q[i]) : edgert_atan2f(p[i], q[i]);
	} else {
		const double *p = x, *q = y;
		double *r = out;
		for (size_t i = 0; i < n; i++)
			r[i] = pow_kind ? pow(p[i], q[i]) : atan2(p[i], q[i]);
	}
}

bool lanes_math(enum tir_kind k, enum dtype t, size_t n, void *out, const void *x)
{
	if (!functions[k].f32)
		return false;
	if (t == DT_F32)
		functions[k].f32(n, out, x);
	else if (t == DT_F64)
		functions[k].f64(n, out, x);
	else
		unreachable("float function of integers");
	return true;
}
