/* matmul_bnb4.c - com.microsoft's MatMulBnb4: a matrix of reals times one of 4-bit floats in blocks, as bitsandbytes
 * packs them.
 *
 *	B(n, k) = code[nibble i of B] * absmax[i / block_size],  i = n * K + k, the even i in a byte's high bits
 *	Y = A B', or with transB = 0  Y = A B */
#include "ms.h"

enum { FP4, NF4 };

/* FP4: sign, 2 bits of exponent, 1 of mantissa, over 12. NF4: quantiles of the normal distribution (Dettmers et al.,
 * "QLoRA", 2023, appendix E). */
static const float codes[2][16] = {
	[FP4] = { 0, 0.0625F / 12, 8 / 12.0F, 1, 4 / 12.0F, 6 / 12.0F, 2 / 12.0F, 3 / 12.0F, -0.0F,
		  -0.0625F / 12, -8 / 12.0F, -1, -4 / 12.0F, -6 / 12.0F, -2 / 12.0F, -3 / 12.0F },
	[NF4] = { -1, -0.6961928009986877F, -0.5250730514526367F, -0.39491748809814453F,
		  -0.28444138169288635F, -0.18477343022823334F, -0.09105003625154495F, 0,
		  0.07958029955625534F, 0.16093020141124725F, 0.24611230194568634F,
		  0.33791524171829224F, 0.44070982933044434F, 0.5626170039176941F,
		  0.7229568362236023F, 1 },
};

struct bnb4_attrs {
	int64_t K, N, block_size, quant_type, training_mode, transB;
};
static const struct attr_row rows[] = {
	{ ATTR(struct bnb4_attrs, K), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	{ ATTR(struct bnb4_attrs, N), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	{ ATTR(struct bnb4_attrs, block_size), .kind = ATTR_INT, .required = true, .lo = 16,
	  .hi = INT32_MAX },
	{ ATTR(struct bnb4_attrs, quant_type), .kind = ATTR_INT, .required = true, .lo = FP4,
	  .hi = NF4 },
	A_FLAG(struct bnb4_attrs, training_mode, 0),
	A_FLAG(struct bnb4_attrs, transB, 1),
	A_END,
};

static uint32_t code_table(struct fused *f, int64_t type)
{
	struct shape s = { .rank = 1, .d = { 16 } };
	struct constant *c;
	void *data;

	c = constant_new(f->u->arena, DT_F32, &s, &data);
	for (int i = 0; i < 16; i++)
		constant_put_f64(data, DT_F32, i, (double)codes[type][i]);
	return graph_constant(f->n->graph, NULL, c)->id;
}

static bool has_count(struct fused *f, int k, const char *name, int64_t want)
{
	const struct shape *s = fused_shape(f, f->n->in[k]);

	if (!f->failed && (!shape_is_const(s) || s->rank != 1 || s->d[0] != want))
		f->failed = !node_error(f->u, f->n, "%s has shape %s, %lld elements are needed",
					name, shape_text(f->u, s), (long long)want);
	return !f->failed;
}

enum { SLOT_A, SLOT_B, SLOT_ABSMAX, SLOT_CODES };

static void make_bnb4(struct fused *f, uint32_t *out)
{
	const struct bnb4_attrs *a = f->n->attrs;
	int64_t depth = a->transB ? a->K : a->N, count = a->N * a->K; /* K, N < 2^31 */
	struct shape s = *fused_shape(f, f->n->in[0]);
	enum dtype t = value_of(f->u, f->n->in[0])->type;
	const struct tir *k, *i, *w, *odd, *at[RANK_MAX];
	struct fused_loops loops;
	struct tir_builder *b = &loops.b;

	if (!fused_rank(f, f->n->in[0], "A", 1, RANK_MAX) ||
	    !has_count(f, 1, "B", (count + 1) / 2) ||
	    !has_count(f, 2, "absmax", (count + a->block_size - 1) / a->block_size))
		return;
	if (!dim_assume_equal(f->u, s.d[s.rank - 1], depth, NULL)) {
		f->failed = !node_error(f->u, f->n, "A has rows of %s, B has %lld",
					dim_text(f->u, s.d[s.rank - 1]), (long long)depth);
		return;
	}
	s.d[s.rank - 1] = a->transB ? a->N : a->K;
	fused_loops_begin(
		f, &loops, 4,
		(uint32_t[]){ f->n->in[0], f->n->in[1], f->n->in[2], code_table(f, a->quant_type) },
		DT_F32, &s);
	k = tir_var(b, depth, "k");
	for (int d = 0; d < s.rank; d++)
		at[d] = d == s.rank - 1 ? k : loops.idx[d];
	i = loops.idx[s.rank - 1];
	i = a->transB ? tir_add(b, tir_affine(b, i, a->K, 0), k)
		      : tir_add(b, tir_affine(b, k, a->K, 0), i);
	w = tir_floordiv(b, i, tir_index(b, 2));
	w = tir_load(b, SLOT_B, &w);
	odd = tir_floormod(b, i, tir_index(b, 2));
	odd = tir_cast(b, DT_U8, tir_affine(b, odd, -4, 4)); /* 4 for the even ones */
	w = tir_and(b, tir_binary(b, TIR_SHR, w, odd), tir_int(b, DT_U8, 15));
	w = tir_data_index(b, tir_cast(b, DT_I32, w), 16);
	w = tir_load(b, SLOT_CODES, &w);
	i = tir_floordiv(b, i, tir_index(b, a->block_size));
	w = tir_mul(b, w, tir_cast(b, DT_F32, tir_load(b, SLOT_ABSMAX, &i)));
	w = tir_mul(b, tir_cast(b, DT_F32, tir_load(b, SLOT_A, at)), w);
	out[0] = fused_cast(f, t, fused_loops_end(&loops, tir_reduce(b, REDUCE_SUM, 1, &k, w)));
}
FUSED_OP(bnb4)

const struct op ops_matmul_bnb4[] = {
	{ MS_OP("MatMulBnb4", bnb4, "A:T1 B:T2 absmax:T1 -> Y:T1",
		"T1=float,float16,bfloat16 T2=uint8",
		"the product with a matrix of packed 4-bit floats in blocks"),
	  MS_ATTRS(rows, bnb4_attrs) },
	{ .name = NULL }
};
