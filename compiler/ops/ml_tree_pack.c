/* ml_tree_pack.c - trees as kernels read them: edgecc.Trees.
 *
 * Every test becomes x <= value, x == value or membership: x < v is x <= the float below v, and the
 * opposite tests change the branches. So most ensembles need one comparison per node, and a node is
 * 8 bytes on a float model: value, test and feature, distance to the other branch. */
#include <math.h>
#include <string.h>

#include "../../runtime/kernels/params.h"
#include "ml_tree.h"

struct packed {
	struct unit *u;
	struct node *at;
	const struct forest *f;
	VEC(double) values;
	VEC(int64_t) info, skip, roots;
	VEC(double) weights, members;
	VEC(int64_t) targets;
	bool plain, dense;
};

/* -- one form of test ---------------------------------------------------------------------- */

static double below(enum dtype t, double v)
{
	return t == DT_F32 ? (double)nextafterf((float)v, -INFINITY) : nextafter(v, -INFINITY);
}

static void swap_branches(struct tree_node *n)
{
	int yes = n->yes;

	n->yes = n->no;
	n->no = yes;
	n->missing = !n->missing;
}

/* NaN as an operand fails every test but NEQ; a test that never holds is x <= NaN. */
static void normalize(enum dtype t, struct tree_node *n)
{
	bool opposite = n->test == TREE_GT || n->test == TREE_GTE || n->test == TREE_NEQ;
	bool below_it = n->test == TREE_LT || n->test == TREE_GTE;

	if (isnan(n->value) && n->test != TREE_NEQ && n->test != TREE_MEMBER) {
		n->test = TREE_LEQ;
		return;
	}
	if (n->test == TREE_NEQ) {
		swap_branches(n);
		n->missing =
			false; /* NaN differs from everything: to the second branch by itself */
	} else if (opposite) {
		swap_branches(n);
	}
	if (below_it)
		n->value = n->value == -INFINITY ? (double)NAN : below(t, n->value);
	n->test = n->test == TREE_EQ || n->test == TREE_NEQ ? TREE_EQ
		  : n->test == TREE_MEMBER                  ? TREE_MEMBER
							    : TREE_LEQ;
}

/* -- nodes in the order of a walk that takes `yes` first ----------------------------------- */

static void push(struct packed *p, double value, int64_t test, bool flag, int64_t what)
{
	vec_push(p->u->arena, &p->values, value);
	vec_push(p->u->arena, &p->info,
		 test | (flag ? EDGERT_TREE_FLAG : 0) | what * EDGERT_TREE_FEATURE);
	vec_push(p->u->arena, &p->skip, 0);
}

static void push_leaf(struct packed *p, const struct tree_node *n)
{
	const struct tree_weight *w = p->f->weights.p + n->first;

	if (n->n == 1) {
		push(p, w->weight, EDGERT_TREE_LEAF, false, w->target);
		return;
	}
	push(p, (double)p->weights.n, EDGERT_TREE_LEAF, true, 0);
	p->skip.p[p->skip.n - 1] = n->n;
	p->dense &= n->n == p->f->targets;
	for (int i = 0; i < n->n; i++) {
		p->dense &= w[i].target == i;
		vec_push(p->u->arena, &p->weights, w[i].weight);
		vec_push(p->u->arena, &p->targets, w[i].target);
	}
}

static void push_test(struct packed *p, const struct tree_node *n)
{
	if (n->test != TREE_MEMBER) {
		push(p, n->value, n->test == TREE_EQ ? EDGERT_TREE_EQ : EDGERT_TREE_LEQ, n->missing,
		     n->feature);
		p->plain &= n->test == TREE_LEQ && !n->missing;
		return;
	}
	p->plain = false;
	push(p, (double)p->members.n, EDGERT_TREE_MEMBER, n->missing, n->feature);
	vec_push(p->u->arena, &p->members, (double)n->n);
	for (int i = 0; i < n->n; i++)
		vec_push(p->u->arena, &p->members, p->f->members.p[n->first + i]);
}

struct waiting {
	int node;
	int64_t from; /* whose other branch it is; -1: a root, or the branch that follows at once */
};

/* Nodes that several branches share are written once for each. */
static bool push_tree(struct packed *p, int root, int64_t most)
{
	VEC(struct waiting) stack = { 0 };
	struct waiting first = { root, -1 };

	vec_push(p->u->arena, &p->roots, (int64_t)p->info.n);
	vec_push(p->u->arena, &stack, first);
	while (stack.n) {
		struct waiting w = stack.p[--stack.n];
		struct tree_node n = p->f->nodes.p[w.node];
		int64_t at = (int64_t)p->info.n;
		struct waiting yes = { 0, -1 }, no = { 0, at };

		if (at > most)
			return node_error(p->u, p->at,
					  "the nodes form a cycle, or branches share too many");
		if (w.from >= 0)
			p->skip.p[w.from] = at - w.from;
		if (n.test == TREE_LEAF) {
			push_leaf(p, &n);
			continue;
		}
		normalize(p->f->type, &n);
		push_test(p, &n);
		yes.node = n.yes;
		no.node = n.no;
		vec_push(p->u->arena, &stack, no);
		vec_push(p->u->arena, &stack, yes);
	}
	return true;
}

/* -- constants ----------------------------------------------------------------------------- */

static uint32_t reals(struct packed *p, const double *v, size_t n)
{
	struct shape s = { .rank = 1, .d = { (int64_t)n } };
	struct constant *c;
	void *data;

	c = constant_new(p->u->arena, p->f->type, &s, &data);
	for (size_t i = 0; i < n; i++)
		constant_put_f64(data, p->f->type, (int64_t)i, v[i]);
	return graph_constant(p->at->graph, NULL, c)->id;
}

