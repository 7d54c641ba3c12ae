/* A plan becomes nodes:
 *
 *	x -> layer -> y    =>    x -> Q -> DQ -> layer -> Q -> DQ -> y     and DQ(weights), DQ(bias)
 *
 * Q and DQ of a tensor stand behind what makes it, once. The bias has the scale of the product it
 * is added to: that of x times that of the weights. */
#include "build.h"

#include "../passes/rewrite.h"

#include <float.h>
#include <math.h>

/* No bias may come nearer to the ends of int32 than this: products are still to be added. */
#define BIAS_MOST 1073741824.0

struct applier {
	struct unit *u;
	const struct quant_plan *p;
	uint32_t *dequantized;              /* by index of a tensor: what layers read */
	bool *needed;                       /* by index of a tensor: a layer reads or makes it */
	const struct quant_layer **made_by; /* by value id: NULL or the layer whose output it is */
};

static uint32_t tensor_index(const struct applier *a, uint32_t value)
{
	return value < a->p->n_values && a->p->tensor_of[value] ? a->p->tensor_of[value] - 1
								: UINT32_MAX;
}

/* -- activations ----------------------------------------------------------------------------- */

static uint32_t scalar(struct graph *g, const char *name, const char *what, enum dtype t, double v)
{
	return quant_constant(g, name, what, constant_scalar_f64(g->unit->arena, t, v));
}

static const struct constant *quantized_constant(struct unit *u, const struct constant *c,
						 const struct quant_params *p)
{
	void *data;
	struct constant *q = constant_new(u->arena, p->type, &c->shape, &data);
	int64_t n = shape_elements(&c->shape);

	for (int64_t i = 0; i < n; i++)
		constant_put_f64(data, p->type, i,
				 nearbyint(constant_f64(c, i) / (double)p->scale) +
					 (double)p->zero);
	return q;
}

static uint32_t quantize_dequantize(const struct applier *a, const struct quant_tensor *t)
{
	struct value *v = value_of(a->u, t->value);
	struct graph *g = a->u->main;
	const char *name = quant_name(v);
	struct node *before = v->producer ? v->producer->next : g->first;
	uint32_t in[3] = { v->id, scalar(g, name, "scale", DT_F32, (double)t->params.scale),
			   scalar(g, name, "zero_point", t->params.type, (double)t->params.zero) };

	if (v->constant)
		in[0] = quant_constant(g, name, "quantized",
				       quantized_constant(a->u, v->constant, &t->params));
	else
		in[0] = quant_node(g, before, "QuantizeLinear", NULL, name, 3, in);
	return quant_node(g, before, "DequantizeLinear", NULL, name, 3, in);
}

/* Layers read the integers; others only when integers are what is there. */
static void rewire(struct applier *a, const struct quant_tensor *t, uint32_t with,
		   const bool *is_layer)
{
	struct value *v = value_of(a->u, t->value);
	size_t n = v->uses.n;
	struct node **uses = arena_copy(a->u->arena, v->uses.p, n * sizeof *uses);

	for (size_t i = 0; i < n; i++) {
		const uint32_t first = quant_first(uses[i]);
		bool layer = first < a->p->n_values && is_layer[first];

		if (first >= a->p->n_values && node_is(uses[i], "QuantizeLinear"))
			continue;
		for (int k = 0; k < uses[i]->n_in; k++)
			if (uses[i]->in[k] == t->value &&
			    (layer ? quant_takes(uses[i], k) : a->made_by[t->value] != NULL))
				node_set_input(uses[i], k, with);
	}
	for (size_t k = 0; a->made_by[t->value] && k < a->u->main->outputs.n; k++)
		if (a->u->main->outputs.p[k] == t->value)
			graph_set_output(a->u->main, (int)k, value_of(a->u, with));
}

/* -- weights --------------------------------------------------------------------------------- */

