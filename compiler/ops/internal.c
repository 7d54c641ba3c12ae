/* internal.c - our own operators, which passes make. */
#include "sequence.h"

/* While it is being put together it has no stages: whoever makes it sets its outputs' types and
 * shapes. */
static bool infer_loops(struct unit *u, struct node *n)
{
	const struct loops_attrs *a = n->attrs;

	(void)u;
	for (int k = 0; k < a->n && k < n->n_out; k++) {
		const struct tir_stage *s = &a->stages[k];
		dim d[RANK_MAX];

		if (!node_out(n, k))
			continue;
		for (int i = 0; i < s->rank; i++)
			d[i] = s->vars[i]->u.var.extent;
		node_out(n, k)->type = s->type;
		set_shape_of(node_out(n, k), s->rank, d);
	}
	return true;
}

struct node *new_loops(struct node *at, int n_in, const uint32_t *in, enum dtype t,
		       const struct shape *shape)
{
	struct node *m = graph_insert(at->graph, at, op_builtin("edgecc.Loops"), NULL, n_in, in, 1,
				      &at->loc);

	node_out(m, 0)->type = t;
	set_shape(node_out(m, 0), shape);
	return m;
}

void set_loops(struct node *m, const struct tir_stage *stage)
{
	struct loops_attrs *a = m->attrs;

	a->stages = arena_copy(m->graph->unit->arena, stage, sizeof *stage);
	a->n = 1;
}

static bool define_loops(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct loops_attrs *a = n->attrs;

	(void)b;
	for (int k = 0; k < a->n; k++)
		out[k] = a->stages[k];
	return true;
}

/* Whoever makes it sets its outputs' types and shapes. */
static bool infer_refuse(struct unit *u, struct node *n)
{
	(void)u;
	(void)n;
	return true;
}

/* A user's operator: its outputs are as the model declares them. */
static const struct attr_row custom_rows[] = {
	{ ATTR(struct custom_attrs, symbol), .kind = ATTR_STRING },
	{ ATTR(struct custom_attrs, header), .kind = ATTR_STRING },
	A_END
};

static bool infer_custom(struct unit *u, struct node *n)
{
	const struct custom_attrs *a = n->attrs;

	(void)u;
	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k)) {
			node_out(n, k)->type = a->outputs[k].type;
			set_shape(node_out(n, k), &a->outputs[k].shape);
		}
	return true;
}

/* sequence.h: exists while a model is read only. */
static const struct attr_row stacked_rows[] = { A_FLAG(struct stacked_attrs, mixed, 0), A_END };

static bool infer_stacked(struct unit *u, struct node *n)
{
	struct value *y = node_out(n, 0);

	(void)u;
	if (y->container == TENSOR)
		y->container = SEQUENCE;
	y->type = node_in(n, 0)->type;
	return true;
}

const struct op ops_internal[] = {
	{ .name = "Loops",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "x*:* -> y+:*",
	  .attrs_size = sizeof(struct loops_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_loops,
	  .define = define_loops,
	  .doc = "loop nests over the inputs, one per output" },
	{ .name = "Refuse",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "-> y+:*",
	  .flags = OP_INTERNAL | OP_IMPURE,
	  .infer = infer_refuse,
	  .doc = "ends the run with EDGERT_ERROR_DIMENSION" },
	{ .name = "Stacked",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "all:* sizes?:int64 holds?:bool -> y:*",
	  .attrs = stacked_rows,
	  .attrs_size = sizeof(struct stacked_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_stacked,
	  .doc = "a sequence or an optional whose length the run tells" },
	{ .name = "Custom",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "x*:* -> y+:*",
	  .attrs = custom_rows,
	  .attrs_size = sizeof(struct custom_attrs),
	  .flags = OP_INTERNAL | OP_IMPURE,
	  .infer = infer_custom,
	  .doc = "a function of the user's" },
	{ .name = NULL }
};
