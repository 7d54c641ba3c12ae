/* recurrent.c - LSTM, GRU and RNN. Their definition is a portable kernel in float; other types go
 * through float. */
#include <strings.h>

#include "recurrent.h"

const char *const recurrent_directions[] = { "forward", "reverse", "bidirectional", NULL };

#define COMMON_ROWS                                                                                \
	{ ATTR(struct recurrent_attrs, activation_alpha), .kind = ATTR_FLOATS },                   \
		{ ATTR(struct recurrent_attrs, activation_beta), .kind = ATTR_FLOATS },            \
		{ ATTR(struct recurrent_attrs, activations), .kind = ATTR_STRINGS },               \
		A_FLOAT(struct recurrent_attrs, clip, 0),                                          \
		A_ENUM(struct recurrent_attrs, direction, recurrent_directions,                    \
		       RECURRENT_FORWARD),                                                         \
		A_INT(struct recurrent_attrs, hidden_size, 0)
#define LSTM_ROWS A_FLAG(struct recurrent_attrs, input_forget, 0)
#define GRU_ROWS A_INT(struct recurrent_attrs, linear_before_reset, 0)
#define LAYOUT_ROW A_FLAG(struct recurrent_attrs, layout, 0)
#define OLD_ROW A_INT(struct recurrent_attrs, output_sequence, 0)

static const struct attr_row lstm_rows[] = { COMMON_ROWS, LSTM_ROWS, LAYOUT_ROW, A_END };
static const struct attr_row lstm1_rows[] = { COMMON_ROWS, LSTM_ROWS, OLD_ROW, A_END };
static const struct attr_row gru_rows[] = { COMMON_ROWS, GRU_ROWS, LAYOUT_ROW, A_END };
static const struct attr_row gru1_rows[] = { COMMON_ROWS, GRU_ROWS, OLD_ROW, A_END };
const struct attr_row recurrent_dynamic_rows[] = { COMMON_ROWS, LSTM_ROWS, A_END };
static const struct attr_row rnn_rows[] = { COMMON_ROWS, LAYOUT_ROW, A_END };
static const struct attr_row rnn1_rows[] = { COMMON_ROWS, OLD_ROW, A_END };

/* What they differ in. */
struct family {
	const struct attr_row *rows;
	int gates, activations;
	int defaults[3];
};
static const struct family families[] = {
	{ lstm_rows, 4, 3, { EDGERT_SIGMOID, EDGERT_TANH, EDGERT_TANH } },
	{ gru_rows, 3, 2, { EDGERT_SIGMOID, EDGERT_TANH } },
	{ rnn_rows, 1, 1, { EDGERT_TANH } },
	{ recurrent_dynamic_rows, 4, 3, { EDGERT_SIGMOID, EDGERT_TANH, EDGERT_TANH } },
};

static const struct family *family_of(const struct node *n)
{
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (families[i].rows == n->op->attrs)
			return &families[i];
	unreachable("a recurrence that is none of these");
}

/* -- activations ----------------------------------------------------------------------- */

/* By enum edgert_activation; the defaults are those of the operators of that name. */
static const struct {
	const char *name;
	bool has_alpha, has_beta;
	float alpha, beta;
} activations[] = {
	[EDGERT_SIGMOID] = { "Sigmoid", false, false, 0, 0 },
	[EDGERT_TANH] = { "Tanh", false, false, 0, 0 },
	[EDGERT_RELU] = { "Relu", false, false, 0, 0 },
	[EDGERT_AFFINE] = { "Affine", true, true, 1, 0 },
	[EDGERT_LEAKY_RELU] = { "LeakyRelu", true, false, 0.01F, 0 },
	[EDGERT_THRESHOLDED_RELU] = { "ThresholdedRelu", true, false, 1, 0 },
	[EDGERT_SCALED_TANH] = { "ScaledTanh", true, true, 1, 1 },
	[EDGERT_HARD_SIGMOID] = { "HardSigmoid", true, true, 0.2F, 0.5F },
	[EDGERT_ELU] = { "Elu", true, false, 1, 0 },
	[EDGERT_SOFTSIGN] = { "Softsign", false, false, 0, 0 },
	[EDGERT_SOFTPLUS] = { "Softplus", false, false, 0, 0 },
};

static int activation_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(activations); i++)
		if (strcasecmp(activations[i].name, name) == 0) /* exporters write "tanh" too */
			return (int)i;
	return -1;
}

static int directions(const struct node *n)
{
	return ((const struct recurrent_attrs *)n->attrs)->direction == RECURRENT_BIDIRECTIONAL ? 2
												: 1;
}

