/* A step of a search: the logits of the last word to the next one.
 *
 * Rows are beams, `batch * beams` of them; words so far, [rows, most], are the pad word behind the last. A beam that
 * gives the end of a sequence leaves it, without that word, among the `beams` best of its batch: hyp [batch, beams,
 * most], whose scores, hyps, are in descending order and -infinity where there is none yet. Equal scores keep their
 * order, so merging by TopK gives what adding one after the other would. */
#include "search.h"

const char *const search_beam_states[] = { "seq", "sum", "hyp", "hyps", "used", "over", NULL };
const char *const search_greedy_states[] = { "seq", "over", NULL };

/* -- before everything ------------------------------------------------------------- */

static const char numbers[] =
	"zero = Constant <value_int: int = 0> () one = Constant <value_int: int = 1> () "
	"zero1 = Constant <value_ints: ints = [0]> () one1 = Constant <value_ints: ints = [1]> () "
	"column = Constant <value_ints: ints = [-1, 1]> () less1 = Constant <value_ints: ints = "
	"[-1]> () "
	"less = Constant <value_int: int = -1> () one32 = Cast <to: int = 6> (one) "
	"zero32 = Cast <to: int = 6> (zero) zerof = Cast <to: int = 1> (zero) "
	"onef = Cast <to: int = 1> (one) lowest = Constant <value_float: float = "
	"-3.4028234663852886e38> () "
	"nothing = Log (zerof) pad32 = Cast <to: int = 6> (pad) most0 = Cast <to: int = 7> "
	"(max_length) "
	"most1 = Reshape (most0, one1) most = Squeeze (most1) line = Range (zero, most, one)";

static const char beam_numbers[] =
	"beams0 = Cast <to: int = 7> (num_beams) beams1 = Reshape (beams0, one1) "
	"returned0 = Cast <to: int = 7> (num_return_sequences) returned1 = Reshape (returned0, "
	"one1)";

static const char rows[] =
	"beams = Squeeze (beams1) batch = Squeeze (batch1) all = Mul (batch, beams) all1 = Mul "
	"(batch1, beams1) "
	"row = Range (zero, all, one) rows = Div (row, beams) length1 = Shape <start: int = 1> "
	"(prompt) "
	"length = Squeeze (length1)";

/* 1 where there is a word; of an encoder's, pads to the left only. */
static const char mask_of_pads[] =
	"real0 = Equal (input_ids, pad32) real1 = Not (real0) real = Cast <to: int = 6> (real1)";
static const char mask_of_left_pads[] =
	"before = CumSum (real, one) mask0 = Greater (before, zero32) mask = Cast <to: int = 6> "
	"(mask0)";
/* Places count words only. */
static const char positions[] =
	"through = CumSum (real, one) place = Sub (through, one32) position = Mul (place, real) "
	"places = ReduceSum (real, one1) places_wide = Gather (places, rows)";

void search_put_start(struct search *s)
{
	const struct search_attrs *a = s->a;
	bool whisper = a->model_type == MODEL_WHISPER;

	search_putf(
		s,
		"eos = Constant <value_int: int = %lld> () pad = Constant <value_int: int = %lld> ()",
		(long long)a->eos_token_id, (long long)a->pad_token_id);
	search_put(s, numbers);
	search_put(s, s->beams ? beam_numbers : "beams1 = Identity (one1)");
	search_put(s, "batch1 = Shape <start: int = 0, end: int = 1> (input_ids)");
	if (!s->encoder)
		search_put(s, "prompt = Identity (input_ids)");
	else if (search_has(s, "decoder_input_ids"))
		search_put(s, "prompt = Identity (decoder_input_ids)");
	else
		search_putf(
			s,
			"start0 = Constant <value_ints: ints = [%lld]> () start = Cast <to: int = "
			"6> (start0) "
			"start_size = Concat <axis: int = 0> (batch1, one1) prompt = Expand (start, start_size)",
			(long long)a->decoder_start_token_id);
	search_put(s, rows);
	if (!whisper)
		search_put(s, mask_of_pads);
	if (search_has(s, "attention_mask"))
		search_put(s, "mask = Identity (attention_mask)");
	else if (s->encoder && !whisper)
		search_put(s, mask_of_left_pads);
	else if (!whisper)
		search_put(s, "mask = Identity (real)");
	if (!s->encoder)
		search_put(s, positions);
}

/* -- before the first step --------------------------------------------------------- */

