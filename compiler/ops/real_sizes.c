/* real_sizes.c - sizes computed in floats, as scale factors make exporters write them:
 *
 *	Cast(Floor(Mul(Cast(size), 1.5)))
 *
 * Where floats compute without rounding the result is a dim like any other: size * 3 over 2. Else
 * it is one of run time, between what the chain makes of the least and of the greatest size. */
#include <math.h>
#include <string.h>

#include "family.h"

/* Numbers below have all their bits in a float, so that products and sums of them are exact. */
#define EXACT_MAX (INT64_C(1) << 24)
#define SHIFT_MAX 20

struct real {
	dim num; /* it is num / den exactly; DIM_OVERFLOW: not known */
	int64_t den;
	double lo, hi; /* always */
	dim rounded; /* where num is not known: an integer of which it is the nearest float; or DIM_OVERFLOW */
};

static bool real_of(struct unit *u, const struct value *v, int64_t i, int depth, struct real *out);

static bool exactly(struct unit *u, dim num, int64_t den, struct real *out)
{
	if (num == DIM_OVERFLOW || dim_lo(u, num) <= -EXACT_MAX || dim_hi(u, num) >= EXACT_MAX)
		return false;
	*out = (struct real){ num, den, (double)dim_lo(u, num) / (double)den,
			      (double)dim_hi(u, num) / (double)den, DIM_OVERFLOW };
	return true;
}

static struct real between(double lo, double hi)
{
	return (struct real){ DIM_OVERFLOW, 1, lo, hi, DIM_OVERFLOW };
}

static void from_dim(struct unit *u, dim d, struct real *out)
{
	int64_t lo = dim_lo(u, d), hi = dim_hi(u, d);

	if (exactly(u, d, 1, out))
		return;
	*out = between(lo == INT64_MIN ? -INFINITY : (double)lo,
		       hi == DIM_UNBOUNDED ? INFINITY : (double)hi);
	out->rounded = d;
}

static bool from_number(struct unit *u, double x, struct real *out)
{
	int64_t den = 1;

	if (isnan(x))
		return false;
	*out = between(x, x);
	while (x != floor(x) && den < 1 << SHIFT_MAX) {
		x *= 2;
		den *= 2;
	}
	if (x == floor(x) && fabs(x) < EXACT_MAX)
		exactly(u, dim_number(u, (int64_t)x), den, out);
	return true;
}

/* -- operators ----------------------------------------------------------------------------- */

enum real_op { ADD, SUB, MUL, DIV, MIN, MAX, FLOOR, CEIL, ROUND, VIEW, CAST };

static const struct {
	const char *op;
	enum real_op kind;
} known[] = {
	{ "Add", ADD },      { "Sub", SUB },       { "Mul", MUL },        { "Div", DIV },
	{ "Min", MIN },      { "Max", MAX },       { "Floor", FLOOR },    { "Ceil", CEIL },
	{ "Round", ROUND },  { "Identity", VIEW }, { "Unsqueeze", VIEW }, { "Squeeze", VIEW },
	{ "Reshape", VIEW }, { "Cast", CAST },
};

/* Rounding leaves integers below EXACT_MAX as they are, and larger ones above these. */
static bool exact_min(struct unit *u, const struct real *a, const struct real *b, struct real *out)
{
	dim x = a->num == DIM_OVERFLOW ? a->rounded : a->num;
	dim y = b->num == DIM_OVERFLOW ? b->rounded : b->num;

	return x != DIM_OVERFLOW && y != DIM_OVERFLOW && a->den == 1 && b->den == 1 &&
	       exactly(u, dim_min(u, x, y), 1, out);
}

static bool exact_binary(struct unit *u, enum real_op op, const struct real *a,
			 const struct real *b, struct real *out)
{
	int64_t num;

	if (op == MIN && exact_min(u, a, b, out))
		return true;
	if (a->num == DIM_OVERFLOW || b->num == DIM_OVERFLOW || a->den > EXACT_MAX / b->den)
		return false;
	switch (op) {
	case ADD:
	case SUB:
	case MIN:
	case MAX: {
		dim x = dim_mul(u, a->num, b->den), y = dim_mul(u, b->num, a->den);

		return exactly(u,
			       op == ADD   ? dim_add(u, x, y)
			       : op == SUB ? dim_diff(u, x, y)
			       : op == MIN ? dim_min(u, x, y)
					   : dim_max(u, x, y),
			       a->den * b->den, out);
	}
	case MUL:
		return exactly(u, dim_mul(u, a->num, b->num), a->den * b->den, out);
	default: /* by a power of two */
		if (!dim_is_number(u, b->num, &num) || num < 1 || (num & (num - 1)) != 0 ||
		    a->den > EXACT_MAX / num)
			return false;
		return exactly(u, dim_mul(u, a->num, b->den), a->den * num, out);
	}
}

