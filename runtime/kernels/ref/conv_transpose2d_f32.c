/* conv_transpose2d_f32.c - the reference transposed convolution, seen from the output: pixel oh
 * gets tap kh of input row ih where ih * sh - pt + kh * dh = oh. */
#include "dot.h"

/* The input coordinate that tap k carries to output coordinate o, or -1. */
EDGERT_INLINE edgert_int edgert_ref_transpose_from(edgert_int o, edgert_int pad, edgert_int k,
						   edgert_int dilation, edgert_int stride,
						   edgert_int in)
{
	const edgert_int at = o + pad - k * dilation;

	return at >= 0 && at % stride == 0 && at / stride < in ? at / stride : -1;
}

/* sum[0..lanes) of output channels from oc on, at (oh, ow); lanes is 4 or 1. */
EDGERT_INLINE void edgert_ref_transpose_sums(const struct edgert_conv2d *p, edgert_int n,
					     edgert_int oh, edgert_int ow, edgert_int oc,
					     const int lanes, const float *x, const float *w,
					     float *sum)
{
	const edgert_int cig = p->ci / p->groups, taps = p->kh * p->kw * cig;
	const edgert_int from = n * p->x_image + oc / (p->co / p->groups) * cig;
	edgert_int kh, kw;

	for (kh = 0; kh < p->kh; kh++) {
		const edgert_int ih = edgert_ref_transpose_from(oh, p->pt, kh, p->dh, p->sh, p->ih);

		for (kw = 0; ih >= 0 && kw < p->kw; kw++) {
			const edgert_int iw =
				edgert_ref_transpose_from(ow, p->pl, kw, p->dw, p->sw, p->iw);
			const float *wk = w + (oc * taps + (kh * p->kw + kw) * cig);

			if (iw < 0)
				continue;
			if (lanes == 4)
				edgert_ref_dot4(sum, wk, taps,
						x + (from + ih * p->x_row + iw * p->x_pixel), cig);
			else
				sum[0] = edgert_ref_dot(
					sum[0], wk, x + (from + ih * p->x_row + iw * p->x_pixel),
					cig);
		}
	}
}

EDGERT_INLINE void edgert_ref_transpose_pixel(const struct edgert_conv2d *p, edgert_int n,
					      edgert_int oh, edgert_int ow, const float *x,
					      const float *w, const float *b, float *y,
					      edgert_tail_f32 tail, const void *const *operands)
{
	const edgert_int cog = p->co / p->groups,
			 i = n * p->y_image + oh * p->y_row + ow * p->y_pixel;
	edgert_int oc = 0, g;
	int l;

	for (g = 0; g < p->groups; g++) {
		for (; oc + 4 <= (g + 1) * cog; oc += 4) {
			float sum[4];

			for (l = 0; l < 4; l++)
				sum[l] = edgert_ref_bias(b, oc + l);
			edgert_ref_transpose_sums(p, n, oh, ow, oc, 4, x, w, sum);
			for (l = 0; l < 4; l++)
				edgert_ref_store(y, i + oc + l, oc + l, sum[l], tail, operands);
		}
		for (; oc < (g + 1) * cog; oc++) {
			float sum = edgert_ref_bias(b, oc);

			edgert_ref_transpose_sums(p, n, oh, ow, oc, 1, x, w, &sum);
			edgert_ref_store(y, i + oc, oc, sum, tail, operands);
		}
	}
}

EDGERT_KERNEL void edgert_conv_transpose2d_f32__ref(const struct edgert_conv2d *p, const float *x,
						    const float *w, const float *b, float *y,
						    edgert_tail_f32 tail,
						    const void *const *operands)
{
	edgert_int n, oh, ow;

	for (n = 0; n < p->n; n++)
		for (oh = 0; oh < p->oh; oh++)
			for (ow = 0; ow < p->ow; ow++)
				edgert_ref_transpose_pixel(p, n, oh, ow, x, w, b, y, tail,
							   operands);
}
