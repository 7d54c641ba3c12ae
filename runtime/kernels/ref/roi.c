/* roi.c - regions of images pooled to one size: averages or maxima of interpolated samples
 * (roi_align), and maxima of the elements in each bin (roi_maxpool). */
#include <float.h>

#include "../params.h"

#define EDGERT_ROI(NAME, T)                                                                        \
	EDGERT_INLINE T edgert_roi_floor_##NAME(T x) /* of what fits edgert_int */                 \
	{                                                                                          \
		const T y = (T)(edgert_int)x;                                                      \
                                                                                                   \
		return y > x ? y - (T)1 : y;                                                       \
	}                                                                                          \
                                                                                                   \
	/* x at least lo and at most hi; lo when it is NaN. */                                     \
	EDGERT_INLINE T edgert_roi_clamp_##NAME(T x, T lo, T hi)                                   \
	{                                                                                          \
		return x > lo ? (x < hi ? x : hi) : lo;                                            \
	}                                                                                          \
                                                                                                   \
	/* The image that a region names; the nearest one when there is none of that number. */    \
	EDGERT_INLINE const T *edgert_roi_image_##NAME(const struct edgert_roi *p, const T *x,     \
						       edgert_int image)                           \
	{                                                                                          \
		image = image < 0 ? 0 : image < p->batch ? image : p->batch - 1;                   \
		return x + image * p->channels * p->height * p->width;                             \
	}                                                                                          \
                                                                                                   \
	/* How many samples a bin of that size has along an axis. */                               \
	EDGERT_INLINE edgert_int edgert_roi_samples_##NAME(const struct edgert_roi *p, T size)     \
	{                                                                                          \
		const T n = edgert_roi_clamp_##NAME(size, (T)0, (T)EDGERT_ROI_SAMPLES);            \
		const edgert_int whole = (edgert_int)n;                                            \
                                                                                                   \
		if (p->sampling > 0)                                                               \
			return p->sampling;                                                        \
		return (T)whole < n ? whole + 1 : whole;                                           \
	}                                                                                          \
                                                                                                   \
	/* Where a sample lies between elements lo and hi: `part` of the way; 0: outside. */       \
	EDGERT_INLINE int edgert_roi_place_##NAME(T at, edgert_int size, edgert_int *lo,           \
						  edgert_int *hi, T *part)                         \
	{                                                                                          \
		if (!(at >= (T)-1 && at <= (T)size))                                               \
			return 0;                                                                  \
		at = at > (T)0 ? at : (T)0;                                                        \
		*lo = (edgert_int)at;                                                              \
		*part = at - (T)*lo;                                                               \
		if (*lo >= size - 1) {                                                             \
			*lo = size - 1;                                                            \
			*part = (T)0;                                                              \
		}                                                                                  \
		*hi = *lo < size - 1 ? *lo + 1 : *lo;                                              \
		return 1;                                                                          \
	}                                                                                          \
                                                                                                   \
	/* One bin of one channel. */                                                              \
	EDGERT_INLINE T edgert_roi_bin_##NAME(const struct edgert_roi *p, const T *x, T y0, T x0,  \
					      T h, T w, edgert_int nh, edgert_int nw)              \
	{                                                                                          \
		T sum = (T)0, most = (T)0;                                                         \
		edgert_int i, j;                                                                   \
                                                                                                   \
		for (i = 0; i < nh; i++)                                                           \
			for (j = 0; j < nw; j++) {                                                 \
				T v[4] = { (T)0, (T)0, (T)0, (T)0 }, dy, dx, best;                 \
				edgert_int ylo, yhi, xlo, xhi;                                     \
                                                                                                   \
				if (edgert_roi_place_##NAME(y0 + ((T)i + (T)0.5) * h / (T)nh,      \
							    p->height, &ylo, &yhi, &dy) &&         \
				    edgert_roi_place_##NAME(x0 + ((T)j + (T)0.5) * w / (T)nw,      \
							    p->width, &xlo, &xhi, &dx)) {          \
					v[0] = ((T)1 - dy) * ((T)1 - dx) *                         \
					       x[ylo * p->width + xlo];                            \
					v[1] = ((T)1 - dy) * dx * x[ylo * p->width + xhi];         \
					v[2] = dy * ((T)1 - dx) * x[yhi * p->width + xlo];         \
					v[3] = dy * dx * x[yhi * p->width + xhi];                  \
				}                                                                  \
				sum += v[0] + v[1] + v[2] + v[3];                                  \
				best = v[0] > v[1] ? v[0] : v[1];                                  \
				best = best > v[2] ? best : v[2];                                  \
				best = best > v[3] ? best : v[3];                                  \
				most = (i == 0 && j == 0) || best > most ? best : most;            \
			}                                                                          \
		if (p->maximum)                                                                    \
			return most;                                                               \
		return nh > 0 && nw > 0 ? sum / ((T)nh * (T)nw) : (T)0;                            \
	}                                                                                          \
                                                                                                   \
	EDGERT_KERNEL void edgert_roi_align_##NAME##__ref(const struct edgert_roi *p, const T *x,  \
							  const T *rois, const int64_t *images,    \
							  T *y)                                    \
	{                                                                                          \
		const T shift = p->half_pixel ? (T)0.5 : (T)0;                                     \
		edgert_int r, c, i, j;                                                             \
                                                                                                   \
		for (r = 0; r < p->rois; r++, rois += 4) {                                         \
			const T x0 = rois[0] - shift, y0 = rois[1] - shift;                        \
			const T *image;                                                            \
			T w = rois[2] - shift - x0, h = rois[3] - shift - y0;                      \
			edgert_int nh, nw;                                                         \
                                                                                                   \
			if (!p->half_pixel) {                                                      \
				w = w > (T)1 ? w : (T)1;                                           \
				h = h > (T)1 ? h : (T)1;                                           \
			}                                                                          \
			h /= (T)p->out_height;                                                     \
			w /= (T)p->out_width;                                                      \
			nh = edgert_roi_samples_##NAME(p, h);                                      \
			nw = edgert_roi_samples_##NAME(p, w);                                      \
			image = edgert_roi_image_##NAME(p, x,                                      \
							images[r] < 0 ? 0                          \
							: images[r] < p->batch                     \
								? (edgert_int)images[r]            \
								: p->batch - 1);                   \
			for (c = 0; c < p->channels; c++, image += p->height * p->width)           \
				for (i = 0; i < p->out_height; i++)                                \
					for (j = 0; j < p->out_width; j++)                         \
						*y++ = edgert_roi_bin_##NAME(                      \
							p, image, y0 + (T)i * h, x0 + (T)j * w, h, \
							w, nh, nw);                                \
		}                                                                                  \
	}                                                                                          \
                                                                                                   \
	/* Elements from *lo up to *hi along an axis are in bin i of those of a region. */         \
	EDGERT_INLINE void edgert_roi_range_##NAME(edgert_int i, T start, T bin, edgert_int size,  \
						   edgert_int *lo, edgert_int *hi)                 \
	{                                                                                          \
		const T far = (T)EDGERT_ROI_SAMPLES;                                               \
		T a = edgert_roi_clamp_##NAME((T)i * bin, (T)0, far),                              \
		  b = edgert_roi_clamp_##NAME((T)(i + 1) * bin, (T)0, far);                        \
                                                                                                   \
		a = edgert_roi_floor_##NAME(a) + start;                                            \
		b = start - edgert_roi_floor_##NAME(-b);                                           \
		*lo = (edgert_int)edgert_roi_clamp_##NAME(a, (T)0, (T)size);                       \
		*hi = (edgert_int)edgert_roi_clamp_##NAME(b, (T)0, (T)size);                       \
	}                                                                                          \
                                                                                                   \
	/* To the nearest whole number, halves away from 0. */                                     \
	EDGERT_INLINE T edgert_roi_round_##NAME(T x)                                               \
	{                                                                                          \
		x = edgert_roi_clamp_##NAME(x, -(T)EDGERT_ROI_SAMPLES, (T)EDGERT_ROI_SAMPLES);     \
		return (T)(edgert_int)(x < (T)0 ? x - (T)0.5 : x + (T)0.5);                        \
	}                                                                                          \
                                                                                                   \
	EDGERT_KERNEL void edgert_roi_maxpool_##NAME##__ref(const struct edgert_roi *p,            \
							    const T *x, const T *rois, T *y)       \
	{                                                                                          \
		edgert_int r, c, i, j, row, column, top, bottom, left, right;                      \
                                                                                                   \
		for (r = 0; r < p->rois; r++, rois += 5) {                                         \
			const T x0 = edgert_roi_round_##NAME(rois[1]),                             \
				y0 = edgert_roi_round_##NAME(rois[2]);                             \
			T w = edgert_roi_round_##NAME(rois[3]) - x0 + (T)1,                        \
			  h = edgert_roi_round_##NAME(rois[4]) - y0 + (T)1;                        \
			const T *image = edgert_roi_image_##NAME(                                  \
				p, x,                                                              \
				(edgert_int)edgert_roi_clamp_##NAME(rois[0], (T)0, (T)p->batch));  \
                                                                                                   \
			w = (w > (T)1 ? w : (T)1) / (T)p->out_width;                               \
			h = (h > (T)1 ? h : (T)1) / (T)p->out_height;                              \
			for (c = 0; c < p->channels; c++, image += p->height * p->width)           \
				for (i = 0; i < p->out_height; i++) {                              \
					edgert_roi_range_##NAME(i, y0, h, p->height, &top,         \
								&bottom);                          \
					for (j = 0; j < p->out_width; j++, y++) {                  \
						edgert_roi_range_##NAME(j, x0, w, p->width, &left, \
									&right);                   \
						*y = top < bottom && left < right                  \
							     ? image[top * p->width + left]        \
							     : (T)0;                               \
						for (row = top; row < bottom; row++)               \
							for (column = left; column < right;        \
							     column++) {                           \
								const T e = image[row * p->width + \
										  column];         \
                                                                                                   \
								*y = e > *y ? e : *y;              \
							}                                          \
					}                                                          \
				}                                                                  \
		}                                                                                  \
	}

EDGERT_ROI(f32, float)
#if DBL_MANT_DIG == 53
EDGERT_ROI(f64, double)
#endif
