/* Graphs: inputs, initializers, nodes, outputs; and the names that subgraphs capture. */
#include "import.h"

#include <string.h>

bool env_find(const struct env *e, const char *name, uint32_t *id)
{
	for (; e; e = e->outer)
		if (name_map_get(&e->names, name, id))
			return true;
	return false;
}

void mark_failed(struct import *im, uint32_t id)
{
	while (im->failed.n <= id)
		vec_push(im->u->arena, &im->failed, false);
	im->failed.p[id] = true;
}

bool is_failed(const struct import *im, uint32_t id)
{
	return id < im->failed.n && im->failed.p[id];
}

struct loc value_loc(const struct env *e, const char *name)
{
	return (struct loc){ .file = e->im->u->file, .node = name };
}

bool bind(struct env *e, const struct loc *loc, const char *name, uint32_t id)
{
	struct unit *u = e->im->u;
	uint32_t old;
	if (!name_map_add(u->arena, &e->names, name, id))
		return diag_error(u->diag, loc, "the name \"%s\" is defined twice",
				  printable(u->arena, name, 160));
	if (e->outer && env_find(e->outer, name, &old))
		diag_warning(u->diag, loc, "the name \"%s\" hides one of the outer graph",
			     printable(u->arena, name, 160));
	return true;
}

/* A name as the value shall bear it: our own copy, with the function call it came from. */
const char *own_name(const struct env *e, const char *name)
{
	struct arena *a = e->im->u->arena;
	return e->prefix ? arena_printf(a, "%s/%s", e->prefix, name) : arena_strdup(a, name);
}

/* -- inputs and initializers ----------------------------------------------- */

static const char *sparse_name(const Onnx__SparseTensorProto *t)
{
	return text_of(t->values ? t->values->name : NULL);
}

static bool import_initializers(struct env *e, const Onnx__GraphProto *gp,
				const struct name_map *skip)
{
	struct import *im = e->im;
	bool ok = true;
	uint32_t one;
	for (size_t i = 0; i < gp->n_initializer + gp->n_sparse_initializer; i++) {
		bool sparse = i >= gp->n_initializer;
		const Onnx__TensorProto *t = sparse ? NULL : gp->initializer[i];
		const Onnx__SparseTensorProto *s =
			sparse ? gp->sparse_initializer[i - gp->n_initializer] : NULL;
		const char *name = sparse ? sparse_name(s) : text_of(t->name),
			   *own = own_name(e, name);
		struct loc loc = value_loc(e, own);
		const struct constant *c = NULL;
		if (!name[0]) {
			ok = diag_error(im->u->diag, &loc, "initializer %zu has no name", i);
			continue;
		}
		if (name_map_get(skip, name, &one))
			continue;
		bool read = sparse ? sparse_constant(&im->src, &im->ext, &loc, s, &c)
				   : tensor_constant(&im->src, &im->ext, &loc, t, &c);
		struct value *v = read ? graph_constant(e->g, own, c)
				       : graph_value(e->g, own, DT_UNDEF, NULL);
		if (!read)
			mark_failed(im, v->id);
		ok &= bind(e, &loc, name, v->id) && read;
	}
	return ok;
}

static bool stays_input(const struct import_options *o, const char *name)
{
	for (size_t i = 0; o && i < o->n_keep_inputs; i++)
		if (strcmp(o->keep_inputs[i], name) == 0)
			return true;
	return false;
}

/* What a subgraph declares of an input, completed by what its owner passes. Sizes are the owner's
 * where both know them: names of sizes inside a body are seldom bound to anything. */
static void complete(struct type_info *t, const struct type_info *seed)
{
	if (!t->known && t->shape.rank < 0) {
		*t = *seed;
		return;
	}
	if (t->shape.rank < 0)
		t->shape = seed->shape;
	for (int i = 0; i < t->shape.rank && seed->shape.rank == t->shape.rank; i++)
		if (!dim_is_const(t->shape.d[i]) && seed->shape.d[i] != DIM_OVERFLOW)
			t->shape.d[i] = seed->shape.d[i];
}

void note_input(struct unit *u, const char *name, const struct port *port)
{
	vec_push(u->arena, &u->input_names, name);
	vec_push(u->arena, &u->input_ports, *port);
}

/* A map's input `part`, one element per entry. */
static struct value *map_input(struct env *e, const char *map, const char *part, enum dtype t,
			       dim entries, size_t number)
{
	struct port port = { .number = number, .container = MAP };
	struct unit *u = e->im->u;
	const char *name = arena_printf(u->arena, "%s.%s", map, part);
	struct shape s = { .rank = 1, .d = { entries } };
	struct value *v = graph_value(e->g, name, t, &s);

	graph_add_input(e->g, v);
	note_input(u, name, &port);
	return v;
}

