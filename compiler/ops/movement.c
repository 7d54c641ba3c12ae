/* movement.c - elements in another order or repeated: Transpose, Expand, Tile, DepthToSpace,
 * SpaceToDepth, ReverseSequence; and a triangle of them: Trilu. */
#include "family.h"

/* -- Transpose ----------------------------------------------------------------------------- */

static const struct attr_row perm_rows[] = { A_INTS(struct perm_attrs, perm), A_END };

/* Output axis i is input axis perm[i]. */
static bool permutation(struct unit *u, const struct node *n, int *perm)
{
	const struct perm_attrs *a = n->attrs;
	int rank = node_in(n, 0)->shape.rank;
	bool seen[RANK_MAX] = { false };

	if (a->perm.p && a->perm.n != rank)
		return node_error(u, n, "perm has %d elements, data has %d axes", a->perm.n, rank);
	for (int i = 0; i < rank; i++) {
		perm[i] = rank - 1 - i;
		if (a->perm.p && !axis_resolve(u, &n->loc, a->perm.p[i], rank, &perm[i]))
			return false;
		if (seen[perm[i]])
			return node_error(u, n, "perm has %d twice", perm[i]);
		seen[perm[i]] = true;
	}
	return true;
}

static bool infer_transpose(struct unit *u, struct node *n)
{
	const struct shape *x = &node_in(n, 0)->shape;
	struct shape s = { .rank = x->rank };
	int perm[RANK_MAX];

	if (!infer_need_shape(u, n, node_in(n, 0), "data") || !permutation(u, n, perm))
		return false;
	for (int i = 0; i < s.rank; i++)
		s.d[i] = x->d[perm[i]];
	set_shape(node_out(n, 0), &s);
	infer_moved_content(u, n, 1, 0);
	return true;
}

static bool define_transpose(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x_idx[RANK_MAX];
	int perm[RANK_MAX];

	if (!permutation(b->u, n, perm))
		return false;
	tir_stage_begin(b, 0, out, idx);
	for (int i = 0; i < out->rank; i++)
		x_idx[perm[i]] = idx[i];
	out->value = tir_load(b, 0, x_idx);
	return true;
}

/* -- Expand, Tile -------------------------------------------------------------------------- */

static bool infer_expand(struct unit *u, struct node *n)
{
	struct shape s, y;
	const dim *d;
	int count;

	if (!infer_need_shape(u, n, node_in(n, 0), "input") ||
	    !infer_need_rank(u, n, node_in(n, 1), "shape", 0, 1))
		return false;
	if (!input_elements(u, n, 1, "shape", 0, DIM_UNBOUNDED, &d, &count))
		return false;
	if (count > RANK_MAX)
		return node_error(u, n, "shape has %d axes, at most %d are supported", count,
				  RANK_MAX);
	s.rank = count;
	for (int i = 0; i < count; i++) {
		if (dim_hi(u, d[i]) < 0)
			return node_error(u, n, "shape has %s at axis %d", dim_text(u, d[i]), i);
		s.d[i] = d[i];
	}
	if (!shape_broadcast(u, &n->loc, &node_in(n, 0)->shape, &s, &y))
		return false;
	set_shape(node_out(n, 0), &y);
	infer_moved_content(u, n, 1, 0);
	return true;
}

static bool define_expand(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX];

	(void)n;
	tir_stage_begin(b, 0, out, idx);
	out->value = tir_load_broadcast(b, 0, idx, out->rank);
	return true;
}

static bool infer_tile(struct unit *u, struct node *n)
{
	struct shape s = node_in(n, 0)->shape;
	const dim *repeats;
	int count;

	if (!infer_need_shape(u, n, node_in(n, 0), "input"))
		return false;
	if (!input_elements(u, n, 1, "repeats", 0, DIM_UNBOUNDED, &repeats, &count))
		return false;
	if (count != s.rank)
		return node_error(u, n, "repeats has %d elements, input has %d axes", count,
				  s.rank);
	for (int i = 0; i < s.rank; i++) {
		if (dim_hi(u, repeats[i]) < 0)
			return node_error(u, n, "repeats has %s", dim_text(u, repeats[i]));
		s.d[i] = dim_mul(u, s.d[i], repeats[i]);
	}
	set_shape(node_out(n, 0), &s);
	infer_moved_content(u, n, 1, 0);
	return true;
}

static bool define_tile(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct shape *x = &node_in(n, 0)->shape;
	const struct tir *idx[RANK_MAX];

	tir_stage_begin(b, 0, out, idx);
	for (int i = 0; i < x->rank; i++)
		if (x->d[i] != node_out(n, 0)->shape.d[i])
			idx[i] = tir_floormod(b, idx[i], tir_dim(b, x->d[i]));
	out->value = tir_load(b, 0, idx);
	return true;
}

/* -- DepthToSpace, SpaceToDepth ------------------------------------------------------------ */

