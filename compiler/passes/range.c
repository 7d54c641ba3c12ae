/* How far the results of operators that have integer forms can go, from their inputs' bounds on. */
#include "range.h"
#include "fixed.h"

#include <math.h>

enum { DEPTH = 256 };

const struct range range_any = { -INFINITY, INFINITY };

struct range range_meet(struct range a, struct range b)
{
	return (struct range){ fmax(a.lo, b.lo), fmin(a.hi, b.hi) };
}

static struct range join(struct range a, struct range b)
{
	return (struct range){ fmin(a.lo, b.lo), fmax(a.hi, b.hi) };
}

static bool is_finite(struct range r)
{
	return isfinite(r.lo) && isfinite(r.hi) && r.lo <= r.hi;
}

/* -- sources ----------------------------------------------------------------------------- */

static struct range of_constant(const struct constant *c)
{
	const int64_t n = shape_elements(&c->shape);
	struct range r = { 0, 0 };

	for (int64_t i = 0; i < n; i++) {
		const double v = constant_f64(c, i);

		r = i ? join(r, (struct range){ v, v }) : (struct range){ v, v };
	}
	return r;
}

static struct range of_quantized(const struct quantized *q)
{
	return (struct range){ (double)(quantized_least(q->type) - q->zero) * (double)q->scale,
			       (double)(quantized_most(q->type) - q->zero) * (double)q->scale };
}

/* -- operators --------------------------------------------------------------------------- */

/* n's result, whose input k is within x[k]. */
typedef bool rule(struct unit *u, const struct node *n, const struct range *x, struct range *out);

/* Which axis of the weights has a number for each channel of the result. */
static int channel_axis(const struct node *n)
{
	if (node_is(n, "Gemm"))
		return ((const struct gemm_attrs *)n->attrs)->transB ? 0 : 1;
	return node_is(n, "Conv") ? 0 : 1;
}

/* Products with quantized weights: of each channel, all its weights at the end of x that counts
 * most. What is outside the image is 0. */
static struct range of_sums(struct unit *u, const struct quantized_weights *w, int axis,
			    struct range x)
{
	const struct constant *c = weights_centered(u, w);
	const int64_t size = c->shape.d[axis], count = shape_elements(&c->shape);
	struct range *sums = arena_array(u->arena, struct range, (size_t)size), all = { 0, 0 };
	int64_t inner = 1;

	x = join(x, (struct range){ 0, 0 });
	for (int a = axis + 1; a < c->shape.rank; a++)
		inner *= c->shape.d[a];
	for (int64_t i = 0; i < count; i++) {
		const double v = (double)constant_i64(c, i);
		struct range *s = &sums[i / inner % size];

		s->lo += v * (v > 0 ? x.lo : x.hi);
		s->hi += v * (v > 0 ? x.hi : x.lo);
	}
	for (int64_t i = 0; i < size; i++) {
		const double scale = (double)weights_scale(w, i);

		all = join(all, (struct range){ sums[i].lo * scale, sums[i].hi * scale });
	}
	return all;
}

static bool of_definition(struct unit *u, const struct node *n, const struct range *x,
			  struct range *out)
{
	struct tir_stage stages[16];
	struct tir_builder b;

	if (!n->op->define || n->n_out > (int)ARRAY_LEN(stages))
		return false;
	tir_builder_init(&b, u, n);
	if (!n->op->define(&b, n, stages))
		return false;
	*out = range_of_stage(u, &stages[0], x);
	return true;
}

/* A square is not negative, which the definition, of two operands, does not show. */
static bool of_mul(struct unit *u, const struct node *n, const struct range *x, struct range *out)
{
	if (!of_definition(u, n, x, out))
		return false;
	if (n->in[0] == n->in[1])
		out->lo = fmax(out->lo, 0);
	return true;
}

static bool of_product(struct unit *u, const struct node *n, const struct range *x,
		       struct range *out)
{
	const int axis = channel_axis(n);
	struct quantized_weights w;
	struct quantized q;

