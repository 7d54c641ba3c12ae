/* What is computed of one 16-bit tensor, element by element, and quantized again, as straight pieces:
 *
 *	Q(f(DQ(x)))  =>  LutWide(x, numbers where the pieces meet)
 *
 * between the integers beyond which the result is always the same. */
#include "fixed.h"
#include "function.h"

#include <math.h>
#include <stdlib.h>

enum { ALL = 65536, PIECES = 2048 };

/* The function, by the integer it is of less the least one, and what quantizes it. */
struct curve {
	const struct constant *reals;
	struct quantized y;
	double lo, hi;       /* of y */
	int64_t first, size; /* where the result is not that of its neighbours on one side */
};

static double real_at(const struct curve *c, int64_t i)
{
	const double last = constant_f64(c->reals, ALL - 1);

	if (i < 0)
		return constant_f64(c->reals, 0);
	if (i < ALL)
		return constant_f64(c->reals, i);
	return last + (double)(i - (ALL - 1)) * (last - constant_f64(c->reals, ALL - 2));
}

static int64_t integer_at(const struct curve *c, int64_t i)
{
	return quantized_number(&c->y, constant_f64(c->reals, i));
}

/* In steps of y. */
static double steps_at(const struct curve *c, int64_t i)
{
	return real_at(c, i) / (double)c->y.scale + (double)c->y.zero;
}

/* From where on, going from `end` inwards by 1 or -1, the result changes; so far back that it is
 * not near changing, for pieces are not exact. */
static int64_t edge_of(const struct curve *c, int64_t end, int by)
{
	const int64_t most = ALL - 1 - end;
	double change;
	int64_t i = end;

	while (i != most && integer_at(c, i + by) == integer_at(c, end))
		i += by;
	if (i == most)
		return i;
	change = (double)(integer_at(c, i) + integer_at(c, i + by)) / 2;
	while (i != end && fabs(steps_at(c, i) - change) < 1.0 / 8)
		i -= by;
	return i;
}

/* False: the function has no number somewhere. */
static bool find_window(struct curve *c)
{
	c->lo = (double)quantized_least(c->y.type);
	c->hi = (double)quantized_most(c->y.type);
	for (int64_t i = 0; i < ALL; i++)
		if (isnan(constant_f64(c->reals, i)))
			return false;
	c->first = edge_of(c, 0, 1);
	c->size = edge_of(c, ALL - 1, -1) + 1 - c->first;
	if (c->size < 2) /* always the same */
		c->first = 0, c->size = 2;
	return true;
}

/* How far the straight piece between integers i and i + size lies above the middle of the function. */
static double sag(const struct curve *c, int64_t i, int64_t size)
{
	if (i < c->first || i >= c->first + c->size)
		return 0;
	return (real_at(c, i) + real_at(c, i + size)) / 2 - real_at(c, i + size / 2);
}

/* Pieces of 2^bits integers each, that lie as much above as below the function; values far out of
 * y's range end there. */
static struct constant *pieces_of(struct unit *u, const struct curve *c, int bits)
{
	const int64_t size = INT64_C(1) << bits, count = (c->size + size - 1) >> bits;
	void *data;
	struct constant *table = constant_new(
		u->arena, DT_I32, &(struct shape){ .rank = 1, .d = { count + 1 } }, &data);

	for (int64_t i = 0; i <= count; i++) {
		const int64_t at = c->first + i * size;
		double v = real_at(c, at);

		v -= (sag(c, at - size, size) + sag(c, at, size)) / 4;
		v /= (double)c->y.scale;
		v = fmax(-0x1p19, fmin(0x1p19, v)) + (double)c->y.zero + 0.5;
		((int32_t *)data)[i] = (int32_t)nearbyint(ldexp(v, LUT_WIDE_FRACTION));
	}
	return table;
}

/* The pieces' number for integer i of the window, of which the floor is the result. */
static double on_pieces(const int32_t *table, int bits, int64_t i)
{
	int64_t size = INT64_C(1) << bits, rest = i % size, at = i / size;

	return ldexp((double)(table[at] * (size - rest) + table[at + 1] * rest),
		     -bits - LUT_WIDE_FRACTION);
}

/* Are the pieces within a part of a step of the result, where that costs few of them? Else within
 * one and a half, and one in 50 integers rounds to another at most. At up to eight integers of each
 * piece. */
static bool near_enough(const struct curve *c, const int32_t *table, int bits)
{
	const bool byte = c->y.type == DT_I8 || c->y.type == DT_U8;
	const int64_t apart = bits > 3 ? INT64_C(1) << (bits - 3) : 1;
	int64_t others = 0, count = 0;
	double most = 0;

	for (int64_t i = apart - 1; i < c->size; i += apart, count++) {
		const int64_t x = c->first + i;
		const double real = steps_at(c, x);
		const double got = on_pieces(table, bits, i);

		most = fmax(most, fabs(fmax(c->lo, fmin(c->hi, real)) -
				       fmax(c->lo, fmin(c->hi, got - 0.5))));
		others += fmax(c->lo, fmin(c->hi, floor(got))) != (double)integer_at(c, x);
	}
	if (byte && c->size >> bits < PIECES / 4)
		return most <= 1.0 / 16;
	return most < 1.5 && others * 50 <= count;
}

static bool is_steep(const struct constant *table, int64_t bits)
{
	for (int64_t i = 1; i < shape_elements(&table->shape); i++)
		if (llabs(constant_i64(table, i) - constant_i64(table, i - 1)) >> (31 - bits))
			return true;
	return false;
}

/* As few pieces as are near. */
static bool fixed_function(struct unit *u, struct node *n)
{
	struct function f = { .wide = true };
	struct lut_wide_attrs a = { 0 };
	const struct constant *table = NULL;
	struct curve c;
	uint32_t result;

	if (!quantized_output(n, &c.y) || !(result = function_results(u, n, &f)))
		return false;
	c.reals = value_of(u, result)->constant;
	if (!c.reals || c.reals->type != DT_F32 || shape_elements(&c.reals->shape) != ALL ||
	    !find_window(&c))
		return false;
	for (a.bits = 12; !table && a.bits > 0 && c.size >> a.bits <= PIECES; a.bits--) {
		const struct constant *t = pieces_of(u, &c, (int)a.bits);

		if (near_enough(&c, t->data, (int)a.bits))
			table = t;
	}
	if (!table)
		return false;
	a.bits++;
	a.wide = is_steep(table, a.bits);
	a.from = c.first + quantized_least(f.x.type);
	a.to = (int)c.y.type;
	a.lo = quantized_least(c.y.type);
	a.hi = quantized_most(c.y.type);
	return replace_node(n, build2(n, "edgecc.LutWide", &a, f.x.id, build_constant(n, table)));
}

const struct rewrite rewrites_fixed_lut[] = {
	{ "fixed-function", "QuantizeLinear",
	  "Q(f(DQ(x))) of 16 bits => straight pieces, where they are near enough", fixed_function },
	{ .name = NULL }
};
