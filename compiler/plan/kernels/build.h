/* build.h - for the files of this folder: parameters and arguments of kernel calls. */
#ifndef EDGECC_PLAN_KERNELS_BUILD_H
#define EDGECC_PLAN_KERNELS_BUILD_H

#include "../plan.h"
#include "vec.h"

/* A member of a parameter struct, all of type edgert_int. */
struct param_row {
	const char *name;
	size_t offset;
	bool number; /* it is no size: it may be negative */
};
#define PARAM(S, F)                                                                                \
	{                                                                                          \
#F, offsetof(struct S, F), false                                                   \
	}
#define PARAM_NUMBER(S, F)                                                                         \
	{                                                                                          \
#F, offsetof(struct S, F), true                                                    \
	}

/* While a call is built, a parameter struct holds dims: numbers, or negative symbolic ones. */
void call_params(struct unit *u, struct call *c, const char *type, const struct param_row *rows,
		 size_t n, const void *params);
/* The other way: of a call with numbers only; false where a size is symbolic. */
bool params_of_call(const struct call *c, const struct param_row *rows, size_t n, void *params);
/* A member that is an array of sizes. */
void call_sizes(struct unit *u, struct call *c, const char *name, const dim *d, int n);
/* The same struct with every symbolic size replaced by its bound: what costs and tiles are computed
 * from. */
void params_bound(struct unit *u, const struct param_row *rows, size_t n, void *params);
void call_value(struct unit *u, struct call *c, const struct value *v,
		bool output); /* v NULL: a null pointer */
/* A constant that the kernel reads by EDGERT_W; others it reads from RAM. */
void call_weights(struct unit *u, struct call *c, const struct value *v);
void call_packed(struct unit *u, struct call *c, uint32_t from, enum dtype type, const void *data,
		 size_t size);
/* As call_packed with input k of n, which is constant: its elements packed when they are written. A
 * copy of params goes to pack. */
void call_packing(struct unit *u, struct call *c, const struct node *n, int k,
		  void (*pack)(const void *params, const void *elements, void *out),
		  const void *params, size_t params_size, size_t size);
void call_scratch(struct unit *u, struct call *c, size_t size);
/* Constant input k as floats (arena), or NULL when it is not a float32 constant. */
const float *const_floats(struct unit *u, const struct node *n, int k);
bool is_f32(const struct node *n, int k); /* input k present and float32 */
struct vec_machine target_machine(const struct target *t);

/* conv.c, gemm.c: sizes of Conv, QConv, Gemm, MatMul and QMatMul, perhaps symbolic, with strides of
 * the layouts as they are now. */
extern const struct param_row conv_param_rows[], gemm_param_rows[];
extern const size_t conv_param_count, gemm_param_count;
struct edgert_conv2d conv_params(struct unit *u, const struct node *n);
bool gemm_params(struct unit *u, const struct node *n, struct edgert_gemm *p);
/* pool.c: of all pools, QAveragePool's with the numbers of its requantization left 0. */
extern const struct param_row pool_param_rows[];
extern const size_t pool_param_count;
struct edgert_pool2d pool_params(struct unit *u, const struct node *n);

/* -- integer kernels: what each of them is built from, whatever the instruction set --------------
 *
 * q holds two numbers per channel: the bias, from which x_zero * (the channel's weights) is taken,
 * and the factor's bits or the multiplier. */
struct q_conv {
	struct edgert_conv2d p, bound; /* bound: every symbolic size at its most */
	const int8_t *w;               /* [co][kh][kw][cig] */
	const int32_t *q;              /* [co][2] */
	bool w4;                       /* the kernel reads weights of 4 bits */
};
/* n is a convolution (QConv) of activations of type `from`, DT_I8 or DT_U8, with results of type `to`,
 * the same or DT_I32, with constant 8-bit weights, whose sums fit 32 bits. False: *reason says what it is not. */
bool q_conv_accept(struct unit *u, const struct node *n, enum dtype from, enum dtype to,
		   const char **reason, struct edgert_conv2d *bound);
