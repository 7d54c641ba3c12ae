/* vec.h - what the compiler must know of the kernels in runtime/kernels/vec: which layers they
 * take, in which tiles, at what estimated cost, and how their weights are packed. Nothing here runs
 * on the target.
 *
 * For each kernel K and parameter struct P, in K's file:
 *	K_accept    can it compute P?
 *	K_tile      chooses the tile fields of P (mr, nv, block ...) and returns the cost
 *	K_cost      estimated cycles in P's tile
 *	K_scratch   bytes of scratch, 64-byte aligned
 *	K_weights   floats of packed weights
 *	K_pack      packs them; `w` is in ONNX's layout
 * K_tile comes first: the others read the tile. Costs of different kernels of one interface
 * compare. */
#ifndef EDGECC_PLAN_KERNELS_VEC_H
#define EDGECC_PLAN_KERNELS_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/kernels/params.h"

/* The machine that the emitted code will run on, as far as tiles depend on it. */
struct vec_machine {
	int lanes;      /* EDGERT_VF_LANES: 4, 8, 16 */
	int registers;  /* EDGERT_VF_REGISTERS: 8, 16 or 32 */
	double fma;     /* cycles that one vector multiply-add takes: 0.5 with two units */
	int64_t l1, l2; /* bytes of data cache of one core */
};

/* With the rates and caches of a profile that does not say. */
struct vec_machine vec_machine(int lanes, int registers);

/* -- tile.c: the cost of register tiles ------------------------------------------------ */

/* Is there such a tile (see runtime/kernels/isa/tile.h), and does it fit the registers? */
bool vec_tile_exists(const struct vec_machine *m, int64_t mr, int64_t nv);
/* Cycles of one tile over k steps in `runs` runs, its stores included; w: bytes of weights between
 * two uses of one. */
double vec_tile_cost(const struct vec_machine *m, int64_t mr, int64_t nv, int64_t k, int64_t runs,
		     int64_t w);
/* Cycles that w bytes of weights take at least when they are read once: they come from L3 when L2
 * does not hold them. */
double vec_stream_cost(const struct vec_machine *m, int64_t w);
/* The cost of a strip of `count` rows: tiles of mr, then one of the rest. */
double vec_strip_cost(const struct vec_machine *m, int64_t mr, int64_t nv, int64_t count, int64_t k,
		      int64_t runs, int64_t w);

/* -- conv2d_f32.c: edgert_conv2d_f32__vec ---------------------------------------------- */
bool conv2d_f32_vec_accept(const struct edgert_conv2d *p);
double conv2d_f32_vec_tile(struct edgert_conv2d *p, const struct vec_machine *m);
double conv2d_f32_vec_cost(const struct edgert_conv2d *p, const struct vec_machine *m);
int64_t conv2d_f32_vec_weights(const struct edgert_conv2d *p, const struct vec_machine *m);
void conv2d_f32_vec_pack(const struct edgert_conv2d *p, const struct vec_machine *m, const float *w,
			 float *out);

/* edgert_conv2d_f32__pointwise: 1x1, no pads, no groups; all else as edgert_conv2d_f32__vec. */
bool pointwise_f32_vec_accept(const struct edgert_conv2d *p);

/* -- dwconv2d_f32.c: edgert_dwconv2d_f32__vec: groups = ci = co -- */
bool dwconv2d_f32_vec_accept(const struct edgert_conv2d *p);
double dwconv2d_f32_vec_tile(struct edgert_conv2d *p, const struct vec_machine *m);
double dwconv2d_f32_vec_cost(const struct edgert_conv2d *p, const struct vec_machine *m);
int64_t dwconv2d_f32_vec_weights(const struct edgert_conv2d *p, const struct vec_machine *m);
void dwconv2d_f32_vec_pack(const struct edgert_conv2d *p, const struct vec_machine *m,
			   const float *w, float *out);

