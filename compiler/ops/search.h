/* search.h - attributes of com.microsoft's searches for sequences of words. */
#ifndef EDGECC_OPS_SEARCH_H
#define EDGECC_OPS_SEARCH_H

#include "family.h"

enum { MODEL_GPT, MODEL_T5, MODEL_WHISPER }; /* model_type */

struct search_attrs {
	int decoder, encoder, init_decoder;
	int64_t model_type, vocab_size, eos_token_id, pad_token_id, decoder_start_token_id;
	int64_t early_stopping, no_repeat_ngram_size;
	/* Sampling: */
	float temperature, top_p, filter_value, presence_penalty;
	int64_t min_tokens_to_keep, custom;
	/* WhisperBeamSearch: */
	int64_t decoder_output_cross_qk, no_speech_token_id, translate_token_id;
	int64_t transcribe_token_id, start_of_lm_token_id, no_timestamps_token_id;
	int64_t beginning_timestamp_token_id;
};

/* Its row is of ms_search.c: import makes other nodes of it. */
bool op_is_search(const struct op *op);

#endif
