/* string_ops.h - for families on strings: what their portable kernels need while compiling. */
#ifndef EDGECC_OPS_STRING_OPS_H
#define EDGECC_OPS_STRING_OPS_H

#include "../../runtime/kernels/params.h"
#include "family.h"

/* Bytes of c's longest string, without its NUL. */
int64_t longest_string(const struct constant *c);
/* Room for count strings and one more of slot bytes each, in the unit's arena. */
void *string_slots(struct unit *u, int64_t count, int64_t slot);

/* cast_text.c: n, a Cast from or to strings, in its newest form. */
bool cast_text(struct unit *u, struct node *n, enum dtype to);
/* Of int64, uint64 and double. */
enum edgert_number_kind number_kind(enum dtype t);

#endif
