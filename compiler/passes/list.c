/* The target-independent passes, in order. */
#include "list.h"

const struct pass *const graph_passes[] = {
	&pass_dead, &pass_fold, &pass_canonical, &pass_cse, &pass_fold, &pass_dead, NULL,
};

const struct pass *const folding_passes[] = {
	&pass_fold,
	NULL,
};