/* Scales under which a bias would leave int32: NULL when there is no bias. */
static double *smallest_scales(const struct applier *a, const struct node *n, double x_scale,
			       int64_t channels)
{
	const struct constant *b = node_const(n, 2);
	double *s;

	if (!b || shape_elements(&b->shape) % channels)
		return NULL;
	s = arena_array(a->u->arena, double, (size_t)channels);
	for (int64_t i = 0; i < shape_elements(&b->shape); i++)
		s[i % channels] =
			fmax(s[i % channels], fabs(constant_f64(b, i)) / x_scale / BIAS_MOST);
	return s;
}

static void quantize_bias(const struct applier *a, struct node *n, double x_scale,
			  const struct constant *w_scale)
{
	const struct constant *b = node_const(n, 2);
	int64_t channels = shape_elements(&w_scale->shape),
		count = b ? shape_elements(&b->shape) : 0;
	const struct shape vector = { .rank = 1, .d = { count } };
	struct quant_weights w = { 0 };
	void *q, *s;

	if (!b || b->shape.rank != 1 || count % channels)
		return;
	w.q = constant_new(a->u->arena, DT_I32, &b->shape, &q);
	w.scale = constant_new(a->u->arena, DT_F32, &vector, &s);
	for (int64_t i = 0; i < count; i++) {
		double scale = (double)(float)(x_scale * constant_f64(w_scale, i % channels));

		scale = scale >= (double)FLT_MIN ? scale : (double)FLT_MIN;
		constant_put_f64(s, DT_F32, i, scale);
		constant_put_f64(q, DT_I32, i, nearbyint(constant_f64(b, i) / scale));
	}
	node_set_input(n, 2, quant_dequantized(n->graph, n, quant_name(node_in(n, 2)), &w));
}

bool quant_is_correctable(const struct node *n)
{
	const struct value *y = node_out(n, 0);

	return (node_is(n, "Conv") || node_is(n, "ConvTranspose") || node_is(n, "Gemm")) &&
	       node_const(n, 1) && (!node_in(n, 2) || node_const(n, 2)) && y->shape.rank >= 2 &&
	       dim_is_const(y->shape.d[1]) &&
	       (!node_in(n, 2) ||
		(node_in(n, 2)->shape.rank == 1 && node_in(n, 2)->shape.d[0] == y->shape.d[1]));
}

/* The bias takes what quantized weights lose on average. */
static void correct_bias(const struct applier *a, struct node *n, const double *correction)
{
	const struct constant *b = node_const(n, 2);
	const struct shape s = { .rank = 1, .d = { node_out(n, 0)->shape.d[1] } };
	void *data;
	struct constant *c = constant_new(a->u->arena, DT_F32, &s, &data);

	for (int64_t i = 0; i < s.d[0]; i++)
		constant_put_f64(data, DT_F32, i, (b ? constant_f64(b, i) : 0) + correction[i]);
	node_set_input(n, 2,
		       quant_constant(n->graph, quant_name(b ? node_in(n, 2) : node_out(n, 0)),
				      b ? "corrected" : "correction", c));
}

/* Where blocks lie: along the input channels. */
static int block_axis(const struct node *n)
{
	if (node_is(n, "Conv"))
		return 1;
	if (node_is(n, "ConvTranspose"))
		return 0;
	if (node_is(n, "Gemm"))
		return attr_number(n, "transB") != 0 ? 1 : 0;
	return node_const(n, 1)->shape.rank - 2;
}

void quant_how_weights(const struct quant_plan *p, const struct node *n,
		       const struct quant_layer *l, struct quant_weights_how *how)
{
	const struct quant_form *f = p->config.form;
	int along = block_axis(n);

	*how = (struct quant_weights_how){ .type = l->raised || l->eight ? DT_I8 : f->weight,
					   .axis = weights_channel_axis(n),
					   .nearest = !p->config.round_by_error,
					   .node = n,
					   .moments = l->moments };
	if (f->block && how->axis >= 0 && along >= 0 &&
	    node_const(n, 1)->shape.d[along] > f->block) {
		how->axis = along;
		how->block = f->block;
	}
}

