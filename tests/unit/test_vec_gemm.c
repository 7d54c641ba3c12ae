/* The vector matrix products against the definition in params.h, computed in double, for 4, 8 and
 * 16 lanes. */
#include <stdlib.h>

#include "compiler/plan/kernels/vec.h"
#include "tests/unit/unit.h"
#include "tests/unit/vec.h"

struct gemm_case {
	const char *name;
	int batch, m, n, k;
	bool a_transposed, w_transposed, one_a, one_w; /* one_*: the batch shares it */
	int a_gap, w_gap, y_gap;                       /* unused elements after each row */
	bool bias, tail;
};

static const struct gemm_case cases[] = {
	{ "one_by_one", 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0 },
	{ "row_times_matrix", 1, 1, 10, 64, 0, 0, 0, 1, 0, 0, 0, 1, 1 },
	{ "row_times_wide", 1, 1, 129, 33, 0, 1, 0, 1, 0, 0, 0, 1, 0 },
	{ "row_times_narrow", 1, 1, 3, 257, 0, 0, 0, 1, 0, 0, 0, 0, 1 },
	{ "square_16", 1, 16, 16, 16, 0, 0, 0, 1, 0, 0, 0, 1, 0 },
	{ "tile_and_one", 1, 13, 17, 5, 0, 0, 0, 1, 0, 0, 0, 1, 1 },
	{ "w_transposed", 1, 7, 24, 19, 0, 1, 0, 1, 0, 0, 0, 1, 1 },
	{ "a_transposed", 1, 9, 33, 8, 1, 0, 0, 1, 0, 0, 0, 0, 0 },
	{ "both_transposed", 2, 5, 9, 7, 1, 1, 0, 0, 0, 0, 0, 0, 1 },
	{ "gaps", 2, 5, 24, 7, 0, 0, 0, 0, 3, 2, 5, 1, 1 },
	{ "gaps_w_transposed", 2, 5, 24, 17, 0, 1, 0, 0, 3, 2, 5, 1, 1 },
	{ "batch_shares_w", 3, 4, 10, 11, 0, 0, 0, 1, 0, 0, 0, 1, 1 },
	{ "batch_shares_a", 3, 4, 10, 11, 0, 0, 1, 0, 0, 0, 0, 1, 0 },
	{ "batch_of_rows", 5, 1, 12, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "attention_scores", 2, 33, 32, 16, 0, 1, 0, 0, 0, 0, 0, 0, 1 },
	{ "attention_values", 2, 33, 16, 34, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "deep", 1, 3, 8, 1000, 0, 0, 0, 1, 0, 0, 0, 1, 0 },
	{ "weights_beyond_cache", 1, 15, 264, 300, 0, 0, 0, 1, 0, 0, 0, 1, 1 },
	{ "no_rows", 1, 0, 8, 8, 0, 0, 0, 1, 0, 0, 0, 1, 0 },
	{ "no_columns", 1, 8, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0 },
	{ "no_depth", 1, 5, 9, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1 },
	{ "no_batch", 0, 5, 9, 4, 0, 0, 0, 0, 0, 0, 0, 1, 1 },
};

struct gemm_data {
	struct edgert_gemm p;
	size_t y_size;
	float *a, *w, *bias, *y, *wanted, *operand;
};

static void define(const struct edgert_gemm *p, const struct gemm_data *d, bool bias, bool tail)
{
	for (size_t i = 0; i < d->y_size; i++)
		d->wanted[i] = VEC_GUARD;
	for (edgert_int b = 0; b < p->batch; b++)
		for (edgert_int i = 0; i < p->m; i++)
			for (edgert_int j = 0; j < p->n; j++) {
				const edgert_int at = b * p->y_batch + i * p->y_row + j;
				double sum = bias ? (double)d->bias[j] : 0;

				for (edgert_int k = 0; k < p->k; k++)
					sum += (double)d->a[b * p->a_batch + i * p->a_row +
							    k * p->a_col] *
					       (double)d->w[b * p->w_batch + k * p->w_row +
							    j * p->w_col];
				d->wanted[at] =
					(float)(tail ? 2 * sum + (double)d->operand[at] + (double)j
						     : sum);
			}
}

/* A matrix in memory: elements used are integers, gaps NaN. */
static float *matrix(int batch, int rows, int columns, int gap)
{
	float *p = vec_floats((size_t)(batch * rows * (columns + gap)));

	for (int i = 0; i < batch * rows; i++)
		vec_fill(p + i * (columns + gap), (size_t)columns, 4);
	return p;
}

static struct gemm_data prepare(const struct gemm_case *t)
{
	const int ar = t->a_transposed ? t->k : t->m,
		  ac = (t->a_transposed ? t->m : t->k) + t->a_gap;
	const int wr = t->w_transposed ? t->n : t->k,
		  wc = (t->w_transposed ? t->k : t->n) + t->w_gap;
	struct gemm_data d = { .p = { .batch = t->batch, .m = t->m, .n = t->n, .k = t->k } };

