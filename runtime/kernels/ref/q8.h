/* q8.h - what the reference kernels of 8-bit integers share. Each is written once for all its forms:
 * which one is a number wherever it is tested. */
#ifndef EDGERT_REF_Q8_H
#define EDGERT_REF_Q8_H

#include "../fixed.h"
#include "../params.h"

#define EDGERT_REF_Q8_UNSIGNED 1 /* activations are */
#define EDGERT_REF_Q8_SUMS 2     /* results are the sums, in int32 */
#define EDGERT_REF_Q8_NIBBLES 4  /* weights are 4 bits, the first one in the lower half of a byte */

EDGERT_INLINE int32_t edgert_ref_load_q8(const void *x, edgert_int i, const int form)
{
	return form & EDGERT_REF_Q8_UNSIGNED ? (int32_t)((const uint8_t *)x)[i]
					     : (int32_t)((const int8_t *)x)[i];
}

EDGERT_INLINE int32_t edgert_ref_weight_q8(const int8_t *w, edgert_int i, const int form)
{
	int32_t byte;

	if (!(form & EDGERT_REF_Q8_NIBBLES))
		return EDGERT_W_S8(w + i);
	byte = EDGERT_W_S8(w + i / 2) & 0xff;
	return ((i % 2 ? byte >> 4 : byte & 0xf) ^ 8) - 8;
}

/* sum[l] += w[from + l * row ...] . x[at ...], for l in [0, lanes); lanes is 4 or 1. */
EDGERT_INLINE void edgert_ref_dot_q8(int32_t *sum, const int lanes, const int8_t *w,
				     edgert_int from, edgert_int row, const void *x, edgert_int at,
				     edgert_int n, const int form)
{
	int32_t s0 = sum[0], s1 = 0, s2 = 0, s3 = 0;
	edgert_int k;

	if (lanes == 1) {
		for (k = 0; k < n; k++)
			s0 += edgert_ref_weight_q8(w, from + k, form) *
			      edgert_ref_load_q8(x, at + k, form);
		sum[0] = s0;
		return;
	}
	s1 = sum[1];
	s2 = sum[2];
	s3 = sum[3];
	for (k = 0; k < n; k++) {
		const int32_t v = edgert_ref_load_q8(x, at + k, form);

		s0 += edgert_ref_weight_q8(w, from + k, form) * v;
		s1 += edgert_ref_weight_q8(w, from + row + k, form) * v;
		s2 += edgert_ref_weight_q8(w, from + 2 * row + k, form) * v;
		s3 += edgert_ref_weight_q8(w, from + 3 * row + k, form) * v;
	}
	sum[0] = s0;
	sum[1] = s1;
	sum[2] = s2;
	sum[3] = s3;
}

/* Channel c's result at y[i]; q is [channels][2]. */
EDGERT_INLINE void edgert_ref_store_q8(void *y, edgert_int i, const int form, int32_t sum,
				       const int32_t *q, edgert_int c, edgert_int shift,
				       edgert_int zero, edgert_int lo, edgert_int hi)
{
	int32_t v;

	if (form & EDGERT_REF_Q8_SUMS) {
		((int32_t *)y)[i] = sum;
		return;
	}
	v = edgert_requantize(sum, EDGERT_W_S32(q + 2 * c + 1), (int)shift, (int32_t)zero,
			      (int32_t)lo, (int32_t)hi);
	if (form & EDGERT_REF_Q8_UNSIGNED)
		((uint8_t *)y)[i] = (uint8_t)v;
	else
		((int8_t *)y)[i] = (int8_t)v;
}

#endif
