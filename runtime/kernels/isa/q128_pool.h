/* q128_pool.h - sixteen channels of a window: their greatest elements, and their sums. */
#ifndef EDGERT_ISA_Q128_POOL_H
#define EDGERT_ISA_Q128_POOL_H

#include "pool8.h"
#include "q128_out.h"

/* So many bytes add up in 16 bits. */
#define EDGERT_Q128_POOL_RUN 256

#if defined(EDGERT_Q128_NEON)
typedef int8x16_t edgert_q128_bytes;

EDGERT_INLINE edgert_q128_bytes edgert_q128_take16(const int8_t *x)
{
	return vld1q_s8(x);
}

EDGERT_INLINE void edgert_q128_put16(int8_t *y, edgert_q128_bytes v)
{
	vst1q_s8(y, v);
}

EDGERT_INLINE edgert_q128_bytes edgert_q128_greater(edgert_q128_bytes a, edgert_q128_bytes b)
{
	return vmaxq_s8(a, b);
}

/* s, eight halves each, += the bytes. */
EDGERT_INLINE void edgert_q128_plus(int16x8_t *s, edgert_q128_bytes v)
{
	s[0] = vaddw_s8(s[0], vget_low_s8(v));
	s[1] = vaddw_s8(s[1], vget_high_s8(v));
}

typedef int16x8_t edgert_q128_halves;

/* acc, four words each, += the halves. */
EDGERT_INLINE void edgert_q128_flush(edgert_q128 *acc, const edgert_q128_halves *s)
{
	for (int i = 0; i < 2; i++) {
		acc[2 * i] = vaddw_s16(acc[2 * i], vget_low_s16(s[i]));
		acc[2 * i + 1] = vaddw_s16(acc[2 * i + 1], vget_high_s16(s[i]));
	}
}
#elif defined(EDGERT_Q128_WASM)
typedef v128_t edgert_q128_bytes, edgert_q128_halves;

EDGERT_INLINE edgert_q128_bytes edgert_q128_take16(const int8_t *x)
{
	return wasm_v128_load(x);
}

EDGERT_INLINE void edgert_q128_put16(int8_t *y, edgert_q128_bytes v)
{
	wasm_v128_store(y, v);
}

EDGERT_INLINE edgert_q128_bytes edgert_q128_greater(edgert_q128_bytes a, edgert_q128_bytes b)
{
	return wasm_i8x16_max(a, b);
}

EDGERT_INLINE void edgert_q128_plus(edgert_q128_halves *s, edgert_q128_bytes v)
{
	s[0] = wasm_i16x8_add(s[0], wasm_i16x8_extend_low_i8x16(v));
	s[1] = wasm_i16x8_add(s[1], wasm_i16x8_extend_high_i8x16(v));
}

EDGERT_INLINE void edgert_q128_flush(edgert_q128 *acc, const edgert_q128_halves *s)
{
	for (int i = 0; i < 2; i++) {
		acc[2 * i] += (edgert_q128)wasm_i32x4_extend_low_i16x8(s[i]);
		acc[2 * i + 1] += (edgert_q128)wasm_i32x4_extend_high_i16x8(s[i]);
	}
}
#else
typedef struct {
	int8_t b[16];
} edgert_q128_bytes;
typedef int16_t edgert_q128_halves __attribute__((vector_size(16)));

EDGERT_INLINE edgert_q128_bytes edgert_q128_take16(const int8_t *x)
{
	edgert_q128_bytes v;

	edgert_int8_copy(v.b, x, 16);
	return v;
}

EDGERT_INLINE void edgert_q128_put16(int8_t *y, edgert_q128_bytes v)
{
	edgert_int8_copy(y, v.b, 16);
}

EDGERT_INLINE edgert_q128_bytes edgert_q128_greater(edgert_q128_bytes a, edgert_q128_bytes b)
{
	for (int i = 0; i < 16; i++)
		a.b[i] = a.b[i] > b.b[i] ? a.b[i] : b.b[i];
	return a;
}

EDGERT_INLINE void edgert_q128_plus(edgert_q128_halves *s, edgert_q128_bytes v)
{
	for (int i = 0; i < 16; i++)
		s[i / 8][i % 8] = (int16_t)(s[i / 8][i % 8] + v.b[i]);
}

EDGERT_INLINE void edgert_q128_flush(edgert_q128 *acc, const edgert_q128_halves *s)
{
	for (int i = 0; i < 16; i++)
		acc[i / 4][i % 4] += s[i / 8][i % 8];
}
#endif

#endif
