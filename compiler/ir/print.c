/* The graph as text, in ONNX's own textual syntax. What ONNX has no word for is an attribute of
 * ours: a layout that is not row-major is `edgecc_order_K` and `edgecc_halo_K` (lo, hi per axis) of
 * output K. */
#include "print.h"

#include "op.h"

#include <inttypes.h>
#include <string.h>

static const struct print_options defaults = { .max_elements = 16 };

static void put_values(const struct printer *p, const uint32_t *ids, int n)
{
	for (int k = 0; k < n; k++) {
		strbuf_puts(p->b, k ? ", " : "");
		print_value(p, ids[k]);
	}
}

/* -- attributes ---------------------------------------------------------------------------- */

static void put_graph(const struct printer *p, struct graph *g, int depth);

/* "[", the elements, "]"; an empty list needs its kind said. */
#define PUT_LIST(b, kind_name, list, put_one)                                                      \
	do {                                                                                       \
		strbuf_puts((b), ": " kind_name " = [");                                           \
		for (int i_ = 0; i_ < (list)->n; i_++) {                                           \
			strbuf_puts((b), i_ ? ", " : "");                                          \
			put_one;                                                                   \
		}                                                                                  \
		strbuf_putc((b), ']');                                                             \
	} while (0)

/* What follows the attribute's name. Kinds are said, as onnx.printer does: 1 might be an int or a
 * float. */
static void put_attr(const struct printer *p, const struct node *n, const struct attr_row *r,
		     int depth)
{
	const void *at = (const char *)n->attrs + r->offset;
	struct strbuf *b = p->b;
	switch (r->kind) {
	case ATTR_INT:
		strbuf_printf(b, ": int = %" PRId64, *(const int64_t *)at);
		break;
	case ATTR_FLOAT:
		strbuf_puts(b, ": float = ");
		print_float(b, (double)*(const float *)at, false);
		break;
	case ATTR_STRING:
		strbuf_puts(b, ": string = ");
		print_quoted(b, *(const char *const *)at);
		break;
	case ATTR_ENUM:
		strbuf_puts(b, ": string = ");
		print_quoted(b, r->choices[*(const int *)at]);
		break;
	case ATTR_TYPE:
		strbuf_printf(b, ": int = %d", (int)*(const enum dtype *)at);
		break;
	case ATTR_INTS: {
		const struct ints *l = at;
		PUT_LIST(b, "ints", l, strbuf_printf(b, "%" PRId64, l->p[i_]));
		break;
	}
	case ATTR_FLOATS: {
		const struct floats *l = at;
		PUT_LIST(b, "floats", l, print_float(b, (double)l->p[i_], false));
		break;
	}
	case ATTR_STRINGS: {
		const struct strings *l = at;
		PUT_LIST(b, "strings", l, print_quoted(b, l->p[i_]));
		break;
	}
	case ATTR_TENSOR:
		strbuf_puts(b, ": tensor = ");
		print_tensor(p, *(const struct constant *const *)at);
		break;
	case ATTR_TENSORS: {
		const struct tensors *l = at;
		PUT_LIST(b, "tensors", l, print_tensor(p, l->p[i_]));
		break;
	}
	case ATTR_GRAPH:
		strbuf_puts(b, ": graph = ");
		put_graph(p, n->graphs[*(const int *)at], depth);
		break;
	}
}

static void put_layout(const struct printer *p, int k, const struct value *v, const char **sep)
{
	int rank = v->shape.rank;
	bool permuted = false;
	for (int i = 0; i < rank; i++)
		permuted = permuted || v->layout.order[i] != i;
	if (permuted) {
		strbuf_printf(p->b, "%sedgecc_order_%d: ints = [", *sep, k);
		for (int i = 0; i < rank; i++)
			strbuf_printf(p->b, "%s%d", i ? ", " : "", v->layout.order[i]);
		strbuf_putc(p->b, ']');
		*sep = ", ";
	}
	if (layout_has_halo(&v->layout, rank)) {
		strbuf_printf(p->b, "%sedgecc_halo_%d: ints = [", *sep, k);
		for (int i = 0; i < rank; i++)
			strbuf_printf(p->b, "%s%d, %d", i ? ", " : "", v->layout.lo[i],
				      v->layout.hi[i]);
		strbuf_putc(p->b, ']');
		*sep = ", ";
	}
}

static void put_attrs(const struct printer *p, const struct node *n, int depth)
{
	struct strbuf *b = p->b;
	const char *sep = " <";
	struct arena scratch = { 0 };
	for (const struct attr_row *r = n->op->attrs; r && r->name; r++) {
		if (attr_is_default(&scratch, n->op, r, n->attrs))
			continue;
		strbuf_printf(b, "%s%s", sep, r->name);
		put_attr(p, n, r, depth);
		sep = ", ";
	}
	arena_free(&scratch);
	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k) && node_out(n, k)->shape.rank >= 0)
			put_layout(p, k, node_out(n, k), &sep);
	if (n->n_tail) {
		strbuf_printf(b, "%sedgecc_tail_inputs: int = %d", sep, n->n_tail);
		sep = ", ";
	}
	if (p->opt->extra) {
		size_t before = b->n;
		p->opt->extra(b, p->u, n, sep);
		sep = b->n > before ? ", " : sep;
	}
	if (sep[0] == ',')
		strbuf_puts(b, ">");
}

