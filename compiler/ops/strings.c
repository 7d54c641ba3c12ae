/* strings.c - operators that make strings: StringConcat. */
#include "family.h"

/* Both inputs in the output's shape, for kernels that know no broadcasting. */
static bool expand_concat(struct unit *u, struct node *n)
{
	uint32_t in[2], sum;

	for (int k = 0; k < 2; k++) {
		in[k] = n->in[k];
		if (!shape_equal(&node_in(n, k)->shape, &node_out(n, 0)->shape))
			in[k] = graph_build2(n, "Expand", NULL, in[k],
					     graph_build1(n, "Shape", NULL,
							  graph_build3(n, "Where", NULL,
								       new_scalar(n, DT_BOOL, 1),
								       n->in[0], n->in[1])));
	}
	sum = graph_build2(n, "edgecc.JoinStrings", NULL, in[0], in[1]);
	expand_output(u, n, 0, sum);
	return true;
}

static bool eval_concat(struct unit *u, const struct node *n, const struct constant *const *in,
			struct constant **out)
{
	const char **z;
	void *data;

	(void)n;
	out[0] = constant_new(u->arena, DT_STRING, &in[0]->shape, &data);
	z = data;
	for (int64_t i = 0; i < shape_elements(&in[0]->shape); i++)
		z[i] = arena_printf(u->arena, "%s%s", in[0]->strings[i], in[1]->strings[i]);
	return true;
}

const struct op ops_strings[] = { { .name = "StringConcat",
				    .since = 20,
				    .sig = "X:string Y:string -> Z:string",
				    .flags = OP_ELEMENTWISE,
				    .infer = infer_broadcast,
				    .expand = expand_concat,
				    .doc = "X and Y one behind the other" },
				  { .name = "JoinStrings",
				    .domain = DOMAIN_EDGECC,
				    .since = 1,
				    .sig = "X:string Y:string -> Z:string",
				    .flags = OP_INTERNAL,
				    .infer = infer_like_input0,
				    .eval = eval_concat,
				    .doc = "X and Y, of one shape, one behind the other" },
				  { .name = NULL } };
