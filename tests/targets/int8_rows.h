/* int8_rows.h - for int8.c: elementwise functions of rows. */
#ifndef EDGECC_TESTS_INT8_ROWS_H
#define EDGECC_TESTS_INT8_ROWS_H

#define ROW(name) PASTE(edgert_row_, name, __, INT8_SET)

/* The output; in place, what it is computed from. */
static int8_t *row_output(const int8_t *a, int n, int in_place)
{
	for (int i = 0; in_place && i < n; i++)
		y_elements[GUARD + i] = a[i];
	return y_elements + GUARD;
}

static int check_row_lut(int n, int in_place, int seed)
{
	const int8_t *x, *table;
	int8_t *y;

	begin(seed);
	x = random_elements(n, seed);
	table = random_bytes(w_bytes, 256);
	for (int i = 0; i < n; i++)
		wanted[GUARD + i] = table[(uint8_t)x[i]];
	y = row_output(x, n, in_place);
	ROW(lut_s8)(y, in_place ? y : x, table, n);
	return equal();
}

static int check_row_add(int n, int in_place, int lo, int hi, int seed)
{
	const int8_t *a, *b;
	const int shift = seed % 3 == 0 ? 0 : 20, size = shift ? 1 << 20 : 2;
	int32_t p, q1, c;
	int8_t *y;

	begin(seed);
	a = random_elements(n, seed);
	b = random_bytes(w_bytes, n);
	p = random_below(2 * size) - size;
	q1 = random_below(2 * size) - size;
	c = random_below(1 << 22) - (1 << 21);
	for (int i = 0; i < n; i++)
		wanted[GUARD + i] = (int8_t)edgert_clamp_i32(
			(int32_t)edgert_shift_right_i64((int64_t)c + b[i] * q1 + a[i] * p, shift),
			lo, hi);
	y = row_output(a, n, in_place);
	ROW(add_s8)(y, in_place ? y : a, b, p, q1, c, shift, lo, hi, n);
	return equal();
}

/* Multipliers of 31 bits, of one, of a float's 24 and of more than these. */
static const struct {
	int32_t m;
	int bits;
} row_scales[] = { { 64424508, 32 }, { 2147483647, 46 }, { 1 << 30, 45 },
		   { 1, 9 },         { 0xF5C28F, 30 },   { 0xFFFFFF, 39 },
		   { 3 << 20, 36 },  { 1073741825, 44 }, { 2013265920, 62 },
		   { 5, 1 } };

static int check_row_mul(int n, int in_place, int lo, int hi, int seed)
{
	const int8_t *a, *b;
	const int k = seed % (int)(sizeof row_scales / sizeof *row_scales),
		  bits = row_scales[k].bits;
	const int32_t m = row_scales[k].m;
	int32_t a_zero, b_zero, zero;
	int8_t *y;

	begin(seed);
	a = random_elements(n, seed);
	b = random_bytes(w_bytes, n);
	a_zero = seed % 5 == 0 ? -128 : random_below(256) - 128;
	b_zero = seed % 5 == 0 ? 127 : random_below(256) - 128;
	zero = random_below(256) - 128;
	for (int i = 0; i < n; i++) {
		const int64_t v = (int64_t)(a[i] - a_zero) * (b[i] - b_zero) * m;
		const int64_t s =
			edgert_shift_right_i64(v + ((int64_t)1 << (bits - 1)), bits) + zero;

		wanted[GUARD + i] = (int8_t)(s < lo ? lo : s > hi ? hi : s);
	}
	y = row_output(a, n, in_place);
	ROW(mul_s8)(y, in_place ? y : a, b, a_zero, b_zero, m, bits, zero, lo, hi, n);
	return equal();
}

#if INT8_ROWS > 1
static float random_factor(void)
{
	return (float)(random_below(2000) - 1000) / 1024 * (float)(random_below(8) == 0 ? 1e4 : 1);
}

static int check_row_add_f32(int n, int in_place, int lo, int hi, int seed)
{
	const int8_t *a, *b;
	float p, q1, c;
	int8_t *y;

	begin(seed);
	a = random_elements(n, seed);
	b = random_bytes(w_bytes, n);
	p = random_factor();
	q1 = random_factor();
	c = (float)random_below(64) / 2 - 16;
	for (int i = 0; i < n; i++) {
		const float first = (float)b[i] * q1, sum = c + first, second = (float)a[i] * p;

		wanted[GUARD + i] =
			(int8_t)edgert_clamp_i32(edgert_round_f32_i32(sum + second), lo, hi);
	}
	y = row_output(a, n, in_place);
	ROW(add_f32_s8)(y, in_place ? y : a, b, p, q1, c, lo, hi, n);
	return equal();
}

