/* The 8-bit kernels of x86 against the contract in params.h computed naively, byte for byte, in
 * every width and instruction set that this machine has, and in the portable models. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/plan/kernels/qdot.h"
#include "tests/unit/random.h"
#include "tests/unit/unit.h"
#include "tests/unit/x86_u8.h"

/* Bias and factor for sums of `taps` products: results on both sides of the bounds, and ties. */
static void numbers(int32_t *q, edgert_int channels, edgert_int taps, edgert_int fits)
{
	for (edgert_int c = 0; c < channels; c++) {
		const float factors[] = { 0.5f, 0.25f, 0.0009765625f, 0.0123f, 0.00071f, 3.0f };
		const float factor = factors[random_between(0, fits ? 4 : 5)];

		q[2 * c] = random_between(-(int)taps * 900, (int)taps * 900);
		memcpy(&q[2 * c + 1], &factor, sizeof factor);
	}
}

/* w [co][kh][kw][cig]; x outside is x_zero. sums may be NULL. */
static void define(const struct edgert_conv2d *p, const uint8_t *x, const int8_t *w,
		   const int32_t *q, uint8_t *y, int32_t *sums)
{
	const edgert_int cig = p->ci / p->groups, cog = p->co / p->groups;

	for (edgert_int i = 0; i < p->n * p->oh * p->ow * p->co; i++) {
		const edgert_int oc = i % p->co, ow = i / p->co % p->ow;
		const edgert_int oh = i / p->co / p->ow % p->oh, n = i / p->co / p->ow / p->oh;
		int64_t sum = q[2 * oc];

		for (edgert_int t = 0; t < p->kh * p->kw * cig; t++) {
			const edgert_int h = oh * p->sh - p->pt + t / cig / p->kw * p->dh;
			const edgert_int v = ow * p->sw - p->pl + t / cig % p->kw * p->dw;
			const bool in = h >= 0 && h < p->ih && v >= 0 && v < p->iw;

			sum += (int64_t)(in ? x[n * p->x_image + h * p->x_row + v * p->x_pixel +
						oc / cog * cig + t % cig]
					    : p->x_zero) *
			       w[oc * p->kh * p->kw * cig + t];
		}
		y[n * p->y_image + oh * p->y_row + ow * p->y_pixel + oc] =
			x86_requantized(sum, q[2 * oc + 1], p->y_zero, p->lo, p->hi);
		if (sums)
			sums[n * p->y_image + oh * p->y_row + ow * p->y_pixel + oc] = (int32_t)sum;
	}
}

/* -- convolution ----------------------------------------------------------------------- */

struct conv_case {
	const char *name;
	int n, ih, iw, ci, co, kh, kw, sh, sw, dh, dw, pt, pl, pb, pr, groups;
	int x_gap, y_gap; /* unused elements after each pixel */
	bool halo, no_bias, tail;
};

#define CONV_CASE(name, ...) { #name, __VA_ARGS__ },
#define DENSE(...) CONV_CASE(__VA_ARGS__)
#define DEPTHWISE(...) CONV_CASE(__VA_ARGS__)
static const struct conv_case
	conv_cases[] = {
#include "tests/unit/vec_conv.def"
		{ "all_tile_heights",
		  1,
		  1,
		  37,
		  8,
		  112,
		  1,
		  1,
		  1,
		  1,
		  1,
		  1,
		  0,
		  0,
		  0,
		  0,
		  1,
		  0,
		  0,
		  0,
		  0,
		  0 },
		{ "strips_of_other_blocks",
		  2,
		  7,
		  15,
		  40,
		  72,
		  1,
		  1,
		  2,
		  2,
		  1,
		  1,
		  0,
		  0,
		  0,
		  0,
		  1,
		  0,
		  0,
		  0,
		  0,
		  0 },
		{ "strips", 1, 9, 9, 12, 20, 1, 1, 2, 2, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0 },
	};

static struct edgert_conv2d params(const struct conv_case *t)
{
	struct edgert_conv2d p = {
		.n = t->n,
		.ih = t->ih,
		.iw = t->iw,
		.ci = t->ci,
		.co = t->co,
		.kh = t->kh,
		.kw = t->kw,
		.sh = t->sh,
		.sw = t->sw,
		.dh = t->dh,
		.dw = t->dw,
		.pt = t->pt,
		.pl = t->pl,
		.groups = t->groups,
	};

