/* Operators that make strings: each element has a slot in the workspace that nothing else uses before the
 * model has ended, because addresses of it may go anywhere. */
#include "build.h"

static const struct param_row strings_rows[] = { PARAM(edgert_strings, count),
						 PARAM(edgert_strings, slot) };

/* An iteration would write the strings that the one before has passed on. */
bool accept_strings(struct unit *u, const struct node *n, const struct target *t,
		    const char **reason)
{
	(void)t;
	*reason = "a slot for each string";
	if (n->graph == u->main)
		return true;
	*reason = "strings cannot be made inside If, Loop and Scan";
	return false;
}

void build_strings(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	const struct value *z = node_out(n, 0);
	struct edgert_strings p = { shape_count(u, &z->shape), u->string_length + 1 };
	struct arg text = { .kind = ARG_SCRATCH,
			    .type = DT_U8,
			    .size = (size_t)(dim_hi(u, p.count) * p.slot),
			    .kept = true };

	(void)t;
	call_params(u, c, "edgert_strings", strings_rows, ARRAY_LEN(strings_rows), &p);
	for (int k = 0; k < n->n_in; k++)
		call_value(u, c, node_in(n, k), false);
	call_value(u, c, z, true);
	vec_push(u->arena, &c->args, text);
}
