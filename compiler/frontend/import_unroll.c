/* Loop and SequenceMap as copies of their bodies.
 *
 * Sequences exist while compiling only. A Loop of a constant count that they go through is copies of its body: so their
 * tensors need no common form. SequenceMap's count is its sequence's. */
#include "import.h"

#include "../ops/ops.h"

#include <string.h>

#define COPIES_MAX 1000

/* -- which ------------------------------------------------------------------------ */

static bool is_named(const struct op *op, const char *name)
{
	return op->domain == DOMAIN_ONNX && strcmp(op->name, name) == 0;
}

/* It makes or reads sequences, in its subgraphs perhaps. */
static bool uses_sequences(const Onnx__GraphProto *g)
{
	for (size_t i = 0; i < g->n_node; i++) {
		const Onnx__NodeProto *np = g->node[i];

		if (strstr(text_of(np->op_type), "Sequence") ||
		    strncmp(text_of(np->op_type), "Optional", 8) == 0)
			return true;
		for (size_t k = 0; k < np->n_attribute; k++)
			if (np->attribute[k]->g && uses_sequences(np->attribute[k]->g))
				return true;
	}
	return false;
}

static const struct constant *constant_in(const struct unit *u, size_t n_in, const uint32_t *in,
					  size_t k)
{
	return k < n_in && in[k] ? value_of(u, in[k])->constant : NULL;
}

/* Its condition stays what it was: body output 0 is body input 1, perhaps by Identity, or a constant. */
static bool condition_stays(const Onnx__GraphProto *g)
{
	const char *out = g->n_output ? text_of(g->output[0]->name) : "";

	if (g->n_input > 1 && strcmp(out, text_of(g->input[1]->name)) == 0)
		return true;
	for (size_t i = 0; i < g->n_initializer; i++)
		if (strcmp(out, text_of(g->initializer[i]->name)) == 0)
			return true;
	for (size_t i = 0; i < g->n_node; i++)
		if (g->node[i]->n_output && strcmp(out, text_of(g->node[i]->output[0])) == 0)
			return strcmp(text_of(g->node[i]->op_type), "Constant") == 0 ||
			       (strcmp(text_of(g->node[i]->op_type), "Identity") == 0 &&
				g->n_input > 1 && g->node[i]->n_input == 1 &&
				strcmp(g->node[i]->input[0], text_of(g->input[1]->name)) == 0);
	return false;
}

bool needs_copies(const struct unit *u, const struct op *op, const Onnx__NodeProto *np, size_t n_in,
		  const uint32_t *in)
{
	const struct constant *trips = constant_in(u, n_in, in, 0);
	bool carried = false;

	if (is_named(op, "SequenceMap"))
		return true;
	if (!is_named(op, "Loop") || !trips || constant_i64(trips, 0) > COPIES_MAX ||
	    (n_in > 1 && in[1] && !constant_in(u, n_in, in, 1)))
		return false;
	for (size_t k = 2; k < n_in; k++)
		carried |= in[k] && value_of(u, in[k])->container != TENSOR;
	for (size_t k = 0; k < np->n_attribute; k++) {
		const Onnx__GraphProto *g = np->attribute[k]->g;

		if (g && !condition_stays(g))
			return false;
		carried |= g && uses_sequences(g);
	}
	return carried;
}

/* -- one copy ---------------------------------------------------------------------- */

struct copies {
	struct env *e;
	const struct loc *loc;
	const Onnx__GraphProto *gp;
	const struct env *home; /* where the body's captured names are looked up */
	int number;             /* of the next copy */
};

/* A copy of the body with these inputs; its outputs go to out. */
static bool add_copy(struct copies *c, const uint32_t *in, uint32_t *out)
{
	struct env *e = c->e;
	struct unit *u = e->im->u;
	struct env body = { .im = e->im,
			    .g = e->g,
			    .outer = c->home,
			    .opsets = c->home->opsets,
			    .n_opsets = c->home->n_opsets,
			    .call = c->home->call,
			    .depth = e->depth + 1 };

	body.prefix = arena_printf(u->arena, "%s.%d", c->loc->node, c->number++);
	for (size_t k = 0; k < c->gp->n_input; k++)
		name_map_set(u->arena, &body.names, text_of(c->gp->input[k]->name), in[k]);
	if (!import_body(&body, c->gp))
		return false;
	for (size_t k = 0; k < c->gp->n_output; k++)
		if (!env_find(&body, text_of(c->gp->output[k]->name), &out[k]) || !out[k])
			return diag_error(u->diag, c->loc,
					  "output %zu of its body is made by no node", k);
	return true;
}

