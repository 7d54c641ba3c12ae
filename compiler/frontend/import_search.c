/* com.microsoft's searches (BeamSearch, WhisperBeamSearch, GreedySearch, Sampling): each becomes a function in ONNX's
 * own text, which is then inlined as a model's functions are.
 *
 *	the encoder, or the decoder on the prompt;  a step
 *	Loop, until the length is reached or all sequences have ended:  the decoder on the last words;  a step
 *	what is still open is added to what has ended
 *
 * A step turns the scores of all words into the next word of each beam (search_text.c). The subgraphs are called by
 * edgecc.Call, which puts a graph's nodes in the place of the call. The decoder's past grows in the Loop, whose count
 * bounds it. */
#include "search.h"

#include <stdarg.h>
#include <string.h>

/* -- writing the text -------------------------------------------------------------- */

/* '$' becomes the step's letter, '~' the scores so far, and '!' those that this piece makes of
 * them. */
void search_put(struct search *s, const char *text)
{
	bool scores = false;

	for (; *text; text++)
		if (*text == '$')
			strbuf_printf(&s->text, "%c_", s->step);
		else if (*text == '~')
			strbuf_printf(&s->text, "%c_p%d", s->step, s->scores);
		else if (*text == '!')
			strbuf_printf(&s->text, "%c_p%d", s->step, s->scores + (scores = true));
		else
			strbuf_putc(&s->text, *text);
	s->scores += scores;
	strbuf_putc(&s->text, '\n');
}

void search_putf(struct search *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	search_put(s, arena_vprintf(s->e->im->u->arena, fmt, ap));
	va_end(ap);
}

bool search_fail(const struct search *s, const char *fmt, ...)
{
	struct unit *u = s->e->im->u;
	va_list ap;

	va_start(ap, fmt);
	diag_error(u->diag, s->loc, "%s", arena_vprintf(u->arena, fmt, ap));
	va_end(ap);
	return false;
}

bool search_has(const struct search *s, const char *input)
{
	for (int k = 0; k < s->sig.n_in && (size_t)k < s->n_in; k++)
		if (s->in[k] && strlen(input) == s->sig.in[k].name_len &&
		    strncmp(s->sig.in[k].name, input, s->sig.in[k].name_len) == 0)
			return true;
	return false;
}

/* -- the Loop ---------------------------------------------------------------------- */

/* Each state with `form`, in which @ is its name: as the Loop takes it, before and after an
 * iteration. */
static void put_states(struct search *s, const char *form)
{
	const char *const *names = s->beams ? search_beam_states : search_greedy_states;
	struct arena *a = s->e->im->u->arena;
	VEC(const char *) all = { 0 };

	for (; *names; names++)
		vec_push(a, &all, *names);
	if (s->sampled)
		vec_push(a, &all, "random");
	if (search_takes(s, "position_ids"))
		vec_push(a, &all, "position");
	if (search_takes(s, "attention_mask"))
		vec_push(a, &all, "mask");
	for (size_t k = 0; k < s->n_past; k++)
		vec_push(a, &all, arena_printf(a, "past_%zu", k));
	for (size_t k = 0; k < all.n; k++) {
		const char *at = strchr(form, '@');

		search_putf(s, "%.*s%s%s", (int)(at - form), form, all.p[k], at + 1);
	}
}

/* The present of this step, in the order of the beams that go on, is the next one's past. The
 * first one's has a row for each batch. */
static void put_pasts(struct search *s)
{
	search_put(s, s->step == 'a' ? "$beam = Gather (rows, $from)" : "$beam = Identity ($from)");
	for (size_t k = 0; k < s->n_past; k++)
		search_putf(s, "$past_%zu_ = Gather <axis: int = %d> ($present_%zu, $beam)", k,
			    s->batch_axis, k);
}

