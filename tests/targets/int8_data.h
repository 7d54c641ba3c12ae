/* int8_data.h - for int8.c: the cases, and what goes into kernels and comes out of them. */
#ifndef EDGECC_TESTS_INT8_DATA_H
#define EDGECC_TESTS_INT8_DATA_H

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

static element x_elements[MOST];
static result y_elements[MOST], wanted[MOST];
static int8_t w_bytes[MOST], packed[2 * MOST] EDGERT_ALIGNED(64);
static int8_t scratch[2 * MOST] EDGERT_ALIGNED(16);
#ifdef INT8_W4
static int8_t unfolded[2 * MOST];
#endif
static int32_t q[2 * CHANNELS], numbers[3 * CHANNELS];
#ifdef INT8_SUMS
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
#ifdef INT8_SUMS
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

#ifdef INT8_SUMS
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
	wanted[GUARD + i] = (result)edgert_requantize(sum, q[2 * c + 1], (int)shift, (int32_t)zero,
						      (int32_t)lo, (int32_t)hi);
#ifdef INT8_SUMS
	wanted_sums[GUARD + i] = sum;
#endif
}

#endif
