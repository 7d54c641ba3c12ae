/* rows_s8.c - elementwise functions of bytes side by side (params.h, "rows"), sixteen at a time. */
#include "../isa/q128_add.h"
#include "../isa/rows8.h"

#if defined(EDGERT_Q128_NEON) && defined(__aarch64__)
EDGERT_INLINE uint8x16x4_t edgert_q128_quarter(const uint8_t *table)
{
	const uint8x16x4_t t = { { vld1q_u8(table), vld1q_u8(table + 16), vld1q_u8(table + 32),
				   vld1q_u8(table + 48) } };

	return t;
}

/* Quarters of the table, of which TBX takes what is inside. Rows of fewer elements than vectors of
 * the table are done one by one. */
EDGERT_INLINE edgert_int edgert_q128_look_up(uint8_t *y, const uint8_t *x, const uint8_t *table,
					     edgert_int n)
{
	const uint8x16_t next = vdupq_n_u8(64);
	uint8x16x4_t t0, t1, t2, t3;
	edgert_int i = 0;

	if (n < 32)
		return 0;
	t0 = edgert_q128_quarter(table);
	t1 = edgert_q128_quarter(table + 64);
	t2 = edgert_q128_quarter(table + 128);
	t3 = edgert_q128_quarter(table + 192);
	for (; i + 16 <= n; i += 16) {
		uint8x16_t at = vld1q_u8(x + i), v = vqtbl4q_u8(t0, at);

		at = vsubq_u8(at, next);
		v = vqtbx4q_u8(v, t1, at);
		at = vsubq_u8(at, next);
		v = vqtbx4q_u8(v, t2, at);
		at = vsubq_u8(at, next);
		vst1q_u8(y + i, vqtbx4q_u8(v, t3, at));
	}
	return i;
}
#endif

EDGERT_SHARED void edgert_row_lut_s8__q128(void *y, const void *x, const void *table, edgert_int n)
{
	uint8_t *to = (uint8_t *)y;
	const uint8_t *from = (const uint8_t *)x, *t = (const uint8_t *)table;
	edgert_int i = 0;

#if defined(EDGERT_Q128_NEON) && defined(__aarch64__)
	i = edgert_q128_look_up(to, from, t, n);
#endif
	for (; i + 4 <= n; i += 4) {
		EDGERT_UNROLL_FEW
		for (int k = 0; k < 4; k++)
			to[i + k] = t[from[i + k]];
	}
	edgert_rows8_lut(to + i, from + i, t, n - i);
}

EDGERT_KERNEL void edgert_row_add_s8__q128(int8_t *y, const int8_t *a, const int8_t *b, int32_t p,
					   int32_t q, int32_t c, int shift, int32_t lo, int32_t hi,
					   edgert_int n)
{
	edgert_int i = 0;

#if defined(EDGERT_Q128_NEON) || defined(EDGERT_Q128_WASM)
	const struct edgert_q128_out o = { 0, 0, lo, hi, 0 };
	const edgert_q128 r = { p, p, p, p }, s = { q, q, q, q }, t = { c, c, c, c };

	for (; i + 16 <= n; i += 16) {
		edgert_q128 u[4], v[4];

		edgert_q128_widen(a + i, u);
		edgert_q128_widen(b + i, v);
		EDGERT_UNROLL_FEW
		for (int k = 0; k < 4; k++)
			v[k] = (t + v[k] * s + u[k] * r) >> shift;
		edgert_q128_store(4, v, &o, y + i, 16);
	}
#endif
	edgert_rows8_add(y + i, a + i, b + i, p, q, c, shift, lo, hi, n - i);
}

EDGERT_KERNEL void edgert_row_add_f32_s8__q128(int8_t *y, const int8_t *a, const int8_t *b, float p,
					       float q, float c, int32_t lo, int32_t hi,
					       edgert_int n)
{
	edgert_int i = 0;

#if defined(EDGERT_Q128_NEON) || defined(EDGERT_Q128_WASM)
	const struct edgert_q128_out o = { 0, 0, lo, hi, 0 };

	for (; i + 16 <= n; i += 16) {
		edgert_q128 u[4], v[4];

		edgert_q128_widen(a + i, u);
		edgert_q128_widen(b + i, v);
		EDGERT_UNROLL_FEW
		for (int k = 0; k < 4; k++)
			v[k] = edgert_q128_round(edgert_q128_term(
				u[k], p, edgert_q128_term(v[k], q, edgert_q128_same(c), 0), 0));
		edgert_q128_store(4, v, &o, y + i, 16);
	}
#endif
	edgert_rows8_add_f32(y + i, a + i, b + i, p, q, c, lo, hi, n - i);
}

#if defined(EDGERT_Q128_NEON) || defined(EDGERT_Q128_WASM)
/* v = (a - a_zero) * (b - b_zero) of sixteen elements */
EDGERT_INLINE void edgert_q128_products(const int8_t *a, const int8_t *b, int32_t a_zero,
					int32_t b_zero, edgert_q128 *v)
{
	const edgert_q128 x = { a_zero, a_zero, a_zero, a_zero };
	const edgert_q128 y = { b_zero, b_zero, b_zero, b_zero };
	edgert_q128 u[4];

	edgert_q128_widen(a, u);
	edgert_q128_widen(b, v);
	EDGERT_UNROLL_FEW
	for (int i = 0; i < 4; i++)
		v[i] = (u[i] - x) * (v[i] - y);
}
#endif

EDGERT_KERNEL void edgert_row_mul_s8__q128(int8_t *y, const int8_t *a, const int8_t *b,
					   int32_t a_zero, int32_t b_zero, int32_t m, int bits,
					   int32_t zero, int32_t lo, int32_t hi, edgert_int n)
{
	edgert_int i = 0;

#if defined(EDGERT_Q128_NEON) && defined(EDGERT_FIXED) && EDGERT_FIXED
	const struct edgert_q128_out o = { bits - 32, zero, lo, hi, 0 };
	const int32_t scale[4] = { m, m, m, m };

	for (; i + 16 <= n; i += 16) {
		edgert_q128 v[4];

		edgert_q128_products(a + i, b + i, a_zero, b_zero, v);
		EDGERT_UNROLL_FEW
		for (int k = 0; k < 4; k++)
			v[k] = edgert_q128_scaled(v[k], scale, &o);
		edgert_q128_store(4, v, &o, y + i, 16);
	}
#endif
	edgert_rows8_mul(y + i, a + i, b + i, a_zero, b_zero, m, bits, zero, lo, hi, n - i);
}

EDGERT_KERNEL void edgert_row_mul_f32_s8__q128(int8_t *y, const int8_t *a, const int8_t *b,
					       int32_t a_zero, int32_t b_zero, float scale,
					       float zero, int32_t lo, int32_t hi, edgert_int n)
{
	edgert_int i = 0;

#if defined(EDGERT_Q128_NEON) || defined(EDGERT_Q128_WASM)
	const struct edgert_q128_out o = { 0, 0, lo, hi, 0 };

	for (; i + 16 <= n; i += 16) {
		edgert_q128 v[4];

		edgert_q128_products(a + i, b + i, a_zero, b_zero, v);
		EDGERT_UNROLL_FEW
		for (int k = 0; k < 4; k++)
			v[k] = edgert_q128_round(
				edgert_q128_term(v[k], scale, edgert_q128_same(zero), 0));
		edgert_q128_store(4, v, &o, y + i, 16);
	}
#endif
	edgert_rows8_mul_f32(y + i, a + i, b + i, a_zero, b_zero, scale, zero, lo, hi, n - i);
}
