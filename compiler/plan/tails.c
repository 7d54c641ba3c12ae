/* Elementwise operators after a kernel become its tail: y = tail(kernel's result, other operands).
 */
#include "lower.h"

#define TEMP_SLOT 1000
#define MOST_OPERANDS 6

static bool vector_has(enum tir_kind k)
{
	switch (k) {
	case TIR_FLOAT:
	case TIR_ADD:
	case TIR_SUB:
	case TIR_MUL:
	case TIR_DIV:
	case TIR_MIN:
	case TIR_MAX:
	case TIR_NEG:
	case TIR_SELECT:
	case TIR_LT:
	case TIR_LE:
	case TIR_EQ:
	case TIR_EXP:
	case TIR_TANH:
	case TIR_SIGMOID:
	case TIR_ERF:
		return true;
	default:
		return false;
	}
}

/* Every load is at the written point, or at its channel only, or a single element. */
static bool operand_index(const struct tir_stage *s, const struct tir *load, int channel)
{
	bool same = load->u.load.rank == s->rank, single = true, by_channel = true;

	for (int a = 0; a < load->u.load.rank; a++) {
		const struct tir *x = load->u.load.idx[a];
		bool zero = x->kind == TIR_INT && x->u.i == 0;
		int axis = a + s->rank - load->u.load.rank; /* NumPy's alignment */

		if (axis < 0)
			return false;
		same &= x == s->vars[axis] || (zero && s->vars[axis]->u.var.extent == 1);
		single &= zero;
		by_channel &= zero || (axis == channel && x == s->vars[axis]);
	}
	return same || single || by_channel;
}

static bool legal(const struct tir_stage *s, const struct tir *e, bool vector, int channel)
{
	if (!e)
		return true;
	if (e->kind == TIR_LOAD)
		return e->type == DT_F32 && operand_index(s, e, channel);
	if (e->type != DT_F32 && e->type != DT_BOOL)
		return false;
	if (vector ? !vector_has(e->kind) : e->kind == TIR_VAR || e->kind == TIR_REDUCE)
		return false;
	return legal(s, e->a, vector, channel) && legal(s, e->b, vector, channel) &&
	       legal(s, e->c, vector, channel);
}

static const struct tir *replace_result(struct tir_builder *b, const struct tir *load,
					const struct tir *const *idx, void *data)
{
	static const int same[MOST_OPERANDS + 2] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	const struct tir_stage *tail = data;

	if (load->u.load.slot != TEMP_SLOT)
		return NULL;
	return tail ? tir_at(b, tail, idx, same)
		    : tir_load_typed(b, 0, load->type, load->u.load.rank, idx);
}

/* Optional inputs that are left out at the end get their places, so that operands are not taken for
 * them. */
static void fill_optional(struct node *n)
{
	struct sig sig;

	op_sig(n->op, &sig);
	while (n->n_in < sig.n_in)
		node_set_input(n, n->n_in, VALUE_NONE);
}

/* All operands are computed before n could run at c's place: they are, being c's inputs. n moves
 * there. */
