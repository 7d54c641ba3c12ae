/* Programs that measure a plan: the float model beside the quantized one, on the same inputs.
 *
 * The nodes of the unit become the quantized model; copies of them, made before, are the float one.
 * A node with subgraphs has no copy: both models read the one there is, so what it adds to the
 * error is not seen behind it. */
#include "build.h"

#include "../passes/rewrite.h"

#include <math.h>

/* What stands for each value in the float model, by id. */
struct copies {
	struct unit *u;
	uint32_t *of;
};

static void copy_node(struct copies *c, const struct node *n)
{
	struct graph *g = c->u->main;
	uint32_t *in = arena_array(c->u->arena, uint32_t, (size_t)n->n_in);
	struct node *m;

	for (int k = 0; k < n->n_in; k++)
		in[k] = n->in[k] ? c->of[n->in[k]] : VALUE_NONE;
	m = graph_insert(g, NULL, n->op, n->attrs, n->n_in, in, n->n_out, &n->loc);
	if (!node_infer(c->u, m))
		unreachable("a copy of a legal node");
	for (int k = 0; k < n->n_out; k++)
		if (n->out[k])
			c->of[n->out[k]] = m->out[k];
}

static void copy_nodes(struct copies *c)
{
	size_t n_values = c->u->values.n;
	const struct node *last = c->u->main->last;

	c->of = arena_array(c->u->arena, uint32_t, n_values);
	for (uint32_t id = 0; id < n_values; id++)
		c->of[id] = id;
	for (const struct node *n = c->u->main->first; n; n = n->next) {
		if (n->n_graphs == 0)
			copy_node(c, n);
		if (n == last)
			break;
	}
}

static void clear_outputs(struct unit *u)
{
	for (size_t k = 0; k < u->main->outputs.n; k++)
		value_of(u, u->main->outputs.p[k])->outputs--;
	u->main->outputs.n = u->main->output_names.n = 0;
}

static void add_output(struct unit *u, uint32_t id)
{
	struct value *v = value_of(u, id);

	v->name = arena_printf(u->arena, "measured_%u", (unsigned)u->main->outputs.n);
	graph_add_output(u->main, v);
}

bool quant_pair(struct unit *u, const struct quant_plan *p)
{
	struct copies c = { .u = u };
	size_t n = u->main->outputs.n;
	uint32_t *was = arena_copy(u->arena, u->main->outputs.p, n * sizeof *was), *now;

	quant_equalize(u, p);
	copy_nodes(&c);
	quant_apply(u, p);
	now = arena_copy(u->arena, u->main->outputs.p, n * sizeof *now);
	clear_outputs(u);
	for (size_t k = 0; k < n; k++) /* an Identity each: no value is an output twice */
		add_output(u, quant_node(u->main, NULL, "Identity", NULL, "", 1, &c.of[was[k]]));
	for (size_t k = 0; k < n; k++)
		add_output(u, quant_node(u->main, NULL, "Identity", NULL, "", 1, &now[k]));
	return true;
}

/* -- layer by layer -------------------------------------------------------------------------- */

/* x as the plan's tensor would be quantized. */
static uint32_t through_integers(struct unit *u, const struct quant_tensor *t, uint32_t x)
{
	uint32_t in[3] = {
		x,
		quant_constant(u->main, "", "",
			       constant_scalar_f64(u->arena, DT_F32, (double)t->params.scale)),
		quant_constant(u->main, "", "",
			       constant_scalar_i64(u->arena, t->params.type, t->params.zero)),
	};

	in[0] = quant_node(u->main, NULL, "QuantizeLinear", NULL, "", 3, in);
	return quant_node(u->main, NULL, "DequantizeLinear", NULL, "", 3, in);
}

/* The layer alone: its inputs are the float model's, quantized. before: its node's inputs as they
 * were before quant_apply, which may have given it a bias. */
static uint32_t alone(struct copies *c, const struct quant_plan *p, const struct node *n,
		      const uint32_t *before, int n_before)
{
	uint32_t *in = arena_copy(c->u->arena, n->in, (size_t)n->n_in * sizeof *in);
	const struct quant_tensor *t = quant_tensor_at(p, quant_first(n));
	uint32_t y = VALUE_NONE;
	struct node *m;

	for (int k = 0; k < n_before; k++) {
		const struct quant_tensor *x = quant_tensor_at(p, before[k]);

		if (before[k] && quant_takes(n, k) && !value_of(c->u, before[k])->constant)
			in[k] = x && !x->real ? through_integers(c->u, x, c->of[before[k]])
					      : c->of[before[k]];
	}
	m = graph_insert(c->u->main, NULL, n->op, n->attrs, n->n_in, in, n->n_out, &n->loc);
	if (!node_infer(c->u, m))
		unreachable("a copy of a legal node");
	for (int k = 0; k < n->n_out; k++)
		if (n->out[k] == quant_first(n))
			y = m->out[k];
	return t && !t->real ? through_integers(c->u, t, y) : y;
}