	p.oh = (t->ih + t->pt + t->pb - (t->kh - 1) * t->dh - 1) / t->sh + 1;
	p.ow = (t->iw + t->pl + t->pr - (t->kw - 1) * t->dw - 1) / t->sw + 1;
	p.x_pixel = t->ci + t->x_gap;
	p.x_row = t->iw * p.x_pixel;
	p.x_image = t->ih * p.x_row;
	p.y_pixel = t->co + t->y_gap;
	p.y_row = p.ow * p.y_pixel;
	p.y_image = p.oh * p.y_row;
	p.x_zero = random_between(0, 255);
	p.y_zero = random_between(0, 255);
	p.lo = random_between(0, 1) ? 0 : random_between(0, (int)p.y_zero);
	p.hi = random_between(0, 1) ? 255 : random_between((int)p.y_zero, 255);
	p.fits = random_between(0, 1);
	return p;
}

typedef void conv_pack(const struct edgert_conv2d *p, const struct qdot_machine *m, const int8_t *w,
		       const int32_t *q, struct qdot_packed *out);
typedef void conv_kernel(const struct edgert_conv2d *p, const uint8_t *x, const int8_t *w,
			 const int32_t *q, uint8_t *y, void *scratch);

static struct qdot_packed packed(const struct edgert_conv2d *p, const struct qdot_machine *m,
				 conv_pack *pack, const int8_t *w, const int32_t *q)
{
	struct qdot_packed out = { 0 };

	pack(p, m, NULL, NULL, &out);
	out.w = x86_bytes(out.w_size);
	out.q = x86_bytes(out.q_count * sizeof *out.q);
	pack(p, m, w, q, &out);
	return out;
}

/* p's tile is chosen. */
static void run_conv(const struct edgert_conv2d *p, const struct qdot_machine *m, conv_pack *pack,
		     conv_kernel *kernel, const uint8_t *x, const int8_t *w, const int32_t *q,
		     const uint8_t *wanted, const char *name, const char *build)
{
	const size_t size = (size_t)(p->n * p->y_image);
	struct qdot_packed k = packed(p, m, pack, w, q);
	void *scratch = x86_bytes(k.scratch);
	uint8_t *y = x86_bytes(size);

	memset(y, X86_GUARD, size);
	kernel(p, x, k.w, k.q, y, scratch);
	x86_check(y, wanted, size, name, build);
	free(y);
	free(scratch);
	free(k.w);
	free(k.q);
}

/* The same with sums for results. */
static void run_sums(const struct edgert_conv2d *p, const struct qdot_machine *m,
		     const struct x86_build *build, const uint8_t *x, const int8_t *w,
		     const int32_t *q, const int32_t *wanted, const char *name)
{
	const size_t size = (size_t)(p->n * p->y_image) * sizeof *wanted;
	struct qdot_packed k = packed(p, m, conv2d_u8_x86_pack, w, q);
	void *scratch = x86_bytes(k.scratch);
	int32_t *y = x86_bytes(size);

	memset(y, X86_GUARD, size);
	build->conv2d_sums(p, x, k.w, k.q, y, scratch);
	x86_check((uint8_t *)y, (const uint8_t *)wanted, size, name, build->name);
	free(y);
	free(scratch);
	free(k.w);
	free(k.q);
}

static void all_blocks(struct edgert_conv2d p, const struct qdot_machine *m, conv_pack *pack,
		       conv_kernel *kernel, const uint8_t *x, const int8_t *w, const int32_t *q,
		       const uint8_t *wanted, const char *name, const char *build)
{
	run_conv(&p, m, pack, kernel, x, w, q, wanted, name, build);
	p.block = p.block > 1 ? p.block - 1 : 2;
	run_conv(&p, m, pack, kernel, x, w, q, wanted, name, build);
}