static void put_loop(struct search *s)
{
	bool whole = search_whole_ids(s);

	search_put(s, "trips0 = Sub (most, length) trips = Sub (trips0, one)");
	put_states(s, "z_@,");
	search_putf(s, "%s = Loop <body: graph = search (i, b_go", s->scored ? "z_all" : "z_none");
	s->step = 'b';
	put_states(s, ", b_@");
	search_put(s, ") => (b_go_");
	put_states(s, ", b_@_");
	search_putf(s, ", %s) { $now0 = Add (i, length) $now = Add ($now0, one)",
		    s->scored ? "$made" : "$now");
	if (whole)
		search_put(s,
			   "$now1 = Reshape ($now, one1) $ids = Slice ($seq, zero1, $now1, one1)");
	else
		search_put(s,
			   "$last0 = Sub ($now, one) $ids0 = Gather <axis: int = 1> ($seq, $last0) "
			   "$ids = Reshape ($ids0, column)");
	if (search_takes(s, "position_ids"))
		search_put(s, "$position_ = Add ($position, one32)");
	if (search_takes(s, "attention_mask"))
		search_put(s, "$mask_ = Concat <axis: int = 1> ($mask, more)");
	search_put_decoder(s);
	search_put_step(s);
	put_pasts(s);
	/* an encoder's own words are not looked at before the next */
	search_putf(s, "}> (trips, %s", s->starts ? "" : "a_go_");
	put_states(s, ", a_@_");
	search_put(s, ")");
}

/* -- the function ------------------------------------------------------------------ */

static bool put_function(struct search *s)
{
	search_put_start(s);
	if (!search_put_first_run(s))
		return false;
	search_put_states(s);
	search_put_step(s);
	put_pasts(s);
	put_loop(s);
	search_put_end(s);
	return true;
}

/* What is made of more than the words. */
static bool check_outputs(const struct search *s)
{
	static const char *const missing[] = { "filtered_logits", "cross_qk", "non_speech_probs" };

	for (int k = 0; k < s->sig.n_out && (size_t)k < s->np->n_output; k++)
		for (size_t i = 0; i < ARRAY_LEN(missing); i++)
			if (s->np->output[k][0] && strlen(missing[i]) == s->sig.out[k].name_len &&
			    strncmp(s->sig.out[k].name, missing[i], s->sig.out[k].name_len) == 0)
				return search_fail(s, "%s is not supported", missing[i]);
	return true;
}

static bool check_processor(const struct search *s)
{
	enum { LOGITS_PROCESSOR = 11 };
	const struct value *v;

	if (!search_has(s, "logits_processor"))
		return true;
	v = value_of(s->e->im->u, s->in[LOGITS_PROCESSOR]);
	return (v->constant && constant_i64(v->constant, 0) == 0) ||
	       search_fail(s, "a logits_processor other than 0 is not supported");
}

static const Onnx__GraphProto *graph_at(const struct subgraphs *g, int k)
{
	return k >= 0 ? g->graphs.p[k].value->g : NULL;
}

static bool check(const struct search *s)
{
	if (!s->decoder->n_output)
		return search_fail(s, "the decoder has no outputs");
	if (!s->encoder != (s->a->model_type == MODEL_GPT))
		return search_fail(s, "a model of type %lld has %s encoder",
				   (long long)s->a->model_type, s->encoder ? "an" : "no");
	if (!s->beams && s->encoder)
		return search_fail(s, "an encoder is not supported");
	if (!search_can_feed(s))
		return search_fail(
			s, "a decoder whose inputs are not its words, their places and mask, "
			   "and pasts for all it makes is not supported");
	return check_inputs(s->e, s->loc, s->np, s->op, s->a, s->n_in, s->in) && check_outputs(s) &&
	       check_processor(s);
}

bool import_search(struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		   const struct op *op, size_t n_in, const uint32_t *in)
{
	struct search s = { .e = e, .loc = loc, .np = np, .op = op, .n_in = n_in, .in = in };
	const Onnx__FunctionProto *f = NULL;
	struct subgraphs graphs = { 0 };
	void *attrs;

	op_sig(op, &s.sig);
	s.step = 'a';
	if (attrs_read(e, loc, op, np, &attrs, &graphs)) {
		s.a = attrs;
		s.decoder = graph_at(&graphs, s.a->decoder);
		s.encoder = graph_at(&graphs, s.a->encoder);
		s.init = graph_at(&graphs, s.a->init_decoder);
		s.beams = search_has(&s, "num_beams");
		s.sampled = strcmp(op->name, "Sampling") == 0;
		s.scored = s.beams && np->n_output > 2 && np->output[2][0];
		s.n_past = s.decoder->n_output - 1;
		s.batch_axis = s.encoder ? 0 : 1;
		s.starts = s.encoder && s.encoder->n_output &&
			   strcmp(text_of(s.encoder->output[0]->name), "logits") == 0;
		if (check(&s) && put_function(&s))
			f = function_of_text(e, loc, np, op, s.text.s);
	}
	strbuf_free(&s.text);
	if (f)
		return inline_function(e, np, f, in, n_in);
	bind_failed(e, np);
	return false;
}
