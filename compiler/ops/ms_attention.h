/* ms_attention.h - for ms_attention.c and ms_mha.c. */
#ifndef EDGECC_OPS_MS_ATTENTION_H
#define EDGECC_OPS_MS_ATTENTION_H

#include "ms.h"

#include "attention.h"

struct heads {
	uint32_t q, k, v, bias, past_key, past_value;
	int64_t count;
	float scale;
	bool causal;
};
enum { OUT_OUTPUT, OUT_PRESENT_KEY, OUT_PRESENT_VALUE, OUT_SCORES, N_OUT };

/* out[OUT_SCORES] has what hides keys added: minus infinity where causal. */
void ms_attend(struct fused *f, const struct heads *h, int n_out, uint32_t *out);
/* What a mask of integers, 0 where hidden, adds to the scores; it broadcasts to [batch, heads, queries,
 * keys]. */
uint32_t ms_mask_bias(struct fused *f, uint32_t m, const struct attention_sizes *s, float hidden,
		      enum dtype t);
uint32_t ms_sum_bias(struct fused *f, uint32_t a, uint32_t b); /* either may be VALUE_NONE */
dim ms_axis(struct fused *f, uint32_t x, int axis);            /* 0 after a failure */

#endif
