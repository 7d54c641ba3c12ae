/* ms_norm.c - com.microsoft's normalizations with sums before them, and embeddings. */
#include "ms.h"

#include <string.h>

/* -- SkipLayerNormalization, SkipSimplifiedLayerNormalization ------------------------------ */

static const struct attr_row skip_rows[] = { A_FLOAT(struct epsilon_attrs, epsilon, 1e-12f),
					     A_END };

/* input + skip + bias; skip may lack the batch. */
static uint32_t skip_sum(struct fused *f, int bias)
{
	uint32_t x = fused2(f, "Add", NULL, f->n->in[0], f->n->in[1]);

	return fused_in(f, bias) ? fused2(f, "Add", NULL, x, fused_in(f, bias)) : x;
}

static void make_skip_layer(struct fused *f, uint32_t *out)
{
	const struct epsilon_attrs *a = f->n->attrs;
	struct layer_norm_attrs norm = { .axis = -1, .stash_type = DT_F32, .epsilon = a->epsilon };
	uint32_t in[3] = { skip_sum(f, 4), f->n->in[2], fused_in(f, 3) };

	fused_ops(f, "LayerNormalization", &norm, 3, in, 3, out);
	out[3] = in[0];
}
FUSED_OP(skip_layer)

static void make_skip_simplified(struct fused *f, uint32_t *out)
{
	const struct epsilon_attrs *a = f->n->attrs;
	struct layer_norm_attrs norm = { .axis = -1, .stash_type = DT_F32, .epsilon = a->epsilon };

	out[3] = skip_sum(f, 3);
	out[0] = fused2(f, "RMSNormalization", &norm, out[3], f->n->in[2]);
	if (node_out(f->n, 1) || node_out(f->n, 2))
		fused_error(f, "the outputs mean and inv_std_var are not supported");
}
FUSED_OP(skip_simplified)

static const struct attr_row simplified_rows[] = {
	A_INT(struct layer_norm_attrs, axis, -1),
	A_INT(struct layer_norm_attrs, stash_type, DT_F32),
	A_FLOAT(struct layer_norm_attrs, epsilon, 1e-5f), A_END
};

static void make_simplified(struct fused *f, uint32_t *out)
{
	out[0] = fused2(f, "RMSNormalization", f->n->attrs, f->n->in[0], f->n->in[1]);
	if (node_out(f->n, 1))
		fused_error(f, "the output inv_std_var is not supported");
}
FUSED_OP(simplified)

/* -- EmbedLayerNormalization --------------------------------------------------------------- */

struct embed_attrs {
	float epsilon;
	int64_t mask_index_type;
};
static const struct attr_row embed_rows[] = { A_FLOAT(struct embed_attrs, epsilon, 1e-12f),
					      A_RANGE(struct embed_attrs, mask_index_type, 0, 0, 1),
					      A_END };
static const struct attr_row qembed_rows[] = { A_FLOAT(struct embed_attrs, epsilon, 1e-12f),
					       A_END };

/* What the sum is made of, as reals; optional ones may be VALUE_NONE. */
struct embedding {
	uint32_t ids, segments, words, positions, segment_table, gamma, beta, mask, position_ids;
};

/* The first rows of the table, one per position. */
static uint32_t first_positions(struct fused *f, const struct embedding *e)
{
	struct shape_attrs lengths = { .start = 1, .end = 2 };
	uint32_t zero = new_ints(f->n, (int64_t[]){ 0 }, 1);
	uint32_t length = fused1(f, "Shape", &lengths, e->ids);
	uint32_t in[4] = { e->positions, zero, length, zero };

	return fused_op(f, "Slice", NULL, 4, in);
}

/* How many tokens each sequence has. */
static uint32_t mask_index(struct fused *f, const struct embedding *e)
{
	struct reduce_attrs flat = { .keepdims = 0 };
	uint32_t zero = new_ints(f->n, (int64_t[]){ 0 }, 1), one;
	uint32_t x =
		e->mask ? e->mask : fused2(f, "Mul", NULL, e->ids, fused_cast(f, DT_I32, zero));

	one = new_ints(f->n, (int64_t[]){ 1 }, 1);
	return fused2(f, "ReduceSum", &flat, x, one);
}

static void make_embedding(struct fused *f, const struct embedding *e, uint32_t *out)
{
	const struct embed_attrs *a = f->n->attrs;
	struct layer_norm_attrs norm = { .axis = -1, .stash_type = DT_F32, .epsilon = a->epsilon };
	uint32_t sum;

	if (!fused_rank(f, e->ids, "input_ids", 2, 2))
		return;
	sum = fused2(f, "Gather", NULL, e->words, e->ids);
	sum = fused2(f, "Add", NULL, sum,
		     e->position_ids ? fused2(f, "Gather", NULL, e->positions, e->position_ids)
				     : first_positions(f, e));
	if (e->segments && e->segment_table)
		sum = fused2(f, "Add", NULL, sum,
			     fused2(f, "Gather", NULL, e->segment_table, e->segments));
	out[2] = sum;
	out[0] = fused3(f, "LayerNormalization", &norm, sum, e->gamma, e->beta);
	out[1] = mask_index(f, e);
}

