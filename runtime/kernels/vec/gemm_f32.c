/* gemm_f32.c - rows of activations times a constant matrix, by register tiles (see isa/tile.h).
 *
 * The columns of w are cut into panels of p->nv vectors, the last padded with zeros:
 *
 *	w[batch][panel][k][nv * EDGERT_VF_LANES]        no batch where p->w_batch is 0
 *
 * p->mr rows make a tile; p->block tiles are finished by all panels before the next. With one
 * row (mr = 1, nv up to 8) every weight is used once: it is then a stream of w from wherever it
 * lies. */
#include "../isa/tile.h"

EDGERT_KERNEL void edgert_gemm_f32__vec(const struct edgert_gemm *p, const float *a, const float *w,
					const float *bias, float *y, void *scratch,
					edgert_tail_f32 tail, edgert_tail_vf vtail,
					const void *const *operands)
{
	const edgert_int width = p->nv * EDGERT_VF_LANES;
	const edgert_int panels = (p->n + width - 1) / width;
	/* One product of batch * m rows where they are evenly apart. */
	const int even =
		p->w_batch == 0 && p->a_batch == p->m * p->a_row && p->y_batch == p->m * p->y_row;
	const struct edgert_sink s = {
		.y = y,
		.pixel = p->y_row,
		.channels = p->n,
		.exact = p->n % width == 0,
		.whole = p->n % EDGERT_VF_LANES == 0,
		.b = bias,
		.tail = tail,
		.vtail = vtail,
		.operands = operands,
	};
	const struct edgert_taps k = {
		.rows = 1,
		.cols = p->a_col == 1 ? 1 : p->k,
		.x_col = p->a_col,
		.w_col = width,
		.run = p->a_col == 1 ? p->k : 1,
		.w_step = width,
	};

	(void)scratch;
	for (edgert_int b = 0; b < (even ? p->batch > 0 : p->batch); b++)
		edgert_tile_product(p->mr, p->nv, p->block, &k, &s, even ? p->batch * p->m : p->m,
				    a + b * p->a_batch, p->a_row,
				    p->w_batch ? w + b * panels * p->k * width : w, panels,
				    p->k * width, b * p->y_batch, 0);
}
