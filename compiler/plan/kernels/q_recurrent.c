/* edgecc.QLSTM and QGRU as edgert_recurrence_q. */
#include "../../ops/integer.h"
#include "build.h"

static const struct param_row rows[] = {
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

static bool accept(const struct node *n, enum dtype x, const char **reason)
{
	*reason = "x has another type";
	if (node_in(n, 0)->type != x)
		return false;
	*reason = "one step at a time, of integers";
	return true;
}

#define ACCEPT(NAME, TYPE)                                                                         \
	bool accept_recurrent_##NAME##_ref(struct unit *u, const struct node *n,                   \
					   const struct target *t, const char **reason)            \
	{                                                                                          \
		(void)u;                                                                           \
		(void)t;                                                                           \
		return accept(n, TYPE, reason);                                                    \
	}
ACCEPT(s8, DT_I8)
ACCEPT(u8, DT_U8)

/* p, x, w, r, q, lens, h0, [c0,] table, y, y_h, [y_c,] scratch */
void build_recurrent_q_ref(struct unit *u, const struct node *n, const struct target *t,
			   struct call *c)
{
	const int gates = qrecurrent_gates(n);
	struct field clip = { .name = "clip" }; /* more than edgert_int has on AVR */
	struct edgert_recurrence_q p;
	const int32_t *q;
	int64_t count;

	(void)t;
	qrecurrent_params(u, n, &p);
	q = qrecurrent_numbers(u, n, &count);
	clip.i = p.clip;
	call_params(u, c, "edgert_recurrence_q", rows, ARRAY_LEN(rows), &p);
	vec_push(u->arena, &c->fields, clip);
	for (int k = 0; k < 3; k++)
		call_value(u, c, node_in(n, k), false);
	call_packed(u, c, n->in[3], DT_I32, q, (size_t)count * sizeof *q);
	for (int k = 4; k < 8; k++)
		if (k != 6 || gates == 4)
			call_value(u, c, node_in(n, k), false);
	for (int k = 0; k < (gates == 4 ? 3 : 2); k++)
		call_value(u, c, node_out(n, k), true);
	call_scratch(u, c, (size_t)(gates + 2) * (size_t)p.hidden * sizeof(int32_t));
}