static const char words[] =
	"rest = Sub (most1, length1) around = Concat <axis: int = 0> (zero1, zero1, zero1, rest) "
	"prompts = Gather (prompt, rows) a_seq = Pad (prompts, around, pad32) a_now = Identity "
	"(length)";

/* All beams begin alike: but for the first they count for nothing. */
static const char beams[] =
	"begin = Mul (rows, beams) in_batch = Sub (row, begin) other0 = Greater (in_batch, zero) "
	"far = Constant <value_float: float = -1e9> () a_sum = Where (other0, far, zerof) "
	"hyp_size = Concat <axis: int = 0> (batch1, beams1, most1) a_hyp = Expand (pad32, "
	"hyp_size) "
	"hyps_size = Concat <axis: int = 0> (batch1, beams1) a_hyps = Expand (nothing, hyps_size) "
	"a_used = Expand (zero, batch1) no = Cast <to: int = 9> (zero) a_over = Expand (no, "
	"batch1) "
	"batches = Range (zero, batch, one) base0 = Mul (batches, beams) base = Reshape (base0, "
	"column) "
	"twice1 = Add (beams1, beams1) twice = Squeeze (twice1) order = Range (zero, twice, one)";

static const char one_beam[] = "no = Cast <to: int = 9> (zero) a_over = Expand (no, batch1)";

/* The generator of C++'s default_random_engine in GCC's library: x' = 16807 x mod (2^31 - 1), never 0. */
static const char seeded[] =
	"turn = Constant <value_int: int = 2147483647> () turns = Constant <value_int: int = "
	"16807> () "
	"seed0 = Cast <to: int = 7> (%s) seed1 = Reshape (seed0, one1) seed2 = Squeeze (seed1) "
	"seed3 = Mod (seed2, turn) unseeded = Equal (seed3, zero) a_random = Where (unseeded, "
	"one, seed3)";

/* `to`, a scalar float, of an input, or 1. */
static void put_scalar(struct search *s, const char *to, const char *input)
{
	if (search_has(s, input))
		search_putf(
			s,
			"%s0 = Cast <to: int = 1> (%s) %s1 = Reshape (%s0, one1) %s = Squeeze (%s1)",
			to, input, to, to, to, to);
	else
		search_putf(s, "%s = Identity (onef)", to);
}

void search_put_states(struct search *s)
{
	search_put(s, words);
	search_put(s, s->beams ? beams : one_beam);
	if (s->beams)
		put_scalar(s, "penalty", "length_penalty");
	put_scalar(s, "repeated", "repetition_penalty");
	put_scalar(s, "heat", "temperature");
	search_putf(s, "present_penalty = Constant <value_float: float = %.9g> ()",
		    (double)s->a->presence_penalty);
	if (s->sampled)
		search_putf(s, seeded, search_has(s, "seed") ? "seed" : "zero");
	if (!s->encoder)
		search_put(
			s,
			"a_position_ = Identity (places_wide) a_mask_ = Gather (mask, rows) "
			"more_size = Concat <axis: int = 0> (all1, one1) more = Expand (one32, more_size)");
}

/* -- what changes the scores of the next word -------------------------------------- */

static const char last_logits[] =
	"$logits_ = Cast <to: int = 1> ($logits) $latest = Gather <axis: int = 1> ($logits_, less)";

static const char sizes[] = "$size = Shape (~) $words1 = Shape <start: int = 1> (~) "
			    "$words = Squeeze ($words1) $known = Less (line, $now)";

static const char repetition[] =
	"$seen0 = Where ($known, $seq, zero32) $seen_size = Shape ($seq) $known32 = Cast <to: int "
	"= 6> ($known) "
	"$marks = Expand ($known32, $seen_size) $unseen = Expand (zero32, $size) "
	"$seen1 = ScatterElements <axis: int = 1, reduction: string = \"max\"> ($unseen, $seen0, "
	"$marks) "
	"$seen = Cast <to: int = 9> ($seen1) $negative = Less (~, zerof) $down = Mul (~, repeated) "
	"$up = Div (~, repeated) $worse = Where ($negative, $down, $up) ! = Where ($seen, $worse, "
	"~)";

