/* ms_search.c - com.microsoft's searches. Import turns them into nodes
 * (frontend/import_search.c); these are their rows. */
#include "search.h"

#define COMMON_ROWS                                                                                \
	{ ATTR(struct search_attrs, decoder), .kind = ATTR_GRAPH, .required = true },              \
		{ ATTR(struct search_attrs, encoder), .kind = ATTR_GRAPH },                        \
		{ ATTR(struct search_attrs, init_decoder), .kind = ATTR_GRAPH },                   \
		A_RANGE(struct search_attrs, vocab_size, -1, -1, INT32_MAX),                       \
		A_RANGE(struct search_attrs, decoder_start_token_id, -1, -1, INT32_MAX),           \
		A_RANGE(struct search_attrs, no_repeat_ngram_size, 0, 0, INT32_MAX),               \
		{ ATTR(struct search_attrs, eos_token_id), .kind = ATTR_INT, .required = true,     \
		  .lo = 0, .hi = INT32_MAX },                                                      \
	{                                                                                          \
		ATTR(struct search_attrs, pad_token_id), .kind = ATTR_INT, .required = true,       \
							 .lo = 0, .hi = INT32_MAX                  \
	}

static const struct attr_row beam_rows[] = { COMMON_ROWS,
					     A_RANGE(struct search_attrs, model_type, 0, 0, 2),
					     A_FLAG(struct search_attrs, early_stopping, 0),
					     A_END };

static const struct attr_row greedy_rows[] = { COMMON_ROWS,
					       A_RANGE(struct search_attrs, model_type, 0, 0, 2),
					       A_END };

static const struct attr_row sampling_rows[] = {
	COMMON_ROWS,
	A_RANGE(struct search_attrs, model_type, 0, 0, 2),
	A_FLOAT(struct search_attrs, temperature, 1.0),
	A_FLOAT(struct search_attrs, top_p, 0.0),
	A_FLOAT(struct search_attrs, filter_value, -1e20),
	A_FLOAT(struct search_attrs, presence_penalty, 0.0),
	A_RANGE(struct search_attrs, min_tokens_to_keep, 0, 0, INT32_MAX),
	A_FLAG(struct search_attrs, custom, 0),
	A_END
};

static const struct attr_row whisper_rows[] = {
	COMMON_ROWS,
	A_RANGE(struct search_attrs, model_type, 2, 2, 2),
	A_FLAG(struct search_attrs, early_stopping, 0),
	A_INT(struct search_attrs, decoder_output_cross_qk, 0),
	A_INT(struct search_attrs, no_speech_token_id, -1),
	A_INT(struct search_attrs, translate_token_id, -1),
	A_INT(struct search_attrs, transcribe_token_id, -1),
	A_INT(struct search_attrs, start_of_lm_token_id, -1),
	A_INT(struct search_attrs, no_timestamps_token_id, -1),
	A_INT(struct search_attrs, beginning_timestamp_token_id, -1),
	A_END
};

/* Never asked: no node of theirs comes into a graph. */
static bool infer_search(struct unit *u, struct node *n)
{
	(void)u;
	(void)n;
	unreachable("a search is turned into nodes when it is read");
}

bool op_is_search(const struct op *op)
{
	return op->infer == infer_search;
}

#define LIMIT                                                                                          \
	"a decoder whose inputs are not its words, their places and mask, and pasts for all it makes " \
	"is not supported"

#define PROCESSOR "; a logits_processor other than 0 is not supported"
#define NO_ENCODER "; an encoder is not supported"

#define SEARCH(NAME, SIG, ROWS, DOC, ...)                                                          \
	{                                                                                          \
		.name = (NAME), .domain = DOMAIN_MS, .since = 1, .sig = (SIG),                     \
		.types = "T=floats", .attrs = (ROWS), .attrs_size = sizeof(struct search_attrs),   \
		.infer = infer_search, .doc = (DOC), .limits = LIMIT __VA_ARGS__                   \
	}

const struct op ops_ms_search[] = {
	SEARCH("BeamSearch",
	       "input_ids:* max_length:int32 min_length?:int32 num_beams:int32 "
	       "num_return_sequences:int32 length_penalty?:T repetition_penalty?:T "
	       "vocab_mask?:int32 prefix_vocab_mask?:int32 attention_mask?:int32 "
	       "decoder_input_ids?:int32 logits_processor?:int32 -> sequences:int32 "
	       "sequences_scores?:T scores?:T",
	       beam_rows, "the likeliest sequences of words, several beams at a time", PROCESSOR),
	SEARCH("WhisperBeamSearch",
	       "input_ids:* max_length:int32 min_length?:int32 num_beams:int32 "
	       "num_return_sequences:int32 length_penalty?:T repetition_penalty?:T "
	       "vocab_mask?:int32 prefix_vocab_mask?:int32 attention_mask?:int32 "
	       "decoder_input_ids?:int32 logits_processor?:int32 cross_qk_layer_head?:int32 "
	       "extra_decoding_ids?:int32 temperature?:T -> sequences:int32 sequences_scores?:T "
	       "scores?:T cross_qk?:T non_speech_probs?:T",
	       whisper_rows, "BeamSearch for Whisper",
	       PROCESSOR "; cross_qk is not supported; non_speech_probs is not supported"),
	SEARCH("GreedySearch",
	       "input_ids:int32 max_length:int32 min_length?:int32 repetition_penalty?:T "
	       "vocab_mask?:int32 prefix_vocab_mask?:int32 attention_mask?:int32 -> "
	       "sequences:int32",
	       greedy_rows, "the likeliest next word, again and again", NO_ENCODER),
	SEARCH("Sampling",
	       "input_ids:int32 max_length:int32 min_length?:int32 repetition_penalty?:T "
	       "vocab_mask?:int32 prefix_vocab_mask?:int32 attention_mask?:int32 "
	       "presence_mask?:int32 seed?:int32 -> sequences:int32 filtered_logits?:T",
	       sampling_rows, "the next word drawn from the likelier ones, again and again",
	       NO_ENCODER "; filtered_logits is not supported"),
	{ .name = NULL }
};
