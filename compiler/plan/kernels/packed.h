/* packed.h - what the kernels of edgecc.PackedConv and edgecc.PackedMatMul share. */
#ifndef EDGECC_PLAN_KERNELS_PACKED_H
#define EDGECC_PLAN_KERNELS_PACKED_H

#include "build.h"

/* Inputs. */
enum { PACKED_W = 1, PACKED_SCALE, PACKED_ZERO, PACKED_BIAS };

bool packed_is_matmul(const struct node *n);
/* As a convolution: a matrix product is one over an image of one row, its columns the channels.
 * block is that of the scales along the channels of a tap, 0: none. */
struct edgert_conv2d packed_params(struct unit *u, const struct node *n);
/* Does the kernels' contract have scales, weights and bias of this form? */
bool packed_operands_fit(const struct node *n, const char **reason);
/* Position in w, or in blocked scales with `channels` blocks, of output channel o, tap k and channel
 * c. */
int64_t packed_position(const struct node *n, const struct edgert_conv2d *p, int64_t channels,
			dim o, dim k, dim c);
/* The number of constant input k (scales or zero points) for channel o, tap t, block b of
 * `blocks`. */
int64_t packed_parameter(const struct node *n, int k, const struct edgert_conv2d *p, int64_t blocks,
			 dim o, dim t, dim b);

#endif
