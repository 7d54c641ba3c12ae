/* Scalar semantics over arrays: one loop per operation and type, calling the very functions that
 * emitted C calls (runtime/kernels/scalar.h, exact.h, half.h), so that folding equals running. */
#include "../../runtime/kernels/exact.h"
#include "../../runtime/kernels/half.h"
#include "../../runtime/kernels/scalar.h"
#include "../../runtime/kernels/text.h"
#include "internal.h"

#define EACH(expr)                                                                                 \
	for (size_t i = 0; i < n; i++) {                                                           \
		r[i] = (expr);                                                                     \
	}                                                                                          \
	return

size_t lane_size(enum dtype t)
{
	return t == DT_F32 ? sizeof(float) : sizeof(int64_t);
}

int64_t wrap_int(enum dtype t, int64_t v)
{
	switch (t) {
	case DT_I8:
		return (int8_t)v;
	case DT_U8:
		return (uint8_t)v;
	case DT_I16:
		return (int16_t)v;
	case DT_U16:
		return (uint16_t)v;
	case DT_I32:
		return (int32_t)v;
	case DT_U32:
		return (uint32_t)v;
	case DT_BOOL:
		return v != 0;
	default:
		return v;
	}
}

/* -- integers ------------------------------------------------------------------------- */

#define X ((T)x[i])
#define Y ((T)y[i])
#define WRAP(e) EACH((int64_t)(T)(e))

