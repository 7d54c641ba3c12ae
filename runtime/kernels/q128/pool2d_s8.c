/* pool2d_s8.c - maximum and mean of windows of bytes (params.h, "pool2d"), sixteen channels at a
 * time: the last ones as a block that begins before them, or, where a pixel has fewer, copied. */
#include "../isa/q128_pool.h"

/* The bytes from x on, of which n are a pixel's. */
EDGERT_INLINE edgert_q128_bytes edgert_pool_s8_take(const int8_t *x, edgert_int n)
{
	int8_t part[16] = { 0 };

	if (n >= 16)
		return edgert_q128_take16(x);
	edgert_int8_copy(part, x, n);
	return edgert_q128_take16(part);
}

/* Where the block that begins with channel c does. */
EDGERT_INLINE edgert_int edgert_pool_s8_block(const struct edgert_pool2d *p, edgert_int c)
{
	return c + 16 <= p->c || p->c < 16 ? c : p->c - 16;
}

EDGERT_INLINE void edgert_pool_s8_max(const struct edgert_pool8 *w, const int8_t *x, edgert_int n,
				      int8_t *y)
{
	int8_t least[16], part[16];
	edgert_q128_bytes m;

	edgert_int8_fill(least, -128, 16);
	m = edgert_q128_take16(least);
	for (edgert_int r = 0; r < w->rows; r++)
		for (edgert_int k = 0; k < w->cols; k++)
			m = edgert_q128_greater(
				m, edgert_pool_s8_take(x + r * w->row + k * w->col, n));
	edgert_q128_put16(n >= 16 ? y : part, m);
	if (n < 16)
		edgert_int8_copy(y, part, n);
}

/* acc += the window's. */
EDGERT_INLINE void edgert_pool_s8_sum(const struct edgert_pool8 *w, const int8_t *x, edgert_int n,
				      edgert_q128 *acc)
{
	for (edgert_int r = 0; r < w->rows; r++)
		for (edgert_int from = 0, to; from < w->cols; from = to) {
			edgert_q128_halves s[2] = { { 0 }, { 0 } };

			to = w->cols - from > EDGERT_Q128_POOL_RUN ? from + EDGERT_Q128_POOL_RUN
								   : w->cols;
			for (edgert_int k = from; k < to; k++)
				edgert_q128_plus(
					s, edgert_pool_s8_take(x + r * w->row + k * w->col, n));
			edgert_q128_flush(acc, s);
		}
}

EDGERT_INLINE void edgert_pool_s8_maxima(const struct edgert_pool2d *p,
					 const struct edgert_pool8 *w, const int8_t *x,
					 const int32_t *factor, int8_t *y)
{
	(void)factor;
	for (edgert_int b = 0; b < p->c; b += 16) {
		const edgert_int c = edgert_pool_s8_block(p, b);

		edgert_pool_s8_max(w, x + c, p->c, y + c);
	}
}

EDGERT_INLINE void edgert_pool_s8_means(const struct edgert_pool2d *p, const struct edgert_pool8 *w,
					const int8_t *x, const int32_t *factor, int8_t *y)
{
	const struct edgert_q128_out out = { p->shift, p->y_zero, p->lo, p->hi, 0 };
	const int32_t zeros = (int32_t)(-p->x_zero * w->rows * w->cols);
	int32_t factors[16];

	for (int l = 0; l < 16; l++)
		factors[l] = *factor;
	for (edgert_int b = 0; b < p->c; b += 16) {
		const edgert_int c = edgert_pool_s8_block(p, b);
		edgert_q128 acc[4];

		for (int v = 0; v < 4; v++)
			acc[v] = (edgert_q128){ zeros, zeros, zeros, zeros };
		edgert_pool_s8_sum(w, x + c, p->c, acc);
		edgert_q128_finish(4, acc, factors, &out, y + c, p->c < 16 ? p->c : 16);
	}
}

EDGERT_KERNEL void edgert_maxpool2d_s8__q128(const struct edgert_pool2d *p, const int8_t *x,
					     int8_t *y)
{
	edgert_pool8_images(p, 0, edgert_pool_s8_maxima, x, NULL, y);
}

EDGERT_KERNEL void edgert_averagepool2d_s8__q128(const struct edgert_pool2d *p, const int8_t *x,
						 const int32_t *factor, int8_t *y)
{
	edgert_pool8_images(p, 0, edgert_pool_s8_means, x, factor, y);
}
