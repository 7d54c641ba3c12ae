/* What no rewrite made integers, where the machine has no floats: between DequantizeLinear and QuantizeLinear each
 * definition becomes one in fixed point (fixed_stage.c),
 *
 *	Q(f(g(DQ(x)), c))  =>  Loops[Q(f)](Loops[g(DQ)](x), c * 2^k)
 *
 * with 32 bits between two of them. */
#include "../ops/family.h"
#include "definition.h"
#include "list.h"
#include "quantized.h"

#include <math.h>

enum { DEPTH = 200 };

/* What a value is in fixed point. */
struct tensor {
	enum { UNKNOWN, KNOWN, NONE } state;
	uint32_t id; /* int32 */
	struct fixed_slot slot;
	bool quantized; /* computed of a quantized tensor */
};

/* Where reals come from: WHOLE: of integers and constants only. */
enum source { SOURCE_UNKNOWN, WHOLE, OTHER };

struct reals {
	struct unit *u;
	struct graph *g;
	struct arena scratch;
	/* by a value's id */
	VEC(struct tensor) of;
	VEC(enum source) source;
	int depth, changes;
};

static bool make_tensor(struct reals *r, uint32_t v, struct range most, struct tensor *out);

/* -- sources ----------------------------------------------------------------------------- */

static enum source *source_at(struct reals *r, uint32_t v)
{
	while (r->source.n <= v)
		vec_push(&r->scratch, &r->source, SOURCE_UNKNOWN);
	return &r->source.p[v];
}

/* All reals that v is computed of are integers, or constants. */
static bool is_whole(struct reals *r, uint32_t id, int depth)
{
	const struct value *v = value_of(r->u, id);
	const struct node *p = v->producer;
	bool whole = p && p->graph == r->g && !p->n_graphs && depth < DEPTH;

	if (!is_real(v) || v->constant)
		return true;
	if (*source_at(r, id) != SOURCE_UNKNOWN)
		return *source_at(r, id) == WHOLE;
	for (int k = 0; whole && k < p->n_in; k++)
		whole = !p->in[k] || is_whole(r, p->in[k], depth + 1);
	*source_at(r, id) = whole ? WHOLE : OTHER;
	return whole;
}

/* -- slots ------------------------------------------------------------------------------- */

static struct range range_of_constant(const struct constant *c)
{
	struct range r = { INFINITY, -INFINITY };

	for (int64_t i = 0; i < shape_elements(&c->shape); i++) {
		r.lo = fmin(r.lo, constant_f64(c, i));
		r.hi = fmax(r.hi, constant_f64(c, i));
	}
	return r;
}

static bool constant_tensor(const struct node *at, const struct constant *c, struct tensor *out)
{
	const struct range r = range_of_constant(c);
	const int fraction = fixed_fraction(r.lo, r.hi);
	struct constant *to;
	void *data;

	if (!isfinite(r.lo) || !isfinite(r.hi))
		return false;
	to = constant_new(at->graph->unit->arena, DT_I32, &c->shape, &data);
	for (int64_t i = 0; i < shape_elements(&c->shape); i++)
		((int32_t *)data)[i] =
			(int32_t)fmin(nearbyint(ldexp(constant_f64(c, i), fraction)), INT32_MAX);
	*out = (struct tensor){ KNOWN, build_constant(at, to), { true, fraction, 1, r }, false };
	return true;
}

struct seeing {
	const struct range *needs;
	struct range *slots;
};

static void see_load(const struct tir *e, void *data)
{
	const struct seeing *s = data;

	if (e->kind == TIR_LOAD) {
		struct range *r = &s->slots[e->u.load.slot];

		r->lo = fmin(r->lo, s->needs[e->id].lo);
		r->hi = fmax(r->hi, s->needs[e->id].hi);
	}
}

/* What d can tell apart of each slot. */
static void needs_of_slots(struct definition *d, struct range most, struct range *slots)
{
	const struct tir *e = d->stage.value;
	struct arena scratch = { 0 };
	struct seeing s = { .slots = slots };
	struct range *needs = arena_array(&scratch, struct range, (size_t)e->id + 1);

	for (int i = 0; i < d->count; i++)
		slots[i] = (struct range){ INFINITY, -INFINITY };
	fixed_needs(e, most, needs);
	s.needs = needs;
	tir_each(e, see_load, &s);
	arena_free(&scratch);
}

/* Slot i of d in fixed point, when it has reals: d->in[i] is that tensor then. */
static bool make_slot(struct reals *r, struct definition *d, int i, struct range most,
		      struct fixed_slot *slot)
{
	const struct value *v = value_of(r->u, d->in[i]);
	struct tensor t;

	*slot = (struct fixed_slot){ .real = false, .range = range_any };
	if (!is_real(v)) {
		if (v->producer && v->type == DT_I32)
			slot->range.hi = sums_most(v->producer);
		slot->range.lo = -slot->range.hi;
		return true;
	}
	if (v->constant) {
		if (!constant_tensor(d->n, v->constant, &t))
			return false;
	} else if (!make_tensor(r, v->id, used_once(v) ? most : range_any, &t)) {
		return false;
	}
	d->quantized |= t.quantized;
	d->in[i] = t.id;
	*slot = t.slot;
	return true;
}

