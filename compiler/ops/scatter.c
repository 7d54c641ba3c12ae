/* scatter.c - a copy of data in which places named by indices are replaced or combined:
 * ScatterElements, ScatterND, Scatter. Seen from an output element: it folds over the updates,
 * those that name its place count. ONNX leaves open which of several updates of one place stays;
 * here it is the last. */
#include <math.h>

#include "family.h"

/* in the order of enum scatter_reduction */
static const char *const reduction_names[] = { "none", "add", "mul", "max", "min", NULL };

static const struct attr_row scatter_rows[] = {
	A_INT(struct scatter_attrs, axis, 0),
	A_ENUM(struct scatter_attrs, reduction, reduction_names, SCATTER_NONE), A_END
};
static const struct attr_row scatternd_rows[] = {
	A_ENUM(struct scatter_attrs, reduction, reduction_names, SCATTER_NONE), A_END
};
static const struct attr_row scatter9_rows[] = { A_INT(struct axis_attrs, axis, 0), A_END };

/* The neutral element of a reduction in type t. */
static const struct tir *neutral_of(struct tir_builder *b, enum dtype t, int reduction)
{
	bool least = reduction == SCATTER_MAX;
	int64_t greatest;

	if (reduction == SCATTER_ADD || reduction == SCATTER_MUL)
		return tir_number(b, t, reduction == SCATTER_MUL);
	if (dtype_is_float(t))
		return tir_float(b, t, least ? -(double)INFINITY : (double)INFINITY);
	if (!dtype_is_signed_int(t))
		return least ? tir_int(b, t, 0) : tir_not(b, tir_int(b, t, 0));
	greatest = (int64_t)((UINT64_C(1) << (dtype_size(t) * 8 - 1)) - 1);
	return tir_int(b, t, least ? -greatest - 1 : greatest);
}

/* Update number k of those that may go to the output element idx[]: whether it does, and its value.
 */
struct update {
	const struct tir *match, *value;
};
typedef struct update (*update_of)(struct tir_builder *b, const struct node *n,
				   const struct tir *const *idx, const struct tir *k);

static bool define_updates(struct tir_builder *b, const struct node *n, struct tir_stage *out,
			   dim count, update_of at)
{
	static const enum tir_reduce kinds[] = { REDUCE_SUM, REDUCE_SUM, REDUCE_PROD, REDUCE_MAX,
						 REDUCE_MIN };
	static const enum tir_kind joins[] = { TIR_ADD, TIR_ADD, TIR_MUL, TIR_MAX, TIR_MIN };
	int reduction = ((const struct scatter_attrs *)n->attrs)->reduction;
	const struct tir *idx[RANK_MAX], *data = stage_input0(b, out, idx),
					 *k = tir_var(b, count, "k"), *x;
	struct update update = at(b, n, idx, k);

	if (reduction == SCATTER_NONE) {
		const struct tir *any = tir_reduce(b, REDUCE_OR, 1, &k, update.match);

		x = tir_select(b, update.match, tir_int(b, DT_I32, 1), tir_int(b, DT_I32, 0));
		x = tir_reduce(b, REDUCE_ARGMAX_LAST, 1, &k, x);
		out->value = tir_select(b, any, at(b, n, idx, x).value, data);
		return true;
	}
	x = tir_select(b, update.match, update.value, neutral_of(b, data->type, reduction));
	x = tir_reduce(b, kinds[reduction], 1, &k, x);
	out->value = tir_binary(b, joins[reduction], data, x);
	return true;
}

/* Whether index i, which may be negative, names position x of an axis of size d. */
static const struct tir *names(struct tir_builder *b, const struct tir *i, const struct tir *x,
			       dim d)
{
	const struct tir *size = tir_cast(b, DT_I64, tir_dim(b, d));

	i = tir_cast(b, DT_I64, i);
	i = tir_select(b, tir_lt(b, i, tir_int(b, DT_I64, 0)), tir_add(b, i, size), i);
	return tir_eq(b, i, tir_cast(b, DT_I64, x));
}

static bool reducible(struct unit *u, const struct node *n)
{
	const struct scatter_attrs *a = n->attrs;
	enum dtype t = node_in(n, 0)->type;

	if (a->reduction == SCATTER_NONE || (t != DT_BOOL && t != DT_STRING))
		return true;
	return node_error(u, n, "reduction %s is not defined for %s", reduction_names[a->reduction],
			  dtype_name(t));
}

/* -- ScatterElements ----------------------------------------------------------------------- */

static bool infer_scatter_elements(struct unit *u, struct node *n)
{
	const struct scatter_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, 0)->shape, *i = &node_in(n, 1)->shape,
			   *v = &node_in(n, 2)->shape;
	int axis;

	if (!infer_need_rank(u, n, node_in(n, 0), "data", 1, RANK_MAX) ||
	    !infer_need_rank(u, n, node_in(n, 1), "indices", x->rank, x->rank) ||
	    !infer_need_rank(u, n, node_in(n, 2), "updates", x->rank, x->rank) ||
	    !axis_resolve(u, &n->loc, a->axis, x->rank, &axis) || !reducible(u, n))
		return false;
	for (int k = 0; k < x->rank; k++) {
		if (!dim_assume_equal(u, i->d[k], v->d[k], NULL))
			return node_error(u, n, "indices is %s, updates is %s", shape_text(u, i),
					  shape_text(u, v));
		if (k != axis && dim_lo(u, i->d[k]) > dim_hi(u, x->d[k]))
			return node_error(u, n, "axis %d of indices has size %s, of data %s", k,
					  dim_text(u, i->d[k]), dim_text(u, x->d[k]));
	}
	return infer_like_input0(u, n);
}

