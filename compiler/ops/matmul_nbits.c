/* matmul_nbits.c - com.microsoft's MatMulNBits: a matrix of reals times one of packed integers.
 *
 *	Y[.., n] = sum over k of A[.., k] * (B(n, k) - zero(n, k / block)) * scale(n, k / block) + bias[n]
 *
 * B is [N][blocks][bytes of a block], the element with the lowest k in a byte's lowest bits; zero
 * points are packed alike, row by row, or are reals. The integers stay packed: each is unpacked where
 * it is used. */
#include "family.h"
#include "integer.h"

static const struct attr_row rows[] = {
	{ ATTR(struct nbits_attrs, K), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	{ ATTR(struct nbits_attrs, N), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	A_RANGE(struct nbits_attrs, bits, 4, 2, 8),
	{ ATTR(struct nbits_attrs, block_size), .kind = ATTR_INT, .required = true, .lo = 16,
	  .hi = 1 << 20 },
	A_INT(struct nbits_attrs, accuracy_level, 0),
	A_INT(struct nbits_attrs, weight_prepacked, 0),
	A_END,
};

enum { A, B, SCALES, ZEROS, G_IDX, BIAS };

static int64_t blocks_of(const struct nbits_attrs *a)
{
	return (a->K + a->block_size - 1) / a->block_size;
}

static int64_t zero_bytes(const struct nbits_attrs *a)
{
	return (blocks_of(a) * a->bits + 7) / 8;
}

static bool check_count(struct unit *u, const struct node *n, int k, const char *name, int64_t want)
{
	const struct value *v = node_in(n, k);

	if (!v || (shape_is_const(&v->shape) && v->shape.rank >= 1 && v->shape.rank <= 3 &&
		   shape_elements(&v->shape) == want))
		return true;
	return node_error(u, n, "%s has shape %s, %lld elements are needed", name,
			  shape_text(u, &v->shape), (long long)want);
}

static bool infer_nbits(struct unit *u, struct node *n)
{
	const struct nbits_attrs *a = n->attrs;
	const struct value *x = node_in(n, A), *zeros = node_in(n, ZEROS);
	struct shape s;

	if (a->bits != 2 && a->bits != 4 && a->bits != 8)
		return node_error(u, n, "bits is %lld, it must be 2, 4 or 8", (long long)a->bits);
	if (a->block_size & (a->block_size - 1))
		return node_error(u, n, "block_size is %lld, it must be a power of two",
				  (long long)a->block_size);
	if (a->weight_prepacked)
		return node_error(
			u, n,
			"weight_prepacked is %lld, weights packed for a GPU are not supported",
			(long long)a->weight_prepacked);
	if (node_in(n, G_IDX))
		return node_error(u, n, "g_idx is not supported");
	if (!infer_need_rank(u, n, x, "A", 1, RANK_MAX))
		return false;
	s = x->shape;
	if (!dim_assume_equal(u, s.d[s.rank - 1], a->K, NULL))
		return node_error(u, n, "K is %lld, A has rows of %s", (long long)a->K,
				  dim_text(u, s.d[s.rank - 1]));
	if (!check_count(u, n, B, "B", a->N * blocks_of(a) * (a->block_size * a->bits / 8)) ||
	    !check_count(u, n, SCALES, "scales", a->N * blocks_of(a)) ||
	    !check_count(u, n, ZEROS, "zero_points",
			 a->N * (zeros && zeros->type == DT_U8 ? zero_bytes(a) : blocks_of(a))) ||
	    !check_count(u, n, BIAS, "bias", a->N))
		return false;
	s.d[s.rank - 1] = a->N;
	set_shape(node_out(n, 0), &s);
	return true;
}

/* Input k's element at a flat position. */
static const struct tir *load_flat(struct tir_builder *b, const struct node *n, int k,
				   const struct tir *at)
{
	const struct shape *s = &node_in(n, k)->shape;
	const struct tir *idx[3];

	for (int i = s->rank - 1; i >= 0; i--) {
		idx[i] = i ? tir_floormod(b, at, tir_index(b, s->d[i])) : at;
		at = tir_floordiv(b, at, tir_index(b, s->d[i]));
	}
	return tir_load(b, k, idx);
}

/* Item i of the packed row that begins at byte `row` of input k. */
static const struct tir *unpack(struct tir_builder *b, const struct node *n, int k,
				const struct tir *row, const struct tir *i, int64_t bits)
{
	const struct tir *per = tir_index(b, 8 / bits);
	const struct tir *byte = load_flat(b, n, k, tir_add(b, row, tir_floordiv(b, i, per)));
	const struct tir *shift = tir_mul(b, tir_floormod(b, i, per), tir_index(b, bits));

	byte = tir_binary(b, TIR_SHR, byte, tir_cast(b, DT_U8, shift));
	byte = tir_and(b, byte, tir_int(b, DT_U8, (1 << bits) - 1));
	return tir_cast(b, DT_F32, byte);
}

static bool define_nbits(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct nbits_attrs *a = n->attrs;
	int64_t blocks = blocks_of(a), row = blocks * (a->block_size * a->bits / 8);
	const struct tir *idx[RANK_MAX], *ia[RANK_MAX], *k, *block, *line, *zero, *w, *column;

	tir_stage_begin(b, 0, out, idx);
	column = idx[out->rank - 1];
	k = tir_var(b, a->K, "k");
	for (int i = 0; i < out->rank; i++)
		ia[i] = i == out->rank - 1 ? k : idx[i];
	block = tir_floordiv(b, k, tir_index(b, a->block_size));
	line = tir_add(b, tir_affine(b, column, blocks, 0), block);
	if (!node_in(n, ZEROS))
		zero = tir_float(b, DT_F32, (double)(1 << (a->bits - 1)));
	else if (node_in(n, ZEROS)->type == DT_U8)
		zero = unpack(b, n, ZEROS, tir_affine(b, column, zero_bytes(a), 0), block, a->bits);
	else
		zero = tir_cast(b, DT_F32, load_flat(b, n, ZEROS, line));
	w = unpack(b, n, B, tir_affine(b, column, row, 0), k, a->bits);
	w = tir_mul(b, tir_sub(b, w, zero), tir_cast(b, DT_F32, load_flat(b, n, SCALES, line)));
	w = tir_mul(b, tir_cast(b, DT_F32, tir_load(b, A, ia)), w);
	out->value = tir_reduce(b, REDUCE_SUM, 1, &k, w);
	if (node_in(n, BIAS))
		out->value =
			tir_add(b, out->value, tir_cast(b, DT_F32, load_flat(b, n, BIAS, column)));
	if (out->type != DT_F32)
		out->value = tir_round_to(b, out->type, false, out->value);
	return true;
}

static dim macs_nbits(struct unit *u, const struct node *n)
{
	return dim_mul(u, shape_count(u, &node_out(n, 0)->shape),
		       ((const struct nbits_attrs *)n->attrs)->K);
}

const struct op ops_matmul_nbits[] = {
	{ .name = "MatMulNBits",
	  .domain = DOMAIN_MS,
	  .since = 1,
	  .sig = "A:T1 B:T2 scales:T1 zero_points?:T3 g_idx?:T4 bias?:T1 -> Y:T1",
	  .types = "T1=float,float16,bfloat16 T2=uint8 T3=uint8,float,float16,bfloat16 T4=int32",
	  .attrs = rows,
	  .attrs_size = sizeof(struct nbits_attrs),
	  .infer = infer_nbits,
	  .define = define_nbits,
	  .macs = macs_nbits,
	  .doc = "the product with a constant matrix of packed 2-, 4- or 8-bit integers in blocks",
	  .limits = "g_idx is not supported" },
	{ .name = NULL }
};
