/* q_recurrent.c - edgecc.QLSTM, QGRU and QRNN, recurrences of integers, and QRecurrence, which is all three with
 * activations of any kind. Their definition is a portable kernel. */
#include "recurrent.h"

#include <math.h>
#include <string.h>

#include "integer.h"

enum { W = 1, R, NUMBERS, LENS, H0, C0, TABLE, PEEPHOLES };

#define ROW(NAME, KIND, ...)                                                                       \
	{                                                                                          \
		.name = #NAME, .kind = ATTR_##KIND,                                                \
		.offset = offsetof(struct recurrent_attrs, NAME), __VA_ARGS__                      \
	}
static const struct attr_row rows[] = {
	ROW(direction, ENUM, .choices = recurrent_directions),
	ROW(hidden_size, INT),
	ROW(input_forget, INT, .hi = 1),
	ROW(linear_before_reset, INT),
	ROW(layout, INT, .hi = 1),
	A_INT(struct qrecurrent_attrs, x_zero, 0),
	A_RANGE(struct qrecurrent_attrs, x_shift, 0, -31, 30),
	A_RANGE(struct qrecurrent_attrs, h_shift, 0, -31, 30),
	A_RANGE(struct qrecurrent_attrs, clip, 0, 0, INT32_MAX),
	A_END,
};
static const struct attr_row any_rows[] = {
	ROW(direction, ENUM, .choices = recurrent_directions),
	ROW(hidden_size, INT),
	ROW(input_forget, INT, .hi = 1),
	ROW(linear_before_reset, INT),
	ROW(layout, INT, .hi = 1),
	A_INT(struct qrecurrence_attrs, base.x_zero, 0),
	A_RANGE(struct qrecurrence_attrs, base.x_shift, 0, -31, 30),
	A_RANGE(struct qrecurrence_attrs, base.h_shift, 0, -16, 30),
	A_RANGE(struct qrecurrence_attrs, base.clip, 0, 0, INT32_MAX),
	A_RANGE(struct qrecurrence_attrs, new_clip, 0, 0, INT32_MAX),
	A_RANGE(struct qrecurrence_attrs, gates, 1, 1, 4),
	A_RANGE(struct qrecurrence_attrs, gate_bits, 0, 0, 30),
	A_RANGE(struct qrecurrence_attrs, peephole_bits, 0, 0, 62),
	A_END,
};

/* What may become which. */
static const struct kind {
	const char *op, *integers;
	int gates, activations;
	int functions[3];
} kinds[] = {
	{ "LSTM", "QLSTM", 4, 3, { EDGERT_SIGMOID, EDGERT_TANH, EDGERT_TANH } },
	{ "GRU", "QGRU", 3, 2, { EDGERT_SIGMOID, EDGERT_TANH } },
	{ "RNN", "QRNN", 1, 1, { EDGERT_TANH } },
};

/* Of either form. */
static const struct kind *kind_of(const struct node *n)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(n->op->name, kinds[i].op) == 0 ||
		    strcmp(n->op->name, kinds[i].integers) == 0)
			return &kinds[i];
	unreachable("no recurrence");
}

static bool known_activations(const struct node *n)
{
	const struct kind *k = kind_of(n);
	struct edgert_recurrence p;

	recurrent_settings(n, &p);
	for (int i = 0; i < k->activations * p.directions; i++)
		if (p.act[i] != k->functions[i % k->activations])
			return false;
	return true;
}

int recurrent_activations(const struct node *n)
{
	return kind_of(n)->activations;
}

int recurrent_gates(const struct node *n)
{
	return kind_of(n)->gates;
}

/* Input k is left out, or constant floats of magnitude up to `most`. */
static bool constant_or_none(const struct node *n, int k, double most)
{
	const struct constant *c = node_const(n, k);

	if (!node_in(n, k))
		return true;
	for (int64_t i = 0; c && i < shape_elements(&c->shape); i++)
		if (!(fabs(constant_f64(c, i)) <= most)) /* NaN too */
			return false;
	return c && c->type == DT_F32;
}

enum { B = 3, P = 7 };

