/* edgecc.Custom: a call of the user's function, in the form that runtime/edgert.h states. */
#include "build.h"

bool accept_custom(struct unit *u, const struct node *n, const struct target *t,
		   const char **reason)
{
	(void)u;
	(void)n;
	(void)t;
	*reason = "your function";
	return true;
}

void build_custom(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	(void)t;
	c->custom = n->attrs;
	for (int k = 0; k < n->n_in; k++)
		call_value(u, c, node_in(n, k), false);
	for (int k = 0; k < n->n_out; k++)
		call_value(u, c, node_out(n, k), true);
}
