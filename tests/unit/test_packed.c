/* Weights that stay integers: what pack-weights makes of DequantizeLinear of constants, and the
 * kernels against the sum of products with the weights as reals. */
#include "kernels_ref.h"
#include "pass_check.h"

typedef void kernel_fn(const struct edgert_conv2d *p, const float *x, const int8_t *w,
		       const float *s, const float *b, float *y, edgert_tail_f32 tail,
		       const void *const *operands);
kernel_fn edgert_conv2d_f32w8__ref, edgert_conv2d_f32w4__ref;

/* -- the pass -------------------------------------------------------------------------- */

/* Sums of products are exact in these small numbers, so the bits are the same. */
static const struct pass_case cases[] = {
	BECOMES("conv_per_channel",
		"g (float[1,1,2,2] x) => (float[1,2,2,2] y) <int8[2,1,1,1] w = {2, -3},"
		" float[2] s = {0.5, 2}, int8[2] z = {0, 0}, float[2] b = {7, 9}>"
		"{ d = DequantizeLinear<axis = 0>(w, s, z) y = Conv(x, d, b) }",
		"g (float[1,1,2,2] x) => (float[1,2,2,2] y) <int8[2,1,1,1] w = {2, -3},"
		" float[2] s = {0.5, 2}, float[2] b = {7, 9}>"
		"{ y = edgecc.PackedConv(x, w, s, , b) }"),
	BECOMES("matmul_in_blocks_of_unsigned",
		"g (float[2,4] x) => (float[2,1] y) <uint4[4,1] w = {1, 15, 0, 8},"
		" float[2,1] s = {0.5, 2}, uint4[2,1] z = {8, 3}>"
		"{ d = DequantizeLinear<axis = 0, block_size = 2>(w, s, z) y = MatMul(x, d) }",
		"g (float[2,4] x) => (float[2,1] y) <uint4[4,1] w = {1, 15, 0, 8},"
		" float[2,1] s = {0.5, 2}, uint4[2,1] z = {8, 3}>"
		"{ y = edgecc.PackedMatMul<axis = 0, block = 2>(x, w, s, z) }"),
	BECOMES("gemm_transposed",
		"g (float[1,2] x) => (float[1,3] y) <int8[3,2] w = {1, 2, 3, 4, 5, 6},"
		" float[3] s = {1, 2, 4}, float[3] c = {1, 2, 3}>"
		"{ d = DequantizeLinear<axis = 0>(w, s) y = Gemm<transB = 1>(x, d, c) }",
		"g (float[1,2] x) => (float[1,3] y) <int8[2,3] w = {1, 3, 5, 2, 4, 6},"
		" float[3] s = {1, 2, 4}, float[3] c = {1, 2, 3}>"
		"{ p = edgecc.PackedMatMul<axis = 1>(x, w, s) y = Add(p, c) }"),
	BECOMES("one_scale",
		"g (float[3] x) => (float[1] y) <int8[3,1] w = {1, 2, 3}, float s = {0.5}>"
		"{ d = DequantizeLinear(w, s) y = MatMul(x, d) }",
		"g (float[3] x) => (float[1] y) <int8[3,1] w = {1, 2, 3}, float s = {0.5}>"
		"{ y = edgecc.PackedMatMul(x, w, s) }"),
	BECOMES("nbits_in_the_middle",
		"g (float[2,18] x) => (float[2,1] y) <uint8[1,2,8] w = {24, 152, 255, 0, 135, 120, 1,"
		" 16, 50, 0, 0, 0, 0, 0, 0, 0}, float[2] s = {0.5, 2}, float[1] c = {3}>"
		"{ y = com.microsoft.MatMulNBits<K = 18, N = 1, block_size = 16>(x, w, s, , , c) }",
		"g (float[2,18] x) => (float[2,1] y) <int4[18,1] w = {0, -7, 0, 1, 7, 7, -8, -8, -1, 0,"
		" 0, -1, -7, -8, -8, -7, -6, -5}, float[2,1] s = {0.5, 2}, float[1] c = {3}>"
		"{ p = edgecc.PackedMatMul<axis = 0, block = 16>(x, w, s) y = Add(p, c) }"),
	BECOMES("nbits_with_zeros",
		"g (float[1,16] x) => (float[1,2] y) <uint8[2,1,4] w = {27, 228, 0, 255, 1, 4, 16, 64},"
		" float[2] s = {0.5, 2}, uint8[2] z = {3, 0}>"
		"{ y = com.microsoft.MatMulNBits<K = 16, N = 2, bits = 2, block_size = 16>(x, w, s, z) }",
		"g (float[1,16] x) => (float[1,2] y) <uint2[16,2] w = {3, 1, 2, 0, 1, 0, 0, 0, 0, 0, 1, 1,"
		" 2, 0, 3, 0, 0, 0, 0, 0, 0, 1, 0, 0, 3, 0, 3, 0, 3, 0, 3, 1},"
		" float[1,2] s = {0.5, 2}, uint2[1,2] z = {3, 0}>"
		"{ y = edgecc.PackedMatMul<axis = 0, block = 16>(x, w, s, z) }"),
	STAYS("nbits_with_real_zeros",
	      "g (float[1,16] x) => (float[1,1] y) <uint8[1,1,8] w = {1, 2, 3, 4, 5, 6, 7, 8},"
	      " float[1] s = {0.5}, float[1] z = {7.5}>"
	      "{ y = com.microsoft.MatMulNBits<K = 16, N = 1, block_size = 16>(x, w, s, z) }"),
	STAYS("scale_computed", "g (float[3] x, float s) => (float[1] y) <int8[3,1] w = {1, 2, 3}>"
				"{ d = DequantizeLinear(w, s) y = MatMul(x, d) }"),
	STAYS("gemm_with_alpha", "g (float[1,2] x) => (float[1,1] y) <int8[2,1] w = {1, 2},"
				 " float s = {1}>"
				 "{ d = DequantizeLinear(w, s) y = Gemm<alpha = 0.5>(x, d) }"),
};

