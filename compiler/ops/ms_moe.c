/* ms_moe.c - com.microsoft's MoE and QMoE: each token goes through the k experts that a router ranks highest.
 *
 *	p = softmax(router_probs), e[t, j] the j-th greatest of p[t], w[t, j] its p, divided by their sum on request
 *	Y[t] = sum over j of w[t, j] (act(X[t] W1[e[t, j]]' + b1) W2[e[t, j]]' + b2)
 *
 * A product reads the weights of the expert that each row has, where they are: only k of them are computed. Those of QMoE
 * stay packed, the element with the lowest column in a byte's lowest bits, and are (q - zero) scale, one scale for a row or
 * for each block of it. */
#include "ms.h"

#include <assert.h>
#include <math.h>

enum { ACT_RELU, ACT_GELU, ACT_SILU, ACT_SWIGLU, ACT_IDENTITY, ACT_RELU2, ACT_GEGLU };
static const char *const act_names[] = { "relu",     "gelu",  "silu",  "swiglu",
					 "identity", "relu2", "geglu", NULL };
enum { APART, INTERLEAVED, HALVES }; /* swiglu_fusion: where gate and linear part are */
enum { QUANT_INT };
static const char *const quant_names[] = { "int", NULL };

struct moe_attrs {
	float activation_alpha, activation_beta, swiglu_limit;
	int activation_type, quant_type;
	int64_t k, normalize_routing_weights, use_sparse_mixer, swiglu_fusion,
		swiglu_limit_after_activation;
	int64_t expert_weight_bits, fc_bits[3], block_size, accuracy_level, weights_prepacked;
};
#define BITS_ROW(NAME, I)                                                                          \
	{                                                                                          \
		.name = NAME, .offset = offsetof(struct moe_attrs, fc_bits[I]), .kind = ATTR_INT   \
	}
#define MOE_ROWS                                                                                   \
	A_FLOAT(struct moe_attrs, activation_alpha, 1),                                            \
		A_FLOAT(struct moe_attrs, activation_beta, 0),                                     \
		A_ENUM(struct moe_attrs, activation_type, act_names, ACT_RELU),                    \
		A_RANGE(struct moe_attrs, k, 1, 1, INT32_MAX),                                     \
		A_FLAG(struct moe_attrs, normalize_routing_weights, 0),                            \
		A_RANGE(struct moe_attrs, swiglu_fusion, APART, APART, HALVES),                    \
		A_FLOAT(struct moe_attrs, swiglu_limit, INFINITY),                                 \
		A_FLAG(struct moe_attrs, swiglu_limit_after_activation, 0),                        \
		A_FLAG(struct moe_attrs, use_sparse_mixer, 0)
static const struct attr_row moe_rows[] = { MOE_ROWS, A_END };
static const struct attr_row qmoe_rows[] = {
	MOE_ROWS,
	A_INT(struct moe_attrs, accuracy_level, 0),
	A_RANGE(struct moe_attrs, block_size, 0, 0, INT32_MAX),
	A_INT(struct moe_attrs, expert_weight_bits, 4),
	BITS_ROW("fc1_expert_weight_bits", 0),
	BITS_ROW("fc2_expert_weight_bits", 1),
	BITS_ROW("fc3_expert_weight_bits", 2),
	A_ENUM(struct moe_attrs, quant_type, quant_names, QUANT_INT),
	A_RANGE(struct moe_attrs, weights_prepacked, -1, -1, 1),
	A_END,
};

/* Where the inputs of a layer are; 0: MoE has none. */
struct layer {
	int weights, scales, bias, zeros;
};
enum { FC1, FC2, FC3 };
static const struct layer plain_layers[] = { { 2, 0, 3, 0 }, { 4, 0, 5, 0 }, { 6, 0, 7, 0 } };
static const struct layer packed_layers[] = { { 2, 3, 4, 11 }, { 5, 6, 7, 12 }, { 8, 9, 10, 13 } };
enum { ROUTER_WEIGHTS = 14 };

/* -- a layer ------------------------------------------------------------------------------- */