void recurrent_settings(const struct node *n, struct edgert_recurrence *p)
{
	const struct recurrent_attrs *a = n->attrs;
	const struct family *f = family_of(n);
	int alphas = 0, betas = 0;

	p->directions = directions(n);
	p->reverse = a->direction == RECURRENT_REVERSE;
	p->clip = a->clip;
	p->input_forget = a->input_forget != 0;
	p->linear_before_reset = a->linear_before_reset != 0;
	for (int i = 0; i < f->activations * directions(n); i++) {
		int k = a->activations.n ? activation_find(a->activations.p[i])
					 : f->defaults[i % f->activations];

		p->act[i] = k;
		p->alpha[i] = activations[k].alpha;
		p->beta[i] = activations[k].beta;
		/* the lists are consumed by those that have such a parameter */
		if (activations[k].has_alpha && alphas < a->activation_alpha.n)
			p->alpha[i] = a->activation_alpha.p[alphas++];
		if (activations[k].has_beta && betas < a->activation_beta.n)
			p->beta[i] = a->activation_beta.p[betas++];
	}
}

bool recurrent_check_activations(struct unit *u, const struct node *n)
{
	const struct recurrent_attrs *a = n->attrs;
	int needed = family_of(n)->activations * directions(n);

	if (a->activations.n && a->activations.n < needed)
		return node_error(u, n, "activations has %d names, %d are needed", a->activations.n,
				  needed);
	for (int i = 0; i < a->activations.n && i < needed; i++)
		if (activation_find(a->activations.p[i]) < 0)
			return node_error(u, n, "activation \"%s\" does not exist",
					  a->activations.p[i]);
	if (!(a->clip >= 0.0F)) /* NaN too */
		return node_error(u, n, "clip is %g, it must not be negative", (double)a->clip);
	return true;
}

/* -- inference ------------------------------------------------------------------------- */

bool recurrent_same(struct unit *u, const struct node *n, int k, const char *name, int rank,
		    const dim *want)
{
	const struct value *v = node_in(n, k);
	struct shape s = { .rank = rank };

	if (!v)
		return true;
	if (!infer_need_rank(u, n, v, name, rank, rank))
		return false;
	for (int i = 0; i < rank; i++)
		s.d[i] = want[i];
	for (int i = 0; i < rank; i++)
		if (!dim_assume_equal(u, v->shape.d[i], want[i], NULL))
			return node_error(u, n, "%s has shape %s, %s is needed", name,
					  shape_text(u, &v->shape), shape_text(u, &s));
	return true;
}

bool recurrent_sizes(struct unit *u, const struct node *n, struct recurrent_sizes *s)
{
	const struct recurrent_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0), *r = node_in(n, 2);

	if (!infer_need_rank(u, n, x, "X", 3, 3) || !infer_need_rank(u, n, r, "R", 3, 3))
		return false;
	s->seq = x->shape.d[a->layout ? 1 : 0];
	s->batch = x->shape.d[a->layout ? 0 : 1];
	s->input = x->shape.d[2];
	s->hidden = r->shape.d[2];
	s->dirs = directions(n);
	if (!dim_is_const(s->input) || !dim_is_const(s->hidden))
		return node_error(
			u, n,
			"the sizes of input and hidden state must be known at compile time, they are %s and %s",
			dim_text(u, s->input), dim_text(u, s->hidden));
	if (a->hidden_size && a->hidden_size != s->hidden)
		return node_error(u, n, "hidden_size is %lld, R has %s", (long long)a->hidden_size,
				  dim_text(u, s->hidden));
	return true;
}

bool recurrent_infer(struct unit *u, struct node *n, int gates, const char *name, int numbers,
		     struct recurrent_sizes *s)
{
	const struct recurrent_attrs *a = n->attrs;
	dim rows, first, second;

