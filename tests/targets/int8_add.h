/* int8_add.h - for int8.c: sums of two tensors. */
#ifndef EDGECC_TESTS_INT8_ADD_H
#define EDGECC_TESTS_INT8_ADD_H

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
