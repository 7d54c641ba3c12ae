/* The integer kernels of one set against their definition, bit for bit, over the shapes of int8.def.
 * The unit tests run this on the host, through the ISA headers' portable models, and targets.tap on
 * an emulated machine. Compiled with
 *
 *	INT8_SET	dsp, mve, rvv, scalar, q128: the kernels
 *	INT8_Q128	with q128, whose form is EDGERT_Q128_TAPS: how many registers of 128 bits there are
 *	INT8_WIDE	defined: those of activations in 16 bits; then also
 *	INT8_FITS	what says whether a convolution is the set's, where not all are
 *	INT8_DEPTHWISE	defined where the set has a depthwise convolution
 *	INT8_W4		defined where the set has kernels of weights of 4 bits: of so many taps, how many
 *			weights are the lower halves of bytes before as many are the upper ones
 *	INT8_CHECK	the name of the function, which returns NULL or the case that failed
 *	INT8_ADD	defined where the set has an addition
 *	INT8_NUMBERS	what orders q for convolutions, where it is not int8_conv2d_numbers
 *	EDGERT_FIXED	as emitted code would
 *
 * x and w end where their arrays do, so that a sanitizer sees reads beyond; y lies between guards. */
#define EDGERT_KERNEL static
#include "compiler/plan/kernels/int8.h"
#include "compiler/plan/kernels/q128.h"

#define PASTE_(a, b, c, d) a##b##c##d
#define PASTE(a, b, c, d) PASTE_(a, b, c, d)
#ifdef INT8_WIDE
typedef int16_t element;
#define BITS 16
#define KERNEL(name) PASTE(edgert_, name, _s16__, INT8_SET)
#define PACK(name) PASTE(int8_wide_, name, PASTE(_, INT8_SET, _pack, ), )
#define SCRATCH(name) no_scratch
#define INT8_NUMBERS int8_conv2d_scalar_numbers
#else
typedef int8_t element;
#define BITS 8
#define KERNEL(name) PASTE(edgert_, name, _s8__, INT8_SET)
#define PACK(name) PASTE(int8_, name, PASTE(_, INT8_SET, _pack, ), )
#define SCRATCH(name) PASTE(int8_, name, PASTE(_, INT8_SET, _scratch, ), )
#define INT8_DEPTHWISE
#endif
#define KERNEL_W4(name) PASTE(edgert_, name, _s8w4__, INT8_SET)

/* Does the kernel take this convolution? */
#ifndef INT8_FITS
#define INT8_FITS(p) 1
#endif

/* The set's own order of biases and scales, or the usual. */
#ifdef INT8_Q128
#define INT8_NUMBERS(p, w, q, out) q128_numbers_of(p, depthwise, q, out)
#endif
#ifndef INT8_NUMBERS
#define INT8_NUMBERS int8_conv2d_numbers
#endif

#define STRING_(a) #a
#define STRING(a) STRING_(a)
/* Paths, no expressions. */
/* clang-format off */
#ifdef INT8_WIDE
#include STRING(runtime/kernels/INT8_SET/conv2d_s16.c)
#include STRING(runtime/kernels/INT8_SET/gemm_s16.c)
#ifdef INT8_DEPTHWISE
#include STRING(runtime/kernels/INT8_SET/dwconv2d_s16.c)
#define int8_wide_dwconv2d_scalar_pack int8_dwconv2d_scalar_pack
#define int8_wide_dwconv2d_rvv_pack int8_dwconv2d_rvv_pack
#endif
#else
#include STRING(runtime/kernels/INT8_SET/conv2d_s8.c)
#include STRING(runtime/kernels/INT8_SET/dwconv2d_s8.c)
#include STRING(runtime/kernels/INT8_SET/gemm_s8.c)
#ifndef INT8_Q128
#include STRING(runtime/kernels/INT8_SET/matmul_s8.c)
#endif
#endif
#ifdef INT8_ADD
#include STRING(runtime/kernels/INT8_SET/add_s8.c)
#endif
/* clang-format on */

#ifdef INT8_Q128
/* As functions of the other sets. */
static const struct q128_machine machine = { .taps = EDGERT_Q128_TAPS,
					     .registers = INT8_Q128,
					     .narrow = 1 };