void q_conv_read(struct unit *u, const struct node *n, struct q_conv *out);
/* Are all weights (constant input 1) in [-8, 7], so that 4 bits hold them? */
bool q_fits_w4(const struct node *n);
/* Fills the call: w and q as the kernel reads them, w_size and q_size in bytes. */
void q_conv_call(struct unit *u, const struct node *n, const struct q_conv *c, const int8_t *w,
		 size_t w_size, const int32_t *q, size_t q_size, size_t scratch, struct call *out);

/* The same of a product whose operands are both computed, of `type` as the result is. */
bool q_matmul_accept(struct unit *u, const struct node *n, enum dtype type, const char **reason,
		     struct edgert_gemm *bound);
/* Of a tile; scratch: by the sizes of bound. */
void q_matmul_call(struct unit *u, const struct node *n, const struct edgert_gemm *tile,
		   size_t scratch, struct call *out);

struct q_gemm {
	struct edgert_gemm p, bound;
	const int8_t *w;  /* [n][k] */
	const int32_t *q; /* [n][2] */
	bool w4;
};
bool q_gemm_accept(struct unit *u, const struct node *n, enum dtype from, enum dtype to,
		   const char **reason, struct edgert_gemm *bound);
void q_gemm_read(struct unit *u, const struct node *n, struct q_gemm *out);
void q_gemm_call(struct unit *u, const struct node *n, const struct q_gemm *c, const int8_t *w,
		 size_t w_size, const int32_t *q, size_t q_size, size_t scratch, struct call *out);

/* -- rows of kernels.c: accept and build of each interface ----------------------------- */
#define KERNEL_HOST(NAME)                                                                          \
	kernel_accept_fn accept_##NAME;                                                            \
	kernel_build_fn build_##NAME

KERNEL_HOST(conv2d_f32_ref);
KERNEL_HOST(conv2d_f32_vec);
KERNEL_HOST(dwconv2d_f32_vec);
KERNEL_HOST(gemm_f32_ref);
KERNEL_HOST(gemm_f32_vec);
KERNEL_HOST(layer_norm_f32_vec);
KERNEL_HOST(matmul_f32_ref);
KERNEL_HOST(matmul_f32_vec);
KERNEL_HOST(pointwise_f32_vec);
KERNEL_HOST(recurrent_ref);
kernel_accept_fn accept_recurrent_s8, accept_recurrent_u8, accept_recurrent_s16;
kernel_build_fn build_recurrent_q_ref, build_recurrent_q_dsp, build_recurrent_q_mve,
	build_recurrent_q_rvv, build_recurrent_q_q128, build_recurrent_q_x86;
KERNEL_HOST(recurrence_any);
KERNEL_HOST(recurrent_vec);
KERNEL_HOST(windows_f32_vec);
KERNEL_HOST(winograd_f32_vec);
kernel_block_fn block_windows_f32_vec, block_winograd_f32_vec;
KERNEL_HOST(conv2d_f32w4);
KERNEL_HOST(conv2d_f32w8);
KERNEL_HOST(conv2d_f32w2_vec);
KERNEL_HOST(conv2d_f32w4_vec);
KERNEL_HOST(conv2d_f32w8_vec);
kernel_accept_fn accept_conv2d_s8_ref, accept_conv2d_u8_ref, accept_conv2d_s8s32_ref,
	accept_conv2d_u8s32_ref, accept_gemm_s8_ref, accept_gemm_u8_ref, accept_gemm_s8s32_ref,
	accept_gemm_u8s32_ref;
kernel_accept_fn accept_conv2d_s8w4_ref, accept_conv2d_u8w4_ref, accept_conv2d_s8s32w4_ref,
	accept_conv2d_u8s32w4_ref, accept_gemm_s8w4_ref, accept_gemm_u8w4_ref,
	accept_gemm_s8s32w4_ref, accept_gemm_u8s32w4_ref;
