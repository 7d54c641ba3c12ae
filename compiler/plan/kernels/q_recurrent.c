/* edgecc.QLSTM, QGRU and QRNN as edgert_recurrence_q, QRecurrence as edgert_recurrence_any. */
#include "../../ops/integer.h"
#include "build.h"

static const struct param_row any_rows[] = {
	PARAM(edgert_recurrence_any, base.seq),
	PARAM(edgert_recurrence_any, base.batch),
	PARAM(edgert_recurrence_any, base.input),
	PARAM(edgert_recurrence_any, base.hidden),
	PARAM(edgert_recurrence_any, base.directions),
	PARAM(edgert_recurrence_any, base.reverse),
	PARAM(edgert_recurrence_any, base.x_step),
	PARAM(edgert_recurrence_any, base.x_row),
	PARAM(edgert_recurrence_any, base.y_step),
	PARAM(edgert_recurrence_any, base.y_dir),
	PARAM(edgert_recurrence_any, base.y_row),
	PARAM(edgert_recurrence_any, base.h_dir),
	PARAM(edgert_recurrence_any, base.h_row),
	PARAM_NUMBER(edgert_recurrence_any, base.x_shift),
	PARAM_NUMBER(edgert_recurrence_any, base.h_shift),
	PARAM(edgert_recurrence_any, base.input_forget),
	PARAM(edgert_recurrence_any, base.linear_before_reset),
	PARAM(edgert_recurrence_any, gates),
	PARAM(edgert_recurrence_any, type),
	PARAM(edgert_recurrence_any, gate_bits),
	PARAM(edgert_recurrence_any, peephole_bits),
};
static const struct param_row param_rows[] = {
	PARAM(edgert_recurrence_q, seq),
	PARAM(edgert_recurrence_q, batch),
	PARAM(edgert_recurrence_q, input),
	PARAM(edgert_recurrence_q, hidden),
	PARAM(edgert_recurrence_q, directions),
	PARAM(edgert_recurrence_q, reverse),
	PARAM(edgert_recurrence_q, x_step),
	PARAM(edgert_recurrence_q, x_row),
	PARAM(edgert_recurrence_q, y_step),
	PARAM(edgert_recurrence_q, y_dir),
	PARAM(edgert_recurrence_q, y_row),
	PARAM(edgert_recurrence_q, h_dir),
	PARAM(edgert_recurrence_q, h_row),
	PARAM_NUMBER(edgert_recurrence_q, x_shift),
	PARAM_NUMBER(edgert_recurrence_q, h_shift),
	PARAM(edgert_recurrence_q, input_forget),
	PARAM(edgert_recurrence_q, linear_before_reset),
};

/* What sets of kernels multiply: struct edgert_rq_set of their files. */
static const struct set {
	int many, run;
	bool pairs; /* of four bytes, 1 and 2 change places */
} ref = { 1, 1, false }, dsp = { 4, 4, true }, mve = { 1, 1, false }, rvv = { 1, 1, false },
  q128 = { 1, 8, false }, x86 = { 1, 16, false };

#define ACCEPT(NAME, TYPE)                                                                         \
	bool accept_recurrent_##NAME(struct unit *u, const struct node *n, const struct target *t, \
				     const char **reason)                                          \
	{                                                                                          \
		(void)u;                                                                           \
		(void)t;                                                                           \
		*reason = "x has another type";                                                    \
		if (node_in(n, 0)->type != TYPE)                                                   \
			return false;                                                              \
		*reason = "one step at a time, of integers";                                       \
		return true;                                                                       \
	}
ACCEPT(s8, DT_I8)
ACCEPT(u8, DT_U8)
ACCEPT(s16, DT_I16)

/* Bytes of the matrices w [count][hidden][k] as the set reads them; out NULL: only how many. */
static size_t pack(const struct set *s, int64_t count, int64_t hidden, int64_t k, const int8_t *w,
		   int8_t *out)
{
	const int64_t rows = ceil_div(hidden, s->many) * s->many;
	const int64_t width = ceil_div(k, s->run) * s->run, panel = s->many * width;

	for (int64_t i = 0; out && i < count * rows * width; i++) {
		const int64_t in = i % (rows * width) % panel;
		const int64_t j = i % (rows * width) / panel * s->many + in / s->run % s->many;
		int64_t at = in / (s->many * s->run) * s->run + in % s->run;

		if (s->pairs && (at % 4 == 1 || at % 4 == 2))
			at ^= 3;
		out[i] = (int8_t)(j < hidden && at < k
					  ? w[(i / (rows * width) * hidden + j) * k + at]
					  : 0);
	}
	return (size_t)(count * rows * width);
}

