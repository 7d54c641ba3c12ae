/* The reference convolutions and pools against their definitions in double, term by term with a
 * bounds test on each, over shape tables. Pixels of y and x lie apart, so a write outside shows. */
#include "kernels_ref.h"

void edgert_conv2d_f32__ref(const struct edgert_conv2d *p, const float *x, const float *w,
			    const float *b, float *y, edgert_tail_f32 tail,
			    const void *const *operands);
void edgert_maxpool2d_f32__ref(const struct edgert_pool2d *p, const float *x, float *y,
			       edgert_tail_f32 tail, const void *const *operands);
void edgert_averagepool2d_f32__ref(const struct edgert_pool2d *p, const float *x, float *y,
				   edgert_tail_f32 tail, const void *const *operands);

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
	{ "one_pixel_grouped", 1, 1, 1, 4, 1, 1, 4, 1, 1, 1, 1, 1, 1, 0, 0, 2 },
	{ "no_images", 0, 3, 3, 2, 3, 3, 2, 1, 1, 1, 1, 1, 1, 0, 0, 1 },
	{ "no_channels_in", 1, 2, 2, 0, 2, 2, 3, 1, 1, 1, 1, 1, 1, 0, 0, 1 },
};

/* pad: floats between pixels, and halo pixels of zeros around the image. */
static struct edgert_conv2d conv_params(int row, int pad)
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
	return p;
}

/* The definition: every tap is asked whether it lies inside. */
static double conv_at(const struct edgert_conv2d *p, const float *x, const float *w, edgert_int n,
		      edgert_int oh, edgert_int ow, edgert_int oc)
{
	edgert_int cig = p->ci / p->groups, g = oc / (p->co / p->groups);
	double sum = 0;

	for (edgert_int kh = 0; kh < p->kh; kh++)
		for (edgert_int kw = 0; kw < p->kw; kw++)
			for (edgert_int c = 0; c < cig; c++) {
				edgert_int ih = oh * p->sh - p->pt + kh * p->dh,
					   iw = ow * p->sw - p->pl + kw * p->dw;

				if (ih < 0 || ih >= p->ih || iw < 0 || iw >= p->iw)
					continue;
				sum += (double)x[n * p->x_image + ih * p->x_row + iw * p->x_pixel +
						 g * cig + c] *
				       (double)w[((oc * p->kh + kh) * p->kw + kw) * cig + c];
			}
	return sum;
}

static void run_conv(int row, int pad, bool full)
{
	struct edgert_conv2d p = conv_params(row, pad);
	edgert_int nx = p.n * p.x_image, ny = p.n * p.y_image,
		   nw = p.co * p.kh * p.kw * (p.ci / p.groups);
	float *x = random_buffer(nx, 1), *w = random_buffer(nw, 2), *b = random_buffer(p.co, 3),
	      *y = buffer(ny);
	float *residual = random_buffer(ny, 4);
	const void *operands[] = { residual };
	double *want = wanted(ny);

	for (edgert_int n = 0; n < p.n; n++)
		for (edgert_int oh = 0; oh < p.oh; oh++)
			for (edgert_int ow = 0; ow < p.ow; ow++)
				for (edgert_int c = 0; c < p.co; c++) {
					edgert_int i =
						n * p.y_image + oh * p.y_row + ow * p.y_pixel + c;

					want[i] = conv_at(&p, x, w, n, oh, ow, c);
					if (full)
						want[i] += (double)b[c] +
							   (double)residual[i] * (double)(c + 1);
				}
	edgert_conv2d_f32__ref(&p, x, w, full ? b : NULL, y, full ? sample_tail : NULL, operands);
	compare(convs[row].name, y, want, ny);
	free(want);
	release(x), release(w), release(b), release(y), release(residual);
}

START_TEST(conv2d)
{
	run_conv(_i, 0, false);
	run_conv(_i, 3, true);
}
END_TEST

/* With a halo of zeros in memory the result is that without one. */
START_TEST(conv2d_reads_the_halo)
{
	struct edgert_conv2d p = conv_params(1, 0);
	edgert_int wide = p.iw + 2, nx = p.n * (p.ih + 2) * wide * p.ci, ny = p.n * p.y_image;
	float *x = buffer(nx), *w = random_buffer(p.co * 9 * p.ci, 2), *y = buffer(ny);
	double *want = wanted(ny);

	p.x_halo = 1, p.x_row = wide * p.ci, p.x_image = (p.ih + 2) * p.x_row;
	for (edgert_int i = 0; i < nx; i++) {
		edgert_int h = i / p.x_row % (p.ih + 2), v = i / p.ci % wide;

		x[i] = h == 0 || h > p.ih || v == 0 || v > p.iw ? 0 : (float)(i % 13) / 8 - 1;
	}
	for (edgert_int i = 0; i < ny; i++)
		want[i] = conv_at(&p, x + p.x_row + p.ci, w, i / p.y_image, i / p.y_row % p.oh,
				  i / p.co % p.ow, i % p.co);
	edgert_conv2d_f32__ref(&p, x + p.x_row + p.ci, w, NULL, y, NULL, NULL);
	compare("halo", y, want, ny);
	free(want);
	release(x), release(w), release(y);
}
END_TEST