	d.p.a_row = t->a_transposed ? 1 : ac;
	d.p.a_col = t->a_transposed ? ac : 1;
	d.p.w_row = t->w_transposed ? 1 : wc;
	d.p.w_col = t->w_transposed ? wc : 1;
	d.p.a_batch = t->one_a ? 0 : ar * ac;
	d.p.w_batch = t->one_w ? 0 : wr * wc;
	d.p.y_row = t->n + t->y_gap;
	d.p.y_batch = t->m * d.p.y_row;
	d.a = matrix(t->one_a ? 1 : t->batch, ar, ac - t->a_gap, t->a_gap);
	d.w = matrix(t->one_w ? 1 : t->batch, wr, wc - t->w_gap, t->w_gap);
	d.y_size = (size_t)(t->batch * d.p.y_batch);
	d.bias = vec_floats((size_t)t->n);
	vec_fill(d.bias, (size_t)t->n, 9);
	d.operand = vec_floats(d.y_size);
	vec_fill(d.operand, d.y_size, 9);
	d.y = vec_floats(d.y_size);
	d.wanted = vec_floats(d.y_size);
	define(&d.p, &d, t->bias, t->tail);
	return d;
}

static void release(struct gemm_data *d)
{
	free(d->a);
	free(d->w);
	free(d->bias);
	free(d->operand);
	free(d->y);
	free(d->wanted);
}

static const int tiles[][3] = { { 1, 1, 1 }, { 1, 2, 4 }, { 1, 5, 1 }, { 1, 8, 3 }, { 2, 4, 1 },
				{ 3, 2, 2 }, { 4, 3, 1 }, { 6, 2, 9 }, { 12, 1, 1 } };

/* packed: the weights as the kernel takes them; NULL: it reads w itself, into scratch. */
static void check(const struct gemm_case *t, const struct vec_build *v, const struct vec_machine *m,
		  struct gemm_data *d, bool constant)
{
	const void *operands[1] = { d->operand };
	const int64_t size =
		constant ? gemm_f32_vec_weights(&d->p, m) : matmul_f32_vec_scratch(&d->p, m) / 4;
	float *extra = vec_floats((size_t)size);
	char what[96];

	snprintf(what, sizeof what, "%s, %d lanes, %dx%d%s", t->name, v->lanes, (int)d->p.mr,
		 (int)d->p.nv, d->p.direct ? " direct" : "");
	for (size_t i = 0; i < d->y_size; i++)
		d->y[i] = VEC_GUARD;
	if (constant)
		gemm_f32_vec_pack(&d->p, m, d->w, extra);
	(constant ? v->gemm : v->matmul)(&d->p, d->a, constant ? extra : d->w,
					 t->bias ? d->bias : NULL, d->y, constant ? NULL : extra,
					 t->tail ? operands : NULL);
	vec_expect(d->y, d->wanted, d->y_size, what);
	free(extra);
}

START_TEST(constant_equals_definition)
{
	const struct gemm_case *t = &cases[_i];
	struct gemm_data d;

	vec_seed(_i);
	d = prepare(t);
	for (size_t k = 0; k < ARRAY_LEN(vec_builds); k++) {
		const struct vec_machine m =
			vec_machine(vec_builds[k]->lanes, vec_builds[k]->registers);

		ck_assert(gemm_f32_vec_accept(&d.p));
		ck_assert(gemm_f32_vec_tile(&d.p, &m) >= 0);
		check(t, vec_builds[k], &m, &d, true);
		for (size_t i = 0; i < ARRAY_LEN(tiles); i++) {
			d.p.mr = tiles[i][0];
			d.p.nv = tiles[i][1];
			if (!vec_tile_exists(&m, d.p.mr, d.p.nv))
				continue;
			d.p.block = tiles[i][2];
			check(t, vec_builds[k], &m, &d, true);
		}
	}
	release(&d);
}
END_TEST

START_TEST(activations_equal_definition)
{
	const struct gemm_case *t = &cases[_i];
	struct gemm_data d;

	vec_seed(_i);
	d = prepare(t);
	for (size_t k = 0; k < ARRAY_LEN(vec_builds); k++) {
		const struct vec_machine m =
			vec_machine(vec_builds[k]->lanes, vec_builds[k]->registers);

		ck_assert(matmul_f32_vec_accept(&d.p));
		ck_assert(matmul_f32_vec_tile(&d.p, &m) >= 0);
		check(t, vec_builds[k], &m, &d, false);
		for (size_t i = 0; i < ARRAY_LEN(tiles); i++) {
			d.p.mr = tiles[i][0];
			d.p.nv = tiles[i][1];
			if (!vec_tile_exists(&m, d.p.mr, d.p.nv))
				continue;
			d.p.direct = d.p.w_col == 1 && t->n % (tiles[i][1] * m.lanes) == 0;
			check(t, vec_builds[k], &m, &d, false);
		}
	}
	release(&d);
}
END_TEST

Suite *suite_vec_gemm(void)
{
	const struct unit_test tests[] = {
		{ "constant_equals_definition", constant_equals_definition, ARRAY_LEN(cases) },
		{ "activations_equal_definition", activations_equal_definition, ARRAY_LEN(cases) },
	};

	return UNIT_SUITE("vec_gemm", tests);
}
