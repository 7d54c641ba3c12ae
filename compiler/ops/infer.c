/* What the families' infer functions share: shapes to outputs, shape data from inputs, errors at
 * the node. */
#include "ops.h"

#include <assert.h>

bool node_error(struct unit *u, const struct node *n, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *text = arena_vprintf(u->arena, fmt, ap);
	va_end(ap);
	return diag_error(u->diag, &n->loc, "%s", text);
}

/* -- shapes -------------------------------------------------------------------------------- */

void set_shape(struct value *v, const struct shape *s)
{
	if (v)
		v->shape = *s;
}

void set_shape_of(struct value *v, int rank, const dim *d)
{
	assert(rank >= 0 && rank <= RANK_MAX);
	if (!v)
		return;
	v->shape.rank = rank;
	for (int i = 0; i < rank; i++)
		v->shape.d[i] = d[i];
}

bool infer_need_shape(struct unit *u, const struct node *n, const struct value *v,
		      const char *input)
{
	if (v->shape.rank >= 0)
		return true;
	return node_error(u, n, "the shape of %s is not known", input);
}

bool infer_need_rank(struct unit *u, const struct node *n, const struct value *v, const char *input,
		     int lo, int hi)
{
	if (!infer_need_shape(u, n, v, input))
		return false;
	if (v->shape.rank >= lo && v->shape.rank <= hi)
		return true;
	const char *shape = shape_text(u, &v->shape);
	if (lo == hi)
		return node_error(u, n, "%s has rank %d (%s), must be %d", input, v->shape.rank,
				  shape, lo);
	if (hi >= RANK_MAX)
		return node_error(u, n, "%s has rank %d (%s), must be at least %d", input,
				  v->shape.rank, shape, lo);
	return node_error(u, n, "%s has rank %d (%s), must be %d to %d", input, v->shape.rank,
			  shape, lo, hi);
}

/* "A", or "inputs 2" in a variadic list. */
static const char *input_name(struct unit *u, const struct node *n, int k)
{
	struct sig s;
	op_sig(n->op, &s);
	int last = s.n_in - 1;
	if (k >= last && s.in[last].mark && s.in[last].mark != '?')
		return arena_printf(u->arena, "%.*s %d", (int)s.in[last].name_len, s.in[last].name,
				    k - last);
	return arena_strndup(u->arena, s.in[k].name, s.in[k].name_len);
}

bool infer_like_input0(struct unit *u, struct node *n)
{
	const struct value *x = node_in(n, 0);
	if (!infer_need_shape(u, n, x, input_name(u, n, 0)))
		return false;
	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k))
			set_shape(node_out(n, k), &x->shape);
	return true;
}

bool infer_broadcast(struct unit *u, struct node *n)
{
	struct shape s = { .rank = 0 };
	for (int k = 0; k < n->n_in; k++) {
		const struct value *x = node_in(n, k);
		if (!x)
			continue;
		if (x->shape.rank < 0)
			return infer_need_shape(u, n, x, input_name(u, n, k));
		if (!shape_broadcast(u, &n->loc, &s, &x->shape, &s))
			return false;
	}
	set_shape(node_out(n, 0), &s);
	return true;
}

/* -- integers known at compile time -------------------------------------------------------- */

/* Elements of v when its shape is a number; -1: not. */
static int64_t element_count(const struct value *v)
{
	return shape_is_const(&v->shape) ? shape_elements(&v->shape) : -1;
}

int input_ints(struct unit *u, const struct node *n, int k, const int64_t **out, int *count)
{
	const struct value *v = node_in(n, k);
	*out = NULL;
	*count = 0;
	if (!v)
		return 0;
	int64_t m = element_count(v);
	if (m < 0 || m > INT32_MAX || (!v->constant && !v->elems) || v->type == DT_STRING)
		return -1;
	int64_t *p = arena_array(u->arena, int64_t, (size_t)m);
	for (int64_t i = 0; i < m; i++) {
		if (v->constant)
			p[i] = constant_i64(v->constant, i);
		else if (!dim_is_number(u, v->elems[i], &p[i]))
			return -1;
	}
	*out = p;
	*count = (int)m;
	return 1;
}

/* Shape data is short; a long constant is a weight and is not copied. */
#define ELEMS_MAX 4096

/* INT64_MIN, and what int64 does not have. */
static bool has_no_dim(const struct constant *c, int64_t i)
{
	int64_t e = constant_i64(c, i);

	return e == INT64_MIN || (c->type == DT_U64 && e < 0);
}

