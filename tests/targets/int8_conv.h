/* int8_conv.h - for int8.c: convolutions, dense and depthwise. */
#ifndef EDGECC_TESTS_INT8_CONV_H
#define EDGECC_TESTS_INT8_CONV_H

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
		.lo = t->lo * (1 << (RESULT_BITS - 8)),
		.hi = (t->hi + 1) * (1 << (RESULT_BITS - 8)) - 1,
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
#if defined(INT8_SUMS) && !defined(INT8_Q128)
		KERNEL_SUMS(dwconv2d)
		(&p, x, packed, numbers, y_sums + GUARD, SCRATCH(dwconv2d)(&p) ? scratch : NULL);
		if (!equal_sums())
			return 0;
#endif
		KERNEL(dwconv2d)
		(&p, x, packed, numbers, y_elements + GUARD,
		 SCRATCH(dwconv2d)(&p) ? scratch : NULL);
		return equal();
	}
#endif
#ifdef INT8_W4
	if (w4) {
		int8_fold(INT8_W4(p.co, p.kh * p.kw * p.ci), PACK_W4(conv2d)(&p, w, unfolded),
			  unfolded, packed);
		KERNEL_W4(conv2d)
		(&p, x, packed, numbers, y_elements + GUARD, SCRATCH(conv2d)(&p) ? scratch : NULL);
		return equal();
	}
#endif
	PACK(conv2d)(&p, w, packed);
#ifdef INT8_SUMS
	KERNEL_SUMS(conv2d)
	(&p, x, packed, numbers, y_sums + GUARD, SCRATCH(conv2d)(&p) ? scratch : NULL);
	if (!equal_sums())
		return 0;
#endif
	KERNEL(conv2d)
	(&p, x, packed, numbers, y_elements + GUARD, SCRATCH(conv2d)(&p) ? scratch : NULL);
	return equal();
}

#endif