static bool begin(struct copies *c, const Onnx__NodeProto *np)
{
	struct diag *d = c->e->im->u->diag;

	for (size_t i = 0; i < np->n_attribute; i++)
		if (strcmp(text_of(np->attribute[i]->name), "body") == 0) {
			struct attr_value v = attr_resolve(c->e, np->attribute[i]);

			c->gp = v.value ? v.value->g : NULL;
			c->home = v.env;
		}
	if (!c->gp)
		return diag_error(d, c->loc, "attribute \"body\" is missing");
	return c->e->depth < NESTING_MAX ||
	       diag_error(d, c->loc, "functions and subgraphs nest more than %d levels deep",
			  NESTING_MAX);
}

static bool bind_all(struct copies *c, const Onnx__NodeProto *np, const uint32_t *ids, size_t first)
{
	bool ok = true;

	for (size_t k = 0; k < np->n_output; k++)
		if (np->output[k][0])
			ok &= bind_result(c->e, c->loc, np->output[k], ids[k], first);
	return ok;
}

static uint32_t add_node(struct copies *c, const char *op, const void *attrs, int n_in,
			 const uint32_t *in)
{
	struct node *n = graph_insert(c->e->g, NULL, op_builtin(op), attrs, n_in, in, 1, c->loc);

	return node_infer(c->e->im->u, n) ? n->out[0] : VALUE_NONE;
}

static uint32_t add_constant(struct copies *c, enum dtype t, int64_t v)
{
	return graph_constant(c->e->g, NULL, constant_scalar_i64(c->e->im->u->arena, t, v))->id;
}

/* -- SequenceMap ------------------------------------------------------------------- */

/* What copy i takes for input k: an item, or the tensor itself. */
static bool map_inputs(struct copies *c, size_t n_in, const uint32_t *in, int i, int count,
		       uint32_t *out)
{
	struct unit *u = c->e->im->u;

	for (size_t k = 0; k < n_in; k++) {
		const uint32_t *items;
		int n;

		out[k] = in[k];
		if (value_of(u, in[k])->container != SEQUENCE)
			continue;
		if (!value_items(value_of(u, in[k]), &items, &n) || n != count)
			return diag_error(
				u->diag, c->loc,
				"input %zu must be a sequence of %d tensors, as the first is", k,
				count);
		out[k] = items[i];
	}
	return true;
}

static bool import_map(struct copies *c, const Onnx__NodeProto *np, size_t n_in, const uint32_t *in)
{
	struct unit *u = c->e->im->u;
	size_t n_out = np->n_output, first = u->values.n;
	const uint32_t *items = NULL;
	uint32_t *made, *ids = arena_array(u->arena, uint32_t, n_out + 1);
	uint32_t *given = arena_array(u->arena, uint32_t, n_in + 1);
	int count = 0;

	if (n_in < 1 || !in[0] || value_of(u, in[0])->container != SEQUENCE)
		return diag_error(u->diag, c->loc, "its first input must be a sequence");
	if (c->gp->n_input != n_in || c->gp->n_output != n_out)
		return diag_error(u->diag, c->loc,
				  "has %zu inputs and %zu outputs; its body has %zu and %zu", n_in,
				  n_out, c->gp->n_input, c->gp->n_output);
	if ((!value_items(value_of(u, in[0]), &items, &count) || count > COPIES_MAX) &&
	    c->home == c->e)
		return import_map_loop(c->e, c->loc, np, c->gp, in);
	made = arena_array(u->arena, uint32_t, n_out * (size_t)count + 1);
	for (int i = 0; i < count; i++)
		if (!map_inputs(c, n_in, in, i, count, given) ||
		    !add_copy(c, given, made + (size_t)i * n_out))
			return false;
	for (size_t k = 0; k < n_out; k++) {
		uint32_t *column = arena_array(u->arena, uint32_t, (size_t)count + 1);

		for (int i = 0; i < count; i++)
			column[i] = made[(size_t)i * n_out + k];
		ids[k] = add_node(c, "SequenceConstruct", NULL, count, column);
		if (!ids[k])
			return false;
	}
	return bind_all(c, np, ids, first);
}

/* -- Loop -------------------------------------------------------------------------- */

/* What all iterations gave for one output, along a new axis. */
static uint32_t stack(struct copies *c, const uint32_t *each, size_t count)
{
	struct unit *u = c->e->im->u;
	uint32_t *in = arena_array(u->arena, uint32_t, count), axes[2];
	struct axis_attrs concat = { .axis = 0 };
	const int64_t zero = 0;

	axes[1] = graph_constant(c->e->g, NULL, constant_vector_i64(u->arena, &zero, 1))->id;
	for (size_t i = 0; i < count; i++) {
		axes[0] = each[i];
		in[i] = add_node(c, "Unsqueeze", NULL, 2, axes);
		if (!in[i])
			return VALUE_NONE;
	}
	return add_node(c, "Concat", &concat, (int)count, in);
}

