/* training.c - one step of an optimizer: Momentum, Adam, Adagrad.
 *
 * Inputs are the rate R, the step's number T, then for each kind (values, gradients, accumulated
 * ones) all tensors of that kind; outputs the same without the gradients. G' = G + norm X. */
#include "family.h"

enum { FIRST = 2 }; /* input behind R and T */

/* Tensors of each of `kinds` kinds among the inputs; reports when they do not divide. */
static bool tensors_each(struct unit *u, const struct node *n, int kinds, int *count)
{
	*count = (n->n_in - FIRST) / kinds;
	if ((n->n_in - FIRST) % kinds || n->n_out != *count * (kinds - 1))
		return node_error(u, n, "has %d inputs and %d outputs, %d and %d for each tensor",
				  n->n_in, n->n_out, kinds, kinds - 1);
	return true;
}

static bool infer_step(struct unit *u, struct node *n, int kinds)
{
	int count;

	if (!tensors_each(u, n, kinds, &count))
		return false;
	for (int k = 0; k < 2; k++)
		if (node_in(n, k)->shape.rank > 0 && shape_count(u, &node_in(n, k)->shape) != 1)
			return node_error(u, n, "%s must be a scalar, its shape is %s",
					  k ? "T" : "R", shape_text(u, &node_in(n, k)->shape));
	for (int k = 0; k < n->n_out; k++) {
		const struct value *x = node_in(n, FIRST + k % count);

		for (int i = 0; i < kinds; i++) {
			const struct value *y = node_in(n, FIRST + i * count + k % count);

			if (!infer_need_shape(u, n, y, "a tensor"))
				return false;
			if (!shape_equal(&x->shape, &y->shape) || x->type != y->type)
				return node_error(
					u, n, "tensor %d is %s%s, what belongs to it %s%s",
					k % count, dtype_name(x->type), shape_text(u, &x->shape),
					dtype_name(y->type), shape_text(u, &y->shape));
		}
		if (!node_out(n, k))
			continue;
		node_out(n, k)->type = x->type;
		set_shape(node_out(n, k), &x->shape);
	}
	return true;
}

/* What the formulas name, at the element that output `out` computes; NULL where left out. */
struct step {
	struct tir_builder *b;
	enum dtype t;
	const struct tir *rate, *time, *x, *g, *past[2]; /* g regularized; past: accumulated */
};

static const struct tir *number(const struct step *s, double v)
{
	return tir_number(s->b, s->t, v);
}

static const struct tir *times(const struct step *s, double k, const struct tir *x)
{
	return tir_mul(s->b, number(s, k), x);
}

static bool begin_step(struct tir_builder *b, const struct node *n, int kinds, int k, double norm,
		       struct tir_stage *out, struct step *s)
{
	const struct tir *idx[RANK_MAX];
	int count;

	if (!tensors_each(b->u, n, kinds, &count))
		return false;
	s->b = b;
	tir_stage_begin(b, k, out, idx);
	k = FIRST + k % count;
	s->t = stage_compute(b, k);
	s->rate = tir_cast(b, s->t, load_single(b, 0));
	s->time = load_single(b, 1);
	s->x = tir_load(b, k, idx);
	s->g = tir_add(b, times(s, norm, s->x), tir_load(b, k + count, idx));
	for (int i = 2; i < kinds; i++)
		s->past[i - 2] = tir_load(b, k + i * count, idx);
	return true;
}

static const struct tir *started(const struct step *s) /* T > 0 */
{
	return tir_lt(s->b, tir_int(s->b, s->time->type, 0), s->time);
}

static const struct tir *descend(const struct step *s, const struct tir *rate, const struct tir *by)
{
	return tir_sub(s->b, s->x, tir_mul(s->b, rate, by));
}

/* -- Momentum: V' = alpha V + (T > 0 ? beta : 1) G', X' = X - R V' or X - R (G' + alpha V') */

static const char *const momentum_modes[] = { "standard", "nesterov", NULL };
struct momentum_attrs {
	float alpha, beta, norm_coefficient;
	int mode;
};
static const struct attr_row momentum_rows[] = {
	{ ATTR(struct momentum_attrs, alpha), .kind = ATTR_FLOAT, .required = true },
	{ ATTR(struct momentum_attrs, beta), .kind = ATTR_FLOAT, .required = true },
	{ ATTR(struct momentum_attrs, mode), .kind = ATTR_ENUM, .choices = momentum_modes,
	  .required = true },
	{ ATTR(struct momentum_attrs, norm_coefficient), .kind = ATTR_FLOAT, .required = true },
	A_END
};

static bool infer_momentum(struct unit *u, struct node *n)
{
	return infer_step(u, n, 3);
}

static bool define_momentum(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct momentum_attrs *a = n->attrs;
	const struct tir *v, *beta;
	struct step s;

	for (int k = 0; k < n->n_out; k++) {
		if (!node_out(n, k))
			continue;
		if (!begin_step(b, n, 3, k, (double)a->norm_coefficient, &out[k], &s))
			return false;
		beta = tir_select(b, started(&s), number(&s, (double)a->beta), number(&s, 1));
		v = tir_add(b, times(&s, (double)a->alpha, s.past[0]), tir_mul(b, beta, s.g));
		if (k >= n->n_out / 2)
			out[k].value = v;
		else if (a->mode == 0)
			out[k].value = descend(&s, s.rate, v);
		else
			out[k].value = descend(&s, s.rate,
					       tir_add(b, s.g, times(&s, (double)a->alpha, v)));
	}
	return true;
}

