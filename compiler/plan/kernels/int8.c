/* The integer kernels of small machines: packed weights and scratch. */
#include "int8.h"

static edgert_int round_up(edgert_int n, edgert_int to)
{
	return (n + to - 1) / to * to;
}

/* Weights w [channels][taps] as [channels / many][taps / run][many][run], 0 beyond. */
static edgert_int tile_pack(edgert_int many, edgert_int run, edgert_int channels, edgert_int taps,
			    const int8_t *w, int8_t *out)
{
	const edgert_int padded = round_up(taps, run), size = round_up(channels, many) * padded;

	for (edgert_int i = 0; out && i < size; i++) {
		const edgert_int c = i / (many * padded) * many + i / run % many;
		const edgert_int k = i % (many * padded) / (many * run) * run + i % run;

		out[i] = (int8_t)(c < channels && k < taps ? w[c * taps + k] : 0);
	}
	return size;
}

/* Of a depthwise convolution: [channels / lanes][taps][lanes]. */
static edgert_int depthwise_pack(edgert_int lanes, const struct edgert_conv2d *p, const int8_t *w,
				 int8_t *out)
{
	return tile_pack(lanes, 1, p->ci, p->kh * p->kw, w, out);
}

edgert_int int8_conv2d_numbers(const struct edgert_conv2d *p, const int8_t *w, const int32_t *pairs,
			       int32_t *out)
{
	(void)w;
	for (edgert_int i = 0; out && i < 2 * p->co; i++)
		out[i] = pairs[i];
	return 2 * p->co;
}

/* Do all windows lie inside the image? */
static int inside(const struct edgert_conv2d *p)
{
	return p->pt == 0 && p->pl == 0 && (p->oh - 1) * p->sh + (p->kh - 1) * p->dh < p->ih &&
	       (p->ow - 1) * p->sw + (p->kw - 1) * p->dw < p->iw;
}

/* -- dsp -------------------------------------------------------------------------------- */

/* As in runtime/kernels/dsp. */
enum { DSP_TAPS = 160, DSP_WINDOW = 768 };

edgert_int int8_conv2d_dsp_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return tile_pack(2, 4, p->co, p->kh * p->kw * p->ci, w, out);
}

edgert_int int8_gemm_dsp_pack(const struct edgert_gemm *p, const int8_t *w, int8_t *out)
{
	return tile_pack(2, 4, p->n, p->k, w, out);
}

edgert_int int8_conv2d_dsp_scratch(const struct edgert_conv2d *p)
{
	const edgert_int taps = round_up(p->kh * p->kw * p->ci, 4);

	return taps > DSP_TAPS ? 5 * taps : 0;
}

edgert_int int8_gemm_dsp_scratch(const struct edgert_gemm *p)
{
	(void)p;
	return 0;
}

edgert_int int8_dwconv2d_dsp_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return depthwise_pack(4, p, w, out);
}

edgert_int int8_dwconv2d_dsp_scratch(const struct edgert_conv2d *p)
{
	const edgert_int window = p->kh * p->kw * p->ci;

	return window > DSP_WINDOW ? window : 0;
}

/* -- mve --------------------------------------------------------------------------------- */

edgert_int int8_conv2d_mve_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return tile_pack(4, 16, p->co, p->kh * p->kw * p->ci, w, out);
}

edgert_int int8_gemm_mve_pack(const struct edgert_gemm *p, const int8_t *w, int8_t *out)
{
	return tile_pack(4, 16, p->n, p->k, w, out);
}

edgert_int int8_dwconv2d_mve_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return depthwise_pack(8, p, w, out);
}

/* As in runtime/kernels/isa/mve.h. */
enum { MVE_LOCAL = 768 };

static edgert_int mve_scratch(edgert_int size)
{
	return size > MVE_LOCAL ? size : 0;
}

edgert_int int8_conv2d_mve_scratch(const struct edgert_conv2d *p)
{
	return mve_scratch(round_up(p->kh * p->kw * p->ci, 16));
}

edgert_int int8_gemm_mve_scratch(const struct edgert_gemm *p)
{
	return p->k % 16 == 0 ? 0 : mve_scratch(round_up(p->k, 16));
}

