/* One form for what can be written in many ways, so that later passes and kernels have one form to
 * look for. The rewrites stand in tables, one per file. */
#include "list.h"
#include "rewrite.h"

static const struct rewrite *const tables[] = {
	rewrites_identity, rewrites_view,    rewrites_arith,  rewrites_dense, rewrites_outputs,
	rewrites_branch,   rewrites_compose, rewrites_reduce, NULL,
};

const struct pass pass_canonical = {
	.name = "canonicalize",
	.doc = "local rewrites to one form; operators without effect go",
	.level = 1,
	.rewrites = tables,
};
