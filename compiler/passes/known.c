/* Operators that an exporter took apart, put together again: kernels compute them whole. */
#include "list.h"
#include "rewrite.h"

static const struct rewrite *const tables[] = {
	rewrites_known_activation,
	rewrites_known_norm,
	rewrites_known_move,
	NULL,
};

const struct pass pass_known = {
	.name = "recognize",
	.doc = "operators that an exporter took apart, put together again",
	.level = 1,
	.rewrites = tables,
};
