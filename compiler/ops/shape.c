/* shape.c - the shape as data: Shape, Size. */
#include "family.h"

static const struct attr_row shape_rows[] = { A_INT(struct shape_attrs, start, 0),
					      A_INT(struct shape_attrs, end, INT64_MAX), A_END };

/* As a slice's bound: counted from the end when negative, then limited. */
static int limit(int64_t i, int rank)
{
	if (i < 0)
		i += rank;
	return i < 0 ? 0 : i > rank ? rank : (int)i;
}

static void shape_range(const struct node *n, int *from, int *to)
{
	const struct shape_attrs *a = n->attrs;
	int rank = node_in(n, 0)->shape.rank;

	*from = limit(a->start, rank);
	*to = limit(a->end, rank);
	if (*to < *from)
		*to = *from;
}

static bool infer_shape(struct unit *u, struct node *n)
{
	struct value *x = node_in(n, 0), *y = node_out(n, 0);
	int from, to;
	dim d[1];

	if (!infer_need_shape(u, n, x, "data"))
		return false;
	shape_range(n, &from, &to);
	d[0] = to - from;
	set_shape_of(y, 1, d);
	set_elems(u, y, x->shape.d + from, to - from);
	return true;
}

static bool define_shape(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *v = tir_index(b, 0);
	int from, to;

	shape_range(n, &from, &to);
	tir_stage_begin(b, 0, out, idx);
	for (int i = to - 1; i >= from; i--)
		v = tir_select(b, tir_eq(b, idx[0], tir_index(b, i - from)),
			       tir_dim(b, node_in(n, 0)->shape.d[i]), v);
	out->value = tir_cast(b, DT_I64, v);
	return true;
}

static bool infer_size(struct unit *u, struct node *n)
{
	struct value *x = node_in(n, 0), *y = node_out(n, 0);
	dim d;

	if (!infer_need_shape(u, n, x, "data"))
		return false;
	set_shape_of(y, 0, NULL);
	d = shape_count(u, &x->shape);
	set_elems(u, y, &d, 1);
	return true;
}

static bool define_size(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX];

	tir_stage_begin(b, 0, out, idx);
	out->value = tir_cast(b, DT_I64, tir_dim(b, shape_count(b->u, &node_in(n, 0)->shape)));
	return true;
}

const struct op ops_shape[] = { { .name = "Shape",
				  .since = 1,
				  .sig = "data:T -> shape:int64",
				  .types = "T=all",
				  .attrs = shape_rows,
				  .attrs_size = sizeof(struct shape_attrs),
				  .infer = infer_shape,
				  .define = define_shape,
				  .doc = "the sizes of axes start to end" },
				{ .name = "Size",
				  .since = 1,
				  .sig = "data:T -> size:int64",
				  .types = "T=all",
				  .infer = infer_size,
				  .define = define_size,
				  .doc = "the number of elements" },
				{ .name = NULL } };