	if (!quantized_weights(n, 1, &w))
		return node_is(n, "MatMul") && quantized_input(n, 1, &q) &&
		       of_definition(u, n, x, out);
	if ((w.axis >= 0 && w.axis != axis) || axis >= w.c->shape.rank)
		return false;
	*out = of_sums(u, &w, axis, x[0]);
	if (node_is(n, "Gemm")) {
		const struct gemm_attrs *g = n->attrs;

		out->lo *= (double)g->alpha;
		out->hi *= (double)g->alpha;
		if (g->alpha < 0)
			*out = (struct range){ out->hi, out->lo };
	}
	if (node_in(n, 2))
		*out = (struct range){ out->lo + fmin(x[2].lo, 0), out->hi + fmax(x[2].hi, 0) };
	return true;
}

/* Means and neighbours of x, beside which there may be zeros. */
static bool of_mean(struct unit *u, const struct node *n, const struct range *x, struct range *out)
{
	(void)u, (void)n;
	*out = join(x[0], (struct range){ 0, 0 });
	return true;
}

static bool of_resize(struct unit *u, const struct node *n, const struct range *x,
		      struct range *out)
{
	const double most = 2 * fmax(fabs(x[0].lo), fabs(x[0].hi)); /* cubics go beyond */

	(void)u, (void)n;
	*out = (struct range){ -most, most };
	return true;
}

/* Of data, to which each update may be added. */
static bool of_scatter(struct unit *u, const struct node *n, const struct range *x,
		       struct range *out)
{
	const struct shape *s = &node_in(n, 2)->shape;
	double count = 1;

	for (int i = 0; i < s->rank; i++)
		count *= (double)dim_hi(u, s->d[i]);
	*out = (struct range){ x[0].lo + count * fmin(x[2].lo, 0),
			       x[0].hi + count * fmax(x[2].hi, 0) };
	return fixed_scatters_sums(n);
}

static bool of_softmax(struct unit *u, const struct node *n, const struct range *x,
		       struct range *out)
{
	(void)u, (void)n, (void)x;
	*out = (struct range){ 0, 1 };
	return true;
}

static bool of_log_softmax(struct unit *u, const struct node *n, const struct range *x,
			   struct range *out)
{
	const struct shape *s = &node_in(n, 0)->shape;
	double count = 1;

	for (int i = 0; i < s->rank; i++)
		count *= fmax(1, (double)dim_hi(u, s->d[i]));
	*out = (struct range){ x[0].lo - x[0].hi - log(count), 0 };
	return true;
}

static bool of_normalization(struct unit *u, const struct node *n, const struct range *x,
			     struct range *out)
{
	(void)x;
	return range_of_norm(u, n, out);
}

static bool of_choice(struct unit *u, const struct node *n, const struct range *x,
		      struct range *out)
{
	bool any = false;

	(void)u;
	for (int k = 0; k < n->n_in; k++)
		if (n->in[k] && node_moves_input(n, k)) {
			*out = any ? join(*out, x[k]) : x[k];
			any = true;
		}
	if (node_is(n, "Pad") && !node_in(n, 2))
		*out = join(*out, (struct range){ 0, 0 });
	return any;
}

/* What has integer forms, and of which inputs' elements. */
static const struct form {
	const char *op;
	unsigned operands;
	rule *rule;
} forms[] = {
	{ "Add", 3, of_definition },
	{ "Sub", 3, of_definition },
	{ "Mul", 3, of_mul },
	{ "Div", 3, of_definition },
	{ "PRelu", 3, of_definition },
	{ "Conv", 1, of_product },
	{ "ConvTranspose", 1, of_product },
	{ "Gemm", 1, of_product },
	{ "MatMul", 3, of_product },
	{ "AveragePool", 1, of_mean },
	{ "GlobalAveragePool", 1, of_mean },
	{ "ReduceMean", 1, of_mean },
	{ "ReduceSum", 1, of_definition },
	{ "ReduceL1", 1, of_definition },
	{ "ReduceSumSquare", 1, of_definition },
	{ "GlobalMaxPool", 1, of_mean },
	{ "Resize", 1, of_resize },
	{ "ScatterElements", 5, of_scatter },
	{ "ScatterND", 5, of_scatter },
	{ "Trilu", 1, of_mean },
	{ "CenterCropPad", 1, of_mean },
	{ "Softmax", 1, of_softmax },
	{ "LogSoftmax", 1, of_log_softmax },
	{ "LayerNormalization", 1, of_normalization },
	{ "RMSNormalization", 1, of_normalization },
	{ "InstanceNormalization", 1, of_normalization },
	{ "GroupNormalization", 1, of_normalization },
	{ "LpNormalization", 1, of_normalization },
	{ "MeanVarianceNormalization", 1, of_normalization },
};