bool recurrent_in_integers(const struct node *n)
{
	const struct recurrent_attrs *a = n->attrs;

	return constant_or_none(n, B, INFINITY) && constant_or_none(n, P, 1023) &&
	       known_activations(n) && a->clip <= 1024;
}

bool recurrent_in_any_integers(const struct node *n)
{
	return constant_or_none(n, B, 0x1p20) && constant_or_none(n, P, 0x1p10);
}

const char *recurrent_integer_name(const struct node *n)
{
	return kind_of(n)->integers;
}

static bool is_any(const struct node *n)
{
	return n->op->attrs == any_rows;
}

int qrecurrent_gates(const struct node *n)
{
	return is_any(n) ? (int)((const struct qrecurrence_attrs *)n->attrs)->gates
			 : kind_of(n)->gates;
}

static bool infer(struct unit *u, struct node *n)
{
	static const enum dtype types[] = { DT_I16, DT_I16, DT_I32 };
	const struct value *table = node_in(n, TABLE);
	const bool any = is_any(n);
	struct recurrent_sizes s;

	if (!recurrent_infer(u, n, qrecurrent_gates(n), "numbers", QRECURRENT_NUMBERS, &s))
		return false;
	if (!node_const(n, W) || !node_const(n, R) || !node_const(n, NUMBERS))
		return node_error(u, n, "weights and numbers must be constant");
	if (!recurrent_same(u, n, PEEPHOLES, "peepholes", 2,
			    (dim[]){ s.dirs, dim_mul(u, s.hidden, 3) }))
		return false;
	if (!any && (table->shape.rank != 1 || table->shape.d[0] != 513))
		return node_error(u, n, "table has shape %s, it must have 513 elements",
				  shape_text(u, &table->shape));
	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k))
			node_out(n, k)->type = any ? DT_I32 : types[k];
	return true;
}

const int32_t *qrecurrent_numbers(struct unit *u, const struct node *n, int64_t *count)
{
	const struct constant *w = node_const(n, W), *numbers = node_const(n, NUMBERS);
	int64_t x_zero = ((const struct qrecurrent_attrs *)n->attrs)->x_zero;
	int64_t input = w->shape.d[2], all = w->shape.d[0] * w->shape.d[1];
	int64_t hidden = w->shape.d[1] / qrecurrent_gates(n);
	int32_t *q;

	*count = all * (QRECURRENT_NUMBERS + 1);
	q = arena_array(u->arena, int32_t, (size_t)*count + 1);
	for (int64_t i = 0; i < all; i++) {
		int32_t *to = q + i / hidden * hidden * (QRECURRENT_NUMBERS + 1) + i % hidden;
		int64_t sum = 0;

		for (int64_t k = 0; k < input; k++)
			sum += constant_i64(w, i * input + k);
		to[0] = (int32_t)(-x_zero * sum);
		for (int k = 0; k < QRECURRENT_NUMBERS; k++)
			to[(k + 1) * hidden] =
				(int32_t)constant_i64(numbers, i * QRECURRENT_NUMBERS + k);
	}
	return q;
}

void qrecurrent_params(struct unit *u, const struct node *n, struct edgert_recurrence_q *p)
{
	const struct qrecurrent_attrs *a = n->attrs;
	struct recurrent_sizes s;
	dim state;

	if (!recurrent_sizes(u, n, &s))
		unreachable("a recurrence that inference accepted");
	state = dim_mul(u, s.hidden, s.dirs);
	*p = (struct edgert_recurrence_q){
		.seq = s.seq,
		.batch = s.batch,
		.input = s.input,
		.hidden = s.hidden,
		.directions = s.dirs,
		.reverse = a->recurrent.direction == RECURRENT_REVERSE,
		.x_step = s.input,
		.x_row = dim_mul(u, s.seq, s.input),
		.y_step = state,
		.y_dir = s.hidden,
		.y_row = dim_mul(u, state, s.seq),
		.h_dir = s.hidden,
		.h_row = state,
		.x_shift = a->x_shift,
		.h_shift = a->h_shift,
		.input_forget = a->recurrent.input_forget,
		.linear_before_reset = a->recurrent.linear_before_reset,
		.clip = (int32_t)a->clip,
	};
	if (a->recurrent.layout)
		return;
	p->x_step = dim_mul(u, s.batch, s.input);
	p->x_row = s.input;
	p->y_step = dim_mul(u, state, s.batch);
	p->y_dir = p->h_dir = dim_mul(u, s.hidden, s.batch);
	p->y_row = p->h_row = s.hidden;
}

