/* The registry: every operator family's table, and finding a row by domain, name and version.
 *
 * A scan over some hundreds of names costs a few microseconds; a model is imported once, so no
 * index is kept. */
#include "ops.h"

#include <assert.h>
#include <string.h>

const char *const domain_names[DOMAIN_COUNT] = {
	[DOMAIN_ONNX] = "",
	[DOMAIN_ML] = "ai.onnx.ml",
	[DOMAIN_MS] = "com.microsoft",
	[DOMAIN_PREVIEW] = "ai.onnx.preview",
	[DOMAIN_TRAINING] = "ai.onnx.preview.training",
	[DOMAIN_EDGECC] = "edgecc",
};

/* One line per file of this folder that has a table; new families add theirs here and in ops.h. */
static const struct op *const tables[] = {
	ops_elementwise,   ops_power,         ops_unary,        ops_cast,
	ops_activation,    ops_softmax,       ops_logic,        ops_reduce,
	ops_cumulate,      ops_view,          ops_shape,        ops_slice,
	ops_concat,        ops_pad,           ops_movement,     ops_gather,
	ops_scatter,       ops_generate,      ops_select,       ops_unique,
	ops_suppress,      ops_conv,          ops_pool,         ops_pool_same,
	ops_pool_global,   ops_matmul,        ops_einsum,       ops_norm,
	ops_norm_batch,    ops_norm_layer,    ops_recurrent,    ops_quant,
	ops_quant_product, ops_resize,        ops_grid,         ops_attention,
	ops_rotary,        ops_control,       ops_sequence,     ops_optional,
	ops_loss,          ops_training,      ops_col2im,       ops_cache,
	ops_random,        ops_signal_window, ops_signal,       ops_quant_ms,
	ops_matmul_nbits,  ops_packed,        ops_q_product,    ops_q_elementwise,
	ops_q_reduce,      ops_q_fixed,       ops_q_recurrent,  ops_internal,
	ops_ml_linear,     ops_ml_svm,        ops_ml_scale,     ops_ml_encode,
	ops_ml_tree,       ops_ml_ensemble,   ops_ml_tree_pack, ops_ml_map,
	ops_ms_activation, ops_ms_norm,       ops_ms_attention, ops_ms_mha,
	ops_vectorize,     ops_strings,       ops_matrix,       ops_roi,
	ops_recurrence,    ops_deform,        ops_flex,         ops_tokens,
	ops_cast_text,     ops_ms_gqa,        ops_ms_bias,      ops_ms_shape,
	ops_ms_gated,      ops_ms_numeric,    ops_ms_position,  ops_ms_moe,
	ops_matmul_bnb4,   ops_ms_tokens,     ops_gradient,     ops_ms_search,
	ops_ms_text,       ops_ms_ngram,      ops_ms_delta,     NULL,
};

static bool serves(const struct op *op, enum domain d, const char *name)
{
	return op->domain == d && strcmp(op->name, name) == 0;
}

/* Operators of com.microsoft that are ai.onnx's, in the form of this version. */
static const struct {
	const char *name;
	int version;
} same_as_onnx[] = {
	{ "GatherND", 12 }, { "GridSample", 16 }, { "LinearAttention", 27 },
	{ "Pad", 13 },      { "Range", 11 },      { "Trilu", 14 },
};

static const struct op *find_same(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(same_as_onnx); i++)
		if (strcmp(same_as_onnx[i].name, name) == 0)
			return op_find(DOMAIN_ONNX, name, same_as_onnx[i].version);
	return NULL;
}

const struct op *op_find(enum domain d, const char *name, int64_t version)
{
	for (const struct op *const *t = tables; *t; t++)
		for (const struct op *op = *t; op->name; op++)
			if (op->since <= version && (op->until == 0 || version <= op->until) &&
			    serves(op, d, name))
				return op;
	return d == DOMAIN_MS ? find_same(name) : NULL;
}

const struct op *op_find_any(enum domain d, const char *name)
{
	const struct op *newest = NULL;
	for (const struct op *const *t = tables; *t; t++)
		for (const struct op *op = *t; op->name; op++)
			if ((!newest || op->since > newest->since) && serves(op, d, name))
				newest = op;
	return newest;
}

const struct op *op_builtin(const char *name)
{
	const char *ours = "edgecc.";
	bool is_ours = strncmp(name, ours, strlen(ours)) == 0;
	const struct op *op = op_find_any(is_ours ? DOMAIN_EDGECC : DOMAIN_ONNX,
					  is_ours ? name + strlen(ours) : name);
	if (!op)
		unreachable("a rewrite names an operator that has no row");
	return op;
}

void op_each(void (*f)(const struct op *op, void *data), void *data)
{
	for (const struct op *const *t = tables; *t; t++)
		for (const struct op *op = *t; op->name; op++)
			f(op, data);
}

void op_each_same(void (*f)(const struct op *op, void *data), void *data)
{
	for (size_t i = 0; i < ARRAY_LEN(same_as_onnx); i++) {
		const struct op *newest = op_find_any(DOMAIN_ONNX, same_as_onnx[i].name);
		struct op row = *find_same(same_as_onnx[i].name);

		row.domain = DOMAIN_MS;
		row.since = 1;
		row.until = 0;
		row.doc = newest->doc;
		row.limits = newest->limits;
		f(&row, data);
	}
}