/* n-grams begin at `starts`; one that begins as the last n - 1 words would end forbids its last word. */
static const char ngrams[] =
	"$n = Constant <value_int: int = %lld> () $m = Sub ($n, one) $m1 = Reshape ($m, one1) "
	"$starts0 = Sub (most, $m) $starts = Range (zero, $starts0, one) $starts2 = Reshape "
	"($starts, column) "
	"$steps = Range (zero, $m, one) $windows = Add ($starts2, $steps) $grams = Gather <axis: "
	"int = 1> ($seq, $windows) "
	"$first0 = Sub ($now, $m) $first1 = Max ($first0, zero) $lasts = Add ($first1, $steps) "
	"$tail0 = Gather <axis: int = 1> ($seq, $lasts) $tail = Unsqueeze ($tail0, one1) $alike0 "
	"= Equal ($grams, $tail) "
	"$alike1 = Cast <to: int = 6> ($alike0) $two1 = Constant <value_ints: ints = [2]> () "
	"$alike2 = ReduceSum <keepdims: int = 0> ($alike1, $two1) $m32 = Cast <to: int = 6> ($m) "
	"$alike = Equal ($alike2, $m32) "
	"$ends0 = Add ($starts, $m) $inside = Less ($ends0, $now) $hit0 = And ($alike, $inside) "
	"$hit = Cast <to: int = 6> ($hit0) "
	"$follow = Slice ($seq, $m1, most1, one1) $fine = Expand (zero32, $size) "
	"$bad0 = ScatterElements <axis: int = 1, reduction: string = \"max\"> ($fine, $follow, "
	"$hit) "
	"$bad = Cast <to: int = 9> ($bad0) ! = Where ($bad, lowest, ~)";

static const char vocabulary[] =
	"$allowed = Cast <to: int = 9> (vocab_mask) ! = Where ($allowed, ~, lowest)";
static const char prefixes[] =
	"$prefix0 = Cast <to: int = 9> (prefix_vocab_mask) $prefix = Gather ($prefix0, rows) "
	"! = Where ($prefix, ~, lowest)";
static const char shortest[] =
	"$least0 = Cast <to: int = 7> (min_length) $least1 = Reshape ($least0, one1) $least = "
	"Squeeze ($least1) "
	"$early = Less ($now, $least) $every = Range (zero, $words, one) $is_end = Equal ($every, "
	"eos) "
	"$too_early = And ($early, $is_end) ! = Where ($too_early, lowest, ~)";
static const char presence[] =
	"$present0 = Cast <to: int = 1> (presence_mask) $present1 = Mul ($present0, "
	"present_penalty) "
	"! = Sub (~, $present1)";

static void put_processors(struct search *s)
{
	if (search_has(s, "repetition_penalty"))
		search_put(s, repetition);
	if (s->a->no_repeat_ngram_size > 0)
		search_putf(s, ngrams, (long long)s->a->no_repeat_ngram_size);
	if (search_has(s, "vocab_mask"))
		search_put(s, vocabulary);
	if (search_has(s, "prefix_vocab_mask") && s->step == 'a')
		search_put(s, prefixes);
	if (search_has(s, "min_length"))
		search_put(s, shortest);
	if (search_has(s, "temperature"))
		search_put(s, "! = Div (~, heat)");
	if (s->sampled)
		search_putf(s, "$heat = Constant <value_float: float = %.9g> () ! = Div (~, $heat)",
			    (double)s->a->temperature);
	if (search_has(s, "presence_mask"))
		search_put(s, presence);
}

/* -- beams ------------------------------------------------------------------------- */

/* The best two words for each beam, of which those that end nothing go on. */
static const char next_words[] =
	"$column = Reshape ($sum, column) $sums = Add (~, $column) $flat_size = Concat <axis: int "
	"= 0> (batch1, less1) "
	"$flat = Reshape ($sums, $flat_size) $top, $at = TopK <axis: int = 1> ($flat, twice1) $of "
	"= Div ($at, $words) "
	"$skipped = Mul ($of, $words) $word = Sub ($at, $skipped) $row = Add ($of, base) $end = "
	"Equal ($word, eos) "
	"$end64 = Cast <to: int = 7> ($end) $behind = Mul ($end64, twice) $rank = Add ($behind, "
	"order) "
	"$ranks, $pick = TopK <axis: int = 1, largest: int = 0> ($rank, beams1) "
	"$pick_sum = GatherElements <axis: int = 1> ($top, $pick) $pick_word = GatherElements "
	"<axis: int = 1> ($word, $pick) "
	"$pick_row = GatherElements <axis: int = 1> ($row, $pick) $closed = Reshape ($over, "
	"column) "
	"$go_sum = Where ($closed, zerof, $pick_sum) $go_word = Where ($closed, pad, $pick_word) "
	"$go_row = Where ($closed, zero, $pick_row) $sum_ = Reshape ($go_sum, less1) $next = "
	"Reshape ($go_word, less1) "
	"$from = Reshape ($go_row, less1)";

