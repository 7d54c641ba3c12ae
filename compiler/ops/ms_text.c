/* ms_text.c - com.microsoft's operators that are said best in ONNX's own text. */
#include "family.h"

/* clang-format off: it breaks strings anywhere */

static const char unique[] = "y, first, idx, counts = Unique <sorted: int = 0> (x)";

/* -- DynamicTimeWarping -------------------------------------------------------------------- */

/* d[i,j] = x[i,j] + the strictly least of d[i-1,j-1] (0), d[i-1,j] (1), or else d[i,j-1] (2);
 * the path goes back by these numbers from the last corner. */
static const char warping[] =
	"shape = Shape <start: int = -2> (input) x = Reshape (input, shape) "
	"one = Constant <value_int: int = 1> ()\n"
	"zero = Constant <value_int: int = 0> () "
	"zero1 = Constant <value_ints: ints = [0]> () "
	"one1 = Constant <value_ints: ints = [1]> ()\n"
	"less1 = Constant <value_ints: ints = [-1]> () "
	"zerof = Constant <value_float: float = 0.0> () log0 = Log (zerof)\n"
	"far = Neg (log0) far1 = Reshape (far, one1) zerof1 = Reshape (zerof, one1) "
	"zero32 = Cast <to: int = 6> (zero)\n"
	"one32 = Cast <to: int = 6> (one) two32 = Add (one32, one32) "
	"columns1 = Gather (shape, one1) beyond = Expand (far, columns1)\n"
	"start = Concat <axis: int = 0> (zerof1, beyond)\n"
	"last, back = Scan <num_scan_inputs: int = 1, body: graph = row (above, costs) => "
	"(below, steps) {\n"
	" ups = Slice (above, one1, big1) diagonals = Slice (above, zero1, less1)\n"
	" end, ds, steps = Scan <num_scan_inputs: int = 3, body: graph = cell (left, cost, up, "
	"diagonal) => (d, d2, step) {\n"
	"  a = Less (diagonal, up) b = Less (diagonal, left) is0 = And (a, b) "
	"e = Less (up, diagonal) f = Less (up, left)\n"
	"  is1 = And (e, f) s1 = Where (is1, one32, two32) step = Where (is0, zero32, s1) "
	"m1 = Where (is1, up, left)\n"
	"  m = Where (is0, diagonal, m1) d = Add (m, cost) "
	"d2 = Identity (d) }> (far, costs, ups, diagonals)\n"
	" below = Concat <axis: int = 0> (far1, ds) }> (start, x)\n"
	"rows1 = Gather (shape, zero1) rows = Squeeze (rows1) columns = Squeeze (columns1) "
	"most = Add (rows, columns)\n"
	"flat = Reshape (back, less1)\n"
	"r_end, c_end, rs, cs = Loop <body: graph = walk (k, go, r, c) => (on, r_, c_, r0, c0) "
	"{\n"
	" r0 = Sub (r, one) c0 = Sub (c, one) begin = Mul (r0, columns) "
	"at = Add (begin, c0) t = Gather (flat, at)\n"
	" stays_r = Equal (t, two32) stays_c = Equal (t, one32) r_ = Where (stays_r, r, r0) "
	"c_ = Where (stays_c, c, c0)\n"
	" r_in = Greater (r_, zero) c_in = Greater (c_, zero) "
	"on = And (r_in, c_in) }> (most, , rows, columns)\n"
	"both = Concat <axis: int = 0> (rs2, cs2) "
	"turned = Slice (both, less1, first1, one1, less1) "
	"output = Cast <to: int = 6> (turned)\n"
	"rs2 = Unsqueeze (rs, zero1) cs2 = Unsqueeze (cs, zero1) "
	"big1 = Constant <value_ints: ints = [2147483647]> ()\n"
	"first1 = Constant <value_ints: ints = [-2147483648]> ()";

/* -- MoEGroupRouter ------------------------------------------------------------------------ */

