/* If whose branches give an output in different ranks: what depends on it is imported into both branches.
 *
 *	y = If(c) { a } else { b };  z = f(y)      =>      z = If(c) { f(a) } else { f(b) }
 *
 * A value has one rank while compiling, so y is none. What comes out of the If then is what the graph's outputs need. */
#include "import.h"

#include <string.h>

#include "../ops/ops.h"

bool ranks_differ(const struct env branch[2])
{
	const struct unit *u = branch[0].im->u;
	bool differ = false;

	if (branch[0].refused || branch[1].refused)
		return false;
	for (size_t k = 0; k < branch[0].bundles.n && k < branch[1].bundles.n; k++) {
		const struct value *a = value_of(u, branch[0].bundles.p[k].value),
				   *b = value_of(u, branch[1].bundles.p[k].value);

		differ |= a->container == TENSOR && b->container == TENSOR &&
			  a->shape.rank != b->shape.rank && a->shape.rank >= 0 &&
			  b->shape.rank >= 0;
	}
	return differ;
}

static bool reads_any(struct arena *a, const Onnx__NodeProto *np, const struct name_map *m)
{
	names_vec names = { 0 };
	bool any = false;
	uint32_t at;

	names_read(a, np, &names);
	for (size_t k = 0; k < names.n; k++)
		any |= name_map_get(m, names.p[k], &at);
	return any;
}

static void add_names(struct arena *a, struct name_map *m, size_t n, char *const *names)
{
	for (size_t k = 0; k < n; k++)
		if (names[k][0])
			name_map_set(a, m, names[k], 0);
}

static bool makes_any(const Onnx__NodeProto *np, const struct name_map *m)
{
	bool any = false;
	uint32_t at;

	for (size_t k = 0; k < np->n_output; k++)
		any |= name_map_get(m, np->output[k], &at);
	return any;
}

/* Takes what depends on `made`; `read` gets what that reads. */
static bool take_dependents(struct tail *t, struct name_map *read)
{
	struct todo *todo = &t->e->todo;
	struct arena *a = t->e->im->u->arena;
	bool any = false;

	for (size_t i = todo->next; i < todo->n; i++) {
		const Onnx__NodeProto *np = todo->nodes[i];
		names_vec names = { 0 };

		if (todo->taken[i] || !reads_any(a, np, &t->made))
			continue;
		names_read(a, np, &names);
		for (size_t k = 0; k < names.n; k++)
			name_map_set(a, read, names.p[k], 0);
		add_names(a, &t->made, np->n_output, np->output);
		todo->taken[i] = any = true;
	}
	return any;
}

/* Another If that the tail reads may have a tail, too: it goes with it. */
static bool take_branching(struct tail *t, const struct name_map *read)
{
	struct todo *todo = &t->e->todo;
	bool any = false;

	for (size_t i = todo->next; i < todo->n; i++) {
		const Onnx__NodeProto *np = todo->nodes[i];

		if (todo->taken[i] || strcmp(text_of(np->op_type), "If") != 0 ||
		    !makes_any(np, read))
			continue;
		add_names(t->e->im->u->arena, &t->made, np->n_output, np->output);
		todo->taken[i] = any = true;
	}
	return any;
}

/* The nodes behind the If that depend on its outputs become the tail. The others come before it. */
static bool take_nodes(struct tail *t)
{
	struct env *e = t->e;
	struct arena *a = e->im->u->arena;
	size_t first = e->todo.next, n = e->todo.n;
	bool *before = arena_copy(a, e->todo.taken, n * sizeof *before), ok = true;
	struct name_map read = { 0 };

	add_names(a, &t->made, t->np->n_output, t->np->output);
	while (take_dependents(t, &read) | take_branching(t, &read))
		;
	for (size_t i = first; i < n; i++)
		if (e->todo.taken[i] && !before[i])
			vec_push(a, &t->nodes, e->todo.nodes[i]);
	for (size_t i = first; i < n && !e->im->stopped; i++) {
		if (e->todo.taken[i])
			continue;
		e->todo.taken[i] = true;
		e->todo.next = i + 1;
		ok &= import_node(e, e->todo.nodes[i]);
	}
	return ok;
}

static void need(struct tail *t, const char *name)
{
	struct arena *a = t->e->im->u->arena;
	uint32_t at;

	if (!name_map_get(&t->made, name, &at) || at)
		return;
	name_map_set(a, &t->made, name, 1);
	vec_push(a, &t->results, arena_strdup(a, name));
}

