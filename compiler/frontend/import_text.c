/* Operators whose row defines them in ONNX's own text: a function of that text takes the node's
 * place. */
#include "import.h"

#include <string.h>

/* The attributes of a function are declared with the row's defaults, so that a node may leave
 * them out. */
static void put_attribute(struct strbuf *b, const struct attr_row *r)
{
	strbuf_puts(b, r->name);
	if (r->required)
		return;
	if (r->kind == ATTR_INT)
		strbuf_printf(b, ": int = %lld", (long long)r->def_int);
	else if (r->kind == ATTR_FLOAT)
		strbuf_printf(b, ": float = %.9g", r->def_float);
	else if (r->kind == ATTR_ENUM)
		strbuf_printf(b, ": string = \"%s\"", r->choices[r->def_int]);
}

static void put_names(struct strbuf *b, const struct sig_item *items, int n)
{
	for (int k = 0; k < n; k++)
		strbuf_printf(b, "%s%.*s", k ? ", " : "", (int)items[k].name_len, items[k].name);
}

static void put_function(struct strbuf *b, const struct op *op, const struct sig *sig, size_t n_out,
			 const char *nodes)
{
	strbuf_puts(
		b,
		"none () => () {}\n<domain: \"edgecc\", opset_import: [\"\" : 24, \"com.microsoft\" : 1, \"edgecc\" : 1]>\n");
	strbuf_printf(b, "%s <", op->name);
	for (const struct attr_row *r = op->attrs; r && r->name; r++) {
		strbuf_puts(b, r == op->attrs ? "" : ", ");
		put_attribute(b, r);
	}
	strbuf_puts(b, "> (");
	put_names(b, sig->in, sig->n_in);
	strbuf_puts(b, ") => (");
	put_names(b, sig->out, (int)n_out);
	strbuf_printf(b, ") {%s}", nodes);
}

/* Lines of our text are none of the model's. */
static void forget_lines(Onnx__NodeProto *const *nodes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		nodes[i]->line = nodes[i]->column = 0;
		for (size_t k = 0; k < nodes[i]->n_attribute; k++)
			if (nodes[i]->attribute[k]->g)
				forget_lines(nodes[i]->attribute[k]->g->node,
					     nodes[i]->attribute[k]->g->n_node);
	}
}

const Onnx__FunctionProto *function_of_text(struct env *e, const struct loc *loc,
					    const Onnx__NodeProto *np, const struct op *op,
					    const char *nodes)
{
	struct arena *a = e->im->u->arena;
	struct source text = { .arena = a, .diag = e->im->u->diag, .path = loc->file };
	struct strbuf b = { 0 };
	const Onnx__ModelProto *m;
	struct sig sig;

	op_sig(op, &sig);
	put_function(&b, op, &sig, np->n_output, nodes);
	text.data = arena_copy(a, b.s, b.n + 1);
	text.size = b.n;
	strbuf_free(&b);
	m = model_parse(&text);
	if (!m)
		return NULL;
	forget_lines(m->functions[0]->node, m->functions[0]->n_node);
	return m->functions[0];
}

bool check_inputs(struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		  const struct op *op, const void *a, size_t n_in, const uint32_t *in)
{
	struct node *n = graph_insert(e->g, NULL, op, a, (int)n_in, in, (int)np->n_output, loc);
	bool ok = node_check_sig(e->im->u, n);

	graph_remove(n);
	return ok;
}

static bool is_given(const struct sig *sig, const char *name, size_t len, size_t n_in,
		     const uint32_t *in)
{
	for (int k = 0; k < sig->n_in && (size_t)k < n_in; k++)
		if (in[k] && sig->in[k].name_len == len && strncmp(sig->in[k].name, name, len) == 0)
			return true;
	return false;
}

const char *text_for(struct env *e, const struct op *op, size_t n_in, const uint32_t *in)
{
	struct strbuf b = { 0 };
	struct sig sig;
	bool any = false;
	char *copy;

	if (!op->text)
		return NULL;

	op_sig(op, &sig);
	for (const char *line = op->text; *line;) {
		size_t len = strcspn(line, "\n"), at = 0;
		bool stands = true;

		for (size_t name; line[at] == '?' || line[at] == '!'; at += name + 1) {
			name = strcspn(line + at, " ");
			stands &= is_given(&sig, line + at + 1, name - 1, n_in, in) ==
				  (line[at] == '?');
		}
		any |= stands;
		if (stands)
			strbuf_write(&b, line + at, len - at);
		strbuf_putc(&b, '\n');
		line += len + (line[len] != '\0');
	}
	copy = any ? arena_copy(e->im->u->arena, b.s, b.n + 1) : NULL;
	strbuf_free(&b);
	return copy;
}

bool import_by_text(struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		    const struct op *op, const char *nodes, size_t n_in, const uint32_t *in)
{
	const Onnx__FunctionProto *f = NULL;
	struct subgraphs graphs = { 0 };
	void *attrs;

	if (attrs_read(e, loc, op, np, &attrs, &graphs) &&
	    check_inputs(e, loc, np, op, attrs, n_in, in))
		f = function_of_text(e, loc, np, op, nodes);
	if (f)
		return inline_function(e, np, f, in, n_in);
	bind_failed(e, np);
	return false;
}
