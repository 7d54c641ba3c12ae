/* What quantization chose, for people and for programs. */
#include "quantize.h"

/* JSON has no infinities and no NaN. */
static json_t *number(double v)
{
	return v - v == 0 ? json_real(v) : json_null();
}

static json_t *tensor_json(const struct quant_tensor *t)
{
	return json_pack("{s:s, s:f, s:f, s:f, s:I, s:s, s:f}", "type", dtype_name(t->params.type),
			 "lo", t->range.lo, "hi", t->range.hi, "scale", (double)t->params.scale,
			 "zero_point", (json_int_t)t->params.zero, "method",
			 quant_method_names[t->range.method], "mean_squared_error", t->range.error);
}

static json_t *input_json(const struct job *j, const struct quant_plan *p,
			  const struct quant_input *x)
{
	const struct quant_tensor *t = quant_tensor_at(p, x->value);
	json_t *o =
		json_pack("{s:s, s:b}", "name", value_of(j->u, x->value)->name, "float", t->real);

	if (!t->real)
		json_object_update_new(o, tensor_json(t));
	if (!t->real && x->measured)
		json_object_set_new(o, "snr_db", number(x->snr));
	return o;
}

static json_t *layer_json(const struct quant_plan *p, const struct quant_layer *l)
{
	const struct quant_tensor *t = quant_tensor_at(p, l->output);
	json_t *o =
		json_pack("{s:s, s:s, s:b, s:b, s:b, s:b}", "node", l->loc.node ? l->loc.node : "",
			  "operator", l->loc.op ? l->loc.op : "", "float", l->skip, "raised",
			  l->raised, "eight", l->eight, "real_result", l->real || (t && t->real));

	if (t && !t->real)
		json_object_update_new(o, tensor_json(t));
	if (l->measured)
		json_object_update_new(o,
				       json_pack("{s:o, s:o}", "snr_alone_db", number(l->snr_alone),
						 "snr_so_far_db", number(l->snr_so_far)));
	return o;
}

/* What the layers of a step have become. */
static const char *wider_form(const struct quant_plan *p, const struct quantize_step *s)
{
	return s->to_float                              ? "float"
	       : dtype_bits(p->config.form->weight) < 8 ? "with 8-bit weights"
							: "with 16-bit activations";
}

static json_t *step_json(const struct quant_plan *p, const struct quantize_step *s)
{
	return json_pack("{s:I, s:s, s:o, s:f, s:f}", "layers", (json_int_t)s->layers, "as",
			 wider_form(p, s), "snr_db", number(s->quality.snr), "top1_float",
			 s->quality.top1_float, "top1", s->quality.top1);
}

static void print_snr(const struct quant_layer *l)
{
	if (l->measured && !l->masked)
		printf("; %.1f dB alone, %.1f dB so far", l->snr_alone, l->snr_so_far);
	printf("\n");
}

static void print_tensor(const struct quant_tensor *t)
{
	printf("%-6s [%.6g, %.6g] scale %.6g zero point %lld, %s", dtype_name(t->params.type),
	       t->range.lo, t->range.hi, (double)t->params.scale, (long long)t->params.zero,
	       quant_method_names[t->range.method]);
}

static void print_input(const struct job *j, const struct quant_plan *p,
			const struct quant_input *x)
{
	const struct quant_tensor *t = quant_tensor_at(p, x->value);

	printf("  %-20.20s %-28.28s ", "input",
	       printable(j->u->arena, value_of(j->u, x->value)->name, 80));
	if (t->real)
		printf("float");
	else
		print_tensor(t);
	if (!t->real && x->measured)
		printf("; %.1f dB", x->snr);
	printf("\n");
}

static void print_layer(const struct job *j, const struct quant_plan *p,
			const struct quant_layer *l)
{
	const struct quant_tensor *t = quant_tensor_at(p, l->output);

	printf("  %-20.20s %-28.28s ", l->loc.op ? l->loc.op : "",
	       l->loc.node ? printable(j->u->arena, l->loc.node, 80) : "");
	if (l->skip)
		printf(l->masked ? "float: masks among its scores leave int8 too few steps"
				 : "float");
	else if (!t || t->real)
		printf("%s", l->joined                        ? "with the activation behind it"
			     : t && l->kind != QUANT_WEIGHTED ? "its result goes on as reals"
			     : l->real || t                   ? "weights; its sums go on as reals"
							      : "weights");
	else
		print_tensor(t);
	print_snr(l);
}

static void print_rest(const struct job *j, const struct quant_rest *r)
{
	printf("  %-20.20s %-28.28s float: %s\n", r->loc.op ? r->loc.op : "",
	       r->loc.node ? printable(j->u->arena, r->loc.node, 80) : "", r->reason);
}

