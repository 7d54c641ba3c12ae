/* Custom operators: nodes that a C function of the user's computes. Types and shapes of their outputs are what the
 * model declares. */
#include "import.h"

#include "../ops/ops.h"

#include <string.h>

bool custom_op_parse(struct arena *a, const char *text, struct custom_op *out)
{
	const char *eq = strchr(text, '='), *comma = eq ? strchr(eq, ',') : NULL;
	const char *second = comma ? strchr(comma + 1, ',') : NULL;
	const char *end = text + strlen(text);

	if (!comma || eq == text || comma == eq + 1)
		return false;
	out->op = arena_strndup(a, text, (size_t)(eq - text));
	out->symbol = arena_strndup(a, eq + 1, (size_t)(comma - eq - 1));
	out->header = arena_strndup(a, comma + 1, (size_t)((second ? second : end) - comma - 1));
	out->source = second ? second + 1 : NULL;
	return out->header[0] && (!second || second[1]) &&
	       strspn(out->symbol,
		      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") ==
		       strlen(out->symbol) &&
	       (out->symbol[0] < '0' || out->symbol[0] > '9') && !strpbrk(out->header, "\"\\\n");
}

const struct custom_op *custom_find(const struct import *im, const Onnx__NodeProto *np)
{
	const char *domain = domain_of(np->domain), *name = text_of(np->op_type);
	size_t n = strlen(domain);

	for (size_t i = 0; im->o && i < im->o->n_custom; i++) {
		const char *op = im->o->custom[i].op;

		if (strncmp(op, "ai.onnx.", 8) == 0 && strcmp(op + 8, name) == 0 && n == 0)
			return &im->o->custom[i];
		if (strncmp(op, domain, n) == 0 && (n == 0 || op[n] == '.') &&
		    strcmp(op + n + (n > 0), name) == 0)
			return &im->o->custom[i];
	}
	return NULL;
}

/* Output k, as the model declares it. */
static bool declared(struct env *e, const struct loc *loc, const char *name, struct value *out)
{
	struct diag *d = e->im->u->diag;
	struct type_info t = { .shape.rank = -1 };
	uint32_t i;

	if (name_map_get(&e->infos, name, &i) && !type_read(e->im, loc, e->info[i]->type, &t))
		return false;
	if (!t.known || t.container != TENSOR || t.shape.rank < 0)
		return diag_error(
			d, loc,
			"output \"%s\" of a custom operator needs an element type and a shape "
			"in the model (value_info)",
			printable(e->im->u->arena, name, 80));
	for (int a = 0; a < t.shape.rank; a++)
		if (t.shape.d[a] == DIM_OVERFLOW)
			return diag_error(
				d, loc,
				"axis %d of output \"%s\" of a custom operator has neither a size nor a "
				"name in the model (value_info)",
				a, printable(e->im->u->arena, name, 80));
	out->type = t.type;
	out->shape = t.shape;
	return true;
}

static bool read_attribute(const struct env *e, const struct loc *loc,
			   const Onnx__AttributeProto *a, struct custom_attribute *out)
{
	struct arena *arena = e->im->u->arena;
	struct attr_place p = { e, loc, text_of(a->name) };
	const char **one;

	*out = (struct custom_attribute){ .name = arena_strdup(arena, p.name) };
	switch (attr_type(a)) {
	case ATTR_IS(INT):
		out->ints = (struct ints){ arena_copy(arena, &a->i, sizeof a->i), 1 };
		return true;
	case ATTR_IS(FLOAT):
		out->floats = (struct floats){ arena_copy(arena, &a->f, sizeof a->f), 1 };
		return true;
	case ATTR_IS(STRING):
		one = arena_array(arena, const char *, 1);
		out->strings = (struct strings){ one, 1 };
		return attr_string(&p, &a->s, one);
	case ATTR_IS(INTS):
		out->ints = (struct ints){ arena_copy(arena, a->ints, a->n_ints * sizeof *a->ints),
					   (int)a->n_ints };
		return true;
	case ATTR_IS(FLOATS):
		out->floats = (struct floats){ arena_copy(arena, a->floats,
							  a->n_floats * sizeof *a->floats),
					       (int)a->n_floats };
		return true;
	case ATTR_IS(STRINGS):
		return attr_strings(&p, a, &out->strings);
	default:
		return attr_error(&p, "is %s, a custom operator takes numbers and strings",
				  attr_type_names[attr_type(a)]);
	}
}

bool import_custom(struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		   const struct custom_op *c, size_t n_in, const uint32_t *in)
{
	struct arena *arena = e->im->u->arena;
	struct custom_attribute *list =
		arena_array(arena, struct custom_attribute, np->n_attribute + 1);
	struct value *outputs = arena_array(arena, struct value, np->n_output + 1);
	struct custom_attrs a = { c->symbol, c->header, list, 0, outputs };
	bool ok = attrs_check(e, loc, np);
	struct node *n;

	for (size_t i = 0; i < np->n_attribute; i++) {
		struct attr_value v = attr_resolve(e, np->attribute[i]);

		if (v.value)
			ok &= read_attribute(e, loc, v.value, &list[a.n++]);
	}
	for (size_t k = 0; k < np->n_output; k++)
		if (np->output[k][0])
			ok &= declared(e, loc, np->output[k], &outputs[k]);
	for (size_t k = 0; k < n_in; k++)
		if (in[k] && value_of(e->im->u, in[k])->container != TENSOR)
			ok = diag_error(e->im->u->diag, loc,
					"input %zu is no tensor: a custom operator takes tensors",
					k);
	if (!ok) {
		bind_failed(e, np);
		return false;
	}
	n = graph_insert(e->g, NULL, op_builtin("edgecc.Custom"), &a, (int)n_in, in,
			 (int)np->n_output, loc);
	for (size_t k = 0; k < np->n_output; k++)
		if (!np->output[k][0])
			leave_out(n, (int)k);
		else
			node_out(n, (int)k)->name = own_name(e, np->output[k]);
	ok = node_infer(e->im->u, n);
	for (size_t k = 0; k < np->n_output; k++)
		if (np->output[k][0])
			ok &= bind(e, loc, np->output[k], n->out[k]);
	return ok;
}
