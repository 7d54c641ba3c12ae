/* The integer reference kernels against the contract in params.h, term by term, over shape tables:
 * every bit, for both kinds of activation and both roundings. Pixels lie apart and between guards. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "q8.h"
#include "random.h"

enum { GUARD = 9, UNTOUCHED = 0x5a };
enum form { S8 = 0, U8 = 1, FIXED = 2, W4 = 4, FORMS = 8 };

static uint8_t *bytes(edgert_int n, int fill)
{
	uint8_t *p = malloc((size_t)(n + 2 * GUARD));

	ck_assert_ptr_nonnull(p);
	memset(p, UNTOUCHED, (size_t)(n + 2 * GUARD));
	for (edgert_int i = 0; fill && i < n; i++)
		p[GUARD + i] = (uint8_t)random_between(0, 255);
	return p + GUARD;
}

static int8_t *weights(edgert_int n, enum form f)
{
	int8_t *w = (int8_t *)bytes(n, 1);

	for (edgert_int i = 0; f & W4 && i < n; i++)
		w[i] = (int8_t)((w[i] & 15) - 8);
	return w;
}

/* w as the kernel reads it, in new memory that ends where it does. */
static int8_t *stored(const int8_t *w, edgert_int n, enum form f)
{
	size_t size = (size_t)(f & W4 ? (n + 1) / 2 : n);
	int8_t *out = calloc(size ? size : 1, 1);

	ck_assert_ptr_nonnull(out);
	for (edgert_int i = 0; i < n; i++)
		if (f & W4)
			out[i / 2] = (int8_t)(out[i / 2] | (int)((unsigned)w[i] & 15) << i % 2 * 4);
		else
			out[i] = w[i];
	return out;
}

static int32_t element(const uint8_t *p, edgert_int i, enum form f)
{
	return f & U8 ? p[i] : (int8_t)p[i];
}

/* Biases and scales that make results of all sizes, ties among them. */
static int32_t *numbers(edgert_int channels, enum form f, edgert_int *shift)
{
	int32_t *q = malloc((size_t)(channels ? channels : 1) * 2 * sizeof *q);

	ck_assert_ptr_nonnull(q);
	*shift = random_between(0, 3) - 1;
	for (edgert_int c = 0; c < channels; c++) {
		float factor = c % 3 == 0 ? 0.0078125f : (float)random_between(1, 1000) / 65536;

		q[2 * c] = random_between(-3000, 3000);
		if (f & FIXED)
			q[2 * c + 1] = (int32_t)ldexp((double)factor, 32 + (int)*shift);
		else
			memcpy(&q[2 * c + 1], &factor, sizeof factor);
	}
	return q;
}

static uint8_t contract(int64_t acc, int32_t scale, enum form f, edgert_int shift, edgert_int zero,
			edgert_int lo, edgert_int hi)
{
	int64_t v;
	float factor;

	if (f & FIXED) {
		double exact =
			(double)(acc * scale) / ldexp(1, 32 + (int)shift); /* 53 bits hold it */

		v = (int64_t)floor(exact + 0.5);
	} else {
		memcpy(&factor, &scale, sizeof factor);
		v = (int64_t)nearbyintf((float)acc * factor);
	}
	v += zero;
	return (uint8_t)(v < lo ? lo : v > hi ? hi : v);
}

/* y, of `size` bytes, has want where that is not negative, and is untouched elsewhere. */
static void compare(const char *name, enum form f, const uint8_t *y, const int *want,
		    edgert_int size)
{
	for (edgert_int i = -GUARD; i < size + GUARD; i++) {
		int e = i < 0 || i >= size || want[i] < 0 ? UNTOUCHED : want[i];

		if (y[i] != e)
			ck_abort_msg("%s, form %d: y[%td] is %d, not %d", name, f, i, y[i], e);
	}
}

static int *wanted(edgert_int size)
{
	int *p = malloc((size_t)(size ? size : 1) * sizeof *p);

	ck_assert_ptr_nonnull(p);
	for (edgert_int i = 0; i < size; i++)
		p[i] = -1;
	return p;
}