/* A case by all kernels that take it; activations from x_least to 255, weights of w_least to w_most. */
static void convolve(const struct conv_case *t, int x_least, int w_least, int w_most)
{
	struct edgert_conv2d p;
	size_t taps, x_size, y_size;
	int32_t *sums;
	uint8_t *x, *wanted;
	int8_t *w;
	int32_t *q;

	p = params(t);
	taps = (size_t)(p.kh * p.kw * p.ci / p.groups);
	x_size = (size_t)(p.n * p.x_image);
	y_size = (size_t)(p.n * p.y_image);
	x = x86_bytes(x_size);
	w = x86_bytes((size_t)p.co * taps);
	q = x86_bytes((size_t)p.co * 2 * sizeof *q);
	wanted = x86_bytes(y_size);
	for (size_t i = 0; i < x_size; i++)
		x[i] = (uint8_t)random_between(x_least, 255);
	for (size_t i = 0; i < (size_t)p.co * taps; i++)
		w[i] = (int8_t)random_between(w_least, w_most);
	numbers(q, p.co, (edgert_int)taps, p.fits);
	sums = x86_bytes(y_size * sizeof *sums);
	memset(wanted, X86_GUARD, y_size);
	memset(sums, X86_GUARD, y_size * sizeof *sums);
	define(&p, x, w, q, wanted, sums);
	for (size_t b = 0; b < X86_BUILDS; b++) {
		const struct x86_build *k = x86_builds[b];
		const struct qdot_machine m = qdot_machine(k->lanes, k->taps);

		if (!k->runs_here())
			continue;
		conv2d_u8_x86_tile(&p, &m);
		all_blocks(p, &m, conv2d_u8_x86_pack, k->conv2d, x, w, q, wanted, t->name, k->name);
		run_sums(&p, &m, k, x, w, q, sums, t->name);
		if (pointwise_u8_x86_accept(&p)) {
			pointwise_u8_x86_tile(&p, &m);
			all_blocks(p, &m, pointwise_u8_x86_pack, k->pointwise, x, w, q, wanted,
				   t->name, k->name);
		}
		if (winograd_u8_x86_possible(&p, &m, 2, w)) {
			winograd2_u8_x86_tile(&p, &m);
			all_blocks(p, &m, winograd2_u8_x86_pack, k->winograd2, x, w, q, wanted,
				   t->name, k->name);
		}
		if (winograd_u8_x86_possible(&p, &m, 4, w)) {
			winograd4_u8_x86_tile(&p, &m);
			all_blocks(p, &m, winograd4_u8_x86_pack, k->winograd4, x, w, q, wanted,
				   t->name, k->name);
		}
		if (dwconv2d_u8_x86_accept(&p, &m)) {
			dwconv2d_u8_x86_tile(&p, &m);
			all_blocks(p, &m, dwconv2d_u8_x86_pack, k->dwconv2d, x, w, q, wanted,
				   t->name, k->name);
		}
	}
	free(x);
	free(w);
	free(q);
	free(wanted);
	free(sums);
}

START_TEST(convolution)
{
	if (conv_cases[_i].halo)
		return; /* no plan has one */
	random_seed(_i);
	convolve(&conv_cases[_i], 0, -128, 127);
}
END_TEST

/* 2^25 is between the sums of 115 channels and those of 116. */
START_TEST(largest_sums_of_winograd)
{
	struct conv_case t = {
		"largest_sums", 1, 5, 6, 115, 3, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0
	};
	const struct qdot_machine m = qdot_machine(8, 2);
	struct edgert_conv2d p = params(&t);
	int8_t w[3 * 116 * 9];

	memset(w, 127, sizeof w);
	ck_assert(winograd_u8_x86_possible(&p, &m, 4, w));
	convolve(&t, 255, 127, 127);
	t.ci = 114;
	convolve(&t, 255, -128, -128);
	p.ci = 116;
	ck_assert(!winograd_u8_x86_possible(&p, &m, 4, w));
	ck_assert(winograd_u8_x86_possible(&p, &m, 2, w));
}
END_TEST

/* -- matrix products ------------------------------------------------------------------- */