static bool absorb(struct unit *u, struct node *n, struct node *c, int slot)
{
	const struct tir_stage *cs = loops_stage(c);
	struct value *y = node_out(n, 0), *out = node_out(c, 0);
	bool vector = n->kernel->tail == KERNEL_TAIL_VECTOR;
	int channel = n->kernel->layout == KERNEL_CHANNELS_LAST && y->shape.rank > 1
			      ? 1
			      : y->shape.rank - 1;
	int map[MOST_OPERANDS + 2] = { 0 }, operands = n->n_tail;
	uint32_t extra[MOST_OPERANDS + 2];
	struct tir_builder b;
	struct tir_map redo = { .load = replace_result, .data = n->tail };
	struct tir_stage *tail;

	if (!shape_equal(&y->shape, &out->shape) || out->type != y->type || y->type != DT_F32 ||
	    n->n_tail + c->n_in - 1 > MOST_OPERANDS || cs->value->has_reduce)
		return false;
	for (int k = 0; k < c->n_in; k++) {
		if (k == slot) {
			map[k] = TEMP_SLOT;
			continue;
		}
		if (!tir_uses_slot(cs->value, k)) /* Clip's limits stand in the expression */
			continue;
		if (value_of(u, c->in[k])->type != DT_F32) /* a cast was substituted */
			return false;
		extra[operands - n->n_tail] = c->in[k];
		map[k] = ++operands; /* operand slots count from 1 */
	}
	tir_builder_init(&b, u, NULL);
	tail = arena_new(u->arena, struct tir_stage);
	tir_import(&b, cs, map, tail);
	if (!legal(tail, tail->value, vector, channel))
		return false;
	tail->value = tir_rebuild(&b, tail->value, &redo);
	graph_move(n, c);
	if (!n->n_tail)
		fill_optional(n);
	for (int k = 0; k < operands - n->n_tail; k++)
		node_set_input(n, n->n_in, extra[k]);
	n->n_tail = operands;
	n->tail = tail;
	if (n->loc.op && c->loc.op)
		n->loc.op = arena_printf(u->arena, "%s+%s", n->loc.op, c->loc.op);
	graph_replace(u, out->id, y->id); /* c's result is now n's own */
	graph_remove(c);
	return true;
}

static bool reads_at_point(const struct tir_stage *s, int slot, const struct tir *e)
{
	if (!e || !e->has_load)
		return true;
	if (e->kind == TIR_LOAD && e->u.load.slot == slot) {
		for (int a = 0; e->u.load.rank == s->rank && a < s->rank; a++)
			if (e->u.load.idx[a] != s->vars[a] &&
			    !(s->vars[a]->u.var.extent == 1 && e->u.load.idx[a]->kind == TIR_INT))
				return false;
		return e->u.load.rank == s->rank;
	}
	return reads_at_point(s, slot, e->a) && reads_at_point(s, slot, e->b) &&
	       reads_at_point(s, slot, e->c);
}

/* Position of n among its graph's nodes, by walking back: which of two producers is the later. */
static bool stands_after(const struct node *a, const struct node *b)
{
	for (const struct node *n = b; n; n = n->next)
		if (n == a)
			return true;
	return false;
}

/* The latest kernel among c's inputs takes c: the other operands are nearer then. */
static bool tail_of(struct unit *u, struct node *c)
{
	const struct tir_stage *s = loops_stage(c);
	bool tried[64] = { false };

	for (int round = 0; round < c->n_in; round++) {
		int best = -1;

		for (int k = 0; k < c->n_in && k < (int)ARRAY_LEN(tried); k++) {
			const struct value *v = node_in(c, k);
			const struct node *p = v ? v->producer : NULL;

			if (tried[k] || !p || p->graph != c->graph || !p->kernel || p->n_out < 1 ||
			    p->out[0] != v->id || p->kernel->tail == KERNEL_TAIL_NONE ||
			    v->outputs || v->uses.n != 1 || !reads_at_point(s, k, s->value))
				continue;
			if (best < 0 || stands_after(p, node_in(c, best)->producer))
				best = k;
		}
		if (best < 0)
			return false;
		tried[best] = true;
		if (absorb(u, node_in(c, best)->producer, c, best))
			return true;
	}
	return false;
}

static void tails_graph(struct graph *g, void *data)
{
	int *changes = data;

	for (struct node *n = g->first, *next; n; n = next) {
		next = n->next;
		if (loops_stage(n) && tail_of(g->unit, n))
			++*changes;
	}
}

static int run_tails(struct unit *u, const struct pass_context *c)
{
	int changes = 0;

	(void)c;
	unit_each_graph(u, tails_graph, &changes);
	return changes;
}

const struct pass pass_tails = {
	.name = "fuse-tails",
	.doc = "apply activations and residual additions inside the kernels whose results they take",
	.level = 1,
	.run = run_tails,
};