/* A map from two inputs, its keys and its values: as many as the size "NAME.entries". */
static bool import_map(struct env *e, const Onnx__ValueInfoProto *info, const struct loc *loc,
		       const struct type_info *t, size_t number)
{
	struct unit *u = e->im->u;
	const char *name = own_name(e, text_of(info->name));
	dim entries = dim_symbol(u, arena_printf(u->arena, "%s.entries", name));
	uint32_t in[2];
	struct node *n;

	in[0] = map_input(e, name, "keys", t->keys, entries, number)->id;
	in[1] = map_input(e, name, "values", t->type, entries, number)->id;
	n = graph_insert(e->g, NULL, op_builtin("edgecc.Map"), NULL, 2, in, 1, loc);
	node_out(n, 0)->name = name;
	return node_infer(u, n) && bind(e, loc, text_of(info->name), n->out[0]);
}

/* What may well be sizes: dims stand for its elements, which are in [lo, hi]. */
static void name_elements(struct unit *u, struct value *v, int64_t lo, int64_t hi)
{
	enum { MOST = 8 };
	const dim n = v->shape.rank == 1 ? v->shape.d[0] : 1;
	dim *p;

	if (v->type != DT_I64 || v->shape.rank < 0 || v->shape.rank > 1 || !dim_is_const(n) ||
	    n > MOST)
		return;
	p = arena_array(u->arena, dim, (size_t)n + 1);
	for (int64_t i = 0; i < n; i++)
		p[i] = dim_element(u, v->id, i, lo, hi);
	v->elems = p;
}

static bool import_input(struct env *e, const Onnx__ValueInfoProto *info,
			 const struct type_info *seed, size_t number)
{
	struct import *im = e->im;
	const char *name = text_of(info->name), *own = own_name(e, name);
	struct loc loc = value_loc(e, own);
	struct type_info t;
	if (!name[0])
		return diag_error(im->u->diag, &loc, "an input of graph \"%s\" has no name",
				  printable(im->u->arena, text_of(e->g->name), 160));
	bool ok = type_read(im, &loc, info->type, &t);
	if (ok && t.container == MAP && t.known && e->g == im->u->main)
		return import_map(e, info, &loc, &t, number);
	if (ok && t.container != TENSOR && t.known && e->g == im->u->main &&
	    !(im->o && im->o->inputs_only))
		return import_container(e, info, &loc, &t, number);
	if (e->g == im->u->main)
		note_input(im->u, own,
			   &(struct port){ .number = number,
					   .container = t.container,
					   .count = t.container == SEQUENCE || t.of_sequence });
	if (ok && seed && seed->n_parts)
		return import_parts(e, name, own, &loc, seed);
	struct value *v = graph_value(e->g, own, DT_UNDEF, NULL);
	graph_add_input(e->g, v);
	if (ok && seed)
		complete(&t, seed);
	if (ok && !t.known)
		ok = diag_error(im->u->diag, &loc, "the input has no element type");
	ok = ok && type_apply(im, &t, v);
	if (ok && seed)
		type_vary(im->u, seed, v);
	if (ok && e->g == im->u->main)
		name_elements(im->u, v, INT64_MIN, DIM_UNBOUNDED);
	else if (ok && seed && seed->below)
		name_elements(im->u, v, 0, seed->below - (seed->below != DIM_UNBOUNDED));
	if (!ok)
		mark_failed(im, v->id);
	return bind(e, &loc, name, v->id) && ok;
}

/* Stands for an input of which an error has been told; false. */
static bool failed_input(struct env *e, const char *name)
{
	struct value *v = graph_value(e->g, own_name(e, name), DT_UNDEF, NULL);
	struct loc loc = value_loc(e, v->name);

	mark_failed(e->im, v->id);
	bind(e, &loc, name, v->id);
	return false;
}

/* Names of initializers -> 1. */
static void list_initializers(struct env *e, const Onnx__GraphProto *gp, struct name_map *out)
{
	struct arena *a = e->im->u->arena;
	for (size_t i = 0; i < gp->n_initializer; i++)
		name_map_set(a, out, text_of(gp->initializer[i]->name), 1);
	for (size_t i = 0; i < gp->n_sparse_initializer; i++)
		name_map_set(a, out, sparse_name(gp->sparse_initializer[i]), 1);
}

/* A sequence or an optional: what is fixed is its tensors. */
static bool holds_tensors(const Onnx__TypeProto *t)
{
	return t && (t->value_case == ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE ||
		     t->value_case == ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE);
}

/* An input with an initializer has a default: it becomes that constant unless the caller keeps it.
 * `skip` gets the names whose initializers have no say. */
