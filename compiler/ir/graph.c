/* The graph and the only functions that change it: they keep uses, output counts and node order
 * exact. */
#include "op.h"

#include <assert.h>
#include <string.h>

struct unit *unit_new(struct arena *a, struct diag *d, const char *file)
{
	struct unit *u = arena_new(a, struct unit);
	u->arena = a;
	u->diag = d;
	u->file = file;
	vec_push(a, &u->values, NULL); /* VALUE_NONE */
	u->scope = u->main = graph_new(u, NULL, "main");
	return u;
}

struct graph *graph_new(struct unit *u, struct node *owner, const char *name)
{
	struct graph *g = arena_new(u->arena, struct graph);
	g->unit = u;
	g->owner = owner;
	g->name = name;
	return g;
}

/* -- reading ------------------------------------------------------------------------------- */

struct value *node_in(const struct node *n, int k)
{
	return k < n->n_in && n->in[k] ? value_of(n->graph->unit, n->in[k]) : NULL;
}

struct value *node_out(const struct node *n, int k)
{
	return k < n->n_out && n->out[k] ? value_of(n->graph->unit, n->out[k]) : NULL;
}

const struct constant *node_const(const struct node *n, int k)
{
	const struct value *v = node_in(n, k);
	return v ? v->constant : NULL;
}

bool node_is_dead(const struct node *n)
{
	for (int k = 0; k < n->n_out; k++) {
		const struct value *v = node_out(n, k);
		if (v && (v->uses.n || v->outputs || v->measured))
			return false;
	}
	return true;
}

static void each_graph(struct graph *g, void (*f)(struct graph *g, void *data), void *data)
{
	f(g, data);
	for (struct node *n = g->first; n; n = n->next)
		for (int i = 0; i < n->n_graphs; i++)
			each_graph(n->graphs[i], f, data);
}

void unit_each_graph(struct unit *u, void (*f)(struct graph *g, void *data), void *data)
{
	each_graph(u->main, f, data);
}

/* -- values -------------------------------------------------------------------------------- */

struct value *graph_value(struct graph *g, const char *name, enum dtype t, const struct shape *s)
{
	struct unit *u = g->unit;
	struct value *v = arena_new(u->arena, struct value);
	v->id = (uint32_t)u->values.n;
	v->name = name;
	v->type = t;
	v->shape.rank = -1;
	if (s)
		v->shape = *s;
	layout_identity(&v->layout, RANK_MAX);
	v->graph = g;
	v->loc = (struct loc){ .file = u->file, .node = name };
	vec_push(u->arena, &u->values, v);
	return v;
}

struct value *graph_constant(struct graph *g, const char *name, const struct constant *c)
{
	struct value *v = graph_value(g, name, c->type, &c->shape);
	v->constant = c;
	return v;
}

void graph_add_input(struct graph *g, struct value *v)
{
	assert(!v->producer && !v->is_input);
	v->is_input = true;
	vec_push(g->unit->arena, &g->inputs, v->id);
}

void graph_add_output(struct graph *g, struct value *v)
{
	v->outputs++;
	vec_push(g->unit->arena, &g->outputs, v->id);
	vec_push(g->unit->arena, &g->output_names, v->name);
	vec_push(g->unit->arena, &g->output_keys, v->keys);
}

/* The reader of a dump wants an output's name on what computes it now; `to` takes it over unless it
 * has a place of its own. No name stands twice. */
static void move_output_name(struct value *from, struct value *to, const char *name)
{
	if (!name || !from->name || from->is_input || strcmp(from->name, name) != 0)
		return;
	from->name = NULL;
	if (to->graph == from->graph && !to->is_input && !to->outputs)
		to->name = name;
}

void graph_set_output(struct graph *g, int k, struct value *v)
{
	assert(k >= 0 && (size_t)k < g->outputs.n);
	struct value *old = value_of(g->unit, g->outputs.p[k]);
	if (old == v)
		return;
	move_output_name(old, v, g->output_names.p[k]);
	old->outputs--;
	g->outputs.p[k] = v->id;
	v->outputs++;
}