static void call_matrices(struct unit *u, const struct node *n, const struct set *s, int k,
			  struct call *c)
{
	const struct constant *w = node_const(n, k);
	const int gates = qrecurrent_gates(n);
	const int64_t hidden = w->shape.d[1] / gates, count = w->shape.d[0] * gates;
	const size_t size = pack(s, count, hidden, w->shape.d[2], w->data, NULL);
	int8_t *to;

	if (s->many == 1 && s->run == 1) {
		call_weights(u, c, node_in(n, k));
		return;
	}
	to = arena_array(u->arena, int8_t, size);
	pack(s, count, hidden, w->shape.d[2], w->data, to);
	call_packed(u, c, n->in[k], DT_I8, to, size);
}

/* p, x, w, r, q, lens, h0, [c0,] table, [peepholes,] y, y_h, [y_c,] scratch */
static void build(struct unit *u, const struct node *n, const struct set *s, struct call *c)
{
	const bool lstm = qrecurrent_gates(n) == 4;
	struct field clip = { .name = "clip" }; /* more than edgert_int has on AVR */
	struct edgert_recurrence_q p;
	const int32_t *q;
	int64_t count;

	qrecurrent_params(u, n, &p);
	q = qrecurrent_numbers(u, n, &count);
	clip.i = p.clip;
	call_params(u, c, "edgert_recurrence_q", param_rows, ARRAY_LEN(param_rows), &p);
	vec_push(u->arena, &c->fields, clip);
	call_value(u, c, node_in(n, 0), false);
	call_matrices(u, n, s, 1, c);
	call_matrices(u, n, s, 2, c);
	call_packed(u, c, n->in[3], DT_I32, q, (size_t)count * sizeof *q);
	for (int k = 4; k < (lstm ? 7 : 6); k++)
		call_value(u, c, node_in(n, k), false);
	for (int k = 7; k < (lstm ? 9 : 8); k++)
		call_weights(u, c, node_in(n, k));
	for (int k = 0; k < (lstm ? 3 : 2); k++)
		call_value(u, c, node_out(n, k), true);
	call_scratch(u, c, qrecurrent_scratch(n, &p, s->run));
}

#define BUILD(SET)                                                                                 \
	void build_recurrent_q_##SET(struct unit *u, const struct node *n, const struct target *t, \
				     struct call *c)                                               \
	{                                                                                          \
		(void)t;                                                                           \
		build(u, n, &SET, c);                                                              \
	}
BUILD(ref)
BUILD(dsp)
BUILD(mve)
BUILD(rvv)
BUILD(q128)
BUILD(x86)

bool accept_recurrence_any(struct unit *u, const struct node *n, const struct target *t,
			   const char **reason)
{
	(void)u;
	(void)n;
	(void)t;
	*reason = "one step at a time, of integers, with any activations";
	return true;
}

void build_recurrence_any(struct unit *u, const struct node *n, const struct target *t,
			  struct call *c)
{
	struct field clip = { .name = "base.clip" }, new_clip = { .name = "new_clip" };
	struct edgert_recurrence_any p;
	const int32_t *q;
	int64_t count;

	(void)t;
	qrecurrence_params(u, n, &p);
	q = qrecurrent_numbers(u, n, &count);
	clip.i = p.base.clip;
	new_clip.i = p.new_clip;
	call_params(u, c, "edgert_recurrence_any", any_rows, ARRAY_LEN(any_rows), &p);
	vec_push(u->arena, &c->fields, clip);
	vec_push(u->arena, &c->fields, new_clip);
	call_value(u, c, node_in(n, 0), false);
	call_weights(u, c, node_in(n, 1));
	call_weights(u, c, node_in(n, 2));
	call_packed(u, c, n->in[3], DT_I32, q, (size_t)count * sizeof *q);
	for (int k = 4; k < 7; k++)
		call_value(u, c, node_in(n, k), false);
	call_weights(u, c, node_in(n, 7));
	call_weights(u, c, node_in(n, 8));
	for (int k = 0; k < 3; k++)
		call_value(u, c, node_out(n, k), true);
	call_scratch(u, c, qrecurrence_scratch(&p));
}