struct block_attrs {
	int64_t blocksize;
	int mode;
};
enum { BLOCK_DCR, BLOCK_CRD };
static const char *const block_names[] = { "DCR", "CRD", NULL };
static const struct attr_row block_rows[] = {
	{ ATTR(struct block_attrs, blocksize), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = 1 << 15 },
	A_ENUM(struct block_attrs, mode, block_names, BLOCK_DCR),
	A_END
};

/* d / k, which must leave no rest. */
static bool divide(struct unit *u, const struct node *n, int axis, dim d, int64_t k, dim *out)
{
	*out = dim_floordiv(u, d, k);
	if (dim_assume_equal(u, dim_mul(u, *out, k), d, NULL))
		return true;
	return node_error(u, n, "axis %d of input has size %s, which is not a multiple of %lld",
			  axis, dim_text(u, d), (long long)k);
}

static bool infer_depth_to_space(struct unit *u, struct node *n)
{
	int64_t k = ((const struct block_attrs *)n->attrs)->blocksize;
	struct shape s = node_in(n, 0)->shape;

	if (!infer_need_rank(u, n, node_in(n, 0), "input", 4, 4) ||
	    !divide(u, n, 1, s.d[1], k * k, &s.d[1]))
		return false;
	s.d[2] = dim_mul(u, s.d[2], k);
	s.d[3] = dim_mul(u, s.d[3], k);
	set_shape(node_out(n, 0), &s);
	return true;
}

static bool infer_space_to_depth(struct unit *u, struct node *n)
{
	int64_t k = ((const struct block_attrs *)n->attrs)->blocksize;
	struct shape s = node_in(n, 0)->shape;

	if (!infer_need_rank(u, n, node_in(n, 0), "input", 4, 4) ||
	    !divide(u, n, 2, s.d[2], k, &s.d[2]) || !divide(u, n, 3, s.d[3], k, &s.d[3]))
		return false;
	s.d[1] = dim_mul(u, s.d[1], k * k);
	set_shape(node_out(n, 0), &s);
	return true;
}

/* y[b,c,h,w] = x[b,ch,h/k,w/k], with r = h%k, s = w%k: DCR ch = (r*k + s)*C + c, CRD ch = (c*k +
 * r)*k + s, C being y's channels. */
static bool define_depth_to_space(struct tir_builder *b, const struct node *n,
				  struct tir_stage *out)
{
	const struct block_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *k = tir_index(b, a->blocksize), *r, *s, *c;

	tir_stage_begin(b, 0, out, idx);
	r = tir_floormod(b, idx[2], k);
	s = tir_floormod(b, idx[3], k);
	c = tir_dim(b, node_out(n, 0)->shape.d[1]);
	if (a->mode == BLOCK_DCR)
		idx[1] = tir_add(b, tir_mul(b, tir_add(b, tir_mul(b, r, k), s), c), idx[1]);
	else
		idx[1] = tir_add(b, tir_mul(b, tir_add(b, tir_mul(b, idx[1], k), r), k), s);
	idx[2] = tir_floordiv(b, idx[2], k);
	idx[3] = tir_floordiv(b, idx[3], k);
	out->value = tir_load(b, 0, idx);
	return true;
}

/* The same turned round: y[b,ch,h,w] = x[b,c,h*k + r,w*k + s]. */
static bool define_space_to_depth(struct tir_builder *b, const struct node *n,
				  struct tir_stage *out)
{
	const struct block_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *k = tir_index(b, a->blocksize),
					 *c = tir_dim(b, node_in(n, 0)->shape.d[1]);
	const struct tir *block, *inner;

	tir_stage_begin(b, 0, out, idx);
	if (a->mode == BLOCK_DCR) {
		block = tir_floordiv(b, idx[1], c);
		inner = tir_floormod(b, idx[1], c);
	} else {
		const struct tir *kk = tir_index(b, a->blocksize * a->blocksize);

		block = tir_floormod(b, idx[1], kk);
		inner = tir_floordiv(b, idx[1], kk);
	}
	idx[1] = inner;
	idx[2] = tir_add(b, tir_mul(b, idx[2], k), tir_floordiv(b, block, k));
	idx[3] = tir_add(b, tir_mul(b, idx[3], k), tir_floormod(b, block, k));
	out->value = tir_load(b, 0, idx);
	return true;
}

/* -- ReverseSequence ----------------------------------------------------------------------- */

static const struct attr_row reverse_rows[] = { A_FLAG(struct reverse_attrs, batch_axis, 1),
						A_FLAG(struct reverse_attrs, time_axis, 0), A_END };

static bool infer_reverse(struct unit *u, struct node *n)
{
	const struct reverse_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0), *lens = node_in(n, 1);

	if (!infer_need_rank(u, n, x, "input", 2, RANK_MAX) ||
	    !infer_need_rank(u, n, lens, "sequence_lens", 1, 1))
		return false;
	if (a->batch_axis == a->time_axis)
		return node_error(u, n, "batch_axis and time_axis are both %lld",
				  (long long)a->time_axis);
	if (!dim_assume_equal(u, lens->shape.d[0], x->shape.d[a->batch_axis], NULL))
		return node_error(u, n, "sequence_lens has %s elements, input has %s sequences",
				  dim_text(u, lens->shape.d[0]),
				  dim_text(u, x->shape.d[a->batch_axis]));
	return infer_like_input0(u, n);
}

