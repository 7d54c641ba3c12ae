/* The subgraphs of a node: what their inputs get from it, and Loop and Scan whose states change shape. */
#include "import.h"

#include <string.h>

#include "../ops/ops.h"

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
	out[0].below = iterations_most(n->graph->unit, n);
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

struct env env_within(const struct env *e, struct graph *g, const struct env *home)
{
	return (struct env){ .im = e->im,
			     .g = g,
			     .outer = home,
			     .opsets = home->opsets,
			     .n_opsets = home->n_opsets,
			     .call = home->call,
			     .prefix = e->prefix,
			     .depth = e->depth + 1 };
}

struct env subgraph_env(const struct env *e, const struct node *n, const struct subgraphs *s,
			size_t i)
{
	return env_within(e, n->graphs[i], s->graphs.p[i].env);
}

bool import_subgraphs(const struct env *e, const Onnx__NodeProto *np, struct node *n,
		      const struct subgraphs *s, struct env inner[2])
{
	struct unit *u = e->im->u;
	struct type_info *seeds = arena_array(u->arena, struct type_info, (size_t)n->n_in + 2);
	size_t n_seeds;
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
	n_seeds = seeds_for(e, np, n, seeds);
	if (strcmp(n->op->name, "If") == 0 && s->graphs.n == 2) {
		inner[0] = subgraph_env(e, n, s, 0);
		inner[1] = subgraph_env(e, n, s, 1);
		return import_branches(inner,
				       (const Onnx__GraphProto *const[]){ s->graphs.p[0].value->g,
									  s->graphs.p[1].value->g },
				       n);
	}
	if (node_is_iterated(n) && !n->op->upgrade) {
		inner[0] = subgraph_env(e, n, s, 0);
		return import_states(
			&(struct looped){ &inner[0], s->graphs.p[0].value->g, n, seeds, n_seeds });
	}
	for (size_t i = 0; i < s->graphs.n; i++) {
		struct env body = subgraph_env(e, n, s, i);

		ok &= import_graph(&body, s->graphs.p[i].value->g, seeds, n_seeds);
	}
	return ok;
}
