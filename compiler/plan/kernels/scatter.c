/* ScatterElements, ScatterND and CumSum of any numeric type: one pass over the updates, where their
 * definitions ask for each element of the result which updates name it. */
#include "build.h"

/* Types that the kernels tell apart; others they only copy. */
static bool is_number(enum dtype t)
{
	return t == DT_F32 || t == DT_F64 || t == DT_F16 || t == DT_BF16 ||
	       (dtype_is_int(t) && dtype_bits(t) >= 8);
}

/* -- ScatterElements, ScatterND ---------------------------------------------------------- */

static const struct param_row scatter_rows[] = {
	PARAM(edgert_scatter, type),    PARAM(edgert_scatter, size),
	PARAM(edgert_scatter, count),   PARAM(edgert_scatter, reduction),
	PARAM(edgert_scatter, index64), PARAM(edgert_scatter, updates),
	PARAM(edgert_scatter, slice),   PARAM(edgert_scatter, rank),
	PARAM(edgert_scatter, axis),
};

bool accept_scatter(struct unit *u, const struct node *n, const struct target *t,
		    const char **reason)
{
	const struct scatter_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0), *updates = node_in(n, 2);

	(void)t;
	*reason = "one pass over the updates";
	if (x->type == DT_STRING || dtype_size(x->type) > sizeof(int64_t) ||
	    (a->reduction != SCATTER_NONE && !is_number(x->type))) {
		*reason = "of elements that no kernel combines";
		return false;
	}
	if (dim_hi(u, shape_count(u, &updates->shape)) <= 1) {
		*reason = "a single update is a choice";
		return false;
	}
	return true;
}

static void scatter_call(struct unit *u, const struct node *n, struct edgert_scatter *p, int rank,
			 struct call *c)
{
	const struct value *x = node_in(n, 0);
	dim stride[RANK_MAX];

	p->type = (edgert_int)x->type;
	p->size = (edgert_int)dtype_size(x->type);
	p->reduction = ((const struct scatter_attrs *)n->attrs)->reduction;
	p->index64 = node_in(n, 1)->type == DT_I64;
	p->count = shape_count(u, &x->shape);
	p->rank = rank;
	for (int i = 0; i < rank; i++)
		stride[i] = shape_count_range(u, &x->shape, i + 1, x->shape.rank);
	call_params(u, c, "edgert_scatter", scatter_rows, ARRAY_LEN(scatter_rows), p);
	call_sizes(u, c, "extent", x->shape.d, rank);
	call_sizes(u, c, "stride", stride, rank);
	for (int k = 0; k < 3; k++)
		call_value(u, c, node_in(n, k), false);
	call_value(u, c, node_out(n, 0), true);
	c->in_place = n->in[0] != n->in[1] && n->in[0] != n->in[2];
}

void build_scatter_elements(struct unit *u, const struct node *n, const struct target *t,
			    struct call *c)
{
	const struct shape *i = &node_in(n, 1)->shape;
	int64_t axis = ((const struct scatter_attrs *)n->attrs)->axis;
	struct edgert_scatter p = { .updates = shape_count(u, i),
				    .axis = axis < 0 ? axis + i->rank : axis };

	(void)t;
	scatter_call(u, n, &p, i->rank, c);
	call_sizes(u, c, "shape", i->d, i->rank);
}

void build_scatter_nd(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	const struct shape *x = &node_in(n, 0)->shape, *i = &node_in(n, 1)->shape;
	int tuple = (int)i->d[i->rank - 1];
	struct edgert_scatter p = { .updates = shape_count_range(u, i, 0, i->rank - 1),
				    .slice = shape_count_range(u, x, tuple, x->rank) };

	(void)t;
	scatter_call(u, n, &p, tuple, c);
}

/* -- CumSum ------------------------------------------------------------------------------ */

static const struct param_row cumsum_rows[] = {
	PARAM(edgert_cumsum, type),  PARAM(edgert_cumsum, outer),     PARAM(edgert_cumsum, n),
	PARAM(edgert_cumsum, inner), PARAM(edgert_cumsum, exclusive), PARAM(edgert_cumsum, reverse),
};

bool accept_cumsum(struct unit *u, const struct node *n, const struct target *t,
		   const char **reason)
{
	const dim *axis;
	int count;

	(void)t;
	*reason = "one sum that runs along the axis";
	if (input_dims(u, n, 1, &axis, &count) == 1 && dim_is_const(axis[0]))
		return true;
	*reason = "the axis is not known at compile time";
	return false;
}

void build_cumsum(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	const struct cumulate_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0);
	struct edgert_cumsum p = { .type = (edgert_int)x->type,
				   .exclusive = a->exclusive,
				   .reverse = a->reverse };
	const dim *at;
	int count, axis;

	(void)t;
	input_dims(u, n, 1, &at, &count);
	axis = (int)(at[0] < 0 ? at[0] + x->shape.rank : at[0]);
	p.outer = shape_count_range(u, &x->shape, 0, axis);
	p.n = x->shape.d[axis];
	p.inner = shape_count_range(u, &x->shape, axis + 1, x->shape.rank);
	call_params(u, c, "edgert_cumsum", cumsum_rows, ARRAY_LEN(cumsum_rows), &p);
	call_value(u, c, x, false);
	call_value(u, c, node_out(n, 0), true);
	c->in_place = true;
}
