/* define.c - definitions of one expression, shared by the operator tables. */
#include "family.h"

enum dtype stage_compute(const struct tir_builder *b, int slot)
{
	return dtype_compute(node_in(b->node, slot)->type);
}

const struct tir *stage_input0(struct tir_builder *b, struct tir_stage *out, const struct tir **idx)
{
	tir_stage_begin(b, 0, out, idx);
	return tir_load(b, 0, idx);
}

bool define_unary(struct tir_builder *b, struct tir_stage *out, enum tir_kind k)
{
	const struct tir *idx[RANK_MAX];

	out->value = tir_unary(b, k, stage_input0(b, out, idx));
	return true;
}

bool define_binary(struct tir_builder *b, struct tir_stage *out, enum tir_kind k)
{
	const struct tir *idx[RANK_MAX];

	tir_stage_begin(b, 0, out, idx);
	out->value = tir_binary(b, k, tir_load_broadcast(b, 0, idx, out->rank),
				tir_load_broadcast(b, 1, idx, out->rank));
	return true;
}

const struct tir *load_single(struct tir_builder *b, int slot)
{
	const struct tir *idx[RANK_MAX];

	for (int i = 0; i < RANK_MAX; i++)
		idx[i] = tir_index(b, 0);
	return tir_load(b, slot, idx);
}

const struct tir *tir_gt(struct tir_builder *b, const struct tir *x, const struct tir *y)
{
	return tir_lt(b, y, x);
}

const struct tir *tir_clamp(struct tir_builder *b, const struct tir *x, const struct tir *lo,
			    const struct tir *hi)
{
	return tir_min(b, tir_max(b, x, lo), hi);
}

const struct tir *tir_hard_sigmoid(struct tir_builder *b, const struct tir *x, double alpha,
				   double beta)
{
	enum dtype t = x->type;
	const struct tir *line =
		tir_add(b, tir_mul(b, x, tir_number(b, t, alpha)), tir_number(b, t, beta));

	return tir_clamp(b, line, tir_number(b, t, 0), tir_number(b, t, 1));
}

void shape_around(const struct shape *s, int axis, int64_t *outer, int64_t *inner)
{
	*outer = *inner = 1;
	for (int i = 0; i < axis; i++)
		*outer *= s->d[i];
	for (int i = axis + 1; i < s->rank; i++)
		*inner *= s->d[i];
}
