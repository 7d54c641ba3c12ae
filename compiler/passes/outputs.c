/* Results that nobody reads are left out, where an operator computes several. */
#include "rewrite.h"

/* Output 0 of most operators cannot be: only those whose row says so. */
static int first_optional(const struct node *n)
{
	struct sig s;

	op_sig(n->op, &s);
	return s.n_out && s.out[0].mark == '?' ? 0 : 1;
}

static bool apply_drop_outputs(struct unit *u, struct node *n)
{
	bool any = false;

	(void)u;
	if (n->n_out < 2 || n->n_graphs || (n->op->flags & OP_IMPURE))
		return false;
	for (int k = first_optional(n); k < n->n_out; k++) {
		const struct value *v = node_out(n, k);

		if (!v || v->uses.n || v->outputs || v->measured)
			continue;
		node_drop_output(n, k);
		any = true;
	}
	return any;
}

const struct rewrite rewrites_outputs[] = {
	{ "drop-outputs", NULL, "leave out results that nobody reads", apply_drop_outputs },
	{ .name = NULL }
};
