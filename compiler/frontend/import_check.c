/* Operators that edgecc does not have: all of them, before anything is imported, each once. */
#include "import.h"

#include <string.h>

#define UNKNOWN_MAX 200 /* distinct ones worth telling */

struct unknown {
	const char *domain, *name;
	int64_t version; /* -1: its domain is not imported */
	size_t count;
	struct loc first;
};

struct checker {
	struct import *im;
	const struct opset *opsets; /* of the graph or function at hand */
	size_t n_opsets;
	VEC(struct unknown) unknown;
	bool *seen;            /* functions that are listed or done, by index */
	VEC(size_t) functions; /* to visit */
};

const char *domain_of(const char *s)
{
	return !s || strcmp(s, "ai.onnx") == 0 ? "" : s;
}

static int domain_number(const char *domain)
{
	for (int d = 0; d < DOMAIN_COUNT; d++)
		if (strcmp(domain_names[d], domain) == 0)
			return d;
	return -1;
}

const struct op *operator_of(const struct import_options *o, const struct opset *opsets,
			     size_t n_opsets, const Onnx__NodeProto *np)
{
	const char *domain = domain_of(np->domain);
	int d = domain_number(domain);
	int64_t version;
	/* ours carry what nothing has checked: they do not come from files */
	if (d < 0 || (d == DOMAIN_EDGECC && !(o && o->ours)) ||
	    !opset_version(opsets, n_opsets, domain, &version))
		return NULL;
	return op_find((enum domain)d, text_of(np->op_type), version);
}

/* Constant makes no node: the importer reads it itself. */
static bool is_constant(const Onnx__NodeProto *np)
{
	return strcmp(text_of(np->op_type), "Constant") == 0 && domain_of(np->domain)[0] == '\0';
}

static void add_unknown(struct checker *c, const Onnx__NodeProto *np)
{
	struct unknown x = { .domain = domain_of(np->domain),
			     .name = text_of(np->op_type),
			     .count = 1 };
	if (!opset_version(c->opsets, c->n_opsets, x.domain, &x.version))
		x.version = -1;
	for (size_t i = 0; i < c->unknown.n; i++) {
		struct unknown *y = &c->unknown.p[i];
		if (strcmp(x.name, y->name) == 0 && strcmp(x.domain, y->domain) == 0 &&
		    x.version == y->version) {
			y->count++;
			return;
		}
	}
	struct env e = { .im = c->im };
	x.first = node_loc(&e, np);
	if (c->unknown.n < UNKNOWN_MAX)
		vec_push(c->im->u->arena, &c->unknown, x);
}

static void check_nodes(struct checker *c, size_t n, Onnx__NodeProto *const *nodes)
{
	for (size_t i = 0; i < n; i++) {
		const Onnx__NodeProto *np = nodes[i];
		const Onnx__FunctionProto *f = function_find(c->im, np);
		if (custom_find(c->im, np)) {
			continue;
		} else if (f) {
			size_t k = 0;
			while (c->im->model->functions[k] != f)
				k++;
			if (!c->seen[k])
				vec_push(c->im->u->arena, &c->functions, k);
			c->seen[k] = true;
		} else if (!is_constant(np) && !operator_of(c->im->o, c->opsets, c->n_opsets, np)) {
			add_unknown(c, np);
		}
		for (size_t k = 0; k < np->n_attribute;
		     k++) { /* nesting: bounded by WIRE_DEPTH_MAX */
			const Onnx__AttributeProto *a = np->attribute[k];
			if (a->g)
				check_nodes(c, a->g->n_node, a->g->node);
			for (size_t j = 0; j < a->n_graphs; j++)
				check_nodes(c, a->graphs[j]->n_node, a->graphs[j]->node);
		}
	}
}

/* -- messages -------------------------------------------------------------- */

struct op_list {
	struct arena *a;
	enum domain domain;
	VEC(const char *) names;
};

