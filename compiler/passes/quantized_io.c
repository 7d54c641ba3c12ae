/* The model's borders in integers, when that is asked for: an input that is only quantized is given
 * quantized, an output that was only dequantized is given as it is. The unit keeps what the
 * integers stand for; the header says it. */
#include "list.h"
#include "quantized.h"

/* All uses of v are one QuantizeLinear, or several that are equal. */
static bool only_quantized(const struct value *v, struct quantized *q)
{
	struct quantized other;

	if (!v->uses.n || v->outputs || v->type != DT_F32 || !quantized_output(v->uses.p[0], q))
		return false;
	for (size_t i = 1; i < v->uses.n; i++)
		if (!quantized_output(v->uses.p[i], &other) || other.type != q->type ||
		    other.scale != q->scale || other.zero != q->zero)
			return false;
	return true;
}

static bool take_input(struct unit *u, size_t k)
{
	struct value *v = value_of(u, u->main->inputs.p[k]);
	struct quantized q;

	if (!only_quantized(v, &q))
		return false;
	u->input_quantization[k] = (struct quantization){ q.scale, q.zero };
	for (struct node *n = u->main->first, *next; n; n = next) {
		next = n->next;
		if (!node_is(n, "QuantizeLinear") || node_in(n, 0) != v)
			continue;
		graph_replace(u, n->out[0], v->id);
		graph_remove(n);
	}
	v->type = q.type;
	return true;
}

static bool give_output(struct unit *u, size_t k)
{
	struct graph *g = u->main;
	const struct node *d = value_of(u, g->outputs.p[k])->producer;
	struct quantized q;

	if (!d || !node_is(d, "DequantizeLinear") || node_out(d, 0)->type != DT_F32 ||
	    !node_in(d, 0)->producer || !quantized_parameters(d, node_in(d, 0)->type, &q))
		return false;
	u->output_quantization[k] = (struct quantization){ q.scale, q.zero };
	graph_set_output(g, (int)k, node_in(d, 0));
	return true;
}

static int run(struct unit *u, const struct pass_context *c)
{
	struct graph *g = u->main;
	int changes = 0;

	if (!c->quantized_io)
		return 0;
	u->input_quantization = arena_array(u->arena, struct quantization, g->inputs.n + 1);
	u->output_quantization = arena_array(u->arena, struct quantization, g->outputs.n + 1);
	remove_dead(u);
	for (size_t k = 0; k < g->inputs.n; k++)
		changes += take_input(u, k);
	for (size_t k = 0; k < g->outputs.n; k++)
		changes += give_output(u, k);
	return changes + remove_dead(u);
}

const struct pass pass_quantized_io = {
	.name = "quantized-io",
	.doc = "with --quantized-io: inputs and outputs in the integers that the model uses",
	.run = run,
};