START_TEST(pack)
{
	check_pass(&pass_pack, &cases[_i]);
}
END_TEST

/* -- the kernels ----------------------------------------------------------------------- */

static const struct {
	const char *name;
	int ih, iw, ci, oh, ow, co, k, stride, dilation, pad, groups, block;
} convs[] = {
	{ "pointwise", 3, 4, 5, 3, 4, 6, 1, 1, 1, 0, 1, 0 },
	{ "same", 5, 6, 3, 5, 6, 9, 3, 1, 1, 1, 1, 0 },
	{ "stride_and_dilation", 9, 8, 2, 4, 4, 4, 3, 2, 2, 2, 1, 0 },
	{ "depthwise", 5, 4, 7, 5, 4, 7, 3, 1, 1, 1, 7, 0 },
	{ "groups", 4, 4, 6, 4, 4, 10, 3, 1, 1, 1, 2, 0 },
	{ "whole_blocks", 1, 3, 8, 1, 3, 5, 1, 1, 1, 0, 1, 4 },
	{ "last_block_is_shorter", 2, 3, 7, 2, 3, 4, 3, 1, 1, 1, 1, 3 },
	{ "blocks_in_groups", 2, 2, 10, 2, 2, 6, 1, 1, 1, 0, 2, 4 },
};

/* Integers of `bits` as the kernels read them, each tap from a byte on, and their reals. */
struct weights {
	int8_t *packed;
	float *scale, *real; /* real is [co][kh][kw][cig] */
};

static struct weights make_weights(const struct edgert_conv2d *p, int bits)
{
	edgert_int cig = p->ci / p->groups, taps = p->kh * p->kw, bytes = (cig * bits + 7) / 8,
		   blocks = p->block ? (cig + p->block - 1) / p->block : 1;
	edgert_int scales = p->co * (p->block ? taps * blocks : 1);
	struct weights w = { calloc((size_t)(p->co * taps * bytes) + 1, 1),
			     random_buffer(scales, 7), buffer(p->co * taps * cig) };
	unsigned seed = 9;

