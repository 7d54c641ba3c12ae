/* attention_bias.c - which keys a query of Attention sees: mask, causality, window, lengths; as
 * loops over the scores. */
#include "attention.h"

#include <math.h>

/* Inputs of the loops below: the scores, the mask, the lengths. */
enum { SLOT_SCORES, SLOT_MASK, SLOT_LENGTHS };

struct loops {
	const struct node *n;
	struct attention_sizes s;
	struct node *m; /* the node being made */
	int slots[3];   /* -1: not there */
};

/* idx of the scores as [batch, head, query, key]. */
static void four_indices(struct tir_builder *b, const struct attention_sizes *s,
			 const struct tir *const *idx, int rank, const struct tir **out)
{
	out[0] = idx[0];
	out[1] = rank == 5 ? tir_add(b, tir_affine(b, idx[1], s->heads / s->shared, 0), idx[2])
			   : idx[1];
	out[2] = idx[rank - 2];
	out[3] = idx[rank - 1];
}

/* Whether the query may see the key, the mask apart. */
static const struct tir *is_visible(struct tir_builder *b, const struct loops *l,
				    const struct tir *const *at)
{
	const struct attention_attrs *a = l->n->attrs;
	const struct tir *ok = tir_bool(b, true), *now = tir_add(b, at[2], tir_dim(b, l->s.past)),
			 *length;

	if (l->slots[SLOT_LENGTHS] >= 0) {
		length = tir_cast(b, DT_INDEX, tir_load(b, l->slots[SLOT_LENGTHS], &at[0]));
		ok = tir_lt(b, at[3], length);
		now = tir_sub(b, tir_add(b, at[2], length), tir_dim(b, l->s.queries));
	}
	if (a->is_causal)
		ok = tir_and(b, ok, tir_le(b, at[3], now));
	if (a->left_window_size >= 0)
		ok = tir_and(b, ok, tir_le(b, tir_affine(b, now, 1, -a->left_window_size), at[3]));
	if (a->right_window_size >= 0)
		ok = tir_and(b, ok, tir_le(b, at[3], tir_affine(b, now, 1, a->right_window_size)));
	return ok;
}

/* The bias at a point, in type t; keys behind the mask's end are not seen. */
static const struct tir *bias(struct tir_builder *b, const struct loops *l,
			      const struct tir *const *at, enum dtype t)
{
	const struct tir *hidden = tir_float(b, t, -(double)INFINITY), *zero = tir_float(b, t, 0),
			 *m = zero, *end;
	int k = l->slots[SLOT_MASK];

	if (k >= 0) {
		const struct shape *s = &node_in(l->m, k)->shape;

		end = tir_dim(b, s->d[s->rank - 1]);
		m = tir_load_broadcast(b, k, at, 4);
		m = m->type == DT_BOOL ? tir_select(b, m, zero, hidden) : tir_cast(b, t, m);
		m = tir_select(b, tir_lt(b, at[3], end), m, hidden);
	}
	return tir_select(b, is_visible(b, l, at), m, hidden);
}

bool attention_is_biased(const struct node *n)
{
	const struct attention_attrs *a = n->attrs;

	return a->is_causal || a->left_window_size >= 0 || a->right_window_size >= 0 ||
	       node_in(n, IN_MASK) || node_in(n, IN_LENGTHS);
}

/* A row of plain causal attention sees its own key at least. */
bool attention_may_hide_rows(const struct node *n)
{
	const struct attention_attrs *a = n->attrs;

	return node_in(n, IN_MASK) || node_in(n, IN_LENGTHS) || a->left_window_size >= 0 ||
	       a->right_window_size >= 0;
}

static void start(struct loops *l, struct node *n, const struct attention_sizes *s, uint32_t scores,
		  enum dtype t, const struct shape *shape)
{
	uint32_t in[3] = { scores };
	int n_in = 1;

	*l = (struct loops){ .n = n, .s = *s, .slots = { 0, -1, -1 } };
	if (node_in(n, IN_MASK)) {
		l->slots[SLOT_MASK] = n_in;
		in[n_in++] = n->in[IN_MASK];
	}
	if (node_in(n, IN_LENGTHS)) {
		l->slots[SLOT_LENGTHS] = n_in;
		in[n_in++] = n->in[IN_LENGTHS];
	}
	l->m = new_loops(n, n_in, in, t, shape);
}

uint32_t attention_bias(struct node *n, const struct attention_sizes *s, uint32_t scores)
{
	const struct value *v = value_of(n->graph->unit, scores);
	const struct tir *idx[RANK_MAX], *at[4], *x, *y;
	struct tir_stage stage;
	struct tir_builder b;
	struct loops l;

	start(&l, n, s, scores, v->type, &v->shape);
	tir_builder_init(&b, n->graph->unit, l.m);
	tir_stage_begin(&b, 0, &stage, idx);
	four_indices(&b, s, idx, stage.rank, at);
	x = tir_load(&b, SLOT_SCORES, idx);
	y = bias(&b, &l, at, x->type);
	stage.value = tir_select(&b, tir_eq(&b, y, tir_float(&b, x->type, -(double)INFINITY)), y,
				 tir_add(&b, x, y));
	set_loops(l.m, &stage);
	return l.m->out[0];
}

uint32_t attention_clear_hidden(struct node *n, const struct attention_sizes *s, uint32_t softmax)
{
	const struct value *v = value_of(n->graph->unit, softmax);
	const struct tir *idx[RANK_MAX], *at[4], *key, *seen;
	struct shape rows = v->shape;
	struct tir_stage stage;
	struct tir_builder b;
	struct loops l;

	rows.d[rows.rank - 1] = 1;
	start(&l, n, s, softmax, DT_BOOL, &rows);
	tir_builder_init(&b, n->graph->unit, l.m);
	tir_stage_begin(&b, 0, &stage, idx);
	idx[stage.rank - 1] = key = tir_var(&b, s->keys, "k");
	four_indices(&b, s, idx, stage.rank, at);
	seen = bias(&b, &l, at, DT_F32);
	seen = tir_not(&b, tir_eq(&b, seen, tir_float(&b, DT_F32, -(double)INFINITY)));
	stage.value = tir_reduce(&b, REDUCE_OR, 1, &key, seen);
	set_loops(l.m, &stage);
	return graph_build3(n, "Where", NULL, l.m->out[0], softmax, new_scalar(n, v->type, 0));
}
