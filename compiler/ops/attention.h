/* attention.h - for attention.c, attention_bias.c and attention_flex.c. */
#ifndef EDGECC_OPS_ATTENTION_H
#define EDGECC_OPS_ATTENTION_H

#include "family.h"

struct attention_attrs {
	float scale, softcap; /* 0: 1 / sqrt(size of a head); none */
	int64_t is_causal, q_num_heads, kv_num_heads, qk_matmul_output_mode, softmax_precision;
	int64_t left_window_size, right_window_size;
};
enum { IN_Q, IN_K, IN_V, IN_MASK, IN_PAST_KEY, IN_PAST_VALUE, IN_LENGTHS };
enum { OUT_Y, OUT_KEY, OUT_VALUE, OUT_QK };
enum { QK_PRODUCT, QK_CAPPED, QK_BIASED, QK_SOFTMAX };

/* Sizes with heads as an axis: Q [batch, heads, queries, size], K and V [batch, shared, keys, size
 * or value]. */
struct attention_sizes {
	dim batch, heads, shared, queries, fresh, past, keys, size, value;
};

/* Sizes of inputs Q, K, V and of those that depend on them; false: reported. */
bool attention_read_sizes(struct unit *u, const struct node *n, struct attention_sizes *out);
uint32_t attention_transposed(struct node *n, uint32_t x, const int64_t *order); /* of rank 4 */

bool attention_is_biased(const struct node *n);
bool attention_may_hide_rows(const struct node *n); /* from all keys */
/* scores, [batch, heads, queries, keys] or with axis 1 as [shared, heads of each], + bias; a hidden
 * place is minus infinity whatever its score. */
uint32_t attention_bias(struct node *n, const struct attention_sizes *s, uint32_t scores);
/* Rows that see no key are 0 instead of the NaN that softmax makes of them. */
uint32_t attention_clear_hidden(struct node *n, const struct attention_sizes *s, uint32_t softmax);

#endif