static void quantize_weights(const struct applier *a, struct node *n, const struct quant_layer *l)
{
	const struct quant_form *f = a->p->config.form;
	const struct constant *c = node_const(n, 1);
	int axis = weights_channel_axis(n);
	struct quant_weights w;
	struct quant_weights_how how;
	double x_scale = 0;

	quant_how_weights(a->p, n, l, &how);
	if (f->scheme == QUANT_STATIC) {
		how.x = &a->p->tensors.p[tensor_index(a, n->in[0])].params;
		x_scale = (double)how.x->scale;
		how.smallest = axis < 0 ? NULL : smallest_scales(a, n, x_scale, c->shape.d[axis]);
	}
	weights_quantize(a->u->arena, c, &how, &w);
	if (w.lost && a->p->config.correct_bias && quant_is_correctable(n))
		correct_bias(a, n, w.lost);
	node_set_input(n, 1, quant_dequantized(n->graph, n, quant_name(node_in(n, 1)), &w));
	if (f->scheme == QUANT_STATIC)
		quantize_bias(a, n, x_scale, w.scale);
}

/* Rows of W and of R, each with a scale that both directions have. */
static void quantize_recurrent(const struct applier *a, struct node *n)
{
	const struct quant_weights_how how = { .type = DT_I8, .axis = 1, .nearest = true };
	struct quant_weights w;

	for (int k = 1; k <= 2; k++) {
		weights_quantize(a->u->arena, node_const(n, k), &how, &w);
		node_set_input(n, k, quant_dequantized(n->graph, n, quant_name(node_in(n, k)), &w));
	}
}

/* -- the plan -------------------------------------------------------------------------------- */

static void find_layers(struct applier *a, bool *is_layer)
{
	for (size_t i = 0; i < a->p->layers.n; i++) {
		const struct quant_layer *l = &a->p->layers.p[i];
		const struct node *n = value_of(a->u, l->output)->producer;

		if (l->skip)
			continue;
		is_layer[l->output] = true;
		for (int k = 0; k < n->n_out; k++) {
			if (!n->out[k])
				continue;
			a->made_by[n->out[k]] = l;
			if (tensor_index(a, n->out[k]) != UINT32_MAX)
				a->needed[tensor_index(a, n->out[k])] = true;
		}
		for (int k = 0; k < n->n_in; k++)
			if (quant_takes(n, k) && tensor_index(a, n->in[k]) != UINT32_MAX)
				a->needed[tensor_index(a, n->in[k])] = true;
	}
}

void quant_apply(struct unit *u, const struct quant_plan *p)
{
	struct applier a = { .u = u, .p = p };
	bool *is_layer = arena_array(u->arena, bool, p->n_values);

	a.dequantized = arena_array(u->arena, uint32_t, p->tensors.n);
	a.needed = arena_array(u->arena, bool, p->tensors.n);
	a.made_by = arena_array(u->arena, const struct quant_layer *, p->n_values);
	find_layers(&a, is_layer);
	for (size_t i = 0; i < p->tensors.n; i++)
		a.needed[i] &= !p->tensors.p[i].real;
	for (size_t i = 0; i < p->layers.n; i++) {
		struct node *n = value_of(u, p->layers.p[i].output)->producer;

		if (p->config.form->scheme == QUANT_DYNAMIC && quant_is_dynamic(n))
			continue;
		if (p->layers.p[i].kind == QUANT_RECURRENT && !p->layers.p[i].skip)
			quantize_recurrent(&a, n);
		if (p->layers.p[i].kind == QUANT_WEIGHTED && !p->layers.p[i].skip &&
		    node_const(n, 1))
			quantize_weights(&a, n, &p->layers.p[i]);
	}
	for (size_t i = 0; i < p->tensors.n; i++)
		if (a.needed[i])
			a.dequantized[i] = quantize_dequantize(&a, &p->tensors.p[i]);
	for (size_t i = 0; i < p->tensors.n; i++)
		if (a.needed[i])
			rewire(&a, &p->tensors.p[i], a.dequantized[i], is_layer);
	if (p->config.form->scheme == QUANT_DYNAMIC)
		quant_apply_dynamic(u, p);
}