/* -- nodes and graphs ---------------------------------------------------------------------- */

static void indent(const struct printer *p, int depth)
{
	for (int i = 0; i < depth; i++)
		strbuf_puts(p->b, "   ");
}

static void put_node(const struct printer *p, const struct node *n, int depth)
{
	struct strbuf *b = p->b;
	if (n->loc.node && n->loc.node[0]) {
		strbuf_putc(b, '[');
		print_name(b, n->loc.node);
		strbuf_puts(b, "] ");
	}
	put_values(p, n->out, n->n_out);
	const char *domain = domain_names[n->op->domain];
	strbuf_printf(b, " = %s%s%s", domain, domain[0] ? "." : "", n->op->name);
	put_attrs(p, n, depth);
	strbuf_puts(b, " (");
	put_values(p, n->in, n->n_in);
	strbuf_putc(b, ')');
	for (int k = 0; k < n->n_out; k++) {
		if (!node_out(n, k))
			continue;
		strbuf_puts(b, k ? ", " : "  # ");
		print_type(p, node_out(n, k));
	}
}

static void put_typed(const struct printer *p, const struct value *v, const char *name)
{
	print_type(p, v);
	strbuf_putc(p->b, ' ');
	if (name)
		print_name(p->b, name);
	else
		print_value(p, v->id);
}

static bool is_initializer(const struct graph *g, const struct value *v)
{
	return v && v->graph == g && v->constant && !v->producer &&
	       (v->uses.n || v->outputs || v->is_input);
}

static void put_initializers(const struct printer *p, const struct graph *g, int depth)
{
	const char *sep = "<\n";
	for (size_t i = 1; i < p->u->values.n; i++) {
		const struct value *v = p->u->values.p[i];
		if (!is_initializer(g, v))
			continue;
		strbuf_puts(p->b, sep);
		indent(p, depth + 1);
		put_typed(p, v, NULL);
		strbuf_puts(p->b, " = ");
		print_elements(p, v->constant);
		sep = ",\n";
	}
	if (sep[0] == ',')
		strbuf_puts(p->b, ">\n");
}

/* The name of output k, when the value that is it goes by another: an Identity gives it. */
static const char *alias(const struct graph *g, size_t k)
{
	const char *name = g->output_names.p[k], *own = value_of(g->unit, g->outputs.p[k])->name;
	return name && (!own || strcmp(name, own) != 0) ? name : NULL;
}

static void put_graph(const struct printer *p, struct graph *g, int depth)
{
	struct strbuf *b = p->b;
	print_name(b, g->name && g->name[0] ? g->name : "graph");
	strbuf_puts(b, " (");
	for (size_t k = 0; k < g->inputs.n; k++) {
		strbuf_puts(b, k ? ", " : "");
		put_typed(p, value_of(p->u, g->inputs.p[k]), NULL);
	}
	strbuf_puts(b, ") => (");
	for (size_t k = 0; k < g->outputs.n; k++) {
		strbuf_puts(b, k ? ", " : "");
		put_typed(p, value_of(p->u, g->outputs.p[k]), alias(g, k));
	}
	strbuf_puts(b, ")\n");
	put_initializers(p, g, depth);
	indent(p, depth);
	strbuf_puts(b, "{\n");
	for (const struct node *n = g->first; n; n = n->next) {
		indent(p, depth + 1);
		put_node(p, n, depth + 1);
		strbuf_putc(b, '\n');
	}
	for (size_t k = 0; k < g->outputs.n; k++) {
		if (!alias(g, k))
			continue;
		indent(p, depth + 1);
		print_name(b, alias(g, k));
		strbuf_puts(b, " = Identity (");
		print_value(p, g->outputs.p[k]);
		strbuf_puts(b, ")\n");
	}
	indent(p, depth);
	strbuf_puts(b, "}");
}

/* -- the model ----------------------------------------------------------------------------- */

/* Nodes are in the newest form, so the text imports the newest version that any row of the domain
 * begins with. */
static void newest(const struct op *op, void *data)
{
	int *since = data;
	if (op->since > since[op->domain])
		since[op->domain] = op->since;
}

void unit_print(struct strbuf *b, struct unit *u, const struct print_options *opt)
{
	struct printer p = { b, u, opt ? opt : &defaults, print_prefix(u) };
	int since[DOMAIN_COUNT] = { 0 };
	const char *sep = "";
	op_each(newest, since);
	strbuf_printf(b, "<ir_version: %" PRId64 ", opset_import: [", u->ir_version);
	for (int d = 0; d < DOMAIN_COUNT; d++) {
		if (!since[d])
			continue;
		strbuf_printf(b, "%s\"%s\" : %d", sep, domain_names[d], since[d]);
		sep = ", ";
	}
	strbuf_puts(b, "]>\n");
	put_graph(&p, u->main, 0);
	strbuf_putc(b, '\n');
}

void node_print(struct strbuf *b, const struct node *n, const struct print_options *opt)
{
	struct unit *u = n->graph->unit;
	struct printer p = { b, u, opt ? opt : &defaults, "_v" };
	put_node(&p, n, 0);
}
