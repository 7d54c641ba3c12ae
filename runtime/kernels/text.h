/* text.h - strings: NUL-terminated UTF-8, owned by whoever made them (the caller, the constants, a step
 * of the model in its part of the workspace). Tensors hold their addresses.
 *
 * Cut into sections like bits.h. */
#ifndef EDGERT_TEXT_H
#define EDGERT_TEXT_H

#include "../edgert.h"

/* @fn edgert_text_equal: needs */
EDGERT_FN int edgert_text_equal(edgert_string a, edgert_string b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* @end */
#endif
