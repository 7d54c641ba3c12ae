/* ml.c - what the families of ai.onnx.ml share. What the specification leaves open (one score for
 * two classes, labels of ties) is as ONNX Runtime has it. */
#include "ml.h"

#include <string.h>

/* -- features ------------------------------------------------------------------------------ */

bool ml_features(struct unit *u, const struct node *n, dim *rows, dim *columns)
{
	const struct value *x = node_in(n, 0);

	if (!infer_need_rank(u, n, x, "X", 1, 2))
		return false;
	*rows = x->shape.rank == 2 ? x->shape.d[0] : 1;
	*columns = x->shape.d[x->shape.rank - 1];
	return true;
}

uint32_t ml_matrix(struct unit *u, struct node *n, enum dtype t)
{
	uint32_t x = new_cast(n, t, n->in[0]);

	if (value_of(u, x)->shape.rank == 2)
		return x;
	return graph_build2(n, "Unsqueeze", NULL, x, new_ints(n, (int64_t[]){ 0 }, 1));
}

/* -- constants ----------------------------------------------------------------------------- */

uint32_t ml_floats(struct node *at, const float *p, int64_t rows, int64_t columns)
{
	struct shape s = { .rank = rows ? 2 : 1, .d = { rows ? rows : columns, columns } };
	struct constant *c;
	void *data;

	c = constant_new(at->graph->unit->arena, DT_F32, &s, &data);
	memcpy(data, p, c->size);
	return graph_constant(at->graph, NULL, c)->id;
}

uint32_t ml_strings(struct node *at, const char *const *p, int64_t count)
{
	struct shape s = { .rank = 1, .d = { count } };
	struct constant *c;
	void *data;

	c = constant_new(at->graph->unit->arena, DT_STRING, &s, &data);
	memcpy(data, p, (size_t)count * sizeof *p);
	return graph_constant(at->graph, NULL, c)->id;
}

/* -- post-transforms ----------------------------------------------------------------------- */

const char *const ml_transform_names[] = { "NONE",         "SOFTMAX", "LOGISTIC",
					   "SOFTMAX_ZERO", "PROBIT",  NULL };

/* sqrt(2) erfinv(2x - 1), erfinv by Winitzki's formula with a = 0.147:
 *   erfinv(y) = sign(y) sqrt(sqrt(b^2 - l/a) - b),  l = ln(1 - y^2),  b = 2/(pi a) + l/2 */
static const struct tir *probit(struct tir_builder *b, const struct tir *x)
{
	const double a = 0.147, pi = 3.14159265358979323846;
	const struct tir *one = tir_number(b, x->type, 1), *half = tir_number(b, x->type, 0.5);
	const struct tir *y = tir_sub(b, tir_add(b, x, x), one);
	const struct tir *l =
		tir_unary(b, TIR_LOG, tir_mul(b, tir_sub(b, one, y), tir_add(b, one, y)));
	const struct tir *base =
		tir_add(b, tir_number(b, x->type, 2 / (pi * a)), tir_mul(b, l, half));
	const struct tir *root = tir_unary(
		b, TIR_SQRT,
		tir_sub(b, tir_mul(b, base, base), tir_mul(b, l, tir_number(b, x->type, 1 / a))));
	const struct tir *inverse = tir_unary(b, TIR_SQRT, tir_sub(b, root, base));

	return tir_mul(b, tir_mul(b, tir_number(b, x->type, 1.41421356237309505), inverse),
		       tir_unary(b, TIR_SIGN, y));
}

/* Softmax over the scores that are not 0; those that are stay 0. */
static const struct tir *softmax_zero(struct tir_builder *b, const struct tir *row, dim classes,
				      const struct tir *own)
{
	const struct tir *k = tir_var(b, classes, "k"), *zero = tir_number(b, DT_F32, 0);
	const struct tir *small = tir_number(b, DT_F32, 1e-7);
	const struct tir *x = tir_load(b, 0, (const struct tir *[]){ row, k });
	const struct tir *most = tir_reduce(b, REDUCE_MAX, 1, &k, x);
	const struct tir *exp = tir_unary(b, TIR_EXP, tir_sub(b, x, most));
	const struct tir *sum =
		tir_reduce(b, REDUCE_SUM, 1, &k,
			   tir_select(b, tir_lt(b, small, tir_unary(b, TIR_ABS, x)), exp, zero));
	const struct tir *counts = tir_lt(b, small, tir_unary(b, TIR_ABS, own));
	const struct tir *scaled =
		tir_select(b, counts, tir_unary(b, TIR_EXP, tir_sub(b, own, most)),
			   tir_mul(b, own, tir_unary(b, TIR_EXP, tir_neg(b, most))));

	return tir_div(b, scaled, sum);
}