/* ---- convolution --------------------------------------------------------------------- */

static const struct {
	const char *name;
	int n, ih, iw, ci, oh, ow, co, kh, kw, sh, sw, dh, dw, pt, pl, groups;
} convs[] = {
	{ "pointwise", 1, 3, 4, 5, 3, 4, 6, 1, 1, 1, 1, 1, 1, 0, 0, 1 },
	{ "same_3x3", 2, 5, 6, 3, 5, 6, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1 },
	{ "stride_2_odd", 1, 7, 5, 2, 4, 3, 4, 3, 3, 2, 2, 1, 1, 1, 1, 1 },
	{ "pads_wider_than_kernel", 1, 2, 2, 2, 8, 8, 3, 2, 3, 1, 1, 1, 1, 3, 4, 1 },
	{ "dilated", 1, 9, 9, 2, 5, 7, 5, 3, 2, 1, 1, 2, 3, 0, 1, 1 },
	{ "dilated_beyond_image", 1, 2, 3, 2, 4, 5, 2, 3, 3, 1, 1, 3, 4, 4, 5, 1 },
	{ "groups", 1, 4, 4, 6, 4, 4, 10, 3, 3, 1, 1, 1, 1, 1, 1, 2 },
	{ "depthwise", 2, 5, 4, 7, 5, 4, 7, 3, 3, 1, 1, 1, 1, 1, 1, 7 },
	{ "depthwise_stride_dilation", 1, 9, 8, 3, 4, 4, 3, 3, 2, 2, 2, 2, 1, 1, 0, 3 },
	{ "depth_multiplier", 1, 4, 4, 3, 4, 4, 6, 3, 3, 1, 1, 1, 1, 1, 1, 3 },
	{ "one_axis", 1, 1, 11, 3, 1, 6, 4, 1, 5, 1, 2, 1, 1, 0, 2, 1 },
	{ "kernel_is_image", 1, 3, 3, 4, 1, 1, 5, 3, 3, 1, 1, 1, 1, 0, 0, 1 },
	{ "no_images", 0, 3, 3, 2, 3, 3, 2, 1, 1, 1, 1, 1, 1, 0, 0, 1 },
	{ "no_channels_in", 1, 2, 2, 0, 2, 2, 3, 1, 1, 1, 1, 1, 1, 0, 0, 1 },
};

static struct edgert_conv2d conv_params(int row, int pad, enum form f)
{
	struct edgert_conv2d p = { .n = convs[row].n,
				   .ih = convs[row].ih,
				   .iw = convs[row].iw,
				   .ci = convs[row].ci,
				   .oh = convs[row].oh,
				   .ow = convs[row].ow,
				   .co = convs[row].co,
				   .kh = convs[row].kh,
				   .kw = convs[row].kw,
				   .sh = convs[row].sh,
				   .sw = convs[row].sw,
				   .dh = convs[row].dh,
				   .dw = convs[row].dw,
				   .pt = convs[row].pt,
				   .pl = convs[row].pl,
				   .groups = convs[row].groups };

	p.x_pixel = p.ci + pad, p.x_row = p.iw * p.x_pixel + pad, p.x_image = p.ih * p.x_row;
	p.y_pixel = p.co + pad, p.y_row = p.ow * p.y_pixel + pad, p.y_image = p.oh * p.y_row + pad;
	p.x_zero = f & U8 ? 131 : -3;
	p.y_zero = f & U8 ? 120 : 5;
	p.lo = f & U8 ? 17 : -101;
	p.hi = f & U8 ? 255 : 127;
	return p;
}

/* The bias counts every tap of plain x: outside the image x is x_zero. */
static int64_t conv_sum(const struct edgert_conv2d *p, const uint8_t *x, const int8_t *w,
			enum form f, edgert_int n, edgert_int oh, edgert_int ow, edgert_int oc)
{
	edgert_int cig = p->ci / p->groups, g = oc / (p->co / p->groups);
	int64_t sum = 0;

