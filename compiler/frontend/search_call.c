/* The model's subgraphs in a search: what goes into their inputs, which are known by name, and
 * what comes out. */
#include "search.h"

#include <string.h>

static bool is_called(const Onnx__ValueInfoProto *v, const char *name)
{
	return strcmp(text_of(v->name), name) == 0;
}

/* What goes into an input of that name: before the Loop, and in it. */
static const struct feed {
	const char *name, *first, *later;
} feeds[] = {
	{ "input_ids", "prompt", "$ids" },
	{ "position_ids", "position", "$position" },
	{ "attention_mask", "mask", "$mask_" },
	{ "encoder_input_ids", "input_ids", "wide_source" },
	{ "encoder_attention_mask", "mask", "wide_mask" },
	{ "encoder_hidden_states", "hidden", "wide_hidden" },
	{ "decoder_input_ids", "prompt", NULL },
};

static const struct feed *feed_of(const Onnx__ValueInfoProto *v)
{
	for (size_t i = 0; i < ARRAY_LEN(feeds); i++)
		if (is_called(v, feeds[i].name))
			return &feeds[i];
	return NULL;
}

bool search_takes(const struct search *s, const char *input)
{
	for (size_t k = 0; k < s->decoder->n_input; k++)
		if (is_called(s->decoder->input[k], input))
			return true;
	return false;
}

bool search_can_feed(const struct search *s)
{
	size_t pasts = 0;

	for (size_t k = 0; k < s->decoder->n_input; k++) {
		const struct feed *f = feed_of(s->decoder->input[k]);

		if (f && !f->later)
			return false;
		pasts += !f;
	}
	return pasts == s->n_past * (s->encoder ? 2 : 1);
}

/* NULL: none is declared. */
static const Onnx__TensorShapeProto *shape_of(const Onnx__ValueInfoProto *v)
{
	return v->type && v->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE
		       ? v->type->tensor_type->shape
		       : NULL;
}

/* `outs = Call(inputs)` of the graph that attribute `name` holds. Inputs that have no feed are
 * what the decoder remembers: of its own words first, then of the encoder's. */
static void put_call(struct search *s, const char *name, const Onnx__GraphProto *g,
		     const char *outs, bool later)
{
	const char *comma = "";
	size_t past = 0;

	search_put(s, outs);
	search_putf(s, " = edgecc.Call <body: graph = @%s> (", name);
	for (size_t k = 0; k < g->n_input; k++, comma = ", ") {
		const struct feed *f = feed_of(g->input[k]);

		if (f)
			search_putf(s, "%s%s", comma, later ? f->later : f->first);
		else if (past < s->n_past)
			search_putf(s, "%s$past_%zu", comma, past++);
		else
			search_putf(s, "%s%scross_%zu", comma, later ? "wide_" : "",
				    past++ - s->n_past);
	}
	search_put(s, ")");
}

/* Before the first word there is nothing to remember: "a_past_0" ..., of no elements along the
 * axis before the last. */
static bool put_empty_pasts(struct search *s, const Onnx__GraphProto *g)
{
	size_t past = 0;

	for (size_t k = 0; k < g->n_input && past < s->n_past; k++) {
		struct type_info t = { .shape.rank = -1 };

		if (feed_of(g->input[k]))
			continue;
		if (!type_read(s->e->im, s->loc, g->input[k]->type, &t))
			return false;
		if (!t.known || t.shape.rank != s->batch_axis + 4)
			return search_fail(s, "the decoder's past \"%s\" must have rank %d",
					   text_of(g->input[k]->name), s->batch_axis + 4);
		search_putf(s, "$size_%zu = Concat <axis: int = 0> (", past);
		for (int i = 0; i < t.shape.rank; i++) {
			const char *comma = i ? ", " : "";

			if (i == s->batch_axis)
				search_putf(s, "%sbatch1", comma);
			else if (i == t.shape.rank - 2)
				search_putf(s, "%szero1", comma);
			else if (t.shape.d[i] < 0)
				return search_fail(
					s,
					"axis %d of the decoder's past \"%s\" must be known at compile time",
					i, text_of(g->input[k]->name));
			else
				search_putf(s, "%snumber_%lld", comma, (long long)t.shape.d[i]);
		}
		search_put(s, ")");
		search_putf(
			s,
			"$none_%zu = Cast <to: int = %d> (zerof) $past_%zu = Expand ($none_%zu, $size_%zu)",
			past, (int)t.type, past, past, past);
		past++;
	}
	return true;
}