	if (!recurrent_sizes(u, n, s))
		return false;
	rows = dim_mul(u, s->hidden, gates);
	first = a->layout ? s->batch : s->dirs;
	second = a->layout ? s->dirs : s->batch;
	if (!recurrent_same(u, n, 1, "W", 3, (dim[]){ s->dirs, rows, s->input }) ||
	    !recurrent_same(u, n, 2, "R", 3, (dim[]){ s->dirs, rows, s->hidden }) ||
	    !recurrent_same(u, n, 3, name, 2, (dim[]){ s->dirs, dim_mul(u, rows, numbers) }) ||
	    !recurrent_same(u, n, 4, "sequence_lens", 1, (dim[]){ s->batch }) ||
	    !recurrent_same(u, n, 5, "initial_h", 3, (dim[]){ first, second, s->hidden }) ||
	    !recurrent_same(u, n, 6, "initial_c", 3, (dim[]){ first, second, s->hidden }))
		return false;
	if (node_out(n, 0) && a->layout)
		set_shape_of(node_out(n, 0), 4, (dim[]){ s->batch, s->seq, s->dirs, s->hidden });
	else if (node_out(n, 0))
		set_shape_of(node_out(n, 0), 4, (dim[]){ s->seq, s->dirs, s->batch, s->hidden });
	for (int k = 1; k < n->n_out; k++)
		if (node_out(n, k))
			set_shape_of(node_out(n, k), 3, (dim[]){ first, second, s->hidden });
	return true;
}

static bool infer_recurrent(struct unit *u, struct node *n)
{
	struct recurrent_sizes s;

	return recurrent_check_activations(u, n) &&
	       recurrent_infer(u, n, family_of(n)->gates, "B", 2, &s) &&
	       recurrent_same(u, n, 7, "P", 2, (dim[]){ s.dirs, dim_mul(u, s.hidden, 3) });
}

dim recurrent_macs(struct unit *u, const struct node *n, int gates)
{
	struct recurrent_sizes s;
	dim steps;

	if (!recurrent_sizes(u, n, &s))
		unreachable("a recurrence that inference accepted");
	steps = dim_mul(u, dim_mul(u, s.seq, s.batch), s.dirs * gates);
	return dim_mul(u, steps, dim_mul(u, s.hidden, dim_add(u, s.input, s.hidden)));
}

static dim macs_recurrent(struct unit *u, const struct node *n)
{
	return recurrent_macs(u, n, family_of(n)->gates);
}

/* -- the portable kernels -------------------------------------------------------------- */

void edgert_lstm_f32__ref(const struct edgert_recurrence *p, const float *x, const float *w,
			  const float *r, const float *b, const int32_t *lens, const float *h0,
			  const float *c0, const float *pw, float *y, float *y_h, float *y_c,
			  void *scratch);
void edgert_gru_f32__ref(const struct edgert_recurrence *p, const float *x, const float *w,
			 const float *r, const float *b, const int32_t *lens, const float *h0,
			 float *y, float *y_h, void *scratch);
void edgert_rnn_f32__ref(const struct edgert_recurrence *p, const float *x, const float *w,
			 const float *r, const float *b, const int32_t *lens, const float *h0,
			 float *y, float *y_h, void *scratch);

/* c as floats; NULL stays NULL. */
static const float *floats_of(struct unit *u, const struct constant *c)
{
	int64_t count;
	float *p;

	if (!c)
		return NULL;
	count = shape_elements(&c->shape);
	p = arena_array(u->arena, float, (size_t)count);
	for (int64_t i = 0; i < count; i++)
		p[i] = (float)constant_f64(c, i);
	return p;
}

static struct constant *constant_of(struct unit *u, const struct value *v, const float *p)
{
	struct constant *c;
	void *data;

	if (!v)
		return NULL;
	c = constant_new(u->arena, v->type, &v->shape, &data);
	for (int64_t i = 0; i < shape_elements(&v->shape); i++)
		constant_put_f64(data, v->type, i, (double)p[i]);
	return c;
}

/* Strides of tensors as ONNX lays them. */
static void fill_strides(const struct node *n, struct edgert_recurrence *p)
{
	const struct recurrent_attrs *a = n->attrs;
	edgert_int state = p->hidden * p->directions;

	p->x_step = a->layout ? p->input : p->batch * p->input;
	p->x_row = a->layout ? p->seq * p->input : p->input;
	p->y_step = a->layout ? state : state * p->batch;
	p->y_dir = a->layout ? p->hidden : p->hidden * p->batch;
	p->y_row = a->layout ? state * p->seq : p->hidden;
	p->h_dir = a->layout ? p->hidden : p->hidden * p->batch;
	p->h_row = a->layout ? state : p->hidden;
}

static bool eval_recurrent(struct unit *u, const struct node *n, const struct constant *const *in,
			   struct constant **out)
{
	const int gates = family_of(n)->gates;
	struct edgert_recurrence p = { .directions = directions(n) };
	const float *f[8] = { NULL };
	float *y[3], *scratch;
	int32_t *lens = NULL;
	struct recurrent_sizes s;

