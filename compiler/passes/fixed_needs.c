/* What readers of a definition's result can tell apart, back to its operands: beyond it, a number may be
 * any that is beyond it, too. */
#include "fixed_point.h"

#include <math.h>

struct needs {
	struct range *of; /* by an expression's id */
	VEC(const struct tir *) order;
	struct arena scratch;
};

static const struct range nobody = { INFINITY, -INFINITY };

static void collect(const struct tir *e, void *data)
{
	struct needs *n = data;

	vec_push(&n->scratch, &n->order, e);
	n->of[e->id] = nobody;
}

static void reads(struct needs *n, const struct tir *e, struct range r)
{
	struct range *of = &n->of[e->id];

	if (isnan(r.lo) || isnan(r.hi) || r.lo > r.hi)
		r = range_any;
	*of = (struct range){ fmin(of->lo, r.lo), fmax(of->hi, r.hi) };
}

static struct range times(struct range r, double by)
{
	return by < 0 ? (struct range){ r.hi * by, r.lo * by }
		      : (struct range){ r.lo * by, r.hi * by };
}

static struct range beside(struct range r, double by)
{
	return (struct range){ r.lo - by, r.hi + by };
}

/* e's result is told apart within `most`: its operands, at least. */
static void passes_on(struct needs *n, const struct tir *e)
{
	struct range most = n->of[e->id];
	double number;

	switch (e->kind) {
	case TIR_CAST:
		if (dtype_is_float(e->type))
			break;
		if (e->type == DT_INDEX || e->type == DT_BOOL)
			most = range_any;
		else
			most = (struct range){ (double)e->lo - 1, (double)e->hi + 1 };
		break;
	case TIR_ADD:
	case TIR_SUB:
		if (tir_is_number(e->b, &number))
			number = e->kind == TIR_ADD ? -number : number;
		else
			most = range_any, number = 0;
		most = (struct range){ most.lo + number, most.hi + number };
		break;
	case TIR_MUL:
		most = tir_is_number(e->b, &number) ? times(most, 1 / number) : range_any;
		break;
	case TIR_DIV:
		most = tir_is_number(e->b, &number) ? times(most, number) : range_any;
		break;
	case TIR_FLOOR:
	case TIR_CEIL:
	case TIR_TRUNC:
	case TIR_ROUND:
		most = beside(most, 1);
		break;
	case TIR_NEG:
		most = times(most, -1);
		break;
	case TIR_MIN:
		if (tir_is_number(e->b, &number) || tir_is_number(e->a, &number))
			most.hi = fmin(most.hi, number);
		break;
	case TIR_MAX:
		if (tir_is_number(e->b, &number) || tir_is_number(e->a, &number))
			most.lo = fmax(most.lo, number);
		break;
	case TIR_ROUND_TO:
		break;
	case TIR_SELECT:
		reads(n, e->a, range_any);
		reads(n, e->b, most);
		reads(n, e->c, most);
		return;
	case TIR_REDUCE:
		if (e->u.reduce.kind != REDUCE_MAX && e->u.reduce.kind != REDUCE_MIN)
			most = range_any;
		break;
	default:
		most = range_any;
	}
	for (int i = 0; e->kind == TIR_LOAD && i < e->u.load.rank; i++)
		reads(n, e->u.load.idx[i], range_any);
	if (e->a)
		reads(n, e->a, most);
	if (e->b)
		reads(n, e->b, most);
}

void fixed_needs(const struct tir *e, struct range most, struct range *of)
{
	struct needs n = { .of = of };

	tir_each(e, collect, &n);
	of[e->id] = most;
	for (size_t i = n.order.n; i-- > 0;)
		passes_on(&n, n.order.p[i]);
	arena_free(&n.scratch);
}