static void print_step(const struct job *j, const struct quant_plan *p,
		       const struct quantize_step *s)
{
	if (s->layers)
		printf("  %zu layers %s", s->layers, wider_form(p, s));
	else
		printf("  no layer raised");
	printf(": %.1f dB", s->quality.snr);
	if (j->o->max_drop >= 0)
		printf(", %s: top-1 %.2f %% of %.2f %%",
		       printable(j->u->arena, j->u->main->output_names.p[s->quality.judged], 40),
		       s->quality.top1, s->quality.top1_float);
	printf("\n");
}

static bool is_raised(const struct quant_layer *l)
{
	return l->raised;
}

static bool has_eight(const struct quant_layer *l)
{
	return l->eight;
}

static void print_those(const struct job *j, const struct quant_plan *p, const char *before,
			bool (*which)(const struct quant_layer *l))
{
	for (size_t i = 0; i < p->layers.n; i++) {
		const struct quant_layer *l = &p->layers.p[i];

		if (!which(l))
			continue;
		printf("%s %s (%s)", before,
		       l->loc.node ? printable(j->u->arena, l->loc.node, 80) : "",
		       l->loc.op ? l->loc.op : "");
		before = ",";
	}
	if (*before == ',')
		printf("\n");
}

/* Of forms with fewer bits: what 8 bits cost. */
static void print_eight(const struct job *j, const struct quant_plan *p)
{
	int64_t all = 0, eight = 0;

	for (size_t i = 0; i < p->layers.n; i++) {
		all += p->layers.p[i].weights;
		eight += p->layers.p[i].eight ? p->layers.p[i].weights : 0;
	}
	print_those(j, p,
		    arena_printf(j->u->arena,
				 "  %lld of %lld weights have 8 bits, %lld bytes more:",
				 (long long)eight, (long long)all, (long long)eight / 2),
		    has_eight);
}

static json_t *rest_json(const struct quant_rest *r)
{
	return json_pack("{s:s, s:s, s:s}", "node", r->loc.node ? r->loc.node : "", "operator",
			 r->loc.op ? r->loc.op : "", "reason", r->reason);
}

static size_t equalized_pairs(const struct quant_plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->pairs.n; i++)
		n += p->pairs.p[i].factor != NULL;
	return n;
}

json_t *quantize_json(const struct job *j, const struct quant_plan *p)
{
	json_t *list = json_array(), *search = json_array(), *rest = json_array(),
	       *inputs = json_array();

	for (size_t i = 0; i < p->inputs.n; i++)
		json_array_append_new(inputs, input_json(j, p, &p->inputs.p[i]));
	for (size_t i = 0; i < p->layers.n; i++)
		json_array_append_new(list, layer_json(p, &p->layers.p[i]));
	for (size_t i = 0; i < j->search.n; i++)
		json_array_append_new(search, step_json(p, &j->search.p[i]));
	for (size_t i = 0; i < p->rest.n; i++)
		json_array_append_new(rest, rest_json(&p->rest.p[i]));
	return json_pack("{s:s, s:I, s:o, s:o, s:o, s:o}", "form", p->config.form->name,
			 "equalized_pairs", (json_int_t)equalized_pairs(p), "inputs", inputs,
			 "layers", list, "rest", rest, "search", search);
}

void quantize_text(const struct job *j, const struct quant_plan *p)
{
	size_t layers = 0, weighted = 0;

	for (size_t i = 0; i < p->layers.n; i++) {
		layers += !p->layers.p[i].skip;
		weighted += p->layers.p[i].kind == QUANT_WEIGHTED && !p->layers.p[i].skip;
	}
	printf("%s: %zu layers are quantized, %zu of them with weights\n", p->config.form->name,
	       layers, weighted);
	if (equalized_pairs(p))
		printf("  %zu pairs of layers have their channels equalized\n", equalized_pairs(p));
	print_eight(j, p);
	for (size_t i = 0; i < j->search.n; i++)
		print_step(j, p, &j->search.p[i]);
	/* which layers the search left with more bits */
	print_those(j, p, "  raised:", is_raised);
	for (size_t i = 0; j->o->verbose && i < p->inputs.n; i++)
		print_input(j, p, &p->inputs.p[i]);
	for (size_t i = 0; j->o->verbose && i < p->layers.n; i++)
		print_layer(j, p, &p->layers.p[i]);
	for (size_t i = 0; j->o->verbose && i < p->rest.n; i++)
		print_rest(j, &p->rest.p[i]);
}
