/* Nodes: operator row, inputs, attributes, subgraphs, newest form, inference, outputs; in this
 * order, so that a later node knows the types and constants of those before it. */
#include "import.h"

#include <string.h>

#include "../ops/search.h"

struct loc node_loc(const struct env *e, const Onnx__NodeProto *np)
{
	struct import *im = e->im;
	const char *name = text_of(np->name);
	if (!name[0] &&
	    np->n_output) /* exporters leave names out; the first output finds the place too */
		name = np->output[0];
	struct loc loc = { .file = im->u->file, .line = np->line, .column = np->column };
	loc.node = own_name(e, name);
	loc.op = arena_strdup(im->u->arena, text_of(np->op_type));
	return loc;
}

/* What a node that failed makes has the type that the model declares, so that what is wrong behind it is told in
 * the same run; without one its readers are passed over. */
static void fail_value(struct env *e, const char *name, struct value *v)
{
	struct type_info t = { .shape.rank = -1 };
	struct loc loc = { .file = e->im->u->file, .node = v->name };
	uint32_t i;
	bool declared = name_map_get(&e->infos, name, &i) &&
			type_read(e->im, &loc, e->info[i]->type, &t) && t.known &&
			t.container == TENSOR && t.shape.rank >= 0;

	if (!declared || !type_apply(e->im, &t, v))
		mark_failed(e->im, v->id);
}

void bind_failed(struct env *e, const Onnx__NodeProto *np)
{
	struct loc loc = node_loc(e, np);
	for (size_t k = 0; k < np->n_output; k++) {
		if (!np->output[k][0])
			continue;
		struct value *v = graph_value(e->g, own_name(e, np->output[k]), DT_UNDEF, NULL);
		fail_value(e, np->output[k], v);
		bind(e, &loc, np->output[k], v->id);
	}
}

/* Ids of np's inputs, those left out at the end dropped; *usable false when one of them failed
 * before. */
static bool find_inputs(const struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
			uint32_t *in, size_t *n, bool *usable)
{
	struct unit *u = e->im->u;
	bool ok = true;
	*usable = true;
	*n = 0;
	for (size_t k = 0; k < np->n_input; k++) {
		const char *name = np->input[k];
		in[k] = VALUE_NONE;
		if (name[0] && !env_find(e, name, &in[k]))
			ok = diag_error(u->diag, loc, "input \"%s\" is defined nowhere",
					printable(u->arena, name, 160));
		if (in[k] != VALUE_NONE) {
			*n = k + 1;
			*usable &= !is_failed(e->im, in[k]);
		}
	}
	return ok;
}

/* -- the node -------------------------------------------------------------- */

/* Outputs left out in the middle keep their place; those at the end do not count. */
static int count_outputs(const Onnx__NodeProto *np)
{
	size_t n = np->n_output;
	while (n > 0 && !np->output[n - 1][0])
		n--;
	return (int)n;
}

void leave_out(struct node *n, int k)
{
	struct value *v = node_out(n, k);
	v->producer = NULL;
	v->graph = NULL;
	n->out[k] = VALUE_NONE;
}

static bool bind_outputs(struct env *e, const Onnx__NodeProto *np, struct node *n, bool ok)
{
	bool bound = true;
	for (int k = 0; k < n->n_out && (size_t)k < np->n_output; k++) {
		struct value *v = node_out(n, k);
		if (!v)
			continue;
		if (ok)
			bound &= type_check(e, np->output[k], v);
		else
			fail_value(e, np->output[k], v);
		bound &= bind(e, &n->loc, np->output[k], v->id);
	}
	return bound;
}

/* The subgraphs of n. *tail: it is an If whose outputs have no rank of their own; what was wrong because of that is not
 * told. */
static bool import_branching(struct env *e, const Onnx__NodeProto *np, struct node *n,
			     const struct subgraphs *graphs, struct env inner[2], bool *tail)
{
	struct import *im = e->im;
	int misfits = im->misfits;
	bool stopped = im->stopped, ok;
	struct diag_held held;

	im->split = false;
	diag_hold(im->u->diag, &held);
	ok = import_subgraphs(e, np, n, graphs, inner);
	*tail = strcmp(n->op->name, "If") == 0 && (ok ? ranks_differ(inner) : im->split) &&
		inner[0].outer == e && inner[1].outer == e;
	diag_release(im->u->diag, &held, !*tail);
	im->split &= *tail;
	if (*tail) {
		im->misfits = misfits;
		im->stopped = stopped;
	}
	return ok;
}