/* -- winograd_f32.c: edgert_conv2d_f32__winograd: 3x3, stride 1 ------------------------ */
bool winograd_f32_vec_accept(const struct edgert_conv2d *p);
double winograd_f32_vec_tile(struct edgert_conv2d *p, const struct vec_machine *m);
double winograd_f32_vec_cost(const struct edgert_conv2d *p, const struct vec_machine *m);
int64_t winograd_f32_vec_scratch(const struct edgert_conv2d *p, const struct vec_machine *m);
int64_t winograd_f32_vec_weights(const struct edgert_conv2d *p, const struct vec_machine *m);
void winograd_f32_vec_pack(const struct edgert_conv2d *p, const struct vec_machine *m,
			   const float *w, float *out);

/* -- windows_f32.c: edgert_conv2d_f32__windows: more than one tap, no groups; weights as
 * edgert_conv2d_f32__vec's - */
bool windows_f32_vec_accept(const struct edgert_conv2d *p);
double windows_f32_vec_tile(struct edgert_conv2d *p, const struct vec_machine *m);
double windows_f32_vec_cost(const struct edgert_conv2d *p, const struct vec_machine *m);
int64_t windows_f32_vec_scratch(const struct edgert_conv2d *p, const struct vec_machine *m);

/* -- gemm_f32.c: edgert_gemm_f32__vec; `w` as p's w_batch, w_row, w_col say ------------ */
bool gemm_f32_vec_accept(const struct edgert_gemm *p);
double gemm_f32_vec_tile(struct edgert_gemm *p, const struct vec_machine *m);
double gemm_f32_vec_cost(const struct edgert_gemm *p, const struct vec_machine *m);
int64_t gemm_f32_vec_weights(const struct edgert_gemm *p, const struct vec_machine *m);
void gemm_f32_vec_pack(const struct edgert_gemm *p, const struct vec_machine *m, const float *w,
		       float *out);

/* edgert_matmul_f32__vec: any strides; w_col or w_row 1 is fast. */
bool matmul_f32_vec_accept(const struct edgert_gemm *p);
double matmul_f32_vec_tile(struct edgert_gemm *p, const struct vec_machine *m);
double matmul_f32_vec_cost(const struct edgert_gemm *p, const struct vec_machine *m);
int64_t matmul_f32_vec_scratch(const struct edgert_gemm *p, const struct vec_machine *m);

/* -- rows_f32.c: kernels that take every P and have neither tile, scratch nor weights -- */
double pool2d_f32_vec_cost(const struct edgert_pool2d *p, const struct vec_machine *m);
double softmax_f32_vec_cost(const struct edgert_softmax *p, const struct vec_machine *m);
double layer_norm_f32_vec_cost(const struct edgert_layer_norm *p, const struct vec_machine *m);

/* -- recurrence_f32.c: edgert_lstm_f32__vec (gates 4), edgert_gru_f32__vec (gates 3) ---
 *
 * `lens`: the kernel gets each row's length. Sizes in floats; scratch in bytes. */
bool recurrence_f32_vec_accept(const struct edgert_recurrence *p, int gates, bool peepholes);
double recurrence_f32_vec_tile(struct edgert_recurrence *p, int gates, bool lens,
			       const struct vec_machine *m);
int64_t recurrence_f32_vec_scratch(const struct edgert_recurrence *p, int gates, bool lens,
				   const struct vec_machine *m);
int64_t recurrence_f32_vec_w_size(const struct edgert_recurrence *p, int gates,
				  const struct vec_machine *m);
int64_t recurrence_f32_vec_r_size(const struct edgert_recurrence *p, int gates,
				  const struct vec_machine *m);
int64_t recurrence_f32_vec_b_size(const struct edgert_recurrence *p, int gates,
				  const struct vec_machine *m);
void recurrence_f32_vec_pack_w(const struct edgert_recurrence *p, int gates,
			       const struct vec_machine *m, const float *w, float *out);
void recurrence_f32_vec_pack_r(const struct edgert_recurrence *p, int gates,
			       const struct vec_machine *m, const float *r, float *out);
void recurrence_f32_vec_pack_b(const struct edgert_recurrence *p, int gates,
			       const struct vec_machine *m, const float *b, float *out);

#endif