	for (edgert_int t = 0; t < p->co * taps; t++)
		for (edgert_int c = 0; c < cig; c++) {
			edgert_int of = p->block ? t * blocks + c / p->block : t / taps;
			int q, range = 1 << bits;

			seed = seed * 1664525 + 1013904223;
			q = (int)(seed >> 16) % range - range / 2;
			w.real[t * cig + c] = (float)q * w.scale[of];
			if (bits == 8)
				w.packed[t * bytes + c] = (int8_t)q;
			else
				w.packed[t * bytes + c / 2] |= (int8_t)((q & 15) << c % 2 * 4);
		}
	return w;
}

static double conv_at(const struct edgert_conv2d *p, const float *x, const float *w, edgert_int oh,
		      edgert_int ow, edgert_int oc)
{
	edgert_int cig = p->ci / p->groups, g = oc / (p->co / p->groups);
	double sum = 0;

	for (edgert_int k = 0; k < p->kh * p->kw; k++) {
		edgert_int ih = oh * p->sh - p->pt + k / p->kw * p->dh,
			   iw = ow * p->sw - p->pl + k % p->kw * p->dw;

		for (edgert_int c = 0; c < cig; c++)
			if (ih >= 0 && ih < p->ih && iw >= 0 && iw < p->iw)
				sum += (double)x[ih * p->x_row + iw * p->x_pixel + g * cig + c] *
				       (double)w[(oc * p->kh * p->kw + k) * cig + c];
	}
	return sum;
}

static void run(int row, int bits, bool full)
{
	int k = convs[row].k, stride = convs[row].stride, dilation = convs[row].dilation;
	struct edgert_conv2d p = { .n = 1,
				   .ih = convs[row].ih,
				   .iw = convs[row].iw,
				   .ci = convs[row].ci,
				   .oh = convs[row].oh,
				   .ow = convs[row].ow,
				   .co = convs[row].co,
				   .kh = k,
				   .kw = k,
				   .sh = stride,
				   .sw = stride,
				   .dh = dilation,
				   .dw = dilation,
				   .pt = convs[row].pad,
				   .pl = convs[row].pad,
				   .groups = convs[row].groups,
				   .block = convs[row].block };
	edgert_int ny, nx;

	p.x_pixel = p.ci + 1, p.x_row = p.iw * p.x_pixel, p.y_pixel = p.co + 2;
	p.y_row = p.ow * p.y_pixel;
	nx = p.ih * p.x_row, ny = p.oh * p.y_row;

	struct weights w = make_weights(&p, bits);
	float *x = random_buffer(nx, 1), *b = random_buffer(p.co, 3), *y = buffer(ny);
	float *residual = random_buffer(ny, 4);
	const void *operands[] = { residual };
	double *want = wanted(ny);

	for (edgert_int i = 0; i < p.oh * p.ow * p.co; i++) {
		edgert_int c = i % p.co, at = i / p.co * p.y_pixel + c;

		want[at] = conv_at(&p, x, w.real, i / p.co / p.ow, i / p.co % p.ow, c);
		if (full)
			want[at] += (double)b[c] + (double)residual[at] * (double)(c + 1);
	}
	(bits == 8 ? edgert_conv2d_f32w8__ref : edgert_conv2d_f32w4__ref)(
		&p, x, w.packed, w.scale, full ? b : NULL, y, full ? sample_tail : NULL, operands);
	for (edgert_int i = 0; i < ny; i++) /* the products are of up to 128 */
		if (!isnan(want[i]))
			y[i] /= 128, want[i] /= 128;
	compare(convs[row].name, y, want, ny);
	free(want), free(w.packed);
	release(x), release(b), release(y), release(residual), release(w.scale), release(w.real);
}

START_TEST(convolution)
{
	run(_i, 8, false);
	run(_i, 8, true);
	run(_i, 4, false);
	run(_i, 4, true);
}
END_TEST

Suite *suite_packed(void)
{
	Suite *s = suite_create("packed");
	TCase *t = tcase_create("core");

	tcase_add_loop_test(t, pack, 0, (int)ARRAY_LEN(cases));
	tcase_add_loop_test(t, convolution, 0, (int)ARRAY_LEN(convs));
	suite_add_tcase(s, t);
	return s;
}