int input_dims(struct unit *u, const struct node *n, int k, const dim **out, int *count)
{
	const struct value *v = node_in(n, k);
	*out = NULL;
	*count = 0;
	if (!v)
		return 0;
	int64_t m = element_count(v);
	if (m < 0 || m > ELEMS_MAX || (!v->constant && !v->elems) ||
	    !(dtype_is_int(v->type) || v->type == DT_BOOL))
		return -1;
	if (v->constant) {
		dim *p = arena_array(u->arena, dim, (size_t)m);
		for (int64_t i = 0; i < m; i++) {
			if (has_no_dim(v->constant, i))
				return -1;
			p[i] = dim_number(u, constant_i64(v->constant, i));
		}
		*out = p;
	} else {
		*out = v->elems;
	}
	*count = (int)m;
	return 1;
}

/* The first of c's m elements that has no dim. */
static const char *dimless(struct unit *u, const struct constant *c, int64_t m)
{
	int64_t i = 0;

	while (i < m - 1 && !has_no_dim(c, i))
		i++;
	return arena_printf(u->arena, c->type == DT_U64 ? "%llu" : "%lld",
			    (unsigned long long)constant_i64(c, i));
}

bool input_elements(struct unit *u, const struct node *n, int k, const char *name, int64_t lo,
		    int64_t hi, const dim **out, int *count)
{
	struct value *v = node_in(n, k);
	int64_t m;
	dim *d;

	if (input_dims(u, n, k, out, count) >= 0) {
		for (int i = 0; i < *count; i++) {
			const dim e = (*out)[i];

			if (dim_is_number(u, e, NULL) || dim_expr(u, e)->kind != DIM_ELEMENT)
				continue;
			dim_at_least(u, e, lo);
			dim_limit(u, e, hi);
		}
		return true;
	}
	m = element_count(v);
	if (m >= 0 && m <= ELEMS_MAX && v->constant && dtype_is_int(v->type))
		return node_error(u, n, "%s has %s, must be at least %lld and at most %lld", name,
				  dimless(u, v->constant, m), (long long)lo, (long long)hi);
	if (m < 0 || m > ELEMS_MAX || dtype_compute(v->type) != v->type || v->type == DT_STRING)
		return node_error(
			u, n, "%s must be known at compile time, or be a known number of elements",
			name);
	d = arena_array(u->arena, dim, (size_t)m);
	for (int64_t i = 0; i < m; i++)
		d[i] = dim_element(u, v->id, i, lo, hi);
	if (dtype_is_int(v->type))
		set_elems(u, v, d, (int)m);
	*out = d;
	*count = (int)m;
	return true;
}

bool need_ints(struct unit *u, const struct node *n, int k, const char *name, const int64_t **out,
	       int *count, bool *present)
{
	int known = input_ints(u, n, k, out, count);
	*present = known != 0;
	if (known >= 0)
		return true;
	return node_error(u, n, "%s must be constant", name);
}

bool need_scalar(struct unit *u, const struct node *n, int k, const char *name, double def,
		 double *out)
{
	const struct value *v = node_in(n, k);
	*out = def;
	if (!v)
		return true;
	int64_t m = element_count(v);
	if (m != 1 && v->shape.rank >= 0)
		return node_error(u, n, "%s has shape %s, must be a scalar", name,
				  shape_text(u, &v->shape));
	int64_t number;
	if (v->constant && v->type != DT_STRING)
		*out = constant_f64(v->constant, 0);
	else if (v->elems && dim_is_number(u, v->elems[0], &number))
		*out = (double)number;
	else
		return node_error(u, n, "%s must be constant", name);
	return true;
}

void set_elems(struct unit *u, struct value *v, const dim *elems, int count)
{
	assert(element_count(v) == count);
	if (count > ELEMS_MAX)
		return;
	bool numbers = true;
	for (int i = 0; i < count; i++) {
		if (elems[i] ==
		    DIM_OVERFLOW) /* what overflowed wraps at run time: not known here */
			return;
		numbers = numbers && dim_is_number(u, elems[i], NULL);
	}
	v->elems = arena_copy(u->arena, elems, (size_t)count * sizeof *elems);
	if (!numbers)
		return;
	void *data;
	v->constant = constant_new(u->arena, v->type, &v->shape, &data);
	for (int i = 0; i < count; i++) {
		int64_t e = 0;
		dim_is_number(u, elems[i], &e);
		constant_put_i64(data, v->type, i, e);
	}
}

bool dim_is_found(const struct unit *u, dim d, const struct value *v)
{
	const struct dim_expr *x = d < 0 ? dim_expr(u, d) : NULL;

	return x && x->kind == DIM_SIZE && x->a == 0 && x->value == v->id;
}