/* The product being made, by slot: rows, experts, weights, and those of the rest that are there. */
struct product {
	struct fused_loops w;
	uint32_t in[6];
	int n_in, scales, zeros, bias;
	int64_t bits, block; /* block 0: a row is one */
	dim columns;         /* of the matrix */
};

static int add_slot(struct fused *f, struct product *p, int k)
{
	if (k == 0 || !fused_in(f, k))
		return 0;
	p->in[p->n_in] = fused_in(f, k);
	return p->n_in++;
}

static const struct tir *real_at(struct tir_builder *b, int slot, int rank,
				 const struct tir *const *at)
{
	assert(node_in(b->node, slot)->shape.rank == rank);
	return tir_cast(b, DT_F32, tir_load(b, slot, at));
}

/* Item i of a packed row: at[0..rank) with the last index replaced by that of its byte. */
static const struct tir *unpacked(struct tir_builder *b, int slot, int rank,
				  const struct tir *const *at, const struct tir *i, int64_t bits)
{
	const struct tir *idx[3], *per = tir_index(b, 8 / bits), *byte;

	for (int k = 0; k < rank - 1; k++)
		idx[k] = at[k];
	idx[rank - 1] = tir_floordiv(b, i, per);
	byte = tir_load(b, slot, idx);
	byte = tir_binary(
		b, TIR_SHR, byte,
		tir_cast(b, DT_U8, tir_mul(b, tir_floormod(b, i, per), tir_index(b, bits))));
	byte = tir_and(b, byte, tir_int(b, DT_U8, (1 << bits) - 1));
	return tir_cast(b, DT_F32, byte);
}

/* The weight of expert e, row n, column c. */
static const struct tir *weight(struct product *p, const struct tir *e, const struct tir *n,
				const struct tir *c)
{
	struct tir_builder *b = &p->w.b;
	const struct tir *at[3] = { e, n, c }, *x, *zero;

	if (!p->bits)
		return real_at(b, 2, 3, at);
	x = unpacked(b, 2, 3, at, c, p->bits);
	if (p->block)
		at[2] = tir_floordiv(b, c, tir_index(b, p->block));
	if (!p->zeros)
		zero = tir_float(b, DT_F32, (double)(1 << (p->bits - 1)));
	else if (p->block)
		zero = unpacked(b, p->zeros, 3, at, at[2], p->bits);
	else
		zero = unpacked(b, p->zeros, 2, at, n, p->bits);
	return tir_mul(b, tir_sub(b, x, zero), real_at(b, p->scales, p->block ? 3 : 2, at));
}

static bool has_shape(struct fused *f, int k, int rank, dim d0, dim d1, dim d2)
{
	const dim want[3] = { d0, d1, d2 };
	const struct shape *s;

	if (f->failed || k == 0 || !fused_in(f, k))
		return !f->failed;
	s = fused_shape(f, fused_in(f, k));
	for (int i = 0; i < rank && s->rank == rank; i++)
		if (!dim_assume_equal(f->u, s->d[i], want[i], NULL))
			rank = -1;
	if (s->rank != rank)
		f->failed = !node_error(
			f->u, f->n, "input %d has shape %s, which does not fit the other inputs", k,
			shape_text(f->u, s));
	return !f->failed;
}

static bool check_layer(struct fused *f, const struct layer *l, const struct product *p, dim rows)
{
	const struct shape *w = fused_shape(f, f->n->in[l->weights]);
	int64_t per = p->bits ? 8 / p->bits : 1;
	dim experts = w->d[0], blocks;

	if (!shape_is_const(w) || !dim_is_const(p->columns)) {
		fused_error(f, "the sizes of experts must be known at compile time");
		return false;
	}
	if (!has_shape(f, l->weights, 3, experts, rows, (p->columns + per - 1) / per) ||
	    !has_shape(f, l->bias, 2, experts, rows, 0) || !p->bits)
		return !f->failed;
	if (p->block == 0)
		return has_shape(f, l->scales, 2, experts, rows, 0) &&
		       has_shape(f, l->zeros, 2, experts, (rows + per - 1) / per, 0);
	blocks = (p->columns + p->block - 1) / p->block;
	return has_shape(f, l->scales, 3, experts, rows, blocks) &&
	       has_shape(f, l->zeros, 3, experts, rows, (blocks + per - 1) / per);
}