/* Sequences that end here, if their word is among the first ones. */
static const char ended[] =
	"$ends1 = Slice ($end, zero1, beams1, one1) $open = Not ($closed) $ends = And ($ends1, "
	"$open) "
	"$tops = Slice ($top, zero1, beams1, one1) $top_rows = Slice ($row, zero1, beams1, one1) "
	"$now_f = Cast <to: int = 1> ($now) $longer = Pow ($now_f, penalty) $values = Div ($tops, "
	"$longer) "
	"$new = Where ($ends, $values, nothing) $lines = Gather ($seq, $top_rows) $ends64 = Cast "
	"<to: int = 7> ($ends) "
	"$count = ReduceSum <keepdims: int = 0> ($ends64, one1) $used0 = Add ($used, $count) "
	"$used_ = Min ($used0, beams)";

/* The best of what has ended before and now. */
static const char merge[] =
	"$both = Concat <axis: int = 1> ($hyps, $new) $both_seq = Concat <axis: int = 1> ($hyp, "
	"$lines) "
	"$hyps_, $best = TopK <axis: int = 1> ($both, beams1) $best3 = Unsqueeze ($best, less1) "
	"$hyp_ = GatherND <batch_dims: int = 1> ($both_seq, $best3)";

static const char judge[] =
	"$full = Equal ($used_, beams) $worst = Gather <axis: int = 1> ($hyps_, less) "
	"$lead = Gather <axis: int = 1> ($top, zero) $reach = Div ($lead, $longer) "
	"$beaten = GreaterOrEqual ($worst, $reach) $closes = And ($full, $beaten) $over_ = Or "
	"($over, $closes)";
static const char judge_early[] = "$full = Equal ($used_, beams) $over_ = Or ($over, $full)";

static const char append[] =
	"$moved = Gather ($seq, $from) $next32 = Cast <to: int = 6> ($next) $next_column = "
	"Reshape ($next32, column) "
	"$here = Equal (line, $now) $seq_ = Where ($here, $next_column, $moved) $over32 = Cast "
	"<to: int = 6> ($over_) "
	"$all = ReduceMin <keepdims: int = 0> ($over32) $go_ = Equal ($all, zero32)";

static void put_beams(struct search *s)
{
	search_put(s, next_words);
	if (s->scored)
		search_put(
			s,
			"$made_size = Concat <axis: int = 0> (batch1, beams1, less1) $made = Reshape ($sums, $made_size)");
	search_put(s, ended);
	search_put(s, merge);
	search_put(s, s->a->early_stopping ? judge_early : judge);
	search_put(s, append);
}

/* -- one word ---------------------------------------------------------------------- */

/* Words in the order of their scores, from which probabilities add up: what lies beyond top_p gets filter_value. */
static const char sorted[] =
	"$in_order, $which = TopK <axis: int = 1, largest: int = %d> (~, $words1) "
	"$shares = Softmax <axis: int = 1> ($in_order) $through = CumSum ($shares, one) "
	"$place = Range (zero, $words, one) $top_p = Constant <value_float: float = %.9g> () "
	"$filter = Constant <value_float: float = %.9g> ()";
static const char keep_last[] =
	"$kept0 = Constant <value_int: int = %lld> () $kept1 = Sub ($words, $kept0) $kept = Max "
	"($kept1, one) "
	"$outside = LessOrEqual ($through, $top_p) $not_kept = Less ($place, $kept) $cut = And "
	"($outside, $not_kept)";
/* The place behind the one where they pass top_p, and not the first. */
static const char keep_first[] =
	"$before = Sub ($through, $shares) $outside = Greater ($before, $top_p) "
	"$not_first = Greater ($place, zero) $cut = And ($outside, $not_first)";
static const char filtered[] =
	"$filtered = Where ($cut, $filter, $in_order) ! = ScatterElements <axis: int = 1> (~, "
	"$which, $filtered)";

/* In doubles, two turns of the generator for each: upper bound of u times the whole in the sums of exp(score). */
static const char drawn[] =
	"$random_, $turns = Loop <body: graph = turn ($i, $c, $x) => ($d, $z, $u0) { $d = "
	"Identity ($c) "
	"$x1 = Mul ($x, turns) $y = Mod ($x1, turn) $y1 = Mul ($y, turns) $z = Mod ($y1, turn) "
	"$lo = Sub ($y, one) $hi = Sub ($z, one) $range0 = Sub (turn, one) $hi1 = Mul ($hi, "
	"$range0) "
	"$u0 = Add ($lo, $hi1) }> (batch, , $random)";