	for (edgert_int kh = 0; kh < p->kh; kh++)
		for (edgert_int kw = 0; kw < p->kw; kw++)
			for (edgert_int c = 0; c < cig; c++) {
				edgert_int ih = oh * p->sh - p->pt + kh * p->dh,
					   iw = ow * p->sw - p->pl + kw * p->dw;
				bool inside = ih >= 0 && ih < p->ih && iw >= 0 && iw < p->iw;
				int64_t v = inside ? element(x,
							     n * p->x_image + ih * p->x_row +
								     iw * p->x_pixel + g * cig + c,
							     f)
						   : p->x_zero;

				sum += v * w[((oc * p->kh + kh) * p->kw + kw) * cig + c];
			}
	return sum;
}

static void run_conv2d(const struct edgert_conv2d *p, enum form f, const uint8_t *x,
		       const int8_t *w, const int32_t *q, uint8_t *y)
{
	const int8_t *s = (const int8_t *)x;
	int8_t *t = (int8_t *)y;

	switch ((int)f) {
	case S8:
		edgert_conv2d_s8__ref(p, s, w, q, t, NULL);
		break;
	case U8:
		edgert_conv2d_u8__ref(p, x, w, q, y, NULL);
		break;
	case FIXED:
		edgert_conv2d_s8__fixed(p, s, w, q, t, NULL);
		break;
	case U8 | FIXED:
		edgert_conv2d_u8__fixed(p, x, w, q, y, NULL);
		break;
	case W4:
		edgert_conv2d_s8w4__ref(p, s, w, q, t, NULL);
		break;
	case U8 | W4:
		edgert_conv2d_u8w4__ref(p, x, w, q, y, NULL);
		break;
	case FIXED | W4:
		edgert_conv2d_s8w4__fixed(p, s, w, q, t, NULL);
		break;
	default:
		edgert_conv2d_u8w4__fixed(p, x, w, q, y, NULL);
	}
}

static void check_conv(int row, int pad, enum form f)
{
	struct edgert_conv2d p = conv_params(row, pad, f);
	edgert_int xs = p.n * p.x_image, ys = p.n * p.y_image;
	edgert_int ws = p.co * p.kh * p.kw * (p.ci / p.groups);
	uint8_t *x = bytes(xs, 1), *y = bytes(ys, 0);
	int8_t *w = weights(ws, f), *in = stored(w, ws, f);
	int32_t *q = numbers(p.co, f, &p.shift);
	int *want = wanted(ys);

	for (edgert_int n = 0; n < p.n; n++)
		for (edgert_int h = 0; h < p.oh; h++)
			for (edgert_int v = 0; v < p.ow; v++)
				for (edgert_int c = 0; c < p.co; c++)
					want[n * p.y_image + h * p.y_row + v * p.y_pixel + c] =
						contract(q[2 * c] +
								 conv_sum(&p, x, w, f, n, h, v, c),
							 q[2 * c + 1], f, p.shift, p.y_zero, p.lo,
							 p.hi);
	run_conv2d(&p, f, x, in, q, y);
	compare(convs[row].name, f, y, want, ys);
	free(x - GUARD);
	free(w - GUARD);
	free(in);
	free(y - GUARD);
	free(q);
	free(want);
}

/* The sums of one pixel's channels, and nothing beside them. */
static void check_sums(const char *name, const int32_t *y, const int64_t *want, edgert_int channels)
{
	for (edgert_int c = 0; c <= channels; c++) {
		int64_t e = c < channels ? want[c] : UNTOUCHED;

		if (y[c] != e)
			ck_abort_msg("%s: sum %td is %d, not %lld", name, c, (int)y[c],
				     (long long)e);
	}
}

