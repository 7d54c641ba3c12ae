/* q128.h - the host side of the kernels in runtime/kernels/q128: tiles, packed weights, scratch.
 *
 * Needs no more than the kernels' own headers, so that tests on a bare machine can pack, too. */
#ifndef EDGECC_PLAN_KERNELS_Q128_H
#define EDGECC_PLAN_KERNELS_Q128_H

#include "runtime/kernels/params.h"

/* The machine. */
struct q128_machine {
	int taps;      /* EDGERT_Q128_TAPS */
	int registers; /* of 128 bits */
	/* Products of two bytes are added in 16 bits: -128 * -128 twice does not fit. */
	int narrow;
};

/* Which layers are theirs? w may be NULL: any weights. */
int int8_q128_conv2d_fits(const struct q128_machine *m, const struct edgert_conv2d *p,
			  const int8_t *w);
int int8_q128_dwconv2d_fits(const struct edgert_conv2d *p, const int8_t *w);
int int8_q128_gemm_fits(const struct q128_machine *m, const struct edgert_gemm *p, const int8_t *w);

/* Chooses mr, nv and block. */
void int8_q128_conv2d_tile(const struct q128_machine *m, struct edgert_conv2d *p);
void int8_q128_gemm_tile(const struct q128_machine *m, struct edgert_gemm *p);

/* Of a tile that is chosen: w [co][kh][kw][ci / groups] or [n][k] as the kernel reads them; returns
 * their bytes. out NULL: no more than that. */
edgert_int int8_q128_conv2d_pack(const struct q128_machine *m, const struct edgert_conv2d *p,
				 const int8_t *w, int8_t *out);
edgert_int int8_q128_dwconv2d_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out);
edgert_int int8_q128_gemm_pack(const struct q128_machine *m, const struct edgert_gemm *p,
			       const int8_t *w, int8_t *out);

/* q, from pairs [channels][2]; returns how many numbers that are. out NULL: no more than that. */
edgert_int int8_q128_conv2d_numbers(const struct edgert_conv2d *p, const int32_t *pairs,
				    int32_t *out);
edgert_int int8_q128_dwconv2d_numbers(const struct edgert_conv2d *p, const int32_t *pairs,
				      int32_t *out);
edgert_int int8_q128_gemm_numbers(const struct edgert_gemm *p, const int32_t *pairs, int32_t *out);

/* Bytes of scratch, of a tile that is chosen. */
edgert_int int8_q128_conv2d_scratch(const struct edgert_conv2d *p);
edgert_int int8_q128_dwconv2d_scratch(const struct edgert_conv2d *p);
edgert_int int8_q128_gemm_scratch(const struct edgert_gemm *p);
edgert_int int8_q128_matmul_scratch(const struct edgert_gemm *p);

#endif
