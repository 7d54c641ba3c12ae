/* Every invariant of ir.h, checked from scratch: what a pass left behind is recounted, not
 * believed. */
#include "op.h"

#include <string.h>

struct verifier {
	struct unit *u;
	const char *after;
	bool *defined;     /* by value: available at the point reached */
	uint32_t *uses;    /* by value: input slots counted */
	uint32_t *outputs; /* by value: places in output lists counted */
	bool ok;
};

static void bad(struct verifier *w, const struct loc *loc, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void bad(struct verifier *w, const struct loc *loc, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *text = arena_vprintf(w->u->arena, fmt, ap);
	va_end(ap);
	w->ok = diag_error(w->u->diag, loc, "internal error after %s: %s", w->after, text);
}

/* -- values -------------------------------------------------------------------------------- */

static bool dim_exists(const struct unit *u, dim d)
{
	return d >= 0 || (d != DIM_OVERFLOW && (uint64_t)(-1 - d) < u->dims.n);
}

static void check_shape(struct verifier *w, const struct value *v)
{
	for (int i = 0; i < v->shape.rank; i++)
		if (!dim_exists(w->u, v->shape.d[i]))
			bad(w, &v->loc, "axis %d of value %u has no size", i, v->id);
}

static void check_layout(struct verifier *w, const struct value *v)
{
	unsigned seen = 0;
	int rank = v->shape.rank;
	for (int i = 0; i < rank; i++) {
		seen |= v->layout.order[i] < RANK_MAX ? 1u << v->layout.order[i] : 0;
		if (v->layout.lo[i] < 0 || v->layout.hi[i] < 0)
			bad(w, &v->loc, "the halo of value %u is negative at axis %d", v->id, i);
	}
	if (rank > 0 && seen != (1u << rank) - 1)
		bad(w, &v->loc, "the layout of value %u is no permutation of its %d axes", v->id,
		    rank);
}

static void check_constant(struct verifier *w, const struct value *v)
{
	const struct constant *c = v->constant;
	size_t size;
	if (c->type != v->type || !shape_equal(&c->shape, &v->shape)) {
		bad(w, &v->loc, "value %u and its constant differ in type or shape", v->id);
		return;
	}
	if (!shape_is_const(&c->shape)) {
		bad(w, &v->loc, "the constant of value %u has no constant shape", v->id);
		return;
	}
	size_t n = (size_t)shape_elements(&c->shape);
	if (c->type == DT_STRING ? n && !c->strings
				 : !mul_size(n, dtype_size(c->type), &size) || size != c->size)
		bad(w, &v->loc, "the constant of value %u has not the size of its shape", v->id);
}

static bool node_names(const struct node *n, uint32_t id)
{
	for (int k = 0; k < n->n_in; k++)
		if (n->in[k] == id)
			return true;
	return false;
}

static void check_books(struct verifier *w, const struct value *v)
{
	if (v->uses.n != w->uses[v->id])
		bad(w, &v->loc, "value %u lists %zu uses and has %u", v->id, v->uses.n,
		    w->uses[v->id]);
	if (v->outputs < 0 || (uint32_t)v->outputs != w->outputs[v->id])
		bad(w, &v->loc, "value %u is said to be %d outputs and is %u", v->id, v->outputs,
		    w->outputs[v->id]);
	for (size_t i = 0; i < v->uses.n; i++)
		if (!node_names(v->uses.p[i], v->id))
			bad(w, &v->uses.p[i]->loc,
			    "does not read value %u, which lists it as a use", v->id);
}

static void check_value(struct verifier *w, size_t i)
{
	const struct value *v = w->u->values.p[i];
	if (!v || v->id != i) {
		bad(w, NULL, "value %zu has another id", i);
		return;
	}
	check_books(w, v);
	if (!v->graph) /* removed; check_books saw that nothing names it */
		return;
	if (v->producer && !w->defined[i])
		bad(w, &v->loc, "value %zu belongs to a node that is in no graph", i);
	if (v->shape.rank < -1 || v->shape.rank > RANK_MAX) {
		bad(w, &v->loc, "value %zu has rank %d", i, v->shape.rank);
		return;
	}
	check_shape(w, v);
	check_layout(w, v);
	if (v->constant)
		check_constant(w, v);
	if (v->elems && !shape_is_const(&v->shape))
		bad(w, &v->loc, "value %zu has known elements and no known shape", i);
}

/* -- nodes --------------------------------------------------------------------------------- */

static bool in_scope(const struct value *v, const struct graph *g)
{
	while (g && v->graph != g)
		g = g->owner ? g->owner->graph : NULL;
	return g != NULL;
}

/* A value that g's nodes (loc) may read here. */
static void check_read(struct verifier *w, const struct graph *g, const struct loc *loc,
		       uint32_t id)
{
	if (id >= w->u->values.n) {
		bad(w, loc, "reads value %u, which does not exist", id);
		return;
	}
	const struct value *v = value_of(w->u, id);
	if (!in_scope(v, g))
		bad(w, loc, "reads value %u, which is removed or of another graph", id);
	else if (v->producer ? !w->defined[id] : !v->is_input && !v->constant)
		bad(w, loc, "reads value %u before it is computed", id);
}

static void check_output(struct verifier *w, const struct node *n, int k)
{
	const struct value *v = n->out[k] < w->u->values.n ? node_out(n, k) : NULL;
	if (!v) {
		if (n->out[k])
			bad(w, &n->loc, "output %d does not exist", k);
		return;
	}
	if (v->producer != n || v->output != k || v->graph != n->graph || v->is_input)
		bad(w, &n->loc, "output %d, value %u, does not link back", k, v->id);
	if (w->defined[v->id])
		bad(w, &n->loc, "output %d, value %u, has two producers", k, v->id);
	w->defined[v->id] = true;
	if (v->container == TENSOR && v->type == DT_UNDEF)
		bad(w, &n->loc, "output %d, value %u, has no type", k, v->id);
}

static void check_tail(struct verifier *w, const struct node *n)
{
	if (n->n_tail < 0 || n->n_tail > n->n_in || (n->n_tail && !n->tail)) {
		bad(w, &n->loc, "has %d inputs, %d of them for %s tail", n->n_in, n->n_tail,
		    n->tail ? "its" : "no");
		return;
	}
	for (int k = n->n_in - n->n_tail; k < n->n_in; k++)
		if (!n->in[k])
			bad(w, &n->loc, "input %d of the tail is left out", k);
}

/* Types must still satisfy the row: passes build nodes too. */
static void check_types(struct verifier *w, struct node *n)
{
	enum dtype types[ARRAY_LEN(((struct sig *)0)->out)];
	int n_out = n->n_out < (int)ARRAY_LEN(types) ? n->n_out : (int)ARRAY_LEN(types);
	for (int k = 0; k < n_out; k++)
		types[k] = node_out(n, k) ? node_out(n, k)->type : DT_UNDEF;
	if (!node_check_sig(w->u, n))
		bad(w, &n->loc, "does not satisfy the row of %s", n->op->name);
	for (int k = 0; k < n_out; k++) {
		struct value *v = node_out(n, k);
		if (!v || v->type == types[k])
			continue;
		if (!n->tail)
			bad(w, &n->loc, "output %d has type %s, must be %s", k,
			    dtype_name(types[k]), dtype_name(v->type));
		v->type = types[k];
	}
}

static void check_graph(struct verifier *w, struct graph *g);

static void check_subgraphs(struct verifier *w, struct node *n)
{
	for (int i = 0; i < n->n_graphs; i++) {
		if (n->graphs[i]->owner != n || n->graphs[i]->unit != w->u)
			bad(w, &n->loc, "subgraph %d does not link back", i);
		else
			check_graph(w, n->graphs[i]);
	}
	for (const struct attr_row *r = n->op->attrs; r && r->name; r++) {
		if (r->kind != ATTR_GRAPH)
			continue;
		int i = *(const int *)(const void *)((const char *)n->attrs + r->offset);
		if (i < -1 || i >= n->n_graphs || (r->required && i < 0))
			bad(w, &n->loc, "attribute %s names subgraph %d of %d", r->name, i,
			    n->n_graphs);
	}
}

static void check_node(struct verifier *w, struct node *n)
{
	bool before = w->ok;
	w->ok = true;
	for (int k = 0; k < n->n_in; k++) {
		if (n->in[k] == VALUE_NONE)
			continue;
		check_read(w, n->graph, &n->loc, n->in[k]);
		if (n->in[k] < w->u->values.n)
			w->uses[n->in[k]]++;
	}
	check_tail(w, n);
	check_subgraphs(w, n);
	for (int k = 0; k < n->n_out; k++)
		check_output(w, n, k);
	if (w->ok) /* else it might not even be readable */
		check_types(w, n);
	w->ok = w->ok && before;
}

static void check_graph(struct verifier *w, struct graph *g)
{
	const struct loc *loc = g->owner ? &g->owner->loc : NULL;
	const char *name = g->name ? g->name : "";
	const struct node *prev = NULL;
	for (size_t k = 0; k < g->inputs.n; k++) {
		const struct value *v = value_of(w->u, g->inputs.p[k]);
		if (!v->is_input || v->graph != g || v->producer)
			bad(w, loc, "input %zu of graph \"%s\", value %u, is not marked as one", k,
			    name, v->id);
	}
	for (struct node *n = g->first; n; prev = n, n = n->next) {
		if (n->prev != prev || n->graph != g) {
			bad(w, &n->loc, "is linked wrongly");
			return;
		}
		check_node(w, n);
	}
	if (g->last != prev)
		bad(w, loc, "the last node of graph \"%s\" is another", name);
	if (g->outputs.n != g->output_names.n)
		bad(w, loc, "graph \"%s\" has %zu outputs and %zu names of them", name,
		    g->outputs.n, g->output_names.n);
	for (size_t k = 0; k < g->outputs.n; k++) {
		check_read(w, g, loc, g->outputs.p[k]);
		if (g->outputs.p[k] < w->u->values.n)
			w->outputs[g->outputs.p[k]]++;
	}
}

bool unit_verify(struct unit *u, const char *after)
{
	struct arena scratch = { 0 };
	size_t n = u->values.n;
	struct verifier w = {
		.u = u,
		.after = after,
		.defined = arena_array(&scratch, bool, n),
		.uses = arena_array(&scratch, uint32_t, n),
		.outputs = arena_array(&scratch, uint32_t, n),
		.ok = true,
	};
	if (n == 0 || u->values.p[0])
		bad(&w, NULL, "value 0 is taken");
	check_graph(&w, u->main);
	for (size_t i = 1; i < n; i++)
		check_value(&w, i);
	arena_free(&scratch);
	return w.ok;
}
