/* build.h - for the files of this folder: parameters and arguments of kernel calls. */
#ifndef EDGECC_PLAN_KERNELS_BUILD_H
#define EDGECC_PLAN_KERNELS_BUILD_H

#include "../plan.h"
#include "vec.h"

/* A member of a parameter struct, all of type edgert_int. */
struct param_row {
	const char *name;
	size_t offset;
};
#define PARAM(S, F)                                                                                \
	{                                                                                          \
#F, offsetof(struct S, F)                                                          \
	}

/* While a call is built, a parameter struct holds dims: numbers, or negative symbolic ones. */
void call_params(struct unit *u, struct call *c, const char *type, const struct param_row *rows,
		 size_t n, const void *params);
/* The same struct with every symbolic size replaced by its bound: what costs and tiles are computed
 * from. */
void params_bound(struct unit *u, const struct param_row *rows, size_t n, void *params);
void call_value(struct unit *u, struct call *c, const struct value *v,
		bool output); /* v NULL: a null pointer */
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
KERNEL_HOST(recurrent_vec);
KERNEL_HOST(winograd_f32_vec);
KERNEL_HOST(topk_ref);
kernel_accept_fn accept_pool_f32, accept_softmax_f32;
kernel_build_fn build_pool_f32_ref, build_pool_f32_vec, build_softmax_f32;

#endif
