/* What depends on constants only is computed now: by its definition, its portable kernel, or by
 * expanding it into nodes that can be. So are values whose content inference knows (Shape and the
 * arithmetic on sizes behind it). */
#include "list.h"
#include "unroll.h"

/* A result this much larger than its inputs is better computed at run time than stored. */
enum { GROWTH_LIMIT = 16 << 20 };
/* Interpreting costs some nanoseconds per operation. */
#define WORK_LIMIT INT64_C(2000000000)

struct folding {
	int changes;
	bool stale; /* a result has another shape than inference had foreseen */
	bool failed;
	unsigned skipped; /* op_flags of operators that stay */
	bool whole;       /* the results are what is wanted, whatever they cost */
};

static bool inputs_constant(const struct node *n)
{
	for (int k = 0; k < n->n_in; k++)
		if (n->in[k] != VALUE_NONE && !node_const(n, k))
			return false;
	return true;
}

bool fold_node(struct unit *u, const struct node *n, struct constant **out)
{
	return inputs_constant(n) && op_evaluate(u, n, WORK_LIMIT, out);
}

static int64_t bytes_of(const struct value *v)
{
	return v && shape_is_const(&v->shape)
		       ? shape_elements(&v->shape) * (int64_t)dtype_size(v->type)
		       : 0;
}

static bool grows_too_much(const struct node *n)
{
	int64_t in = 0, out = 0;

	for (int k = 0; k < n->n_in; k++)
		in += bytes_of(node_in(n, k));
	for (int k = 0; k < n->n_out; k++)
		out += bytes_of(node_out(n, k));
	return out > GROWTH_LIMIT && out > 4 * in;
}

/* v's constant when its elements are known: inference gives it, also where the inputs are not
 * constant. */
static const struct constant *known(const struct value *v)
{
	return v && (v->uses.n || v->outputs) ? v->constant : NULL;
}

static void replace_by(struct folding *f, struct node *n, int k, const struct constant *c)
{
	struct value *v = node_out(n, k), *with;

	if (!v || !c)
		return;
	with = graph_constant(n->graph, v->name, c);
	with->loc = v->loc;
	f->stale |= !shape_equal(&v->shape, &with->shape);
	v->name = NULL; /* no name stands twice */
	graph_replace(n->graph->unit, v->id, with->id);
}

static bool replace_known(struct folding *f, struct node *n)
{
	bool any = false;

	for (int k = 0; k < n->n_out; k++) {
		any |= known(node_out(n, k)) != NULL;
		replace_by(f, n, k, known(node_out(n, k)));
	}
	return any;
}

static bool fold(struct folding *f, struct node *n)
{
	struct unit *u = n->graph->unit;
	struct constant **out = arena_array(u->arena, struct constant *, (size_t)n->n_out + 1);

	if (op_evaluate(u, n, f->whole ? INT64_MAX : WORK_LIMIT, out)) {
		for (int k = 0; k < n->n_out; k++)
			replace_by(f, n, k, out[k]);
		return true;
	}
	if (node_out(n, 0) &&
	    node_out(n, 0)->container != TENSOR) /* its readers know what it holds */
		return false;
	if (n->op->eval || n->op->define || !n->op->expand || !n->op->expand(u, n))
		return false;
	f->stale = true; /* what it became may know more of its size; its parts fold next */
	return true;
}

static bool fold_range(void *data, struct node *from, struct node *to);

/* n, or what it does, from `from` up to `to` (NULL: to the end). */
static void fold_nodes(struct folding *f, struct graph *g, struct node *from, const struct node *to)
{
	for (struct node *n = from, *next; n != to && !f->failed; n = next) {
		struct node *before = n->prev;
		bool changed;

		next = n->next;
		if (n->op->flags & (OP_IMPURE | f->skipped))
			continue;
		changed = replace_known(f, n);
		if (!node_is_dead(n) && inputs_constant(n) && n->n_graphs)
			changed |= unroll(g->unit, n, fold_range, f, &f->failed);
		else if (!node_is_dead(n) && inputs_constant(n) && (f->whole || !grows_too_much(n)))
			changed |= fold(f, n);
		f->changes += changed;
		if (changed && node_is_dead(n)) {
			graph_remove(n);
			next = before ? before->next : g->first;
		}
	}
}

static bool fold_range(void *data, struct node *from, struct node *to)
{
	struct folding *f = data;

	fold_nodes(f, from->graph, from, to);
	return !f->failed;
}

static void fold_graph(struct graph *g, void *data)
{
	fold_nodes(data, g, g->first, NULL);
}

/* Sizes that were unknown are numbers now: everything after learns of it. */
static void infer_graph(struct graph *g, void *data)
{
	struct folding *f = data;

	for (struct node *n = g->first; n && !f->failed; n = n->next) {
		if (n->n_graphs) /* its graphs' inputs have their shapes from it */
			continue;
		f->failed = !node_infer(g->unit, n);
		if (!f->failed)
			fold_small(g->unit, n);
	}
}

static int fold_unit(struct unit *u, struct folding *f)
{
	do {
		f->stale = false;
		unit_each_graph(u, fold_graph, f);
		if (f->stale)
			unit_each_graph(u, infer_graph, f);
	} while (f->stale && !f->failed);
	return f->failed ? -1 : f->changes;
}

static int run_early(struct unit *u, const struct pass_context *c)
{
	struct folding f = { .skipped = OP_DEFERRED };

	(void)c;
	return fold_unit(u, &f);
}

static int run(struct unit *u, const struct pass_context *c)
{
	struct folding f = { 0 };

	(void)c;
	return fold_unit(u, &f);
}

static int run_whole(struct unit *u, const struct pass_context *c)
{
	struct folding f = { .whole = true };

	(void)c;
	return fold_unit(u, &f);
}

const struct pass pass_fold_early = {
	.name = "fold-early",
	.doc = "fold-constants, but quantized weights stay behind their DequantizeLinear",
	.run = run_early,
};

const struct pass pass_fold = {
	.name = "fold-constants",
	.doc = "compute what depends on constants and known sizes only",
	.run = run,
};

const struct pass pass_interpret = {
	.name = "interpret",
	.doc = "fold-constants, whatever it costs",
	.run = run_whole,
};
