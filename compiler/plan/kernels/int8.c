/* The 8-bit kernels of small machines: packed weights and scratch. */
#include "int8.h"

static edgert_int round_up(edgert_int n, edgert_int to)
{
	return (n + to - 1) / to * to;
}

/* -- dsp: [channels / 2][taps / 4][2][4] ----------------------------------------------- */

/* As in runtime/kernels/dsp. */
enum { DSP_TAPS = 160, DSP_WINDOW = 768 };

static edgert_int dsp_pack(edgert_int channels, edgert_int taps, const int8_t *w, int8_t *out)
{
	const edgert_int padded = round_up(taps, 4), size = round_up(channels, 2) * padded;

	for (edgert_int i = 0; out && i < size; i++) {
		const edgert_int c = i / (2 * padded) * 2 + i / 4 % 2;
		const edgert_int k = i % (2 * padded) / 8 * 4 + i % 4;

		out[i] = (int8_t)(c < channels && k < taps ? w[c * taps + k] : 0);
	}
	return size;
}

edgert_int int8_conv2d_dsp_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return dsp_pack(p->co, p->kh * p->kw * p->ci, w, out);
}

edgert_int int8_gemm_dsp_pack(const struct edgert_gemm *p, const int8_t *w, int8_t *out)
{
	return dsp_pack(p->n, p->k, w, out);
}

edgert_int int8_conv2d_dsp_scratch(const struct edgert_conv2d *p)
{
	const edgert_int taps = round_up(p->kh * p->kw * p->ci, 4);

	return taps > DSP_TAPS ? 5 * taps : 0;
}

edgert_int int8_gemm_dsp_scratch(const struct edgert_gemm *p)
{
	const edgert_int taps = round_up(p->k, 4);

	return taps > DSP_TAPS ? 4 * taps : 0;
}

/* -- depthwise: [channels / lanes][taps][lanes] ---------------------------------------- */

static edgert_int depthwise_pack(edgert_int lanes, const struct edgert_conv2d *p, const int8_t *w,
				 int8_t *out)
{
	const edgert_int taps = p->kh * p->kw, size = round_up(p->ci, lanes) * taps;

	for (edgert_int i = 0; out && i < size; i++) {
		const edgert_int c = i / (lanes * taps) * lanes + i % lanes;

		out[i] = (int8_t)(c < p->ci ? w[c * taps + i / lanes % taps] : 0);
	}
	return size;
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

/* Do all windows lie inside the image? */
static int inside(const struct edgert_conv2d *p)
{
	return p->pt == 0 && p->pl == 0 && (p->oh - 1) * p->sh + (p->kh - 1) * p->dh < p->ih &&
	       (p->ow - 1) * p->sw + (p->kw - 1) * p->dw < p->iw;
}

edgert_int int8_conv2d_scalar_scratch(const struct edgert_conv2d *p)
{
	const int runs = p->kw == 1 || (p->dw == 1 && p->x_pixel == p->ci);

	return inside(p) && runs ? 0 : 2 * p->kh * p->kw * p->ci;
}

edgert_int int8_gemm_scalar_scratch(const struct edgert_gemm *p)
{
	(void)p;
	return 0;
}

edgert_int int8_dwconv2d_scalar_scratch(const struct edgert_conv2d *p)
{
	return inside(p) ? 0 : p->kh * p->kw * p->ci;
}