/* float [tokens, k, rows]: x [tokens, columns] or [tokens, k, columns] times a layer of the experts. */
static uint32_t layer(struct fused *f, const struct layer *l, int which, uint32_t x,
		      uint32_t experts)
{
	const struct moe_attrs *a = f->n->attrs;
	struct product p = { .in = { x, experts, f->n->in[l->weights] }, .n_in = 3 };
	const struct tir *at[3], *e, *c, *sum;
	struct shape s = { .rank = 3 };
	struct tir_builder *b = &p.w.b;
	int x_rank;

	if (f->failed || !fused_rank(f, f->n->in[l->weights], "the weights of experts", 3, 3))
		return VALUE_NONE;
	x_rank = fused_shape(f, x)->rank;
	p.columns = fused_shape(f, x)->d[x_rank - 1];
	if (l->scales) {
		p.bits = a->fc_bits[which] ? a->fc_bits[which] : a->expert_weight_bits;
		p.block = a->block_size;
		if (p.bits != 2 && p.bits != 4 && p.bits != 8)
			fused_error(f, "the bits of a weight must be 2, 4 or 8");
		if (!fused_in(f, l->scales))
			fused_error(f, "weights that are integers need scales");
	}
	s.d[0] = fused_shape(f, experts)->d[0];
	s.d[1] = fused_shape(f, experts)->d[1];
	s.d[2] = fused_shape(f, f->n->in[l->weights])->d[1];
	if (f->failed || !check_layer(f, l, &p, s.d[2]))
		return VALUE_NONE;
	p.scales = add_slot(f, &p, l->scales);
	p.zeros = add_slot(f, &p, l->zeros);
	p.bias = add_slot(f, &p, l->bias);
	fused_loops_begin(f, &p.w, p.n_in, p.in, DT_F32, &s);
	e = tir_data_index(b, tir_load(b, 1, p.w.idx), fused_shape(f, f->n->in[l->weights])->d[0]);
	c = tir_var(b, p.columns, "c");
	at[0] = p.w.idx[0];
	at[1] = p.w.idx[1];
	at[x_rank - 1] = c;
	sum = tir_mul(b, real_at(b, 0, x_rank, at), weight(&p, e, p.w.idx[2], c));
	sum = tir_reduce(b, REDUCE_SUM, 1, &c, sum);
	at[0] = e;
	at[1] = p.w.idx[2];
	if (p.bias)
		sum = tir_add(b, sum, real_at(b, p.bias, 2, at));
	return fused_loops_end(&p.w, sum);
}

/* -- activations --------------------------------------------------------------------------- */

static uint32_t number(struct fused *f, float x)
{
	return new_scalar(f->n, DT_F32, (double)x);
}

/* Gate and linear part of x, the output of FC1, into part[]. */
static void parts_of(struct fused *f, int64_t fusion, uint32_t x, uint32_t *part)
{
	struct split_attrs two = { .axis = -1, .num_outputs = 2 };

	if (fusion == INTERLEAVED)
		x = fused_reshape(f, x, 4, (int64_t[]){ 0, 0, -1, 2 });
	fused_ops(f, "Split", &two, 1, &x, 2, part);
	for (int i = 0; fusion == INTERLEAVED && i < 2; i++)
		part[i] = fused_axes(f, "Squeeze", part[i], -1);
}