static bool import_inputs(struct env *e, const Onnx__GraphProto *gp, const struct type_info *seeds,
			  size_t n_seeds, struct name_map *skip)
{
	struct import *im = e->im;
	struct unit *u = im->u;
	struct name_map defaults = { 0 }, seen = { 0 };
	bool ok = true, is_main = e->g == u->main;
	uint32_t one;
	list_initializers(e, gp, &defaults);
	for (size_t i = 0; i < gp->n_input; i++) {
		const char *name = text_of(gp->input[i]->name);
		struct loc loc = value_loc(e, name);
		bool has_default = name_map_get(&defaults, name, &one);
		if (!name_map_add(u->arena, &seen, name, 1)) {
			ok = diag_error(u->diag, &loc, "the input is declared twice");
			continue;
		}
		const struct input_value *fixed = is_main && !holds_tensors(gp->input[i]->type)
							  ? fixed_value(im->o, name)
							  : NULL;
		struct port port = { .number = i };
		if (has_default && !fixed && !(is_main && stays_input(im->o, name))) {
			if (is_main)
				note_input(u, arena_strdup(u->arena, name), &port);
			continue;
		}
		if (has_default)
			name_map_set(u->arena, skip, name, 1);
		if (fixed)
			note_input(u, arena_strdup(u->arena, name), &port);
		if (fixed)
			ok &= import_fixed(e, gp->input[i], fixed) || failed_input(e, name);
		else
			ok &= import_input(e, gp->input[i], i < n_seeds ? &seeds[i] : NULL, i);
	}
	return ok;
}

/* -- outputs --------------------------------------------------------------- */

struct value *local_value(struct env *e, struct value *v)
{
	struct graph *g = e->g;
	if (v->graph == g)
		return v;
	struct loc loc = value_loc(e, v->name);
	struct node *n = graph_insert(g, NULL, op_builtin("Identity"), NULL, 1, &v->id, 1, &loc);
	if (!node_infer(e->im->u, n))
		mark_failed(e->im, n->out[0]);
	struct value *copy = node_out(n, 0);
	copy->name = v->name;
	return copy;
}

static bool import_outputs(struct env *e, const Onnx__GraphProto *gp)
{
	struct import *im = e->im;
	struct unit *u = im->u;
	struct name_map seen = { 0 };
	bool ok = true;
	for (size_t i = 0; i < gp->n_output; i++) {
		const char *name = text_of(gp->output[i]->name), *own = own_name(e, name);
		struct loc loc = value_loc(e, own);
		uint32_t id;
		if (!name_map_add(u->arena, &seen, name, 1) && e->g == u->main)
			ok = diag_error(u->diag, &loc, "the output is declared twice");
		if (!env_find(e, name, &id)) {
			ok = diag_error(u->diag, &loc,
					"the output of graph \"%s\" is made by no node",
					printable(u->arena, text_of(e->g->name), 160));
			continue;
		}
		if (is_failed(im, id)) {
			ok = false;
			continue;
		}
		ok &= add_bundle(e, &loc, value_of(u, id), own);
	}
	return ok;
}

/* -- the whole ------------------------------------------------------------- */

bool import_nodes(struct env *e, size_t n, Onnx__NodeProto *const *nodes)
{
	Onnx__NodeProto *const *ordered;
	bool ok = true;
	if (!order_nodes(e, n, nodes, &ordered))
		return false;
	e->todo = (struct todo){ ordered, arena_array(e->im->u->arena, bool, n + 1), 0, n };
	for (size_t i = 0; i < n && !e->im->stopped; i++) {
		e->todo.next = i + 1;
		if (e->todo.taken[i])
			continue;
		ok &= import_node(e, ordered[i]);
		e->im->stopped |= e->im->u->diag->errors >= DIAG_MAX_ERRORS;
	}
	return ok;
}

static void list_infos(struct env *e, const Onnx__GraphProto *gp)
{
	struct arena *a = e->im->u->arena;
	Onnx__ValueInfoProto **all =
		arena_array(a, Onnx__ValueInfoProto *, gp->n_value_info + gp->n_output);
	size_t n = 0;
	for (size_t i = 0; i < gp->n_output; i++)
		all[n++] = gp->output[i];
	for (size_t i = 0; i < gp->n_value_info; i++)
		all[n++] = gp->value_info[i];
	for (size_t i = 0; i < n; i++)
		name_map_add(a, &e->infos, text_of(all[i]->name), (uint32_t)i);
	e->info = all;
	e->results = arena_array(a, const char *, gp->n_output + 1);
	e->n_results = gp->n_output;
	for (size_t i = 0; i < gp->n_output; i++)
		e->results[i] = text_of(gp->output[i]->name);
}

bool import_body(struct env *e, const Onnx__GraphProto *gp)
{
	struct name_map none = { 0 };
	list_infos(e, gp);
	return import_initializers(e, gp, &none) & import_nodes(e, gp->n_node, gp->node);
}

bool import_graph(struct env *e, const Onnx__GraphProto *gp, const struct type_info *seeds,
		  size_t n_seeds)
{
	struct name_map skip = { 0 };
	list_infos(e, gp);
	bool ok = import_inputs(e, gp, seeds, n_seeds, &skip);
	if (e->im->o && e->im->o->inputs_only)
		return ok;
	ok &= import_initializers(e, gp, &skip);
	ok &= import_nodes(e, gp->n_node, gp->node);
	return !e->im->stopped && import_outputs(e, gp) && ok;
}
