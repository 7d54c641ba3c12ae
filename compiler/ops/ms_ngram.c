/* ms_ngram.c - NGramHashMapping of com.microsoft, in ONNX's own text. */
#include "family.h"

struct ngram_attrs {
	int64_t max_ngram_size, n_head_per_ngram, pad_id, reset_on_eos;
};
static const struct attr_row ngram_rows[] = {
	{ ATTR(struct ngram_attrs, max_ngram_size), .kind = ATTR_INT, .required = true, .lo = 2,
	  .hi = INT32_MAX },
	{ ATTR(struct ngram_attrs, n_head_per_ngram), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	{ ATTR(struct ngram_attrs, pad_id), .kind = ATTR_INT, .required = true },
	A_FLAG(struct ngram_attrs, reset_on_eos, 0),
	A_END
};

/* seen[b,t,j] is the word j places before word t. What lies before the end of a text (reset_on_eos), or before a new
 * segment, is `fill`. The hash of n words is the exclusive or of their products, modulo each head's size. */
static const char ngram[] =
	"zero = Constant <value_int: int = 0> () one = Constant <value_int: int = 1> () two = Constant <value_int: int = 2> ()\n"
	"zero1 = Constant <value_ints: ints = [0]> () one1 = Constant <value_ints: ints = [1]> () two1 = Constant <value_ints: ints = [2]> ()\n"
	"three1 = Constant <value_ints: ints = [3]> () less1 = Constant <value_ints: ints = [-1]> () big1 = Constant <value_ints: ints = [2147483647]> ()\n"
	"zero32 = Cast <to: int = 6> (zero) \n"
	"n = Constant <value_int: int = @max_ngram_size> () n1 = Reshape (n, one1) behind = Sub (n, one) behind1 = Sub (n1, one1)\n"
	"rows1 = Shape <start: int = 0, end: int = 1> (input_ids) steps1 = Shape <start: int = 1, end: int = 2> (input_ids) steps = Squeeze (steps1)\n"
	"?eos_token_id fill = Squeeze (eos_token_id)\n"
	"!eos_token_id pad = Constant <value_int: int = @pad_id> () fill = CastLike (pad, input_ids)\n"
	"?past_ids before = Identity (past_ids)\n"
	"!past_ids before_size = Concat <axis: int = 0> (rows1, behind1) before = Expand (fill, before_size)\n"
	"all = Concat <axis: int = 1> (before, input_ids) present_ids = Slice (all, steps1, big1, one1)\n"
	"places = Range (zero, n, one) times0 = Range (zero, steps, one) times = Unsqueeze (times0, one1) own = Add (times, behind)\n"
	"at = Sub (own, places) seen = Gather <axis: int = 1> (all, at)\n"
	"?eos_token_id reset0 = Constant <value_int: int = @reset_on_eos> () reset = Cast <to: int = 9> (reset0) is_end = Equal (seen, fill)\n"
	"?eos_token_id earlier = Greater (places, zero) end0 = And (is_end, earlier) end = And (end0, reset) end32 = Cast <to: int = 6> (end)\n"
	"?eos_token_id ends = CumSum (end32, two) ended = Greater (ends, zero32) of_text = Where (ended, fill, seen)\n"
	"!eos_token_id of_text = Identity (seen)\n"
	"?segment_ids last1 = Sub (steps1, one1) left = Slice (segment_ids, zero1, last1, one1) right = Slice (segment_ids, one1, big1, one1)\n"
	"?segment_ids same = Equal (left, right) new0 = Not (same) new32 = Cast <to: int = 6> (new0) pads = Concat <axis: int = 0> (zero1, n1, zero1, zero1)\n"
	"?segment_ids new = Pad (new32, pads) borders = Gather <axis: int = 1> (new, at) passed = CumSum <exclusive: int = 1> (borders, two)\n"
	"?segment_ids other = Greater (passed, zero32) words = Where (other, fill, of_text)\n"
	"!segment_ids words = Identity (of_text)\n"
	"factors = Slice (multipliers, zero1, n1) products = Mul (words, factors)\n"
	"nothing = CastLike (zero, input_ids) size2 = Concat <axis: int = 0> (rows1, steps1) start = Expand (nothing, size2)\n"
	"whole, mixes = Scan <num_scan_inputs: int = 1, scan_input_axes: ints = [2], scan_output_axes: ints = [2], body: graph = mix (sum, x) => (next, y) {\n"
	" next = BitwiseXor (sum, x) y = Identity (next) }> (start, products)\n"
	"of_two = Slice (mixes, one1, big1, two1) column = Unsqueeze (of_two, three1)\n"
	"heads_size = Concat <axis: int = 0> (behind1, less1) heads = Reshape (vocab_sizes, heads_size) hashes = Mod (column, heads)\n"
	"joined = Concat <axis: int = 0> (rows1, steps1, less1) flat = Reshape (hashes, joined)\n"
	"?head_offsets hash_ids = Add (flat, head_offsets)\n"
	"!head_offsets hash_ids = Identity (flat)";

const struct op ops_ms_ngram[] = {
	{ .name = "NGramHashMapping",
	  .domain = DOMAIN_MS,
	  .since = 1,
	  .sig = "input_ids:M multipliers:M vocab_sizes:M past_ids?:M head_offsets?:M eos_token_id?:M segment_ids?:int32 -> hash_ids:M present_ids?:M",
	  .types = "M=int32,int64",
	  .attrs = ngram_rows,
	  .attrs_size = sizeof(struct ngram_attrs),
	  .text = ngram,
	  .doc = "hashes of each word with those before it" },
	{ .name = NULL }
};
