/* Which tensors of 8 bits get 16 where the form has 8: those whose rounding loses most for what
 * 16 bits cost, until a budget is spent.
 *
 *	loss = sum over the readers of noise / signal of what they compute of the tensor
 *	cost = multiply-adds of the readers + elements of the tensor
 *
 * Losses of different tensors are taken for independent, and each reaches the outputs about as it is
 * beside its signal, so they add up. */
#include "matrix.h"

#include "../passes/rewrite.h"

#include <math.h>

enum {
	SHARE = 8, /* of the costs of the whole model one in so many is spent at most, of memory, too; */
	LEAST = 100 /* for no less than one in so many of all losses */
};

struct candidate {
	uint32_t group; /* of tensors with the same parameters */
	double loss, cost;
};

struct spending {
	const struct unit *u;
	struct quant_plan *p;
	struct arena a;
	int64_t *place; /* of nodes, by the value id of their first output */
	double *used;   /* bytes of tensors while each node computes */
	int64_t n_nodes;
	double most; /* the largest of them at first */
};

static const struct node *node_of(const struct spending *s, const struct quant_layer *l)
{
	return value_of(s->u, l->output)->producer;
}

/* Only another shape of what it is made of, which it takes the place of. */
static bool is_view(const struct node *n)
{
	static const char *const views[] = { "Reshape", "Flatten", "Squeeze", "Unsqueeze",
					     "Identity" };

	for (size_t i = 0; i < ARRAY_LEN(views); i++)
		if (node_is(n, views[i]))
			return true;
	return false;
}

/* That are stored. */
static double elements_of(const struct spending *s, const struct quant_tensor *t)
{
	const struct value *v = value_of(s->u, t->value);

	return v->producer && is_view(v->producer) ? 0 : quant_elements(s->u, v);
}

/* -- memory ------------------------------------------------------------------------------------ */

/* The nodes while which a tensor is in use: *first to *last. What is joined is one node. */
static void lifetime(const struct spending *s, const struct value *v, int64_t *first, int64_t *last)
{
	const struct node *n = v->producer;

	*first = 0;
	*last = v->outputs ? s->n_nodes - 1 : 0;
	if (n && is_view(n))
		*first = s->place[quant_first(n)] + 1;
	else if (n)
		*first = s->place[quant_first(n)];
	for (size_t i = 0; n && i < s->p->layers.n; i++)
		if (s->p->layers.p[i].joined && s->p->layers.p[i].output == n->in[0])
			*first = s->place[n->in[0]];
	for (size_t i = 0; i < v->uses.n; i++) {
		const struct node *user = v->uses.p[i];

		if (user->graph == s->u->main)
			*last = *last > s->place[quant_first(user)] ? *last
								    : s->place[quant_first(user)];
		else
			*last = s->n_nodes - 1;
	}
}

/* Bytes for each element of a tensor. */
static void use(struct spending *s, const struct quant_tensor *t, double bytes)
{
	const struct value *v = value_of(s->u, t->value);
	double size = quant_elements(s->u, v);
	int64_t first, last;

	if (v->constant)
		return;
	lifetime(s, v, &first, &last);
	for (int64_t i = first; i <= last; i++)
		s->used[i] += bytes * size;
}

static void use_group(struct spending *s, uint32_t group, double bytes)
{
	for (size_t i = 0; i < s->p->tensors.n; i++)
		if (s->p->tensors.p[i].like == group)
			use(s, &s->p->tensors.p[i], bytes);
}

static double fullest(const struct spending *s)
{
	double most = 0;

	for (int64_t i = 0; i < s->n_nodes; i++)
		most = fmax(most, s->used[i]);
	return most;
}

static void lay_out(struct spending *s)
{
	s->place = arena_array(&s->a, int64_t, s->u->values.n);
	for (const struct node *n = s->u->main->first; n; n = n->next)
		if (quant_first(n) != VALUE_NONE)
			s->place[quant_first(n)] = s->n_nodes++;
	s->used = arena_array(&s->a, double, (size_t)s->n_nodes + 1);
	for (size_t i = 0; i < s->p->tensors.n; i++)
		use(s, &s->p->tensors.p[i], (double)dtype_bits(s->p->tensors.p[i].type) / 8);
	s->most = fullest(s);
}

/* -- cost and loss --------------------------------------------------------------------------- */

/* Multiply-adds by constant weights. */
static double products_of(const struct spending *s, const struct quant_layer *l)
{
	const struct node *n = node_of(s, l);
	const struct constant *w = l->kind == QUANT_WEIGHTED ? node_const(n, 1) : NULL;
	const int axis = w ? weights_channel_axis(n) : -1;

	if (axis < 0 || w->shape.d[axis] == 0)
		return 0;
	return quant_elements(s->u, node_is(n, "ConvTranspose") ? node_in(n, 0) : node_out(n, 0)) *
	       (double)shape_elements(&w->shape) / (double)w->shape.d[axis];
}

