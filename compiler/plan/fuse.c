/* Loops that produce a tensor for loops that consume it become one nest: the producer's expression
 * is substituted where its result was loaded. Done when that computes nothing twice, or only moves
 * data. */
#include "lower.h"

#define TEMP_SLOT 1000 /* while two slot lists are merged, the consumed value's */
#define MOST_INPUTS 24
#define MOST_NODES 600 /* of an expression: beyond, registers suffer */
#define MOST_TEXT 2400

struct scan {
	int slot;
	int64_t evaluations; /* of loads of the slot, at the bounds; saturated */
	bool guarded;        /* some load stands in a branch of a select */
	bool in_reduce;
	const struct tir *seen[4 * MOST_NODES];
	int n;
};

static int64_t times(int64_t a, int64_t b)
{
	int64_t r;

	return mul_i64(a, b, &r) ? r : INT64_MAX;
}

static void scan_loads(struct unit *u, struct scan *s, const struct tir *e, int64_t points,
		       bool guarded, bool in_reduce)
{
	if (!e || !e->has_load)
		return;
	for (int i = 0; i < s->n; i++)
		if (s->seen[i] == e)
			return;
	if (s->n == (int)ARRAY_LEN(s->seen)) {
		s->evaluations = INT64_MAX;
		return;
	}
	s->seen[s->n++] = e;
	if (e->kind == TIR_LOAD) {
		if (e->u.load.slot == s->slot) {
			s->evaluations = s->evaluations > INT64_MAX - points
						 ? INT64_MAX
						 : s->evaluations + points;
			s->guarded |= guarded;
			s->in_reduce |= in_reduce;
		}
		for (int i = 0; i < e->u.load.rank; i++)
			scan_loads(u, s, e->u.load.idx[i], points, guarded, in_reduce);
		return;
	}
	if (e->kind == TIR_REDUCE) {
		for (int i = 0; i < e->u.reduce.n; i++)
			points = times(points, dim_hi(u, e->u.reduce.vars[i]->u.var.extent));
		scan_loads(u, s, e->a, points, guarded, true);
		return;
	}
	if (e->kind == TIR_SELECT) {
		scan_loads(u, s, e->a, points, guarded, in_reduce);
		scan_loads(u, s, e->b, points, true, in_reduce);
		scan_loads(u, s, e->c, points, true, in_reduce);
		return;
	}
	scan_loads(u, s, e->a, points, guarded, in_reduce);
	scan_loads(u, s, e->b, points, guarded, in_reduce);
	scan_loads(u, s, e->c, points, guarded, in_reduce);
}

/* Loads, casts and choices of where to load: computing it again costs no more than reading the
 * result. */
static bool only_moves(const struct tir *e)
{
	switch (e->kind) {
	case TIR_INT:
	case TIR_FLOAT:
		return true;
	case TIR_LOAD:
		for (int i = 0; i < e->u.load.rank; i++)
			if (e->u.load.idx[i]->has_load)
				return false;
		return true;
	case TIR_SELECT:
		return !e->a->has_load && only_moves(e->b) && only_moves(e->c);
	default:
		return false;
	}
}

/* Every input of n that the producer reads must still hold when the consumer runs: true, values
 * never change. */
static int slot_of(const uint32_t *list, int n, uint32_t id)
{
	for (int i = 0; i < n; i++)
		if (list[i] == id)
			return i;
	return -1;
}

/* The producer's value as its tensor would hold it: float16 and the like are computed in float. */
static const struct tir *replace_load(struct tir_builder *b, const struct tir *load,
				      const struct tir *const *idx, void *data)
{
	const struct {
		const struct tir_stage *p;
		const int *slots;
	} *d = data;
	const struct tir *e;

	if (load->u.load.slot != TEMP_SLOT)
		return NULL;
	e = tir_at(b, d->p, idx, d->slots);
	if (e->type != DT_F32 || only_moves(d->p->value))
		return e;
	return tir_round_to(b, d->p->type, false, e);
}

