/* ms_lstm.c - com.microsoft's DynamicQuantizeLSTM: an LSTM whose weights are integers and whose
 * operands are quantized as they come, X as a whole and the state in every step:
 *
 *	gates[t] = q(X)[t] W * (x_scale * w_scale) + Wb + Rb               for all steps at once
 *	gates    = gates[t] + q(H) R * (h_scale * r_scale)                 a Scan over the steps
 *
 * with W and R [dirs][input or hidden][4 * hidden] in the order i, o, f, c, and P's i, o, f. */
#include "ms.h"
#include "recurrent.h"

enum { X, W, R, B, LENS, H0, C0, P, W_SCALE, W_ZERO, R_SCALE, R_ZERO };
enum { GATES = 4 };

/* -- one step, in a graph of its own ------------------------------------------------------- */

/* What a step reads: values of the graph around it, and of its own. */
struct step {
	struct fused f;               /* builds in the body */
	struct edgert_recurrence set; /* activations, clip, input_forget */
	int dir;
	uint32_t p[3];           /* of i, o, f; VALUE_NONE: none */
	uint32_t h, c, x, alive; /* alive bool [batch, 1]: VALUE_NONE: always */
};

static uint32_t times(struct fused *f, uint32_t x, double v)
{
	return fused2(f, "Mul", NULL, x, new_scalar(f->n, DT_F32, v));
}

static uint32_t plus(struct fused *f, uint32_t x, double v)
{
	return fused2(f, "Add", NULL, x, new_scalar(f->n, DT_F32, v));
}

/* Activation `which` (f, g or h) of x. */
static uint32_t activated(struct step *s, int which, uint32_t x)
{
	static const char *const ops[] = {
		[EDGERT_SIGMOID] = "Sigmoid",
		[EDGERT_TANH] = "Tanh",
		[EDGERT_RELU] = "Relu",
		[EDGERT_LEAKY_RELU] = "LeakyRelu",
		[EDGERT_THRESHOLDED_RELU] = "ThresholdedRelu",
		[EDGERT_HARD_SIGMOID] = "HardSigmoid",
		[EDGERT_ELU] = "Elu",
		[EDGERT_SOFTSIGN] = "Softsign",
		[EDGERT_SOFTPLUS] = "Softplus",
	};
	const int k = 3 * s->dir + which, act = s->set.act[k];
	const double alpha = (double)s->set.alpha[k], beta = (double)s->set.beta[k];
	/* the attributes of those that have any begin with alpha */
	const struct alpha_beta_attrs a = { s->set.alpha[k], s->set.beta[k] };

	if (act == EDGERT_AFFINE)
		return plus(&s->f, times(&s->f, x, alpha), beta);
	if (act == EDGERT_SCALED_TANH)
		return times(&s->f, fused1(&s->f, "Tanh", NULL, times(&s->f, x, beta)), alpha);
	return fused1(&s->f, ops[act], &a, x);
}

/* A gate before its activation: with its peephole, clipped. */
static uint32_t before(struct step *s, uint32_t gate, uint32_t peephole, uint32_t c)
{
	struct fused *f = &s->f;
	const double most = (double)s->set.clip;

	if (peephole)
		gate = fused2(f, "Add", NULL, gate, fused2(f, "Mul", NULL, peephole, c));
	if (most > 0)
		gate = fused3(f, "Clip", NULL, gate, new_scalar(f->n, DT_F32, -most),
			      new_scalar(f->n, DT_F32, most));
	return gate;
}

static uint32_t kept(struct step *s, uint32_t x, uint32_t old)
{
	return s->alive ? fused3(&s->f, "Where", NULL, s->alive, x, old) : x;
}

