/* conv2d_q8.c - the reference convolution of 8-bit integers, w [co][kh][kw][cig]. Taps inside the
 * image are runs of products; those outside add x_zero * w, for the bias counts every tap. */
#include "q8.h"
#include "window.h"

struct edgert_ref_conv2d_q8 {
	struct edgert_ref_taps h, w;
	edgert_int at; /* offset in x of tap (0, 0) of the window, which may not exist */
};

/* Adds what the taps outside the image contribute to output channel oc. */
EDGERT_INLINE int32_t edgert_ref_conv2d_q8_outside(const struct edgert_conv2d *p,
						   const struct edgert_ref_conv2d_q8 *t,
						   edgert_int oc, const int8_t *w, const int form)
{
	const edgert_int cig = p->ci / p->groups;
	edgert_int kh, kw, c, at = oc * p->kh * p->kw * cig;
	int32_t sum = 0;

	for (kh = 0; kh < p->kh; kh++)
		for (kw = 0; kw < p->kw; kw++, at += cig)
			for (c = 0; c < cig; c++)
				if (kh < t->h.t0 || kh >= t->h.t1 || kw < t->w.t0 || kw >= t->w.t1)
					sum += edgert_ref_weight_q8(w, at + c, form);
	return sum * (int32_t)p->x_zero;
}

/* Output channels oc ... oc + lanes of one pixel; they are of one group. */
EDGERT_INLINE void edgert_ref_conv2d_q8_lanes(const struct edgert_conv2d *p,
					      const struct edgert_ref_conv2d_q8 *t, edgert_int oc,
					      const int lanes, const void *x, const int8_t *w,
					      const int32_t *q, void *y, edgert_int i,
					      const int form)
{
	const edgert_int cig = p->ci / p->groups, taps = p->kh * p->kw * cig;
	const edgert_int from = t->at + oc / (p->co / p->groups) * cig;
	const int run = p->dw == 1 && p->x_pixel == cig;
	const edgert_int n = run ? (t->w.t1 - t->w.t0) * cig : cig;
	const int whole = t->h.t1 - t->h.t0 == p->kh && t->w.t1 - t->w.t0 == p->kw;
	int32_t sum[4] = { 0, 0, 0, 0 };
	edgert_int kh, kw;
	int l;

	for (l = 0; l < lanes; l++) {
		sum[l] = EDGERT_W_S32(q + 2 * (oc + l));
		if (!whole && p->x_zero)
			sum[l] += edgert_ref_conv2d_q8_outside(p, t, oc + l, w, form);
	}
	for (kh = t->h.t0; kh < t->h.t1; kh++)
		for (kw = t->w.t0; kw < (run ? t->w.t0 + 1 : t->w.t1); kw++)
			edgert_ref_dot_q8(sum, lanes, w, oc * taps + (kh * p->kw + kw) * cig, taps,
					  x, from + kh * p->dh * p->x_row + kw * p->dw * p->x_pixel,
					  n, form);
	for (l = 0; l < lanes; l++)
		edgert_ref_store_q8(y, i + oc + l, form, sum[l], q, oc + l, p->shift, p->y_zero,
				    p->lo, p->hi);
}

EDGERT_INLINE void edgert_ref_conv2d_q8(const struct edgert_conv2d *p, const void *x,
					const int8_t *w, const int32_t *q, void *y, const int form)
{
	const edgert_int cog = p->co / p->groups;
	edgert_int n, oh, ow, g, oc, k;

	for (n = 0; n < p->n; n++) {
		for (oh = 0; oh < p->oh; oh++) {
			const edgert_int ih = oh * p->sh - p->pt;
			struct edgert_ref_conv2d_q8 t;

			t.h = edgert_ref_clip(ih, p->dh, p->kh, p->ih);
			for (ow = 0; ow < p->ow; ow++) {
				const edgert_int iw = ow * p->sw - p->pl;
				const edgert_int i =
					n * p->y_image + oh * p->y_row + ow * p->y_pixel;

				t.w = edgert_ref_clip(iw, p->dw, p->kw, p->iw);
				t.at = n * p->x_image + ih * p->x_row + iw * p->x_pixel;
				for (g = 0, oc = 0; g < p->groups; g++) {
					for (k = 0; k < cog / 4; k++, oc += 4)
						edgert_ref_conv2d_q8_lanes(p, &t, oc, 4, x, w, q, y,
									   i, form);
					for (k = 0; k < cog % 4; k++, oc++)
						edgert_ref_conv2d_q8_lanes(p, &t, oc, 1, x, w, q, y,
									   i, form);
				}
			}
		}
	}
}

/* edgert_conv2d_NAME__ref */
#define EDGERT_REF_CONV2D_Q8(NAME, X, Y, FORM)                                                     \
	EDGERT_KERNEL void edgert_conv2d_##NAME##__ref(const struct edgert_conv2d *p, const X *x,  \
						       const int8_t *w, const int32_t *q, Y *y,    \
						       void *scratch)                              \
	{                                                                                          \
		(void)scratch;                                                                     \
		edgert_ref_conv2d_q8(p, x, w, q, y, FORM);                                         \
	}

EDGERT_REF_CONV2D_Q8(s8, int8_t, int8_t, 0)
EDGERT_REF_CONV2D_Q8(u8, uint8_t, uint8_t, EDGERT_REF_Q8_UNSIGNED)
EDGERT_REF_CONV2D_Q8(s8s32, int8_t, int32_t, EDGERT_REF_Q8_SUMS)
EDGERT_REF_CONV2D_Q8(u8s32, uint8_t, int32_t, EDGERT_REF_Q8_SUMS | EDGERT_REF_Q8_UNSIGNED)
EDGERT_REF_CONV2D_Q8(s8w4, int8_t, int8_t, EDGERT_REF_Q8_NIBBLES)
EDGERT_REF_CONV2D_Q8(u8w4, uint8_t, uint8_t, EDGERT_REF_Q8_NIBBLES | EDGERT_REF_Q8_UNSIGNED)
EDGERT_REF_CONV2D_Q8(s8s32w4, int8_t, int32_t, EDGERT_REF_Q8_NIBBLES | EDGERT_REF_Q8_SUMS)
EDGERT_REF_CONV2D_Q8(u8s32w4, uint8_t, int32_t,
		     EDGERT_REF_Q8_NIBBLES | EDGERT_REF_Q8_SUMS | EDGERT_REF_Q8_UNSIGNED)
