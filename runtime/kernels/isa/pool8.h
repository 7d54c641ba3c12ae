/* pool8.h - what the pools of bytes share: the part of a window that lies inside the image, and the way
 * from window to window. */
#ifndef EDGERT_POOL8_H
#define EDGERT_POOL8_H

#include "../params.h"

struct edgert_pool8 {
	edgert_int at;         /* of the first pixel inside, from the image's */
	edgert_int rows, cols; /* inside */
	edgert_int row, col;   /* strides */
	edgert_int count;      /* what a mean is divided by */
};

/* The taps [first, end) of k, stride d, that lie in [lo, hi) when tap 0 is at `at`. */
EDGERT_INLINE edgert_int edgert_pool8_clip(edgert_int at, edgert_int k, edgert_int d, edgert_int lo,
					   edgert_int hi, edgert_int *first)
{
	edgert_int end = k;

	*first = at < lo ? (lo - at + d - 1) / d : 0;
	if (at + (k - 1) * d >= hi)
		end = hi > at ? (hi - at + d - 1) / d : 0;
	return end > *first ? end - *first : 0;
}

EDGERT_INLINE struct edgert_pool8 edgert_pool8_window(const struct edgert_pool2d *p, edgert_int oh,
						      edgert_int ow)
{
	const edgert_int h = oh * p->sh - p->pt, v = ow * p->sw - p->pl;
	struct edgert_pool8 w = { .row = p->dh * p->x_row, .col = p->dw * p->x_pixel };
	edgert_int kh, kw, from;

	w.rows = edgert_pool8_clip(h, p->kh, p->dh, 0, p->ih, &kh);
	w.cols = edgert_pool8_clip(v, p->kw, p->dw, 0, p->iw, &kw);
	w.at = (h + kh * p->dh) * p->x_row + (v + kw * p->dw) * p->x_pixel;
	w.count = w.rows * w.cols;
	if (p->count_pad)
		w.count = edgert_pool8_clip(h, p->kh, p->dh, -p->pt, p->ih + p->pb, &from) *
			  edgert_pool8_clip(v, p->kw, p->dw, -p->pl, p->iw + p->pr, &from);
	return w;
}

/* All channels of one window, whose first pixel inside is x, to y. factor: of a mean, else NULL. */
typedef void (*edgert_pool8_run)(const struct edgert_pool2d *p, const struct edgert_pool8 *w,
				 const int8_t *x, const int32_t *factor, int8_t *y);

EDGERT_INLINE void edgert_pool8_images(const struct edgert_pool2d *p, const edgert_pool8_run run,
				       const int8_t *x, const int32_t *factors, int8_t *y)
{
	for (edgert_int n = 0; n < p->n; n++)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				const struct edgert_pool8 w = edgert_pool8_window(p, oh, ow);
				const edgert_int i = p->factors == 1 ? 0 : w.count;

				run(p, &w, x + n * p->x_image + w.at, factors ? factors + i : NULL,
				    y + n * p->y_image + oh * p->y_row + ow * p->y_pixel);
			}
}

#endif