/* From the gates [batch, 4 * hidden]: out[0..3) are H, C, and the step's row of Y. */
static void build_cell(struct step *s, uint32_t gates, uint32_t *out)
{
	const struct split_attrs quarters = { .axis = 1, .num_outputs = GATES };
	struct fused *f = &s->f;
	uint32_t g[GATES] = { VALUE_NONE }, i, o, forget, c, h;

	fused_ops(f, "Split", &quarters, 1, &gates, GATES, g);
	i = activated(s, 0, before(s, g[0], s->p[0], s->c));
	forget = s->set.input_forget ? fused2(f, "Sub", NULL, new_scalar(f->n, DT_F32, 1), i)
				     : activated(s, 0, before(s, g[2], s->p[2], s->c));
	c = activated(s, 1, before(s, g[3], VALUE_NONE, s->c));
	c = fused2(f, "Add", NULL, fused2(f, "Mul", NULL, forget, s->c),
		   fused2(f, "Mul", NULL, i, c));
	o = activated(s, 0, before(s, g[1], s->p[1], c));
	h = fused2(f, "Mul", NULL, o, activated(s, 2, c));
	out[0] = kept(s, h, s->h);
	out[1] = kept(s, c, s->c);
	out[2] = s->alive ? kept(s, h, new_scalar(f->n, DT_F32, 0)) : h;
}

/* -- products ------------------------------------------------------------------------------ */

/* A matrix of integers and what its elements stand for. */
struct matrix {
	uint32_t w, scale, zero;
};

/* x times the matrix: x is quantized as DynamicQuantizeLinear does it. */
static uint32_t product(struct fused *f, uint32_t x, const struct matrix *m)
{
	uint32_t q[3] = { VALUE_NONE }, in[4], y;

	fused_ops(f, "DynamicQuantizeLinear", NULL, 1, &x, 3, q);
	in[0] = q[0];
	in[1] = m->w;
	in[2] = q[2];
	in[3] = m->zero;
	y = fused_cast(f, DT_F32, fused_op(f, "MatMulInteger", NULL, 4, in));
	return fused2(f, "Mul", NULL, y, fused2(f, "Mul", NULL, q[1], m->scale));
}

/* Input k's part for direction d, without that axis. */
static uint32_t of_direction(struct fused *f, int k, int d)
{
	const struct axis_attrs first = { 0 };
	uint32_t at =
		graph_constant(f->n->graph, NULL, constant_scalar_i64(f->u->arena, DT_I64, d))->id;

	return fused_in(f, k) ? fused2(f, "Gather", &first, f->n->in[k], at) : VALUE_NONE;
}

static uint32_t part(struct fused *f, uint32_t x, dim from, dim size)
{
	uint32_t in[3] = { x, new_ints(f->n, (int64_t[]){ from }, 1),
			   new_ints(f->n, (int64_t[]){ from + size }, 1) };

	return fused_op(f, "Slice", NULL, 3, in);
}

/* -- the scan ------------------------------------------------------------------------------ */

static bool sizes_of(struct unit *u, const struct node *n, struct recurrent_sizes *s)
{
	const struct value *x = node_in(n, X), *w = node_in(n, W), *r = node_in(n, R);

	if (!infer_need_rank(u, n, x, "X", 3, 3) || !infer_need_rank(u, n, w, "W", 3, 3) ||
	    !infer_need_rank(u, n, r, "R", 3, 3))
		return false;
	s->seq = x->shape.d[0];
	s->batch = x->shape.d[1];
	s->input = x->shape.d[2];
	s->hidden = r->shape.d[1];
	s->dirs = ((const struct recurrent_attrs *)n->attrs)->direction == RECURRENT_BIDIRECTIONAL
			  ? 2
			  : 1;
	if (!dim_is_const(s->hidden))
		return node_error(
			u, n,
			"the size of the hidden state must be known at compile time, it is %s",
			dim_text(u, s->hidden));
	return true;
}

static uint32_t graph_input_of(struct graph *g, int rank, const dim *d, enum dtype t)
{
	struct shape s = { .rank = rank };
	struct value *v;

	for (int i = 0; i < rank; i++)
		s.d[i] = d[i];
	v = graph_value(g, NULL, t, &s);
	graph_add_input(g, v);
	return v->id;
}

/* Which steps each sequence has: bool [seq, batch, 1]. */
static uint32_t steps_alive(struct fused *f, const struct recurrent_sizes *z)
{
	const struct shape s = { .rank = 3, .d = { z->seq, z->batch, 1 } };
	struct fused_loops w;
	uint32_t lens = f->n->in[LENS];
	const struct tir *len;

	fused_loops_begin(f, &w, 1, &lens, DT_BOOL, &s);
	len = tir_cast(&w.b, DT_INDEX, tir_load(&w.b, 0, &w.idx[1]));
	return fused_loops_end(&w, tir_lt(&w.b, w.idx[0], len));
}

