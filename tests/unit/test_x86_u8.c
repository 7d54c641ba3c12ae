/* The 8-bit kernels of x86 against the contract in params.h computed naively, byte for byte, in
 * every width and instruction set that this machine has, and in the portable models. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/plan/kernels/qdot.h"
#include "tests/unit/random.h"
#include "tests/unit/unit.h"
#include "tests/unit/x86_u8.h"

static const struct x86_build *const builds[] = { &x86_portable_8, &x86_portable_16, &x86_avx2,
						  &x86_avx512,     &x86_vnni_8,      &x86_vnni_16 };

/* What is written to bytes that no kernel may touch. */
enum { GUARD = 77 };

/* n bytes, exactly, on the heap, so that a sanitizer sees an access beyond. */
static void *bytes(size_t n)
{
	void *p = calloc(n ? n : 1, 1);

	ck_assert_ptr_nonnull(p);
	return p;
}

/* -- the contract ---------------------------------------------------------------------- */

static uint8_t requantized(int64_t acc, int32_t bits, edgert_int zero, edgert_int lo, edgert_int hi)
{
	float factor;
	double v;

	memcpy(&factor, &bits, sizeof factor);
	v = nearbyint((double)((float)acc * factor)) + (double)zero;
	return (uint8_t)(v < (double)lo ? lo : v > (double)hi ? hi : (edgert_int)v);
}

