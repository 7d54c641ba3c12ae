/* conv2d_f32.c - the reference convolution. Which taps lie inside the image is settled per pixel,
 * so no loop over taps or channels holds a test. A row of the window is one run of weights, and of
 * x as well when its pixels are adjacent. Depthwise convolutions have a loop of their own. */
#include "dot.h"
#include "window.h"

/* One pixel's taps; at: the offset in x of tap (0, 0) of the window, which may not exist. */
struct edgert_ref_conv2d {
	struct edgert_ref_taps h, w;
	edgert_int at;
};

/* sum[0..lanes) of output channels from oc on, of one group; lanes is 4 or 1. */
EDGERT_INLINE void edgert_ref_conv2d_sums(const struct edgert_conv2d *p,
					  const struct edgert_ref_conv2d *t, edgert_int oc,
					  const int lanes, const float *x, const float *w,
					  float *sum)
{
	const edgert_int cig = p->ci / p->groups, taps = p->kh * p->kw * cig;
	const edgert_int from = t->at + oc / (p->co / p->groups) * cig;
	const int run =
		p->dw == 1 && p->x_pixel == cig; /* then groups is 1 or the image one pixel wide */
	const edgert_int n = run ? (t->w.t1 - t->w.t0) * cig : cig;
	edgert_int kh, kw;

	for (kh = t->h.t0; kh < t->h.t1; kh++) {
		for (kw = t->w.t0; kw < (run ? t->w.t0 + 1 : t->w.t1); kw++) {
			const float *xk =
				x + (from + kh * p->dh * p->x_row + kw * p->dw * p->x_pixel);
			const float *wk = w + (oc * taps + (kh * p->kw + kw) * cig);

			if (lanes == 4)
				edgert_ref_dot4(sum, wk, taps, xk, n);
			else
				sum[0] = edgert_ref_dot(sum[0], wk, xk, n);
		}
	}
}

EDGERT_INLINE void edgert_ref_conv2d_pixel(const struct edgert_conv2d *p,
					   const struct edgert_ref_conv2d *t, const float *x,
					   const float *w, const float *b, float *y, edgert_int i,
					   edgert_tail_f32 tail, const void *const *operands)
{
	const edgert_int cog = p->co / p->groups;
	edgert_int oc = 0, g, k;
	int l;

	for (g = 0; g < p->groups; g++) {
		for (k = 0; k < cog / 4; k++, oc += 4) {
			float sum[4];

			for (l = 0; l < 4; l++)
				sum[l] = edgert_ref_bias(b, oc + l);
			edgert_ref_conv2d_sums(p, t, oc, 4, x, w, sum);
			for (l = 0; l < 4; l++)
				edgert_ref_store(y, i + oc + l, oc + l, sum[l], tail, operands);
		}
		for (k = 0; k < cog % 4; k++, oc++) {
			float sum = edgert_ref_bias(b, oc);

			edgert_ref_conv2d_sums(p, t, oc, 1, x, w, &sum);
			edgert_ref_store(y, i + oc, oc, sum, tail, operands);
		}
	}
}

/* One pixel of a depthwise convolution: channel c of y from channel c of x. */
EDGERT_INLINE void edgert_ref_conv2d_depthwise(const struct edgert_conv2d *p,
					       const struct edgert_ref_conv2d *t, const float *x,
					       const float *w, const float *b, float *y,
					       edgert_int i, edgert_tail_f32 tail,
					       const void *const *operands)
{
	const edgert_int row = p->dh * p->x_row, step = p->dw * p->x_pixel;
	edgert_int c, kh, kw;

	for (c = 0; c < p->co; c++) {
		const float *wc = w + c * p->kh * p->kw;
		float sum = edgert_ref_bias(b, c);

		for (kh = t->h.t0; kh < t->h.t1; kh++)
			for (kw = t->w.t0; kw < t->w.t1; kw++)
				sum += EDGERT_W_F32(wc + kh * p->kw + kw) *
				       x[t->at + kh * row + kw * step + c];
		edgert_ref_store(y, i + c, c, sum, tail, operands);
	}
}

/* The same where the window lies inside: as many taps for every pixel, so a specialised kernel has
 * no loop. */
EDGERT_INLINE void edgert_ref_conv2d_depthwise_inside(const struct edgert_conv2d *p, const float *x,
						      const float *w, const float *b, float *y,
						      edgert_int i, edgert_tail_f32 tail,
						      const void *const *operands)
{
	const edgert_int row = p->dh * p->x_row, step = p->dw * p->x_pixel;
	edgert_int c, kh, kw;

	for (c = 0; c < p->co; c++, x++, w += p->kh * p->kw) {
		float sum = edgert_ref_bias(b, c);

		EDGERT_REF_UNROLL
		for (kh = 0; kh < p->kh; kh++) {
			EDGERT_REF_UNROLL
			for (kw = 0; kw < p->kw; kw++)
				sum += EDGERT_W_F32(w + kh * p->kw + kw) * x[kh * row + kw * step];
		}
		edgert_ref_store(y, i + c, c, sum, tail, operands);
	}
}

EDGERT_KERNEL void edgert_conv2d_f32__ref(const struct edgert_conv2d *p, const float *x,
					  const float *w, const float *b, float *y,
					  edgert_tail_f32 tail, const void *const *operands)
{
	const struct edgert_ref_taps all_h = { 0, p->kh }, all_w = { 0, p->kw };
	edgert_int n, oh, ow;

	for (n = 0; n < p->n; n++) {
		for (oh = 0; oh < p->oh; oh++) {
			const edgert_int ih = oh * p->sh - p->pt;
			struct edgert_ref_conv2d t;

			t.h = p->x_halo ? all_h : edgert_ref_clip(ih, p->dh, p->kh, p->ih);
			for (ow = 0; ow < p->ow; ow++) {
				const edgert_int iw = ow * p->sw - p->pl;
				const edgert_int i =
					n * p->y_image + oh * p->y_row + ow * p->y_pixel;

				t.w = p->x_halo ? all_w : edgert_ref_clip(iw, p->dw, p->kw, p->iw);
				t.at = n * p->x_image + ih * p->x_row + iw * p->x_pixel;
				if (p->groups != p->ci || p->groups != p->co)
					edgert_ref_conv2d_pixel(p, &t, x, w, b, y, i, tail,
								operands);
				else if (t.h.t1 - t.h.t0 == p->kh && t.w.t1 - t.w.t0 == p->kw)
					edgert_ref_conv2d_depthwise_inside(p, x + t.at, w, b, y, i,
									   tail, operands);
				else
					edgert_ref_conv2d_depthwise(p, &t, x, w, b, y, i, tail,
								    operands);
			}
		}
	}
}