static const char chosen[] =
	"$double = Cast <to: int = 11> (~) $top_score = ReduceMax ($double, one1) $below = Sub "
	"($double, $top_score) "
	"$weight = Exp ($below) $sums = CumSum ($weight, one) $whole = Gather <axis: int = 1> "
	"($sums, less) "
	"$turns_f = Cast <to: int = 11> ($turns) $range1 = Sub (turn, one) $range = Cast <to: int "
	"= 11> ($range1) "
	"$part = Div ($turns_f, $range) $u = Div ($part, $range) $goal = Mul ($u, $whole) $goal1 "
	"= Reshape ($goal, column) "
	"$passed0 = LessOrEqual ($sums, $goal1) $passed1 = Cast <to: int = 7> ($passed0) "
	"$passed = ReduceSum <keepdims: int = 0> ($passed1, one1) $last_word = Sub ($words, one) "
	"$word = Min ($passed, $last_word)";

static void put_drawing(struct search *s)
{
	const struct search_attrs *a = s->a;

	search_putf(s, sorted, a->custom ? 1 : 0, (double)(a->custom ? a->top_p : 1 - a->top_p),
		    (double)a->filter_value);
	if (a->custom)
		search_put(s, keep_first);
	else
		search_putf(s, keep_last, (long long)a->min_tokens_to_keep);
	search_put(s, filtered);
	search_put(s, drawn);
	search_put(s, chosen);
}

static const char one_word[] =
	"$stops = Equal ($word, eos) $over_ = Or ($over, $stops) $next = Where ($over_, pad, "
	"$word) "
	"$from = Identity (row)";

void search_put_step(struct search *s)
{
	s->scores = 0;
	search_put(s, last_logits);
	if (s->a->vocab_size > 0)
		search_putf(
			s,
			"$limit = Constant <value_ints: ints = [%lld]> () $vocabulary = Slice ($latest, zero1, $limit, one1)",
			(long long)s->a->vocab_size);
	else
		search_put(s, "$vocabulary = Identity ($latest)");
	search_put(s, s->step == 'a' ? "$rows = Gather ($vocabulary, rows)"
				     : "$rows = Identity ($vocabulary)");
	search_put(s, s->beams ? "~ = LogSoftmax <axis: int = 1> ($rows)" : "~ = Identity ($rows)");
	search_put(s, sizes);
	put_processors(s);
	if (s->beams) {
		put_beams(s);
		return;
	}
	if (s->sampled)
		put_drawing(s);
	else
		search_put(s, "$word = ArgMax <axis: int = 1, keepdims: int = 0> (~)");
	search_put(s, one_word);
	search_put(s, append);
}

/* -- behind the last step ---------------------------------------------------------- */

/* What has not ended competes with what has. */
static const char close_beams[] =
	"$closed = Reshape ($over, column) $most_f = Cast <to: int = 1> (most) $longer = Pow "
	"($most_f, penalty) "
	"$sum2 = Reshape ($sum, hyps_size) $values = Div ($sum2, $longer) $new = Where ($closed, "
	"nothing, $values) "
	"$lines = Reshape ($seq, hyp_size)";

static const char all_scores[] =
	"$first0 = Unsqueeze (a_made, zero1) $made = Concat <axis: int = 0> ($first0, $all) "
	"$made1 = Shape <start: int = 0, end: int = 1> ($made) "
	"$room = Sub (most1, length1) $left = Sub ($room, $made1) $none4 = Constant <value_ints: "
	"ints = [0, 0, 0, 0]> () "
	"$none3 = Constant <value_ints: ints = [0, 0, 0]> () $around = Concat <axis: int = 0> "
	"($none4, $left, $none3) "
	"scores0 = Pad ($made, $around, zerof)";

void search_put_end(struct search *s)
{
	s->step = 'z';
	if (!s->beams) {
		search_put(s, "sequences = Identity ($seq)");
		return;
	}
	search_put(s, close_beams);
	search_put(s, merge);
	search_put(
		s,
		"sequences = Slice ($hyp_, zero1, returned1, one1) $values_ = Slice ($hyps_, zero1, returned1, one1)");
	search_put(s, search_has(s, "length_penalty")
			      ? "sequences_scores = CastLike ($values_, length_penalty)"
			      : "sequences_scores = Identity ($values_)");
	if (!s->scored)
		return;
	search_put(s, all_scores);
	search_put(s, search_has(s, "length_penalty")
			      ? "scores = CastLike (scores0, length_penalty)"
			      : "scores = Identity (scores0)");
}
