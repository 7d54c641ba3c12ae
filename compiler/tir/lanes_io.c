/* Conversions between registers and elements of every type, and between registers. */
#include <string.h>

#include "../../runtime/kernels/fixed.h"
#include "../../runtime/kernels/half.h"
#include "internal.h"

/* -- casts ---------------------------------------------------------------------------- */

#define LOOP(out_type, in_type, expr)                                                              \
	do {                                                                                       \
		out_type *r = out;                                                                 \
		const in_type *v = x;                                                              \
		for (size_t i = 0; i < n; i++)                                                     \
			r[i] = (expr);                                                             \
		return;                                                                            \
	} while (0)

/* Truncated and saturated, as fixed.h does it. */
#define INT_FROM(T, t)                                                                             \
	static void int_from_##t(enum dtype to, size_t n, int64_t *out, const T *x)                \
	{                                                                                          \
		switch (to) {                                                                      \
		case DT_I8:                                                                        \
			LOOP(int64_t, T, edgert_cast_##t##_i8(v[i]));                              \
		case DT_U8:                                                                        \
			LOOP(int64_t, T, edgert_cast_##t##_u8(v[i]));                              \
		case DT_I16:                                                                       \
			LOOP(int64_t, T, edgert_cast_##t##_i16(v[i]));                             \
		case DT_U16:                                                                       \
			LOOP(int64_t, T, edgert_cast_##t##_u16(v[i]));                             \
		case DT_I32:                                                                       \
			LOOP(int64_t, T, edgert_cast_##t##_i32(v[i]));                             \
		case DT_U32:                                                                       \
			LOOP(int64_t, T, edgert_cast_##t##_u32(v[i]));                             \
		case DT_U64:                                                                       \
			LOOP(int64_t, T, (int64_t)edgert_cast_##t##_u64(v[i]));                    \
		default:                                                                           \
			LOOP(int64_t, T, edgert_cast_##t##_i64(v[i]));                             \
		}                                                                                  \
	}
INT_FROM(float, f32)
INT_FROM(double, f64)

void lanes_cast(enum dtype to, enum dtype from, size_t n, void *out, const void *x)
{
	bool from_u64 = from == DT_U64;
	if (to == DT_F32) {
		if (from == DT_F64)
			LOOP(float, double, (float)v[i]);
		if (from == DT_F32)
			LOOP(float, float, v[i]);
		if (from_u64)
			LOOP(float, int64_t, (float)(uint64_t)v[i]);
		LOOP(float, int64_t, (float)v[i]);
	}
	if (to == DT_F64) {
		if (from == DT_F64)
			LOOP(double, double, v[i]);
		if (from == DT_F32)
			LOOP(double, float, (double)v[i]);
		if (from_u64)
			LOOP(double, int64_t, (double)(uint64_t)v[i]);
		LOOP(double, int64_t, (double)v[i]);
	}
	if (to == DT_BOOL) {
		if (from == DT_F64)
			LOOP(int64_t, double, v[i] != 0);
		if (from == DT_F32)
			LOOP(int64_t, float, v[i] != 0);
		LOOP(int64_t, int64_t, v[i] != 0);
	}
	if (from == DT_F64) {
		int_from_f64(to, n, out, x);
		return;
	}
	if (from == DT_F32) {
		int_from_f32(to, n, out, x);
		return;
	}
	LOOP(int64_t, int64_t, wrap_int(to, v[i]));
}

/* -- small floats --------------------------------------------------------------------- */

static float small_to_f32(enum dtype t, uint32_t bits)
{
	switch (t) {
	case DT_F16:
		return edgert_f16_to_f32((uint16_t)bits);
	case DT_BF16:
		return edgert_bf16_to_f32((uint16_t)bits);
	case DT_F8E4M3FN:
		return edgert_f8e4m3fn_to_f32((uint8_t)bits);
	case DT_F8E4M3FNUZ:
		return edgert_f8e4m3fnuz_to_f32((uint8_t)bits);
	case DT_F8E5M2:
		return edgert_f8e5m2_to_f32((uint8_t)bits);
	case DT_F8E5M2FNUZ:
		return edgert_f8e5m2fnuz_to_f32((uint8_t)bits);
	case DT_F8E8M0:
		return edgert_f8e8m0_to_f32((uint8_t)bits);
	case DT_F4E2M1:
		return edgert_f4e2m1_to_f32((uint8_t)bits);
	default:
		unreachable("small float type");
	}
}

static uint32_t small_from_f32(enum dtype t, int saturate, float v)
{
	switch (t) {
	case DT_F16:
		return edgert_f16_from_f32(v);
	case DT_BF16:
		return edgert_bf16_from_f32(v);
	case DT_F8E4M3FN:
		return edgert_f8e4m3fn_from_f32(v, saturate);
	case DT_F8E4M3FNUZ:
		return edgert_f8e4m3fnuz_from_f32(v, saturate);
	case DT_F8E5M2:
		return edgert_f8e5m2_from_f32(v, saturate);
	case DT_F8E5M2FNUZ:
		return edgert_f8e5m2fnuz_from_f32(v, saturate);
	case DT_F8E8M0:
		return edgert_f8e8m0_from_f32(v, 1, saturate); /* rounds up: ONNX's default */
	case DT_F4E2M1:
		return edgert_f4e2m1_from_f32(v);
	default:
		unreachable("small float type");
	}
}

void lanes_round_to(enum dtype to, bool saturate, size_t n, float *out, const float *x)
{
	for (size_t i = 0; i < n; i++)
		out[i] = to == DT_F32 ? x[i] : small_to_f32(to, small_from_f32(to, saturate, x[i]));
}

/* -- loads ---------------------------------------------------------------------------- */

static int64_t sign_extend(uint64_t v, unsigned bits)
{
	uint64_t sign = (uint64_t)1 << (bits - 1);
	return (int64_t)((v ^ sign) - sign);
}

/* Elements of every type, through memcpy: the model file's data may be unaligned. */
#define LOAD_LOOP(r, T, expr)                                                                      \
	do {                                                                                       \
		for (size_t i = 0; i < n; i++) {                                                   \
			int64_t at = off[i] + base;                                                \
			if ((uint64_t)at >= count) {                                               \
				if (!act || act[i])                                                \
					unreachable("load outside its tensor");                    \
				(r)[i] = 0;                                                        \
				continue;                                                          \
			}                                                                          \
			T e;                                                                       \
			memcpy(&e, data + (uint64_t)at * sizeof e, sizeof e);                      \
			(r)[i] = (expr);                                                           \
		}                                                                                  \
		return;                                                                            \
	} while (0)

void lanes_load(const struct constant *c, size_t n, void *out, const int64_t *off, int64_t base,
		const unsigned char *act)
{
	enum dtype t = c->type;
	const unsigned char *data = t == DT_STRING ? (const unsigned char *)c->strings : c->data;
	uint64_t count = (uint64_t)shape_elements(&c->shape);
	int64_t *ints = out;
	float *floats = out;
	double *doubles = out;
	switch (t) {
	case DT_F32:
		LOAD_LOOP(floats, float, e);
	case DT_F64:
		LOAD_LOOP(doubles, double, e);
	case DT_I64:
		LOAD_LOOP(ints, int64_t, e);
	case DT_U64:
		LOAD_LOOP(ints, int64_t, e);
	case DT_I32:
		LOAD_LOOP(ints, int32_t, e);
	case DT_U32:
		LOAD_LOOP(ints, uint32_t, e);
	case DT_I16:
		LOAD_LOOP(ints, int16_t, e);
	case DT_U16:
		LOAD_LOOP(ints, uint16_t, e);
	case DT_I8:
		LOAD_LOOP(ints, int8_t, e);
	case DT_U8:
		LOAD_LOOP(ints, uint8_t, e);
	case DT_BOOL:
		LOAD_LOOP(ints, uint8_t, e != 0);
	case DT_I4:
		LOAD_LOOP(ints, uint8_t, sign_extend(e & 15u, 4));
	case DT_U4:
		LOAD_LOOP(ints, uint8_t, e & 15);
	case DT_I2:
		LOAD_LOOP(ints, uint8_t, sign_extend(e & 3u, 2));
	case DT_U2:
		LOAD_LOOP(ints, uint8_t, e & 3);
	case DT_F16:
	case DT_BF16:
		LOAD_LOOP(floats, uint16_t, small_to_f32(t, e));
	case DT_STRING:
		LOAD_LOOP(ints, const char *, (int64_t)(intptr_t)e);
	default:
		LOAD_LOOP(floats, uint8_t, small_to_f32(t, e));
	}
}

/* -- stores --------------------------------------------------------------------------- */

/* Small floats do not saturate here: what should was rounded before, and an infinity stays one. */
#define STORE_LOOP(T, in_type, expr)                                                               \
	do {                                                                                       \
		const in_type *v = x;                                                              \
		T *r = (T *)data + first;                                                          \
		for (size_t i = 0; i < n; i++)                                                     \
			r[i] = (T)(expr);                                                          \
		return;                                                                            \
	} while (0)

void lanes_store(enum dtype t, size_t n, void *data, int64_t first, const void *x)
{
	switch (t) {
	case DT_F32:
		STORE_LOOP(float, float, v[i]);
	case DT_F64:
		STORE_LOOP(double, double, v[i]);
	case DT_I64:
	case DT_U64:
		STORE_LOOP(int64_t, int64_t, v[i]);
	case DT_I32:
	case DT_U32:
		STORE_LOOP(uint32_t, int64_t, v[i]);
	case DT_I16:
	case DT_U16:
		STORE_LOOP(uint16_t, int64_t, v[i]);
	case DT_I8:
	case DT_U8:
	case DT_BOOL:
		STORE_LOOP(uint8_t, int64_t, v[i]);
	case DT_I4:
		STORE_LOOP(uint8_t, int64_t, sign_extend((uint64_t)v[i] & 15u, 4));
	case DT_U4:
		STORE_LOOP(uint8_t, int64_t, v[i] & 15);
	case DT_I2:
		STORE_LOOP(uint8_t, int64_t, sign_extend((uint64_t)v[i] & 3u, 2));
	case DT_U2:
		STORE_LOOP(uint8_t, int64_t, v[i] & 3);
	case DT_F16:
	case DT_BF16:
		STORE_LOOP(uint16_t, float, small_from_f32(t, 0, v[i]));
	case DT_STRING:
		STORE_LOOP(const char *, int64_t, (intptr_t)v[i]);
	default:
		STORE_LOOP(uint8_t, float, small_from_f32(t, 0, v[i])); /* an infinity stays one */
	}
}