kernel_build_fn build_conv2d_q8_ref, build_gemm_q8_ref, build_conv2d_q8w4_ref, build_gemm_q8w4_ref;
KERNEL_HOST(add_s8_mve);
KERNEL_HOST(add_s8_rvv);
KERNEL_HOST(add_s8_q128);
KERNEL_HOST(add_u8_x86);
KERNEL_HOST(matmul_u8_x86);
kernel_accept_fn accept_conv2d_u8s32_x86, accept_gemm_u8s32_x86;
KERNEL_HOST(conv2d_s8_dsp);
KERNEL_HOST(dwconv2d_s8_dsp);
KERNEL_HOST(gemm_s8_dsp);
KERNEL_HOST(matmul_s8_dsp);
KERNEL_HOST(conv2d_s8w4_dsp);
KERNEL_HOST(gemm_s8w4_dsp);
KERNEL_HOST(conv2d_s8_mve);
KERNEL_HOST(dwconv2d_s8_mve);
KERNEL_HOST(gemm_s8_mve);
KERNEL_HOST(matmul_s8_mve);
KERNEL_HOST(conv2d_s8w4_mve);
KERNEL_HOST(gemm_s8w4_mve);
KERNEL_HOST(conv2d_s8_rvv);
KERNEL_HOST(dwconv2d_s8_rvv);
KERNEL_HOST(gemm_s8_rvv);
KERNEL_HOST(matmul_s8_rvv);
KERNEL_HOST(conv2d_s8w4_rvv);
KERNEL_HOST(gemm_s8w4_rvv);
KERNEL_HOST(conv2d_s16_rvv);
KERNEL_HOST(dwconv2d_s16_rvv);
KERNEL_HOST(gemm_s16_rvv);
KERNEL_HOST(conv2d_s8_scalar);
KERNEL_HOST(dwconv2d_s8_scalar);
KERNEL_HOST(gemm_s8_scalar);
KERNEL_HOST(matmul_s8_scalar);
KERNEL_HOST(conv2d_s8w4_scalar);
KERNEL_HOST(gemm_s8w4_scalar);
KERNEL_HOST(conv2d_s16_dsp);
KERNEL_HOST(gemm_s16_dsp);
KERNEL_HOST(conv2d_s16_mve);
KERNEL_HOST(dwconv2d_s16_mve);
KERNEL_HOST(gemm_s16_mve);
KERNEL_HOST(conv2d_s16_scalar);
KERNEL_HOST(dwconv2d_s16_scalar);
KERNEL_HOST(gemm_s16_scalar);
kernel_block_fn block_conv2d_u8_x86, block_pointwise_u8_x86, block_winograd2_u8_x86,
	block_winograd4_u8_x86, block_dwconv2d_u8_x86, block_gemm_u8_x86;
