/* fixed_stage.h - between the files that make definitions integers. */
#ifndef EDGECC_PASSES_FIXED_STAGE_H
#define EDGECC_PASSES_FIXED_STAGE_H

#include "fixed_point.h"

struct conversion {
	struct unit *u;
	struct tir_builder *b;
	const struct fixed_slot *slots;
	/* by an expression's id */
	struct range *most; /* what readers can tell apart */
	struct scaled *real;
	const struct tir **whole; /* not NULL: it is converted */
};

/* e in integers, once; NULL: it has no such form. */
const struct tir *fixed_convert(struct conversion *c, const struct tir *e);

/* What e, which is converted, is as a real. */
static inline struct scaled real_of(const struct conversion *c, const struct tir *e)
{
	return c->real[e->id];
}

/* -- fixed_infinite.c ------------------------------------------------------------------- */

/* e is a number, plus or minus infinity. */
bool fixed_is_infinite(const struct tir *e);
/* What stands for infinity beside s: beyond all that it can be, so far that its exponential is 0. */
struct scaled fixed_beyond(struct conversion *c, struct scaled s, bool above);
/* max(x, -infinity), x < infinity and the like, converted. False: e is none of these. */
bool fixed_infinite(struct conversion *c, const struct tir *e);

#endif
