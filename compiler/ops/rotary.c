/* rotary.c - RotaryEmbedding: pairs (x, y) of a head turn by an angle of their position: x cos - y
 * sin, x sin + y cos. A pair is neighbours, or elements half of those that turn apart. */
#include "family.h"

static const struct attr_row rotary_rows[] = {
	A_FLAG(struct rotary_attrs, interleaved, 0),
	A_RANGE(struct rotary_attrs, num_heads, 0, 0, INT32_MAX),
	A_RANGE(struct rotary_attrs, rotary_embedding_dim, 0, 0, INT32_MAX), A_END
};

/* A head's elements, and how many of them turn. */
static bool rotary_sizes(struct unit *u, const struct node *n, dim *head, int64_t *turning)
{
	const struct rotary_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, 0)->shape;

	*head = x->d[x->rank - 1];
	if (x->rank == 3 && a->num_heads < 1)
		return node_error(u, n, "num_heads is needed for X of rank 3");
	if (x->rank == 3)
		*head = dim_exact_div(u, *head, a->num_heads);
	if (*head < 1)
		return node_error(
			u, n, "the size of a head must be known at compile time, X has shape %s",
			shape_text(u, x));
	*turning = a->rotary_embedding_dim ? a->rotary_embedding_dim : *head;
	if (*turning % 2 == 0 && *turning <= *head)
		return true;
	return node_error(u, n, "rotary_embedding_dim %lld must be even and at most %s",
			  (long long)*turning, dim_text(u, *head));
}

static bool infer_rotary(struct unit *u, struct node *n)
{
	const struct value *x = node_in(n, 0), *ids = node_in(n, 3);
	int64_t turning;
	dim head;

	if (!infer_need_rank(u, n, x, "X", 3, 4) || !rotary_sizes(u, n, &head, &turning) ||
	    (ids && !infer_need_rank(u, n, ids, "position_ids", 2, 2)))
		return false;
	for (int k = 1; k < 3; k++) {
		const struct value *c = node_in(n, k);
		int rank = ids ? 2 : 3;

		if (!infer_need_rank(u, n, c, k == 1 ? "cos_cache" : "sin_cache", rank, rank))
			return false;
		if (!dim_assume_equal(u, c->shape.d[rank - 1], turning / 2, NULL))
			return node_error(u, n,
					  "%s has shape %s, its last axis must have %lld elements",
					  k == 1 ? "cos_cache" : "sin_cache",
					  shape_text(u, &c->shape), (long long)turning / 2);
	}
	return infer_like_input0(u, n);
}

static bool define_rotary(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct rotary_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x, *other, *i, *base, *pair, *at[3], *c, *s, *is_first,
		*turned, *half;
	int64_t turning;
	dim head;
	int rank;

	if (!rotary_sizes(b->u, n, &head, &turning))
		return false;
	tir_stage_begin(b, 0, out, idx);
	rank = out->rank;
	x = tir_load(b, 0, idx);
	i = rank == 3 ? tir_floormod(b, idx[2], tir_index(b, head)) : idx[3];
	base = tir_sub(b, idx[rank - 1], i);
	half = tir_index(b, turning / 2);
	if (a->interleaved) {
		pair = tir_floordiv(b, i, tir_index(b, 2));
		is_first = tir_eq(b, tir_floormod(b, i, tir_index(b, 2)), tir_index(b, 0));
		idx[rank - 1] =
			tir_select(b, is_first, tir_affine(b, i, 1, 1), tir_affine(b, i, 1, -1));
	} else {
		is_first = tir_lt(b, i, half);
		pair = tir_select(b, is_first, i, tir_sub(b, i, half));
		idx[rank - 1] = tir_select(b, is_first, tir_add(b, i, half), tir_sub(b, i, half));
	}
	idx[rank - 1] = tir_add(b, base, idx[rank - 1]);
	other = tir_load(b, 0, idx);
	at[0] = idx[0];
	at[1] = idx[rank == 3 ? 1 : 2];
	at[2] = pair;
	if (node_in(n, 3)) {
		at[1] = tir_data_index(b, tir_load(b, 3, at), node_in(n, 1)->shape.d[0]);
		c = tir_load(b, 1, at + 1);
		s = tir_load(b, 2, at + 1);
	} else {
		c = tir_load(b, 1, at);
		s = tir_load(b, 2, at);
	}
	s = tir_mul(b, s, other);
	c = tir_mul(b, c, x);
	turned = tir_select(b, is_first, tir_sub(b, c, s), tir_add(b, c, s));
	out->value = tir_select(b, tir_lt(b, i, tir_index(b, turning)), turned, x);
	return true;
}

const struct op ops_rotary[] = { { .name = "RotaryEmbedding",
				   .since = 23,
				   .sig = "X:T cos_cache:T sin_cache:T position_ids?:int64 -> Y:T",
				   .types = "T=float,float16,bfloat16",
				   .attrs = rotary_rows,
				   .attrs_size = sizeof(struct rotary_attrs),
				   .infer = infer_rotary,
				   .define = define_rotary,
				   .doc = "pairs of elements turned by their position's angle",
				   .limits = "the size of a head must be known at compile time" },
				 { .name = NULL } };