KERNEL_HOST(maxpool2d_s8_dsp);
KERNEL_HOST(averagepool2d_s8_dsp);
KERNEL_HOST(maxpool2d_s8_scalar);
KERNEL_HOST(averagepool2d_s8_scalar);
KERNEL_HOST(maxpool2d_s8_mve);
KERNEL_HOST(averagepool2d_s8_mve);
KERNEL_HOST(maxpool2d_s8_rvv);
KERNEL_HOST(averagepool2d_s8_rvv);
KERNEL_HOST(maxpool2d_s8_q128);
KERNEL_HOST(averagepool2d_s8_q128);
KERNEL_HOST(conv2d_s8s32_dsp);
KERNEL_HOST(dwconv2d_s8s32_dsp);
KERNEL_HOST(gemm_s8s32_dsp);
KERNEL_HOST(conv2d_s8s32_scalar);
KERNEL_HOST(dwconv2d_s8s32_scalar);
KERNEL_HOST(gemm_s8s32_scalar);
KERNEL_HOST(conv2d_s8s16_dsp);
KERNEL_HOST(dwconv2d_s8s16_dsp);
KERNEL_HOST(gemm_s8s16_dsp);
KERNEL_HOST(conv2d_s16s8_dsp);
KERNEL_HOST(gemm_s16s8_dsp);
KERNEL_HOST(conv2d_s8s16_mve);
KERNEL_HOST(dwconv2d_s8s16_mve);
KERNEL_HOST(gemm_s8s16_mve);
KERNEL_HOST(conv2d_s16s8_mve);
KERNEL_HOST(dwconv2d_s16s8_mve);
KERNEL_HOST(gemm_s16s8_mve);
KERNEL_HOST(conv2d_s8s16_rvv);
KERNEL_HOST(dwconv2d_s8s16_rvv);
KERNEL_HOST(gemm_s8s16_rvv);
KERNEL_HOST(conv2d_s16s8_rvv);
KERNEL_HOST(gemm_s16s8_rvv);
KERNEL_HOST(dwconv2d_s16s8_rvv);
KERNEL_HOST(conv2d_s16_q128);
KERNEL_HOST(dwconv2d_s16_q128);
KERNEL_HOST(gemm_s16_q128);
KERNEL_HOST(conv2d_s16s8_q128);
KERNEL_HOST(dwconv2d_s16s8_q128);
KERNEL_HOST(gemm_s16s8_q128);
KERNEL_HOST(conv2d_s8s16_scalar);
KERNEL_HOST(dwconv2d_s8s16_scalar);
KERNEL_HOST(gemm_s8s16_scalar);
KERNEL_HOST(conv2d_s16s8_scalar);
KERNEL_HOST(dwconv2d_s16s8_scalar);
KERNEL_HOST(gemm_s16s8_scalar);
KERNEL_HOST(conv2d_u8_x86);
KERNEL_HOST(pointwise_u8_x86);
KERNEL_HOST(winograd2_u8_x86);
KERNEL_HOST(winograd4_u8_x86);
KERNEL_HOST(dwconv2d_u8_x86);
KERNEL_HOST(gemm_u8_x86);
KERNEL_HOST(maxpool2d_u8_x86);
KERNEL_HOST(averagepool2d_u8_x86);
KERNEL_HOST(conv2d_s8_q128);
KERNEL_HOST(dwconv2d_s8_q128);
KERNEL_HOST(gemm_s8_q128);
KERNEL_HOST(conv2d_s8w4_q128);
KERNEL_HOST(gemm_s8w4_q128);
KERNEL_HOST(matmul_s8_q128);
kernel_accept_fn accept_conv2d_s8s32_q128, accept_gemm_s8s32_q128, accept_conv2d_s8s16_q128,
	accept_dwconv2d_s8s16_q128, accept_gemm_s8s16_q128;
KERNEL_HOST(refuse);
KERNEL_HOST(topk_ref);
kernel_accept_fn accept_scatter;
kernel_build_fn build_scatter_elements, build_scatter_nd;
KERNEL_HOST(cumsum);
kernel_accept_fn accept_trees_f32_u16, accept_trees_f32_u32, accept_trees_f64_u16,
	accept_trees_f64_u32;
kernel_build_fn build_trees;
KERNEL_HOST(couple);
KERNEL_HOST(matrices_f32);
KERNEL_HOST(matrices_f64);
KERNEL_HOST(roi_f32);
KERNEL_HOST(roi_f64);
KERNEL_HOST(linear_attention);
KERNEL_HOST(custom);
KERNEL_HOST(strings);
KERNEL_HOST(normalizer);
KERNEL_HOST(split);
KERNEL_HOST(match);
KERNEL_HOST(tokens);
KERNEL_HOST(number_text);
KERNEL_HOST(text_number);
KERNEL_HOST(nonzero);
KERNEL_HOST(compress);
KERNEL_HOST(unique);
KERNEL_HOST(nms);
kernel_accept_fn accept_pool_f32, accept_softmax_f32;
kernel_build_fn build_pool_f32_ref, build_pool_f32_vec, build_softmax_f32;

#endif