static void check_conv_sums(int row, enum form f)
{
	struct edgert_conv2d p = conv_params(row, 1, f);
	edgert_int xs = p.n * p.x_image, ys = p.n * p.y_image;
	edgert_int ws = p.co * p.kh * p.kw * (p.ci / p.groups);
	uint8_t *x = bytes(xs, 1);
	int8_t *w = weights(ws, f), *in = stored(w, ws, f);
	int32_t *q = numbers(p.co, f, &p.shift);
	int32_t *y = malloc((size_t)(ys + 1) * sizeof *y);
	int64_t want[16];

	for (edgert_int i = 0; i <= ys; i++)
		y[i] = UNTOUCHED;
	if (f == S8)
		edgert_conv2d_s8s32__ref(&p, (const int8_t *)x, in, q, y, NULL);
	else if (f == U8)
		edgert_conv2d_u8s32__ref(&p, x, in, q, y, NULL);
	else if (f & U8)
		edgert_conv2d_u8s32w4__ref(&p, x, in, q, y, NULL);
	else
		edgert_conv2d_s8s32w4__ref(&p, (const int8_t *)x, in, q, y, NULL);
	for (edgert_int n = 0; n < p.n; n++)
		for (edgert_int h = 0; h < p.oh; h++)
			for (edgert_int v = 0; v < p.ow; v++) {
				for (edgert_int c = 0; c < p.co; c++)
					want[c] = q[2 * c] + conv_sum(&p, x, w, f, n, h, v, c);
				check_sums(convs[row].name,
					   y + n * p.y_image + h * p.y_row + v * p.y_pixel, want,
					   p.co);
			}
	free(x - GUARD);
	free(w - GUARD);
	free(in);
	free(q);
	free(y);
}

START_TEST(conv_sums)
{
	random_seed(_i);
	for (int f = 0; f < FORMS; f++)
		if (!(f & FIXED))
			check_conv_sums(_i, (enum form)f);
}
END_TEST

START_TEST(conv)
{
	random_seed(_i);
	for (int f = 0; f < FORMS; f++) {
		check_conv(_i, 0, (enum form)f);
		check_conv(_i, 3, (enum form)f);
	}
}
END_TEST

/* ---- matrix product ------------------------------------------------------------------ */

static const struct {
	const char *name;
	int m, n, k;
} gemms[] = {
	{ "one", 1, 1, 1 },          { "tile", 3, 4, 8 },       { "tile_less_one", 2, 3, 7 },
	{ "tile_and_one", 2, 5, 9 }, { "row", 1, 12, 64 },      { "nothing_summed", 2, 5, 0 },
	{ "no_rows", 0, 4, 4 },      { "no_columns", 2, 0, 4 },
};

static void run_gemm(const struct edgert_gemm *p, enum form f, const uint8_t *a, const int8_t *w,
		     const int32_t *q, uint8_t *y)
{
	const int8_t *s = (const int8_t *)a;
	int8_t *t = (int8_t *)y;

	switch ((int)f) {
	case S8:
		edgert_gemm_s8__ref(p, s, w, q, t, NULL);
		break;
	case U8:
		edgert_gemm_u8__ref(p, a, w, q, y, NULL);
		break;
	case FIXED:
		edgert_gemm_s8__fixed(p, s, w, q, t, NULL);
		break;
	case U8 | FIXED:
		edgert_gemm_u8__fixed(p, a, w, q, y, NULL);
		break;
	case W4:
		edgert_gemm_s8w4__ref(p, s, w, q, t, NULL);
		break;
	case U8 | W4:
		edgert_gemm_u8w4__ref(p, a, w, q, y, NULL);
		break;
	case FIXED | W4:
		edgert_gemm_s8w4__fixed(p, s, w, q, t, NULL);
		break;
	default:
		edgert_gemm_u8w4__fixed(p, a, w, q, y, NULL);
	}
}