/* ---- pools --------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int n, ih, iw, c, oh, ow, kh, kw, sh, sw, dh, dw, pt, pl, pb, pr, count_pad;
} pools[] = {
	{ "2x2", 2, 4, 6, 3, 2, 3, 2, 2, 2, 2, 1, 1, 0, 0, 0, 0, 0 },
	{ "padded_3x3", 1, 5, 5, 4, 5, 5, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0 },
	{ "padded_counted", 1, 5, 5, 4, 3, 3, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1 },
	{ "ceil_mode_counted", 1, 4, 4, 2, 3, 3, 3, 3, 2, 2, 1, 1, 1, 1, 0, 1, 1 },
	{ "ceil_mode", 1, 4, 5, 2, 2, 3, 3, 3, 2, 2, 1, 1, 0, 0, 0, 0, 0 },
	{ "dilated", 1, 7, 7, 1, 3, 5, 3, 2, 1, 1, 2, 2, 0, 0, 0, 0, 0 },
	{ "dilated_counted", 1, 5, 5, 2, 4, 4, 2, 3, 1, 1, 3, 2, 1, 1, 1, 2, 1 },
	{ "global", 1, 3, 5, 6, 1, 1, 3, 5, 1, 1, 1, 1, 0, 0, 0, 0, 0 },
	{ "no_channels", 1, 2, 2, 0, 1, 1, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0 },
};

static struct edgert_pool2d pool_params(int row, int pad)
{
	struct edgert_pool2d p = { .n = pools[row].n,
				   .ih = pools[row].ih,
				   .iw = pools[row].iw,
				   .c = pools[row].c,
				   .oh = pools[row].oh,
				   .ow = pools[row].ow,
				   .kh = pools[row].kh,
				   .kw = pools[row].kw,
				   .sh = pools[row].sh,
				   .sw = pools[row].sw,
				   .dh = pools[row].dh,
				   .dw = pools[row].dw,
				   .pt = pools[row].pt,
				   .pl = pools[row].pl,
				   .pb = pools[row].pb,
				   .pr = pools[row].pr,
				   .count_pad = pools[row].count_pad };

	p.x_pixel = p.c + pad, p.x_row = p.iw * p.x_pixel + pad, p.x_image = p.ih * p.x_row;
	p.y_pixel = p.c + pad, p.y_row = p.ow * p.y_pixel + pad, p.y_image = p.oh * p.y_row + pad;
	return p;
}

static double pool_at(const struct edgert_pool2d *p, const float *x, edgert_int oh, edgert_int ow,
		      bool max)
{
	double best = -INFINITY, sum = 0, inside = 0, padded = 0;

	for (edgert_int kh = 0; kh < p->kh; kh++)
		for (edgert_int kw = 0; kw < p->kw; kw++) {
			edgert_int ih = oh * p->sh - p->pt + kh * p->dh,
				   iw = ow * p->sw - p->pl + kw * p->dw;
			double v;

			padded += ih < p->ih + p->pb && iw < p->iw + p->pr;
			if (ih < 0 || ih >= p->ih || iw < 0 || iw >= p->iw)
				continue;
			v = (double)x[ih * p->x_row + iw * p->x_pixel];
			best = v > best ? v : best;
			sum += v;
			inside++;
		}
	return max ? best : sum / (p->count_pad ? padded : inside);
}

static void run_pool(int row, bool max, int pad, bool tailed)
{
	struct edgert_pool2d p = pool_params(row, pad);
	edgert_int nx = p.n * p.x_image, ny = p.n * p.y_image;
	float *x = random_buffer(nx, 1), *y = buffer(ny), *residual = random_buffer(ny, 2);
	const void *operands[] = { residual };
	double *want = wanted(ny);

	for (edgert_int n = 0; n < p.n; n++)
		for (edgert_int oh = 0; oh < p.oh; oh++)
			for (edgert_int ow = 0; ow < p.ow; ow++)
				for (edgert_int c = 0; c < p.c; c++) {
					edgert_int i =
						n * p.y_image + oh * p.y_row + ow * p.y_pixel + c;

					want[i] = pool_at(&p, x + n * p.x_image + c, oh, ow, max);
					if (tailed)
						want[i] += (double)residual[i] * (double)(c + 1);
				}
	(max ? edgert_maxpool2d_f32__ref
	     : edgert_averagepool2d_f32__ref)(&p, x, y, tailed ? sample_tail : NULL, operands);
	compare(pools[row].name, y, want, ny);
	free(want);
	release(x), release(y), release(residual);
}

START_TEST(pool2d)
{
	for (int k = 0; k < 4; k++)
		run_pool(_i, k & 1, k & 1 ? 0 : 2, k & 2);
}
END_TEST

START_TEST(max_keeps_nan_and_empty_windows)
{
	struct edgert_pool2d p = pool_params(0, 0);
	float x[4 * 6 * 3 * 2] = { 0 }, y[2 * 3 * 3 * 2];

	x[3] = NAN;
	edgert_maxpool2d_f32__ref(&p, x, y, NULL, NULL);
	ck_assert(isnan(y[0]) && y[1] == 0);
	p.pt = 3;
	edgert_maxpool2d_f32__ref(&p, x, y, NULL, NULL);
	ck_assert(isinf(y[0]) && y[0] < 0);
}
END_TEST

Suite *suite_kernels_ref(void)
{
	const struct unit_test tests[] = {
		{ "conv2d", conv2d, ARRAY_LEN(convs) },
		{ "conv2d_halo", conv2d_reads_the_halo, 0 },
		{ "pool2d", pool2d, ARRAY_LEN(pools) },
		{ "pool2d_special", max_keeps_nan_and_empty_windows, 0 },
	};
	return UNIT_SUITE("kernels_ref", tests);
}
