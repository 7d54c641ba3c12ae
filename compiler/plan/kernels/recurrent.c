/* LSTM, GRU and RNN as edgert_recurrence. */
#include "build.h"

static const struct param_row rows[] = {
	PARAM(edgert_recurrence, seq),        PARAM(edgert_recurrence, batch),
	PARAM(edgert_recurrence, input),      PARAM(edgert_recurrence, hidden),
	PARAM(edgert_recurrence, directions), PARAM(edgert_recurrence, reverse),
	PARAM(edgert_recurrence, x_step),     PARAM(edgert_recurrence, x_row),
	PARAM(edgert_recurrence, y_step),     PARAM(edgert_recurrence, y_dir),
	PARAM(edgert_recurrence, y_row),      PARAM(edgert_recurrence, h_dir),
	PARAM(edgert_recurrence, h_row),
};

bool accept_recurrent_ref(struct unit *u, const struct node *n, const struct target *t,
			  const char **reason)
{
	(void)u;
	(void)t;
	if (!is_f32(n, 0)) {
		*reason = "not float32";
		return false;
	}
	*reason = "one step at a time";
	return true;
}

/* ONNX's two layouts are two sets of strides. */
static struct edgert_recurrence params(struct unit *u, const struct node *n)
{
	const struct recurrent_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0), *r = node_in(n, 2);
	struct edgert_recurrence p = { 0 };
	dim state;

	recurrent_settings(n, &p);
	p.seq = x->shape.d[a->layout ? 1 : 0];
	p.batch = x->shape.d[a->layout ? 0 : 1];
	p.input = x->shape.d[2];
	p.hidden = r->shape.d[2];
	state = dim_mul(u, p.hidden, p.directions);
	p.x_step = a->layout ? p.input : dim_mul(u, p.batch, p.input);
	p.x_row = a->layout ? dim_mul(u, p.seq, p.input) : p.input;
	p.y_step = a->layout ? state : dim_mul(u, state, p.batch);
	p.y_dir = a->layout ? p.hidden : dim_mul(u, p.hidden, p.batch);
	p.y_row = a->layout ? dim_mul(u, state, p.seq) : p.hidden;
	p.h_dir = a->layout ? p.hidden : dim_mul(u, p.hidden, p.batch);
	p.h_row = a->layout ? state : p.hidden;
	return p;
}

static void settings(struct unit *u, const struct edgert_recurrence *p, struct call *c)
{
	struct field clip = { .name = "clip", .is_float = true, .f = (double)p->clip };
	struct field forget = { .name = "input_forget", .i = p->input_forget };
	struct field linear = { .name = "linear_before_reset", .i = p->linear_before_reset };
	struct field act = { .name = "act",
			     .array = arena_copy(u->arena, p->act, sizeof p->act),
			     .n = 6 };
	struct field alpha = { .name = "alpha",
			       .farray = arena_copy(u->arena, p->alpha, sizeof p->alpha),
			       .n = 6 };
	struct field beta = { .name = "beta",
			      .farray = arena_copy(u->arena, p->beta, sizeof p->beta),
			      .n = 6 };

	vec_push(u->arena, &c->fields, clip);
	vec_push(u->arena, &c->fields, forget);
	vec_push(u->arena, &c->fields, linear);
	vec_push(u->arena, &c->fields, act);
	vec_push(u->arena, &c->fields, alpha);
	vec_push(u->arena, &c->fields, beta);
}

/* p, x, w, r, b, lens, h0, [c0, p,] y, y_h, [y_c,] scratch */
void build_recurrent_ref(struct unit *u, const struct node *n, const struct target *t,
			 struct call *c)
{
	struct edgert_recurrence p = params(u, n);
	bool lstm = n->op->name[0] == 'L';
	int gates = lstm ? 4 : n->op->name[0] == 'G' ? 3 : 1;

	(void)t;
	call_params(u, c, "edgert_recurrence", rows, ARRAY_LEN(rows), &p);
	settings(u, &p, c);
	for (int k = 0; k < (lstm ? 8 : 6); k++)
		call_value(u, c, node_in(n, k), false);
	for (int k = 0; k < (lstm ? 3 : 2); k++)
		call_value(u, c, node_out(n, k), true);
	call_scratch(u, c, (size_t)(gates + 2) * (size_t)p.hidden * sizeof(float));
}
