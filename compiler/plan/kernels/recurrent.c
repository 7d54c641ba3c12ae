/* LSTM, GRU and RNN as edgert_recurrence. */
#include "build.h"

static const struct param_row rows[] = {
	PARAM(edgert_recurrence, seq),        PARAM(edgert_recurrence, batch),
	PARAM(edgert_recurrence, input),      PARAM(edgert_recurrence, hidden),
	PARAM(edgert_recurrence, directions), PARAM(edgert_recurrence, reverse),
	PARAM(edgert_recurrence, x_step),     PARAM(edgert_recurrence, x_row),
	PARAM(edgert_recurrence, y_step),     PARAM(edgert_recurrence, y_dir),
	PARAM(edgert_recurrence, y_row),      PARAM(edgert_recurrence, h_dir),
	PARAM(edgert_recurrence, h_row),      PARAM(edgert_recurrence, mr),
	PARAM(edgert_recurrence, nv),         PARAM(edgert_recurrence, rr),
	PARAM(edgert_recurrence, rv),
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
		if ((k >= 1 && k <= 3) || k == 7)
			call_weights(u, c, node_in(n, k));
		else
			call_value(u, c, node_in(n, k), false);
	for (int k = 0; k < (lstm ? 3 : 2); k++)
		call_value(u, c, node_out(n, k), true);
	call_scratch(u, c, (size_t)(gates + 2) * (size_t)p.hidden * sizeof(float));
}

static int gates_of(const struct node *n)
{
	return n->op->name[0] == 'L' ? 4 : n->op->name[0] == 'G' ? 3 : 1;
}

bool accept_recurrent_vec(struct unit *u, const struct node *n, const struct target *t,
			  const char **reason)
{
	struct edgert_recurrence p;

	(void)t;
	*reason = "not float32 with constant weights";
	if (!is_f32(n, 0) || !node_const(n, 1) || !node_const(n, 2) ||
	    (node_in(n, 3) && !node_const(n, 3)))
		return false;
	p = params(u, n);
	params_bound(u, rows, ARRAY_LEN(rows), &p);
	*reason = "activations that have no vector form";
	if (!recurrence_f32_vec_accept(&p, gates_of(n), node_in(n, 7) != NULL))
		return false;
	*reason = "all gates of a vector of units at once, weights packed";
	return true;
}

typedef void pack_fn(const struct edgert_recurrence *p, int gates, const struct vec_machine *m,
		     const float *w, float *out);

struct gates_packing {
	struct edgert_recurrence p;
	struct vec_machine m;
	int gates;
	pack_fn *pack;
};

static void pack_gates(const void *params, const void *elements, void *out)
{
	const struct gates_packing *k = params;

	k->pack(&k->p, k->gates, &k->m, elements, out);
}

static void add_packed(struct unit *u, const struct node *n, int k,
		       const struct edgert_recurrence *p, const struct vec_machine *m,
		       int64_t count, pack_fn *pack, struct call *c)
{
	struct gates_packing packing = { *p, *m, gates_of(n), pack };

	if (!node_in(n, k)) {
		call_value(u, c, NULL, false);
		return;
	}
	call_packing(u, c, n, k, pack_gates, &packing, sizeof packing,
		     (size_t)count * sizeof(float));
}

void build_recurrent_vec(struct unit *u, const struct node *n, const struct target *t,
			 struct call *c)
{
	struct edgert_recurrence p = params(u, n), bound = p;
	struct vec_machine m = target_machine(t);
	bool lstm = n->op->name[0] == 'L', lens = node_in(n, 4) != NULL;
	int gates = gates_of(n);

	params_bound(u, rows, ARRAY_LEN(rows), &bound);
	recurrence_f32_vec_tile(&bound, gates, lens, &m);
	p.mr = bound.mr;
	p.nv = bound.nv;
	p.rr = bound.rr;
	p.rv = bound.rv;
	call_params(u, c, "edgert_recurrence", rows, ARRAY_LEN(rows), &p);
	settings(u, &p, c);
	call_value(u, c, node_in(n, 0), false);
	add_packed(u, n, 1, &bound, &m, recurrence_f32_vec_w_size(&bound, gates, &m),
		   recurrence_f32_vec_pack_w, c);
	add_packed(u, n, 2, &bound, &m, recurrence_f32_vec_r_size(&bound, gates, &m),
		   recurrence_f32_vec_pack_r, c);
	add_packed(u, n, 3, &bound, &m, recurrence_f32_vec_b_size(&bound, gates, &m),
		   recurrence_f32_vec_pack_b, c);
	for (int k = 4; k < (lstm ? 8 : 6); k++)
		call_value(u, c, node_in(n, k), false);
	for (int k = 0; k < (lstm ? 3 : 2); k++)
		call_value(u, c, node_out(n, k), true);
	call_scratch(u, c, (size_t)recurrence_f32_vec_scratch(&bound, gates, lens, &m));
}