/* X, 0 behind the longest sequence: what is there does not count for the range that is quantized. */
static uint32_t counted(struct fused *f, const struct recurrent_sizes *z)
{
	const struct shape s = { .rank = 3, .d = { z->seq, z->batch, z->input } };
	const struct reduce_attrs whole = { .keepdims = 0 };
	uint32_t in[2] = { f->n->in[X], fused_in(f, LENS) };
	struct fused_loops w;
	const struct tir *most;

	if (!in[1])
		return in[0];
	in[1] = fused1(f, "ReduceMax", &whole, in[1]);
	if (f->failed)
		return VALUE_NONE;
	fused_loops_begin(f, &w, 2, in, DT_F32, &s);
	most = tir_cast(&w.b, DT_INDEX, tir_load(&w.b, 1, NULL));
	return fused_loops_end(&w,
			       tir_select(&w.b, tir_lt(&w.b, w.idx[0], most),
					  tir_load(&w.b, 0, w.idx), tir_float(&w.b, DT_F32, 0)));
}

static uint32_t initial(struct fused *f, int k, int d, const struct recurrent_sizes *z)
{
	const struct shape s = { .rank = 2, .d = { z->batch, z->hidden } };
	struct fused_loops w;

	if (fused_in(f, k))
		return of_direction(f, k, d);
	fused_loops_begin(f, &w, 0, NULL, DT_F32, &s);
	return fused_loops_end(&w, tir_float(&w.b, DT_F32, 0));
}

static void build_body(struct fused *f, struct node *scan, struct step *s, const struct matrix *r,
		       const struct recurrent_sizes *z)
{
	struct graph *g = scan->graphs[0];
	const dim state[2] = { z->batch, z->hidden }, row[2] = { z->batch, GATES * z->hidden },
		  flag[2] = { z->batch, 1 };
	uint32_t out[3] = { VALUE_NONE };

	s->h = graph_input_of(g, 2, state, DT_F32);
	s->c = graph_input_of(g, 2, state, DT_F32);
	s->x = graph_input_of(g, 2, row, DT_F32);
	if (s->alive)
		s->alive = graph_input_of(g, 2, flag, DT_BOOL);
	/* what is built stands before a node that goes in the end */
	s->f = (struct fused){
		f->u, graph_insert(g, NULL, op_builtin("Identity"), NULL, 1, &s->h, 1, &f->n->loc),
		false
	};
	build_cell(s, fused2(&s->f, "Add", NULL, s->x, product(&s->f, s->h, r)), out);
	f->failed |= s->f.failed;
	for (int k = 0; k < 3 && !f->failed; k++)
		graph_add_output(g, value_of(f->u, out[k]));
	graph_remove(s->f.n);
}

/* x [seq, ...] with each sequence turned around, where they differ in length. */
static uint32_t turned(struct fused *f, uint32_t x, uint32_t lens)
{
	const struct reverse_attrs a = { .batch_axis = 1, .time_axis = 0 };

	return fused2(f, "ReverseSequence", &a, x, fused_cast(f, DT_I64, lens));
}