/* What the graph's outputs are. */
static void find_results(struct tail *t)
{
	for (size_t k = 0; k < t->e->n_results; k++)
		need(t, t->e->results[k]);
}

bool tail_take(struct tail *t, const struct loc *loc)
{
	struct import *im = t->e->im;
	bool ok = take_nodes(t);

	find_results(t);
	t->whole = *t->np;
	t->whole.output = t->results.p;
	t->whole.n_output = t->results.n;
	im->split = false;
	im->inlined += t->nodes.n;
	if (im->inlined <= INLINED_MAX)
		return ok;
	return diag_error(im->u->diag, loc,
			  "what depends on outputs of differing rank makes more than %d nodes",
			  INLINED_MAX);
}

/* y = Identity(x) */
static Onnx__NodeProto *alias(struct arena *a, char *y, const char *x)
{
	Onnx__NodeProto *np = arena_new(a, Onnx__NodeProto);

	onnx__node_proto__init(np);
	np->op_type = arena_strdup(a, "Identity");
	np->input = arena_array(a, char *, 1);
	np->output = arena_array(a, char *, 1);
	np->input[0] = arena_strdup(a, x);
	np->output[0] = y;
	np->n_input = np->n_output = 1;
	return np;
}

const Onnx__GraphProto *tail_behind(const struct tail *t, const Onnx__GraphProto *gp)
{
	struct arena *a = t->e->im->u->arena;
	Onnx__GraphProto *all = arena_copy(a, gp, sizeof *gp);
	VEC(Onnx__NodeProto *) nodes = { 0 };

	for (size_t i = 0; i < gp->n_node; i++)
		vec_push(a, &nodes, gp->node[i]);
	for (size_t k = 0; k < t->np->n_output && k < gp->n_output; k++)
		if (t->np->output[k][0])
			vec_push(a, &nodes,
				 alias(a, t->np->output[k], text_of(gp->output[k]->name)));
	for (size_t i = 0; i < t->nodes.n; i++)
		vec_push(a, &nodes, t->nodes.p[i]);
	all->node = nodes.p;
	all->n_node = nodes.n;
	all->n_output = t->results.n;
	all->output = arena_array(a, Onnx__ValueInfoProto *, t->results.n + 1);
	for (size_t k = 0; k < t->results.n; k++) {
		all->output[k] = arena_new(a, Onnx__ValueInfoProto);
		onnx__value_info_proto__init(all->output[k]);
		all->output[k]->name = t->results.p[k];
	}
	return all;
}

/* A branch whose result k has another rank than the model declares can only be refused. */
static void refuse_undeclared(const struct tail *t, struct env c[2], struct node *n)
{
	struct unit *u = t->e->im->u;
	struct type_info type;
	uint32_t at;

	for (size_t k = 0; k < t->results.n && ranks_differ(c); k++)
		for (int i = 0; i < 2; i++) {
			const struct shape *s[2] = {
				&value_of(u, c[i].bundles.p[k].value)->shape,
				&value_of(u, c[1 - i].bundles.p[k].value)->shape
			};

			if (s[0]->rank == s[1]->rank ||
			    !name_map_get(&t->e->infos, t->results.p[k], &at) ||
			    !type_read(t->e->im, &n->loc, t->e->info[at]->type, &type) ||
			    type.shape.rank != s[1]->rank)
				continue;
			refuse_branch(
				c, i, n,
				arena_printf(
					u->arena,
					"output \"%s\" has shape %s, the model declares rank %d",
					printable(u->arena, t->results.p[k], 80),
					shape_text(u, s[0]), type.shape.rank));
			break;
		}
}

bool import_tail(struct env *e, const Onnx__NodeProto *np, struct node *n,
		 const struct subgraphs *s, struct env branch[2])
{
	struct tail t = { .e = e, .np = np };
	const Onnx__GraphProto *gp[2];

	if (!tail_take(&t, &n->loc))
		return false;
	for (int i = 0; i < 2; i++) {
		gp[i] = tail_behind(&t, s->graphs.p[i].value->g);
		graph_clear(n->graphs[i]);
		branch[i] = subgraph_env(e, n, s, (size_t)i);
	}
	if (!t.results.n) { /* nobody reads it */
		n->n_graphs = 0;
		graph_remove(n);
		return true;
	}
	if (import_branches(branch, gp, n) && match_branches(n, branch)) {
		refuse_undeclared(&t, branch, n);
		e->im->split = ranks_differ(branch); /* an If around this one takes it further */
		return import_bundled(e, &t.whole, n, &branch[0], 0);
	}
	bind_failed(e, &t.whole);
	return false;
}