#define INT_LANES(name)                                                                            \
	static void binary_##name(enum tir_kind k, size_t n, int64_t *r, const int64_t *x,         \
				  const int64_t *y)                                                \
	{                                                                                          \
		switch (k) {                                                                       \
		case TIR_ADD:                                                                      \
			WRAP((uint64_t)x[i] + (uint64_t)y[i]);                                     \
		case TIR_SUB:                                                                      \
			WRAP((uint64_t)x[i] - (uint64_t)y[i]);                                     \
		case TIR_MUL:                                                                      \
			WRAP((uint64_t)x[i] * (uint64_t)y[i]);                                     \
		case TIR_DIV:                                                                      \
			WRAP(edgert_div_##name(X, Y));                                             \
		case TIR_MOD:                                                                      \
			WRAP(edgert_rem_##name(X, Y));                                             \
		case TIR_FLOORDIV:                                                                 \
			WRAP(edgert_floordiv_##name(X, Y));                                        \
		case TIR_FLOORMOD:                                                                 \
			WRAP(edgert_floormod_##name(X, Y));                                        \
		case TIR_MIN:                                                                      \
			WRAP(edgert_min_##name(X, Y));                                             \
		case TIR_MAX:                                                                      \
			WRAP(edgert_max_##name(X, Y));                                             \
		case TIR_AND:                                                                      \
			WRAP(x[i] & y[i]);                                                         \
		case TIR_OR:                                                                       \
			WRAP(x[i] | y[i]);                                                         \
		case TIR_XOR:                                                                      \
			WRAP(x[i] ^ y[i]);                                                         \
		case TIR_SHL:                                                                      \
			WRAP(SHIFT(shl, name, X, Y));                                              \
		case TIR_SHR:                                                                      \
			WRAP(SHIFT(shr, name, X, Y));                                              \
		case TIR_EQ:                                                                       \
			EACH(x[i] == y[i]);                                                        \
		case TIR_LT:                                                                       \
			EACH(X < Y);                                                               \
		case TIR_LE:                                                                       \
			EACH(X <= Y);                                                              \
		default:                                                                           \
			unreachable("operation on integers");                                      \
		}                                                                                  \
	}                                                                                          \
	static void unary_##name(enum tir_kind k, size_t n, int64_t *r, const int64_t *x)          \
	{                                                                                          \
		switch (k) {                                                                       \
		case TIR_NEG:                                                                      \
			WRAP(0 - (uint64_t)x[i]);                                                  \
		case TIR_NOT:                                                                      \
			WRAP(~x[i]);                                                               \
		case TIR_ABS:                                                                      \
			WRAP(edgert_abs_##name(X));                                                \
		case TIR_SIGN:                                                                     \
			WRAP(edgert_sign_##name(X));                                               \
		default:                                                                           \
			unreachable("operation on integers");                                      \
		}                                                                                  \
	}

#define SHIFT(op, name, a, b) edgert_##op##_##name(a, b)
#define T uint8_t
INT_LANES(u8)
#undef T
#define T uint16_t
INT_LANES(u16)
#undef T
#define T uint32_t
INT_LANES(u32)
#undef T
#define T uint64_t
INT_LANES(u64)
#undef T
#undef SHIFT

static int64_t no_shift(void)
{
	unreachable("shift of a signed integer");
}

#define SHIFT(op, name, a, b) no_shift()
#define T int8_t
INT_LANES(i8)
#undef T
#define T int16_t
INT_LANES(i16)
#undef T
#define T int32_t
INT_LANES(i32)
#undef T
#define T int64_t
INT_LANES(i64)
#undef T
#undef SHIFT

#define T int64_t
static void unary_bool(enum tir_kind k, size_t n, int64_t *r, const int64_t *x)
{
	if (k != TIR_NOT)
		unreachable("operation on bool");
	EACH(!x[i]);
}
#undef T
#undef X
#undef Y

static const struct {
	void (*binary)(enum tir_kind k, size_t n, int64_t *r, const int64_t *x, const int64_t *y);
	void (*unary)(enum tir_kind k, size_t n, int64_t *r, const int64_t *x);
} int_lanes[] = {
	[DT_U8] = { binary_u8, unary_u8 },     [DT_I8] = { binary_i8, unary_i8 },
	[DT_U16] = { binary_u16, unary_u16 },  [DT_I16] = { binary_i16, unary_i16 },
	[DT_U32] = { binary_u32, unary_u32 },  [DT_I32] = { binary_i32, unary_i32 },
	[DT_U64] = { binary_u64, unary_u64 },  [DT_I64] = { binary_i64, unary_i64 },
	[DT_BOOL] = { binary_u8, unary_bool }, [DT_INDEX] = { binary_i64, unary_i64 },
};

/* -- floats: arithmetic (functions are in lanes_math.c) ------------------------------- */

#define FLOAT_LANES(T, name, sfx)                                                                  \
	static void binary_##name(enum tir_kind k, size_t n, T *r, const T *x, const T *y)         \
	{                                                                                          \
		switch (k) {                                                                       \
		case TIR_ADD:                                                                      \
			EACH(x[i] + y[i]);                                                         \
		case TIR_SUB:                                                                      \
			EACH(x[i] - y[i]);                                                         \
		case TIR_MUL:                                                                      \
			EACH(x[i] * y[i]);                                                         \
		case TIR_DIV:                                                                      \
			EACH(x[i] / y[i]);                                                         \
		case TIR_MOD:                                                                      \
			EACH(edgert_fmod##sfx(x[i], y[i]));                                        \
		case TIR_MIN:                                                                      \
			EACH(edgert_min_##name(x[i], y[i]));                                       \
		case TIR_MAX:                                                                      \
			EACH(edgert_max_##name(x[i], y[i]));                                       \
		default:                                                                           \
			unreachable("operation on floats");                                        \
		}                                                                                  \
	}                                                                                          \
	static void compare_##name(enum tir_kind k, size_t n, int64_t *r, const T *x, const T *y)  \
	{                                                                                          \
		switch (k) {                                                                       \
		case TIR_EQ:                                                                       \
			EACH(x[i] == y[i]);                                                        \
		case TIR_LT:                                                                       \
			EACH(x[i] < y[i]);                                                         \
		default:                                                                           \
			EACH(x[i] <= y[i]);                                                        \
		}                                                                                  \
	}                                                                                          \
	static void unary_##name(enum tir_kind k, size_t n, T *r, const T *x)                      \
	{                                                                                          \
		switch (k) {                                                                       \
		case TIR_NEG:                                                                      \
			EACH(-x[i]);                                                               \
		case TIR_ABS:                                                                      \
			EACH(edgert_abs_##name(x[i]));                                             \
		case TIR_SIGN:                                                                     \
			EACH(edgert_sign_##name(x[i]));                                            \
		case TIR_FLOOR:                                                                    \
			EACH(edgert_floor##sfx(x[i]));                                             \
		case TIR_CEIL:                                                                     \
			EACH(edgert_ceil##sfx(x[i]));                                              \
		case TIR_TRUNC:                                                                    \
			EACH(edgert_trunc##sfx(x[i]));                                             \
		case TIR_ROUND:                                                                    \
			EACH(edgert_rint##sfx(x[i]));                                              \
		case TIR_SQRT:                                                                     \
			EACH(edgert_sqrt##sfx(x[i]));                                              \
		default:                                                                           \
			unreachable("operation on floats");                                        \
		}                                                                                  \
	}                                                                                          \
	static void test_##name(enum tir_kind k, size_t n, int64_t *r, const T *x)                 \
	{                                                                                          \
		if (k == TIR_ISNAN) {                                                              \
			EACH(edgert_isnan_##name(x[i]));                                           \
		}                                                                                  \
		EACH(edgert_isinf_##name(x[i]));                                                   \
	}

FLOAT_LANES(float, f32, f)
FLOAT_LANES(double, f64, )

/* The only operation on strings. */
static void equal_strings(size_t n, int64_t *r, const int64_t *x, const int64_t *y)
{
	EACH(edgert_text_equal((const char *)(intptr_t)x[i], (const char *)(intptr_t)y[i]));
}

void lanes_binary(enum tir_kind k, enum dtype t, size_t n, void *out, const void *x, const void *y)
{
	bool compare = k == TIR_EQ || k == TIR_LT || k == TIR_LE;
	if (t == DT_STRING)
		equal_strings(n, out, x, y);
	else if (k == TIR_POW || k == TIR_ATAN2)
		lanes_math2(k, t, n, out, x, y);
	else if (t == DT_F32 && compare)
		compare_f32(k, n, out, x, y);
	else if (t == DT_F32)
		binary_f32(k, n, out, x, y);
	else if (t == DT_F64 && compare)
		compare_f64(k, n, out, x, y);
	else if (t == DT_F64)
		binary_f64(k, n, out, x, y);
	else
		int_lanes[t].binary(k, n, out, x, y);
}

void lanes_unary(enum tir_kind k, enum dtype t, size_t n, void *out, const void *x)
{
	bool test = k == TIR_ISNAN || k == TIR_ISINF;
	if (t == DT_F32 && test)
		test_f32(k, n, out, x);
	else if (t == DT_F64 && test)
		test_f64(k, n, out, x);
	else if (lanes_math(k, t, n, out, x))
		return;
	else if (t == DT_F32)
		unary_f32(k, n, out, x);
	else if (t == DT_F64)
		unary_f64(k, n, out, x);
	else
		int_lanes[t].unary(k, n, out, x);
}

void lanes_fill(enum dtype t, size_t n, void *out, union lane v)
{
	if (t == DT_F32) {
		float *r = out;
		EACH(v.f);
	} else {
		int64_t *r = out; /* a double's bits too */
		EACH(v.i);
	}
}