static bool import_loop(struct copies *c, const Onnx__NodeProto *np, size_t n_in,
			const uint32_t *in)
{
	struct unit *u = c->e->im->u;
	const struct constant *trips = constant_in(u, n_in, in, 0),
			      *go = constant_in(u, n_in, in, 1);
	size_t states = n_in > 2 ? n_in - 2 : 0, n_out = c->gp->n_output, first = u->values.n;
	uint32_t *given = arena_array(u->arena, uint32_t, states + 2);
	uint32_t *out = arena_array(u->arena, uint32_t, n_out + 1);
	uint32_t *ids = arena_array(u->arena, uint32_t, np->n_output + states + 1);
	VEC(uint32_t) stacked[64] = { 0 };
	int64_t i = 0;

	if (c->gp->n_input != states + 2 || n_out < states + 1 || np->n_output >= n_out ||
	    n_out - 1 - states > ARRAY_LEN(stacked))
		return diag_error(
			u->diag, c->loc,
			"has %zu states and %zu outputs, its body %zu inputs and %zu outputs",
			states, np->n_output, c->gp->n_input, n_out);
	if (n_in > 1 && in[1] && !go)
		return diag_error(
			u->diag, c->loc,
			"its condition must be known at compile time, because sequences go through it");
	for (size_t k = 0; k < states; k++)
		given[k + 2] = in[k + 2];
	for (; i < constant_i64(trips, 0) && (!go || constant_i64(go, 0)); i++) {
		if (i == COPIES_MAX)
			return diag_error(
				u->diag, c->loc,
				"more than %d iterations that sequences go through are not "
				"supported",
				COPIES_MAX);
		given[0] = add_constant(c, DT_I64, i);
		given[1] = add_constant(c, DT_BOOL, 1);
		if (!add_copy(c, given, out))
			return false;
		go = value_of(u, out[0])->constant;
		if (!go)
			return diag_error(
				u->diag, c->loc,
				"its condition must be known at compile time, because sequences go through it");
		for (size_t k = 0; k < states; k++)
			given[k + 2] = out[k + 1];
		for (size_t k = states + 1; k < n_out; k++)
			vec_push(u->arena, &stacked[k - states - 1], out[k]);
	}
	for (size_t k = 0; k < np->n_output; k++) {
		if (k < states) {
			ids[k] = given[k + 2];
		} else if (i == 0) {
			return diag_error(u->diag, c->loc,
					  "no iteration tells the shape of output %zu", k);
		} else {
			ids[k] = stack(c, stacked[k - states].p, stacked[k - states].n);
			if (!ids[k])
				return false;
		}
	}
	return bind_all(c, np, ids, first);
}

bool import_copies(struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		   const struct op *op, size_t n_in, const uint32_t *in)
{
	struct copies c = { .e = e, .loc = loc };

	if (begin(&c, np) &&
	    (is_named(op, "Loop") ? import_loop(&c, np, n_in, in) : import_map(&c, np, n_in, in)))
		return true;
	bind_failed(e, np);
	return false;
}

/* g without the types it declares: sizes of the same name, "batch" say, are others in each call. */
static Onnx__GraphProto *undeclared(struct arena *a, const Onnx__GraphProto *g)
{
	Onnx__GraphProto *copy = arena_copy(a, g, sizeof *g);

	copy->n_value_info = 0;
	copy->output = arena_array(a, Onnx__ValueInfoProto *, g->n_output);
	for (size_t k = 0; k < g->n_output; k++) {
		copy->output[k] = arena_copy(a, g->output[k], sizeof *g->output[k]);
		copy->output[k]->type = NULL;
	}
	return copy;
}

bool import_call(struct env *e, const struct loc *loc, const Onnx__NodeProto *np, size_t n_in,
		 const uint32_t *in)
{
	struct copies c = { .e = e, .loc = loc };
	size_t first = e->im->u->values.n;
	uint32_t *out;

	if (!begin(&c, np)) {
		bind_failed(e, np);
		return false;
	}
	if (c.gp->n_input == n_in && c.gp->n_output >= np->n_output) {
		c.gp = undeclared(e->im->u->arena, c.gp);
		out = arena_array(e->im->u->arena, uint32_t, c.gp->n_output);
		if (add_copy(&c, in, out))
			return bind_all(&c, np, out, first);
	} else {
		diag_error(e->im->u->diag, loc,
			   "graph \"%s\" has %zu inputs and %zu outputs, %zu and %zu are needed",
			   printable(e->im->u->arena, text_of(c.gp->name), 80), c.gp->n_input,
			   c.gp->n_output, n_in, np->n_output);
	}
	bind_failed(e, np);
	return false;
}