static void check_gemm(int row, enum form f)
{
	struct edgert_gemm p = {
		.batch = 1, .m = gemms[row].m, .n = gemms[row].n, .k = gemms[row].k
	};
	edgert_int xs, ys;
	uint8_t *a, *y;
	int8_t *w = weights(p.n * p.k, f), *in = stored(w, p.n * p.k, f);
	int32_t *q = numbers(p.n, f, &p.shift);
	int *want;

	p.a_row = p.k + 2;
	p.a_col = 1;
	p.y_row = p.n + 3;
	p.y_zero = f & U8 ? 100 : -7;
	p.lo = f & U8 ? 0 : -128;
	p.hi = f & U8 ? 250 : 90;
	xs = p.m * p.a_row;
	ys = p.m * p.y_row;
	a = bytes(xs, 1);
	y = bytes(ys, 0);
	want = wanted(ys);
	for (edgert_int i = 0; i < p.m; i++)
		for (edgert_int j = 0; j < p.n; j++) {
			int64_t sum = q[2 * j];

			for (edgert_int k = 0; k < p.k; k++)
				sum += element(a, i * p.a_row + k, f) * w[j * p.k + k];
			want[i * p.y_row + j] =
				contract(sum, q[2 * j + 1], f, p.shift, p.y_zero, p.lo, p.hi);
		}
	run_gemm(&p, f, a, in, q, y);
	compare(gemms[row].name, f, y, want, ys);
	free(a - GUARD);
	free(w - GUARD);
	free(in);
	free(y - GUARD);
	free(q);
	free(want);
}

static void check_gemm_sums(int row, enum form f)
{
	struct edgert_gemm p = {
		.batch = 1, .m = gemms[row].m, .n = gemms[row].n, .k = gemms[row].k
	};
	edgert_int ys;
	uint8_t *a;
	int8_t *w = weights(p.n * p.k, f), *in = stored(w, p.n * p.k, f);
	int32_t *q = numbers(p.n, f, &p.shift), *y;
	int64_t want[16];

	p.a_row = p.k + 2;
	p.a_col = 1;
	p.y_row = p.n + 1;
	ys = p.m * p.y_row;
	a = bytes(p.m * p.a_row, 1);
	y = malloc((size_t)(ys + 1) * sizeof *y);
	for (edgert_int i = 0; i <= ys; i++)
		y[i] = UNTOUCHED;
	if (f == S8)
		edgert_gemm_s8s32__ref(&p, (const int8_t *)a, in, q, y, NULL);
	else if (f == U8)
		edgert_gemm_u8s32__ref(&p, a, in, q, y, NULL);
	else if (f & U8)
		edgert_gemm_u8s32w4__ref(&p, a, in, q, y, NULL);
	else
		edgert_gemm_s8s32w4__ref(&p, (const int8_t *)a, in, q, y, NULL);
	for (edgert_int i = 0; i < p.m; i++) {
		for (edgert_int j = 0; j < p.n; j++) {
			want[j] = q[2 * j];
			for (edgert_int k = 0; k < p.k; k++)
				want[j] += element(a, i * p.a_row + k, f) * w[j * p.k + k];
		}
		check_sums(gemms[row].name, y + i * p.y_row, want, p.n);
	}
	free(a - GUARD);
	free(w - GUARD);
	free(in);
	free(q);
	free(y);
}

START_TEST(gemm_sums)
{
	random_seed(_i);
	for (int f = 0; f < FORMS; f++)
		if (!(f & FIXED))
			check_gemm_sums(_i, (enum form)f);
}
END_TEST

START_TEST(gemm)
{
	random_seed(_i);
	for (int f = 0; f < FORMS; f++)
		check_gemm(_i, (enum form)f);
}
END_TEST

Suite *suite_q8(void)
{
	Suite *s = suite_create("q8");
	TCase *t = tcase_create("ref");

	tcase_add_loop_test(t, conv, 0, (int)ARRAY_LEN(convs));
	tcase_add_loop_test(t, gemm, 0, (int)ARRAY_LEN(gemms));
	tcase_add_loop_test(t, conv_sums, 0, (int)ARRAY_LEN(convs));
	tcase_add_loop_test(t, gemm_sums, 0, (int)ARRAY_LEN(gemms));
	suite_add_tcase(s, t);
	return s;
}
