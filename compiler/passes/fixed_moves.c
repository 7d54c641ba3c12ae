/* Operators that move elements and put zeros or sums among them, where the machine has no floats:
 *
 *	Trilu(DQ(x))                   =>  DQ(Trilu(x - zero) + zero), in x's type, which may wrap
 *	Scatter(DQ(x), i, DQ(u)), add  =>  Scatter(DQ'(Q'(x)), i, DQ'(Q'(u))), in the same 16-bit integers */
#include "fixed.h"
#include "range.h"

#include <math.h>

/* -- zeros ------------------------------------------------------------------------------- */

static bool apply_zeros(struct unit *u, struct node *n)
{
	struct quantized x;
	uint32_t in[3], zero;

	if (!quantized_input(n, 0, &x))
		return false;
	zero = build_number(n, x.type, (double)x.zero);
	in[0] = x.zero ? build2(n, "Sub", NULL, x.id, zero) : x.id;
	in[1] = n->n_in > 1 ? n->in[1] : VALUE_NONE;
	in[0] = build(n, n->op->name, n->attrs, n->n_in, in);
	if (x.zero)
		in[0] = build2(n, "Add", NULL, in[0], zero);
	in[1] = build_number(n, DT_F32, (double)x.scale);
	in[2] = zero;
	(void)u;
	return replace_node(n, graph_build(n, "DequantizeLinear", NULL, 3, in));
}

/* -- sums -------------------------------------------------------------------------------- */

enum { DATA, INDICES, UPDATES };

static void quantize_as(struct node *n, int k, float scale)
{
	uint32_t in[3] = { n->in[k], build_number(n, DT_F32, (double)scale),
			   build_number(n, DT_I16, 0) };

	in[0] = build(n, "QuantizeLinear", NULL, 3, in);
	node_set_input(n, k, graph_build(n, "DequantizeLinear", NULL, 3, in));
}

static bool apply_scatter(struct unit *u, struct node *n)
{
	struct quantized x, y;
	struct range a, b;
	float scale;

	if (!fixed_scatters_sums(n) || !range_of(u, n->in[DATA], &a) ||
	    !range_of(u, n->in[UPDATES], &b) ||
	    (quantized_input(n, DATA, &x) && quantized_input(n, UPDATES, &y) && x.type == y.type &&
	     x.scale == y.scale && x.zero == y.zero))
		return false;
	scale = (float)(fmax(fmax(-a.lo, a.hi), fmax(-b.lo, b.hi)) / INT16_MAX);
	if (!(scale >= 0x1p-100F))
		return false;
	quantize_as(n, DATA, scale);
	quantize_as(n, UPDATES, scale);
	return true;
}

const struct rewrite rewrites_fixed_moves[] = {
	{ "fixed-zeros", "Trilu CenterCropPad", "Trilu(DQ(x)) => DQ(Trilu(x - zero) + zero)",
	  apply_zeros },
	{ "fixed-scatter", "ScatterElements ScatterND",
	  "Scatter(DQ(x), i, DQ(u)), add => of one scale", apply_scatter },
	{ .name = NULL }
};
