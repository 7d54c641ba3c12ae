/* What quantization chose, for people and for programs. */
#include "quantize.h"
#include "report.h"

static const struct quant_tensor *output_tensor(const struct quant_plan *p,
						const struct quant_layer *l)
{
	return p->tensor_of[l->output] ? &p->tensors.p[p->tensor_of[l->output] - 1] : NULL;
}

static json_t *layer_json(const struct quant_plan *p, const struct quant_layer *l)
{
	const struct quant_tensor *t = output_tensor(p, l);
	json_t *o = json_pack("{s:s, s:s, s:b}", "node", l->loc.node ? l->loc.node : "", "operator",
			      l->loc.op ? l->loc.op : "", "float", l->skip);

	if (t)
		json_object_update_new(o, json_pack("{s:s, s:f, s:f, s:f, s:I, s:s, s:f}", "type",
						    dtype_name(t->params.type), "lo", t->range.lo,
						    "hi", t->range.hi, "scale",
						    (double)t->params.scale, "zero_point",
						    (json_int_t)t->params.zero, "method",
						    quant_method_names[t->range.method],
						    "mean_squared_error", t->range.error));
	return o;
}

static void print_layer(const struct job *j, const struct quant_plan *p,
			const struct quant_layer *l)
{
	const struct quant_tensor *t = output_tensor(p, l);

	printf("  %-20.20s %-28.28s ", l->loc.op ? l->loc.op : "",
	       l->loc.node ? printable(j->u->arena, l->loc.node, 80) : "");
	if (l->skip)
		printf("float\n");
	else if (!t)
		printf("%s\n", l->joined ? "with the activation behind it" : "weights");
	else
		printf("%-6s [%.6g, %.6g] scale %.6g zero point %lld, %s\n",
		       dtype_name(t->params.type), t->range.lo, t->range.hi,
		       (double)t->params.scale, (long long)t->params.zero,
		       quant_method_names[t->range.method]);
}

void quantize_report(const struct job *j, const struct quant_plan *p)
{
	size_t weighted = 0;

	for (size_t i = 0; i < p->layers.n; i++)
		weighted += p->layers.p[i].kind == QUANT_WEIGHTED && !p->layers.p[i].skip;
	if (j->o->json) {
		json_t *list = json_array();

		for (size_t i = 0; i < p->layers.n; i++)
			json_array_append_new(list, layer_json(p, &p->layers.p[i]));
		print_json(json_pack("{s:s, s:o}", "form", p->config.form->name, "layers", list));
		return;
	}
	printf("%s: %zu of %zu layers quantized are ones with weights\n", p->config.form->name,
	       weighted, p->layers.n);
	for (size_t i = 0; j->o->verbose && i < p->layers.n; i++)
		print_layer(j, p, &p->layers.p[i]);
}
