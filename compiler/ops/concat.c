/* concat.c - parts put together: Concat. */
#include "family.h"

static const struct attr_row concat_rows[] = {
	{ ATTR(struct axis_attrs, axis), .kind = ATTR_INT, .required = true }, A_END
};
static const struct attr_row concat1_rows[] = { A_INT(struct axis_attrs, axis, 1), A_END };

static bool upgrade_concat1(struct unit *u, struct node *n)
{
	struct axis_attrs a = *(const struct axis_attrs *)n->attrs;

	upgrade_to_newest(u, n, &a);
	return true;
}

static bool infer_concat(struct unit *u, struct node *n)
{
	struct shape s = node_in(n, 0)->shape;
	int axis;

	if (!infer_need_rank(u, n, node_in(n, 0), "inputs 0", 1, RANK_MAX) ||
	    !axis_resolve(u, &n->loc, ((const struct axis_attrs *)n->attrs)->axis, s.rank, &axis))
		return false;
	for (int k = 1; k < n->n_in; k++) {
		const struct shape *x = &node_in(n, k)->shape;

		if (!infer_need_rank(u, n, node_in(n, k), arena_printf(u->arena, "inputs %d", k),
				     s.rank, s.rank))
			return false;
		for (int i = 0; i < s.rank; i++) {
			if (i == axis)
				s.d[i] = dim_add(u, s.d[i], x->d[i]);
			else if (!dim_assume_equal(u, s.d[i], x->d[i], &s.d[i]))
				return node_error(
					u, n,
					"inputs %d is %s, which differs from inputs 0, %s, on axis %d",
					k, shape_text(u, x), shape_text(u, &node_in(n, 0)->shape),
					i);
		}
	}
	set_shape(node_out(n, 0), &s);
	infer_moved_content(u, n, ~0u, 0);
	return true;
}

/* The input that holds position i along the axis, by halving: input k holds [at[k], at[k+1]). */
static const struct tir *choose(struct tir_builder *b, const dim *at, int from, int to, int axis,
				int rank, const struct tir *const *idx)
{
	const struct tir *x_idx[RANK_MAX];
	int mid = from + (to - from) / 2;

	if (to - from > 1)
		return tir_select(b, tir_lt(b, idx[axis], tir_dim(b, at[mid])),
				  choose(b, at, from, mid, axis, rank, idx),
				  choose(b, at, mid, to, axis, rank, idx));
	for (int i = 0; i < rank; i++)
		x_idx[i] = i == axis ? tir_sub(b, idx[i], tir_dim(b, at[from])) : idx[i];
	return tir_load(b, from, x_idx);
}

static bool define_concat(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	dim *at = arena_array(b->u->arena, dim, (size_t)n->n_in + 1);
	const struct tir *idx[RANK_MAX];
	int axis;

	if (!axis_resolve(b->u, &n->loc, ((const struct axis_attrs *)n->attrs)->axis,
			  node_in(n, 0)->shape.rank, &axis))
		return false;
	for (int k = 0; k < n->n_in; k++)
		at[k + 1] = dim_add(b->u, at[k], node_in(n, k)->shape.d[axis]);
	tir_stage_begin(b, 0, out, idx);
	out->value = choose(b, at, 0, n->n_in, axis, out->rank, idx);
	return true;
}

const struct op ops_concat[] = { { .name = "Concat",
				   .since = 4,
				   .sig = "inputs+:T -> concat_result:T",
				   .types = "T=" T_MOVE,
				   .attrs = concat_rows,
				   .attrs_size = sizeof(struct axis_attrs),
				   .infer = infer_concat,
				   .define = define_concat,
				   .doc = "the inputs one after the other along the axis" },
				 { .name = "Concat",
				   .since = 1,
				   .until = 3,
				   .sig = "inputs+:T -> concat_result:T",
				   .types = "T=" T_MOVE,
				   .attrs = concat1_rows,
				   .attrs_size = sizeof(struct axis_attrs),
				   .upgrade = upgrade_concat1 },
				 { .name = NULL } };
