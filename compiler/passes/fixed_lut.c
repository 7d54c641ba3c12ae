/* What is computed of one 16-bit tensor, element by element, and quantized again, as parabolas (pieces.h):
 *
 *	Q(f(DQ(x)))  =>  LutWide(x, numbers of the pieces)
 *
 * or, where these would take more room, as a table of all results:
 *
 *	Q(f(DQ(x)))  =>  Gather(Q(f(DQ(0, 1, ... 65535))), x) */
#include "fixed.h"
#include "function.h"
#include "pieces.h"

#include <math.h>

/* f in steps of y, by the integer less the least one. */
struct curve {
	const struct function *f;
	struct quantized y;
	double *steps;
};

/* What is no number is the integer 0, as TIR_CAST has it. */
static void fill(struct curve *c, const struct constant *reals)
{
	for (int i = 0; i < PIECES_INTEGERS; i++) {
		const double steps =
			constant_f64(reals, i) / (double)c->y.scale + (double)c->y.zero;

		c->steps[i] = isnan(steps) ? 0 : steps;
	}
}

static uint32_t as_pieces(struct node *n, const struct curve *c, struct lut_wide_attrs *a,
			  const struct piece *p, int count)
{
	static const enum dtype types[] = { DT_U16, DT_U16, DT_I16, DT_I32, DT_I32 };
	struct unit *u = n->graph->unit;
	const struct shape s = { .rank = 1, .d = { count } };
	void *data[ARRAY_LEN(types)];
	uint32_t in[1 + ARRAY_LEN(types)] = { c->f->x.id };

	for (size_t k = 0; k < ARRAY_LEN(types); k++)
		in[1 + k] = build_constant(n, constant_new(u->arena, types[k], &s, &data[k]));
	for (int i = 0; i < count; i++) {
		((uint16_t *)data[0])[i] = p[i].end;
		((uint16_t *)data[1])[i] = p[i].step;
		((int16_t *)data[2])[i] = p[i].bend;
		((int32_t *)data[3])[i] = p[i].slope;
		((int32_t *)data[4])[i] = p[i].value;
	}
	a->to = (int)c->y.type;
	a->lo = quantized_least(c->y.type);
	a->hi = quantized_most(c->y.type);
	a->from = quantized_least(c->f->x.type);
	return build(n, "edgecc.LutWide", a, ARRAY_LEN(in), in);
}

/* Negative indices count from the end, where their results stand. */
static uint32_t as_results(struct node *n, const struct curve *c)
{
	const struct cast_attrs index = { .to = DT_I32, .saturate = 1 };
	const int64_t first = -quantized_least(c->f->x.type);
	const struct shape s = { .rank = 1, .d = { PIECES_INTEGERS } };
	const struct quantized whole = { .type = c->y.type, .scale = 1 };
	void *data;
	struct constant *table = constant_new(n->graph->unit->arena, c->y.type, &s, &data);

	for (int64_t i = 0; i < PIECES_INTEGERS; i++)
		constant_put_i64(data, c->y.type, i,
				 quantized_number(&whole, c->steps[(i + first) % PIECES_INTEGERS]));
	return build2(n, "Gather", NULL, build_constant(n, table),
		      build1(n, "Cast", &index, c->f->x.id));
}

/* Pieces are 1/32 of a step off at most: few results differ, by one. */
static uint32_t computed(struct node *n, struct curve *c, struct arena *scratch)
{
	const bool byte = c->y.type == DT_I8 || c->y.type == DT_U8;
	const int room = PIECES_INTEGERS * (byte ? 1 : 2) / PIECE_BYTES;
	struct lut_wide_attrs a = { .fraction = byte ? 11 : 7 };
	struct piece *pieces = arena_array(scratch, struct piece, (size_t)room);
	const int count = pieces_fit(pieces, room, c->steps, (double)quantized_least(c->y.type),
				     (double)quantized_most(c->y.type), (int)a.fraction, 1.0 / 32);

	return count > 0 ? as_pieces(n, c, &a, pieces, count) : as_results(n, c);
}

static bool fixed_function(struct unit *u, struct node *n)
{
	struct function f = { .wide = true };
	struct curve c = { .f = &f };
	struct arena scratch = { 0 };
	const struct constant *reals;
	uint32_t result;

	if (!quantized_output(n, &c.y) || !(result = function_results(u, n, &f)))
		return false;
	reals = value_of(u, result)->constant;
	if (!reals || reals->type != DT_F32 || shape_elements(&reals->shape) != PIECES_INTEGERS)
		return false;
	c.steps = arena_array(&scratch, double, PIECES_INTEGERS);
	fill(&c, reals);
	result = computed(n, &c, &scratch);
	arena_free(&scratch);
	return replace_node(n, result);
}

const struct rewrite rewrites_fixed_lut[] = {
	{ "fixed-function", "QuantizeLinear",
	  "Q(f(DQ(x))) of 16 bits => parabolas, or a table of all results", fixed_function },
	{ .name = NULL }
};