edgert_int int8_dwconv2d_mve_scratch(const struct edgert_conv2d *p)
{
	return mve_scratch(p->kh * p->kw * p->ci + 8);
}

/* -- scalar: as they are ---------------------------------------------------------------- */

static edgert_int copy(const int8_t *w, edgert_int size, int8_t *out)
{
	for (edgert_int i = 0; out && i < size; i++)
		out[i] = w[i];
	return size;
}

edgert_int int8_conv2d_scalar_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return copy(w, p->co * p->kh * p->kw * p->ci, out);
}

edgert_int int8_gemm_scalar_pack(const struct edgert_gemm *p, const int8_t *w, int8_t *out)
{
	return copy(w, p->n * p->k, out);
}

edgert_int int8_dwconv2d_scalar_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return depthwise_pack(p->ci > 0 ? p->ci : 1, p, w, out);
}

edgert_int int8_conv2d_scalar_numbers(const struct edgert_conv2d *p, const int8_t *w,
				      const int32_t *pairs, int32_t *out)
{
	const edgert_int n = int8_conv2d_numbers(p, w, pairs, out);
	const edgert_int taps = p->kh * p->kw * (p->ci / p->groups);

	if (inside(p))
		return n;
	for (edgert_int c = 0; out && c < p->co; c++) {
		int32_t sum = 0;

		for (edgert_int k = 0; k < taps; k++)
			sum += w[c * taps + k];
		out[n + c] = pairs[2 * c] + (int32_t)p->x_zero * sum;
	}
	return n + p->co;
}

edgert_int int8_conv2d_scalar_scratch(const struct edgert_conv2d *p)
{
	(void)p;
	return 0;
}

edgert_int int8_gemm_scalar_scratch(const struct edgert_gemm *p)
{
	(void)p;
	return 0;
}

edgert_int int8_dwconv2d_scalar_scratch(const struct edgert_conv2d *p)
{
	(void)p;
	return 0;
}

/* -- rvv: a tap's weights of all channels side by side ------------------------------------ */

edgert_int int8_conv2d_rvv_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return tile_pack(p->co > 0 ? p->co : 1, 1, p->co, p->kh * p->kw * p->ci, w, out);
}

edgert_int int8_gemm_rvv_pack(const struct edgert_gemm *p, const int8_t *w, int8_t *out)
{
	return tile_pack(p->n > 0 ? p->n : 1, 1, p->n, p->k, w, out);
}

/* Of 4 bits: columns of the window in whole bytes of two taps. */
static edgert_int rvv_pack_w4(edgert_int channels, edgert_int columns, edgert_int run,
			      const int8_t *w, int8_t *out)
{
	const edgert_int padded = round_up(run, 2), size = channels * columns * padded;

	for (edgert_int i = 0; out && i < size; i++) {
		const edgert_int c = i % channels, k = i / channels % padded;
		const edgert_int column = i / channels / padded;

		out[i] = (int8_t)(k < run ? w[(c * columns + column) * run + k] : 0);
	}
	return size;
}

edgert_int int8_conv2d_rvv_w4_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return rvv_pack_w4(p->co, p->kh * p->kw, p->ci, w, out);
}

edgert_int int8_gemm_rvv_w4_pack(const struct edgert_gemm *p, const int8_t *w, int8_t *out)
{
	return rvv_pack_w4(p->n, 1, p->k, w, out);
}

edgert_int int8_dwconv2d_rvv_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return int8_dwconv2d_scalar_pack(p, w, out);
}

edgert_int int8_conv2d_rvv_scratch(const struct edgert_conv2d *p)
{
	return int8_conv2d_scalar_scratch(p);
}

edgert_int int8_gemm_rvv_scratch(const struct edgert_gemm *p)
{
	return int8_gemm_scalar_scratch(p);
}

edgert_int int8_dwconv2d_rvv_scratch(const struct edgert_conv2d *p)
{
	return int8_dwconv2d_scalar_scratch(p);
}

/* -- products of two activations: runtime/kernels/isa/matmul8.h ---------------------------- */

