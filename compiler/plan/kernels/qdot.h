/* qdot.h - what the compiler must know of the 8-bit kernels in runtime/kernels/x86: which layers
 * they take, in which tiles, at what estimated cost, and how their weights are packed. Nothing here
 * runs on the target.
 *
 * For each kernel K and parameter struct P:
 *	K_tile	chooses the tile fields of P (mr, nv, block) and returns the estimated cycles
 *	K_pack	sizes of the packed weights, of the numbers and of scratch; and the packing, where
 *		w is not NULL. K_tile comes first: packing reads the tile. */
#ifndef EDGECC_PLAN_KERNELS_QDOT_H
#define EDGECC_PLAN_KERNELS_QDOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/kernels/params.h"

/* The machine, as far as tiles depend on it. */
struct qdot_machine {
	int lanes;      /* EDGERT_VQ_LANES: 8 or 16 */
	int taps;       /* EDGERT_VQ_TAPS: 4, of a byte, or 2, of two */
	int64_t l1, l2; /* bytes of data cache of one core */
};

struct qdot_machine qdot_machine(int lanes, int taps);

/* What packing makes: w of w_size bytes, q of q_count numbers; NULL when only sizes are asked. */
struct qdot_packed {
	int8_t *w;
	int32_t *q;
	size_t w_size, q_count, scratch;
};

/* Weights come as [co][taps][cig] (gemm: [n][k]), numbers as [co][2]: bias, factor. */
void conv2d_u8_x86_tile(struct edgert_conv2d *p, const struct qdot_machine *m);
void conv2d_u8_x86_pack(const struct edgert_conv2d *p, const struct qdot_machine *m,
			const int8_t *w, const int32_t *q, struct qdot_packed *out);

bool pointwise_u8_x86_accept(const struct edgert_conv2d *p);
void pointwise_u8_x86_tile(struct edgert_conv2d *p, const struct qdot_machine *m);
void pointwise_u8_x86_pack(const struct edgert_conv2d *p, const struct qdot_machine *m,
			   const int8_t *w, const int32_t *q, struct qdot_packed *out);

bool dwconv2d_u8_x86_accept(const struct edgert_conv2d *p, const struct qdot_machine *m);
void dwconv2d_u8_x86_tile(struct edgert_conv2d *p, const struct qdot_machine *m);
void dwconv2d_u8_x86_pack(const struct edgert_conv2d *p, const struct qdot_machine *m,
			  const int8_t *w, const int32_t *q, struct qdot_packed *out);

/* Winograd's F(t x t, 3x3), t being 2 or 4. w: 9 * ci weights of each channel, in any order. Possible
 * where products take 16 bits and no sum can need more bits than the form leaves it; choose returns
 * the t that is estimated to be faster than conv2d_u8_x86, the other one too, or 0. */
bool winograd_u8_x86_possible(const struct edgert_conv2d *p, const struct qdot_machine *m, int t,
			      const int8_t *w);
int winograd_u8_x86_choose(const struct edgert_conv2d *p, const struct qdot_machine *m,
			   const int8_t *w);
void winograd2_u8_x86_tile(struct edgert_conv2d *p, const struct qdot_machine *m);
void winograd2_u8_x86_pack(const struct edgert_conv2d *p, const struct qdot_machine *m,
			   const int8_t *w, const int32_t *q, struct qdot_packed *out);
void winograd4_u8_x86_tile(struct edgert_conv2d *p, const struct qdot_machine *m);
void winograd4_u8_x86_pack(const struct edgert_conv2d *p, const struct qdot_machine *m,
			   const int8_t *w, const int32_t *q, struct qdot_packed *out);

void gemm_u8_x86_tile(struct edgert_gemm *p, const struct qdot_machine *m);
void gemm_u8_x86_pack(const struct edgert_gemm *p, const struct qdot_machine *m, const int8_t *w,
		      const int32_t *q, struct qdot_packed *out);
/* Of a product of two activations, in the tile of gemm_u8. */
size_t matmul_u8_x86_scratch(const struct edgert_gemm *p, const struct qdot_machine *m);

#endif