static bool make_node(struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		      const struct op *op, size_t n_in, const uint32_t *in)
{
	struct unit *u = e->im->u;
	struct subgraphs graphs = { 0 };
	void *attrs;
	if (!attrs_read(e, loc, op, np, &attrs, &graphs)) {
		bind_failed(e, np);
		return false;
	}
	struct node *n = graph_insert(e->g, NULL, op, attrs, (int)n_in, in, count_outputs(np), loc);
	for (int k = 0; k < n->n_out; k++)
		if (!np->output[k][0])
			leave_out(n, k);
		else
			node_out(n, k)->name = own_name(e, np->output[k]);
	struct env inner[2] = { 0 };
	bool tail;
	bool ok = !graphs.graphs.n || import_branching(e, np, n, &graphs, inner, &tail);
	if (graphs.graphs.n && tail)
		return import_tail(e, np, n, &graphs, inner);
	if (ok && (has_containers(&inner[0]) || has_containers(&inner[1]))) {
		bool loop = node_is_iterated(n);

		if (loop || match_branches(n, inner))
			return import_bundled(e, np, n, &inner[0],
					      loop ? iterated_parts(n).first_out : 0);
		bind_failed(e, np);
		return false;
	}
	int errors = u->diag->errors;
	ok = ok && node_upgrade(u, n) && node_infer(u, n);
	e->im->misfits += u->diag->errors - errors;
	if (ok)
		fold_small(u, n);
	return bind_outputs(e, np, n, ok) && ok;
}

static bool make_constant(struct env *e, const struct loc *loc, const Onnx__NodeProto *np)
{
	const struct constant *c;
	if (!constant_read(e, loc, np, &c)) {
		bind_failed(e, np);
		return false;
	}
	struct value *v = graph_constant(e->g, own_name(e, np->output[0]), c);
	return type_check(e, np->output[0], v) && bind(e, loc, np->output[0], v->id);
}

/* Functions that call functions can multiply without end. */
static bool count_inlined(struct env *e, const struct loc *loc)
{
	struct import *im = e->im;
	if (!e->call || im->inlined++ < INLINED_MAX)
		return true;
	if (!im->stopped)
		diag_error(im->u->diag, loc,
			   "inlining the model's functions makes more than %d nodes", INLINED_MAX);
	im->stopped = true;
	return false;
}

/* What models cannot have: check_operators knows no such operator. */
static bool is_call(const Onnx__NodeProto *np)
{
	return strcmp(text_of(np->op_type), "Call") == 0 &&
	       strcmp(domain_of(np->domain), domain_names[DOMAIN_EDGECC]) == 0;
}

bool import_node(struct env *e, const Onnx__NodeProto *np)
{
	struct unit *u = e->im->u;
	struct loc loc = node_loc(e, np);
	uint32_t *in = arena_array(u->arena, uint32_t, np->n_input);
	const Onnx__FunctionProto *f = function_find(e->im, np);
	size_t n_in;
	bool usable;
	if (!count_inlined(e, &loc))
		return false;
	if (np->n_input > UINT16_MAX || np->n_output > UINT16_MAX)
		return diag_error(u->diag, &loc, "has more than %d inputs or outputs", UINT16_MAX);
	bool found = find_inputs(e, &loc, np, in, &n_in, &usable);
	if (!found || !usable) { /* a failed input was reported where it is made */
		bind_failed(e, np);
		return false;
	}
	const struct custom_op *custom = custom_find(e->im, np);
	if (custom)
		return import_custom(e, &loc, np, custom, n_in, in);
	if (f)
		return inline_function(e, np, f, in, n_in);
	if (strcmp(text_of(np->op_type), "Constant") == 0 && !domain_of(np->domain)[0])
		return make_constant(e, &loc, np);
	if (e->call && is_call(np))
		return import_call(e, &loc, np, n_in, in);
	const struct op *op = operator_of(e->im->o, e->opsets, e->n_opsets, np);
	if (!op) { /* reported before */
		bind_failed(e, np);
		return false;
	}
	const char *nodes = text_for(e, op, n_in, in);
	if (nodes)
		return import_by_text(e, &loc, np, op, nodes, n_in, in);
	if (op_is_search(op))
		return import_search(e, &loc, np, op, n_in, in);
	if (condition_is_known(u, op, n_in, in))
		return import_branch(e, &loc, np,
				     constant_i64(value_of(u, in[0])->constant, 0) != 0);
	if (needs_copies(u, op, np, n_in, in))
		return import_copies(e, &loc, np, op, n_in, in);
	return make_node(e, &loc, np, op, n_in, in);
}
