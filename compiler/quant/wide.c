/* Tensors in more than bytes, where that costs next to nothing: results that only outputs are made of,
 * states of recurrences, and what a function reads that uses little of its argument's range.
 *
 * LeakyRelu makes a tenth of a negative number: a range of -900 to 100 for its argument and of -90 to
 * 100 for its result gives positive numbers nine times the rounding that the result alone would. */
#include "quant.h"

#include "../passes/rewrite.h"

#include <math.h>

double quant_elements(const struct unit *u, const struct value *v)
{
	const struct shape *s = &v->shape;
	double n = 1;

	for (int i = 0; i < s->rank; i++)
		if (i > 0 || dim_hi(u, s->d[i]) != DIM_UNBOUNDED)
			n *= (double)dim_hi(u, s->d[i]);
	return n;
}

static double elements_of(const struct unit *u, const struct quant_tensor *t)
{
	return quant_elements(u, value_of(u, t->value));
}

/* Of the largest tensor that has bytes. */
static double largest(const struct unit *u, const struct quant_plan *p)
{
	double most = 0;

	for (size_t i = 0; i < p->tensors.n; i++)
		if (!p->tensors.p[i].end)
			most = fmax(most, elements_of(u, &p->tensors.p[i]));
	return most;
}

enum dtype quant_form_type(const struct quant_plan *p, const struct quant_tensor *t)
{
	if (t->end || t->state || t->cheap)
		return DT_I16;
	return p->config.form->activation == DT_I8 ? p->config.byte : p->config.form->activation;
}

void quant_spare_memory(const struct unit *u, struct quant_plan *p)
{
	double most = largest(u, p);

	for (size_t i = 0; i < p->tensors.n; i++) {
		struct quant_tensor *t = &p->tensors.p[i];

		t->end &= 2 * elements_of(u, t) <= most;
		t->type = quant_form_type(p, t);
	}
}

/* -- states of recurrences ----------------------------------------------------------------------- */

/* How recurrences meet a tensor and those like it. */
struct meeting {
	bool begins, made; /* one begins with it, as a state; one makes it */
	bool other;        /* what does not only move it computes with it */
};

static void meet(const struct quant_plan *p, const struct node *n, enum quant_kind kind,
		 uint32_t like, struct meeting *m)
{
	bool recurrent = kind == QUANT_RECURRENT;

	for (int k = 0; k < n->n_in; k++) {
		const struct quant_tensor *t =
			quant_takes(n, k) ? quant_tensor_at(p, n->in[k]) : NULL;

		if (!t || t->like != like)
			continue;
		m->begins |= recurrent && k > 0;
		m->other |= kind != QUANT_MOVED && !(recurrent && k > 0);
	}
	for (int k = 0; k < n->n_out && recurrent; k++)
		m->made |= n->out[k] == p->tensors.p[like].value;
}

/* A recurrence computes with states of 16 bits and more, whatever it begins with. Its results that no
 * integer layer reads are reals, or where there is no FPU 16 bits, too. */
void quant_widen_states(const struct unit *u, struct quant_plan *p)
{
	for (uint32_t g = 0; g < p->tensors.n && p->config.ends != QUANT_ENDS_FORM; g++) {
		struct meeting m = { .other = p->tensors.p[g].like != g };

		for (size_t i = 0; i < p->layers.n && !m.other; i++)
			meet(p, value_of(u, p->layers.p[i].output)->producer, p->layers.p[i].kind,
			     g, &m);
		for (size_t i = 0; i < p->tensors.n && !m.other && m.begins != m.made; i++) {
			if (p->tensors.p[i].like != g)
				continue;
			if (m.begins || p->config.ends == QUANT_ENDS_WIDE)
				p->tensors.p[i].state = true;
			else
				p->tensors.p[i].end_real = true;
		}
	}
}

/* -- arguments of functions ------------------------------------------------------------------ */

/* The steepest that a function is. */
static double slope_of(const struct node *n)
{
	static const struct {
		const char *op;
		double slope;
	} functions[] = {
		{ "LeakyRelu", 1 },   { "Elu", 1 },      { "Selu", 1.758 }, { "Celu", 1 },
		{ "Sigmoid", 0.25 },  { "Tanh", 1 },     { "Softplus", 1 }, { "Softsign", 1 },
		{ "Erf", 1.128 },     { "Gelu", 1.129 }, { "Swish", 1.1 },  { "Mish", 1.089 },
		{ "HardSwish", 1.5 },
	};

	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		if (node_is(n, functions[i].op))
			return functions[i].slope;
	return 0;
}

/* Rounding of the argument, at worst, is this much larger than that of the result. */
#define WORTH 2.0

/* The function that alone reads t, a product, and loses by that. */
static const struct node *loser(const struct unit *u, const struct quant_plan *p,
				const struct quant_tensor *t)
{
	const struct value *v = value_of(u, t->value);
	const struct node *f = used_once(v) ? sole_user(v) : NULL;
	const struct quant_tensor *y = f && f->n_out ? quant_tensor_at(p, f->out[0]) : NULL;
	const char *const products[] = { "Conv", "ConvTranspose", "Gemm", "MatMul" };
	bool product = false;

	for (size_t i = 0; v->producer && i < ARRAY_LEN(products); i++)
		product |= node_is(v->producer, products[i]);
	if (!product || !y || dtype_bits(t->type) != 8 || dtype_bits(y->type) != 8)
		return NULL;
	return slope_of(f) * (double)t->params.scale > WORTH * (double)y->params.scale ? f : NULL;
}

void quant_widen_arguments(const struct unit *u, struct quant_plan *p)
{
	bool real = p->config.between == QUANT_ENDS_REAL;
	double most = largest(u, p);

	for (size_t i = 0; i < p->tensors.n; i++) {
		struct quant_tensor *t = &p->tensors.p[i];

		t->real = t->end_real;
		if (p->config.between == QUANT_ENDS_FORM || t->like != i || !loser(u, p, t) ||
		    (real ? 4 : 2) * elements_of(u, t) > most)
			continue;
		t->real = real;
		t->type = real ? t->type : DT_I16;
	}
}
