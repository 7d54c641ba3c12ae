/* int8.h - the host side of the 8-bit kernels of small machines (runtime/kernels/dsp, mve, rvv, scalar; of
 * q128 those of activations in 16 bits):
 * their packed weights and scratch, of which each kernel's file says the layout.
 *
 * Needs no more than the kernels' own headers, so that tests on a bare machine can pack, too. */
#ifndef EDGECC_PLAN_KERNELS_INT8_H
#define EDGECC_PLAN_KERNELS_INT8_H

#include "runtime/kernels/params.h"

/* Weights w [co][kh][kw][ci / groups] as the kernel reads them; returns their bytes. out NULL: no
 * more than that. */
typedef edgert_int int8_conv2d_pack_fn(const struct edgert_conv2d *p, const int8_t *w, int8_t *out);
/* w [n][k] */
typedef edgert_int int8_gemm_pack_fn(const struct edgert_gemm *p, const int8_t *w, int8_t *out);
/* q of these weights as the kernel reads it, from [co][2]; returns how many numbers that are. out NULL:
 * no more than that. */
typedef edgert_int int8_conv2d_numbers_fn(const struct edgert_conv2d *p, const int8_t *w,
					  const int32_t *q, int32_t *out);
/* Bytes of scratch. */
typedef edgert_int int8_conv2d_scratch_fn(const struct edgert_conv2d *p);
typedef edgert_int int8_gemm_scratch_fn(const struct edgert_gemm *p);

/* Packed weights, all of [-8, 7], as bytes of two: lower halves `run` of them, upper ones the next
 * `run`, and so on. Returns the bytes; out NULL: no more than that. */
edgert_int int8_fold(edgert_int run, edgert_int size, const int8_t *w, int8_t *out);

int8_conv2d_numbers_fn int8_conv2d_numbers, int8_conv2d_scalar_numbers;

int8_conv2d_pack_fn int8_conv2d_dsp_pack, int8_dwconv2d_dsp_pack;
int8_gemm_pack_fn int8_gemm_dsp_pack;
int8_conv2d_scratch_fn int8_conv2d_dsp_scratch, int8_dwconv2d_dsp_scratch;
int8_gemm_scratch_fn int8_gemm_dsp_scratch;

int8_conv2d_pack_fn int8_conv2d_mve_pack, int8_dwconv2d_mve_pack;
int8_gemm_pack_fn int8_gemm_mve_pack;
int8_conv2d_scratch_fn int8_conv2d_mve_scratch, int8_dwconv2d_mve_scratch;
int8_gemm_scratch_fn int8_gemm_mve_scratch;

int8_conv2d_pack_fn int8_conv2d_scalar_pack, int8_dwconv2d_scalar_pack;
int8_gemm_pack_fn int8_gemm_scalar_pack;
int8_conv2d_scratch_fn int8_conv2d_scalar_scratch, int8_dwconv2d_scalar_scratch;
int8_gemm_scratch_fn int8_gemm_scalar_scratch;

int8_conv2d_pack_fn int8_conv2d_rvv_pack, int8_conv2d_rvv_w4_pack, int8_dwconv2d_rvv_pack;
int8_gemm_pack_fn int8_gemm_rvv_pack, int8_gemm_rvv_w4_pack;
int8_conv2d_scratch_fn int8_conv2d_rvv_scratch, int8_dwconv2d_rvv_scratch;
int8_gemm_scratch_fn int8_gemm_rvv_scratch;

/* Of a product of two activations: the columns, their biases and scales, and what gemm's rows need. */
int8_gemm_scratch_fn int8_matmul_dsp_scratch, int8_matmul_mve_scratch, int8_matmul_rvv_scratch,
	int8_matmul_scalar_scratch;

/* Of activations in 16 bits; numbers are scalar's, and there is no scratch. Does the kernel take such a
 * convolution? */
int8_conv2d_pack_fn int8_wide_conv2d_dsp_pack, int8_wide_conv2d_mve_pack, int8_wide_conv2d_rvv_pack,
	int8_wide_conv2d_q128_pack, int8_wide_conv2d_scalar_pack;
int8_gemm_pack_fn int8_wide_gemm_dsp_pack, int8_wide_gemm_mve_pack, int8_wide_gemm_rvv_pack,
	int8_wide_gemm_q128_pack, int8_wide_gemm_scalar_pack;
int int8_wide_conv2d_dsp_fits(const struct edgert_conv2d *p);
int int8_wide_conv2d_vector_fits(const struct edgert_conv2d *p);

#endif