/* Direction d: out[0..3) are Y [seq, batch, hidden], H and C. */
static void build_direction(struct fused *f, int d, const struct recurrent_sizes *z, uint32_t *out)
{
	const struct recurrent_attrs *a = f->n->attrs;
	const bool back = d == 1 || a->direction == RECURRENT_REVERSE;
	const struct matrix w = { of_direction(f, W, d), of_direction(f, W_SCALE, d),
				  of_direction(f, W_ZERO, d) };
	const struct matrix r = { of_direction(f, R, d), of_direction(f, R_SCALE, d),
				  of_direction(f, R_ZERO, d) };
	uint32_t lens = fused_in(f, LENS), b = of_direction(f, B, d), p = of_direction(f, P, d);
	uint32_t gates = product(f, counted(f, z), &w), in[4] = { VALUE_NONE };
	struct scan_attrs scan = { .num_scan_inputs = lens ? 2 : 1 };
	struct step s = { .dir = d };
	struct node *m;

	recurrent_settings(f->n, &s.set);
	if (b)
		gates = fused2(f, "Add", NULL, gates,
			       fused2(f, "Add", NULL, part(f, b, 0, GATES * z->hidden),
				      part(f, b, GATES * z->hidden, GATES * z->hidden)));
	for (int i = 0; p && i < 3; i++)
		s.p[i] = part(f, p, i * z->hidden, z->hidden);
	if (back && lens) {
		gates = turned(f, gates, lens);
	} else if (back) {
		scan.scan_input_directions = scan.scan_output_directions =
			(struct ints){ arena_copy(f->u->arena, &(int64_t){ 1 }, sizeof(int64_t)),
				       1 };
	}
	in[0] = initial(f, H0, d, z);
	in[1] = initial(f, C0, d, z);
	in[2] = gates;
	in[3] = s.alive = lens ? steps_alive(f, z) : VALUE_NONE;
	if (f->failed)
		return;
	m = graph_insert(f->n->graph, f->n, op_builtin("Scan"), &scan, lens ? 4 : 3, in, 3,
			 &f->n->loc);
	m->graphs = arena_array(f->u->arena, struct graph *, 1);
	m->n_graphs = 1;
	m->graphs[0] = graph_new(f->u, m, "step");
	build_body(f, m, &s, &r, z);
	f->failed = f->failed || !node_infer(f->u, m);
	out[0] = back && lens ? turned(f, m->out[2], lens) : m->out[2];
	out[1] = m->out[0];
	out[2] = m->out[1];
}

/* -- the operator -------------------------------------------------------------------------- */

bool infer_dynamic_lstm(struct unit *u, struct node *n)
{
	struct recurrent_sizes s;
	dim rows;

	if (!sizes_of(u, n, &s) || !recurrent_check_activations(u, n))
		return false;
	rows = dim_mul(u, s.hidden, GATES);
	if (!recurrent_same(u, n, W, "W", 3, (dim[]){ s.dirs, s.input, rows }) ||
	    !recurrent_same(u, n, R, "R", 3, (dim[]){ s.dirs, s.hidden, rows }) ||
	    !recurrent_same(u, n, B, "B", 2, (dim[]){ s.dirs, dim_mul(u, rows, 2) }) ||
	    !recurrent_same(u, n, LENS, "sequence_lens", 1, (dim[]){ s.batch }) ||
	    !recurrent_same(u, n, H0, "initial_h", 3, (dim[]){ s.dirs, s.batch, s.hidden }) ||
	    !recurrent_same(u, n, C0, "initial_c", 3, (dim[]){ s.dirs, s.batch, s.hidden }) ||
	    !recurrent_same(u, n, P, "P", 2, (dim[]){ s.dirs, dim_mul(u, s.hidden, 3) }))
		return false;
	for (int k = W_SCALE; k <= R_ZERO; k++) {
		const struct value *v = node_in(n, k);

		if (v && v->shape.rank == 1 ? !recurrent_same(u, n, k, "a scale or zero point", 1,
							      (dim[]){ s.dirs })
					    : !recurrent_same(u, n, k, "a scale or zero point", 2,
							      (dim[]){ s.dirs, rows }))
			return false;
	}
	if (node_out(n, 0))
		set_shape_of(node_out(n, 0), 4, (dim[]){ s.seq, s.dirs, s.batch, s.hidden });
	for (int k = 1; k < n->n_out; k++)
		if (node_out(n, k))
			set_shape_of(node_out(n, k), 3, (dim[]){ s.dirs, s.batch, s.hidden });
	return true;
}

static void make_dynamic_lstm(struct fused *f, uint32_t *out)
{
	struct recurrent_sizes z;

	if (!sizes_of(f->u, f->n, &z)) {
		f->failed = true;
		return;
	}
	for (int d = 0; d < z.dirs && !f->failed; d++) {
		uint32_t one[3] = { VALUE_NONE };

		build_direction(f, d, &z, one);
		for (int k = 0; k < 3 && !f->failed; k++) {
			one[k] = fused_axes(f, "Unsqueeze", one[k], k == 0 ? 1 : 0);
			out[k] = d ? fused_concat(f, k == 0 ? 1 : 0, out[k], one[k]) : one[k];
		}
	}
}

bool expand_dynamic_lstm(struct unit *u, struct node *n)
{
	return fused_expand(u, n, make_dynamic_lstm);
}
