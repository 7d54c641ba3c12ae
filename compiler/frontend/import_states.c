/* Loop and Scan whose states change their sizes.
 *
 * The body is imported for the sizes of the initial values. When an iteration leaves others, it is imported again
 * with sizes that only the run tells, of which a bound is wanted: at first the initial value's own. That holds when
 * the body passes on no more than it gets; when it adds at most g, the bound is the initial size and g for each
 * iteration; else what an iteration makes is the next bound to be tried, as long as there are iterations. What no
 * bound was found for, options must give one. */
#include "import.h"

#include "../ops/ops.h"

enum {
	TRIES = 16,       /* of one body */
	ROUNDS_MAX = 2000 /* of all bodies: nested ones multiply */
};

static bool reads(const struct unit *u, dim d, dim leaf)
{
	const struct dim_expr *x;

	if (d >= 0 || d == DIM_OVERFLOW || d == leaf)
		return d == leaf;
	x = dim_expr(u, d);
	return !dim_is_leaf(x->kind) && (reads(u, x->a, leaf) || reads(u, x->b, leaf));
}

static bool may_be_equal(struct unit *u, dim a, dim b)
{
	size_t n = u->assumed.n;
	bool may = dim_assume_equal(u, a, b, NULL);

	u->assumed.n = n;
	return may;
}

/* What an axis of at most `first` elements has after as many times `more`. */
static int64_t grown(int64_t first, int64_t times, int64_t more)
{
	int64_t sum;

	if (more <= 0)
		return first;
	if (times == DIM_UNBOUNDED || first == DIM_UNBOUNDED || more == DIM_UNBOUNDED ||
	    !mul_i64(times, more, &sum) || !add_i64(sum, first, &sum))
		return DIM_UNBOUNDED;
	return sum;
}

/* Whether `after`, what an iteration made of a state `before`, asks for another bound of axis i, or for a first one.
 * What nothing limits, and may be as before, is taken to be so. */
static bool widen(struct looped *l, struct type_info *t, int i, const struct value *before,
		  dim after, int64_t stated)
{
	struct unit *u = l->env.im->u;
	int64_t first = dim_hi(u, t->shape.d[i]), hi = dim_hi(u, after), most = first;
	dim now = before->shape.d[i];

	if (after == now)
		return false;
	if (t->varies[i]) {
		int64_t trips = iterations_most(u, l->n);
		dim more = dim_diff(u, after, now);

		if (hi <= dim_hi(u, now) || t->most[i] == stated || t->tries[i]++ >= trips)
			return false;
		most = reads(u, more, now) ? DIM_UNBOUNDED : grown(first, trips, dim_hi(u, more));
		if (most == DIM_UNBOUNDED && l->tries < TRIES)
			most = hi;
	} else if ((hi == DIM_UNBOUNDED || first == DIM_UNBOUNDED) && stated == DIM_UNBOUNDED &&
		   may_be_equal(u, now, after)) {
		return false;
	}
	if (most > stated)
		most = stated;
	if (t->varies[i] && most == t->most[i])
		return false;
	t->varies[i] = true;
	t->most[i] = most;
	return true;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool widen_states(struct looped *l)
{
	struct unit *u = l->env.im->u;
	struct iterated p = iterated_parts(l->n);
	bool any = false;

	if (p.body->inputs.n < (size_t)(p.first_in + p.states) ||
	    p.body->outputs.n < (size_t)(p.first_out + p.states))
		return false;
	for (int k = 0; k < p.states; k++) {
		const struct value *before = value_of(u, p.body->inputs.p[p.first_in + k]),
				   *after = value_of(u, p.body->outputs.p[p.first_out + k]);
		const struct value *last = node_out(l->n, k);
		struct type_info *t = &l->seeds[p.first_in + k];
		int64_t stated = smaller(dim_stated(u, before->name),
					 dim_stated(u, last ? last->name : NULL));

		if (before->container != TENSOR || after->container != TENSOR ||
		    before->shape.rank != after->shape.rank || before->shape.rank != t->shape.rank)
			continue;
		for (int i = 0; i < before->shape.rank; i++)
			any |= widen(l, t, i, before, after->shape.d[i], stated);
	}
	return any;
}

bool import_states(struct looped *l)
{
	struct import *im = l->env.im;
	struct unit *u = im->u;

	for (;; l->tries++) {
		struct env e = l->env;
		size_t assumed = u->assumed.n;
		struct diag_held held;
		bool ok;

		diag_hold(u->diag, &held);
		ok = import_graph(&e, l->body, l->seeds, l->n_seeds);
		if (!ok || im->rounds >= ROUNDS_MAX || !widen_states(l)) {
			diag_release(u->diag, &held, true);
			return ok;
		}
		diag_release(u->diag, &held, false);
		im->rounds++;
		u->assumed.n = assumed;
		graph_clear(e.g);
	}
}