static bool is_like(const struct quant_plan *p, uint32_t value, uint32_t group)
{
	const struct quant_tensor *t = quant_tensor_at(p, value);

	return t && t->like == group;
}

/* Whether l computes with one tensor: such nodes have integer forms whatever types are on either side. */
static bool reads_one(const struct spending *s, const struct quant_layer *l)
{
	const struct node *n = node_of(s, l);
	int tensors = 0;

	for (int k = 0; k < n->n_in; k++)
		tensors += quant_takes(n, k);
	for (size_t i = 0; i < s->p->layers.n; i++) /* what it is joined to */
		if (s->p->layers.p[i].joined && s->p->layers.p[i].output == n->in[0])
			return reads_one(s, &s->p->layers.p[i]);
	return tensors == 1 && l->kind != QUANT_RECURRENT;
}

/* What l, which reads a tensor, loses by the tensor's bytes. */
static double loss_of(struct spending *s, const struct quant_layer *l, const struct quant_tensor *t)
{
	const struct quant_tensor *group = &s->p->tensors.p[t->like];
	const struct node *n = node_of(s, l);
	struct quant_matrix m;
	double in = quant_elements(s->u, node_in(n, 0)), out, power;

	if (l->kind == QUANT_MOVED) /* its readers lose */
		return 0;
	if (l->moments && l->moments->n_kept && quant_matrix_of(n, &m))
		return moments_loss(&s->a, l->moments, &m, &group->params);
	power = stats_variance(group->stats);
	out = quant_elements(s->u, value_of(s->u, l->output));
	return power > 0 ? group->range.error / power * (out < in ? out / in : 1) : 0;
}

/* Adds what l has to do with the group. False: that must have bytes. */
static bool add_layer(struct spending *s, const struct quant_layer *l, struct candidate *c)
{
	const struct node *n = node_of(s, l);
	bool meets = false;

	for (int k = 0; k < n->n_in; k++)
		if (quant_takes(n, k) && is_like(s->p, n->in[k], c->group)) {
			meets = true;
			c->cost += products_of(s, l);
			c->loss += loss_of(s, l, quant_tensor_at(s->p, n->in[k]));
		}
	for (int k = 0; k < n->n_out; k++)
		meets |= is_like(s->p, n->out[k], c->group);
	return !meets || reads_one(s, l);
}

/* False: the group must have bytes. */
static bool is_candidate(struct spending *s, uint32_t group, struct candidate *c)
{
	const struct quant_tensor *head = &s->p->tensors.p[group];
	bool may = head->like == group && dtype_bits(head->type) == 8 && !head->end_real;

	*c = (struct candidate){ .group = group };
	for (size_t i = 0; i < s->p->tensors.n; i++)
		if (s->p->tensors.p[i].like == group)
			c->cost += elements_of(s, &s->p->tensors.p[i]);
	for (size_t i = 0; i < s->p->layers.n; i++)
		may &= add_layer(s, &s->p->layers.p[i], c);
	return may;
}

/* -- the choice -------------------------------------------------------------------------------- */

static void widen(struct spending *s, uint32_t group)
{
	for (size_t i = 0; i < s->p->tensors.n; i++) {
		struct quant_tensor *t = &s->p->tensors.p[i];

		if (t->like != group)
			continue;
		t->cheap = true;
		t->type = quant_form_type(s->p, t);
	}
}

/* In the order of loss for cost, what is within budget and memory. */
static void take(struct spending *s, struct candidate *c, size_t n, double least, double budget)
{
	for (;;) {
		struct candidate *best = NULL;

		for (size_t i = 0; i < n; i++)
			if (c[i].loss > least && c[i].cost <= budget &&
			    (!best || c[i].loss * best->cost > best->loss * c[i].cost))
				best = &c[i];
		if (!best)
			return;
		use_group(s, best->group, 1);
		if (SHARE * fullest(s) <= (SHARE + 1) * s->most) {
			widen(s, best->group);
			budget -= best->cost;
		} else {
			use_group(s, best->group, -1);
		}
		best->loss = 0;
	}
}

void quant_spend(const struct unit *u, struct quant_plan *p)
{
	struct spending s = { .u = u, .p = p };
	struct candidate *c;
	double losses = 0, costs = 0;
	size_t n = 0;

	if (p->cheap_chosen || !p->config.widen_small || p->config.form->activation != DT_I8 ||
	    p->config.ends == QUANT_ENDS_FORM)
		return;
	p->cheap_chosen = true;
	lay_out(&s);
	c = arena_array(&s.a, struct candidate, p->tensors.n);
	for (uint32_t g = 0; g < p->tensors.n; g++) {
		bool may = is_candidate(&s, g, &c[n]);

		losses += c[n].loss;
		n += may;
	}
	for (size_t i = 0; i < p->layers.n; i++)
		costs += products_of(&s, &p->layers.p[i]);
	for (size_t i = 0; i < p->tensors.n; i++)
		costs += elements_of(&s, &p->tensors.p[i]);
	take(&s, c, n, losses / LEAST, costs / SHARE);
	arena_free(&s.a);
}
