/* add_u8.c - sum of two quantized images, element by element (params.h, "add", in float), a vector
 * of bytes at a time. */
#include "../isa/dot_out.h"

EDGERT_INLINE edgert_vq_f32 edgert_add_u8_term(const struct edgert_add *p, edgert_vq x,
					       edgert_vq_f32 factor, edgert_vq_f32 sum)
{
	const edgert_vq_f32 v = __builtin_convertvector((edgert_vq_s32)x, edgert_vq_f32);

	return p->fused ? edgert_vq_fma(v, factor, sum) : v * factor + sum;
}

/* The first n <= EDGERT_VQ_BYTES bytes. */
EDGERT_INLINE void edgert_add_u8_vector(const struct edgert_add *p, edgert_vq a, edgert_vq b,
					const float *f, uint8_t *y, edgert_int n)
{
	const struct edgert_vq_out out = edgert_vq_out(0, p->lo, p->hi, 0);
	edgert_vq u[4], v[4];
	edgert_vq_s32 r[4];

	edgert_vq_spread_bytes(a, u);
	edgert_vq_spread_bytes(b, v);
	EDGERT_UNROLL
	for (int k = 0; k < 4; k++) {
		const edgert_vq_f32 sum = edgert_add_u8_term(p, v[k], edgert_vq_f32_all(f[1]),
							     edgert_vq_f32_all(f[2]));

		r[k] = edgert_vq_round(edgert_add_u8_term(p, u[k], edgert_vq_f32_all(f[0]), sum),
				       &out);
	}
	edgert_vq_pack(4, r, &out, y, n);
}

EDGERT_INLINE void edgert_add_u8_run(const struct edgert_add *p, const uint8_t *a, const uint8_t *b,
				     const float *f, uint8_t *y, edgert_int n)
{
	for (; n >= EDGERT_VQ_BYTES; n -= EDGERT_VQ_BYTES) {
		edgert_add_u8_vector(p, edgert_vq_load(a), edgert_vq_load(b), f, y,
				     EDGERT_VQ_BYTES);
		a += EDGERT_VQ_BYTES;
		b += EDGERT_VQ_BYTES;
		y += EDGERT_VQ_BYTES;
	}
	if (n > 0)
		edgert_add_u8_vector(p, edgert_vq_load_part(a, n), edgert_vq_load_part(b, n), f, y,
				     n);
}

EDGERT_KERNEL void edgert_add_u8__x86(const struct edgert_add *p, const uint8_t *a,
				      const uint8_t *b, const int32_t *q, uint8_t *y)
{
	const int pixels = p->a_pixel == p->c && p->b_pixel == p->c && p->y_pixel == p->c;
	const edgert_int row = p->w * p->c;
	const int rows = pixels && p->a_row == row && p->b_row == row && p->y_row == row;
	const edgert_int run = rows ? p->h * row : pixels ? row : p->c;
	const float *f = (const float *)(const void *)q;

	for (edgert_int n = 0; n < p->n; n++)
		for (edgert_int h = 0; h < (rows ? 1 : p->h); h++)
			for (edgert_int v = 0; v < (pixels ? 1 : p->w); v++)
				edgert_add_u8_run(
					p, a + n * p->a_image + h * p->a_row + v * p->a_pixel,
					b + n * p->b_image + h * p->b_row + v * p->b_pixel, f,
					y + n * p->y_image + h * p->y_row + v * p->y_pixel, run);
}
