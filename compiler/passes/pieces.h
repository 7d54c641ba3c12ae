/* pieces.h - a function of one 16-bit integer as parabolas, each over as many integers as it is near. */
#ifndef EDGECC_PASSES_PIECES_H
#define EDGECC_PASSES_PIECES_H

#include "../ops/integer.h"

enum { PIECES_INTEGERS = 65536, PIECE_BYTES = 14 };

/* The numbers of edgecc.LutWide (ops/integer.h), element by element. */
struct piece {
	uint16_t end, step;
	int16_t bend;
	int32_t slope, value;
};

/* Pieces that are everywhere within `near` steps of y, PIECES_INTEGERS numbers in steps with the zero
 * point, or beyond what the result saturates to; the results of the first and the last integer are exact.
 * fraction as in lut_wide_attrs. Returns how many; 0: there is no room for so many. */
int pieces_fit(struct piece *pieces, int room, const double *y, double lo, double hi, int fraction,
	       double near);

#endif