static const struct {
	int m, n, k, a_gap, y_gap;
} gemm_cases[] = {
	{ 1, 1, 1, 0, 0 },  { 1, 10, 64, 0, 0 },  { 1, 130, 7, 0, 0 },
	{ 3, 16, 5, 2, 1 }, { 17, 64, 12, 0, 0 }, { 5, 33, 300, 1, 3 },
	{ 0, 8, 8, 0, 0 },  { 40, 24, 9, 0, 0 },  { 2, 70, 1030, 0, 0 },
};

START_TEST(product)
{
	const edgert_int m = gemm_cases[_i].m, n = gemm_cases[_i].n, k = gemm_cases[_i].k;
	struct edgert_gemm p = { .batch = 1, .m = m, .n = n, .k = k, .a_col = 1 };
	struct edgert_conv2d as_conv = { .n = 1,
					 .ih = 1,
					 .oh = 1,
					 .kh = 1,
					 .kw = 1,
					 .sh = 1,
					 .sw = 1,
					 .dh = 1,
					 .dw = 1,
					 .groups = 1 };
	uint8_t *x, *wanted, *y;
	int8_t *w;
	int32_t *q, *sums, *z;
	size_t sums_size;

	random_seed(1000 + _i);
	p.a_row = k + gemm_cases[_i].a_gap;
	p.y_row = n + gemm_cases[_i].y_gap;
	p.y_zero = as_conv.y_zero = random_between(0, 255);
	p.hi = as_conv.hi = 255;
	as_conv.iw = as_conv.ow = m;
	as_conv.ci = k;
	as_conv.co = n;
	as_conv.x_pixel = p.a_row;
	as_conv.y_pixel = p.y_row;
	x = x86_bytes((size_t)(m * p.a_row));
	w = x86_bytes((size_t)(n * k));
	q = x86_bytes((size_t)n * 2 * sizeof *q);
	wanted = x86_bytes((size_t)(m * p.y_row));
	y = x86_bytes((size_t)(m * p.y_row));
	for (edgert_int i = 0; i < m * p.a_row; i++)
		x[i] = (uint8_t)random_between(0, 255);
	for (edgert_int i = 0; i < n * k; i++)
		w[i] = (int8_t)random_between(-128, 127);
	p.fits = as_conv.fits = random_between(0, 1);
	numbers(q, n, k, p.fits);
	memset(wanted, X86_GUARD, (size_t)(m * p.y_row));
	sums_size = (size_t)(m * p.y_row) * sizeof *sums;
	sums = x86_bytes(sums_size);
	z = x86_bytes(sums_size);
	memset(sums, X86_GUARD, sums_size);
	define(&as_conv, x, w, q, wanted, sums);
	for (size_t b = 0; b < X86_BUILDS; b++) {
		const struct qdot_machine mac =
			qdot_machine(x86_builds[b]->lanes, x86_builds[b]->taps);
		struct qdot_packed g = { 0 };
		void *scratch;

		if (!x86_builds[b]->runs_here())
			continue;
		gemm_u8_x86_tile(&p, &mac);
		gemm_u8_x86_pack(&p, &mac, NULL, NULL, &g);
		g.w = x86_bytes(g.w_size);
		g.q = x86_bytes(g.q_count * sizeof *g.q);
		gemm_u8_x86_pack(&p, &mac, w, q, &g);
		memset(y, X86_GUARD, (size_t)(m * p.y_row));
		scratch = x86_bytes(g.scratch);
		x86_builds[b]->gemm(&p, x, g.w, g.q, y, scratch);
		x86_check(y, wanted, (size_t)(m * p.y_row), "gemm", x86_builds[b]->name);
		memset(z, X86_GUARD, sums_size);
		x86_builds[b]->gemm_sums(&p, x, g.w, g.q, z, scratch);
		x86_check((uint8_t *)z, (uint8_t *)sums, sums_size, "sums", x86_builds[b]->name);
		free(scratch);
		free(g.w);
		free(g.q);
	}
	free(x);
	free(w);
	free(q);
	free(y);
	free(wanted);
	free(sums);
	free(z);
}
END_TEST