void qrecurrence_params(struct unit *u, const struct node *n, struct edgert_recurrence_any *p)
{
	const struct qrecurrence_attrs *a = n->attrs;
	const enum dtype t = node_in(n, 0)->type;

	*p = (struct edgert_recurrence_any){
		.gates = (edgert_int)a->gates,
		.type = t == DT_I8    ? EDGERT_RA_S8
			: t == DT_U8  ? EDGERT_RA_U8
			: t == DT_I16 ? EDGERT_RA_S16
				      : EDGERT_RA_U16,
		.gate_bits = (edgert_int)a->gate_bits,
		.peephole_bits = (edgert_int)a->peephole_bits,
		.new_clip = (int32_t)a->new_clip,
	};
	qrecurrent_params(u, n, &p->base);
}

size_t qrecurrence_scratch(const struct edgert_recurrence_any *p)
{
	return (size_t)((p->gates + 4) * p->base.hidden) * sizeof(int32_t) +
	       (size_t)(p->base.input + 2 * p->base.hidden) * sizeof(int16_t);
}

size_t qrecurrent_scratch(const struct node *n, const struct edgert_recurrence_q *p, int run)
{
	const int64_t input = ceil_div(p->input, run) * run, state = ceil_div(p->hidden, run) * run;

	return (size_t)((qrecurrent_gates(n) + 2) * p->hidden) * sizeof(int32_t) +
	       (size_t)(input + 2 * state) * sizeof(int16_t);
}

/* -- the portable kernels -------------------------------------------------------------- */

#define LSTM(T, t)                                                                                 \
	void edgert_lstm_##t##__ref(const struct edgert_recurrence_q *p, const T *x,               \
				    const int8_t *w, const int8_t *r, const int32_t *q,            \
				    const int32_t *lens, const int16_t *h0, const int32_t *c0,     \
				    const int16_t *table, const int32_t *peepholes, int16_t *y,    \
				    int16_t *y_h, int32_t *y_c, void *scratch)
#define STATE_ONLY(NAME, T, t)                                                                     \
	void edgert_##NAME##_##t##__ref(                                                           \
		const struct edgert_recurrence_q *p, const T *x, const int8_t *w, const int8_t *r, \
		const int32_t *q, const int32_t *lens, const int16_t *h0, const int16_t *table,    \
		int16_t *y, int16_t *y_h, void *scratch)
LSTM(int8_t, s8);
LSTM(uint8_t, u8);
LSTM(int16_t, s16);
STATE_ONLY(gru, int8_t, s8);
STATE_ONLY(gru, uint8_t, u8);
STATE_ONLY(gru, int16_t, s16);
STATE_ONLY(rnn, int8_t, s8);
STATE_ONLY(rnn, uint8_t, u8);
STATE_ONLY(rnn, int16_t, s16);

struct operands {
	const void *x, *w, *r, *lens, *h0, *c0, *table, *peepholes;
	const int32_t *q;
	void *y, *y_h, *y_c, *scratch;
};

#define RUN_LSTM(t)                                                                                \
	edgert_lstm_##t##__ref(p, o->x, o->w, o->r, o->q, o->lens, o->h0, o->c0, o->table,         \
			       o->peepholes, o->y, o->y_h, o->y_c, o->scratch)
#define RUN_STATE_ONLY(NAME, t)                                                                    \
	edgert_##NAME##_##t##__ref(p, o->x, o->w, o->r, o->q, o->lens, o->h0, o->table, o->y,      \
				   o->y_h, o->scratch)
#define RUN(t)                                                                                     \
	do {                                                                                       \
		if (gates == 4)                                                                    \
			RUN_LSTM(t);                                                               \
		else if (gates == 3)                                                               \
			RUN_STATE_ONLY(gru, t);                                                    \
		else                                                                               \
			RUN_STATE_ONLY(rnn, t);                                                    \
	} while (0)

