/* q_numbers.h - for q_conv.c and q_gemm.c: constants of integer operators. */
#ifndef EDGECC_PLAN_KERNELS_Q_NUMBERS_H
#define EDGECC_PLAN_KERNELS_Q_NUMBERS_H

#include "../../ops/integer.h"
#include "build.h"

/* Inputs x, of type `from`, w, scale, bias? and a result of type `to` of an operator whose sums need
 * 64 bits (wide) or not: false, with *reason, where 8-bit kernels cannot serve. */
bool q_inputs_accept(const struct node *n, enum dtype from, enum dtype to, bool wide,
		     const char **reason);
/* [channels][2]: bias - x_zero * (weights of the channel), then the scale; w [channels][taps]. */
const int32_t *q_numbers(struct unit *u, const struct node *n, const int8_t *w, int64_t channels,
			 int64_t taps, int64_t x_zero);

/* Has it plain memory that is read byte by byte, and none of the instructions of wider machines? */
bool q_is_small(const struct target *t);

#endif