/* G sigmoid(alpha G) (L + beta), clamped before or behind the sigmoid */
static uint32_t swiglu(struct fused *f, const uint32_t *part)
{
	const struct moe_attrs *a = f->n->attrs;
	bool clamped = a->swiglu_limit < INFINITY;
	uint32_t gate = part[0], linear = part[1], limit = number(f, a->swiglu_limit);

	if (clamped && !a->swiglu_limit_after_activation)
		gate = fused2(f, "Min", NULL, gate, limit);
	gate = fused1(f, "Swish", &(struct alpha_attrs){ a->activation_alpha }, gate);
	if (clamped && a->swiglu_limit_after_activation)
		gate = fused2(f, "Min", NULL, gate, limit);
	if (clamped)
		linear = fused3(f, "Clip", NULL, linear, number(f, -a->swiglu_limit), limit);
	return fused2(f, "Mul", NULL, gate,
		      fused2(f, "Add", NULL, linear, number(f, a->activation_beta)));
}

static uint32_t activated(struct fused *f, int type, uint32_t x)
{
	static const struct alpha_attrs silu = { 1 };
	static const struct gelu_attrs by_tanh = { 1 }; /* as ONNX Runtime has it here */

	switch (type) {
	case ACT_IDENTITY:
		return x;
	case ACT_GELU:
		return fused1(f, "Gelu", &by_tanh, x);
	case ACT_SILU:
		return fused1(f, "Swish", &silu, x);
	case ACT_RELU2:
		x = fused1(f, "Relu", NULL, x);
		return fused2(f, "Mul", NULL, x, x);
	default:
		return fused1(f, "Relu", NULL, x);
	}
}

/* fc1, activated, and times fc3 where that is apart (VALUE_NONE: there is none). */
static uint32_t gated(struct fused *f, uint32_t fc1, uint32_t fc3)
{
	const struct moe_attrs *a = f->n->attrs;
	uint32_t part[2] = { fc1, fc3 };
	bool pairs = a->activation_type == ACT_SWIGLU || a->activation_type == ACT_GEGLU;

	if (!pairs) {
		fc1 = activated(f, a->activation_type, fc1);
		return fc3 ? fused2(f, "Mul", NULL, fc1, fc3) : fc1;
	}
	if (a->swiglu_fusion != APART)
		parts_of(f, a->swiglu_fusion, fc1, part);
	else if (!fc3)
		fused_error(f, "swiglu_fusion 0 needs the weights of fc3");
	if (a->activation_type == ACT_SWIGLU)
		return swiglu(f, part);
	return fused2(f, "Mul", NULL, fused1(f, "Gelu", &(struct gelu_attrs){ 1 }, part[0]),
		      part[1]);
}

/* -- the whole ----------------------------------------------------------------------------- */

/* Experts of each token, [tokens, k], and their factors. */
static void route(struct fused *f, bool packed, uint32_t *experts, uint32_t *factors)
{
	const struct moe_attrs *a = f->n->attrs;
	struct topk_attrs top = { .axis = -1, .largest = 1, .sorted = 1 };
	struct reduce_attrs keep = { .keepdims = 1 };
	uint32_t p = fused_cast(f, DT_F32, f->n->in[1]), out[2] = { VALUE_NONE };
	uint32_t given = packed ? fused_in(f, ROUTER_WEIGHTS) : VALUE_NONE;

	if (!given)
		p = fused1(f, "Softmax", &(struct axis_attrs){ -1 }, p);
	fused_ops(f, "TopK", &top, 2, (uint32_t[]){ p, new_ints(f->n, &a->k, 1) }, 2, out);
	*experts = out[1];
	*factors = out[0];
	if (given)
		*factors = fused2(f, "GatherElements", &(struct axis_attrs){ 1 },
				  fused_cast(f, DT_F32, given), out[1]);
	if (a->normalize_routing_weights)
		*factors = fused2(f, "Div", NULL, *factors,
				  fused2(f, "ReduceSum", &keep, *factors,
					 new_ints(f->n, (int64_t[]){ -1 }, 1)));
}

