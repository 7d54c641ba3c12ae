/* pool8.h - what the pools of bytes share: the part of a window that lies inside the image, and the way
 * from window to window. */
#ifndef EDGERT_POOL8_H
#define EDGERT_POOL8_H

#include "../params.h"

/* Before a loop over a window's columns: windows of up to four are done without one. */
#if defined(__GNUC__) && !defined(__clang__)
#define EDGERT_POOL8_UNROLL _Pragma("GCC unroll 4")
#else
#define EDGERT_POOL8_UNROLL
#endif

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

/* Is the window of this pixel inside the image? */
EDGERT_INLINE int edgert_pool8_inside(const struct edgert_pool2d *p, edgert_int oh, edgert_int ow)
{
	const edgert_int h = oh * p->sh - p->pt, v = ow * p->sw - p->pl;

	return h >= 0 && v >= 0 && h + (p->kh - 1) * p->dh < p->ih &&
	       v + (p->kw - 1) * p->dw < p->iw;
}

EDGERT_INLINE struct edgert_pool8 edgert_pool8_whole(const struct edgert_pool2d *p, edgert_int oh,
						     edgert_int ow)
{
	struct edgert_pool8 w = { .rows = p->kh, .cols = p->kw, .count = p->kh * p->kw };

	w.row = p->dh * p->x_row;
	w.col = p->dw * p->x_pixel;
	w.at = (oh * p->sh - p->pt) * p->x_row + (ow * p->sw - p->pl) * p->x_pixel;
	return w;
}

/* sized: windows inside the image are a case of their own, whose sizes are constants. */
EDGERT_INLINE void edgert_pool8_images(const struct edgert_pool2d *p, const int sized,
				       const edgert_pool8_run run, const int8_t *x,
				       const int32_t *factors, int8_t *y)
{
	const int all =
		edgert_pool8_inside(p, 0, 0) && edgert_pool8_inside(p, p->oh - 1, p->ow - 1);

	for (edgert_int n = 0; n < p->n; n++, x += p->x_image, y += p->y_image)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				int8_t *const to = y + oh * p->y_row + ow * p->y_pixel;

				if (sized && (all || edgert_pool8_inside(p, oh, ow))) {
					const struct edgert_pool8 w = edgert_pool8_whole(p, oh, ow);
					const edgert_int i = p->factors == 1 ? 0 : w.count;

					run(p, &w, x + w.at, factors ? factors + i : NULL, to);
				} else {
					const struct edgert_pool8 w =
						edgert_pool8_window(p, oh, ow);
					const edgert_int i = p->factors == 1 ? 0 : w.count;

					run(p, &w, x + w.at, factors ? factors + i : NULL, to);
				}
			}
}

#endif
