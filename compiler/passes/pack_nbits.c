/* com.microsoft's MatMulNBits of constants is PackedMatMul: what stands in bytes, row by row of B,
 * becomes elements of 8, 4 or 2 bits [K][N].
 *
 *	MatMulNBits(x, B, scales, zeros, , c)  =>  edgecc.PackedMatMul(x, w, scale, zero) + c
 *
 * w is signed, and there is no zero, where all zero points are in the middle. */
#include "quantized.h"

enum { B = 1, SCALES, ZEROS, G_IDX, BIAS };

/* The i-th number of `bits` in the packed row that begins at byte `row`. */
static int64_t unpacked(const struct constant *c, int64_t row, int64_t i, int64_t bits)
{
	int64_t per = 8 / bits;

	return constant_i64(c, row + i / per) >> i % per * bits & ((1 << bits) - 1);
}

/* Element (i, n) of the result is element (n, i) of `rows` rows of n numbers in bytes, less `from`.
 * Each row begins `bytes` after the one before. */
static const struct constant *turned(struct unit *u, const struct constant *c, enum dtype t,
				     int64_t n, int64_t rows, int64_t bytes, int64_t bits,
				     int64_t from)
{
	const struct shape s = { .rank = 2, .d = { n, rows } };
	void *data;
	struct constant *out = constant_new(u->arena, t, &s, &data);

	for (int64_t r = 0; r < rows; r++)
		for (int64_t i = 0; i < n; i++)
			constant_put_i64(data, t, i * rows + r,
					 unpacked(c, r * bytes, i, bits) - from);
	return out;
}

/* Are all zero points in the middle of the range? */
static bool is_centered(const struct constant *zeros, const struct nbits_attrs *a, int64_t blocks)
{
	int64_t bytes = (blocks * a->bits + 7) / 8;

	for (int64_t i = 0; zeros && i < a->N * blocks; i++)
		if (unpacked(zeros, i / blocks * bytes, i % blocks, a->bits) != 1 << (a->bits - 1))
			return false;
	return true;
}

static bool apply(struct unit *u, struct node *n)
{
	static const enum dtype types[2][9] = { { [2] = DT_U2, [4] = DT_U4, [8] = DT_U8 },
						{ [2] = DT_I2, [4] = DT_I4, [8] = DT_I8 } };
	const struct nbits_attrs *a = n->attrs;
	const struct constant *w = node_const(n, B), *scales = node_const(n, SCALES),
			      *zeros = node_const(n, ZEROS);
	const int64_t blocks = (a->K + a->block_size - 1) / a->block_size;
	const struct packed_matmul_attrs packing = { { .axis = 0, .block = a->block_size } };
	const struct shape by_channel = { .rank = 2, .d = { a->N, blocks } };
	struct constant *scale;
	bool centered;
	enum dtype t;
	uint32_t in[4], y;

	if (node_in(n, 0)->type != DT_F32 || !w || !scales || scales->type != DT_F32 ||
	    (node_in(n, ZEROS) && (!zeros || zeros->type != DT_U8)))
		return false;
	centered = is_centered(zeros, a, blocks);
	t = types[centered][a->bits];
	scale = arena_copy(u->arena, scales, sizeof *scales);
	scale->shape = by_channel;
	in[0] = n->in[0];
	in[1] = build_constant(n, turned(u, w, t, a->K, a->N, blocks * a->block_size * a->bits / 8,
					 a->bits, centered ? 1 << (a->bits - 1) : 0));
	in[2] = build_constant(n, matrix_transposed(u, scale));
	in[3] = centered ? VALUE_NONE
			 : build_constant(n, turned(u, zeros, t, blocks, a->N,
						    (blocks * a->bits + 7) / 8, a->bits, 0));
	y = graph_build(n, "edgecc.PackedMatMul", &packing, centered ? 3 : 4, in);
	if (node_in(n, BIAS))
		y = build2(n, "Add", NULL, y, n->in[BIAS]);
	return replace_node(n, y);
}

const struct rewrite rewrites_pack_nbits[] = {
	{ "pack-nbits", "com.microsoft.MatMulNBits",
	  "MatMulNBits(x, B, s, z) => a product with integer weights", apply },
	{ .name = NULL }
};
