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

bool import_branch(struct env *e, const struct loc *loc, const Onnx__NodeProto *np, bool condition)
{
	struct unit *u = e->im->u;
	const char *name = condition ? "then_branch" : "else_branch";
	struct attr_value v = find_branch(e, loc, np, name);
	size_t first = u->values.n;
	if (!v.value) {
		bind_failed(e, np);
		return false;
	}
	const Onnx__GraphProto *gp = v.value->g;
	struct env body = { .im = e->im,
			    .g = e->g,
			    .outer = v.env,
			    .opsets = v.env->opsets,
			    .n_opsets = v.env->n_opsets,
			    .call = v.env->call,
			    .prefix = e->prefix,
			    .depth = e->depth + 1 };
	bool ok = import_body(&body, gp);
	for (size_t k = 0; k < np->n_output && !e->im->stopped; k++) {
		uint32_t id;
		if (!np->output[k][0])
			continue;
		if (!env_find(&body, text_of(gp->output[k]->name), &id) || id == VALUE_NONE) {
			ok = diag_error(u->diag, loc, "output %zu of %s is made by no node", k,
					name);
			id = graph_value(e->g, NULL, DT_UNDEF, NULL)->id;
			mark_failed(e->im, id);
		}
		ok &= bind_result(e, loc, np->output[k], id, first);
	}
	return ok;
}