/* Of two activations: sizes on both sides of vectors, panels and groups of taps. */
static const struct {
	int batch, m, n, k, a_gap, y_gap, w_zero;
} matmul_cases[] = {
	{ 1, 1, 1, 1, 0, 0, 0 },     { 2, 5, 16, 4, 0, 0, 128 },  { 1, 17, 65, 13, 2, 1, 255 },
	{ 3, 4, 32, 64, 0, 0, 100 }, { 1, 30, 127, 70, 1, 0, 3 }, { 2, 3, 40, 129, 0, 3, 130 },
	{ 0, 3, 8, 8, 0, 0, 1 },     { 1, 0, 8, 8, 0, 0, 1 },     { 1, 49, 200, 31, 0, 0, 90 },
};

START_TEST(product_of_activations)
{
	const edgert_int m = matmul_cases[_i].m, n = matmul_cases[_i].n, k = matmul_cases[_i].k;
	struct edgert_gemm p = { .batch = matmul_cases[_i].batch,
				 .m = m,
				 .n = n,
				 .k = k,
				 .a_col = 1,
				 .w_col = 1,
				 .w_row = n,
				 .w_batch = k * n,
				 .w_zero = matmul_cases[_i].w_zero,
				 .fits = 1 };
	const float factor = 1.0f / 512 / (float)k;
	uint8_t *a, *w, *wanted, *y;
	int32_t bits;
	size_t size;

	random_seed(2000 + _i);
	memcpy(&bits, &factor, sizeof bits);
	p.x_zero = random_between(0, 255);
	p.y_zero = random_between(0, 255);
	p.lo = random_between(0, 1) ? 0 : random_between(0, (int)p.y_zero);
	p.hi = random_between((int)p.y_zero, 255);
	p.a_row = k + matmul_cases[_i].a_gap;
	p.a_batch = m * p.a_row;
	p.y_row = n + matmul_cases[_i].y_gap;
	p.y_batch = m * p.y_row;
	a = x86_bytes((size_t)(p.batch * p.a_batch));
	w = x86_bytes((size_t)(p.batch * p.w_batch));
	size = (size_t)(p.batch * p.y_batch);
	wanted = x86_bytes(size);
	y = x86_bytes(size);
	for (edgert_int i = 0; i < p.batch * p.a_batch; i++)
		a[i] = (uint8_t)random_between(0, 255);
	for (edgert_int i = 0; i < p.batch * p.w_batch; i++)
		w[i] = (uint8_t)random_between(0, 255);
	memset(wanted, X86_GUARD, size);
	for (edgert_int i = 0; i < p.batch * m * n; i++) {
		const edgert_int b = i / (m * n), row = i / n % m, j = i % n;
		int64_t sum = 0;

		for (edgert_int t = 0; t < k; t++)
			sum += (a[b * p.a_batch + row * p.a_row + t] - p.x_zero) *
			       (w[b * p.w_batch + t * n + j] - p.w_zero);
		wanted[b * p.y_batch + row * p.y_row + j] =
			x86_requantized(sum, bits, p.y_zero, p.lo, p.hi);
	}
	for (size_t b = 0; b < X86_BUILDS; b++) {
		const struct qdot_machine mac =
			qdot_machine(x86_builds[b]->lanes, x86_builds[b]->taps);
		void *scratch;

		if (!x86_builds[b]->runs_here())
			continue;
		gemm_u8_x86_tile(&p, &mac);
		scratch = x86_bytes(matmul_u8_x86_scratch(&p, &mac));
		memset(y, X86_GUARD, size);
		x86_builds[b]->matmul(&p, a, w, &bits, y, scratch);
		x86_check(y, wanted, size, "matmul", x86_builds[b]->name);
		free(scratch);
	}
	free(a);
	free(w);
	free(y);
	free(wanted);
}
END_TEST

Suite *suite_x86_u8(void)
{
	const struct unit_test tests[] = {
		{ "convolution", convolution, ARRAY_LEN(conv_cases) },
		{ "largest_sums_of_winograd", largest_sums_of_winograd, 1 },
		{ "product", product, ARRAY_LEN(gemm_cases) },
		{ "product_of_activations", product_of_activations, ARRAY_LEN(matmul_cases) },
	};
	return UNIT_SUITE("x86_u8", tests);
}