static edgert_int int8_conv2d_q128_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return int8_q128_conv2d_pack(&machine, p, w, out);
}

static edgert_int int8_gemm_q128_pack(const struct edgert_gemm *p, const int8_t *w, int8_t *out)
{
	return int8_q128_gemm_pack(&machine, p, w, out);
}

static void q128_numbers_of(const struct edgert_conv2d *p, int depthwise, const int32_t *q,
			    int32_t *out)
{
	if (depthwise)
		int8_q128_dwconv2d_numbers(p, q, out);
	else
		int8_q128_conv2d_numbers(p, q, out);
}

#define int8_dwconv2d_q128_pack int8_q128_dwconv2d_pack
#define int8_conv2d_q128_scratch int8_q128_conv2d_scratch
#define int8_dwconv2d_q128_scratch int8_q128_dwconv2d_scratch
#define int8_gemm_q128_scratch int8_q128_gemm_scratch
#endif

enum { MOST = 4096, CHANNELS = 192, GUARD = 16, UNTOUCHED = 85 };

struct int8_case {
	const char *name;
	int ih, iw, ci, co, kh, kw, sh, sw, dh, dw, pt, pl, pb, pr, gap, shift, lo, hi;
};
#define CONV(name, ...) { #name, __VA_ARGS__ },
static const struct int8_case conv_cases[] = {
#include "int8.def"
};
#undef CONV

struct int8_product {
	const char *name;
	int batch, m, n, k, gap, shift, lo, hi;
};
#define GEMM(name, ...) { #name, __VA_ARGS__ },
static const struct int8_product gemm_cases[] = {
#include "int8.def"
};
#undef GEMM

static element x_elements[MOST], y_elements[MOST], wanted[MOST];
static int8_t w_bytes[MOST], packed[2 * MOST] EDGERT_ALIGNED(64);
static int8_t scratch[2 * MOST] EDGERT_ALIGNED(16);
#ifdef INT8_W4
static int8_t unfolded[2 * MOST];
#endif
static int32_t q[2 * CHANNELS], numbers[3 * CHANNELS];
#ifdef INT8_Q128
static int32_t y_sums[MOST], wanted_sums[MOST];
#endif
static uint32_t state;

#ifdef INT8_WIDE
static edgert_int no_scratch(const void *p)
{
	(void)p;
	return 0;
}
#endif

static int32_t random_below(int32_t n)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return (int32_t)(state % (uint32_t)n);
}

static element *random_elements(edgert_int n, int seed)
{
	for (edgert_int i = 0; i < MOST; i++) {
		x_elements[i] = (element)(random_below(1 << BITS) - (1 << (BITS - 1)));
		if (BITS == 8 && seed % 4 == 0)
			x_elements[i] = (element)(x_elements[i] < 0 ? -128 : 127);
	}
	return x_elements + MOST - n;
}

static int8_t *random_bytes(int8_t *array, edgert_int n)
{
	for (edgert_int i = 0; i < MOST; i++)
		array[i] = (int8_t)(random_below(256) - 128);
	return array + MOST - n;
}

/* The ends of their range only, in some of the cases; q128 refuses two weights that are -128. */
static const int8_t *random_weights(edgert_int n, int seed, int w4)
{
	int8_t *w = random_bytes(w_bytes, n);

	for (edgert_int i = 0; BITS == 8 && seed % 4 == 0 && i < n; i++)
		w[i] = (int8_t)(w[i] < 0 ? -128 : 127);
#ifdef INT8_Q128
	for (edgert_int i = 0; i < n; i++)
		w[i] = (int8_t)(w[i] < -127 ? -127 : w[i]);
#endif
	for (edgert_int i = 0; w4 && i < n; i++)
		w[i] = (int8_t)((w[i] & 15) - 8);
	return w;
}

/* Biases, and scales at which most results are in range: sums have a deviation of about
 * 5000 * sqrt(taps). A negative shift means a scale above a half. */
