/* q128_pair.h - for depthwise kernels: channels side by side in vectors of 128 bits. */
#ifndef EDGERT_ISA_Q128_PAIR_H
#define EDGERT_ISA_Q128_PAIR_H

#include "q128_out.h"

/* Of nv * 4 channels, 8 or 16: a += x * w[0] + y * w[1], w [2][nv * 4]. */
EDGERT_INLINE void edgert_q128_pair(const int nv, edgert_q128 *a, const int8_t *x, const int8_t *y,
				    const int8_t *w)
{
#if defined(EDGERT_Q128_NEON)
	if (nv == 4) {
		const int8x16_t c = vld1q_s8(x), d = vld1q_s8(y);
		const int8x16_t u = vld1q_s8(w), v = vld1q_s8(w + 16);
		const int16x8_t s = vmlal_s8(vmull_s8(vget_low_s8(c), vget_low_s8(u)),
					     vget_low_s8(d), vget_low_s8(v));
		const int16x8_t t = vmlal_s8(vmull_s8(vget_high_s8(c), vget_high_s8(u)),
					     vget_high_s8(d), vget_high_s8(v));

		a[0] = vaddw_s16(a[0], vget_low_s16(s));
		a[1] = vaddw_s16(a[1], vget_high_s16(s));
		a[2 * (nv == 4)] = vaddw_s16(a[2 * (nv == 4)], vget_low_s16(t));
		a[3 * (nv == 4)] = vaddw_s16(a[3 * (nv == 4)], vget_high_s16(t));
	} else {
		const int16x8_t t =
			vmlal_s8(vmull_s8(vld1_s8(x), vld1_s8(w)), vld1_s8(y), vld1_s8(w + 8));

		a[0] = vaddw_s16(a[0], vget_low_s16(t));
		a[1] = vaddw_s16(a[1], vget_high_s16(t));
	}
#elif defined(EDGERT_Q128_WASM)
	EDGERT_UNROLL_FEW
	for (int v = 0; v < nv; v += 2) {
		const v128_t c = wasm_i16x8_mul(wasm_i16x8_load8x8(x + 4 * v),
						wasm_i16x8_load8x8(w + 4 * v));
		const v128_t d = wasm_i16x8_mul(wasm_i16x8_load8x8(y + 4 * v),
						wasm_i16x8_load8x8(w + 4 * (nv + v)));
		const v128_t t = wasm_i16x8_add(c, d);

		a[v] += (edgert_q128)wasm_i32x4_extend_low_i16x8(t);
		a[v + 1] += (edgert_q128)wasm_i32x4_extend_high_i16x8(t);
	}
#else
	for (int i = 0; i < 4 * nv; i++)
		a[i / 4][i % 4] += x[i] * w[i] + y[i] * w[4 * nv + i];
#endif
}

#endif
