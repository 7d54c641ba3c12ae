/* dim.h - inside dim.c, dim_poly.c and dim_text.c only. */
#ifndef EDGECC_DIM_H
#define EDGECC_DIM_H

#include "ir.h"

static inline bool dim_is_expr(dim d)
{
	return d < 0 && d != DIM_OVERFLOW;
}

/* The expression of an operation whose operands are in normal form; DIM_OVERFLOW when nested too
 * deeply. */
dim dim_intern(struct unit *u, enum dim_kind kind, dim a, dim b);

#endif