/* -- nodes ------------------------------------------------------------------------------- */

/* The loops that compute d's stage, of output k, of the slots that are left in it. */
static struct node *build_loops(struct definition *d, int k)
{
	int used[DEFINITION_INPUTS], map[DEFINITION_INPUTS] = { 0 };
	uint32_t in[DEFINITION_INPUTS];
	const int n = tir_slots(d->stage.value, used, DEFINITION_INPUTS);
	struct node *m;

	for (int i = 0; i < n; i++) {
		map[used[i]] = i;
		in[i] = d->in[used[i]];
	}
	d->stage.value = tir_reslot(&d->b, d->stage.value, map);
	m = new_loops(d->n, n, in, d->stage.type, &node_out(d->n, k)->shape);
	set_loops(m, &d->stage);
	return m;
}

/* The definition of n's output k in integers: as it is, or, of reals, times 2^fraction. */
static bool convert(struct definition *d, struct reals *r, struct node *n, int k, struct range most,
		    struct scaled *real)
{
	struct fixed_slot slots[DEFINITION_INPUTS];
	struct range needs[DEFINITION_INPUTS];
	const struct tir *e;

	if (!definition_make(d, n, k))
		return false;
	needs_of_slots(d, most, needs);
	for (int i = 0; i < d->count; i++)
		if (!make_slot(r, d, i, needs[i], &slots[i]))
			return false;
	if (!fixed_expression(&d->b, d->stage.value, slots, most, real, &e))
		return false;
	d->stage.value = e;
	return true;
}

static bool loops_tensor(struct reals *r, struct node *n, int k, struct range most,
			 struct tensor *out)
{
	struct definition d;
	struct scaled s;
	struct fixed x;

	if (!convert(&d, r, n, k, most, &s))
		return false;
	x = fixed_narrow(&d.b, s.x);
	d.stage.type = DT_I32;
	d.stage.value = tir_cast(&d.b, DT_I32, x.v);
	*out = (struct tensor){ KNOWN,
				build_loops(&d, k)->out[0],
				{ true, x.fraction, s.step, { x.lo, x.hi } },
				d.quantized };
	return true;
}

/* -- what moves elements ----------------------------------------------------------------- */

struct moving {
	struct reals *r;
	struct tensor *in;
	bool same_step; /* that is the result's */
	int fraction;
};

static struct fixed in_common(struct tir_builder *b, const struct moving *m, const struct tensor *t,
			      const struct tir *v)
{
	const struct fixed x = { v, t->slot.fraction, t->slot.range.lo, t->slot.range.hi };

	return m->same_step ? x : scaled_real(b, (struct scaled){ x, t->slot.step });
}

/* Input k in the digits that the result has. */
static bool moved(struct node *n, int k, void *data, uint32_t *out)
{
	const struct moving *m = data;
	const struct tensor *t = &m->in[k];
	const struct tir *idx[RANK_MAX], *v;
	struct tir_stage stage;
	struct tir_builder b;
	struct node *loops;

	if (k >= n->n_in || !n->in[k])
		return false;
	*out = t->id;
	if (m->same_step && m->fraction == t->slot.fraction)
		return true;
	loops = new_loops(n, 1, &t->id, DT_I32, &node_in(n, k)->shape);
	tir_builder_init(&b, m->r->u, loops);
	tir_stage_begin(&b, 0, &stage, idx);
	v = tir_cast(&b, DT_I64, tir_load(&b, 0, idx));
	v = fixed_at(&b, in_common(&b, m, t, v), m->fraction).v;
	stage.value = tir_cast(&b, DT_I32, v);
	set_loops(loops, &stage);
	*out = loops->out[0];
	return true;
}

/* The inputs whose elements n moves, in fixed point. */
static bool moved_inputs(struct reals *r, struct node *n, struct range most, struct tensor *in,
			 struct tensor *out)
{
	const struct tensor *first = NULL;

	expand_inputs(n);
	for (int k = 0; k < n->n_in; k++) {
		if (!n->in[k] || !node_moves_input(n, k))
			continue;
		if (node_const(n, k)
			    ? !constant_tensor(n, node_const(n, k), &in[k])
			    : !make_tensor(r, n->in[k], used_once(node_in(n, k)) ? most : range_any,
					   &in[k]))
			return false;
		out->quantized |= in[k].quantized;
		out->slot.step =
			!first || in[k].slot.step == first->slot.step ? in[k].slot.step : 1;
		first = first ? first : &in[k];
	}
	return first;
}

