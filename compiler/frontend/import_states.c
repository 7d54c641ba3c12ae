/* Loop and Scan whose states change their sizes.
 *
 * The body is imported for the sizes of the initial values. When an iteration leaves others, it is imported again
 * with sizes that only the run tells, of which a bound is wanted: at first the initial value's own. That holds when
 * the body passes on no more than it gets; when it adds at most g, the bound is the initial size and g for each
 * iteration; else what an iteration makes is the next bound to be tried, as long as there are iterations. What no
 * bound was found for, options must give one; but a sequence has a capacity then.
 *
 * A state that is a sequence or an optional is stacked (ops/sequence.h), in a form that has room for the tensors of
 * all iterations: it is found in the same way. */
#include "import.h"

#include "../ops/sequence.h"

enum {
	TRIES = 16,       /* of one body */
	CAPACITY = 32,    /* of a sequence that nothing else limits */
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
		  dim after, int64_t stated, bool of_sequence)
{
	struct unit *u = l->env->im->u;
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
		if (most == DIM_UNBOUNDED && of_sequence && i == 0 && first <= CAPACITY)
			most = CAPACITY;
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

static bool widen_tensor(struct looped *l, struct type_info *t, size_t in, size_t out,
			 const char *result, bool of_sequence)
{
	struct unit *u = l->env->im->u;
	const struct graph *g = l->env->g;
	const struct value *before = value_of(u, g->inputs.p[in]),
			   *after = value_of(u, g->outputs.p[out]);
	int64_t stated = smaller(dim_stated(u, before->name), dim_stated(u, result));
	bool any = false;

	if (before->container != TENSOR || after->container != TENSOR ||
	    before->shape.rank != after->shape.rank || before->shape.rank != t->shape.rank)
		return false;
	for (int i = 0; i < before->shape.rank; i++)
		any |= widen(l, t, i, before, after->shape.d[i], stated, of_sequence);
	return any;
}

static bool widen_states(struct looped *l)
{
	const struct graph *g = l->env->g;
	size_t in = (size_t)l->parts.first_in, out = (size_t)l->parts.first_out;
	bool any = false;

	for (int k = 0; k < l->parts.states; k++) {
		struct type_info *t = &l->seeds[l->parts.first_in + k];
		const struct value *y = node_out(l->n, k);

		for (int i = 0; i < (t->n_parts ? t->n_parts : 1); i++) {
			if (t->n_parts && !t->parts[i].known)
				continue;
			if (in < g->inputs.n && out < g->outputs.n)
				any |= widen_tensor(l, t->n_parts ? &t->parts[i] : t, in, out,
						    y ? y->name : NULL, t->n_parts > 0);
			in++;
			out++;
		}
	}
	return any;
}

/* -- sequences and optionals ------------------------------------------------------- */

static bool begin_forms(struct looped *l)
{
	struct unit *u = l->env->im->u;
	bool ok = true;

	l->forms = arena_array(u->arena, struct stack_form, (size_t)l->parts.states + 1);
	for (int k = 0; ok && k < l->parts.states; k++) {
		uint32_t x = l->in[l->parts.first_in + k];

		l->forms[k] = stack_form_none();
		if (!x || value_of(u, x)->container == TENSOR)
			continue;
		l->stacked = true;
		ok = stack_form_add(u, l->n, &l->forms[k], value_of(u, x));
	}
	return ok;
}

/* State k in its form, from the node's input `at` on; the seeds for that. */
static bool stack_state(struct looped *l, int k, int *at)
{
	struct unit *u = l->env->im->u;
	struct type_info *t = &l->seeds[l->parts.first_in + k];
	struct type_info *parts = arena_array(u->arena, struct type_info, STACKED_PARTS);
	uint32_t part[STACKED_PARTS];
	struct stacked s;

	if (!stack_as(u, l->n, value_of(u, l->in[l->parts.first_in + k]), &l->forms[k], &s))
		return false;
	stacked_parts(&s, part);
	for (int i = 0; i < STACKED_PARTS; i++) {
		const struct value *v = value_of(u, part[i]);

		if (!v)
			continue;
		if (i < t->n_parts) /* what varies, and how much */
			parts[i] = t->parts[i];
		parts[i].known = true;
		parts[i].container = TENSOR;
		parts[i].type = v->type;
		parts[i].shape = v->shape;
		node_set_input(l->n, (*at)++, v->id);
	}
	t->type = l->forms[k].type;
	t->parts = parts;
	t->n_parts = STACKED_PARTS;
	t->mixed = s.mixed;
	return true;
}

static bool stack_states(struct looped *l)
{
	struct unit *u = l->env->im->u;
	int at = l->parts.first_in;

	for (int k = 0; k < l->n_in - l->parts.first_in; k++) {
		uint32_t x = l->in[l->parts.first_in + k];

		if (k >= l->parts.states || !x || value_of(u, x)->container == TENSOR)
			node_set_input(l->n, at++, x);
		else if (!stack_state(l, k, &at))
			return false;
	}
	node_trim_inputs(l->n, at);
	return true;
}

/* Forms with room for what an iteration passes on; that in these forms, when they had it. *any: they had not. */
static bool widen_forms(struct looped *l, bool *any)
{
	struct unit *u = l->env->im->u;
	size_t n = l->env->bundles.n, first = (size_t)l->parts.first_out;
	const struct stack_form **forms = arena_array(u->arena, const struct stack_form *, n + 1);
	bool *sequence = arena_array(u->arena, bool, n + 1);

	for (size_t k = 0; k < (size_t)l->parts.states && k + first < n; k++) {
		struct stack_form f = l->forms[k];
		uint32_t x = l->in[(size_t)l->parts.first_in + k];

		if (!x || value_of(u, x)->container == TENSOR)
			continue;
		if (!stack_form_add(u, l->n, &f, value_of(u, l->env->bundles.p[k + first].value)))
			return false;
		*any |= !stack_form_equal(&f, &l->forms[k]);
		l->forms[k] = f;
		forms[k + first] = &l->forms[k];
	}
	for (size_t k = 0; k < n; k++)
		sequence[k] = l->env->bundles.p[k].container == SEQUENCE;
	if (*any)
		return true;
	if (!stack_bundles(l->env, forms, &l->n->loc))
		return false;
	for (size_t k = 0; k < n; k++)
		l->env->bundles.p[k].is_sequence = sequence[k] && l->env->bundles.p[k].stacked;
	return true;
}

/* -- the whole --------------------------------------------------------------------- */

static bool import_once(struct looped *l, bool *again)
{
	*again = false;
	if ((l->stacked && !stack_states(l)) ||
	    !import_graph(l->env, l->body, l->seeds, l->n_seeds))
		return false;
	if (l->stacked && !widen_forms(l, again))
		return false;
	*again = (*again || widen_states(l)) && l->env->im->rounds++ < ROUNDS_MAX;
	return true;
}

bool import_states(struct looped *l)
{
	const struct env start = *l->env;
	struct unit *u = start.im->u;

	l->parts = iterated_parts(l->n);
	l->n_in = l->n->n_in;
	l->in = arena_copy(u->arena, l->n->in, (size_t)l->n_in * sizeof *l->in);
	if (!begin_forms(l))
		return false;
	for (;; l->tries++) {
		size_t assumed = u->assumed.n;
		struct diag_held held;
		bool ok, again;

		diag_hold(u->diag, &held);
		ok = import_once(l, &again);
		diag_release(u->diag, &held, !ok || !again);
		if (!ok || !again)
			return ok;
		u->assumed.n = assumed;
		graph_clear(start.g);
		*l->env = start;
	}
}