static void random_scales(int channels, int taps, int shift)
{
	int root = 1;

	while (root * root < taps)
		root++;
	for (int c = 0; c < channels; c++) {
		const int32_t part = 500 + random_below(500);

		q[2 * c] = random_below(20001) - 10000;
#if EDGERT_FIXED
		q[2 * c + 1] = (int32_t)(shift < 0 ? ((int64_t)(1000 + part) << 30) / 1000
						   : ((int64_t)part << (32 + shift)) /
							     ((int64_t)60000 * root));
#else
		q[2 * c + 1] = (int32_t)edgert_f32_bits((float)(shift < 0 ? 60000 + part : part) /
							(60000.0f * (float)root));
#endif
	}
}

static void begin(int seed)
{
	state = (uint32_t)seed * 2654435761u + 12345;
	for (int i = 0; i < MOST; i++)
		y_elements[i] = wanted[i] = UNTOUCHED;
#ifdef INT8_Q128
	for (int i = 0; i < MOST; i++)
		y_sums[i] = wanted_sums[i] = UNTOUCHED;
#endif
}

static int equal(void)
{
	for (int i = 0; i < MOST; i++)
		if (y_elements[i] != wanted[i])
			return 0;
	return 1;
}

#ifdef INT8_Q128
static int equal_sums(void)
{
	for (int i = 0; i < MOST; i++)
		if (y_sums[i] != wanted_sums[i])
			return 0;
	return 1;
}
#endif

/* Element i of y is this sum, requantized for channel c. */
static void want(edgert_int i, int32_t sum, edgert_int c, edgert_int shift, edgert_int zero,
		 edgert_int lo, edgert_int hi)
{
	wanted[GUARD + i] = (element)edgert_requantize(sum, q[2 * c + 1], (int)shift, (int32_t)zero,
						       (int32_t)lo, (int32_t)hi);
#ifdef INT8_Q128
	wanted_sums[GUARD + i] = sum;
#endif
}

static int size_out(int in, int k, int s, int d, int before, int after)
{
	return (in + before + after - (k - 1) * d - 1) / s + 1;
}

/* What convolution c computes, w [co][kh][kw][ci / groups], of image n at x. */
static void define_conv2d(const struct edgert_conv2d *p, const element *x, const int8_t *w,
			  edgert_int n, edgert_int oh, edgert_int ow, edgert_int oc)
{
	const edgert_int cig = p->ci / p->groups, g = oc / (p->co / p->groups);
	int32_t sum = q[2 * oc];

	for (edgert_int kh = 0; kh < p->kh; kh++)
		for (edgert_int kw = 0; kw < p->kw; kw++)
			for (edgert_int c = 0; c < cig; c++) {
				const edgert_int h = oh * p->sh - p->pt + kh * p->dh;
				const edgert_int v = ow * p->sw - p->pl + kw * p->dw;
				const int inside = h >= 0 && h < p->ih && v >= 0 && v < p->iw;

				sum += w[((oc * p->kh + kh) * p->kw + kw) * cig + c] *
				       (inside ? x[h * p->x_row + v * p->x_pixel + g * cig + c]
					       : (int32_t)p->x_zero);
			}
	want(n * p->y_image + oh * p->y_row + ow * p->y_pixel + oc, sum, oc, p->shift, p->y_zero,
	     p->lo, p->hi);
}

