/* matmul_f32.c - the product of two activations, by register tiles (see isa/tile.h).
 *
 * Each panel of p->nv vectors of columns is first copied into scratch, [k][nv * EDGERT_VF_LANES],
 * padded with zeros (transposed on the way where w_row is 1), and then used by all rows. Where
 * p->direct is set, w_col is 1, n is a multiple of the panel and w is read where it lies: for few
 * rows. */
#include "../isa/tile.h"

/* Columns [j, j + EDGERT_VF_LANES) of the n that exist, k rows, to `to`; rows there are `step`
 * apart. */
EDGERT_INLINE void edgert_matmul_pack(const struct edgert_gemm *p, const float *w, edgert_int j,
				      float *to, edgert_int step)
{
	const edgert_int n = p->n - j < EDGERT_VF_LANES ? p->n - j : EDGERT_VF_LANES;
	const int rows = p->w_col == 1 && n == EDGERT_VF_LANES;
	const int columns = !rows && p->w_row == 1 && n == EDGERT_VF_LANES;
	const edgert_int whole = columns ? p->k - p->k % EDGERT_VF_LANES : 0;

	w += j * p->w_col;
	for (edgert_int k = 0; columns && k < whole; k += EDGERT_VF_LANES) {
		edgert_vf v[EDGERT_VF_LANES];

		EDGERT_UNROLL
		for (int l = 0; l < EDGERT_VF_LANES; l++)
			v[l] = edgert_vf_load(w + l * p->w_col + k);
		edgert_vf_transpose(v);
		EDGERT_UNROLL
		for (int l = 0; l < EDGERT_VF_LANES; l++)
			edgert_vf_store(to + (k + l) * step, v[l]);
	}
	for (edgert_int k = whole; k < p->k; k++) {
		float t[EDGERT_VF_LANES] = { 0 };

		for (edgert_int l = 0; !rows && l < n; l++)
			t[l] = w[k * p->w_row + l * p->w_col];
		edgert_vf_store(to + k * step, edgert_vf_load(rows ? w + k * p->w_row : t));
	}
}

EDGERT_KERNEL void edgert_matmul_f32__vec(const struct edgert_gemm *p, const float *a,
					  const float *w, const float *bias, float *y,
					  void *scratch, edgert_tail_f32 tail, edgert_tail_vf vtail,
					  const void *const *operands)
{
	const edgert_int width = p->nv * EDGERT_VF_LANES;
	const edgert_int panels = (p->n + width - 1) / width;
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
	const edgert_int step = p->direct ? p->w_row : width;
	const struct edgert_taps k = {
		.rows = 1,
		.cols = p->a_col == 1 ? 1 : p->k,
		.x_col = p->a_col,
		.w_col = step,
		.run = p->a_col == 1 ? p->k : 1,
		.w_step = step,
	};
	float *panel = (float *)scratch;

	for (edgert_int b = 0; b < p->batch; b++)
		for (edgert_int n = 0; n < panels; n++) {
			const float *from = w + b * p->w_batch;

			if (!p->direct)
				for (edgert_int v = 0; v < p->nv; v++)
					edgert_matmul_pack(p, from, n * width + v * EDGERT_VF_LANES,
							   panel + v * EDGERT_VF_LANES, width);
			edgert_tile_product(p->mr, p->nv, p->m, &k, &s, p->m, a + b * p->a_batch,
					    p->a_row, p->direct ? from + n * width : panel, 1, 0,
					    b * p->y_batch + n * width, n * width);
		}
}
