/* Of forms whose weights have less than 8 bits: the layers whose weights keep 8, because that costs
 * few bytes and saves much error: first and last layers and depthwise ones, mostly.
 *
 * Layers are taken in the order of what they lose for each weight that they have, until the others
 * lose together less than GOAL, or until the weights taken are no longer few. */
#include "build.h"
#include "matrix.h"

#include "../passes/rewrite.h"

/* Sum over the layers of noise / signal of their sums: 25 dB. What is counted is rounding to
 * nearest; that of round.c loses less. */
#define GOAL 0.00316
enum {
	SHARE = 3,          /* one weight in so many at most may be taken, */
	SHARE_UNKNOWN = 16, /* without samples, */
	FEW = 1024          /* or so many, which cost 512 bytes */
};

struct candidate {
	struct quant_layer *layer;
	double loss;
};

/* What the layer loses with the form's weights; *known: from samples. */
static double loss_of(const struct quant_plan *p, const struct node *n, const struct quant_layer *l,
		      bool *known)
{
	struct arena a = { 0 };
	struct quant_weights_how how;
	double loss;

	quant_how_weights(p, n, l, &how);
	how.type = p->config.form->weight;
	loss = weights_loss(&a, node_const(n, 1), &how);
	*known |= how.moments && how.moments->finished;
	arena_free(&a);
	return loss;
}

/* The one that loses most for each weight. */
static struct candidate *worst(struct candidate *c, size_t n, int64_t room)
{
	struct candidate *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (!c[i].layer->eight && c[i].loss > 0 && c[i].layer->weights <= room &&
		    (!best || c[i].loss * (double)best->layer->weights >
				      best->loss * (double)c[i].layer->weights))
			best = &c[i];
	return best;
}

static void take(struct candidate *c, size_t n, int64_t room, double loss)
{
	while (loss > GOAL) {
		struct candidate *w = worst(c, n, room);

		if (!w)
			return;
		w->layer->eight = true;
		room -= w->layer->weights;
		loss -= w->loss;
	}
}

void quant_choose_eight(const struct unit *u, struct quant_plan *p)
{
	struct candidate *c = arena_array(p->arena, struct candidate, p->layers.n);
	int64_t weights = 0, room;
	double loss = 0;
	bool known = false;
	size_t n = 0;

	if (dtype_bits(p->config.form->weight) >= 8 || p->eight_chosen)
		return;
	p->eight_chosen = true;
	for (size_t i = 0; i < p->layers.n; i++) {
		struct quant_layer *l = &p->layers.p[i];
		const struct node *node = value_of(u, l->output)->producer;

		if (l->kind != QUANT_WEIGHTED || !node_const(node, 1))
			continue;
		l->weights = shape_elements(&node_const(node, 1)->shape);
		c[n] = (struct candidate){ l, loss_of(p, node, l, &known) };
		loss += c[n++].loss;
		weights += l->weights;
	}
	room = weights / (known ? SHARE : SHARE_UNKNOWN);
	take(c, n, known && room < FEW ? FEW : room, loss);
}