static uint32_t words(struct packed *p, enum dtype t, const int64_t *v, size_t n)
{
	struct shape s = { .rank = 1, .d = { (int64_t)n } };
	struct constant *c;
	void *data;

	c = constant_new(p->u->arena, t, &s, &data);
	for (size_t i = 0; i < n; i++)
		constant_put_i64(data, t, (int64_t)i, v[i]);
	return graph_constant(p->at->graph, NULL, c)->id;
}

static int64_t most_of(const int64_t *v, size_t n)
{
	int64_t most = 0;

	for (size_t i = 0; i < n; i++)
		most = v[i] > most ? v[i] : most;
	return most;
}

static bool sizes_fit(const struct packed *p, enum dtype *word)
{
	int64_t info = most_of(p->info.p, p->info.n), skip = most_of(p->skip.p, p->skip.n);
	int64_t targets = most_of(p->targets.p, p->targets.n);
	double exact = p->f->type == DT_F32 ? 1 << 24 : 9007199254740992.0;

	*word = info <= UINT16_MAX && skip <= UINT16_MAX && targets <= UINT16_MAX ? DT_U16 : DT_U32;
	if (info <= UINT32_MAX && skip <= UINT32_MAX && (double)p->weights.n < exact &&
	    (double)p->members.n < exact)
		return true;
	return node_error(p->u, p->at, "the trees are too large");
}

uint32_t tree_scores(struct unit *u, struct node *at, uint32_t x, struct forest *f)
{
	struct packed p = { .u = u, .at = at, .f = f, .plain = true, .dense = true };
	int64_t most = 16 * (int64_t)f->nodes.n + 1024;
	uint32_t in[9] = { x };
	struct trees_attrs a;
	struct node *m;
	enum dtype word;

	for (size_t i = 0; i < f->roots.n; i++)
		if (!push_tree(&p, f->roots.p[i], most))
			return VALUE_NONE;
	if (!sizes_fit(&p, &word))
		return VALUE_NONE;
	in[1] = reals(&p, p.values.p, p.values.n);
	in[2] = words(&p, word, p.info.p, p.info.n);
	in[3] = words(&p, word, p.skip.p, p.skip.n);
	in[4] = words(&p, DT_U32, p.roots.p, p.roots.n);
	if (p.weights.n)
		in[5] = reals(&p, p.weights.p, p.weights.n);
	if (p.weights.n && !p.dense)
		in[6] = words(&p, word, p.targets.p, p.targets.n);
	if (p.members.n)
		in[7] = reals(&p, p.members.p, p.members.n);
	if (f->base)
		in[8] = reals(&p, f->base, (size_t)f->targets);
	a = (struct trees_attrs){ f->targets, f->aggregate, p.plain };
	m = graph_insert(at->graph, at, op_builtin("edgecc.Trees"), &a, 9, in, 1, &at->loc);
	return node_infer(u, m) ? m->out[0] : VALUE_NONE;
}

/* -- edgecc.Trees -------------------------------------------------------------------------- */

static const struct attr_row trees_rows[] = { A_RANGE(struct trees_attrs, targets, 1, 1, INT32_MAX),
					      A_RANGE(struct trees_attrs, aggregate, 0, 0,
						      EDGERT_TREE_MAX),
					      A_FLAG(struct trees_attrs, plain, 0), A_END };

static bool infer_trees(struct unit *u, struct node *n)
{
	const struct trees_attrs *a = n->attrs;

	(void)u;
	set_shape_of(node_out(n, 0), 2, (dim[]){ node_in(n, 0)->shape.d[0], a->targets });
	return true;
}

edgert_trees_fn edgert_trees_f32_u16__ref, edgert_trees_f32_u32__ref, edgert_trees_f64_u16__ref,
	edgert_trees_f64_u32__ref;

static bool eval_trees(struct unit *u, const struct node *n, const struct constant *const *in,
		       struct constant **out)
{
	const struct trees_attrs *a = n->attrs;
	bool wide = in[2]->type == DT_U32, twice = in[0]->type == DT_F64;
	struct shape s = { .rank = 2, .d = { in[0]->shape.d[0], a->targets } };
	struct edgert_trees p = {
		.rows = (edgert_int)s.d[0],
		.columns = (edgert_int)in[0]->shape.d[1],
		.targets = (edgert_int)a->targets,
		.trees = (edgert_int)in[4]->shape.d[0],
		.aggregate = (edgert_int)a->aggregate,
		.plain = (edgert_int)a->plain,
	};
	edgert_trees_fn *f = twice ? (wide ? edgert_trees_f64_u32__ref : edgert_trees_f64_u16__ref)
				   : (wide ? edgert_trees_f32_u32__ref : edgert_trees_f32_u16__ref);
	const void *at[9] = { NULL };
	void *y;

	for (int k = 0; k < n->n_in; k++)
		at[k] = in[k] ? constant_aligned(u, in[k]) : NULL;
	out[0] = constant_new(u->arena, in[0]->type, &s, &y);
	f(&p, at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7], at[8], y);
	return true;
}

const struct op ops_ml_tree_pack[] = {
	{ .name = "Trees",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "X:T values:T info:W skip:W roots:uint32 weights?:T targets?:W members?:T base?:T "
		 "-> Y:T",
	  .types = "T=float,double W=uint16,uint32",
	  .attrs = trees_rows,
	  .attrs_size = sizeof(struct trees_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_trees,
	  .eval = eval_trees,
	  .doc = "what the leaves that each row reaches add up to" },
	{ .name = NULL }
};
