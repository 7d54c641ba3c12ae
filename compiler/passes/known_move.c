/* Reshape, Transpose, Reshape as exporters write blocks of channels and pixels:
 *
 *	[N, C b b, H, W] as [N, C, b, b, H, W], axes 0 1 4 2 5 3, as [N, C, H b, W b]
 *						=>  DepthToSpace(x, b, CRD)
 *	[N, b b C, H, W] as [N, b, b, C, H, W], axes 0 3 4 1 5 2
 *						=>  DepthToSpace(x, b, DCR)
 *	[N, C, H b, W b] as [N, C, H, b, W, b], axes 0 1 3 5 2 4, as [N, C b b, H, W]
 *						=>  SpaceToDepth(x, b, CRD)
 *				     the same, axes 0 3 5 1 2 4
 *						=>  SpaceToDepth(x, b, DCR) */
#include "rewrite.h"

static const struct form {
	const char *op;
	int mode; /* of the attribute: 0 DCR, 1 CRD */
	int64_t perm[6];
	int block[2]; /* the axes of size b among the six */
} forms[] = {
	{ "DepthToSpace", 1, { 0, 1, 4, 2, 5, 3 }, { 2, 3 } },
	{ "DepthToSpace", 0, { 0, 3, 4, 1, 5, 2 }, { 1, 2 } },
	{ "SpaceToDepth", 1, { 0, 1, 3, 5, 2, 4 }, { 3, 5 } },
	{ "SpaceToDepth", 0, { 0, 3, 5, 1, 2, 4 }, { 3, 5 } },
};

static bool has_perm(const struct node *n, const int64_t *perm)
{
	const struct ints *p = &((const struct perm_attrs *)n->attrs)->perm;

	if (p->n != 6)
		return false;
	for (int i = 0; i < 6; i++)
		if (p->p[i] != perm[i])
			return false;
	return true;
}

/* The four sizes that the six stand for, before the transposition or after it. */
static bool joins_to(struct unit *u, const struct shape *six, const struct form *f, bool after,
		     const struct shape *four)
{
	struct shape s = { .rank = 4, .d = { 1, 1, 1, 1 } };
	bool depth = (f->op[0] == 'D') !=
		     after; /* blocks stand with the channels, else each with its own pixel axis */

	for (int i = 0; i < 6; i++) {
		int axis = after ? (int)f->perm[i] : i, to;

		if (depth)
			to = i == 0 ? 0 : i < 4 ? 1 : i - 2;
		else
			to = i < 2 ? i : i < 4 ? 2 : 3;
		s.d[to] = dim_mul(u, s.d[to], six->d[axis]);
	}
	return shape_equal(&s, four);
}

static bool apply_blocks(struct unit *u, struct node *n)
{
	const struct node *t = sole_input_op(n, 0, "Transpose");
	const struct node *r = t ? sole_input_op(t, 0, "Reshape") : NULL;
	const struct shape *six, *x;

	if (!r || node_out(r, 0)->shape.rank != 6 || node_in(r, 0)->shape.rank != 4)
		return false;
	six = &node_out(r, 0)->shape;
	x = &node_in(r, 0)->shape;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		const struct form *f = &forms[i];
		const struct op *row = op_builtin(f->op);
		void *attrs = op_default_attrs(u->arena, row);

		if (!has_perm(t, f->perm) || six->d[f->block[0]] != six->d[f->block[1]] ||
		    !dim_is_const(six->d[f->block[0]]) || !joins_to(u, six, f, false, x) ||
		    !joins_to(u, six, f, true, &node_out(n, 0)->shape))
			continue;
		attr_set(attrs, row, "blocksize", (double)six->d[f->block[0]]);
		attr_set(attrs, row, "mode", f->mode);
		return replace_node(n, build1(n, f->op, attrs, r->in[0]));
	}
	return false;
}

const struct rewrite rewrites_known_move[] = {
	{ "blocks", "Reshape", "Reshape, Transpose, Reshape => DepthToSpace, SpaceToDepth",
	  apply_blocks },
	{ .name = NULL }
};