static void add_name(const struct op *op, void *data)
{
	struct op_list *l = data;
	if (op->domain == l->domain && !(op->flags & OP_INTERNAL))
		vec_push(l->a, &l->names, op->name);
}

static const char *nearest_op(struct arena *a, enum domain d, const char *name)
{
	struct op_list l = { .a = a, .domain = d };
	op_each(add_name, &l);
	vec_push(a, &l.names, NULL);
	return nearest_name(name, l.names.p);
}

/* "; did you mean "Relu"?", or which domain has it, or "". */
static const char *suggestion(struct arena *a, int domain, const char *name)
{
	for (int d = 0; d < DOMAIN_COUNT; d++)
		if (d != domain && d != DOMAIN_EDGECC && op_find_any((enum domain)d, name))
			return arena_printf(a, "; domain \"%s\" has it",
					    d ? domain_names[d] : "ai.onnx");
	const char *near = domain >= 0 ? nearest_op(a, (enum domain)domain, name) : NULL;
	return near ? arena_printf(a, "; did you mean \"%s\"?", near) : "";
}

static void report(struct checker *c, const struct unknown *x)
{
	struct unit *u = c->im->u;
	struct arena *a = u->arena;
	int d = domain_number(x->domain);
	const char *domain = x->domain[0] ? printable(a, x->domain, 80) : "ai.onnx";
	const char *name = printable(a, x->name, 80);
	const char *times = x->count > 1 ? arena_printf(a, " (%zu nodes)", x->count) : "";
	const char *near = suggestion(a, d, x->name);
	const struct op *any = d >= 0 ? op_find_any((enum domain)d, x->name) : NULL;
	if (!x->name[0])
		diag_error(u->diag, &x->first, "a node has no operator type%s", times);
	else if (d == DOMAIN_EDGECC)
		diag_error(u->diag, &x->first,
			   "operator \"%s\" is one of the compiler's own, which no model can use%s",
			   name, times);
	else if (x->version < 0 && d >= 0)
		diag_error(u->diag, &x->first, "the model imports no version of domain %s%s",
			   domain, times);
	else if (d < 0)
		diag_error(
			u->diag, &x->first,
			"operator \"%s\" is of the custom domain \"%s\", which edgecc does not "
			"know and the model does not define as a function%s%s; --custom-op %s.%s=SYMBOL,HEADER "
			"supplies a C function for it",
			name, domain, times, near, domain, name);
	else if (any)
		diag_error(u->diag, &x->first,
			   "version %lld of domain %s does not have operator \"%s\" as edgecc "
			   "knows it%s",
			   (long long)x->version, domain, name, times);
	else
		diag_error(u->diag, &x->first, "operator \"%s\" of domain %s is not supported%s%s",
			   name, domain, times,
			   *near ? near
				 : arena_printf(a,
						"; --custom-op %s.%s=SYMBOL,HEADER supplies a C "
						"function for it",
						domain, name));
}

bool check_operators(struct import *im, const struct opset *opsets, size_t n_opsets)
{
	const Onnx__ModelProto *m = im->model;
	struct checker c = { .im = im, .opsets = opsets, .n_opsets = n_opsets };
	bool ok = true;
	c.seen = arena_array(im->u->arena, bool, m->n_functions);
	check_nodes(&c, m->graph->n_node, m->graph->node);
	for (size_t i = 0; i < c.functions.n; i++) { /* grows on the way */
		const Onnx__FunctionProto *f = m->functions[c.functions.p[i]];
		const char *what = arena_printf(im->u->arena, "function \"%s\"",
						printable(im->u->arena, text_of(f->name), 80));
		ok &= opsets_read(im, what, f->n_opset_import, f->opset_import, &c.opsets,
				  &c.n_opsets);
		check_nodes(&c, f->n_node, f->node);
	}
	for (size_t i = 0; i < c.unknown.n; i++)
		report(&c, &c.unknown.p[i]);
	return ok && c.unknown.n == 0;
}
