/* qdot_tile.h - the register tile of runtime/kernels/isa/qtile.h as qdot.c and qdot_winograd.c see it. */
#ifndef EDGECC_PLAN_KERNELS_QDOT_TILE_H
#define EDGECC_PLAN_KERNELS_QDOT_TILE_H

#include "qdot.h"

static inline int64_t qdot_divide_up(int64_t a, int64_t b)
{
	return (a + b - 1) / b;
}

static inline double qdot_largest(double a, double b)
{
	return a > b ? a : b;
}

bool qdot_tile_exists(const struct qdot_machine *m, int64_t mr, int64_t nv);
/* Cycles of one tile over `groups` steps of k. */
double qdot_tile_cost(const struct qdot_machine *m, int64_t mr, int64_t nv, int64_t groups);
/* Cycles in which weights of `size` bytes come so often from beyond L2, if it does not keep them. */
double qdot_stream_cost(const struct qdot_machine *m, int64_t size, double times);
/* The channel of a panel that lane e of vector v holds. */
int64_t qdot_channel_of(int64_t nv, int64_t v, int64_t e);
/* Weight i of packed ones. */
void qdot_put_tap(const struct qdot_machine *m, int8_t *w, int64_t i, int value);
/* Cycles of a convolution by conv2d_u8_x86_tile's tiles. */
double conv2d_u8_x86_cost(const struct edgert_conv2d *p, const struct qdot_machine *m);

#endif
