/* regex.h - regular expressions, as RE2 reads them, to the programs of runtime/kernels/ref/regex.h. */
#ifndef EDGECC_OPS_REGEX_H
#define EDGECC_OPS_REGEX_H

#include "ops.h"

/* Appends the program of `pattern` to words; an error at n when it is ill-formed or has what is not supported
 * (back references, looking around, Unicode's classes). */
typedef VEC(int32_t) regex_words;
bool regex_compile(struct unit *u, const struct node *n, const char *pattern, regex_words *words);
/* edgert_int of scratch that the greatest of the programs needs, which begin at these words. */
int64_t regex_scratch(const struct constant *words, const int64_t *programs, int count);

#endif
