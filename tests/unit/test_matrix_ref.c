/* The reference products and softmax against their definitions in double. */
#include "kernels_ref.h"

void edgert_gemm_f32__ref(const struct edgert_gemm *p, const float *a, const float *w,
			  const float *bias, float *y, edgert_tail_f32 tail,
			  const void *const *operands);
void edgert_matmul_f32__ref(const struct edgert_gemm *p, const float *a, const float *w,
			    const float *bias, float *y, edgert_tail_f32 tail,
			    const void *const *operands);
void edgert_softmax_f32__ref(const struct edgert_softmax *p, const float *x, float *y);

/* ---- products ------------------------------------------------------------------------ */

static const struct {
	const char *name;
	int batch, m, n, k;
	bool w_shared;
} products[] = {
	{ "one", 1, 1, 1, 1, false },         { "vector", 1, 1, 10, 7, false },
	{ "tile_edges", 1, 5, 9, 13, false }, { "batched", 3, 4, 6, 5, false },
	{ "w_shared", 2, 3, 8, 4, true },     { "no_rows", 2, 0, 3, 4, false },
	{ "no_columns", 1, 3, 0, 4, false },  { "no_terms", 1, 2, 5, 0, false },
};

/* order 0: gemm's [n][k]; 1, 2: matmul with w row-major or transposed. */
static void run_product(int row, int order, int pad, bool full)
{
	struct edgert_gemm p = { .batch = products[row].batch,
				 .m = products[row].m,
				 .n = products[row].n,
				 .k = products[row].k,
				 .a_col = 1 };
	edgert_int nw = p.n * p.k + pad, na, ny;

	p.a_row = p.k + pad, p.a_batch = p.m * p.a_row, p.y_row = p.n + pad,
	p.y_batch = p.m * p.y_row;
	p.w_row = order == 1 ? p.n : 1, p.w_col = order == 1 ? 1 : p.k,
	p.w_batch = products[row].w_shared ? 0 : nw;
	na = p.batch * p.a_batch, ny = p.batch * p.y_batch;

	float *a = random_buffer(na, 1), *w = random_buffer(p.batch * nw, 2),
	      *b = random_buffer(p.n, 3), *y = buffer(ny);
	float *residual = random_buffer(ny, 4);
	const void *operands[] = { residual };
	double *want = wanted(ny);

	for (edgert_int t = 0; t < p.batch; t++)
		for (edgert_int i = 0; i < p.m; i++)
			for (edgert_int j = 0; j < p.n; j++) {
				edgert_int at = t * p.y_batch + i * p.y_row + j;
				double sum = 0;

				for (edgert_int k = 0; k < p.k; k++)
					sum += (double)a[t * p.a_batch + i * p.a_row + k] *
					       (double)w[t * p.w_batch + k * p.w_row + j * p.w_col];
				want[at] = sum;
				if (full)
					want[at] += (double)b[j] +
						    (double)residual[at] * (double)(j + 1);
			}
	(order == 0 ? edgert_gemm_f32__ref : edgert_matmul_f32__ref)(
		&p, a, w, full ? b : NULL, y, full ? sample_tail : NULL, operands);
	compare(products[row].name, y, want, ny);
	free(want);
	release(a), release(w), release(b), release(y), release(residual);
}

START_TEST(product)
{
	for (int order = 0; order < 3; order++) {
		run_product(_i, order, 0, false);
		run_product(_i, order, 3, true);
	}
}
END_TEST

/* -- softmax --------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int rows, n, pad;
	float scale, shift;
} softmaxes[] = {
	{ "one", 1, 1, 0, 1, 0 },         { "few", 3, 5, 2, 1, 0 },
	{ "large", 2, 100, 0, 50, 1000 }, { "very_negative", 2, 9, 1, 20, -5000 },
	{ "no_rows", 0, 4, 0, 1, 0 },     { "empty_rows", 3, 0, 0, 1, 0 },
};

START_TEST(softmax)
{
	int rows = softmaxes[_i].rows, n = softmaxes[_i].n, stride = n + softmaxes[_i].pad;

	for (int k = 0; k < 4; k++) { /* logarithm or not, in place or not */
		struct edgert_softmax p = {
			.rows = rows, .n = n, .x_row = stride, .y_row = stride, .log = k & 1
		};
		float *x = random_buffer(rows * stride, 1), *y = k & 2 ? x : buffer(rows * stride);
		double *want = wanted(rows * stride);

		for (int r = 0; r < rows; r++) {
			double sum = 0, most = -INFINITY;

			for (int i = 0; i < stride; i++)
				if (i >= n)
					x[r * stride + i] = untouched;
				else
					x[r * stride + i] =
						x[r * stride + i] * softmaxes[_i].scale +
						softmaxes[_i].shift;
			for (int i = 0; i < n; i++)
				most = fmax(most, (double)x[r * stride + i]);
			for (int i = 0; i < n; i++)
				sum += exp((double)x[r * stride + i] - most);
			for (int i = 0; i < n; i++) {
				double d = (double)x[r * stride + i] - most;

				want[r * stride + i] = k & 1 ? d - log(sum) : exp(d) / sum;
			}
		}
		edgert_softmax_f32__ref(&p, x, y);
		compare(softmaxes[_i].name, y, want, rows * stride);
		free(want);
		if (y != x)
			release(y);
		release(x);
	}
}
END_TEST

START_TEST(softmax_nan_and_infinity)
{
	struct edgert_softmax p = { .rows = 1, .n = 3, .x_row = 3, .y_row = 3 };
	float x[] = { 1, NAN, 2 }, z[] = { 0, -INFINITY, 0 }, y[3];

	edgert_softmax_f32__ref(&p, x, y);
	ck_assert(isnan(y[0]) && isnan(y[1]) && isnan(y[2]));
	edgert_softmax_f32__ref(&p, z, y);
	ck_assert(y[0] == 0.5f && y[1] == 0 && y[2] == 0.5f);
}
END_TEST

Suite *suite_matrix_ref(void)
{
	const struct unit_test tests[] = {
		{ "product", product, ARRAY_LEN(products) },
		{ "softmax", softmax, ARRAY_LEN(softmaxes) },
		{ "softmax_special", softmax_nan_and_infinity, 0 },
	};
	return UNIT_SUITE("matrix_ref", tests);
}
