/* target_rows.h - inside the profile reader: what a profile may say, as rows. */
#ifndef EDGECC_TARGET_ROWS_H
#define EDGECC_TARGET_ROWS_H

#include <yaml.h>

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

/* The profile being read, and the chain of those that inherit it. */
struct profile {
	struct arena *a;
	struct diag *d;
	const char *file; /* for messages */
	yaml_document_t *doc;
	struct target *t;
	const struct profile *heir; /* NULL: the one asked for */
	int depth;
};

/* -- target_read.c: values ------------------------------------------------------- */

struct loc mark_loc(const struct profile *p, const yaml_mark_t *m);
bool yaml_error(const struct profile *p, const yaml_node_t *n, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* The text of a scalar node. */
bool yaml_scalar(const struct profile *p, const yaml_node_t *n, const char *key, const char **out);
/* A mapping of the keys in rows into the struct at `to`. */
bool yaml_mapping(const struct profile *p, const yaml_node_t *n, const struct target_row *rows,
		  void *to);
/* "; did you mean "x"?" or "". */
const char *did_you_mean(struct arena *a, const char *word, const char *const *names);

#endif