static edgert_int matmul_scratch(const struct edgert_gemm *p, int8_gemm_pack_fn *pack,
				 int8_gemm_scratch_fn *rows)
{
	return 2 * (edgert_int)sizeof(int32_t) * p->n + pack(p, NULL, NULL) + rows(p);
}

edgert_int int8_matmul_dsp_scratch(const struct edgert_gemm *p)
{
	return matmul_scratch(p, int8_gemm_dsp_pack, int8_gemm_dsp_scratch);
}

edgert_int int8_matmul_mve_scratch(const struct edgert_gemm *p)
{
	return matmul_scratch(p, int8_gemm_mve_pack, int8_gemm_mve_scratch);
}

edgert_int int8_matmul_rvv_scratch(const struct edgert_gemm *p)
{
	return matmul_scratch(p, int8_gemm_rvv_pack, int8_gemm_rvv_scratch);
}

edgert_int int8_matmul_scalar_scratch(const struct edgert_gemm *p)
{
	return matmul_scratch(p, int8_gemm_scalar_pack, int8_gemm_scalar_scratch);
}

/* -- activations in 16 bits -------------------------------------------------------------- */

/* Rows of `run` weights for each of `channels` as dsp/dot16.h has them. */
static edgert_int dsp16_pack(edgert_int channels, edgert_int rows, edgert_int run, const int8_t *w,
			     int8_t *out)
{
	static const int order[4] = { 0, 2, 1, 3 };
	const edgert_int padded = round_up(run, 4), pair = 2 * rows * padded;
	const edgert_int size = round_up(channels, 2) / 2 * pair;

	for (edgert_int i = 0; out && i < size; i++) {
		const edgert_int c = i / pair * 2 + i / 4 % 2;
		const edgert_int row = i % pair / (2 * padded);
		const edgert_int k = i % (2 * padded) / 8 * 4 + order[i % 4];

		out[i] = (int8_t)(c < channels && k < run ? w[(c * rows + row) * run + k] : 0);
	}
	return size;
}

edgert_int int8_wide_conv2d_dsp_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	const edgert_int unit = p->dw == 1 && p->x_pixel == p->ci ? p->kw : 1;

	return dsp16_pack(p->co, p->kh * p->kw / unit, unit * p->ci, w, out);
}

edgert_int int8_wide_gemm_dsp_pack(const struct edgert_gemm *p, const int8_t *w, int8_t *out)
{
	return dsp16_pack(p->n, 1, p->k, w, out);
}

/* A window cut off inside a group of four taps would need other weights. */
int int8_wide_conv2d_dsp_fits(const struct edgert_conv2d *p)
{
	return inside(p) || (p->x_zero == 0 && (p->ci % 4 == 0 || p->kw == 1 || p->dw > 1));
}

int int8_wide_conv2d_vector_fits(const struct edgert_conv2d *p)
{
	return inside(p) || p->x_zero == 0;
}

edgert_int int8_wide_conv2d_mve_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return int8_conv2d_scalar_pack(p, w, out);
}

edgert_int int8_wide_gemm_mve_pack(const struct edgert_gemm *p, const int8_t *w, int8_t *out)
{
	return int8_gemm_scalar_pack(p, w, out);
}

edgert_int int8_wide_conv2d_rvv_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return int8_conv2d_rvv_pack(p, w, out);
}

edgert_int int8_wide_gemm_rvv_pack(const struct edgert_gemm *p, const int8_t *w, int8_t *out)
{
	return int8_gemm_rvv_pack(p, w, out);
}

edgert_int int8_wide_conv2d_q128_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return int8_conv2d_scalar_pack(p, w, out);
}

edgert_int int8_wide_gemm_q128_pack(const struct edgert_gemm *p, const int8_t *w, int8_t *out)
{
	return int8_gemm_scalar_pack(p, w, out);
}

edgert_int int8_wide_conv2d_scalar_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return int8_conv2d_scalar_pack(p, w, out);
}

edgert_int int8_wide_gemm_scalar_pack(const struct edgert_gemm *p, const int8_t *w, int8_t *out)
{
	return int8_gemm_scalar_pack(p, w, out);
}
