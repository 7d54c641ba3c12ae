/* If with a condition that is known: the nodes of one branch take its place.
 *
 * Exporters write branches that are wrong for the shapes at hand (Squeeze of an axis that is not 1)
 * behind a condition on the shape, so the branch that is not taken must not even be looked at. */
#include "import.h"

#include <string.h>

bool condition_is_known(const struct unit *u, const struct op *op, size_t n_in, const uint32_t *in)
{
	const struct constant *c = n_in == 1 && in[0] ? value_of(u, in[0])->constant : NULL;
	return op->domain == DOMAIN_ONNX && strcmp(op->name, "If") == 0 && c &&
	       c->type == DT_BOOL && shape_elements(&c->shape) == 1;
}

/* The branch's graph, and where its captured names are looked up; value NULL after an error. */
static struct attr_value find_branch(const struct env *e, const struct loc *loc,
				     const Onnx__NodeProto *np, const char *name)
{
	struct diag *d = e->im->u->diag;
	struct attr_value v = { NULL, e };
	for (size_t i = 0; i < np->n_attribute; i++)
		if (strcmp(text_of(np->attribute[i]->name), name) == 0)
			v = attr_resolve(e, np->attribute[i]);
	bool ok = true;
	if (!v.value || !v.value->g)
		ok = diag_error(d, loc, "attribute \"%s\" is missing", name);
	else if (v.value->g->n_input)
		ok = diag_error(d, loc, "%s has inputs", name);
	else if (v.value->g->n_output < np->n_output)
		ok = diag_error(d, loc, "has %zu outputs, %s has %zu", np->n_output, name,
				v.value->g->n_output);
	else if (e->depth >= NESTING_MAX)
		ok = diag_error(d, loc, "functions and subgraphs nest more than %d levels deep",
				NESTING_MAX);
	if (!ok)
		v.value = NULL;
	return v;
}

/* gp's nodes as nodes of e; body: what they see. */
static bool import_inside(struct env *e, const struct env *home, const Onnx__GraphProto *gp,
			  struct env *body)
{
	*body = env_within(e, e->g, home);
	return import_body(body, gp);
}

/* The nodes behind `last` were made in vain. */
static void undo(struct graph *g, struct node *last)
{
	while (g->last != last)
		graph_remove(g->last);
}

static bool bind_all(struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		     const Onnx__GraphProto *gp, const struct env *body, const char *name,
		     size_t first)
{
	struct unit *u = e->im->u;
	bool ok = true;
	for (size_t k = 0; k < np->n_output && !e->im->stopped; k++) {
		uint32_t id;
		if (!np->output[k][0])
			continue;
		if (!env_find(body, text_of(gp->output[k]->name), &id) || id == VALUE_NONE) {
			ok = diag_error(u->diag, loc, "output %zu of %s is made by no node", k,
					name);
			id = graph_value(e->g, NULL, DT_UNDEF, NULL)->id;
			mark_failed(e->im, id);
		}
		ok &= bind_result(e, loc, np->output[k], id, first);
	}
	return ok;
}

bool import_branch(struct env *e, const struct loc *loc, const Onnx__NodeProto *np, bool condition)
{
	struct import *im = e->im;
	const char *name = condition ? "then_branch" : "else_branch";
	struct attr_value v = find_branch(e, loc, np, name);
	size_t first = im->u->values.n;
	int misfits = im->misfits;
	bool stopped = im->stopped, ok, split;
	struct node *last = e->g->last;
	struct diag_held held;
	struct env body;
	if (!v.value) {
		bind_failed(e, np);
		return false;
	}
	im->split = false;
	diag_hold(im->u->diag, &held);
	ok = import_inside(e, v.env, v.value->g, &body);
	split = im->split && v.env == e; /* by an If in it, whose outputs are its own */
	diag_release(im->u->diag, &held, !split);
	if (!split)
		return bind_all(e, loc, np, v.value->g, &body, name, first) && ok;
	im->misfits = misfits;
	im->stopped = stopped;
	undo(e->g, last);
	struct tail t = { .e = e, .np = np };
	if (!tail_take(&t, loc))
		return false;
	const Onnx__GraphProto *gp = tail_behind(&t, v.value->g);
	ok = import_inside(e, e, gp, &body);
	return bind_all(e, loc, &t.whole, gp, &body, name, first) && ok;
}
