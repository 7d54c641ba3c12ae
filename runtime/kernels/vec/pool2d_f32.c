/* pool2d_f32.c - largest or mean element of each window, a vector of channels at a time.
 *
 * Four vectors of a pixel go together, so that the latency of the additions of a large window
 * hides. Where the number of channels is no multiple of the lanes, the last vector is the last
 * EDGERT_VF_LANES channels, of which only those not in the vector before are stored. Sums are taken
 * in the order of the window's pixels. */
#include "../isa/vec.h"

/* The taps of one pixel's window that lie inside. */
struct edgert_pool2d_window {
	const float *x; /* first tap */
	edgert_int rows, cols;
	float count;  /* divisor of the mean */
	edgert_int i; /* offset of the pixel in y */
};

/* Taps [t0, t1) of k, from start on and `dilation` apart, lie in [0, in). */
EDGERT_INLINE void edgert_pool2d_clip(edgert_int start, edgert_int in, edgert_int k,
				      edgert_int dilation, edgert_int *t0, edgert_int *t1)
{
	*t0 = start < 0 ? (-start + dilation - 1) / dilation : 0;
	*t1 = start + (k - 1) * dilation < in ? k
	      : start >= in                   ? 0
					      : (in - 1 - start) / dilation + 1;
	if (*t1 < *t0)
		*t1 = *t0;
}

/* `nv` vectors of channels from c on. */
EDGERT_INLINE void edgert_pool2d_vectors(const struct edgert_pool2d *p, const int max, const int nv,
					 const struct edgert_pool2d_window *t, edgert_int c,
					 edgert_int first, float *y, edgert_tail_f32 tail,
					 edgert_tail_vf vtail, const void *const *operands)
{
	const int thin = p->c < EDGERT_VF_LANES;
	edgert_vf a[4], done[4];

	EDGERT_UNROLL
	for (int v = 0; v < nv; v++)
		a[v] = max ? edgert_vf_all(-EDGERT_VF_INFINITY) : edgert_vf_zero();
	for (edgert_int q = 0; q < t->rows; q++)
		for (edgert_int k = 0; k < t->cols; k++) {
			const float *x = t->x + q * p->dh * p->x_row + k * p->dw * p->x_pixel + c;

			EDGERT_UNROLL
			for (int v = 0; v < nv; v++) {
				const edgert_vf e = thin ? edgert_vf_load_part(x, p->c)
							 : edgert_vf_load(x + v * EDGERT_VF_LANES);

				a[v] = max ? edgert_vf_max_nan(a[v], e) : edgert_vf_add(a[v], e);
			}
		}
	EDGERT_UNROLL
	for (int v = 0; v < nv; v++)
		done[v] = max ? a[v] : a[v] / edgert_vf_all(t->count);
	for (int v = 0; v < nv; v++)
		edgert_vf_finish(y, done[v], t->i + c + v * EDGERT_VF_LANES,
				 c + v * EDGERT_VF_LANES, first, p->c, tail, vtail, operands);
}

EDGERT_INLINE void edgert_pool2d_pixel(const struct edgert_pool2d *p, const int max,
				       const struct edgert_pool2d_window *t, float *y,
				       edgert_tail_f32 tail, edgert_tail_vf vtail,
				       const void *const *operands)
{
	const edgert_int rest = p->c % EDGERT_VF_LANES;
	const edgert_int whole = p->c - rest, fours = whole - whole % (4 * EDGERT_VF_LANES);

	for (edgert_int c = 0; c < fours; c += 4 * EDGERT_VF_LANES)
		edgert_pool2d_vectors(p, max, 4, t, c, 0, y, tail, vtail, operands);
	for (edgert_int c = fours; c < whole; c += EDGERT_VF_LANES)
		edgert_pool2d_vectors(p, max, 1, t, c, 0, y, tail, vtail, operands);
	if (rest && whole)
		edgert_pool2d_vectors(p, max, 1, t, p->c - EDGERT_VF_LANES, EDGERT_VF_LANES - rest,
				      y, tail, vtail, operands);
	else if (rest)
		edgert_pool2d_vectors(p, max, 1, t, 0, 0, y, tail, vtail, operands);
}

EDGERT_INLINE void edgert_pool2d_all(const struct edgert_pool2d *p, const int max, const float *x,
				     float *y, edgert_tail_f32 tail, edgert_tail_vf vtail,
				     const void *const *operands)
{
	for (edgert_int n = 0; n < p->n; n++)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				const edgert_int h = oh * p->sh - p->pt, w = ow * p->sw - p->pl;
				struct edgert_pool2d_window t;
				edgert_int q0, q1, k0, k1;

				if (!max && p->count_pad) {
					edgert_pool2d_clip(h + p->pt, p->ih + p->pt + p->pb, p->kh,
							   p->dh, &q0, &q1);
					edgert_pool2d_clip(w + p->pl, p->iw + p->pl + p->pr, p->kw,
							   p->dw, &k0, &k1);
					t.count = (float)((q1 - q0) * (k1 - k0));
				}
				edgert_pool2d_clip(h, p->ih, p->kh, p->dh, &q0, &q1);
				edgert_pool2d_clip(w, p->iw, p->kw, p->dw, &k0, &k1);
				t.rows = q1 - q0;
				t.cols = k1 - k0;
				if (max || !p->count_pad)
					t.count = (float)(t.rows * t.cols);
				t.x = x + n * p->x_image + (h + q0 * p->dh) * p->x_row +
				      (w + k0 * p->dw) * p->x_pixel;
				t.i = n * p->y_image + oh * p->y_row + ow * p->y_pixel;
				edgert_pool2d_pixel(p, max, &t, y, tail, vtail, operands);
			}
}

EDGERT_KERNEL void edgert_maxpool2d_f32__vec(const struct edgert_pool2d *p, const float *x,
					     float *y, void *scratch, edgert_tail_f32 tail,
					     edgert_tail_vf vtail, const void *const *operands)
{
	(void)scratch;
	edgert_pool2d_all(p, 1, x, y, tail, vtail, operands);
}

EDGERT_KERNEL void edgert_averagepool2d_f32__vec(const struct edgert_pool2d *p, const float *x,
						 float *y, void *scratch, edgert_tail_f32 tail,
						 edgert_tail_vf vtail, const void *const *operands)
{
	(void)scratch;
	edgert_pool2d_all(p, 0, x, y, tail, vtail, operands);
}
