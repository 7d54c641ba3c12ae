/* The vector kernels of weights of 8, 4 and 2 bits against the sum of products with the weights as
 * reals, in every width: packed here as the kernel's file says. */
#include "random.h"
#include "unit.h"
#include "vec.h"

#include <stdlib.h>
#include <string.h>

static const struct packed_case {
	const char *name;
	int n, ih, iw, ci, co, k, stride, dilation, pad, groups, block;
	int gap; /* unused elements after each pixel */
} cases[] = {
	{ "one_row_one_channel", 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0 },
	{ "row_of_words", 1, 1, 1, 64, 40, 1, 1, 1, 0, 1, 32, 0 },
	{ "tile_and_a_row", 1, 1, 5, 16, 33, 1, 1, 1, 0, 1, 16, 0 },
	{ "all_tiles", 1, 1, 13, 16, 20, 1, 1, 1, 0, 1, 8, 0 },
	{ "two_tiles_three_rows", 1, 1, 11, 20, 16, 1, 1, 1, 0, 1, 0, 1 },
	{ "rest_of_a_block", 1, 1, 4, 70, 18, 1, 1, 1, 0, 1, 16, 0 },
	{ "block_no_whole_words", 1, 1, 6, 23, 9, 1, 1, 1, 0, 1, 5, 2 },
	{ "block_wider_than_row", 1, 1, 2, 7, 3, 1, 1, 1, 0, 1, 64, 0 },
	{ "same", 2, 5, 6, 3, 9, 3, 1, 1, 1, 1, 0, 1 },
	{ "stride_and_dilation", 1, 9, 8, 2, 20, 3, 2, 2, 2, 1, 0, 0 },
	{ "blocks_of_a_window", 1, 4, 3, 7, 12, 3, 1, 1, 1, 1, 3, 0 },
	{ "groups", 2, 4, 4, 6, 10, 3, 1, 1, 1, 2, 0, 0 },
	{ "blocks_in_groups", 1, 2, 2, 10, 34, 1, 1, 1, 0, 2, 4, 1 },
	{ "no_rows", 1, 1, 0, 4, 4, 1, 1, 1, 0, 1, 0, 0 },
};

struct data {
	struct edgert_conv2d p;
	size_t nx, ny;
	int bits, segments, per_tap; /* of a window; of a tap */
	float *x, *b, *operand;
	int *q, *zero; /* [co][taps][cig]; [co][segments] */
	float *scale;  /* [co][segments] */
};

/* The segment of a window that channel c of tap t is in. */
static int segment(const struct data *d, edgert_int t, edgert_int c)
{
	return d->p.block ? (int)(t * d->per_tap + c / d->p.block) : 0;
}

static struct data make(const struct packed_case *t, int bits, bool zeros)
{
	struct edgert_conv2d p = { .n = t->n,
				   .ih = t->ih,
				   .iw = t->iw,
				   .ci = t->ci,
				   .co = t->co,
				   .kh = t->ih > 1 ? t->k : 1,
				   .kw = t->k,
				   .sh = t->stride,
				   .sw = t->stride,
				   .dh = t->dilation,
				   .dw = t->dilation,
				   .pt = t->ih > 1 ? t->pad : 0,
				   .pl = t->pad,
				   .groups = t->groups,
				   .block = t->block };
	struct data d = { .bits = bits };
	const edgert_int cig = p.ci / p.groups, taps = p.kh * p.kw;

	p.oh = (p.ih + 2 * p.pt - (p.kh - 1) * p.dh - 1) / p.sh + 1;
	p.ow = p.iw ? (p.iw + 2 * p.pl - (p.kw - 1) * p.dw - 1) / p.sw + 1 : 0;
	p.x_pixel = p.ci + t->gap;
	p.x_row = p.iw * p.x_pixel;
	p.x_image = p.ih * p.x_row;
	p.y_pixel = p.co + t->gap;
	p.y_row = p.ow * p.y_pixel;
	p.y_image = p.oh * p.y_row;
	d.p = p;
	d.per_tap = p.block ? (int)((cig + p.block - 1) / p.block) : 1;
	d.segments = p.block ? (int)taps * d.per_tap : 1;
	d.nx = (size_t)(p.n * p.x_image);
	d.ny = (size_t)(p.n * p.y_image);
	d.x = vec_floats(d.nx);
	d.b = vec_floats((size_t)p.co);
	d.operand = vec_floats(d.ny);
	vec_fill(d.x, d.nx, 8);
	vec_fill(d.b, (size_t)p.co, 8);
	vec_fill(d.operand, d.ny, 8);
	d.q = calloc((size_t)(p.co * taps * cig), sizeof *d.q);
	d.zero = calloc((size_t)(p.co * d.segments), sizeof *d.zero);
	d.scale = vec_floats((size_t)(p.co * d.segments));
	for (edgert_int i = 0; i < p.co * taps * cig; i++)
		d.q[i] = random_between(0, (1 << bits) - 1);
	for (edgert_int i = 0; i < p.co * d.segments; i++) {
		d.zero[i] = zeros ? random_between(0, (1 << bits) - 1) : 1 << (bits - 1);
		d.scale[i] = 0.25f * (float)random_between(1, 8);
	}
	return d;
}

static void discard(struct data *d)
{
	free(d->x), free(d->b), free(d->operand), free(d->q), free(d->zero), free(d->scale);
}

