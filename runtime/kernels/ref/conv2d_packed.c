/* conv2d_packed.c - convolution of reals with weights of 8 or 4 bits, which become reals where they
 * are used. A matrix product is one over an image of one row.
 *
 *	y[.., oc] = tail(b[oc] + s[oc] * sum of x * w)                               block 0
 *	y[.., oc] = tail(b[oc] + sum over blocks of s[oc][tap][block] * sum of x * w)
 *
 * w is [co][kh][kw][cig], of 4 bits with the even channel in the lower half of a byte, each tap
 * beginning a byte. */
#include "dot.h"
#include "window.h"

EDGERT_INLINE float edgert_ref_packed_weight(const int8_t *w, edgert_int k, const int bits)
{
	int byte;

	if (bits == 8)
		return (float)EDGERT_W_S8(w + k);
	byte = EDGERT_W_S8(w + k / 2) & 0xff;
	return (float)(((k % 2 ? byte >> 4 : byte & 0xf) ^ 8) - 8);
}

/* sum[l] = the products of channels from..to of one tap; lanes is 4 or 1. */
EDGERT_INLINE void edgert_ref_packed_dot(float *sum, const int lanes, const int8_t *w,
					 edgert_int row, const int bits, const float *x,
					 edgert_int from, edgert_int to)
{
	float s0 = sum[0], s1 = sum[1], s2 = sum[2], s3 = sum[3];
	edgert_int k;

	for (k = from; k < to; k++) {
		const float v = x[k];

		s0 += edgert_ref_packed_weight(w, k, bits) * v;
		if (lanes == 4) {
			s1 += edgert_ref_packed_weight(w + row, k, bits) * v;
			s2 += edgert_ref_packed_weight(w + 2 * row, k, bits) * v;
			s3 += edgert_ref_packed_weight(w + 3 * row, k, bits) * v;
		}
	}
	sum[0] = s0;
	sum[1] = s1;
	sum[2] = s2;
	sum[3] = s3;
}

/* sum[l] += s * products, for one tap in blocks. */
EDGERT_INLINE void edgert_ref_packed_blocks(const struct edgert_conv2d *p, float *sum,
					    const int lanes, const int8_t *w, edgert_int row,
					    const int bits, const float *s, edgert_int s_row,
					    const float *x)
{
	const edgert_int cig = p->ci / p->groups;
	edgert_int from;
	int l;

	for (from = 0; from < cig; from += p->block, s++) {
		const edgert_int to = from + p->block < cig ? from + p->block : cig;
		float part[4] = { 0.0f, 0.0f, 0.0f, 0.0f };

		edgert_ref_packed_dot(part, lanes, w, row, bits, x, from, to);
		for (l = 0; l < lanes; l++)
			sum[l] += EDGERT_W_F32(s + l * s_row) * part[l];
	}
}

/* sum[0..lanes) of output channels from oc on, of one group; x: where tap (0, 0) would be. */
EDGERT_INLINE void edgert_ref_packed_sums(const struct edgert_conv2d *p, struct edgert_ref_taps h,
					  struct edgert_ref_taps w_taps, edgert_int at,
					  edgert_int oc, const int lanes, const int bits,
					  const float *x, const int8_t *w, const float *s,
					  float *sum)
{
	const edgert_int cig = p->ci / p->groups, bytes = (cig * bits + 7) / 8,
			 row = p->kh * p->kw * bytes;
	const edgert_int blocks = p->block ? (cig + p->block - 1) / p->block : 0,
			 s_row = p->kh * p->kw * blocks;
	edgert_int kh, kw;
	int l;

	at += oc / (p->co / p->groups) * cig;
	for (kh = h.t0; kh < h.t1; kh++) {
		for (kw = w_taps.t0; kw < w_taps.t1; kw++) {
			const edgert_int tap = kh * p->kw + kw;
			const float *xk =
				x + (at + kh * p->dh * p->x_row + kw * p->dw * p->x_pixel);
			const int8_t *wk = w + (oc * row + tap * bytes);

			if (p->block)
				edgert_ref_packed_blocks(p, sum, lanes, wk, row, bits,
							 s + (oc * s_row + tap * blocks), s_row,
							 xk);
			else
				edgert_ref_packed_dot(sum, lanes, wk, row, bits, xk, 0, cig);
		}
	}
	for (l = 0; l < lanes && !p->block; l++)
		sum[l] *= EDGERT_W_F32(s + oc + l);
}

EDGERT_INLINE void edgert_ref_packed(const struct edgert_conv2d *p, const float *x, const int8_t *w,
				     const float *s, const float *b, float *y, edgert_tail_f32 tail,
				     const void *const *operands, const int bits)
{
	const edgert_int cog = p->co / p->groups;
	edgert_int n, oh, ow, oc;
	int l;

	for (n = 0; n < p->n; n++) {
		for (oh = 0; oh < p->oh; oh++) {
			const edgert_int ih = oh * p->sh - p->pt;
			const struct edgert_ref_taps h = edgert_ref_clip(ih, p->dh, p->kh, p->ih);

			for (ow = 0; ow < p->ow; ow++) {
				const edgert_int iw = ow * p->sw - p->pl;
				const edgert_int at =
					n * p->x_image + ih * p->x_row + iw * p->x_pixel;
				const edgert_int i =
					n * p->y_image + oh * p->y_row + ow * p->y_pixel;
				const struct edgert_ref_taps taps =
					edgert_ref_clip(iw, p->dw, p->kw, p->iw);

				for (oc = 0; oc < p->co;) {
					const int lanes = oc % cog + 4 <= cog ? 4 : 1;
					float sum[4] = { 0.0f, 0.0f, 0.0f, 0.0f };

					if (lanes == 4)
						edgert_ref_packed_sums(p, h, taps, at, oc, 4, bits,
								       x, w, s, sum);
					else
						edgert_ref_packed_sums(p, h, taps, at, oc, 1, bits,
								       x, w, s, sum);
					for (l = 0; l < lanes; l++, oc++)
						edgert_ref_store(y, i + oc, oc,
								 sum[l] + edgert_ref_bias(b, oc),
								 tail, operands);
				}
			}
		}
	}
}

EDGERT_KERNEL void edgert_conv2d_f32w8__ref(const struct edgert_conv2d *p, const float *x,
					    const int8_t *w, const float *s, const float *b,
					    float *y, edgert_tail_f32 tail,
					    const void *const *operands)
{
	edgert_ref_packed(p, x, w, s, b, y, tail, operands, 8);
}

EDGERT_KERNEL void edgert_conv2d_f32w4__ref(const struct edgert_conv2d *p, const float *x,
					    const int8_t *w, const float *s, const float *b,
					    float *y, edgert_tail_f32 tail,
					    const void *const *operands)
{
	edgert_ref_packed(p, x, w, s, b, y, tail, operands, 4);
}