/* Step t of a sequence of length l is step l - 1 - t while t < l. Lengths past the axis are limited
 * to it. */
static bool define_reverse(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct reverse_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *length, *t, *size;

	tir_stage_begin(b, 0, out, idx);
	t = idx[a->time_axis];
	size = tir_dim(b, node_in(n, 0)->shape.d[a->time_axis]);
	length = tir_cast(b, DT_INDEX, tir_load(b, 1, &idx[a->batch_axis]));
	length = tir_min(b, length, size);
	idx[a->time_axis] = tir_select(b, tir_lt(b, t, length),
				       tir_sub(b, tir_add(b, length, tir_index(b, -1)), t), t);
	out->value = tir_load(b, 0, idx);
	return true;
}

/* -- Trilu --------------------------------------------------------------------------------- */

struct trilu_attrs {
	int64_t upper;
};
static const struct attr_row trilu_rows[] = { A_FLAG(struct trilu_attrs, upper, 1), A_END };

static bool infer_trilu(struct unit *u, struct node *n)
{
	const struct value *k = node_in(n, 1);

	if (!infer_need_rank(u, n, node_in(n, 0), "input", 2, RANK_MAX))
		return false;
	if (k && k->shape.rank >= 0 && shape_count(u, &k->shape) != 1)
		return node_error(u, n, "k must be a scalar, its shape is %s",
				  shape_text(u, &k->shape));
	return infer_like_input0(u, n);
}

/* Column c of row r stays where c - r >= k (upper) or <= k. Diagonals outside the matrix are
 * limited to just outside, so that k fits an index. */
static bool define_trilu(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct trilu_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx), *k = tir_index(b, 0),
					 *diagonal;
	const struct shape *s = &node_in(n, 0)->shape;

	if (node_in(n, 1)) {
		const struct tir *rows = tir_cast(b, DT_I64, tir_dim(b, s->d[s->rank - 2]));
		const struct tir *columns = tir_cast(b, DT_I64, tir_dim(b, s->d[s->rank - 1]));

		k = tir_cast(b, DT_INDEX,
			     tir_clamp(b, load_single(b, 1), tir_neg(b, rows), columns));
	}
	diagonal = tir_sub(b, idx[out->rank - 1], idx[out->rank - 2]);
	out->value = tir_select(b, a->upper ? tir_le(b, k, diagonal) : tir_le(b, diagonal, k), x,
				tir_number(b, x->type, 0));
	return true;
}

#define BLOCK(NAME, INFER, DEFINE, DOC)                                                            \
	{                                                                                          \
		.name = NAME, .since = 1, .sig = "input:T -> output:T", .types = "T=" T_MOVE,      \
		.attrs = block_rows, .attrs_size = sizeof(struct block_attrs), .infer = INFER,     \
		.define = DEFINE, .doc = DOC                                                       \
	}

const struct op ops_movement[] = {
	{ .name = "Transpose",
	  .since = 1,
	  .sig = "data:T -> transposed:T",
	  .types = "T=" T_MOVE,
	  .attrs = perm_rows,
	  .attrs_size = sizeof(struct perm_attrs),
	  .infer = infer_transpose,
	  .define = define_transpose,
	  .doc = "the axes in the order of perm, or reversed" },
	{ .name = "Expand",
	  .since = 8,
	  .sig = "input:T shape:int64 -> output:T",
	  .types = "T=" T_MOVE,
	  .infer = infer_expand,
	  .define = define_expand,
	  .doc = "broadcast to shape" },
	{ .name = "Tile",
	  .since = 6,
	  .sig = "input:T repeats:int64 -> output:T",
	  .types = "T=" T_MOVE,
	  .infer = infer_tile,
	  .define = define_tile,
	  .doc = "repeated along each axis" },
	BLOCK("DepthToSpace", infer_depth_to_space, define_depth_to_space,
	      "blocks of channels as blocks of pixels"),
	BLOCK("SpaceToDepth", infer_space_to_depth, define_space_to_depth,
	      "blocks of pixels as blocks of channels"),
	{ .name = "ReverseSequence",
	  .since = 10,
	  .sig = "input:T sequence_lens:int64 -> Y:T",
	  .types = "T=" T_MOVE,
	  .attrs = reverse_rows,
	  .attrs_size = sizeof(struct reverse_attrs),
	  .infer = infer_reverse,
	  .define = define_reverse,
	  .doc = "the first sequence_lens steps of each sequence in reverse" },
	{ .name = "Trilu",
	  .since = 14,
	  .sig = "input:T k?:int64 -> output:T",
	  .types = "T=" T_MOVE,
	  .attrs = trilu_rows,
	  .attrs_size = sizeof(struct trilu_attrs),
	  .infer = infer_trilu,
	  .define = define_trilu,
	  .doc = "the upper or lower triangle, 0 or empty strings elsewhere" },
	{ .name = NULL }
};