/* Sizes that put_empty_pasts names. */
static void put_numbers(struct search *s, const Onnx__GraphProto *g)
{
	struct name_map seen = { 0 };

	for (size_t k = 0; k < g->n_input; k++) {
		const Onnx__TensorShapeProto *shape = shape_of(g->input[k]);

		for (size_t i = 0; shape && i < shape->n_dim; i++) {
			long long v = shape->dim[i]->dim_value;
			char *name = arena_printf(s->e->im->u->arena, "number_%lld", v);

			if (v > 0 && name_map_add(s->e->im->u->arena, &seen, name, 1))
				search_putf(s, "%s = Constant <value_ints: ints = [%lld]> ()", name,
					    v);
		}
	}
}

bool search_whole_ids(const struct search *s)
{
	const Onnx__TensorShapeProto *shape =
		s->decoder->n_input ? shape_of(s->decoder->input[0]) : NULL;

	return s->a->model_type == MODEL_T5 && shape && shape->n_dim == 2 &&
	       shape->dim[1]->dim_value != 1;
}

/* "logits, prefix_0, prefix_1 ...": a decoder's outputs. */
static const char *decoder_outputs(const struct search *s, const char *prefix)
{
	const char *all = "$logits";

	for (size_t k = 0; k < s->n_past; k++)
		all = arena_printf(s->e->im->u->arena, "%s, %s%zu", all, prefix, k);
	return all;
}

/* What the encoder makes by its outputs' names: logits, hidden states, then pasts: of the
 * decoder's own words, unless there are no logits, and of the encoder's. */
static const char *encoder_outputs(struct search *s, const Onnx__GraphProto *g)
{
	struct arena *a = s->e->im->u->arena;
	const char *all = "", *comma = "";
	size_t past = s->starts ? 0 : s->n_past;

	for (size_t k = 0; k < g->n_output; k++, comma = ", ")
		if (is_called(g->output[k], "logits"))
			all = arena_printf(a, "%s%s$logits", all, comma);
		else if (is_called(g->output[k], "encoder_hidden_states"))
			all = arena_printf(a, "%s%shidden", all, comma);
		else if (past < s->n_past)
			all = arena_printf(a, "%s%s$present_%zu", all, comma, past++);
		else
			all = arena_printf(a, "%s%scross_%zu", all, comma, past++ - s->n_past);
	s->n_cross = past - s->n_past;
	return all;
}

/* -- before the Loop --------------------------------------------------------------- */

/* What the Loop reads in one row for each beam. */
static void put_wide(struct search *s)
{
	for (size_t k = 0; k < s->n_cross; k++)
		search_putf(s, "wide_cross_%zu = Gather (cross_%zu, rows)", k, k);
	if (search_takes(s, "encoder_attention_mask"))
		search_put(s, "wide_mask = Gather (mask, rows)");
	if (search_takes(s, "encoder_input_ids"))
		search_put(s, "wide_source = Gather (input_ids, rows)");
	if (search_takes(s, "encoder_hidden_states"))
		search_put(s, "wide_hidden = Gather (hidden, rows)");
}

bool search_put_first_run(struct search *s)
{
	bool init = s->init && !s->encoder;

	put_numbers(s, s->decoder);
	if (s->encoder) {
		put_call(s, "encoder", s->encoder, encoder_outputs(s, s->encoder), false);
		if (s->n_cross != s->n_past)
			return search_fail(
				s,
				"the encoder makes %zu pasts of its words, the decoder takes %zu",
				s->n_cross, s->n_past);
		put_wide(s);
		if (s->starts)
			return true;
	}
	if (!put_empty_pasts(s, s->decoder))
		return false;
	put_call(s, init ? "init_decoder" : "decoder", init ? s->init : s->decoder,
		 decoder_outputs(s, "$present_"), false);
	return true;
}

void search_put_decoder(struct search *s)
{
	put_call(s, "decoder", s->decoder, decoder_outputs(s, "$present_"), true);
}
