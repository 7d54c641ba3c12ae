/* ms.h - com.microsoft's operators as nodes of ai.onnx.
 *
 * An operator is one function that builds what it means before the node. Inference builds it, reads
 * types and shapes from it and takes it away again; expansion keeps it. */
#ifndef EDGECC_OPS_MS_H
#define EDGECC_OPS_MS_H

#include "family.h"

struct fused {
	struct unit *u;
	struct node *n;
	bool failed; /* reported: what is built from here on is nothing */
};
/* Sets out[k] for output k; a failure stands in f. */
typedef void fused_fn(struct fused *f, uint32_t *out);

bool fused_infer(struct unit *u, struct node *n, fused_fn *make);
bool fused_expand(struct unit *u, struct node *n, fused_fn *make);
#define FUSED_OP(NAME)                                                                             \
	static bool infer_##NAME(struct unit *u, struct node *n)                                   \
	{                                                                                          \
		return fused_infer(u, n, make_##NAME);                                             \
	}                                                                                          \
	static bool expand_##NAME(struct unit *u, struct node *n)                                  \
	{                                                                                          \
		return fused_expand(u, n, make_##NAME);                                            \
	}

/* A node of ai.onnx; VALUE_NONE after a failure. */
uint32_t fused_op(struct fused *f, const char *op, const void *attrs, int n_in, const uint32_t *in);
#define fused1(f, op, attrs, a) fused_op((f), (op), (attrs), 1, (uint32_t[]){ (a) })
#define fused2(f, op, attrs, a, b) fused_op((f), (op), (attrs), 2, (uint32_t[]){ (a), (b) })
#define fused3(f, op, attrs, a, b, c) fused_op((f), (op), (attrs), 3, (uint32_t[]){ (a), (b), (c) })
/* The same with several outputs: out[0..n_out). */
void fused_ops(struct fused *f, const char *op, const void *attrs, int n_in, const uint32_t *in,
	       int n_out, uint32_t *out);
uint32_t fused_in(const struct fused *f, int k); /* input k, VALUE_NONE where it is left out */
uint32_t fused_cast(struct fused *f, enum dtype t, uint32_t x);
uint32_t fused_reshape(struct fused *f, uint32_t x, int rank, const int64_t *sizes);
uint32_t fused_transpose(struct fused *f, uint32_t x, int rank, const int *order);
uint32_t fused_axes(struct fused *f, const char *op, uint32_t x, int64_t axis); /* (Un)squeeze */
uint32_t fused_concat(struct fused *f, int axis, uint32_t a, uint32_t b);
/* [B, L, N*H] as [B, N, L, H]; what has rank 4 stays. */
uint32_t fused_heads(struct fused *f, uint32_t x, int64_t heads);
const struct shape *fused_shape(const struct fused *f, uint32_t x);
/* Reports, and sets f->failed. */
void fused_error(struct fused *f, const char *text);
/* x's rank is lo to hi; false, reported, when it is not, or after a failure. */
bool fused_rank(struct fused *f, uint32_t x, const char *name, int lo, int hi);

/* A node of loops over `in` that is being made: idx are the indices of its only output. */
struct fused_loops {
	struct node *m;
	struct tir_builder b;
	struct tir_stage stage;
	const struct tir *idx[RANK_MAX];
};
void fused_loops_begin(struct fused *f, struct fused_loops *w, int n_in, const uint32_t *in,
		       enum dtype t, const struct shape *shape);
uint32_t fused_loops_end(struct fused_loops *w, const struct tir *value); /* the output */

/* ms_lstm.c: DynamicQuantizeLSTM, a row of quant_ms.c. */
bool infer_dynamic_lstm(struct unit *u, struct node *n);
bool expand_dynamic_lstm(struct unit *u, struct node *n);

/* Shorthand for com.microsoft's rows. */
#define MS_OP(NAME, FN, SIG, TYPES, DOC)                                                           \
	.name = NAME, .domain = DOMAIN_MS, .since = 1, .sig = SIG, .types = TYPES,                 \
	.infer = infer_##FN, .expand = expand_##FN, .doc = DOC
#define MS_ATTRS(ROWS, S) .attrs = ROWS, .attrs_size = sizeof(struct S)

#endif
