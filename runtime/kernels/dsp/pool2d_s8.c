/* pool2d_s8.c - maximum and mean of windows of bytes (params.h, "pool2d"), four channels at a time: the last
 * ones as a word that begins before them, or, where a pixel has fewer, copied. */
#include "../isa/dsp_pool.h"

/* The word at x; a pixel has n channels. */
EDGERT_INLINE uint32_t edgert_pool_s8_take(const int8_t *x, edgert_int n)
{
	int8_t part[4] = { 0, 0, 0, 0 };

	if (n >= 4)
		return edgert_dsp_load(x);
	edgert_int8_copy(part, x, n);
	return edgert_dsp_load(part);
}

/* Where the word of channel c begins. */
EDGERT_INLINE edgert_int edgert_pool_s8_word(const struct edgert_pool2d *p, edgert_int c)
{
	return c + 4 <= p->c || p->c < 4 ? c : p->c - 4;
}

EDGERT_INLINE void edgert_pool_s8_max(const struct edgert_pool2d *p, const struct edgert_pool8 *w,
				      const int8_t *x, const int32_t *factor, int8_t *y)
{
	(void)factor;
	for (edgert_int b = 0; b < p->c; b += 4) {
		const edgert_int c = edgert_pool_s8_word(p, b);
		uint32_t m = 0x80808080u;

		for (edgert_int r = 0; r < w->rows; r++) {
			EDGERT_POOL8_UNROLL
			for (edgert_int k = 0; k < w->cols; k++)
				m = edgert_dsp_greater(
					m,
					edgert_pool_s8_take(x + r * w->row + k * w->col + c, p->c));
		}
		if (p->c >= 4)
			edgert_dsp_store(y + c, m);
		else
			for (edgert_int l = 0; l < p->c; l++)
				y[l] = (int8_t)(m >> 8 * l & 255);
	}
}

/* s, of four channels, += the halves, which become 0. */
EDGERT_INLINE void edgert_pool_s8_flush(int32_t *s, uint32_t *halves)
{
	for (int i = 0; i < 2; i++) {
		s[i] += (int16_t)(halves[i] & 0xffffu);
		s[2 + i] += (int16_t)(halves[i] >> 16);
		halves[i] = 0;
	}
}

EDGERT_INLINE void edgert_pool_s8_sum(const struct edgert_pool2d *p, const struct edgert_pool8 *w,
				      const int8_t *x, int32_t *s)
{
	uint32_t halves[2] = { 0, 0 };
	edgert_int left = EDGERT_DSP_POOL_RUN;

	for (edgert_int r = 0; r < w->rows; r++) {
		EDGERT_POOL8_UNROLL
		for (edgert_int k = 0; k < w->cols; k++) {
			const uint32_t v = edgert_pool_s8_take(x + r * w->row + k * w->col, p->c);

			if (p->kh * p->kw > EDGERT_DSP_POOL_RUN && left-- == 0) {
				edgert_pool_s8_flush(s, halves);
				left = EDGERT_DSP_POOL_RUN - 1;
			}
			halves[0] = edgert_dsp_plus_even(halves[0], v);
			halves[1] = edgert_dsp_plus_odd(halves[1], v);
		}
	}
	edgert_pool_s8_flush(s, halves);
}

EDGERT_INLINE void edgert_pool_s8_mean(const struct edgert_pool2d *p, const struct edgert_pool8 *w,
				       const int8_t *x, const int32_t *factor, int8_t *y)
{
	const struct edgert_dsp_out o = { p->shift, p->y_zero, p->lo, p->hi };
	const int32_t zeros = (int32_t)(-p->x_zero * w->rows * w->cols);
	const int32_t scale = p->factors == 1 ? (int32_t)p->scale : *factor;
	const edgert_int n = p->c < 4 ? p->c : 4;

	for (edgert_int b = 0; b < p->c; b += 4) {
		const edgert_int c = edgert_pool_s8_word(p, b);
		int32_t s[4] = { zeros, zeros, zeros, zeros };

		edgert_pool_s8_sum(p, w, x + c, s);
		EDGERT_UNROLL_FEW
		for (int l = 0; l < n; l++)
			edgert_dsp_put(y, c + l, 1, edgert_dsp_requantize(&o, s[l], scale));
	}
}

EDGERT_KERNEL void edgert_maxpool2d_s8__dsp(const struct edgert_pool2d *p, const int8_t *x,
					    int8_t *y)
{
	edgert_pool8_images(p, 1, edgert_pool_s8_max, x, NULL, y);
}

EDGERT_KERNEL void edgert_averagepool2d_s8__dsp(const struct edgert_pool2d *p, const int8_t *x,
						const int32_t *factor, int8_t *y)
{
	edgert_pool8_images(p, 1, edgert_pool_s8_mean, x, factor, y);
}
