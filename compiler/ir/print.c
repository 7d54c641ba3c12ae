/* The graph as text, in ONNX's own textual syntax. What ONNX has no word for is an attribute of ours: a layout that is
 * not row-major is `edgecc_order_K` and `edgecc_halo_K` (lo, hi per axis) of output K. */
#include "op.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct print_options defaults = { .max_elements = 16 };

struct printer {
	struct strbuf *b;
	struct unit *u;
	const struct print_options *opt;
	const char *prefix; /* of the names made up for nameless values; begins no name of the model */
};

/* -- words --------------------------------------------------------------------------------------------------- */

static bool is_identifier(const char *s)
{
	if (!(*s == '_' || (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z')))
		return false;
	for (; *s; s++)
		if (!(*s == '_' || (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9')))
			return false;
	return true;
}

static void put_quoted(struct strbuf *b, const char *s)
{
	strbuf_putc(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			strbuf_putc(b, '\\');
		strbuf_putc(b, *s);
	}
	strbuf_putc(b, '"');
}

static void put_name(struct strbuf *b, const char *s)
{
	if (is_identifier(s))
		strbuf_puts(b, s);
	else
		put_quoted(b, s);
}

static void put_value(const struct printer *p, uint32_t id)
{
	const struct value *v = id ? value_of(p->u, id) : NULL;
	if (!v)
		strbuf_puts(p->b, "\"\"");
	else if (v->name)
		put_name(p->b, v->name);
	else
		strbuf_printf(p->b, "%s%" PRIu32, p->prefix, id);
}

static void put_values(const struct printer *p, const uint32_t *ids, int n)
{
	for (int k = 0; k < n; k++) {
		strbuf_puts(p->b, k ? ", " : "");
		put_value(p, ids[k]);
	}
}

/* "_v", or longer when the model has names like that: a dump that was read back has. */
static const char *free_prefix(struct unit *u)
{
	static const char underscores[] = "________v";
	for (size_t n = 2; n < sizeof underscores; n++) {
		const char *prefix = underscores + sizeof underscores - 1 - n;
		bool taken = false;
		for (size_t i = 1; i < u->values.n && !taken; i++)
			taken = u->values.p[i]->name && strncmp(u->values.p[i]->name, prefix, n) == 0;
		if (!taken)
			return prefix;
	}
	return "edgecc_v";
}

/* -- types and numbers ----------------------------------------------------------------------------------------- */

/* A size: a number, a symbol, or a quoted expression. */
static void put_dim(const struct printer *p, dim d)
{
	if (dim_is_const(d))
		strbuf_printf(p->b, "%" PRId64, d);
	else
		put_name(p->b, dim_text(p->u, d));
}

/* ONNX's text: "float" is a scalar, "float[]" a tensor of unknown rank. */
static void put_tensor_type(const struct printer *p, enum dtype t, const struct shape *s)
{
	strbuf_puts(p->b, dtype_name(t));
	if (s->rank == 0)
		return;
	strbuf_putc(p->b, '[');
	for (int i = 0; i < s->rank; i++) {
		strbuf_puts(p->b, i ? "," : "");
		put_dim(p, s->d[i]);
	}
	strbuf_putc(p->b, ']');
}

static void put_type(const struct printer *p, const struct value *v)
{
	static const char *const open[] = { "", "seq(", "optional(", "map(int64, " };
	strbuf_puts(p->b, open[v->container]);
	put_tensor_type(p, v->type, &v->shape);
	if (v->container != TENSOR)
		strbuf_putc(p->b, ')');
}

/* The fewest digits that read back as the same number: 9 are enough for a float, 17 for a double. */
static void put_float(struct strbuf *b, double v, bool is_double)
{
	char text[32];
	int digits = is_double ? 15 : 6;
	if (isnan(v))
		strbuf_puts(b, "nan");
	else if (isinf(v))
		strbuf_puts(b, v < 0 ? "-inf" : "inf");
	if (!isfinite(v))
		return;
	do {
		snprintf(text, sizeof text, "%.*g", digits++, v);
	} while (is_double ? strtod(text, NULL) != v : (double)strtof(text, NULL) != v);
	strbuf_puts(b, text);
}

static void put_complex(struct strbuf *b, const struct constant *c, int64_t i)
{
	for (int64_t part = 2 * i; part < 2 * i + 2; part++) {
		const char *p = (const char *)c->data;
		double d;
		float f;
		if (c->type == DT_C64) {
			memcpy(&f, p + (size_t)part * sizeof f, sizeof f);
			d = (double)f;
		} else {
			memcpy(&d, p + (size_t)part * sizeof d, sizeof d);
		}
		strbuf_puts(b, part > 2 * i ? ", " : "");
		put_float(b, d, c->type == DT_C128);
	}
}

static void put_element(struct strbuf *b, const struct constant *c, int64_t i)
{
	if (c->type == DT_STRING)
		put_quoted(b, c->strings[i]);
	else if (c->type == DT_C64 || c->type == DT_C128)
		put_complex(b, c, i);
	else if (dtype_is_float(c->type))
		put_float(b, constant_f64(c, i), c->type == DT_F64);
	else if (c->type == DT_U64)
		strbuf_printf(b, "%" PRIu64, (uint64_t)constant_i64(c, i));
	else
		strbuf_printf(b, "%" PRId64, constant_i64(c, i));
}

static void put_elements(const struct printer *p, const struct constant *c)
{
	int64_t n = shape_elements(&c->shape), max = p->opt->max_elements;
	strbuf_putc(p->b, '{');
	for (int64_t i = 0; i < n; i++) {
		strbuf_puts(p->b, i ? ", " : "");
		if (max && i == max) {
			strbuf_puts(p->b, "...");
			break;
		}
		put_element(p->b, c, i);
	}
	strbuf_putc(p->b, '}');
}

static void put_tensor(const struct printer *p, const struct constant *c)
{
	put_tensor_type(p, c->type, &c->shape);
	strbuf_putc(p->b, ' ');
	put_elements(p, c);
}

/* -- attributes ------------------------------------------------------------------------------------------------- */

static void put_graph(const struct printer *p, struct graph *g, int depth);

/* "[", the elements, "]"; an empty list needs its kind said. */
#define PUT_LIST(b, kind_name, list, put_one)             \
	do {                                              \
		strbuf_puts((b), ": " kind_name " = [");  \
		for (int i_ = 0; i_ < (list)->n; i_++) {  \
			strbuf_puts((b), i_ ? ", " : ""); \
			put_one;                          \
		}                                         \
		strbuf_putc((b), ']');                    \
	} while (0)

/* What follows the attribute's name. Kinds are said, as onnx.printer does: 1 might be an int or a float. */
static void put_attr(const struct printer *p, const struct node *n, const struct attr_row *r, int depth)
{
	const void *at = (const char *)n->attrs + r->offset;
	struct strbuf *b = p->b;
	switch (r->kind) {
	case ATTR_INT:
		strbuf_printf(b, ": int = %" PRId64, *(const int64_t *)at);
		break;
	case ATTR_FLOAT:
		strbuf_puts(b, ": float = ");
		put_float(b, (double)*(const float *)at, false);
		break;
	case ATTR_STRING:
		strbuf_puts(b, ": string = ");
		put_quoted(b, *(const char *const *)at);
		break;
	case ATTR_ENUM:
		strbuf_puts(b, ": string = ");
		put_quoted(b, r->choices[*(const int *)at]);
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
		PUT_LIST(b, "floats", l, put_float(b, (double)l->p[i_], false));
		break;
	}
	case ATTR_STRINGS: {
		const struct strings *l = at;
		PUT_LIST(b, "strings", l, put_quoted(b, l->p[i_]));
		break;
	}
	case ATTR_TENSOR:
		strbuf_puts(b, ": tensor = ");
		put_tensor(p, *(const struct constant *const *)at);
		break;
	case ATTR_TENSORS: {
		const struct tensors *l = at;
		PUT_LIST(b, "tensors", l, put_tensor(p, l->p[i_]));
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
			strbuf_printf(p->b, "%s%d, %d", i ? ", " : "", v->layout.lo[i], v->layout.hi[i]);
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

/* -- nodes and graphs ---------------------------------------------------------------------------------------- */

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
		put_name(b, n->loc.node);
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
		put_type(p, node_out(n, k));
	}
}

static void put_typed(const struct printer *p, const struct value *v, const char *name)
{
	put_type(p, v);
	strbuf_putc(p->b, ' ');
	if (name)
		put_name(p->b, name);
	else
		put_value(p, v->id);
}

static bool is_initializer(const struct graph *g, const struct value *v)
{
	return v && v->graph == g && v->constant && !v->producer && (v->uses.n || v->outputs || v->is_input);
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
		put_elements(p, v->constant);
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
	put_name(b, g->name && g->name[0] ? g->name : "graph");
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
		put_name(b, alias(g, k));
		strbuf_puts(b, " = Identity (");
		put_value(p, g->outputs.p[k]);
		strbuf_puts(b, ")\n");
	}
	indent(p, depth);
	strbuf_puts(b, "}");
}

/* -- the model -------------------------------------------------------------------------------------------------- */

/* Nodes are in the newest form, so the text imports the newest version that any row of the domain begins with. */
static void newest(const struct op *op, void *data)
{
	int *since = data;
	if (op->since > since[op->domain])
		since[op->domain] = op->since;
}

void unit_print(struct strbuf *b, struct unit *u, const struct print_options *opt)
{
	struct printer p = { b, u, opt ? opt : &defaults, free_prefix(u) };
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
