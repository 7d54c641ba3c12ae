/* internal.c - our own operators, which passes make. */
#include "family.h"

/* Its outputs' types and shapes are set by whoever makes it. */
static bool infer_nothing(struct unit *u, struct node *n)
{
	(void)u;
	(void)n;
	return true;
}

static bool define_loops(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct loops_attrs *a = n->attrs;

	(void)b;
	for (int k = 0; k < a->n; k++)
		out[k] = a->stages[k];
	return true;
}

const struct op ops_internal[] = {
	{ .name = "Loops", .domain = DOMAIN_EDGECC, .since = 1, .sig = "x*:* -> y+:*",
	  .attrs_size = sizeof(struct loops_attrs), .flags = OP_INTERNAL, .infer = infer_nothing,
	  .define = define_loops, .doc = "loop nests over the inputs, one per output" },
	{ .name = NULL }
};