/* -- uses ---------------------------------------------------------------------------------- */

static void use_add(struct node *n, uint32_t id)
{
	struct unit *u = n->graph->unit;
	if (id != VALUE_NONE)
		vec_push(u->arena, &value_of(u, id)->uses, n);
}

static void use_drop(struct node *n, uint32_t id)
{
	if (id == VALUE_NONE)
		return;
	struct value *v = value_of(n->graph->unit, id);
	size_t i = v->uses.n;
	while (i > 0 && v->uses.p[i - 1] != n)
		i--;
	assert(i > 0);
	v->uses.n--;
	memmove(&v->uses.p[i - 1], &v->uses.p[i], (v->uses.n - (i - 1)) * sizeof(struct node *));
}

void node_set_input(struct node *n, int k, uint32_t id)
{
	if (k >= n->n_in) {
		uint32_t *in = arena_array(n->graph->unit->arena, uint32_t, (size_t)k + 1);
		if (n->n_in)
			memcpy(in, n->in, (size_t)n->n_in * sizeof *in);
		n->in = in;
		n->n_in = k + 1;
	}
	use_drop(n, n->in[k]);
	n->in[k] = id;
	use_add(n, id);
}

void node_trim_inputs(struct node *n, int n_in)
{
	for (int k = n_in; k < n->n_in; k++)
		use_drop(n, n->in[k]);
	if (n_in < n->n_in)
		n->n_in = n_in;
}

/* -- order --------------------------------------------------------------------------------- */

static void link_before(struct graph *g, struct node *n, struct node *before)
{
	assert(!before || before->graph == g);
	n->next = before;
	n->prev = before ? before->prev : g->last;
	if (n->prev)
		n->prev->next = n;
	else
		g->first = n;
	if (before)
		before->prev = n;
	else
		g->last = n;
}

static void unlink_node(struct node *n)
{
	struct graph *g = n->graph;
	if (n->prev)
		n->prev->next = n->next;
	else
		g->first = n->next;
	if (n->next)
		n->next->prev = n->prev;
	else
		g->last = n->prev;
}

void graph_move(struct node *n, struct node *before)
{
	if (n == before)
		return;
	unlink_node(n);
	link_before(n->graph, n, before);
}

/* -- nodes --------------------------------------------------------------------------------- */

struct node *graph_insert(struct graph *g, struct node *before, const struct op *op,
			  const void *attrs, int n_in, const uint32_t *in, int n_out,
			  const struct loc *loc)
{
	struct arena *a = g->unit->arena;
	struct node *n = arena_new(a, struct node);
	n->graph = g;
	n->op = op;
	n->attrs = attrs ? arena_copy(a, attrs, op->attrs_size) : op_default_attrs(a, op);
	n->loc = loc ? *loc : (struct loc){ .file = g->unit->file, .op = op->name };
	n->in = arena_array(a, uint32_t, (size_t)n_in);
	n->n_in = n_in;
	for (int k = 0; k < n_in; k++) {
		n->in[k] = in[k];
		use_add(n, in[k]);
	}
	n->out = arena_array(a, uint32_t, (size_t)n_out);
	n->n_out = n_out;
	for (int k = 0; k < n_out; k++) {
		struct value *v = graph_value(g, NULL, DT_UNDEF, NULL);
		v->producer = n;
		v->output = k;
		v->loc = n->loc;
		n->out[k] = v->id;
	}
	link_before(g, n, before);
	return n;
}

uint32_t graph_build(struct node *before, const char *op, const void *attrs, int n_in,
		     const uint32_t *in)
{
	struct graph *g = before->graph;
	struct node *n = graph_insert(g, before, op_builtin(op), attrs, n_in, in, 1, &before->loc);
	if (!node_infer(g->unit, n))
		unreachable("a rewrite built an illegal node");
	return n->out[0];
}

