/* conv2d_s8.c - convolution, dense or in groups, by register tiles whose rows are the windows of
 * pixels (tile.h): the pixels themselves where the window is one of them and they lie one after the
 * other in whole steps, or else copies, p->block at a time. The weights of each group are packed on
 * their own, as are its biases and scales.
 *
 * scratch: block * (kh * kw * ci / groups, rounded up to a multiple of 16) bytes, unless the pixels
 * are read in place. */
#include "tile.h"

EDGERT_INLINE int edgert_conv2d_s8_in_place(const struct edgert_conv2d *p)
{
	return p->kh == 1 && p->kw == 1 && p->pt == 0 && p->pl == 0 && p->sh == 1 && p->sw == 1 &&
	       p->oh == p->ih && p->ow == p->iw && p->groups == 1 &&
	       p->ci % EDGERT_Q128_STEP == 0 && (p->ih == 1 || p->x_row == p->iw * p->x_pixel) &&
	       (p->n == 1 || p->x_image == p->ih * p->x_row);
}

/* The windows of `rows` pixels from pixel i of all images on. */
EDGERT_INLINE void edgert_conv2d_s8_windows(const struct edgert_conv2d *p, const int8_t *x,
					    edgert_int i, edgert_int rows, int8_t *to,
					    edgert_int size)
{
	const edgert_int taps = p->kh * p->kw * p->ci;

	for (; rows > 0; rows--, i++, to += size) {
		const edgert_int oh = i / p->ow % p->oh, ow = i % p->ow;

		edgert_int8_window(p, x + i / p->ow / p->oh * p->x_image, oh * p->sh - p->pt,
				   ow * p->sw - p->pl, to, p->kw * p->ci);
		edgert_int8_fill(to + taps, 0, size - taps);
	}
}

/* One group: ci and co are its own. */
EDGERT_INLINE void edgert_conv2d_s8_group(const struct edgert_conv2d *p, const int in_place,
					  const int8_t *x, const int8_t *w, const int32_t *q,
					  const struct edgert_q128_sink *s, int8_t *scratch)
{
	const edgert_int steps = (p->kh * p->kw * p->ci + EDGERT_Q128_STEP - 1) / EDGERT_Q128_STEP;
	const edgert_int size = steps * EDGERT_Q128_STEP, m = p->n * p->oh * p->ow;
	const edgert_int rows = p->block < m ? p->block : m;

	for (edgert_int i = 0; i < m; i += rows) {
		const edgert_int at = i + rows <= m ? i : m - rows;

		if (!in_place)
			edgert_conv2d_s8_windows(p, x, at, rows, scratch, size);
		edgert_q128_product((int)p->mr, (int)p->nv, steps,
				    in_place ? x + at * p->x_pixel : scratch,
				    in_place ? p->x_pixel : size, rows, w, q, s, at);
	}
}

/* Results have so many bytes; 4: they are the sums themselves. */
EDGERT_INLINE void edgert_conv2d_s8_any(const struct edgert_conv2d *p, const int8_t *x,
					const int8_t *w, const int32_t *q, void *y, const int form,
					const int bytes, int8_t *scratch)
{
	const edgert_int cig = p->ci / p->groups, cog = p->co / p->groups;
	const edgert_int padded = (cog + 3) / 4 * 4;
	const edgert_int size = (p->kh * p->kw * cig + EDGERT_Q128_STEP - 1) / EDGERT_Q128_STEP *
				EDGERT_Q128_STEP * padded;
	struct edgert_conv2d one = *p;

	one.ci = cig;
	one.co = cog;
	for (edgert_int g = 0; g < p->groups; g++) {
		const struct edgert_q128_sink s = {
			.y = (char *)y + bytes * g * cog,
			.raw = bytes == 4,
			.form = form,
			.across = p->ow,
			.down = p->oh,
			.pixel = p->y_pixel,
			.row = p->y_row,
			.image = p->y_image,
			.channels = cog,
			.out = { p->shift, p->y_zero, p->lo, p->hi, bytes == 2 },
		};

		edgert_conv2d_s8_group(&one, edgert_conv2d_s8_in_place(p), x + g * cig,
				       w + g * edgert_q128_weights_size(form, size),
				       q + g * 2 * padded, &s, scratch);
	}
}

EDGERT_KERNEL void edgert_conv2d_s8__q128(const struct edgert_conv2d *p, const int8_t *x,
					  const int8_t *w, const int32_t *q, int8_t *y,
					  void *scratch)
{
	edgert_conv2d_s8_any(p, x, w, q, y, EDGERT_Q128_BYTES, 1, scratch);
}

EDGERT_KERNEL void edgert_conv2d_s8s32__q128(const struct edgert_conv2d *p, const int8_t *x,
					     const int8_t *w, const int32_t *q, int32_t *y,
					     void *scratch)
{
	edgert_conv2d_s8_any(p, x, w, q, y, EDGERT_Q128_BYTES, 4, scratch);
}

EDGERT_KERNEL void edgert_conv2d_s8s16__q128(const struct edgert_conv2d *p, const int8_t *x,
					     const int8_t *w, const int32_t *q, int16_t *y,
					     void *scratch)
{
	edgert_conv2d_s8_any(p, x, w, q, y, EDGERT_Q128_BYTES, 2, scratch);
}

EDGERT_KERNEL void edgert_conv2d_s8w4__q128(const struct edgert_conv2d *p, const int8_t *x,
					    const int8_t *w, const int32_t *q, int8_t *y,
					    void *scratch)
{
	edgert_conv2d_s8_any(p, x, w, q, y, EDGERT_Q128_NIBBLES, 1, scratch);
}