/* Bias and factor for sums of `taps` products: results on both sides of the bounds, and ties. */
static void numbers(int32_t *q, edgert_int channels, edgert_int taps)
{
	for (edgert_int c = 0; c < channels; c++) {
		const float factors[] = { 0.5f, 0.25f, 0.0009765625f, 0.0123f, 0.00071f, 3.0f };
		const float factor = factors[random_between(0, 5)];

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
			requantized(sum, q[2 * oc + 1], p->y_zero, p->lo, p->hi);
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
static const struct conv_case conv_cases[] = {
#include "tests/unit/vec_conv.def"
	{ "all_tile_heights", 1, 1, 37, 8, 112, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0 },
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
	out.w = bytes(out.w_size);
	out.q = bytes(out.q_count * sizeof *out.q);
	pack(p, m, w, q, &out);
	return out;
}

static void check_bytes(const uint8_t *y, const uint8_t *wanted, size_t n, const char *name,
			const char *build)
{
	for (size_t i = 0; i < n; i++)
		if (y[i] != wanted[i])
			ck_abort_msg("%s, %s: y[%zu] is %d, not %d", name, build, i, y[i],
				     wanted[i]);
}

/* p's tile is chosen. */
static void run_conv(const struct edgert_conv2d *p, const struct qdot_machine *m, conv_pack *pack,
		     conv_kernel *kernel, const uint8_t *x, const int8_t *w, const int32_t *q,
		     const uint8_t *wanted, const char *name, const char *build)
{
	const size_t size = (size_t)(p->n * p->y_image);
	struct qdot_packed k = packed(p, m, pack, w, q);
	void *scratch = bytes(k.scratch);
	uint8_t *y = bytes(size);

	memset(y, GUARD, size);
	kernel(p, x, k.w, k.q, y, scratch);
	check_bytes(y, wanted, size, name, build);
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
	void *scratch = bytes(k.scratch);
	int32_t *y = bytes(size);

	memset(y, GUARD, size);
	build->conv2d_sums(p, x, k.w, k.q, y, scratch);
	check_bytes((uint8_t *)y, (const uint8_t *)wanted, size, name, build->name);
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

START_TEST(convolution)
{
	const struct conv_case *t = &conv_cases[_i];
	struct edgert_conv2d p;
	size_t taps, x_size, y_size;
	int32_t *sums;
	uint8_t *x, *wanted;
	int8_t *w;
	int32_t *q;

	if (t->halo)
		return; /* no plan has one */
	random_seed(_i);
	p = params(t);
	taps = (size_t)(p.kh * p.kw * p.ci / p.groups);
	x_size = (size_t)(p.n * p.x_image);
	y_size = (size_t)(p.n * p.y_image);
	x = bytes(x_size);
	w = bytes((size_t)p.co * taps);
	q = bytes((size_t)p.co * 2 * sizeof *q);
	wanted = bytes(y_size);
	for (size_t i = 0; i < x_size; i++)
		x[i] = (uint8_t)random_between(0, 255);
	for (size_t i = 0; i < (size_t)p.co * taps; i++)
		w[i] = (int8_t)random_between(-128, 127);
	numbers(q, p.co, (edgert_int)taps);
	sums = bytes(y_size * sizeof *sums);
	memset(wanted, GUARD, y_size);
	memset(sums, GUARD, y_size * sizeof *sums);
	define(&p, x, w, q, wanted, sums);
	for (size_t b = 0; b < ARRAY_LEN(builds); b++) {
		const struct x86_build *k = builds[b];
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
		if (winograd_u8_x86_possible(&p, &m)) {
			winograd_u8_x86_tile(&p, &m);
			all_blocks(p, &m, winograd_u8_x86_pack, k->winograd, x, w, q, wanted,
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
	x = bytes((size_t)(m * p.a_row));
	w = bytes((size_t)(n * k));
	q = bytes((size_t)n * 2 * sizeof *q);
	wanted = bytes((size_t)(m * p.y_row));
	y = bytes((size_t)(m * p.y_row));
	for (edgert_int i = 0; i < m * p.a_row; i++)
		x[i] = (uint8_t)random_between(0, 255);
	for (edgert_int i = 0; i < n * k; i++)
		w[i] = (int8_t)random_between(-128, 127);
	numbers(q, n, k);
	memset(wanted, GUARD, (size_t)(m * p.y_row));
	sums_size = (size_t)(m * p.y_row) * sizeof *sums;
	sums = bytes(sums_size);
	z = bytes(sums_size);
	memset(sums, GUARD, sums_size);
	define(&as_conv, x, w, q, wanted, sums);
	for (size_t b = 0; b < ARRAY_LEN(builds); b++) {
		const struct qdot_machine mac = qdot_machine(builds[b]->lanes, builds[b]->taps);
		struct qdot_packed g = { 0 };
		void *scratch;

		if (!builds[b]->runs_here())
			continue;
		gemm_u8_x86_tile(&p, &mac);
		gemm_u8_x86_pack(&p, &mac, NULL, NULL, &g);
		g.w = bytes(g.w_size);
		g.q = bytes(g.q_count * sizeof *g.q);
		gemm_u8_x86_pack(&p, &mac, w, q, &g);
		memset(y, GUARD, (size_t)(m * p.y_row));
		scratch = bytes(g.scratch);
		builds[b]->gemm(&p, x, g.w, g.q, y, scratch);
		check_bytes(y, wanted, (size_t)(m * p.y_row), "gemm", builds[b]->name);
		memset(z, GUARD, sums_size);
		builds[b]->gemm_sums(&p, x, g.w, g.q, z, scratch);
		check_bytes((uint8_t *)z, (uint8_t *)sums, sums_size, "sums", builds[b]->name);
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

/* -- sums ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	int n, h, w, c, a_gap, b_gap, y_gap;
	bool in_place;
} add_cases[] = {
	{ "one", 1, 1, 1, 1, 0, 0, 0, false },   { "one_run", 2, 3, 5, 16, 0, 0, 0, true },
	{ "gaps", 2, 3, 5, 17, 1, 2, 3, false }, { "one_gap", 1, 4, 4, 130, 0, 5, 0, true },
	{ "none", 1, 0, 4, 8, 0, 0, 0, false },
};

/* Byte i of y is `at` in an image with `gap` unused bytes after each pixel. */
static edgert_int with_gap(edgert_int i, edgert_int c, edgert_int gap)
{
	return i / c * (c + gap) + i % c;
}

static uint8_t summed(const struct edgert_add *p, const float *f, int a, int b)
{
	/* A byte times a float is exact in double. */
	float v = p->fused ? (float)((double)b * (double)f[1] + (double)f[2])
			   : (float)b * f[1] + f[2];

	v = p->fused ? (float)((double)a * (double)f[0] + (double)v) : (float)a * f[0] + v;
	v = nearbyintf(v);
	return (uint8_t)(v < (float)p->lo ? p->lo : v > (float)p->hi ? p->hi : (edgert_int)v);
}

START_TEST(addition)
{
	const edgert_int c = add_cases[_i].c, w = add_cases[_i].w, h = add_cases[_i].h;
	const edgert_int gaps[3] = { add_cases[_i].a_gap, add_cases[_i].b_gap,
				     add_cases[_i].y_gap };
	const edgert_int count = add_cases[_i].n * h * w * c;
	struct edgert_add p = { .n = add_cases[_i].n, .h = h, .w = w, .c = c };
	size_t size[3];
	uint8_t *x[3], *wanted, *y;

	random_seed(3000 + _i);
	for (int k = 0; k < 3; k++) {
		size[k] = (size_t)(p.n * h * w * (c + gaps[k]));
		x[k] = bytes(size[k]);
		for (size_t i = 0; i < size[k]; i++)
			x[k][i] = (uint8_t)random_between(0, 255);
	}
	p.a_pixel = c + gaps[0];
	p.b_pixel = c + gaps[1];
	p.y_pixel = c + gaps[2];
	p.a_image = h * (p.a_row = w * p.a_pixel);
	p.b_image = h * (p.b_row = w * p.b_pixel);
	p.y_image = h * (p.y_row = w * p.y_pixel);
	wanted = bytes(size[2]);
	y = bytes(size[2]);
	for (int round = 0; round < 4; round++) {
		/* Ties, and sums beyond both bounds. */
		const float f[3] = { round & 1 ? 0.5f : 1.37f, round & 1 ? -0.25f : 0.83f,
				     round & 1 ? 20.0f : -70.0f };
		int32_t q[3];

		memcpy(q, f, sizeof q);
		p.fused = round / 2;
		p.lo = round & 1 ? 3 : 0;
		p.hi = round & 1 ? 99 : 255;
		memset(wanted, GUARD, size[2]);
		for (edgert_int i = 0; i < count; i++)
			wanted[with_gap(i, c, gaps[2])] =
				summed(&p, f, x[0][with_gap(i, c, gaps[0])],
				       x[1][with_gap(i, c, gaps[1])]);
		for (size_t b = 0; b < ARRAY_LEN(builds); b++) {
			if (!builds[b]->runs_here())
				continue;
			memset(y, GUARD, size[2]);
			if (add_cases[_i].in_place)
				memcpy(y, x[0], size[2]);
			builds[b]->add(&p, add_cases[_i].in_place ? y : x[0], x[1], q, y);
			check_bytes(y, wanted, size[2], add_cases[_i].name, builds[b]->name);
		}
	}
	for (int k = 0; k < 3; k++)
		free(x[k]);
	free(wanted);
	free(y);
}
END_TEST

/* -- pools ----------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int n, ih, iw, c, kh, kw, sh, sw, dh, dw, pt, pl, pb, pr, x_gap, y_gap;
	bool count_pad, one_factor;
} pool_cases[] = {
	{ "global", 1, 7, 7, 130, 7, 7, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, false, true },
	{ "few_channels", 2, 5, 6, 3, 2, 2, 2, 2, 1, 1, 0, 0, 0, 0, 0, 0, false, true },
	{ "padded", 1, 8, 9, 64, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, false, false },
	{ "pads_count", 1, 8, 9, 33, 3, 3, 2, 2, 1, 1, 1, 1, 1, 2, 0, 0, true, false },
	{ "gaps", 2, 4, 5, 100, 3, 5, 1, 1, 1, 1, 1, 2, 1, 2, 3, 5, false, false },
	{ "dilated", 1, 9, 9, 31, 3, 3, 1, 1, 2, 3, 2, 3, 2, 3, 0, 0, false, false },
	{ "one_axis", 1, 1, 20, 65, 1, 9, 1, 2, 1, 1, 0, 4, 0, 4, 0, 0, false, false },
};

/* Of the window at i: max and sum of x - x_zero inside, and how many count. */
static void window_of(const struct edgert_pool2d *p, const uint8_t *x, edgert_int i,
		      edgert_int *max, edgert_int *sum, edgert_int *count)
{
	const edgert_int c = i % p->c, ow = i / p->c % p->ow, oh = i / p->c / p->ow % p->oh;
	const edgert_int n = i / p->c / p->ow / p->oh;

	*max = *sum = *count = 0;
	for (edgert_int k = 0; k < p->kh * p->kw; k++) {
		const edgert_int h = oh * p->sh - p->pt + k / p->kw * p->dh;
		const edgert_int v = ow * p->sw - p->pl + k % p->kw * p->dw;
		const bool in = h >= 0 && h < p->ih && v >= 0 && v < p->iw;
		const bool near =
			h >= -p->pt && h < p->ih + p->pb && v >= -p->pl && v < p->iw + p->pr;
		const edgert_int e = in ? x[n * p->x_image + h * p->x_row + v * p->x_pixel + c] : 0;

		*count += in || (p->count_pad && near);
		*sum += in ? e - p->x_zero : 0;
		*max = in && e > *max ? e : *max;
	}
}

START_TEST(pool)
{
	struct edgert_pool2d p = { 0 };
	size_t x_size, y_size;
	uint8_t *x, *y, *most, *mean;
	float *factor;

	random_seed(2000 + _i);
	p.n = pool_cases[_i].n;
	p.ih = pool_cases[_i].ih;
	p.iw = pool_cases[_i].iw;
	p.c = pool_cases[_i].c;
	p.kh = pool_cases[_i].kh;
	p.kw = pool_cases[_i].kw;
	p.sh = pool_cases[_i].sh;
	p.sw = pool_cases[_i].sw;
	p.dh = pool_cases[_i].dh;
	p.dw = pool_cases[_i].dw;
	p.pt = pool_cases[_i].pt;
	p.pl = pool_cases[_i].pl;
	p.pb = pool_cases[_i].pb;
	p.pr = pool_cases[_i].pr;
	p.count_pad = pool_cases[_i].count_pad;
	p.oh = (p.ih + p.pt + p.pb - (p.kh - 1) * p.dh - 1) / p.sh + 1;
	p.ow = (p.iw + p.pl + p.pr - (p.kw - 1) * p.dw - 1) / p.sw + 1;
	p.x_pixel = p.c + pool_cases[_i].x_gap;
	p.x_row = p.iw * p.x_pixel;
	p.x_image = p.ih * p.x_row;
	p.y_pixel = p.c + pool_cases[_i].y_gap;
	p.y_row = p.ow * p.y_pixel;
	p.y_image = p.oh * p.y_row;
	p.x_zero = random_between(0, 255);
	p.y_zero = random_between(0, 255);
	p.hi = 255;
	p.factors = pool_cases[_i].one_factor ? 1 : p.kh * p.kw + 1;
	x_size = (size_t)(p.n * p.x_image);
	y_size = (size_t)(p.n * p.y_image);
	x = bytes(x_size);
	y = bytes(y_size);
	most = bytes(y_size);
	mean = bytes(y_size);
	factor = bytes((size_t)p.factors * sizeof *factor);
	for (edgert_int k = 0; k < p.factors; k++)
		factor[k] = p.factors == 1 ? 0.013f : k ? 0.7f / (float)k : 0.0f;
	for (size_t i = 0; i < x_size; i++)
		x[i] = (uint8_t)random_between(0, 255);
	memset(most, GUARD, y_size);
	memset(mean, GUARD, y_size);
	for (edgert_int i = 0; i < p.n * p.oh * p.ow * p.c; i++) {
		const edgert_int pixel = i / p.c;
		const edgert_int at = pixel * p.y_pixel + i % p.c;
		edgert_int max, sum, count;
		int32_t bits;

		window_of(&p, x, i, &max, &sum, &count);
		memcpy(&bits, &factor[p.factors == 1 ? 0 : count], sizeof bits);
		most[at] = (uint8_t)max;
		mean[at] = requantized(sum, bits, p.y_zero, p.lo, p.hi);
	}
	for (size_t b = 0; b < ARRAY_LEN(builds); b++) {
		if (!builds[b]->runs_here())
			continue;
		memset(y, GUARD, y_size);
		builds[b]->maxpool2d(&p, x, y);
		check_bytes(y, most, y_size, pool_cases[_i].name, builds[b]->name);
		memset(y, GUARD, y_size);
		builds[b]->averagepool2d(&p, x, factor, y);
		check_bytes(y, mean, y_size, pool_cases[_i].name, builds[b]->name);
	}
	free(x);
	free(y);
	free(most);
	free(mean);
	free(factor);
}
END_TEST

Suite *suite_x86_u8(void)
{
	const struct unit_test tests[] = {
		{ "convolution", convolution, ARRAY_LEN(conv_cases) },
		{ "product", product, ARRAY_LEN(gemm_cases) },
		{ "addition", addition, ARRAY_LEN(add_cases) },
		{ "pool", pool, ARRAY_LEN(pool_cases) },
	};
	return UNIT_SUITE("x86_u8", tests);
}