/* Takes everything inside g out of the books: uses of outer values, output counts, its own values.
 */
static void retire_graph(struct graph *g);

static void retire_node(struct node *n)
{
	for (int i = 0; i < n->n_graphs; i++)
		retire_graph(n->graphs[i]);
	node_trim_inputs(n, 0);
	for (int k = 0; k < n->n_out; k++) {
		struct value *v = node_out(n, k);
		if (!v)
			continue;
		v->producer = NULL;
		v->graph = NULL;
	}
}

void graph_drop_outputs(struct graph *g)
{
	for (size_t k = 0; k < g->outputs.n; k++)
		value_of(g->unit, g->outputs.p[k])->outputs--;
	g->outputs.n = g->output_names.n = g->output_keys.n = 0;
}

static void retire_graph(struct graph *g)
{
	graph_drop_outputs(g);
	for (struct node *n = g->last; n; n = n->prev)
		retire_node(n);
	for (size_t k = 0; k < g->inputs.n; k++)
		value_of(g->unit, g->inputs.p[k])->graph = NULL;
	g->inputs.n = 0;
	g->first = g->last = NULL;
}

void graph_clear(struct graph *g)
{
	retire_graph(g);
	for (size_t i = 1; i < g->unit->values.n; i++)
		if (g->unit->values.p[i]->graph == g)
			g->unit->values.p[i]->graph = NULL;
}

void graph_remove(struct node *n)
{
	assert(node_is_dead(n));
	retire_node(n);
	unlink_node(n);
}

void node_drop_output(struct node *n, int k)
{
	struct value *v = node_out(n, k);
	assert(v && v->uses.n == 0 && v->outputs == 0);
	v->producer = NULL;
	v->graph = NULL;
	n->out[k] = VALUE_NONE;
}

void graph_splice(struct graph *sub, struct node *before)
{
	struct graph *g = before->graph;
	for (size_t k = 0; k < sub->outputs.n; k++)
		value_of(g->unit, sub->outputs.p[k])->outputs--;
	sub->outputs.n = sub->output_names.n = 0;
	assert(sub->inputs.n == 0);
	for (size_t i = 1; i < g->unit->values.n; i++) /* constants too */
		if (g->unit->values.p[i]->graph == sub)
			g->unit->values.p[i]->graph = g;
	for (size_t i = 0; i < g->unit->assumed.n; i++)
		if (g->unit->assumed.p[i].scope == sub)
			g->unit->assumed.p[i].scope = g;
	while (sub->first) {
		struct node *n = sub->first;
		unlink_node(n);
		n->graph = g;
		link_before(g, n, before);
	}
}

/* -- replacing ----------------------------------------------------------------------------- */

struct replacement {
	struct value *old, *with;
};

static void replace_outputs(struct graph *g, void *data)
{
	const struct replacement *r = data;
	for (size_t k = 0; r->old->outputs && k < g->outputs.n; k++)
		if (g->outputs.p[k] == r->old->id)
			graph_set_output(g, (int)k, r->with);
}

void graph_replace(struct unit *u, uint32_t old, uint32_t with)
{
	struct replacement r = { value_of(u, old), value_of(u, with) };
	if (old == with)
		return;
	dim_replace_value(u, old, with);
	r.old->measured = false;
	for (size_t i = 0; i < r.old->uses.n; i++) {
		struct node *n = r.old->uses.p[i];
		int k = 0;
		while (n->in[k] != old)
			k++;
		n->in[k] = with;
		vec_push(u->arena, &r.with->uses, n);
	}
	r.old->uses.n = 0;
	if (!r.old->outputs)
		return;
	replace_outputs(r.old->graph, &r);
	if (r.old->outputs) /* a subgraph lists an outer value */
		unit_each_graph(u, replace_outputs, &r);
	assert(!r.old->outputs);
}
