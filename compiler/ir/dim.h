/* dim.h - inside dim.c and dim_poly.c only. */
#ifndef EDGECC_DIM_H
#define EDGECC_DIM_H

#include "ir.h"

/* The expression of an operation whose operands are in normal form; DIM_OVERFLOW when nested too
 * deeply. */
dim dim_intern(struct unit *u, enum dim_kind kind, dim a, dim b);

#endif