static void make_embed(struct fused *f, uint32_t *out)
{
	const struct embedding e = {
		.ids = fused_in(f, 0),
		.segments = fused_in(f, 1),
		.words = fused_in(f, 2),
		.positions = fused_in(f, 3),
		.segment_table = fused_in(f, 4),
		.gamma = fused_in(f, 5),
		.beta = fused_in(f, 6),
		.mask = fused_in(f, 7),
		.position_ids = fused_in(f, 8),
	};

	make_embedding(f, &e, out);
}
FUSED_OP(embed)

/* -- QEmbedLayerNormalization -------------------------------------------------------------- */

/* Tables 2 to 6 have their scales at 8 to 12, their zero points at 13 to 17. */
static uint32_t table(struct fused *f, int k)
{
	const uint32_t in[3] = { fused_in(f, k), fused_in(f, k + 6), fused_in(f, k + 11) };

	return in[0] ? fused_op(f, "DequantizeLinear", NULL, 3, in) : VALUE_NONE;
}

static void make_qembed(struct fused *f, uint32_t *out)
{
	const struct embedding e = {
		.ids = fused_in(f, 0),
		.segments = fused_in(f, 1),
		.words = table(f, 2),
		.positions = table(f, 3),
		.segment_table = table(f, 4),
		.gamma = table(f, 5),
		.beta = table(f, 6),
		.mask = fused_in(f, 7),
	};

	make_embedding(f, &e, out);
}
FUSED_OP(qembed)

const struct op ops_ms_norm[] = {
	{ MS_OP("SkipLayerNormalization", skip_layer,
		"input:T skip:T gamma:T beta?:T bias?:T -> output:T mean?:* inv_std_var?:* "
		"input_skip_bias_sum?:T",
		"T=floats", "LayerNormalization of input + skip + bias"),
	  MS_ATTRS(skip_rows, epsilon_attrs) },
	{ MS_OP("SkipSimplifiedLayerNormalization", skip_simplified,
		"input:T skip:T gamma:T bias?:T -> output:T mean?:* inv_std_var?:* "
		"input_skip_bias_sum?:T",
		"T=floats", "RMSNormalization of input + skip + bias"),
	  MS_ATTRS(skip_rows, epsilon_attrs),
	  .limits = "the outputs mean and inv_std_var are not supported" },
	{ MS_OP("SimplifiedLayerNormalization", simplified, "X:T scale:V -> Y:V inv_std_var?:*",
		"T=floats V=floats", "RMSNormalization"),
	  MS_ATTRS(simplified_rows, layer_norm_attrs),
	  .limits = "the output inv_std_var is not supported" },
	{ .name = "SimplifiedLayerNormalization", /* ONNX Runtime writes it into ai.onnx */
	  .since = 1,
	  .sig = "X:T scale:V -> Y:V inv_std_var?:*",
	  .types = "T=floats V=floats",
	  MS_ATTRS(simplified_rows, layer_norm_attrs),
	  .flags = OP_LENIENT,
	  .infer = infer_simplified,
	  .expand = expand_simplified,
	  .doc = "RMSNormalization, as ONNX Runtime names it",
	  .limits = "the output inv_std_var is not supported" },
	{ MS_OP("EmbedLayerNormalization", embed,
		"input_ids:int32 segment_ids?:int32 word_embedding:T position_embedding:T "
		"segment_embedding?:T gamma:T beta:T mask?:int32 position_ids?:int32 -> output:T "
		"mask_index?:int32 embedding_sum?:T",
		"T=floats", "LayerNormalization of the sum of three embeddings"),
	  MS_ATTRS(embed_rows, embed_attrs) },
	{ MS_OP("QEmbedLayerNormalization", qembed,
		"input_ids:int32 segment_ids?:int32 word_embedding_quant:T2 position_embedding_quant:T2 "
		"segment_embedding_quant?:T2 gamma_quant:T2 beta_quant:T2 mask?:int32 "
		"word_embedding_scale:T position_embedding_scale:T segment_embedding_scale?:T "
		"gamma_scale:T beta_scale:T word_embedding_zero_point:T2 "
		"position_embedding_zero_point:T2 segment_embedding_zero_point?:T2 "
		"gamma_zero_point:T2 beta_zero_point:T2 -> layernorm_out:T mask_index_out?:int32",
		"T=float T2=int8,uint8",
		"LayerNormalization of the sum of three quantized embeddings"),
	  MS_ATTRS(qembed_rows, embed_attrs) },
	{ .name = NULL }
};
