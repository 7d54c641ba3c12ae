/* pool2d_f32.c - the reference pools. NaN in the window gives NaN; a window without a pixel gives
 * -infinity (max) or NaN (average: 0 / 0). */
#include "dot.h"
#include "window.h"

#include "../bits.h"

/* One pixel's taps; at: the offset in x of tap (0, 0). */
struct edgert_ref_pool2d {
	struct edgert_ref_taps h, w;
	edgert_int at;
};

EDGERT_INLINE float edgert_ref_pool2d_max(const struct edgert_pool2d *p,
					  const struct edgert_ref_pool2d *t, const float *x)
{
	float best = edgert_f32_from_bits(0xff800000u);
	edgert_int kh, kw;

	for (kh = t->h.t0; kh < t->h.t1; kh++) {
		for (kw = t->w.t0; kw < t->w.t1; kw++) {
			const float v = x[t->at + kh * p->dh * p->x_row + kw * p->dw * p->x_pixel];

			best = v > best || v != v ? v : best;
		}
	}
	return best;
}

EDGERT_INLINE float edgert_ref_pool2d_sum(const struct edgert_pool2d *p,
					  const struct edgert_ref_pool2d *t, const float *x)
{
	float sum = 0.0f;
	edgert_int kh, kw;

	for (kh = t->h.t0; kh < t->h.t1; kh++)
		for (kw = t->w.t0; kw < t->w.t1; kw++)
			sum += x[t->at + kh * p->dh * p->x_row + kw * p->dw * p->x_pixel];
	return sum;
}

/* The taps inside of pixel (n, oh, ow). */
EDGERT_INLINE struct edgert_ref_pool2d edgert_ref_pool2d_at(const struct edgert_pool2d *p,
							    edgert_int n, edgert_int oh,
							    edgert_int ow)
{
	const edgert_int ih = oh * p->sh - p->pt, iw = ow * p->sw - p->pl;
	struct edgert_ref_pool2d t;

	t.h = edgert_ref_clip(ih, p->dh, p->kh, p->ih);
	t.w = edgert_ref_clip(iw, p->dw, p->kw, p->iw);
	t.at = n * p->x_image + ih * p->x_row + iw * p->x_pixel;
	return t;
}

EDGERT_KERNEL void edgert_maxpool2d_f32__ref(const struct edgert_pool2d *p, const float *x,
					     float *y, edgert_tail_f32 tail,
					     const void *const *operands)
{
	edgert_int n, oh, ow, c;

	for (n = 0; n < p->n; n++) {
		for (oh = 0; oh < p->oh; oh++) {
			for (ow = 0; ow < p->ow; ow++) {
				const struct edgert_ref_pool2d t =
					edgert_ref_pool2d_at(p, n, oh, ow);
				const edgert_int i =
					n * p->y_image + oh * p->y_row + ow * p->y_pixel;

				for (c = 0; c < p->c; c++)
					edgert_ref_store(y, i + c, c,
							 edgert_ref_pool2d_max(p, &t, x + c), tail,
							 operands);
			}
		}
	}
}

/* The divisor: taps inside the image, or inside the padded image. */
EDGERT_INLINE float edgert_ref_pool2d_count(const struct edgert_pool2d *p, edgert_int oh,
					    edgert_int ow, const struct edgert_ref_pool2d *t)
{
	struct edgert_ref_taps h = t->h, w = t->w;

	if (p->count_pad) {
		h = edgert_ref_clip(oh * p->sh, p->dh, p->kh, p->pt + p->ih + p->pb);
		w = edgert_ref_clip(ow * p->sw, p->dw, p->kw, p->pl + p->iw + p->pr);
	}
	return (float)((h.t1 - h.t0) * (w.t1 - w.t0));
}

EDGERT_KERNEL void edgert_averagepool2d_f32__ref(const struct edgert_pool2d *p, const float *x,
						 float *y, edgert_tail_f32 tail,
						 const void *const *operands)
{
	edgert_int n, oh, ow, c;

	for (n = 0; n < p->n; n++) {
		for (oh = 0; oh < p->oh; oh++) {
			for (ow = 0; ow < p->ow; ow++) {
				const struct edgert_ref_pool2d t =
					edgert_ref_pool2d_at(p, n, oh, ow);
				const edgert_int i =
					n * p->y_image + oh * p->y_row + ow * p->y_pixel;
				const float count = edgert_ref_pool2d_count(p, oh, ow, &t);

				for (c = 0; c < p->c; c++)
					edgert_ref_store(y, i + c, c,
							 edgert_ref_pool2d_sum(p, &t, x + c) /
								 count,
							 tail, operands);
			}
		}
	}
}