static uint32_t transform_loops(struct node *at, enum ml_transform t, uint32_t scores)
{
	struct unit *u = at->graph->unit;
	const struct shape *s = &value_of(u, scores)->shape;
	struct node *m = new_loops(at, 1, &scores, DT_F32, s);
	const struct tir *idx[RANK_MAX], *x;
	struct tir_builder b;
	struct tir_stage stage;

	tir_builder_init(&b, u, m);
	tir_stage_begin(&b, 0, &stage, idx);
	x = tir_load(&b, 0, idx);
	stage.value = t == ML_PROBIT ? probit(&b, x) : softmax_zero(&b, idx[0], s->d[1], x);
	set_loops(m, &stage);
	return m->out[0];
}

uint32_t ml_transform(struct node *at, enum ml_transform t, uint32_t scores)
{
	struct axis_attrs last = { .axis = -1 };

	switch (t) {
	case ML_NONE:
		return scores;
	case ML_SOFTMAX:
		return graph_build1(at, "Softmax", &last, scores);
	case ML_LOGISTIC:
		return graph_build1(at, "Sigmoid", NULL, scores);
	default:
		return transform_loops(at, t, scores);
	}
}

uint32_t ml_pair_scores(struct node *at, enum ml_transform t, enum ml_pair how, uint32_t scores)
{
	struct axis_attrs columns = { .axis = 1 };
	uint32_t other;

	if (t == ML_LOGISTIC)
		scores = graph_build1(at, "Sigmoid", NULL, scores);
	if (t == ML_LOGISTIC || how == ML_COMPLEMENT)
		other = graph_build2(at, "Sub", NULL, new_scalar(at, DT_F32, 1), scores);
	else
		other = graph_build1(at, "Neg", NULL, scores);
	return graph_build2(at, "Concat", &columns, other, scores);
}

/* -- labels -------------------------------------------------------------------------------- */

int ml_label_count(const struct ml_labels *l)
{
	return l->strings.n ? l->strings.n : l->ints.n;
}

enum dtype ml_label_type(const struct ml_labels *l)
{
	return l->strings.n ? DT_STRING : DT_I64;
}

static bool counts_from_zero(const struct ints *v)
{
	for (int i = 0; i < v->n; i++)
		if (v->p[i] != i)
			return false;
	return true;
}

uint32_t ml_label(struct node *at, const struct ml_labels *l, uint32_t positions)
{
	static const char *const digits[] = { "0", "1" };
	uint32_t table;

	if (l->strings.n)
		table = l->strings.n > 1 ? ml_strings(at, l->strings.p, l->strings.n)
					 : ml_strings(at, digits, 2);
	else if (l->ints.n < 2 || counts_from_zero(&l->ints))
		return positions;
	else
		table = new_ints(at, l->ints.p, l->ints.n);
	return graph_build2(at, "Gather", NULL, table, positions);
}

uint32_t ml_best(struct node *at, uint32_t scores)
{
	struct argmax_attrs a = { .axis = 1 };

	return graph_build1(at, "ArgMax", &a, scores);
}

uint32_t ml_above(struct node *at, uint32_t scores, double threshold)
{
	uint32_t above =
		graph_build2(at, "Greater", NULL, scores, new_scalar(at, DT_F32, threshold));
	uint32_t column = new_ints(at, (int64_t[]){ 1 }, 1);

	return graph_build2(at, "Squeeze", NULL, new_cast(at, DT_I64, above), column);
}

bool ml_infer_classifier(struct unit *u, struct node *n, const struct ml_labels *l, int scores)
{
	dim rows, columns;

	if (!ml_features(u, n, &rows, &columns))
		return false;
	if (node_out(n, 0)) {
		node_out(n, 0)->type = ml_label_type(l);
		set_shape_of(node_out(n, 0), 1, &rows);
	}
	if (node_out(n, 1))
		set_shape_of(node_out(n, 1), 2, (dim[]){ rows, scores });
	return true;
}