static int check_conv2d(const struct int8_case *t, int groups, int depthwise, int w4, int seed)
{
	struct edgert_conv2d p = {
		.n = 2,
		.ih = t->ih,
		.iw = t->iw,
		.ci = t->ci,
		.co = depthwise ? t->ci : t->co,
		.kh = t->kh,
		.kw = t->kw,
		.sh = t->sh,
		.sw = t->sw,
		.dh = t->dh,
		.dw = t->dw,
		.pt = t->pt,
		.pl = t->pl,
		.groups = depthwise ? t->ci : groups,
		.x_zero = -3 - seed % 9,
		.y_zero = seed % 5 - 2,
		.lo = t->lo * (1 << (BITS - 8)),
		.hi = (t->hi + 1) * (1 << (BITS - 8)) - 1,
		.shift = t->shift,
	};
	const element *x;
	const int8_t *w;

	p.oh = size_out(t->ih, t->kh, t->sh, t->dh, t->pt, t->pb);
	p.ow = size_out(t->iw, t->kw, t->sw, t->dw, t->pl, t->pr);
	p.x_pixel = p.ci + t->gap;
	p.x_row = p.iw * p.x_pixel + t->gap;
	p.x_image = p.ih * p.x_row;
	p.y_pixel = p.co + t->gap;
	p.y_row = p.ow * p.y_pixel + t->gap;
	p.y_image = p.oh * p.y_row;
	if (!INT8_FITS(&p))
		p.x_zero = 0;
	if (!INT8_FITS(&p))
		return 1;
	begin(seed);
	x = random_elements(p.n * p.x_image, seed);
	w = random_weights(p.co * p.kh * p.kw * (p.ci / p.groups), seed, w4);
	random_scales((int)p.co, (int)(p.kh * p.kw * (p.ci / p.groups)), t->shift);
	for (edgert_int n = 0; n < p.n; n++)
		for (edgert_int oh = 0; oh < p.oh; oh++)
			for (edgert_int ow = 0; ow < p.ow; ow++)
				for (edgert_int oc = 0; oc < p.co; oc++)
					define_conv2d(&p, x + n * p.x_image, w, n, oh, ow, oc);
#ifdef INT8_Q128
	int8_q128_conv2d_tile(&machine, &p);
#endif
	INT8_NUMBERS(&p, w, q, numbers);
#ifdef INT8_DEPTHWISE
	if (depthwise) {
		PACK(dwconv2d)(&p, w, packed);
		KERNEL(dwconv2d)
		(&p, x, packed, numbers, y_elements + GUARD,
		 SCRATCH(dwconv2d)(&p) ? scratch : NULL);
		return equal();
	}
#endif
#ifdef INT8_W4
	if (w4) {
		int8_fold(INT8_W4(p.kh * p.kw * p.ci), PACK(conv2d)(&p, w, unfolded), unfolded,
			  packed);
		KERNEL_W4(conv2d)
		(&p, x, packed, numbers, y_elements + GUARD, SCRATCH(conv2d)(&p) ? scratch : NULL);
		return equal();
	}
#endif
	PACK(conv2d)(&p, w, packed);
#ifdef INT8_Q128
	edgert_conv2d_s8s32__q128(&p, x, packed, numbers, y_sums + GUARD,
				  SCRATCH(conv2d)(&p) ? scratch : NULL);
	if (!equal_sums())
		return 0;
#endif
	KERNEL(conv2d)
	(&p, x, packed, numbers, y_elements + GUARD, SCRATCH(conv2d)(&p) ? scratch : NULL);
	return equal();
}

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
		.lo = t->lo * (1 << (BITS - 8)),
		.hi = (t->hi + 1) * (1 << (BITS - 8)) - 1,
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
		int8_fold(INT8_W4(p.k), PACK(gemm)(&p, w, unfolded), unfolded, packed);
		KERNEL_W4(gemm)(&p, a, packed, numbers, y_elements + GUARD, NULL);
		return equal();
	}
#endif
	PACK(gemm)(&p, w, packed);
#ifdef INT8_Q128
	edgert_gemm_s8s32__q128(&p, a, packed, numbers, y_sums + GUARD,
				SCRATCH(gemm)(&p) ? scratch : NULL);
	if (!equal_sums())
		return 0;
#endif
	KERNEL(gemm)
	(&p, a, packed, numbers, y_elements + GUARD, SCRATCH(gemm)(&p) ? scratch : NULL);
	return equal();
}

#if !defined(INT8_WIDE) && !defined(INT8_Q128)
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
	if (SCRATCH(matmul)(&p) > (edgert_int)sizeof scratch)
		return 0;
	KERNEL(matmul)(&p, a, w, q + 1, y_elements + GUARD, scratch);
	return equal();
}
#endif

#ifdef INT8_ADD
/* Of images of 2 x 3 pixels, or of one long run. Factors as of scales that differ, so that some
 * sums are clamped. */
