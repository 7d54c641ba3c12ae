/* Turning nodes of older operator versions into the newest form: attributes that became inputs, and
 * the row. */
#include "ops.h"

#include <assert.h>
#include <string.h>

/* The row in its newest form must call input k that, or two tables disagree. */
static void check_name(const struct node *n, int k, const char *name)
{
	struct sig s;
	op_sig(op_find_any(n->op->domain, n->op->name), &s);
	assert(k < s.n_in && strlen(name) == s.in[k].name_len &&
	       memcmp(name, s.in[k].name, s.in[k].name_len) == 0);
	(void)s;
}

static void set_constant_input(struct node *n, int k, const char *name, const struct constant *c)
{
	check_name(n, k, name);
	struct value *v = graph_constant(n->graph, NULL, c);
	v->loc = n->loc;
	node_set_input(n, k, v->id);
}

void upgrade_ints_input(struct unit *u, struct node *n, int k, const char *name, const int64_t *v,
			int count)
{
	set_constant_input(n, k, name, constant_vector_i64(u->arena, v, count));
}

void upgrade_scalar_input(struct unit *u, struct node *n, int k, const char *name, enum dtype t,
			  double v)
{
	set_constant_input(n, k, name, constant_scalar_f64(u->arena, t, v));
}

void upgrade_to_newest(struct unit *u, struct node *n, const void *attrs)
{
	n->op = op_find_any(n->op->domain, n->op->name);
	n->attrs = attrs ? arena_copy(u->arena, attrs, n->op->attrs_size)
			 : op_default_attrs(u->arena, n->op);
}