void edgert_recurrence_any__ref(const struct edgert_recurrence_any *p, const void *x,
				const int8_t *w, const int8_t *r, const int32_t *q,
				const int32_t *lens, const int32_t *h0, const int32_t *c0,
				const int32_t *curves, const int32_t *peepholes, int32_t *y,
				int32_t *y_h, int32_t *y_c, void *scratch);

static void run_any(struct unit *u, const struct node *n, const struct operands *o)
{
	struct edgert_recurrence_any p;

	qrecurrence_params(u, n, &p);
	edgert_recurrence_any__ref(
		&p, o->x, o->w, o->r, o->q, o->lens, o->h0, o->c0, o->table, o->peepholes, o->y,
		o->y_h, o->y_c,
		arena_array(u->arena, int32_t, qrecurrence_scratch(&p) / sizeof(int32_t) + 1));
}

static void run(const struct edgert_recurrence_q *p, const struct operands *o, enum dtype x,
		int gates)
{
	if (x == DT_I8)
		RUN(s8);
	else if (x == DT_U8)
		RUN(u8);
	else
		RUN(s16);
}

static const void *given(struct unit *u, const struct node *n, const struct constant *const *in,
			 int k)
{
	return k < n->n_in && in[k] ? constant_aligned(u, in[k]) : NULL;
}

static bool eval(struct unit *u, const struct node *n, const struct constant *const *in,
		 struct constant **out)
{
	struct edgert_recurrence_q p;
	struct operands o = { 0 };
	void **to[] = { &o.y, &o.y_h, &o.y_c };
	int64_t count;

	qrecurrent_params(u, n, &p);
	if (!dim_is_const(p.seq) || !dim_is_const(p.batch))
		return false;
	o.x = given(u, n, in, 0);
	o.w = given(u, n, in, W);
	o.r = given(u, n, in, R);
	o.q = qrecurrent_numbers(u, n, &count);
	o.lens = given(u, n, in, LENS);
	o.h0 = given(u, n, in, H0);
	o.c0 = given(u, n, in, C0);
	o.table = given(u, n, in, TABLE);
	o.peepholes = given(u, n, in, PEEPHOLES);
	o.scratch =
		arena_array(u->arena, int32_t, qrecurrent_scratch(n, &p, 1) / sizeof(int32_t) + 1);
	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k))
			out[k] = constant_new(u->arena, node_out(n, k)->type,
					      &node_out(n, k)->shape, to[k]);
	if (is_any(n))
		run_any(u, n, &o);
	else
		run(&p, &o, node_in(n, 0)->type, qrecurrent_gates(n));
	return true;
}

static dim macs(struct unit *u, const struct node *n)
{
	return recurrent_macs(u, n, qrecurrent_gates(n));
}

#define OP(NAME, OUT, DOC)                                                                         \
	{                                                                                          \
		.name = NAME, .domain = DOMAIN_EDGECC, .since = 1,                                 \
		.sig = "X:T W:int8 R:int8 numbers:int32 sequence_lens?:int32 initial_h?:int16 "    \
		       "initial_c?:int32 table:int16 peepholes?:int32 -> Y?:* Y_h?:*" OUT,         \
		.types = "T=int8,uint8,int16", .attrs = rows,                                      \
		.attrs_size = sizeof(struct qrecurrent_attrs), .flags = OP_INTERNAL,               \
		.infer = infer, .eval = eval, .macs = macs, .doc = DOC                             \
	}

const struct op ops_q_recurrent[] = {
	OP("QLSTM", " Y_c?:*", "long short-term memory of integers over a sequence"),
	OP("QGRU", "", "gated recurrent units of integers over a sequence"),
	OP("QRNN", "", "a simple recurrence of integers over a sequence"),
	{ .name = "QRecurrence",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "X:T W:int8 R:int8 numbers:int32 sequence_lens?:int32 initial_h?:int32 "
		 "initial_c?:int32 curves:int32 peepholes?:int32 -> Y?:* Y_h?:* Y_c?:*",
	  .types = "T=int8,uint8,int16,uint16",
	  .attrs = any_rows,
	  .attrs_size = sizeof(struct qrecurrence_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer,
	  .eval = eval,
	  .macs = macs,
	  .doc = "a recurrence of integers, with any activations, over a sequence" },
	{ .name = NULL },
};