/* The work of a stage's points against what it would be inside the consumer. */
static bool worth_it(struct unit *u, const struct tir_stage *p, const struct tir_stage *c, int slot,
		     const struct value *v, int uses)
{
	struct scan s = { .slot = slot };
	int64_t points = 1, elements = dim_hi(u, shape_count(u, &v->shape));

	for (int a = 0; a < c->rank; a++)
		points = times(points, dim_hi(u, c->vars[a]->u.var.extent));
	scan_loads(u, &s, c->value, points, false, false);
	if (p->value->has_reduce)
		return uses == 1 && !s.guarded && !s.in_reduce && s.evaluations <= elements;
	if (only_moves(p->value))
		return !s.in_reduce || s.evaluations <= elements || p->value->kind == TIR_LOAD;
	return uses == 1 && s.evaluations <= elements;
}

static bool fuse_into(struct unit *u, struct node *p, struct node *c, int slot)
{
	const struct tir_stage *ps = loops_stage(p), *cs = loops_stage(c);
	uint32_t in[2 * MOST_INPUTS];
	int cmap[MOST_INPUTS], pmap[MOST_INPUTS], n = 0;
	struct tir_builder b;
	struct tir_stage out;
	struct {
		const struct tir_stage *p;
		const int *slots;
	} d = { ps, pmap };
	struct tir_map map = { .load = replace_load, .data = &d };

	if (c->n_in > MOST_INPUTS || p->n_in > MOST_INPUTS)
		return false;
	for (int k = 0; k < c->n_in; k++) {
		if (k == slot) {
			cmap[k] = TEMP_SLOT;
			continue;
		}
		cmap[k] = n;
		in[n++] = c->in[k];
	}
	for (int k = 0; k < p->n_in; k++) {
		pmap[k] = slot_of(in, n, p->in[k]);
		if (pmap[k] >= 0)
			continue;
		pmap[k] = n;
		in[n++] = p->in[k];
	}
	if (n > MOST_INPUTS)
		return false;
	tir_builder_init(&b, u, c);
	tir_import(&b, cs, cmap, &out);
	out.value = tir_rebuild(&b, out.value, &map);
	if (b.count > MOST_NODES || tir_text_size(out.value) > MOST_TEXT)
		return false;
	for (int k = 0; k < n; k++)
		node_set_input(c, k, in[k]);
	node_trim_inputs(c, n);
	node_make_loops(u, c, &out);
	if (p->loc.op && c->loc.op && strlen(c->loc.op) < 80)
		c->loc.op = arena_printf(u->arena, "%s+%s", p->loc.op, c->loc.op);
	return true;
}

/* One value read through two slots is one slot. */
static void merge_slots(struct unit *u, struct node *c)
{
	const struct tir_stage *cs = loops_stage(c);
	int map[MOST_INPUTS], n = 0;
	uint32_t in[MOST_INPUTS];
	struct tir_builder b;
	struct tir_stage out;

	if (c->n_in > MOST_INPUTS)
		return;
	for (int k = 0; k < c->n_in; k++) {
		map[k] = slot_of(in, n, c->in[k]);
		if (map[k] < 0) {
			map[k] = n;
			in[n++] = c->in[k];
		}
	}
	if (n == c->n_in)
		return;
	tir_builder_init(&b, u, c);
	tir_import(&b, cs, map, &out);
	for (int k = 0; k < n; k++)
		node_set_input(c, k, in[k]);
	node_trim_inputs(c, n);
	node_make_loops(u, c, &out);
}

static int fuse_node(struct unit *u, struct node *c)
{
	int changes = 0;

	merge_slots(u, c);
	for (int k = 0; k < c->n_in; k++) {
		struct value *v = node_in(c, k);
		struct node *p = v ? v->producer : NULL;

		if (!p || p->graph != c->graph || v->outputs || v->measured || !loops_stage(p))
			continue;
		if (!worth_it(u, loops_stage(p), loops_stage(c), k, v, (int)v->uses.n))
			continue;
		if (!fuse_into(u, p, c, k))
			continue;
		if (node_is_dead(p))
			graph_remove(p);
		changes++;
		k = -1; /* the list has changed */
	}
	return changes;
}

static void fuse_graph(struct graph *g, void *data)
{
	int *changes = data;

	for (struct node *n = g->first; n; n = n->next)
		if (loops_stage(n))
			*changes += fuse_node(g->unit, n);
}

static int run_fuse(struct unit *u, const struct pass_context *c)
{
	int changes = 0;

	(void)c;
	unit_each_graph(u, fuse_graph, &changes);
	return changes;
}

const struct pass pass_fuse = {
	.name = "fuse-loops",
	.doc = "compute elementwise and moving operators inside the loops that use their results",
	.level = 1,
	.run = run_fuse,
};
