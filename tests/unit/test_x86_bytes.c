/* The kernels of x86 that add and pool bytes against the contract in params.h computed naively, byte
 * for byte, in every width and instruction set that this machine has, and in the portable models. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/unit.h"
#include "tests/unit/x86_u8.h"

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
		x[k] = x86_bytes(size[k]);
		for (size_t i = 0; i < size[k]; i++)
			x[k][i] = (uint8_t)random_between(0, 255);
	}
	p.a_pixel = c + gaps[0];
	p.b_pixel = c + gaps[1];
	p.y_pixel = c + gaps[2];
	p.a_image = h * (p.a_row = w * p.a_pixel);
	p.b_image = h * (p.b_row = w * p.b_pixel);
	p.y_image = h * (p.y_row = w * p.y_pixel);
	wanted = x86_bytes(size[2]);
	y = x86_bytes(size[2]);
	for (int round = 0; round < 4; round++) {
		/* Ties, and sums beyond both bounds. */
		const float f[3] = { round & 1 ? 0.5f : 1.37f, round & 1 ? -0.25f : 0.83f,
				     round & 1 ? 20.0f : -70.0f };
		int32_t q[3];

		memcpy(q, f, sizeof q);
		p.fused = round / 2;
		p.lo = round & 1 ? 3 : 0;
		p.hi = round & 1 ? 99 : 255;
		memset(wanted, X86_GUARD, size[2]);
		for (edgert_int i = 0; i < count; i++)
			wanted[with_gap(i, c, gaps[2])] =
				summed(&p, f, x[0][with_gap(i, c, gaps[0])],
				       x[1][with_gap(i, c, gaps[1])]);
		for (size_t b = 0; b < X86_BUILDS; b++) {
			if (!x86_builds[b]->runs_here())
				continue;
			memset(y, X86_GUARD, size[2]);
			if (add_cases[_i].in_place)
				memcpy(y, x[0], size[2]);
			x86_builds[b]->add(&p, add_cases[_i].in_place ? y : x[0], x[1], q, y);
			x86_check(y, wanted, size[2], add_cases[_i].name, x86_builds[b]->name);
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
	x = x86_bytes(x_size);
	y = x86_bytes(y_size);
	most = x86_bytes(y_size);
	mean = x86_bytes(y_size);
	factor = x86_bytes((size_t)p.factors * sizeof *factor);
	for (edgert_int k = 0; k < p.factors; k++)
		factor[k] = p.factors == 1 ? 0.013f : k ? 0.7f / (float)k : 0.0f;
	for (size_t i = 0; i < x_size; i++)
		x[i] = (uint8_t)random_between(0, 255);
	memset(most, X86_GUARD, y_size);
	memset(mean, X86_GUARD, y_size);
	for (edgert_int i = 0; i < p.n * p.oh * p.ow * p.c; i++) {
		const edgert_int pixel = i / p.c;
		const edgert_int at = pixel * p.y_pixel + i % p.c;
		edgert_int max, sum, count;
		int32_t bits;

		window_of(&p, x, i, &max, &sum, &count);
		memcpy(&bits, &factor[p.factors == 1 ? 0 : count], sizeof bits);
		most[at] = (uint8_t)max;
		mean[at] = x86_requantized(sum, bits, p.y_zero, p.lo, p.hi);
	}
	for (size_t b = 0; b < X86_BUILDS; b++) {
		if (!x86_builds[b]->runs_here())
			continue;
		memset(y, X86_GUARD, y_size);
		x86_builds[b]->maxpool2d(&p, x, y);
		x86_check(y, most, y_size, pool_cases[_i].name, x86_builds[b]->name);
		memset(y, X86_GUARD, y_size);
		x86_builds[b]->averagepool2d(&p, x, factor, y);
		x86_check(y, mean, y_size, pool_cases[_i].name, x86_builds[b]->name);
	}
	free(x);
	free(y);
	free(most);
	free(mean);
	free(factor);
}
END_TEST

Suite *suite_x86_bytes(void)
{
	const struct unit_test tests[] = {
		{ "addition", addition, ARRAY_LEN(add_cases) },
		{ "pool", pool, ARRAY_LEN(pool_cases) },
	};
	return UNIT_SUITE("x86_bytes", tests);
}