static double sum_at(const struct data *d, edgert_int n, edgert_int oh, edgert_int ow,
		     edgert_int oc)
{
	const struct edgert_conv2d *p = &d->p;
	const edgert_int cig = p->ci / p->groups, g = oc / (p->co / p->groups);
	double sum = 0;

	for (edgert_int t = 0; t < p->kh * p->kw; t++) {
		const edgert_int h = oh * p->sh - p->pt + t / p->kw * p->dh;
		const edgert_int v = ow * p->sw - p->pl + t % p->kw * p->dw;

		for (edgert_int c = 0; c < cig && h >= 0 && h < p->ih && v >= 0 && v < p->iw; c++) {
			const edgert_int at = oc * d->segments + segment(d, t, c);
			const int w = d->q[(oc * p->kh * p->kw + t) * cig + c] - d->zero[at];

			sum += (double)d->x[n * p->x_image + h * p->x_row + v * p->x_pixel +
					    g * cig + c] *
			       (double)w * (double)d->scale[at];
		}
	}
	return sum;
}

static float *define(const struct data *d, bool full)
{
	const struct edgert_conv2d *p = &d->p;
	float *y = vec_floats(d->ny);

	for (size_t i = 0; i < d->ny; i++)
		y[i] = VEC_GUARD;
	for (edgert_int i = 0; i < p->n * p->oh * p->ow * p->co; i++) {
		const edgert_int oc = i % p->co, ow = i / p->co % p->ow;
		const edgert_int oh = i / p->co / p->ow % p->oh, n = i / p->co / p->ow / p->oh;
		const edgert_int at = n * p->y_image + oh * p->y_row + ow * p->y_pixel + oc;
		const double sum = sum_at(d, n, oh, ow, oc);

		y[at] = (float)(full ? 2 * (sum + (double)d->b[oc]) + (double)d->operand[at] +
						(double)oc
				     : sum);
	}
	return y;
}

/* -- packing --------------------------------------------------------------------------- */

struct packed {
	int8_t *w;
	float *s, *z, *scratch;
};

/* Words that the first k weights of a window begin. */
static edgert_int words_before(const struct data *d, edgert_int k)
{
	const edgert_int cig = d->p.ci / d->p.groups, items = 32 / d->bits;
	edgert_int words = 0, item = 0;

	for (edgert_int i = 0; i < k; i++) {
		const bool begins = i == 0 || segment(d, i / cig, i % cig) !=
						      segment(d, (i - 1) / cig, (i - 1) % cig);

		item = begins ? 0 : (item + 1) % items;
		words += item == 0;
	}
	return words;
}

static struct packed pack(const struct data *d, int lanes)
{
	const struct edgert_conv2d *p = &d->p;
	const edgert_int cig = p->ci / p->groups, cog = p->co / p->groups, taps = p->kh * p->kw;
	const edgert_int width = 2 * lanes, panels = (cog + width - 1) / width;
	const edgert_int items = 32 / d->bits, words = words_before(d, taps * cig);
	struct packed k;

	k.w = calloc((size_t)(p->groups * panels * words * width), 4);
	ck_assert_ptr_nonnull(k.w);
	for (edgert_int i = 0, item = 0; i < taps * cig; i++) {
		const edgert_int word = words_before(d, i + 1) - 1;

		item = word == words_before(d, i) - 1 ? item + 1 : 0;
		for (edgert_int oc = 0; oc < p->co; oc++) {
			const edgert_int panel = oc / cog * panels + oc % cog / width;
			const edgert_int at = (panel * words + word) * width + oc % cog % width;
			const edgert_int bit = at * 32 + item * d->bits;

			k.w[bit / 8] =
				(int8_t)(k.w[bit / 8] | d->q[oc * taps * cig + i] << bit % 8);
		}
	}
	k.s = calloc((size_t)(p->groups * panels * d->segments * width), sizeof *k.s);
	k.z = calloc((size_t)(p->groups * panels * d->segments * width), sizeof *k.z);
	for (edgert_int i = 0; i < p->co * d->segments; i++) {
		const edgert_int oc = i / d->segments, g = i % d->segments;
		const edgert_int panel = oc / cog * panels + oc % cog / width;
		const edgert_int at = (panel * d->segments + g) * width + oc % cog % width;

		k.s[at] = d->scale[i];
		k.z[at] = (float)d->zero[i];
	}
	k.scratch = vec_floats((size_t)((lanes == 16 ? 8 : 4) * (words * items + d->segments)));
	return k;
}

static void run(const struct packed_case *t, int form, bool full)
{
	static const int bits[] = { 8, 4, 2 };
	struct data d = make(t, bits[form], full);
	const void *operands[] = { d.operand };
	float *wanted = define(&d, full);

	for (int b = 0; b < 4; b++) {
		struct packed k = pack(&d, vec_builds[b]->lanes);
		float *y = vec_floats(d.ny);
		char what[80];

		for (size_t i = 0; i < d.ny; i++)
			y[i] = VEC_GUARD;
		snprintf(what, sizeof what, "%s, %d bits, %d lanes", t->name, bits[form],
			 vec_builds[b]->lanes);
		vec_builds[b]->packed[form](&d.p, d.x, k.w, k.s, full ? k.z : NULL,
					    full ? d.b : NULL, y, k.scratch,
					    full ? operands : NULL);
		vec_expect(y, wanted, d.ny, what);
		free(y), free(k.w), free(k.s), free(k.z), free(k.scratch);
	}
	free(wanted);
	discard(&d);
}

START_TEST(packed_weights)
{
	vec_seed(_i);
	for (int form = 0; form < 3; form++) {
		run(&cases[_i], form, false);
		run(&cases[_i], form, true);
	}
}
END_TEST

Suite *suite_vec_packed(void)
{
	Suite *s = suite_create("vec_packed");
	TCase *t = tcase_create("core");

	tcase_add_loop_test(t, packed_weights, 0, (int)ARRAY_LEN(cases));
	suite_add_tcase(s, t);
	return s;
}
