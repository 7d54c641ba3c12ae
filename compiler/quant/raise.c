/* Mixed precision: which layers go first, what a layer needs for more bits, and what stays float in
 * any case. */
#include "quant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct rank {
	size_t layer;
	double snr;
};

static int compare_ranks(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	if (x->snr != y->snr)
		return x->snr < y->snr ? -1 : 1;
	return x->layer < y->layer ? -1 : 1; /* the earlier one: its error goes farther */
}

size_t quant_rank(const struct quant_plan *p, size_t *order)
{
	struct rank *r = arena_array(p->arena, struct rank, p->layers.n);
	size_t n = 0;

	for (size_t i = 0; i < p->layers.n; i++)
		if (p->layers.p[i].kind != QUANT_MOVED)
			r[n++] = (struct rank){ i, p->layers.p[i].snr_alone };
	qsort(r, n, sizeof *r, compare_ranks);
	for (size_t i = 0; i < n; i++)
		order[i] = r[i].layer;
	return n;
}

/* Tensors that share parameters change together. */
static void widen(struct quant_plan *p, uint32_t value)
{
	uint32_t like;

	if (value >= p->n_values || !p->tensor_of[value])
		return;
	like = p->tensors.p[p->tensor_of[value] - 1].like;
	for (size_t i = 0; i < p->tensors.n; i++)
		if (p->tensors.p[i].like == like)
			p->tensors.p[i].type = DT_I16;
}

static void raise_node(const struct unit *u, struct quant_plan *p, size_t layer, bool to_float)
{
	const struct node *n = value_of(u, p->layers.p[layer].output)->producer;

	p->layers.p[layer].raised = true;
	p->layers.p[layer].skip |= to_float;
	if (dtype_bits(p->config.form->weight) < 8)
		return; /* apply gives it 8-bit weights */
	for (int k = 0; k < n->n_in && !to_float; k++)
		if (quant_takes(n, k))
			widen(p, n->in[k]);
	for (int k = 0; k < n->n_out && !to_float; k++)
		widen(p, n->out[k]);
}

static const struct quant_layer *integer_layer(const struct quant_plan *p, uint32_t output)
{
	for (size_t i = 0; i < p->layers.n; i++)
		if (p->layers.p[i].output == output && !p->layers.p[i].skip)
			return &p->layers.p[i];
	return NULL;
}

/* Does an integer layer make or read what this one moves? */
static bool moves_integers(const struct unit *u, const struct quant_plan *p,
			   const struct quant_layer *l)
{
	const struct node *n = value_of(u, l->output)->producer, *made = node_in(n, 0)->producer;

	if (made && integer_layer(p, quant_first(made)))
		return true;
	for (int k = 0; k < n->n_out; k++)
		for (size_t i = 0; node_out(n, k) && i < node_out(n, k)->uses.n; i++) {
			const struct node *user = node_out(n, k)->uses.p[i];

			if (user->graph == n->graph && integer_layer(p, quant_first(user)))
				return true;
		}
	return false;
}

/* What only moves elements between layers that stay float stays float, too. */
static void skip_moves(const struct unit *u, struct quant_plan *p)
{
	bool again = true;

	for (size_t i = 0; i < p->layers.n; i++)
		p->layers.p[i].skip |= p->layers.p[i].kind == QUANT_MOVED;
	while (again) {
		again = false;
		for (size_t i = 0; i < p->layers.n; i++) {
			struct quant_layer *l = &p->layers.p[i];

			if (l->kind == QUANT_MOVED && l->skip && moves_integers(u, p, l)) {
				l->skip = false;
				again = true;
			}
		}
	}
}

void quant_raise(const struct unit *u, struct quant_plan *p, size_t layer, bool to_float)
{
	const struct value *y = value_of(u, p->layers.p[layer].output);

	raise_node(u, p, layer, to_float);
	for (size_t i = 0; i < p->layers.n; i++) /* what is joined to it, either way */
		if ((p->layers.p[layer].joined &&
		     p->layers.p[i].output == quant_first(y->uses.p[0])) ||
		    (p->layers.p[i].joined &&
		     value_of(u, p->layers.p[i].output)->uses.p[0] == y->producer))
			raise_node(u, p, i, to_float);
	if (to_float)
		skip_moves(u, p);
}

static struct quant_layer *layer_of(const struct quant_plan *p, const struct value *v)
{
	for (size_t i = 0; i < p->layers.n; i++)
		if (v->producer && p->layers.p[i].output == quant_first(v->producer))
			return &p->layers.p[i];
	return NULL;
}

static void spare(struct quant_layer *l)
{
	l->skip = l->masked = true;
}

void quant_spare_scores(const struct unit *u, struct quant_plan *p)
{
	bool any = false;

	for (size_t i = 0; i < p->layers.n; i++) {
		struct quant_layer *l = &p->layers.p[i], *made;
		const struct node *n = value_of(u, l->output)->producer;
		const uint32_t t = p->tensor_of[n->in[0]];

		if ((strcmp(n->op->name, "Softmax") != 0 &&
		     strcmp(n->op->name, "LogSoftmax") != 0) ||
		    !t || p->tensors.p[t - 1].params.scale <= SOFTMAX_STEP_MAX)
			continue;
		any = true;
		spare(l);
		for (made = layer_of(p, node_in(n, 0)); made && made->kind == QUANT_MOVED;
		     made = layer_of(p, node_in(n, 0)))
			n = value_of(u, made->output)->producer;
		if (made)
			spare(made);
	}
	if (any)
		skip_moves(u, p);
}

void quant_lower_all(struct quant_plan *p)
{
	for (size_t i = 0; i < p->tensors.n; i++)
		p->tensors.p[i].type = quant_form_type(p, &p->tensors.p[i]);
	for (size_t i = 0; i < p->layers.n; i++)
		p->layers.p[i].raised = p->layers.p[i].skip = p->layers.p[i].masked = false;
}
