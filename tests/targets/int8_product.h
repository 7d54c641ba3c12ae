/* int8_product.h - for int8.c: products with constant weights and of two activations. */
#ifndef EDGECC_TESTS_INT8_PRODUCT_H
#define EDGECC_TESTS_INT8_PRODUCT_H

static int check_gemm(const struct int8_product *t, int w4, int seed)
{
	struct edgert_gemm p = {
		.batch = t->batch,
		.m = t->m,
		.n = t->n,
		.k = t->k,
		.a_row = t->k + t->gap,
		.a_col = 1,
		.y_row = t->n + t->gap,
		.x_zero = -3,
		.y_zero = seed % 5 - 2,
		.lo = t->lo * (1 << (RESULT_BITS - 8)),
		.hi = (t->hi + 1) * (1 << (RESULT_BITS - 8)) - 1,
		.shift = t->shift,
	};
	const element *a;
	const int8_t *w;

	p.a_batch = p.m * p.a_row;
	p.y_batch = p.m * p.y_row;
	begin(seed);
	a = random_elements(p.batch * p.a_batch, seed);
	w = random_weights(p.n * p.k, seed, w4);
	random_scales((int)p.n, (int)p.k, t->shift);
	for (edgert_int b = 0; b < p.batch; b++)
		for (edgert_int i = 0; i < p.m; i++)
			for (edgert_int j = 0; j < p.n; j++) {
				int32_t sum = q[2 * j];

				for (edgert_int k = 0; k < p.k; k++)
					sum += a[b * p.a_batch + i * p.a_row + k] * w[j * p.k + k];
				want(b * p.y_batch + i * p.y_row + j, sum, j, p.shift, p.y_zero,
				     p.lo, p.hi);
			}
#ifdef INT8_Q128
	int8_q128_gemm_tile(&machine, &p);
	int8_q128_gemm_numbers(&p, q, numbers);
#else
	for (int i = 0; i < 2 * CHANNELS; i++)
		numbers[i] = q[i];
#endif
#ifdef INT8_W4
	if (w4) {
		int8_fold(INT8_W4(p.n, p.k), PACK_W4(gemm)(&p, w, unfolded), unfolded, packed);
		KERNEL_W4(gemm)
		(&p, a, packed, numbers, y_elements + GUARD, SCRATCH(gemm)(&p) ? scratch : NULL);
		return equal();
	}
#endif
	PACK(gemm)(&p, w, packed);
#ifdef INT8_SUMS
	KERNEL_SUMS(gemm)
	(&p, a, packed, numbers, y_sums + GUARD, SCRATCH(gemm)(&p) ? scratch : NULL);
	if (!equal_sums())
		return 0;
#endif
	KERNEL(gemm)
	(&p, a, packed, numbers, y_elements + GUARD, SCRATCH(gemm)(&p) ? scratch : NULL);
	return equal();
}

#ifdef INT8_MATMUL
/* Both operands as activations, b [n][k] or [k][n]; q's first scale is everyone's. */
static int check_matmul(const struct int8_product *t, int w_zero, int transposed, int seed)
{
	struct edgert_gemm p = {
		.batch = t->batch,
		.m = t->m,
		.n = t->n,
		.k = t->k,
		.a_row = t->k + t->gap,
		.a_col = 1,
		.w_row = transposed ? 1 : t->n,
		.w_col = transposed ? t->k : 1,
		.w_batch = t->n * t->k,
		.y_row = t->n + t->gap,
		.x_zero = -3 + seed % 7,
		.w_zero = w_zero,
		.y_zero = seed % 5 - 2,
		.lo = t->lo,
		.hi = t->hi,
		.shift = t->shift,
	};
	const int8_t *a, *w;

	p.a_batch = p.m * p.a_row;
	p.y_batch = p.m * p.y_row;
	begin(seed);
	a = random_elements(p.batch * p.a_batch, seed);
	w = random_bytes(w_bytes, p.batch * p.w_batch);
	random_scales(1, (int)p.k, t->shift);
	for (edgert_int i = 0; i < p.batch * p.m * p.n; i++) {
		const edgert_int b = i / (p.m * p.n), row = i / p.n % p.m, j = i % p.n;
		int32_t sum = 0;

		for (edgert_int k = 0; k < p.k; k++)
			sum += (a[b * p.a_batch + row * p.a_row + k] - (int32_t)p.x_zero) *
			       (w[b * p.w_batch + k * p.w_row + j * p.w_col] - w_zero);
		wanted[GUARD + b * p.y_batch + row * p.y_row + j] = (int8_t)edgert_requantize(
			sum, q[1], (int)p.shift, (int32_t)p.y_zero, (int32_t)p.lo, (int32_t)p.hi);
	}
#ifdef INT8_Q128
	int8_q128_gemm_tile(&machine, &p);
#endif
	if (SCRATCH(matmul)(&p) > (edgert_int)sizeof scratch)
		return 0;
	KERNEL(matmul)(&p, a, w, q + 1, y_elements + GUARD, scratch);
	return equal();
}
#endif

#endif