/* n's result, elements of its inputs, of integers with as many digits as all of them can have. */
static bool moved_tensor(struct reals *r, struct node *n, struct range most, struct tensor *out)
{
	struct moving m = { .r = r, .fraction = INT32_MAX, .same_step = true };
	struct range all = { INFINITY, -INFINITY };
	struct tir_builder b;
	struct node *built;

	if ((n->n_out != 1 && !node_chooses(n)) || !node_takes(n, DT_I32))
		return false;
	*out = (struct tensor){ .state = KNOWN, .slot = { .real = true } };
	m.in = arena_array(&r->scratch, struct tensor, (size_t)n->n_in + 1);
	if (!moved_inputs(r, n, most, m.in, out))
		return false;
	for (int k = 0; k < n->n_in; k++)
		m.same_step &= !m.in[k].id || m.in[k].slot.step == out->slot.step;
	tir_builder_init(&b, r->u, n);
	for (int k = 0; k < n->n_in; k++) {
		struct fixed x;

		if (!m.in[k].id)
			continue;
		x = fixed_narrow(&b, in_common(&b, &m, &m.in[k], tir_int(&b, DT_I64, 0)));
		m.fraction = x.fraction < m.fraction ? x.fraction : m.fraction;
		all = (struct range){ fmin(all.lo, x.lo), fmax(all.hi, x.hi) };
	}
	out->slot.step = m.same_step ? out->slot.step : 1;
	out->slot.fraction = m.fraction;
	out->slot.range = all;
	if (!(built = build_moved(n, moved, &m)))
		return false;
	out->id = built->out[0];
	if (node_chooses(n) && n->out[1] && out->quantized)
		graph_replace(r->u, n->out[1], built->out[1]); /* where they are */
	return true;
}

static struct tensor *tensor_at(struct reals *r, uint32_t v)
{
	while (r->of.n <= v)
		vec_push(&r->scratch, &r->of, (struct tensor){ .state = UNKNOWN });
	return &r->of.p[v];
}

static bool make_tensor(struct reals *r, uint32_t id, struct range most, struct tensor *out)
{
	const struct value *v = value_of(r->u, id);
	struct node *p = v->producer;
	bool made = false;

	if (tensor_at(r, id)->state == UNKNOWN) {
		if (p && p->graph == r->g && r->depth < DEPTH) {
			r->depth++;
			if ((p->op->flags & OP_VIEW) || !p->op->define)
				made = (node_moves(p) || node_chooses(p)) && v->output == 0 &&
				       moved_tensor(r, p, most, out);
			else
				made = has_definition(r->g, p) &&
				       loops_tensor(r, p, v->output, most, out);
			r->depth--;
		}
		if (made)
			*tensor_at(r, id) = *out;
		else
			tensor_at(r, id)->state = NONE;
	}
	*out = *tensor_at(r, id);
	return out->state == KNOWN;
}

/* -- the pass ---------------------------------------------------------------------------- */

/* n makes something else of reals that are computed of integers. */
static bool ends_reals(struct reals *r, const struct node *n)
{
	bool real = false;

	for (int k = 0; k < n->n_in; k++) {
		if (n->in[k] && !is_whole(r, n->in[k], 0))
			return false;
		real |= is_real(node_in(n, k)) && !node_const(n, k);
	}
	return real && n->n_out == 1 && n->out[0] && !is_real(node_out(n, 0)) &&
	       has_definition(r->g, n);
}

/* n says which of such reals compare best, for somebody. */
static bool chooses_reals(struct reals *r, const struct node *n)
{
	return node_chooses(n) && !n->op->define && n->out[0] && is_real(node_in(n, 0)) &&
	       is_whole(r, n->in[0], 0) && n->n_out > 1 && n->out[1] && node_out(n, 1)->uses.n;
}

static int convert_ends(struct reals *r, struct graph *g)
{
	const int before = r->changes;
	struct definition d;
	struct tensor t;
	struct scaled x;

	for (struct node *n = g->first; n; n = n->next) {
		struct node *m;

		if (chooses_reals(r, n) && make_tensor(r, n->out[0], range_any, &t))
			r->changes += t.quantized;
		if (!ends_reals(r, n) || node_is_dead(n) || !convert(&d, r, n, 0, range_any, &x) ||
		    !(d.quantized || d.whole || node_is(n, "QuantizeLinear")))
			continue;
		m = build_loops(&d, 0);
		graph_replace(r->u, n->out[0], m->out[0]);
		r->changes++;
	}
	return r->changes - before;
}

static void convert_graph(struct graph *g, void *data)
{
	struct reals *r = data;

	r->g = g;
	while (convert_ends(r, g) > 0) /* expansions may have made others */
		;
}

static int run(struct unit *u, const struct pass_context *c)
{
	struct reals r = { .u = u };

	(void)c;
	remove_dead(u);
	unit_each_graph(u, convert_graph, &r);
	remove_dead(u);
	arena_free(&r.scratch);
	return r.changes;
}

const struct pass pass_fixed_reals = {
	.name = "reals-in-fixed-point",
	.doc = "where there are no floats: what is left between quantized tensors, in 32 bits",
	.level = 1,
	.fixed = true,
	.run = run,
};
