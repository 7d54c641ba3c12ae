/* regex_set.h - sets of characters while a regular expression is read. */
#ifndef EDGECC_OPS_REGEX_SET_H
#define EDGECC_OPS_REGEX_SET_H

#include "ops.h"

#define CHARACTER_MAX 0x10ffff

typedef VEC(int32_t) ranges; /* pairs: first, last */

void ranges_add(struct arena *a, ranges *r, int32_t first, int32_t last);
/* Sorted, without overlap. */
void ranges_normal(ranges *r);
/* What is not in r, which is in normal form. */
void ranges_negate(struct arena *a, ranges *r);
/* The characters that are the same in another case. */
void ranges_fold(struct arena *a, ranges *r);
/* One of RE2's classes, "d" "w" "s" or [:alpha:] and its like by name; false: there is none of that name. */
bool ranges_class(struct arena *a, ranges *r, const char *name, size_t n, bool negated);

#endif