struct router_attrs {
	int64_t n_group, topk_group, group_topk, top_k;
	float router_sentinel;
};
static const struct attr_row router_rows[] = {
	A_RANGE(struct router_attrs, n_group, 1, 1, INT32_MAX),
	A_RANGE(struct router_attrs, topk_group, 1, 1, INT32_MAX),
	A_RANGE(struct router_attrs, group_topk, 2, 1, INT32_MAX),
	{ ATTR(struct router_attrs, top_k), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	A_FLOAT(struct router_attrs, router_sentinel, -10000.0),
	A_END
};

/* Of the groups with the greatest sums of their best scores, the best experts. */
static const char router[] =
	"wide = Cast <to: int = 1> (logits) experts1 = Shape <start: int = -1> (logits) "
	"less1 = Constant <value_ints: ints = [-1]> ()\n"
	"one1 = Constant <value_ints: ints = [1]> () "
	"two1 = Constant <value_ints: ints = [2]> () "
	"zerof = Constant <value_float: float = 0.0> ()\n"
	"flat_size = Concat <axis: int = 0> (less1, experts1) "
	"flat = Reshape (wide, flat_size) s = Sigmoid (flat)\n"
	"router_weights = Identity (s) b = Add (s, expert_bias) "
	"selection_scores = Identity (b)\n"
	"groups = Constant <value_int: int = @n_group> () groups1 = Reshape (groups, one1) "
	"each1 = Div (experts1, groups1)\n"
	"group_size = Concat <axis: int = 0> (less1, groups1, each1) "
	"grouped = Reshape (b, group_size)\n"
	"few = Constant <value_int: int = @group_topk> () few1 = Reshape (few, one1) "
	"fewer1 = Min (few1, each1)\n"
	"best, best_at = TopK <axis: int = 2> (grouped, fewer1) "
	"sums = ReduceSum <keepdims: int = 0> (best, two1)\n"
	"kept = Constant <value_int: int = @topk_group> () kept1 = Reshape (kept, one1) "
	"top, top_at = TopK <axis: int = 1> (sums, kept1)\n"
	"sums_size = Shape (sums) zeros = Expand (zerof, sums_size) top_size = Shape (top) "
	"onef = Exp (zerof) ones = Expand (onef, top_size)\n"
	"active0 = ScatterElements <axis: int = 1> (zeros, top_at, ones) "
	"active1 = Unsqueeze (active0, two1) active = Cast <to: int = 9> (active1)\n"
	"nothing = Log (zerof) of_active = Where (active, grouped, nothing) "
	"candidates = Reshape (of_active, flat_size)\n"
	"many = Constant <value_int: int = @top_k> () many1 = Reshape (many, one1) "
	"chosen, at = TopK <axis: int = 1> (candidates, many1)\n"
	"share = GatherElements <axis: int = 1> (s, at) "
	"least = Constant <value_float: float = 1e-20> () not_zero = Max (share, least)\n"
	"logs = Log (not_zero) other = Constant <value_float: float = @router_sentinel> () "
	"all_size = Shape (s) others = Expand (other, all_size)\n"
	"probs = ScatterElements <axis: int = 1> (others, at, logs) "
	"router_probs = CastLike (probs, logits)";

/* -- DecoderMaskedMultiHeadAttention ------------------------------------------------------- */

struct masked_attrs {
	int64_t num_heads, past_present_share_buffer, output_qk;
	float scale, mask_filter_value;
};
static const struct attr_row masked_rows[] = {
	{ ATTR(struct masked_attrs, num_heads), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	A_FLAG(struct masked_attrs, past_present_share_buffer, 0),
	A_FLAG(struct masked_attrs, output_qk, 0),
	A_FLOAT(struct masked_attrs, scale, 0.0),
	A_FLOAT(struct masked_attrs, mask_filter_value, -10000.0),
	A_END
};

/* One word for each row. With a past its key and value are put at their place there, or behind
 * it; without one, key and value are those of other words, [batch, heads, length, depth]. With
 * beams, cache_indirection says whose words those before this one are. */
static const char masked[] =
	"zero = Constant <value_int: int = 0> () one = Constant <value_int: int = 1> () "
	"zero1 = Constant <value_ints: ints = [0]> ()\n"
	"one1 = Constant <value_ints: ints = [1]> () "
	"two1 = Constant <value_ints: ints = [2]> () "
	"less1 = Constant <value_ints: ints = [-1]> ()\n"
	"big1 = Constant <value_ints: ints = [2147483647]> () "
	"heads = Constant <value_int: int = @num_heads> () heads1 = Reshape (heads, one1)\n"
	"split = Concat <axis: int = 0> (zero1, zero1, heads1, less1) "
	"joined = Concat <axis: int = 0> (zero1, zero1, less1)\n"
	"hidden1 = Shape <start: int = -1> (query)\n"
	"?bias bias_q = Slice (bias, zero1, hidden1) q0 = Add (query, bias_q)\n"
	"!bias q0 = Identity (query)\n"
	"q1 = Reshape (q0, split) q = Transpose <perm: ints = [0, 2, 1, 3]> (q1)\n"
	"?past_key ?bias hidden2 = Add (hidden1, hidden1) "
	"bias_k = Slice (bias, hidden1, hidden2) k0 = Add (key, bias_k)\n"
	"?past_key ?bias bias_v = Slice (bias, hidden2, big1) v0 = Add (value, bias_v)\n"
	"?past_key !bias k0 = Identity (key) v0 = Identity (value)\n"
	"?past_key k1 = Reshape (k0, split) k = Transpose <perm: ints = [0, 2, 1, 3]> (k1)\n"
	"?past_key v1 = Reshape (v0, split) v = Transpose <perm: ints = [0, 2, 1, 3]> (v1)\n"
	"?past_key ?past_sequence_length place0 = Cast <to: int = 7> (past_sequence_length) "
	"place1 = Reshape (place0, one1) place = Squeeze (place1)\n"
	"?past_key ?past_sequence_length room1 = Shape <start: int = 2, end: int = 3> (past_key) "
	"room = Squeeze (room1)\n"
	"?past_key ?past_sequence_length line = Range (zero, room, one) "
	"here0 = Equal (line, place) here = Unsqueeze (here0, one1)\n"
	"?past_key ?past_sequence_length present_key = Where (here, k, past_key) "
	"present_value = Where (here, v, past_value)\n"
	"?past_key ?past_sequence_length total1 = Add (place1, one1)\n"
	"?past_key ?past_sequence_length own_k = Slice (present_key, zero1, total1, two1) "
	"own_v = Slice (present_value, zero1, total1, two1)\n"
	"?past_key !past_sequence_length present_key = Concat <axis: int = 2> (past_key, k) "
	"present_value = Concat <axis: int = 2> (past_value, v)\n"
	"?past_key !past_sequence_length own_k = Identity (present_key) "
	"own_v = Identity (present_value)\n"
	"!past_key own_k = Identity (key) own_v = Identity (value) "
	"present_key = Identity (key) present_value = Identity (value)\n"
	"?cache_indirection width0 = Cast <to: int = 7> (beam_width) "
	"width1 = Reshape (width0, one1) width = Squeeze (width1)\n"
	"?cache_indirection rows1 = Shape <start: int = 0, end: int = 1> (query) "
	"rows = Squeeze (rows1) row = Range (zero, rows, one)\n"
	"?cache_indirection begin0 = Div (row, width) begin1 = Mul (begin0, width) "
	"begin = Unsqueeze (begin1, one1)\n"
	"?cache_indirection from_size = Concat <axis: int = 0> (rows1, less1) "
	"from0 = Cast <to: int = 7> (cache_indirection)\n"
	"?cache_indirection from1 = Reshape (from0, from_size) "
	"from2 = Slice (from1, zero1, total1, one1) from3 = Add (from2, begin)\n"
	"?cache_indirection until = Slice (line, zero1, total1) last = Equal (until, place) "
	"self = Unsqueeze (row, one1)\n"
	"?cache_indirection from4 = Where (last, self, from3) "
	"axes13 = Constant <value_ints: ints = [1, 3]> () from = Unsqueeze (from4, axes13)\n"
	"?cache_indirection size_k = Shape (own_k) from_k = Expand (from, size_k) "
	"all_k = GatherElements <axis: int = 0> (own_k, from_k)\n"
	"?cache_indirection size_v = Shape (own_v) from_v = Expand (from, size_v) "
	"all_v = GatherElements <axis: int = 0> (own_v, from_v)\n"
	"!cache_indirection all_k = Identity (own_k) all_v = Identity (own_v)\n"
	"depth1 = Shape <start: int = -1> (q) depth = Cast <to: int = 1> (depth1) "
	"root = Sqrt (depth) usual = Reciprocal (root)\n"
	"given = Constant <value_float: float = @scale> () "
	"none = Constant <value_float: float = 0.0> () is_usual = Equal (given, none)\n"
	"factor = Where (is_usual, usual, given) scale1 = CastLike (factor, q) "
	"scaled = Mul (q, scale1)\n"
	"turned = Transpose <perm: ints = [0, 1, 3, 2]> (all_k) "
	"products = MatMul (scaled, turned)\n"
	"?mask_index shown = Cast <to: int = 9> (mask_index) "
	"hidden = Constant <value_float: float = @mask_filter_value> () "
	"mask0 = Where (shown, none, hidden)\n"
	"?mask_index axes12 = Constant <value_ints: ints = [1, 2]> () "
	"mask1 = Unsqueeze (mask0, axes12) mask = CastLike (mask1, q) "
	"scores = Add (products, mask)\n"
	"!mask_index scores = Identity (products)\n"
	"?attention_bias biased = Add (scores, attention_bias)\n"
	"!attention_bias biased = Identity (scores)\n"
	"shares = Softmax <axis: int = -1> (biased) qk = Identity (biased) "
	"sums = MatMul (shares, all_v)\n"
	"sums1 = Transpose <perm: ints = [0, 2, 1, 3]> (sums) "
	"output = Reshape (sums1, joined)";

/* clang-format on */

/* -- the table ----------------------------------------------------------------------------- */

#define TEXT(NAME, SIG, TYPES, TEXT, DOC)                                                          \
	.name = (NAME), .domain = DOMAIN_MS, .since = 1, .sig = (SIG), .types = (TYPES),           \
	.text = (TEXT), .doc = (DOC)

const struct op ops_ms_text[] = {
	{ TEXT("Unique", "x:T -> y:T idx:int64 counts:int64", "T=num,small,bool,string", unique,
	       "what elements there are, where, and how often") },
	{ TEXT("DynamicTimeWarping", "input:float -> output:int32", NULL, warping,
	       "the cheapest path through a matrix of costs") },
	{ TEXT("MoEGroupRouter",
	       "logits:T expert_bias:float -> router_probs?:T selection_scores?:float router_weights?:float",
	       "T=float,float16,bfloat16", router, "experts of the best groups for each token"),
	  .attrs = router_rows, .attrs_size = sizeof(struct router_attrs) },
	{ TEXT("DecoderMaskedMultiHeadAttention",
	       "query:T key:T value:T mask_index?:int32 attention_bias?:T past_key?:T past_value?:T "
	       "past_sequence_length?:int32 beam_width?:int32 cache_indirection?:int32 bias?:T -> "
	       "output:T present_key?:T present_value?:T qk?:T",
	       "T=float,float16", masked, "attention of one word to those before it, or to others"),
	  .attrs = masked_rows, .attrs_size = sizeof(struct masked_attrs) },
	{ .name = NULL }
};
