/* Operators whose results are elements of their inputs, moved or chosen: what is done to each element
 * before is as well done after. */
#include "../ops/resize.h"
#include "quantized.h"

#include <string.h>

enum {
	EVERY = -1,
	X = 1, /* input 0 */
};

/* inputs: bit k, input k has elements that are moved; the others say how. Some choose by comparison:
 * what is done to the elements has to keep their order. */
static const struct move {
	const char *op;
	int inputs;
} moves[] = {
	{ "Compress", X },        { "Concat", EVERY },
	{ "DepthToSpace", X },    { "Expand", X },
	{ "Flatten", X },         { "Gather", X },
	{ "GatherElements", X },  { "GatherND", X },
	{ "Identity", X },        { "Max", EVERY },
	{ "MaxPool", X },         { "Min", EVERY },
	{ "OneHot", 4 },          { "Pad", 1 | 4 },
	{ "ReduceMax", X },       { "ReduceMin", X },
	{ "Reshape", X },         { "Resize", X },
	{ "ReverseSequence", X }, { "ScatterElements", 1 | 4 },
	{ "ScatterND", 1 | 4 },   { "Slice", X },
	{ "SpaceToDepth", X },    { "Split", X },
	{ "Squeeze", X },         { "Tile", X },
	{ "Transpose", X },       { "Unsqueeze", X },
	{ "Where", 2 | 4 },
};

static const struct move *move_of(const struct node *n)
{
	for (size_t i = 0; i < ARRAY_LEN(moves); i++)
		if (node_is(n, moves[i].op))
			return &moves[i];
	return NULL;
}

/* Attributes with which a node of these operators computes. */
static bool computes(const struct node *n)
{
	const struct resize_attrs *r = n->attrs;
	int reduction = SCATTER_NONE;

	if (node_is(n, "Resize")) /* beyond the image, TF_CROP has a real number */
		return r->mode != RESIZE_NEAREST || r->coordinate_transformation_mode == TF_CROP;
	if (node_is(n, "ScatterElements") || node_is(n, "ScatterND"))
		reduction = (int)attr_number(n, "reduction");
	return reduction == SCATTER_ADD || reduction == SCATTER_MUL;
}

bool node_moves(const struct node *n)
{
	return move_of(n) && !computes(n);
}

bool node_chooses(const struct node *n)
{
	return node_is(n, "ArgMax") || node_is(n, "ArgMin") || node_is(n, "TopK");
}

bool node_moves_several(const struct node *n)
{
	return node_moves(n) && move_of(n)->inputs != X;
}

bool node_moves_input(const struct node *n, int k)
{
	const struct move *m = move_of(n);

	if (!m)
		return k == 0;
	return m->inputs == EVERY || (k < 8 && m->inputs >> k & 1);
}

bool node_takes(const struct node *n, enum dtype t)
{
	struct sig s;
	int k = 0;

	while (!node_moves_input(n, k))
		k++;
	op_sig(n->op, &s);
	return s.in[k].types >> t & 1;
}

struct node *build_moved(struct node *n,
			 bool (*of)(struct node *n, int k, void *data, uint32_t *out), void *data)
{
	struct unit *u = n->graph->unit;
	int count = node_is(n, "Pad") && n->n_in < 3 ? 3 : n->n_in;
	uint32_t *in = arena_array(u->arena, uint32_t, (size_t)count);
	struct node *c;

	for (int k = 0; k < count; k++) {
		in[k] = k < n->n_in ? n->in[k] : VALUE_NONE;
		if (node_moves_input(n, k) && !of(n, k, data, &in[k]))
			return NULL;
	}
	c = graph_insert(n->graph, n, n->op, n->attrs, count, in, n->n_out, &n->loc);
	if (!node_infer(u, c))
		unreachable("a move of elements of another type");
	return c;
}
