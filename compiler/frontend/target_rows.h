/* target_rows.h - inside the profile reader: what a profile may say, as rows. */
#ifndef EDGECC_TARGET_ROWS_H
#define EDGECC_TARGET_ROWS_H

#include "target.h"

enum target_kind {
	TARGET_TEXT,     /* const char * */
	TARGET_INT,      /* int64_t in [lo, hi] */
	TARGET_SIZE,     /* int64_t of bytes, "64K" and "1M" too */
	TARGET_CHOICE,   /* int: index into choices */
	TARGET_NAME,     /* const char *: one of choices */
	TARGET_BOOL,     /* bool */
	TARGET_FEATURES, /* uint64_t: adds to what is inherited; "no-NAME" takes away */
	TARGET_MEMORIES, /* a list of mappings: replaces what is inherited */
	TARGET_INHERITS  /* the profile to start from */
};

struct target_row {
	const char *name;
	enum target_kind kind;
	size_t offset;
	int64_t lo, hi;
	bool power_of_two;
	const char *const *choices;
	const char *doc;
};

extern const struct target_row target_rows[];        /* of a profile; name NULL ends it */
extern const struct target_row target_memory_rows[]; /* of one entry of memories */

#endif