/* -- Adam: V' = alpha V + (1 - alpha) G', H' = beta H + (1 - beta) G'^2,
 * X' = (1 - norm_post) (X - R' V' / (sqrt(H') + epsilon)),
 * R' = T > 0 ? R sqrt(1 - beta^T) / (1 - alpha^T) : R */

struct adam_attrs {
	float alpha, beta, epsilon, norm_coefficient, norm_coefficient_post;
};
static const struct attr_row adam_rows[] = { A_FLOAT(struct adam_attrs, alpha, 0.9),
					     A_FLOAT(struct adam_attrs, beta, 0.999),
					     A_FLOAT(struct adam_attrs, epsilon, 1e-6),
					     A_FLOAT(struct adam_attrs, norm_coefficient, 0),
					     A_FLOAT(struct adam_attrs, norm_coefficient_post, 0),
					     A_END };

static bool infer_adam(struct unit *u, struct node *n)
{
	return infer_step(u, n, 4);
}

static const struct tir *less_power(const struct step *s, double base) /* 1 - base^T */
{
	const struct tir *t = tir_cast(s->b, s->t, s->time);

	return tir_sub(s->b, number(s, 1), tir_binary(s->b, TIR_POW, number(s, base), t));
}

static bool define_adam(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct adam_attrs *a = n->attrs;
	double alpha = (double)a->alpha, beta = (double)a->beta;
	const struct tir *v, *h, *rate, *x;
	struct step s;

	for (int k = 0; k < n->n_out; k++) {
		if (!node_out(n, k))
			continue;
		if (!begin_step(b, n, 4, k, (double)a->norm_coefficient, &out[k], &s))
			return false;
		v = tir_add(b, times(&s, alpha, s.past[0]), times(&s, 1 - alpha, s.g));
		h = tir_add(b, times(&s, beta, s.past[1]),
			    times(&s, 1 - beta, tir_mul(b, s.g, s.g)));
		rate = tir_div(b, tir_unary(b, TIR_SQRT, less_power(&s, beta)),
			       less_power(&s, alpha));
		rate = tir_select(b, started(&s), tir_mul(b, s.rate, rate), s.rate);
		x = tir_add(b, tir_unary(b, TIR_SQRT, h), number(&s, (double)a->epsilon));
		x = descend(&s, rate, tir_div(b, v, x));
		x = times(&s, 1 - (double)a->norm_coefficient_post, x);
		out[k].value = k < n->n_out / 3 ? x : k < n->n_out / 3 * 2 ? v : h;
	}
	return true;
}

/* -- Adagrad: H' = H + G'^2, X' = X - R / (1 + T decay) G' / (sqrt(H') + epsilon) ---------- */

struct adagrad_attrs {
	float decay_factor, epsilon, norm_coefficient;
};
static const struct attr_row adagrad_rows[] = { A_FLOAT(struct adagrad_attrs, decay_factor, 0),
						A_FLOAT(struct adagrad_attrs, epsilon, 1e-6),
						A_FLOAT(struct adagrad_attrs, norm_coefficient, 0),
						A_END };

static bool define_adagrad(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct adagrad_attrs *a = n->attrs;
	const struct tir *h, *rate, *root;
	struct step s;

	for (int k = 0; k < n->n_out; k++) {
		if (!node_out(n, k))
			continue;
		if (!begin_step(b, n, 3, k, (double)a->norm_coefficient, &out[k], &s))
			return false;
		h = tir_add(b, s.past[0], tir_mul(b, s.g, s.g));
		rate = times(&s, (double)a->decay_factor, tir_cast(b, s.t, s.time));
		rate = tir_div(b, s.rate, tir_add(b, number(&s, 1), rate));
		root = tir_add(b, tir_unary(b, TIR_SQRT, h), number(&s, (double)a->epsilon));
		out[k].value = k < n->n_out / 2 ? descend(&s, rate, tir_div(b, s.g, root)) : h;
	}
	return true;
}

#define OPTIMIZER(NAME, ROWS, S, INFER, DEFINE, DOC)                                               \
	{                                                                                          \
		.name = NAME, .domain = DOMAIN_TRAINING, .since = 1,                               \
		.sig = "R:T1 T:int64 inputs*:* -> outputs*:*", .types = "T1=float,double",         \
		.attrs = ROWS, .attrs_size = sizeof(S), .infer = INFER, .define = DEFINE,          \
		.doc = DOC                                                                         \
	}

const struct op ops_training[] = {
	OPTIMIZER("Momentum", momentum_rows, struct momentum_attrs, infer_momentum, define_momentum,
		  "a step of gradient descent with momentum, standard or Nesterov's"),
	OPTIMIZER("Adam", adam_rows, struct adam_attrs, infer_adam, define_adam, "a step of Adam"),
	OPTIMIZER("Adagrad", adagrad_rows, struct adagrad_attrs, infer_momentum, define_adagrad,
		  "a step of Adagrad"),
	{ .name = NULL }
};