static struct update element_update(struct tir_builder *b, const struct node *n,
				    const struct tir *const *idx, const struct tir *k)
{
	const struct scatter_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, 0)->shape, *i = &node_in(n, 1)->shape;
	const struct tir *u_idx[RANK_MAX], *inside = tir_bool(b, true), *match;
	int axis = (int)(a->axis < 0 ? a->axis + x->rank : a->axis);

	for (int j = 0; j < x->rank; j++) {
		u_idx[j] = j == axis ? k : idx[j];
		if (j != axis)
			inside = tir_and(b, inside, tir_lt(b, idx[j], tir_dim(b, i->d[j])));
	}
	match = names(b, tir_load(b, 1, u_idx), idx[axis], x->d[axis]);
	return (struct update){ tir_select(b, inside, match, tir_bool(b, false)),
				tir_load(b, 2, u_idx) };
}

static bool define_scatter_elements(struct tir_builder *b, const struct node *n,
				    struct tir_stage *out)
{
	const struct scatter_attrs *a = n->attrs;
	const struct shape *i = &node_in(n, 1)->shape;

	return define_updates(b, n, out, i->d[a->axis < 0 ? a->axis + i->rank : a->axis],
			      element_update);
}

static bool upgrade_scatter(struct unit *u, struct node *n)
{
	struct scatter_attrs a = { .axis = ((const struct axis_attrs *)n->attrs)->axis };
	uint32_t in[3] = { VALUE_NONE, VALUE_NONE, VALUE_NONE };

	(void)u;
	for (int k = 0; k < 3 && k < n->n_in; k++)
		in[k] = n->in[k];
	upgrade_become(n, "ScatterElements", &a, 3, in);
	return true;
}

/* -- ScatterND ----------------------------------------------------------------------------- */

static bool infer_scatternd(struct unit *u, struct node *n)
{
	const struct shape *x = &node_in(n, 0)->shape, *i = &node_in(n, 1)->shape,
			   *v = &node_in(n, 2)->shape;
	int q, m;

	if (!infer_need_rank(u, n, node_in(n, 0), "data", 1, RANK_MAX) ||
	    !infer_need_rank(u, n, node_in(n, 1), "indices", 1, RANK_MAX) ||
	    !infer_need_shape(u, n, node_in(n, 2), "updates") || !reducible(u, n))
		return false;
	q = i->rank - 1;
	if (!dim_is_const(i->d[q]) || i->d[q] < 1 || i->d[q] > x->rank)
		return node_error(u, n, "the last axis of indices has size %s, must be 1 to %d",
				  dim_text(u, i->d[q]), x->rank);
	m = (int)i->d[q];
	if (!infer_need_rank(u, n, node_in(n, 2), "updates", q + x->rank - m, q + x->rank - m))
		return false;
	for (int k = 0; k < v->rank; k++)
		if (!dim_assume_equal(u, v->d[k], k < q ? i->d[k] : x->d[k - q + m], NULL))
			return node_error(u, n, "updates %s does not match indices %s and data %s",
					  shape_text(u, v), shape_text(u, i), shape_text(u, x));
	return infer_like_input0(u, n);
}

/* k numbers the index tuples. */
static struct update tuple_update(struct tir_builder *b, const struct node *n,
				  const struct tir *const *idx, const struct tir *k)
{
	const struct shape *x = &node_in(n, 0)->shape, *i = &node_in(n, 1)->shape;
	struct shape line = { .rank = 1 }, tuples = *i;
	const struct tir *i_idx[RANK_MAX], *u_idx[RANK_MAX], *match = tir_bool(b, true);
	int q = tuples.rank = i->rank - 1, m = (int)i->d[q];

	line.d[0] = shape_count(b->u, &tuples);
	view_index(b, &line, &k, &tuples, i_idx);
	for (int j = 0; j < m; j++) {
		i_idx[q] = tir_index(b, j);
		match = tir_and(b, match, names(b, tir_load(b, 1, i_idx), idx[j], x->d[j]));
	}
	for (int j = 0; j < q; j++)
		u_idx[j] = i_idx[j];
	for (int j = m; j < x->rank; j++)
		u_idx[q + j - m] = idx[j];
	return (struct update){ match, tir_load(b, 2, u_idx) };
}

static bool define_scatternd(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct shape *i = &node_in(n, 1)->shape;

	return define_updates(b, n, out, shape_count_range(b->u, i, 0, i->rank - 1), tuple_update);
}

#define SCATTER(NAME, SINCE, TIND, ATTRS, INFER, DEFINE, DOC)                                      \
	{                                                                                          \
		.name = NAME, .since = SINCE, .sig = "data:T indices:Tind updates:T -> output:T",  \
		.types = "T=num,small,bool,string Tind=" TIND, .attrs = ATTRS,                     \
		.attrs_size = sizeof(struct scatter_attrs), .infer = INFER, .define = DEFINE,      \
		.doc = DOC                                                                         \
	}

const struct op ops_scatter[] = {
	SCATTER("ScatterElements", 11, "int32,int64", scatter_rows, infer_scatter_elements,
		define_scatter_elements,
		"data with elements replaced or combined, each placed along the axis by an index"),
	SCATTER("ScatterND", 11, "int64", scatternd_rows, infer_scatternd, define_scatternd,
		"data with slices replaced or combined, each placed by a tuple of indices"),
	{ .name = "Scatter",
	  .since = 9,
	  .sig = "data:T indices:Tind updates:T -> output:T",
	  .types = "T=num,small,bool,string Tind=int32,int64",
	  .attrs = scatter9_rows,
	  .attrs_size = sizeof(struct axis_attrs),
	  .upgrade = upgrade_scatter,
	  .doc = "the older name of ScatterElements" },
	{ .name = NULL }
};
