/* int8_pool.h - for int8.c: maxima and means of windows. */
#ifndef EDGECC_TESTS_INT8_POOL_H
#define EDGECC_TESTS_INT8_POOL_H

struct int8_window {
	const char *name;
	int ih, iw, kh, kw, sh, sw, dh, dw, pt, pl, pb, pr, count_pad;
};
static const struct int8_window pool_cases[] = {
	{ "pool_one", 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0 },
	{ "pool_halves", 4, 6, 2, 2, 2, 2, 1, 1, 0, 0, 0, 0, 0 },
	{ "pool_same", 4, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0 },
	{ "pool_counts_pads", 4, 3, 3, 3, 2, 1, 1, 1, 1, 1, 1, 2, 1 },
	{ "pool_dilated", 5, 6, 2, 3, 1, 1, 2, 2, 1, 0, 0, 2, 0 },
	{ "pool_image", 3, 5, 3, 5, 1, 1, 1, 1, 0, 0, 0, 0, 0 },
	{ "pool_row", 1, 300, 1, 300, 1, 1, 1, 1, 0, 0, 0, 0, 0 },
};

/* Of all there is: one factor; else a factor for each number of pixels. */
static int32_t factor_of(int count)
{
#if EDGERT_FIXED
	return (int32_t)((INT64_C(3) << 29) / (count ? count : 1));
#else
	return (int32_t)edgert_f32_bits(0.75f / (float)(count ? count : 1));
#endif
}

/* What a window is: its greatest element, its sum without x_zero, and what divides that. */
static void define_window(const struct edgert_pool2d *p, const int8_t *x, edgert_int h,
			  edgert_int v, int32_t *most, int32_t *sum, int *count)
{
	*most = -128;
	*sum = *count = 0;
	for (edgert_int kh = 0; kh < p->kh; kh++)
		for (edgert_int kw = 0; kw < p->kw; kw++) {
			const edgert_int i = h + kh * p->dh, j = v + kw * p->dw;
			const int inside = i >= 0 && i < p->ih && j >= 0 && j < p->iw;
			const int32_t e = inside ? x[i * p->x_row + j * p->x_pixel] : -128;

			*most = e > *most ? e : *most;
			*sum += inside ? e - (int32_t)p->x_zero : 0;
			*count +=
				inside || (p->count_pad && i < p->ih + p->pb && j < p->iw + p->pr);
		}
}

static int check_pool(const struct int8_window *t, int channels, int gap, int mean, int seed)
{
	struct edgert_pool2d p = { .n = 1 + seed % 2,
				   .ih = t->ih,
				   .iw = t->iw,
				   .c = channels,
				   .kh = t->kh,
				   .kw = t->kw,
				   .sh = t->sh,
				   .sw = t->sw,
				   .dh = t->dh,
				   .dw = t->dw,
				   .pt = t->pt,
				   .pl = t->pl,
				   .pb = t->pb,
				   .pr = t->pr,
				   .count_pad = t->count_pad,
				   .x_zero = seed % 7 - 3,
				   .y_zero = 5 - seed % 3,
				   .lo = -128 + seed % 4,
				   .hi = 100,
				   .factors = 1 };
	const int8_t *x;

	p.oh = size_out(t->ih, t->kh, t->sh, t->dh, t->pt, t->pb);
	p.ow = size_out(t->iw, t->kw, t->sw, t->dw, t->pl, t->pr);
	p.x_pixel = p.y_pixel = p.c + gap;
	p.x_row = p.iw * p.x_pixel + gap;
	p.x_image = p.ih * p.x_row;
	p.y_row = p.ow * p.y_pixel + gap;
	p.y_image = p.oh * p.y_row;
	if (p.n * p.x_image > MOST || p.n * p.y_image + 2 * GUARD > MOST)
		return 1;
	p.shift = 0;
	begin(seed);
	x = random_elements(p.n * p.x_image, seed);
	for (int i = 0; i < CHANNELS; i++)
		numbers[i] = factor_of(i);
	if (t->pt || t->pl || t->pb || t->pr)
		p.factors = t->kh * t->kw + 1;
	else
		p.scale = numbers[0] = factor_of(t->kh * t->kw);
	for (edgert_int i = 0; i < p.n * p.oh * p.ow * p.c; i++) {
		const edgert_int c = i % p.c, ow = i / p.c % p.ow, oh = i / p.c / p.ow % p.oh;
		const edgert_int n = i / p.c / p.ow / p.oh;
		int32_t most, sum;
		int count;

		define_window(&p, x + n * p.x_image + c, oh * p.sh - p.pt, ow * p.sw - p.pl, &most,
			      &sum, &count);
		wanted[GUARD + n * p.y_image + oh * p.y_row + ow * p.y_pixel + c] =
			(int8_t)(mean ? edgert_requantize(sum, numbers[p.factors == 1 ? 0 : count],
							  (int)p.shift, (int32_t)p.y_zero,
							  (int32_t)p.lo, (int32_t)p.hi)
				      : most);
	}
	if (mean)
		KERNEL(averagepool2d)(&p, x, numbers, y_elements + GUARD);
	else
		KERNEL(maxpool2d)(&p, x, y_elements + GUARD);
	return equal();
}

static const char *check_pools(int seed)
{
	static const int channels[] = { 1, 3, 15, 16, 17, 33 };

	for (size_t i = 0; i < sizeof pool_cases / sizeof *pool_cases; i++)
		for (size_t c = 0; c < sizeof channels / sizeof *channels; c++)
			for (int mean = 0; mean < 2; mean++)
				if (!check_pool(pool_cases + i, channels[c], 0, mean, seed++) ||
				    !check_pool(pool_cases + i, channels[c], 2, mean, seed++))
					return pool_cases[i].name;
	return NULL;
}

#endif