/* Sum of squares of x, or of x - y, as [1]. */
static uint32_t power(struct unit *u, uint32_t x, uint32_t y)
{
	const int64_t one = 1;
	uint32_t in[2] = { x, y }, shape;

	if (y)
		x = quant_node(u->main, NULL, "Sub", NULL, "", 2, in);
	in[0] = in[1] = x;
	x = quant_node(u->main, NULL, "Mul", NULL, "", 2, in);
	x = quant_node(u->main, NULL, "ReduceSum", &(struct reduce_attrs){ .keepdims = 0 }, "", 1,
		       &x);
	shape = quant_constant(u->main, "", "", constant_vector_i64(u->arena, &one, 1));
	return quant_node(u->main, NULL, "Reshape", NULL, "", 2, (uint32_t[]){ x, shape });
}

/* What stands for the layer's result in the quantized model: what its readers read. */
static uint32_t result_of(struct unit *u, uint32_t output)
{
	const struct value *v = value_of(u, output);

	for (size_t i = 0; i < v->uses.n; i++)
		if (node_is(v->uses.p[i], "QuantizeLinear")) {
			const struct value *q = node_out(v->uses.p[i], 0);

			if (q->uses.n && node_is(q->uses.p[0], "DequantizeLinear"))
				return q->uses.p[0]->out[0];
		}
	return output;
}

static size_t count_outputs(const struct quant_plan *p)
{
	return 3 * p->layers.n + 2 * p->inputs.n;
}

bool quant_probe(struct unit *u, const struct quant_plan *p)
{
	struct copies c = { .u = u };
	size_t n = p->layers.n;
	uint32_t **before = arena_array(u->arena, uint32_t *, n),
		 *out = arena_array(u->arena, uint32_t, count_outputs(p));
	int *n_before = arena_array(u->arena, int, n);

	quant_equalize(u, p);
	copy_nodes(&c);
	for (size_t i = 0; i < n; i++) {
		const struct node *l = value_of(u, p->layers.p[i].output)->producer;

		n_before[i] = l->n_in;
		before[i] = arena_copy(u->arena, l->in, (size_t)l->n_in * sizeof *l->in);
	}
	quant_apply(u, p);
	for (size_t i = 0; i < n; i++) {
		uint32_t output = p->layers.p[i].output, y = c.of[output];
		const struct node *l = value_of(u, output)->producer;
		uint32_t only = alone(&c, p, l, before[i], n_before[i]);

		out[3 * i] = power(u, y, VALUE_NONE);
		out[3 * i + 1] = power(u, y, only);
		out[3 * i + 2] = power(u, y, result_of(u, output));
	}
	for (size_t i = 0; i < p->inputs.n; i++) {
		uint32_t x = p->inputs.p[i].value;
		const struct quant_tensor *t = quant_tensor_at(p, x);

		out[3 * n + 2 * i] = power(u, x, VALUE_NONE);
		out[3 * n + 2 * i + 1] = power(u, x, t->real ? x : through_integers(u, t, x));
	}
	clear_outputs(u);
	for (size_t i = 0; i < count_outputs(p); i++)
		add_output(u, out[i]);
	return true;
}

static double decibels(double signal, double noise)
{
	return noise > 0 ? 10 * log10(signal / noise) : INFINITY;
}

void quant_probe_add(struct quant_plan *p, struct constant *const *out)
{
	for (size_t i = 0; i < p->layers.n; i++) {
		struct quant_layer *l = &p->layers.p[i];

		l->signal += constant_f64(out[3 * i], 0);
		l->noise_alone += constant_f64(out[3 * i + 1], 0);
		l->noise_so_far += constant_f64(out[3 * i + 2], 0);
		l->measured = true;
		l->snr_alone = decibels(l->signal, l->noise_alone);
		l->snr_so_far = decibels(l->signal, l->noise_so_far);
	}
	out += 3 * p->layers.n;
	for (size_t i = 0; i < p->inputs.n; i++) {
		struct quant_input *x = &p->inputs.p[i];

		x->signal += constant_f64(out[2 * i], 0);
		x->noise += constant_f64(out[2 * i + 1], 0);
		x->measured = true;
		x->snr = decibels(x->signal, x->noise);
	}
}
