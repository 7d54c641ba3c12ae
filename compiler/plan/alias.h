/* alias.h - which values share a buffer, shared by plan.c and alias.c. */
#ifndef EDGECC_ALIAS_H
#define EDGECC_ALIAS_H

#include "lower.h"

/* Values that share one buffer form a class, named by its root. offset is in bytes from the class's
 * start. */
struct alias {
	uint32_t parent;
	int64_t offset;           /* of this value's storage box from its parent's */
	const struct turn *turns; /* the box moves within its parent's, too */
};

struct class_info { /* valid at roots */
	enum region region;
	int index;       /* INPUT, OUTPUT */
	int first, last; /* steps; first is INT_MAX until something writes */
	int64_t size;    /* bytes over all members */
	int64_t align;
	bool used;
};

struct aliases {
	struct unit *u;
	struct alias *of;        /* by value id */
	struct class_info *info; /* by value id */
};

void aliases_init(struct aliases *a, struct unit *u);
uint32_t alias_root(struct aliases *a, uint32_t id, int64_t *offset); /* offset may be NULL */
/* v's storage box begins offset bytes into that of `into`: one class from now on. False when their
 * regions cannot be one (two outputs, an input or a constant that would be written). */
bool alias_join(struct aliases *a, uint32_t v, uint32_t into, int64_t offset);
/* How v moves within its class; NULL: it stays. */
const struct turn *alias_turns(struct aliases *a, uint32_t v);
/* v, which shares with nobody yet, is an item of `into`, another one in each iteration of
 * turn->loop. */
bool alias_join_item(struct aliases *a, uint32_t v, uint32_t into, const struct turn *turn);
/* True when n's output 0 is nothing but input 0's bytes seen differently (a view, a transposition
 * that only renames axes, an outermost slice); *offset in bytes. */
bool node_is_alias(struct unit *u, const struct node *n, int64_t *offset);
/* The slot whose elements s reads one for one at the place where it writes, so that it may be
 * overwritten; -1. */
int stage_in_place_slot(struct unit *u, const struct tir_stage *s, const uint32_t *slots,
			int n_slots, const struct value *out, int from);
int64_t box_bytes(struct unit *u, const struct value *v); /* at the bounds */

#endif
