/* Nodes: operator row, inputs, attributes, subgraphs, newest form, inference, outputs; in this
 * order, so that a later node knows the types and constants of those before it. */
#include "import.h"

#include <string.h>

#include "../ops/ops.h"

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

/* -- what a body's inputs get from the node -------------------------------- */

static struct type_info type_of(const struct value *v)
{
	struct type_info t = { .container = TENSOR, .shape.rank = -1 };
	if (v)
		t = (struct type_info){ v->type != DT_UNDEF, v->container, v->type, v->shape };
	return t;
}

static struct type_info scalar_of(enum dtype t)
{
	return (struct type_info){ .known = true, .container = TENSOR, .type = t, .shape.rank = 0 };
}

static void drop_axis(struct shape *s, int64_t axis)
{
	if (s->rank < 0)
		return;
	axis += axis < 0 ? s->rank : 0;
	if (axis < 0 || axis >= s->rank)
		return; /* an error that the operator's inference reports */
	for (int64_t i = axis; i + 1 < s->rank; i++)
		s->d[i] = s->d[i + 1];
	s->rank--;
}

static const Onnx__AttributeProto *attr_of(const struct env *e, const Onnx__NodeProto *np,
					   const char *name)
{
	for (size_t i = 0; i < np->n_attribute; i++)
		if (strcmp(text_of(np->attribute[i]->name), name) == 0)
			return attr_resolve(e, np->attribute[i]).value;
	return NULL;
}

/* Loop: iteration number, condition, carried values. */
static size_t seed_loop(const struct node *n, struct type_info *out)
{
	out[0] = scalar_of(DT_I64);
	out[1] = scalar_of(DT_BOOL);
	for (int k = 2; k < n->n_in; k++)
		out[k] = type_of(node_in(n, k));
	return (size_t)(n->n_in > 2 ? n->n_in : 2);
}

/* Scan: states, then slices of the scanned inputs. Version 8 has sequence_lens first and a batch
 * axis. */
static size_t seed_scan(const struct env *e, const Onnx__NodeProto *np, const struct node *n,
			struct type_info *out)
{
	const Onnx__AttributeProto *count = attr_of(e, np, "num_scan_inputs");
	const Onnx__AttributeProto *axes = attr_of(e, np, "scan_input_axes");
	int first = n->op->since < 9 ? 1 : 0;
	int64_t states = n->n_in - first - (count ? count->i : 0);
	size_t made = 0;
	for (int k = first; k < n->n_in; k++, made++) {
		int64_t scanned = (int64_t)made - states;
		out[made] = type_of(node_in(n, k));
		if (first)
			drop_axis(&out[made].shape, 0);
		if (scanned >= 0)
			drop_axis(&out[made].shape,
				  axes && (size_t)scanned < axes->n_ints ? axes->ints[scanned] : 0);
	}
	return made;
}

/* SequenceMap: elements of the sequences, tensors as they are. */
static size_t seed_map(const struct node *n, struct type_info *out)
{
	for (int k = 0; k < n->n_in; k++) {
		out[k] = type_of(node_in(n, k));
		out[k].container = TENSOR;
	}
	return (size_t)n->n_in;
}

/* FlexAttention: scores, [batch, heads, queries, keys], in the type that the subgraph declares. */
static size_t seed_scores(const struct node *n, struct type_info *out)
{
	const struct value *q = node_in(n, 0), *k = node_in(n, 1);

	out[0] = (struct type_info){ .container = TENSOR, .shape.rank = -1 };
	if (!q || !k || q->shape.rank != 4 || k->shape.rank != 4)
		return 1;
	out[0].shape = q->shape;
	out[0].shape.d[3] = k->shape.d[2];
	return 1;
}

static size_t seeds_for(const struct env *e, const Onnx__NodeProto *np, const struct node *n,
			struct type_info *out)
{
	if (strcmp(n->op->name, "Loop") == 0)
		return seed_loop(n, out);
	if (strcmp(n->op->name, "Scan") == 0)
		return seed_scan(e, np, n, out);
	if (strcmp(n->op->name, "SequenceMap") == 0)
		return seed_map(n, out);
	if (strcmp(n->op->name, "FlexAttention") == 0)
		return seed_scores(n, out);
	return 0;
}

static struct env body_env(const struct env *e, const struct node *n, const struct subgraphs *s,
			   size_t i)
{
	const struct env *home = s->graphs.p[i].env; /* where its captured names are looked up */

	return (struct env){ .im = e->im,
			     .g = n->graphs[i],
			     .outer = home,
			     .opsets = home->opsets,
			     .n_opsets = home->n_opsets,
			     .call = home->call,
			     .prefix = e->prefix,
			     .depth = e->depth + 1 };
}

static bool import_subgraphs(const struct env *e, const Onnx__NodeProto *np, struct node *n,
			     const struct subgraphs *s, struct env branch[2])
{
	struct unit *u = e->im->u;
	struct type_info *seeds = arena_array(u->arena, struct type_info, (size_t)n->n_in + 2);
	size_t n_seeds = seeds_for(e, np, n, seeds);
	bool ok = true;
	if (e->depth >= NESTING_MAX)
		return diag_error(u->diag, &n->loc,
				  "functions and subgraphs nest more than %d levels deep",
				  NESTING_MAX);
	n->graphs = arena_array(u->arena, struct graph *, s->graphs.n);
	n->n_graphs = (int)s->graphs.n;
	for (size_t i = 0; i < s->graphs.n; i++) {
		const struct attr_value *v = &s->graphs.p[i];
		n->graphs[i] = graph_new(u, n, arena_strdup(u->arena, text_of(v->value->g->name)));
	}
	if (strcmp(n->op->name, "If") == 0 && s->graphs.n == 2) {
		branch[0] = body_env(e, n, s, 0);
		branch[1] = body_env(e, n, s, 1);
		return import_branches(branch,
				       (const Onnx__GraphProto *const[]){ s->graphs.p[0].value->g,
									  s->graphs.p[1].value->g },
				       n);
	}
	for (size_t i = 0; i < s->graphs.n; i++) {
		struct env inner = body_env(e, n, s, i);

		ok &= import_graph(&inner, s->graphs.p[i].value->g, seeds, n_seeds);
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

static bool has_container(const struct env *e)
{
	for (size_t k = 0; k < e->bundles.n; k++)
		if (e->bundles.p[k].container != TENSOR)
			return true;
	return false;
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
	struct env branch[2] = { 0 };
	bool ok = !graphs.graphs.n || import_subgraphs(e, np, n, &graphs, branch);
	if (ok && (has_container(&branch[0]) || has_container(&branch[1])))
		return import_bundled_if(e, np, n, branch);
	int errors = u->diag->errors;
	if (op->upgrade) /* it relies on the old row's arity and types */
		ok = ok && node_check_sig(u, n) && op->upgrade(u, n);
	ok = ok && node_infer(u, n);
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
	const struct op *op = operator_of(e->im->o, e->opsets, e->n_opsets, np);
	if (!op) { /* reported before */
		bind_failed(e, np);
		return false;
	}
	if (condition_is_known(u, op, n_in, in))
		return import_branch(e, &loc, np,
				     constant_i64(value_of(u, in[0])->constant, 0) != 0);
	if (needs_copies(u, op, np, n_in, in))
		return import_copies(e, &loc, np, op, n_in, in);
	return make_node(e, &loc, np, op, n_in, in);
}
