/* cells.h - what recurrences of integers do element by element (isa/recurrence_q.h), four at a
 * time. */
#ifndef EDGERT_MVE_CELLS_H
#define EDGERT_MVE_CELLS_H

#include "../isa/mve.h"
#include "../isa/recurrence_q.h"

#if EDGERT_MVE_ASM

EDGERT_INLINE void edgert_mve_rq_scale(int32_t *to, const int32_t *q0, const int32_t *m,
				       const int32_t *b, edgert_int shift, edgert_int n)
{
	const int32x4_t most = vdupq_n_s32((int32_t)1 << 29), least = vnegq_s32(most);

	if (shift < 0) {
		edgert_rq_scale_each(to, q0, m, b, shift, n);
		return;
	}
	for (edgert_int j = 0; j < n; j += 4) {
		const mve_pred16_t some = vctp32q((uint32_t)(n - j));
		const int32x4_t f = vldrwq_z_s32(m + j, some);
		int32x4_t v = vldrwq_z_s32(to + j, some);

		if (q0)
			v = vaddq_s32(v, vldrwq_z_s32(q0 + j, some));
		v = shift == 0 ? vrmulhq_s32(v, f)
			       : vrshlq_n_s32(vmulhq_s32(v, f), -(int32_t)shift);
		v = vmaxq_s32(vminq_s32(v, most), least);
		vstrwq_p_s32(to + j, vaddq_s32(v, vldrwq_z_s32(b + j, some)), some);
	}
}

EDGERT_INLINE void edgert_mve_rq_curve(const int16_t *table, const int sigmoid, int32_t *v,
				       edgert_int n)
{
	const uint32x4_t end = vdupq_n_u32(512u << 14), last = vdupq_n_u32(511);

	for (edgert_int j = 0; j < n; j += 4) {
		const mve_pred16_t some = vctp32q((uint32_t)(n - j));
		const int32x4_t from = vldrwq_z_s32(v + j, some);
		const uint32x4_t magnitude = vreinterpretq_u32_s32(vabsq_s32(from));
		const uint32x4_t at =
			vminq_u32(sigmoid ? vshrq_n_u32(magnitude, 1) : magnitude, end);
		const uint32x4_t i = vminq_u32(vshrq_n_u32(at, 14), last);
		const int32x4_t rest = vreinterpretq_s32_u32(vsubq_u32(at, vshlq_n_u32(i, 14)));
		const int32x4_t next = vldrhq_gather_shifted_offset_s32(table + 1, i);
		int32x4_t y = vldrhq_gather_shifted_offset_s32(table, i);

		y = vaddq_s32(y, vrshrq_n_s32(vmulq_s32(vsubq_s32(next, y), rest), 14));
		y = vnegq_m_s32(y, y, vcmpltq_n_s32(from, 0));
		if (sigmoid)
			y = vshrq_n_s32(vaddq_n_s32(y, EDGERT_RQ_ONE + 1), 1);
		vstrwq_p_s32(v + j, y, some);
	}
}

#else

#define edgert_mve_rq_scale edgert_rq_scale_each
#define edgert_mve_rq_curve edgert_rq_curve_each
#endif

#endif