static void experts(struct fused *f, const struct layer *layers, uint32_t *out)
{
	const struct moe_attrs *a = f->n->attrs;
	struct reduce_attrs flat = { .keepdims = 0 };
	bool packed = layers == packed_layers;
	uint32_t x = f->n->in[0], e, w, y, fc3 = VALUE_NONE;

	if (a->use_sparse_mixer)
		fused_error(f, "use_sparse_mixer is not supported");
	if (!fused_rank(f, x, "input", 2, 3) || !fused_rank(f, f->n->in[1], "router_probs", 2, 2))
		return;
	if (fused_shape(f, x)->rank == 3) {
		const struct shape *s = fused_shape(f, x);

		if (!dim_is_const(s->d[2])) {
			fused_error(f, "the sizes of experts must be known at compile time");
			return;
		}
		x = fused_reshape(f, x, 2, (int64_t[]){ -1, s->d[2] });
	}
	if (!f->failed && !dim_assume_equal(f->u, fused_shape(f, x)->d[0],
					    fused_shape(f, f->n->in[1])->d[0], NULL))
		fused_error(f, "router_probs must have a row for each token");
	if (!f->failed && fused_rank(f, f->n->in[2], "the weights of experts", 3, 3) &&
	    !dim_assume_equal(f->u, fused_shape(f, f->n->in[1])->d[1],
			      fused_shape(f, f->n->in[2])->d[0], NULL))
		fused_error(f, "router_probs must have a column for each expert");
	route(f, packed, &e, &w);
	y = layer(f, &layers[FC1], FC1, x, e);
	if (fused_in(f, layers[FC3].weights))
		fc3 = layer(f, &layers[FC3], FC3, x, e);
	y = layer(f, &layers[FC2], FC2, gated(f, y, fc3), e);
	y = fused2(f, "Mul", NULL, y, fused_axes(f, "Unsqueeze", w, -1));
	y = fused2(f, "ReduceSum", &flat, y, new_ints(f->n, (int64_t[]){ 1 }, 1));
	if (f->failed)
		return;
	if (fused_shape(f, f->n->in[0])->rank == 3)
		y = new_reshape(f->n, y, f->n->in[0]);
	out[0] = fused_cast(f, value_of(f->u, f->n->in[0])->type, y);
}

static void make_moe(struct fused *f, uint32_t *out)
{
	experts(f, plain_layers, out);
}
FUSED_OP(moe)

static void make_qmoe(struct fused *f, uint32_t *out)
{
	for (int k = ROUTER_WEIGHTS + 1; k < f->n->n_in; k++)
		if (fused_in(f, k))
			fused_error(f, "global and activation scales are not supported");
	experts(f, packed_layers, out);
}
FUSED_OP(qmoe)

const struct op ops_ms_moe[] = {
	{ MS_OP("MoE", moe,
		"input:T router_probs:T fc1_experts_weights:T fc1_experts_bias?:T "
		"fc2_experts_weights:T fc2_experts_bias?:T fc3_experts_weights?:T "
		"fc3_experts_bias?:T -> output:T",
		"T=float,float16,bfloat16", "each token through the experts that suit it most"),
	  MS_ATTRS(moe_rows, moe_attrs),
	  .limits = "use_sparse_mixer is not supported; "
		    "the sizes of experts must be known at compile time" },
	{ MS_OP("QMoE", qmoe,
		"input:T router_probs:T fc1_experts_weights:T1 fc1_scales?:T2 fc1_experts_bias?:T "
		"fc2_experts_weights:T1 fc2_scales?:T2 fc2_experts_bias?:T fc3_experts_weights?:T1 "
		"fc3_scales?:T2 fc3_experts_bias?:T fc1_zero_points?:T1 fc2_zero_points?:T1 "
		"fc3_zero_points?:T1 router_weights?:T fc1_global_scale?:float "
		"fc2_global_scale?:float fc1_act_scale?:float fc2_act_scale?:float "
		"fc1_act_block_scale?:* fc2_act_block_scale?:* -> output:T",
		"T=float,float16,bfloat16 T1=uint8 T2=float,float16,bfloat16",
		"MoE whose weights are packed 2-, 4- or 8-bit integers"),
	  MS_ATTRS(qmoe_rows, moe_attrs),
	  .limits = "use_sparse_mixer is not supported; the sizes of experts must be known at "
		    "compile time; global and activation scales are not supported" },
	{ .name = NULL }
};
