/* Reading QuantizeLinear and DequantizeLinear. */
#include "quantized.h"

#include <math.h>
#include <string.h>

static const struct kind {
	enum dtype type;
	int64_t least, most;
} kinds[] = {
	{ DT_U8, 0, 255 },
	{ DT_I8, -128, 127 },
	{ DT_U16, 0, 65535 },
	{ DT_I16, -32768, 32767 },
};

static bool is_quantized(enum dtype t)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].type == t)
			return true;
	return false;
}

static const struct kind *kind_of(enum dtype t)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].type == t)
			return &kinds[i];
	unreachable("a type that no activation is quantized to");
}

int64_t quantized_least(enum dtype t)
{
	return kind_of(t)->least;
}

int64_t quantized_most(enum dtype t)
{
	return kind_of(t)->most;
}

static bool is_scale(double s)
{
	return isfinite(s) && s > 0;
}

/* One scale and at most one zero point, constants: inputs 1 and 2 of a Q or DQ. */
bool quantized_parameters(const struct node *n, enum dtype t, struct quantized *out)
{
	const struct quant_attrs *a = n->attrs;
	double scale, zero = 0;

	if (!is_quantized(t) || a->block_size || a->precision || node_in(n, 1)->type != DT_F32 ||
	    !input_number(n, 1, &scale) || !is_scale(scale) ||
	    (node_in(n, 2) && !input_number(n, 2, &zero)))
		return false;
	out->type = t;
	out->scale = (float)scale;
	out->zero = (int64_t)zero;
	return true;
}

bool quantized_input(const struct node *n, int k, struct quantized *out)
{
	const struct node *d = input_node(n, k);

	if (!node_is(d, "DequantizeLinear") || node_out(d, 0)->type != DT_F32)
		return false;
	out->id = d->in[0];
	return quantized_parameters(d, node_in(d, 0)->type, out);
}

bool quantized_output(const struct node *n, struct quantized *out)
{
	if (!node_is(n, "QuantizeLinear") || node_in(n, 0)->type != DT_F32)
		return false;
	out->id = n->out[0];
	return quantized_parameters(n, node_out(n, 0)->type, out);
}

int64_t quantized_number(const struct quantized *q, double real)
{
	int64_t lo = quantized_least(q->type), hi = quantized_most(q->type);
	double v = nearbyint((double)((float)real / q->scale)) + (double)q->zero;

	return v < (double)lo ? lo : v > (double)hi ? hi : (int64_t)v;
}

/* -- weights --------------------------------------------------------------------------- */

static bool weight_type(enum dtype t)
{
	return t == DT_I8 || t == DT_U8 || t == DT_I4 || t == DT_U4 || t == DT_I2 || t == DT_U2;
}

bool quantized_weights(const struct node *n, int k, struct quantized_weights *out)
{
	const struct node *d = input_node(n, k);
	const struct quant_attrs *a;
	int64_t scales;

	if (!node_is(d, "DequantizeLinear") || node_out(d, 0)->type != DT_F32)
		return false;
	a = d->attrs;
	out->c = node_const(d, 0);
	out->scale = node_const(d, 1);
	out->zero = node_const(d, 2);
	out->axis = -1;
	if (!out->c || !out->scale || (node_in(d, 2) && !out->zero) || a->block_size ||
	    out->scale->type != DT_F32 || !weight_type(out->c->type))
		return false;
	scales = shape_elements(&out->scale->shape);
	for (int64_t i = 0; i < scales; i++)
		if (!is_scale(constant_f64(out->scale, i)))
			return false;
	return scales == 1 ||
	       axis_resolve(n->graph->unit, &d->loc, a->axis, out->c->shape.rank, &out->axis);
}

float weights_scale(const struct quantized_weights *w, int64_t i)
{
	return (float)constant_f64(w->scale, w->axis < 0 ? 0 : i);
}

static int64_t zero_of(const struct quantized_weights *w, int64_t i)
{
	return w->zero ? constant_i64(w->zero, shape_elements(&w->zero->shape) == 1 ? 0 : i) : 0;
}

struct constant *weights_centered(struct unit *u, const struct quantized_weights *w)
{
	int64_t count = shape_elements(&w->c->shape), inner = 1, size = 1;
	struct constant *wide, *narrow;
	bool fits = true;
	int16_t *to;
	int8_t *small;
	void *data;

	for (int a = w->axis + 1; w->axis >= 0 && a < w->c->shape.rank; a++)
		inner *= w->c->shape.d[a];
	if (w->axis >= 0)
		size = w->c->shape.d[w->axis];
	wide = constant_new(u->arena, DT_I16, &w->c->shape, &data);
	to = data;
	for (int64_t i = 0; i < count; i++) {
		to[i] = (int16_t)(constant_i64(w->c, i) - zero_of(w, i / inner % size));
		fits &= to[i] >= INT8_MIN && to[i] <= INT8_MAX;
	}
	if (!fits)
		return wide;
	narrow = constant_new(u->arena, DT_I8, &w->c->shape, &data);
	small = data;
	for (int64_t i = 0; i < count; i++)
		small[i] = (int8_t)to[i];
	return narrow;
}

/* -- results --------------------------------------------------------------------------- */

/* n clamps to [*lo, *hi] (halves may be infinite). */
static bool clamps(const struct node *n, double *lo, double *hi)
{
	*lo = -INFINITY;
	*hi = INFINITY;
	if (node_is(n, "Relu")) {
		*lo = 0;
		return true;
	}
	if (node_is(n, "Max") && n->n_in == 2)
		return input_number(n, 0, lo) || input_number(n, 1, lo);
	if (node_is(n, "Min") && n->n_in == 2)
		return input_number(n, 0, hi) || input_number(n, 1, hi);
	return node_is(n, "Clip") && (!node_in(n, 1) || input_number(n, 1, lo)) &&
	       (!node_in(n, 2) || input_number(n, 2, hi)) && *lo <= *hi;
}

static double clamp(double x, double lo, double hi)
{
	return x < lo ? lo : x > hi ? hi : x;
}

bool quantized_result(struct node *n, struct quantized_result *out)
{
	double lo = -INFINITY, hi = INFINITY, l, h;
	struct node *p;

	if (!quantized_output(n, &out->q))
		return false;
	for (p = sole_input_node(n, 0); p && clamps(p, &l, &h); p = sole_input_node(p, 0)) {
		double inner = clamp(l, lo, hi); /* what is nearer to the operator acts first */

		hi = clamp(h, lo, hi);
		lo = inner;
	}
	out->source = p;
	out->lo = quantized_number(&out->q, lo);
	out->hi = quantized_number(&out->q, hi);
	return p != NULL;
}

struct requant quantized_requant(const struct quantized_result *r)
{
	return (struct requant){
		.to = (int)r->q.type, .zero = r->q.zero, .lo = r->lo, .hi = r->hi
	};
}

struct constant *matrix_transposed(struct unit *u, const struct constant *c)
{
	struct shape s = { .rank = 2, .d = { c->shape.d[1], c->shape.d[0] } };
	void *data;
	struct constant *t = constant_new(u->arena, c->type, &s, &data);

	for (int64_t i = 0; i < s.d[0]; i++)
		for (int64_t k = 0; k < s.d[1]; k++)
			constant_put_f64(data, c->type, i * s.d[1] + k,
					 constant_f64(c, k * s.d[0] + i));
	return t;
}