static int check_add(int channels, int gap, int fused, int seed)
{
	struct edgert_add p = { .n = 2,
				.h = 2,
				.w = 3,
				.c = channels,
				.lo = -128,
				.fused = fused,
				.hi = 100 + seed % 28 };
	const int8_t *a, *b;

	begin(seed);
	p.a_pixel = p.c + gap;
	p.a_row = p.b_row = p.w * p.a_pixel + gap;
	p.a_image = p.b_image = p.y_image = p.h * p.a_row;
	p.b_pixel = p.y_pixel = p.a_pixel;
	p.y_row = p.a_row;
	a = random_elements(p.n * p.a_image, seed);
	b = random_bytes(w_bytes, p.n * p.b_image);
#if EDGERT_FIXED
	p.shift = 20;
	q[0] = random_below(1 << 20);
	q[1] = random_below(1 << 20);
	q[2] = random_below(1 << 22) - (1 << 21);
#else
	q[0] = (int32_t)edgert_f32_bits((float)random_below(1000) / 1024);
	q[1] = (int32_t)edgert_f32_bits((float)random_below(64) / 64);
	q[2] = (int32_t)edgert_f32_bits((float)random_below(64) / 2 - 16);
#endif
	for (edgert_int n = 0; n < p.n; n++)
		for (edgert_int i = 0; i < p.h * p.w * p.c; i++) {
			const edgert_int at = n * p.a_image + i / (p.w * p.c) * p.a_row +
					      i / p.c % p.w * p.a_pixel + i % p.c;
			int32_t v;

#if EDGERT_FIXED
			v = (int32_t)edgert_shift_right_i64(
				(int64_t)a[at] * q[0] + (int64_t)b[at] * q[1] + q[2], 20);
#else
			const float s = (float)a[at] * edgert_f32_from_bits((uint32_t)q[0]) +
					((float)b[at] * edgert_f32_from_bits((uint32_t)q[1]) +
					 edgert_f32_from_bits((uint32_t)q[2]));

			v = edgert_round_f32_i32(s);
#endif
			wanted[GUARD + at] =
				(int8_t)edgert_clamp_i32(v, (int32_t)p.lo, (int32_t)p.hi);
		}
	KERNEL(add)(&p, a, b, q, y_elements + GUARD);
	return equal();
}
#endif

const char *INT8_CHECK(void);

const char *INT8_CHECK(void)
{
	int seed = 1;

	for (size_t i = 0; i < sizeof conv_cases / sizeof *conv_cases; i++) {
		if (!check_conv2d(conv_cases + i, 1, 0, 0, seed++))
			return conv_cases[i].name;
#ifdef INT8_Q128
		if (conv_cases[i].ci % 2 == 0 && conv_cases[i].co % 2 == 0 &&
		    !check_conv2d(conv_cases + i, 2, 0, 0, seed++))
			return conv_cases[i].name;
#endif
#ifdef INT8_DEPTHWISE
		if (!check_conv2d(conv_cases + i, 1, 1, 0, seed++))
			return conv_cases[i].name;
#endif
#ifdef INT8_W4
		if (!check_conv2d(conv_cases + i, 1, 0, 1, seed++))
			return conv_cases[i].name;
#endif
	}
	for (size_t i = 0; i < sizeof gemm_cases / sizeof *gemm_cases; i++)
		if (!check_gemm(gemm_cases + i, 0, seed++))
			return gemm_cases[i].name;
#ifdef INT8_W4
	for (size_t i = 0; i < sizeof gemm_cases / sizeof *gemm_cases; i++)
		if (!check_gemm(gemm_cases + i, 1, seed++))
			return gemm_cases[i].name;
#endif
#if !defined(INT8_WIDE) && !defined(INT8_Q128)
	for (size_t i = 0; i < sizeof gemm_cases / sizeof *gemm_cases; i++)
		if (!check_matmul(gemm_cases + i, 0, 1, seed++) ||
		    !check_matmul(gemm_cases + i, 5 - (int)i * 4, i & 1, seed++))
			return gemm_cases[i].name;
#endif
#ifdef INT8_ADD
	for (int channels = 0; channels < 20; channels++)
		if (!check_add(channels, 0, 0, seed++) || !check_add(channels, 3, 1, seed++))
			return "add";
#endif
	return NULL;
}