	if (!recurrent_sizes(u, n, &s) || !dim_is_const(s.seq) || !dim_is_const(s.batch))
		return false;
	p.seq = (edgert_int)s.seq;
	p.batch = (edgert_int)s.batch;
	p.input = (edgert_int)s.input;
	p.hidden = (edgert_int)s.hidden;
	recurrent_settings(n, &p);
	fill_strides(n, &p);
	for (int k = 0; k < n->n_in; k++)
		f[k] = k == 4 ? NULL : floats_of(u, in[k]);
	if (n->n_in > 4 && in[4]) {
		lens = arena_array(u->arena, int32_t, (size_t)s.batch);
		for (int64_t i = 0; i < s.batch; i++)
			lens[i] = (int32_t)constant_i64(in[4], i);
	}
	for (int k = 0; k < 3; k++) {
		const struct value *v = node_out(n, k);

		y[k] = v ? arena_array(u->arena, float, (size_t)shape_elements(&v->shape)) : NULL;
	}
	scratch = arena_array(u->arena, float, (size_t)(gates + 2) * (size_t)s.hidden);
	if (gates == 4)
		edgert_lstm_f32__ref(&p, f[0], f[1], f[2], f[3], lens, f[5], f[6], f[7], y[0], y[1],
				     y[2], scratch);
	else if (gates == 3)
		edgert_gru_f32__ref(&p, f[0], f[1], f[2], f[3], lens, f[5], y[0], y[1], scratch);
	else
		edgert_rnn_f32__ref(&p, f[0], f[1], f[2], f[3], lens, f[5], y[0], y[1], scratch);
	for (int k = 0; k < n->n_out; k++)
		out[k] = constant_of(u, node_out(n, k), y[k]);
	return true;
}

/* Types that the kernel has not: in float, between casts. */
static bool expand_recurrent(struct unit *u, struct node *n)
{
	enum dtype t = node_in(n, 0)->type;
	uint32_t in[8] = { VALUE_NONE };
	struct node *m;

	if (t == DT_F32)
		return node_error(u, n, "no kernel computes it for this target");
	for (int k = 0; k < n->n_in; k++)
		in[k] = !node_in(n, k) || k == 4 ? n->in[k] : new_cast(n, DT_F32, n->in[k]);
	m = graph_insert(n->graph, n, n->op, n->attrs, n->n_in, in, n->n_out, &n->loc);
	if (!node_infer(u, m))
		return false;
	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k))
			expand_output(u, n, k, new_cast(n, t, m->out[k]));
	return true;
}

/* Before version 7 output_sequence said whether Y was wanted; its name does. */
static bool upgrade_recurrent(struct unit *u, struct node *n)
{
	struct recurrent_attrs a = *(const struct recurrent_attrs *)n->attrs;

	a.output_sequence = 0;
	upgrade_to_newest(u, n, &a);
	return true;
}

#define RECURRENT(NAME, ROWS, ROWS1, IN, OUT, DOC)                                                 \
	{ .name = NAME,                                                                            \
	  .since = 7,                                                                              \
	  .sig = "X:T W:T R:T B?:T sequence_lens?:int32 initial_h?:T" IN " -> Y?:T Y_h?:T" OUT,    \
	  .types = "T=floats",                                                                     \
	  .attrs = ROWS,                                                                           \
	  .attrs_size = sizeof(struct recurrent_attrs),                                            \
	  .infer = infer_recurrent,                                                                \
	  .eval = eval_recurrent,                                                                  \
	  .expand = expand_recurrent,                                                              \
	  .macs = macs_recurrent,                                                                  \
	  .doc = DOC,                                                                              \
	  .limits = "the sizes of input and hidden state must be known at compile time" },         \
	{                                                                                          \
		.name = NAME, .since = 1, .until = 6,                                              \
		.sig = "X:T W:T R:T B?:T sequence_lens?:int32 initial_h?:T" IN                     \
		       " -> Y?:T Y_h?:T" OUT,                                                      \
		.types = "T=floats", .attrs = ROWS1, .attrs_size = sizeof(struct recurrent_attrs), \
		.upgrade = upgrade_recurrent                                                       \
	}

const struct op ops_recurrent[] = {
	RECURRENT("LSTM", lstm_rows, lstm1_rows, " initial_c?:T P?:T", " Y_c?:T",
		  "long short-term memory over a sequence, computed in float"),
	RECURRENT("GRU", gru_rows, gru1_rows, "", "",
		  "gated recurrent units over a sequence, computed in float"),
	RECURRENT("RNN", rnn_rows, rnn1_rows, "", "",
		  "a recurrent layer of one activation over a sequence, computed in float"),
	{ .name = NULL }
};