static const struct form *form_of(const struct node *n)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (node_is(n, forms[i].op))
			return &forms[i];
	return NULL;
}

unsigned range_operands(const struct node *n)
{
	const struct form *f = form_of(n);
	unsigned set = 0;

	if (!node_moves(n))
		return f ? f->operands : 0;
	for (int k = 0; k < n->n_in && k < 32; k++)
		if (n->in[k] && node_moves_input(n, k))
			set |= 1u << k;
	return set;
}

/* n computes of one tensor at most, element by element: a table can say what. */
static bool is_function(const struct node *n)
{
	uint32_t of = VALUE_NONE;

	for (int k = 0; k < n->n_in; k++) {
		double number;

		if (!n->in[k] || input_number(n, k, &number))
			continue;
		if (of && of != n->in[k])
			return false;
		of = n->in[k];
	}
	return (n->op->flags & OP_ELEMENTWISE) && n->n_out == 1 && !n->n_graphs;
}

static rule *rule_of(const struct node *n)
{
	const struct form *f = form_of(n);

	if (node_moves(n))
		return of_choice;
	if (f)
		return f->rule;
	return is_function(n) ? of_definition : NULL;
}

bool range_has_form(const struct node *n)
{
	return rule_of(n) != NULL;
}

/* -- the search -------------------------------------------------------------------------- */

enum state { UNKNOWN, SOME, NONE };

struct search {
	struct unit *u;
	const struct graph *graph;
	struct range *of; /* by a value's id */
	unsigned char *state;
};

static bool find(struct search *s, uint32_t v, int depth);

/* v is what node n computes. */
static bool find_result(struct search *s, const struct node *n, struct range *out, int depth)
{
	rule *const f = rule_of(n);
	struct range *x = arena_array(s->u->arena, struct range, (size_t)n->n_in + 1);
	const unsigned operands = range_operands(n);
	struct quantized_weights w;

	if (!f || n->graph != s->graph || depth > DEPTH)
		return false;
	for (int k = 0; k < n->n_in; k++) {
		const bool needed = !operands || (k < 32 && operands >> k & 1);

		x[k] = range_any;
		if (!n->in[k] || (f == of_product && k == 1 && quantized_weights(n, k, &w)))
			continue;
		if (find(s, n->in[k], depth + 1))
			x[k] = s->of[n->in[k]];
		else if (needed)
			return false;
	}
	return f(s->u, n, x, out);
}

static bool find(struct search *s, uint32_t id, int depth)
{
	const struct value *v = value_of(s->u, id);
	const struct node *n = v->output == 0 ? v->producer : NULL;
	struct range r = range_any;
	struct constant *c = NULL;
	struct quantized q;

	if (s->state[id] != UNKNOWN)
		return s->state[id] == SOME;
	if (v->constant && v->constant->type != DT_STRING)
		r = of_constant(v->constant);
	else if (node_is(n, "DequantizeLinear") && node_const(n, 0) && fold_node(s->u, n, &c))
		r = of_constant(c);
	else if (node_is(n, "DequantizeLinear") && v->type == DT_F32 &&
		 quantized_parameters(n, node_in(n, 0)->type, &q))
		r = of_quantized(&q);
	else if (!n || v->type != DT_F32 || !find_result(s, n, &r, depth))
		r = range_any;
	s->of[id] = r;
	s->state[id] = is_finite(r) ? SOME : NONE;
	return s->state[id] == SOME;
}

bool range_of(struct unit *u, uint32_t v, struct range *out)
{
	struct arena scratch = { 0 };
	struct search s = { .u = u };
	bool found;

	s.graph = value_of(u, v)->graph;
	s.of = arena_array(&scratch, struct range, u->values.n);
	s.state = arena_array(&scratch, unsigned char, u->values.n);
	found = find(&s, v, 0);
	*out = s.of[v];
	arena_free(&scratch);
	return found;
}