static int check_row_mul_f32(int n, int in_place, int lo, int hi, int seed)
{
	const int8_t *a, *b;
	int32_t a_zero, b_zero;
	float scale, zero;
	int8_t *y;

	begin(seed);
	a = random_elements(n, seed);
	b = random_bytes(w_bytes, n);
	a_zero = seed % 5 == 0 ? -128 : random_below(256) - 128;
	b_zero = seed % 5 == 0 ? 127 : random_below(256) - 128;
	scale = random_factor() / 64;
	zero = (float)(random_below(256) - 128);
	for (int i = 0; i < n; i++) {
		const float v = (float)((a[i] - a_zero) * (b[i] - b_zero)) * scale;

		wanted[GUARD + i] =
			(int8_t)edgert_clamp_i32(edgert_round_f32_i32(v + zero), lo, hi);
	}
	y = row_output(a, n, in_place);
	ROW(mul_f32_s8)(y, in_place ? y : a, b, a_zero, b_zero, scale, zero, lo, hi, n);
	return equal();
}
#endif

#if INT8_ROWS > 2
static int check_row_flip(int n, int in_place, int seed)
{
	const int8_t *x;
	int8_t *y;

	begin(seed);
	x = random_elements(n, seed);
	for (int i = 0; i < n; i++)
		wanted[GUARD + i] = (int8_t)((uint8_t)x[i] ^ 128);
	y = row_output(x, n, in_place);
	ROW(flip_s8)(y, in_place ? y : x, n);
	return equal();
}

/* Rows that end where their arrays do; a NaN among them. */
static float float_rows[4][64];

static const float *float_row(int k, int n)
{
	float *x = float_rows[k] + 64 - n;

	for (int i = 0; i < n; i++)
		x[i] = (float)(random_below(4000) - 2000) / 16;
	if (n > 5 && random_below(4) == 0) {
		const float none = x[5] - x[5];

		x[5] = none / none;
	}
	return x;
}

static int8_t saturated(float v, float by, int32_t zero)
{
	const float quotient = v / by;

	return (int8_t)(quotient != quotient
				? 0
				: edgert_clamp_i32(edgert_round_f32_i32(quotient) + zero, -128,
						   127));
}

static int check_row_quantize(int n, int seed)
{
	const float by = seed % 2 ? 0.5f : 1.13f;
	const int32_t zero = seed % 7 * 30 - 90;
	const float *x;

	begin(seed);
	x = float_row(0, n);
	for (int i = 0; i < n; i++)
		wanted[GUARD + i] = saturated(x[i], by, zero);
	ROW(quantize_f32_s8)(y_elements + GUARD, x, by, zero, n);
	return equal();
}

static int check_row_linear(int n, int seed)
{
	const float by = seed % 2 ? 0.5f : 0.71f;
	const int32_t zero = seed % 7 * 30 - 90;
	const float *x[4];
	float across, down;

	begin(seed);
	across = (float)random_below(64) / 64;
	down = (float)random_below(100) / 99;
	for (int k = 0; k < 4; k++)
		x[k] = float_row(k, n);
	for (int i = 0; i < n; i++) {
		const float u = (x[1][i] - x[0][i]) * across, above = x[0][i] + u;
		const float v = (x[3][i] - x[2][i]) * across, below = x[2][i] + v;
		const float w = (below - above) * down;

		wanted[GUARD + i] = saturated(above + w, by, zero);
	}
	ROW(linear_f32_s8)(y_elements + GUARD, x[0], x[1], x[2], x[3], across, down, by, zero, n);
	return equal();
}

static int check_row_softmax(int n, int lo, int hi, int seed)
{
	static float table[256];
	const float by = seed % 2 ? 1.0f / 256 : 0.0031f;
	const int32_t zero = seed % 3 ? -128 : -50;
	const int8_t *x;
	float sum = 0;
	int32_t max = -128;

	begin(seed);
	x = random_elements(n, seed);
	for (int i = 0; i < 256; i++)
		table[i] = 8.0f / (float)(8 + i * (seed % 5));
	for (int i = 0; i < n; i++)
		max = x[i] > max ? x[i] : max;
	for (int i = 0; i < n; i++)
		sum = sum + table[max - x[i]];
	for (int i = 0; i < n; i++) {
		const float part = table[max - x[i]] / sum, v = part / by;

		wanted[GUARD + i] =
			(int8_t)edgert_clamp_i32(edgert_round_f32_i32(v) + zero, lo, hi);
	}
	ROW(softmax_f32_s8)(y_elements + GUARD, x, table, by, zero, lo, hi, n);
	return equal();
}
#endif

static const char *check_rows(int seed)
{
	for (int n = 0; n < 40; n++) {
		const int in_place = n & 1, lo = n % 3 ? -128 : -100, hi = n % 3 ? 127 : 90;

		if (!check_row_lut(n, in_place, seed++))
			return "row_lut";
		if (!check_row_add(n, in_place, lo, hi, seed++))
			return "row_add";
		if (!check_row_mul(n, in_place, lo, hi, seed++))
			return "row_mul";
#if INT8_ROWS > 1
		if (!check_row_add_f32(n, in_place, lo, hi, seed++))
			return "row_add_f32";
		if (!check_row_mul_f32(n, in_place, lo, hi, seed++))
			return "row_mul_f32";
#endif
#if INT8_ROWS > 2
		if (!check_row_flip(n, in_place, seed++))
			return "row_flip";
		if (!check_row_quantize(n, seed++))
			return "row_quantize";
		if (!check_row_linear(n, seed++))
			return "row_linear";
		if (!check_row_softmax(n, lo, hi, seed++))
			return "row_softmax";
#endif
	}
	return NULL;
}

#endif