static double apply(enum real_op op, double x, double y)
{
	switch (op) {
	case ADD:
		return x + y;
	case SUB:
		return x - y;
	case MUL:
		return x == 0 || y == 0 ? 0 : x * y;
	case MIN:
		return fmin(x, y);
	case MAX:
		return fmax(x, y);
	default:
		return x / y;
	}
}

static double rounding_error(enum dtype t)
{
	return t == DT_F64 ? 0x1p-52 : 0x1p-23;
}

static void widen(enum dtype t, struct real *x)
{
	x->lo -= fabs(x->lo) * rounding_error(t);
	x->hi += fabs(x->hi) * rounding_error(t);
}

/* Monotone in each operand on either side of a divisor's zero: the extremes are at corners. */
static bool binary(struct unit *u, enum real_op op, enum dtype t, const struct real *a,
		   const struct real *b, struct real *out)
{
	const double x[] = { a->lo, a->hi }, y[] = { b->lo, b->hi };
	double lo = INFINITY, hi = -INFINITY;

	if (exact_binary(u, op, a, b, out))
		return true;
	if (op == DIV && b->lo <= 0 && b->hi >= 0)
		return false;
	for (int i = 0; i < 4; i++) {
		double z = apply(op, x[i & 1], y[i >> 1]);

		if (isnan(z))
			return false;
		lo = fmin(lo, z);
		hi = fmax(hi, z);
	}
	*out = between(lo, hi);
	widen(t, out);
	return true;
}

static void rounded(struct unit *u, enum real_op op, struct real *x)
{
	if (x->num != DIM_OVERFLOW && (op != ROUND || x->den == 1) &&
	    exactly(u,
		    op == CEIL ? dim_ceildiv(u, x->num, x->den) : dim_floordiv(u, x->num, x->den),
		    1, x))
		return;
	x->num = x->rounded = DIM_OVERFLOW;
	x->lo = op == CEIL ? ceil(x->lo) : floor(x->lo);
	x->hi = op == FLOOR ? floor(x->hi) : ceil(x->hi);
}

/* -- chains -------------------------------------------------------------------------------- */

static const enum real_op *find_op(const struct node *n)
{
	for (size_t i = 0; n && n->op->domain == DOMAIN_ONNX && i < ARRAY_LEN(known); i++)
		if (strcmp(n->op->name, known[i].op) == 0)
			return &known[i].kind;
	return NULL;
}

static bool operand(struct unit *u, const struct node *n, int k, int64_t i, int depth,
		    struct real *out)
{
	const struct value *x = node_in(n, k);
	int count;

	return x && content_count(u, x, &count) && real_of(u, x, count == 1 ? 0 : i, depth, out);
}

/* Element i of v, a tensor of one axis or none. */
static bool real_of(struct unit *u, const struct value *v, int64_t i, int depth, struct real *out)
{
	const enum real_op *op = find_op(v->producer);
	struct real b;
	int count;

	if (!content_count(u, v, &count) || v->shape.rank > 1 || i >= count || depth <= 0)
		return false;
	if (v->elems) {
		from_dim(u, v->elems[i], out);
		return true;
	}
	if (v->constant && v->type != DT_STRING)
		return from_number(u, constant_f64(v->constant, i), out);
	if (!op || (v->type != DT_F32 && v->type != DT_F64) ||
	    !operand(u, v->producer, 0, i, depth - 1, out))
		return false;
	for (int k = 1; *op <= MAX && k < v->producer->n_in; k++)
		if (!operand(u, v->producer, k, i, depth - 1, &b) ||
		    !binary(u, *op, v->type, out, &b, out))
			return false;
	if (*op > MAX && *op <= ROUND)
		rounded(u, *op, out);
	if (*op == CAST && out->num == DIM_OVERFLOW)
		widen(v->type, out);
	return true;
}

void infer_content_from_reals(struct unit *u, struct node *n)
{
	enum { DEPTH = 16, MOST = 8 };
	struct value *y = node_out(n, 0);
	struct real x[MOST];
	dim elems[MOST];
	int count;

	if (!content_count(u, y, &count) || count > MOST || y->shape.rank > 1 ||
	    (y->type != DT_I64 && y->type != DT_I32) || node_const(n, 0))
		return;
	for (int i = 0; i < count; i++)
		if (!real_of(u, node_in(n, 0), i, DEPTH, &x[i]))
			return;
	for (int i = 0; i < count; i++) { /* towards zero */
		if (x[i].lo >= 0)
			rounded(u, FLOOR, &x[i]);
		elems[i] = x[i].den == 1 ? x[i].num : DIM_OVERFLOW;
		if (elems[i] == DIM_OVERFLOW)
			elems[i] = dim_element(
				u, y->id, i,
				x[i].lo < -EXACT_MAX ? INT64_MIN : (int64_t)trunc(x[i].lo),
				x[i].hi > EXACT_MAX ? DIM_UNBOUNDED : (int64_t)trunc(x[i].hi));
	}
	set_elems(u, y, elems, count);
}
