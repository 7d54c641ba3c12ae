/* edgecc.Refuse: a call without arguments; what it would compute nobody reads. */
#include "build.h"

bool accept_refuse(struct unit *u, const struct node *n, const struct target *t,
		   const char **reason)
{
	(void)u;
	(void)n;
	(void)t;
	*reason = "these sizes do not fit the branch";
	return true;
}

void build_refuse(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	(void)u;
	(void)n;
	(void)t;
	(void)c;
}
