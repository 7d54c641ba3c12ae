/* What compares a quantized tensor with another, or with numbers, compares integers: where reals of both
 * stand among all that there can be.
 *
 *	DQ(a) > number    =>  a > integer
 *	DQ(a) > DQ(b)     =>  Lut(a, ranks) > Lut(b, ranks), in int16; constants become ranks now
 *
 * Quantized numbers are finite: IsNaN and IsInf of them are false. */
#include "fixed.h"

#include <stdlib.h>
#include <string.h>

static bool holds(const char *op, float a, float b)
{
	const bool less = strncmp(op, "Less", 4) == 0, greater = strncmp(op, "Greater", 7) == 0;

	if (a == b)
		return strcmp(op, "Less") != 0 && strcmp(op, "Greater") != 0;
	return (less && a < b) || (greater && a > b);
}

/* -- one number -------------------------------------------------------------------------- */

/* The integers for which it is true are all up to one, all from one on, one, or none. */
static bool apply_number(struct unit *u, struct node *n)
{
	struct quantized x;
	double number;
	int64_t first = 1, last = 0, count = 0, least, most, limit;
	const char *op = "Less";
	const int k = quantized_input(n, 0, &x) ? 0 : 1;

	(void)u;
	if (!quantized_input(n, k, &x) || !input_number(n, 1 - k, &number))
		return false;
	limit = least = quantized_least(x.type);
	most = quantized_most(x.type);
	for (int64_t q = least; q <= most; q++) {
		const float real = (float)(q - x.zero) * x.scale, c = (float)number;

		if (!holds(n->op->name, k == 0 ? real : c, k == 0 ? c : real))
			continue;
		first = count++ ? first : q;
		last = q;
	}
	if (count && count != last - first + 1)
		return false;
	if (count && last == most) {
		op = "GreaterOrEqual";
		limit = first;
	} else if (count && first == least) {
		op = "LessOrEqual";
		limit = last;
	} else if (count == 1) {
		op = "Equal";
		limit = first;
	} else if (count) {
		return false;
	}
	return replace_node(n, build2(n, op, NULL, x.id, build_number(n, x.type, (double)limit)));
}

/* -- two tensors ------------------------------------------------------------------------- */

/* Reals that an operand can be: 256 of a byte as tables are indexed, or a constant's. */
struct operand {
	struct quantized q;
	const struct constant *c; /* NULL: of bytes */
	float *reals;
	int64_t n;
};

enum { MOST_REALS = 32768 }; /* whose ranks int16 holds, of both */

static bool read_operand(struct unit *u, const struct node *n, int k, struct operand *o)
{
	*o = (struct operand){ .n = 256 };
	if (fixed_reals(u, n, k, &o->c))
		o->n = shape_elements(&o->c->shape);
	else if (!quantized_input(n, k, &o->q) || (o->q.type != DT_I8 && o->q.type != DT_U8))
		return false;
	if (o->n > MOST_REALS - 256)
		return false;
	o->reals = arena_array(u->arena, float, (size_t)o->n + 1);
	for (int64_t i = 0; i < o->n; i++) {
		const int64_t byte = o->q.type == DT_I8 ? (int8_t)i : i;

		o->reals[i] = o->c ? (float)constant_f64(o->c, i)
				   : (float)(byte - o->q.zero) * o->q.scale;
		if (!(o->reals[i] == o->reals[i])) /* NaN compares as nothing does */
			return false;
	}
	return true;
}

static int by_value(const void *a, const void *b)
{
	const float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* How many of the sorted reals, none of which stands twice, are below x. */
static int64_t rank_of(const float *sorted, int64_t n, float x)
{
	int64_t lo = 0;

	while (n > lo) {
		const int64_t mid = lo + (n - lo) / 2;

		if (sorted[mid] < x)
			lo = mid + 1;
		else
			n = mid;
	}
	return lo;
}

static float *sorted_reals(struct unit *u, const struct operand *o, int64_t *count)
{
	float *all = arena_array(u->arena, float, (size_t)(o[0].n + o[1].n));
	int64_t n = 0;

	memcpy(all, o[0].reals, (size_t)o[0].n * sizeof *all);
	memcpy(all + o[0].n, o[1].reals, (size_t)o[1].n * sizeof *all);
	qsort(all, (size_t)(o[0].n + o[1].n), sizeof *all, by_value);
	for (int64_t i = 0; i < o[0].n + o[1].n; i++)
		if (n == 0 || all[n - 1] != all[i])
			all[n++] = all[i];
	*count = n;
	return all;
}

static uint32_t ranks_of(struct node *n, const struct operand *o, const float *sorted,
			 int64_t count)
{
	const struct shape table = { .rank = 1, .d = { 256 } };
	void *to;
	struct constant *c =
		constant_new(n->graph->unit->arena, DT_I16, o->c ? &o->c->shape : &table, &to);

	for (int64_t i = 0; i < o->n; i++)
		((int16_t *)to)[i] = (int16_t)rank_of(sorted, count, o->reals[i]);
	if (o->c)
		return build_constant(n, c);
	return build2(n, "edgecc.Lut", NULL, o->q.id, build_constant(n, c));
}

static bool apply_ranks(struct unit *u, struct node *n)
{
	struct operand o[2];
	uint32_t in[2];
	float *sorted;
	int64_t count;

	if (!read_operand(u, n, 0, &o[0]) || !read_operand(u, n, 1, &o[1]) || (o[0].c && o[1].c))
		return false;
	sorted = sorted_reals(u, o, &count);
	for (int k = 0; k < 2; k++)
		in[k] = ranks_of(n, &o[k], sorted, count);
	return replace_node(n, build2(n, n->op->name, NULL, in[0], in[1]));
}

/* -- what is not finite ------------------------------------------------------------------ */

/* x is below the least integer there is: never. */
static bool apply_finite(struct unit *u, struct node *n)
{
	struct quantized x;

	(void)u;
	return quantized_input(n, 0, &x) &&
	       replace_node(n, build2(n, "Less", NULL, x.id,
				      build_number(n, x.type, (double)quantized_least(x.type))));
}

const struct rewrite rewrites_fixed_compare[] = {
	{ "fixed-compare", "Greater GreaterOrEqual Less LessOrEqual Equal",
	  "DQ(x) > number => x > integer", apply_number },
	{ "fixed-ranks", "Greater GreaterOrEqual Less LessOrEqual Equal",
	  "DQ(a) > DQ(b) => their ranks among all reals they can be", apply_ranks },
	{ "fixed-finite", "IsNaN IsInf", "IsNaN(DQ(x)) => false", apply_finite },
	{ .name = NULL }
};
