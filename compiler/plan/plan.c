/* The graph, lowered, becomes steps; values become buffers with lifetimes. */
#include "planner.h"

#include <limits.h>

/* ---- steps --------------------------------------------------------------------------- */

struct step *new_step(struct planner *pl, struct block *b, enum step_kind kind,
		      const struct node *n)
{
	struct step *s = arena_new(pl->u->arena, struct step);

	s->kind = kind;
	s->number = s->end = (int)pl->steps.n;
	s->scratch = s->unfolded = s->unfolded_arg = -1;
	s->loop = pl->loop;
	if (n) {
		s->loc = n->loc;
		s->what = n->loc.op ? n->loc.op : n->op->name;
		s->reason = n->reason;
		s->node = n;
	}
	vec_push(pl->u->arena, &b->steps, s);
	vec_push(pl->u->arena, &pl->steps, s);
	return s;
}

struct step *add_copy(struct planner *pl, struct block *b, const struct node *n, uint32_t from,
		      uint32_t to, int output)
{
	struct step *s = new_step(pl, b, STEP_COPY, n);

	s->slots = arena_copy(pl->u->arena, &from, sizeof from);
	s->n_slots = 1;
	s->outputs = arena_copy(pl->u->arena, &to, sizeof to);
	s->n_outputs = 1;
	s->output = output;
	s->reason = to ? "the two cannot share memory" : "an output of its own";
	return s;
}

static void add_loops(struct planner *pl, struct block *b, const struct node *n)
{
	const struct loops_attrs *a = n->attrs;
	struct step *s = new_step(pl, b, STEP_LOOPS, n);
	uint32_t *out = arena_array(pl->u->arena, uint32_t, (size_t)n->n_out);
	uint32_t *slots = arena_array(pl->u->arena, uint32_t, (size_t)n->n_in);

	for (int k = 0; k < n->n_out; k++) {
		const struct value *v = node_out(n, k);

		out[k] = v && (v->uses.n || v->outputs || v->measured) ? v->id : VALUE_NONE;
		for (int i = 0; out[k] && i < n->n_in; i++)
			if (tir_uses_slot(a->stages[k].value, i))
				slots[i] = n->in[i];
		if (out[k])
			s->macs = dim_add(pl->u, s->macs, tir_macs(pl->u, &a->stages[k]));
	}
	s->stages = a->stages;
	s->n_stages = a->n;
	s->slots = slots;
	s->n_slots = n->n_in;
	s->outputs = out;
	s->n_outputs = n->n_out;
}

static void add_kernel(struct planner *pl, struct block *b, const struct node *n)
{
	struct step *s = new_step(pl, b, STEP_KERNEL, n);

	s->kernel = n->kernel;
	n->kernel->build(pl->u, n, pl->p->target, &s->call);
	if (s->call.result)
		vec_push(pl->u->arena, &pl->p->found, s->call.result);
	s->outputs = n->out;
	s->n_outputs = n->n_out;
	s->macs = n->op->macs ? n->op->macs(pl->u, n) : 0;
	if (n->tail) {
		uint32_t *slots = arena_array(pl->u->arena, uint32_t, (size_t)n->n_tail + 1);

		memcpy(slots + 1, n->in + n->n_in - n->n_tail, (size_t)n->n_tail * sizeof *slots);
		s->tail = n->tail;
		s->slots = slots;
		s->n_slots = n->n_tail + 1;
	}
}

static void add_node(struct planner *pl, struct block *b, const struct node *n)
{
	int64_t offset;

	if (n->kernel)
		add_kernel(pl, b, n);
	else if (n->n_graphs && node_is_if(n))
		add_if(pl, b, n);
	else if (n->n_graphs && node_is_iterated(n))
		add_iterated(pl, b, n);
	else if (node_is_concat(n)) {
		for (int k = 0; k < n->n_in; k++)
			if (!alias_join(&pl->a, n->in[k], n->out[0], 0))
				unreachable("a part of Concat that has a place of its own");
	} else if (node_is_alias(pl->u, n, &offset) &&
		   alias_join(&pl->a, n->out[0], n->in[0], offset))
		return;
	else if (node_is_loops(n))
		add_loops(pl, b, n);
	else if (n->op->flags & OP_VIEW)
		add_copy(pl, b, n, n->in[0], n->out[0], -1);
	else
		pl->failed |= !node_error(pl->u, n, "this operator cannot be planned yet");
}

void set_made(struct planner *pl, const struct block *b, uint32_t id)
{
	if (id != VALUE_NONE)
		pl->p->made[id] = (struct spot){ b, (int)b->steps.n - 1, (int)pl->steps.n };
}

void add_graph(struct planner *pl, struct block *b, struct graph *g)
{
	struct spot first = { .block = b, .after = -1, .order = (int)pl->steps.n };

	vec_push(pl->u->arena, &pl->p->begun, ((struct beginning){ g, first }));
	for (const struct node *n = g->first; n; n = n->next) {
		add_node(pl, b, n);
		for (int k = 0; k < n->n_out; k++)
			set_made(pl, b, n->out[k]);
	}
}

/* An output that is an input, a constant, or listed twice is copied at the end. */
static void add_outputs(struct planner *pl)
{
	const struct graph *g = pl->u->main;

	for (size_t i = 0; i < g->outputs.n; i++) {
		uint32_t id = g->outputs.p[i];
		const struct class_info *c = &pl->a.info[alias_root(&pl->a, id, NULL)];

		if (c->region != REGION_OUTPUT || c->index != (int)i)
			add_copy(pl, &pl->p->main, NULL, id, VALUE_NONE, (int)i);
	}
}

/* ---- lifetimes ----------------------------------------------------------------------- */

static void touch(struct planner *pl, uint32_t id, int step)
{
	struct class_info *c;

	if (id == VALUE_NONE)
		return;
	c = &pl->a.info[alias_root(&pl->a, id, NULL)];
	c->used = true;
	if (step < c->first)
		c->first = step;
	if (step > c->last)
		c->last = step;
}

static bool is_constant(const struct planner *pl, uint32_t id)
{
	return id != VALUE_NONE && value_of(pl->u, id)->constant;
}

typedef void value_fn(struct planner *pl, uint32_t id, const struct step *s);

static void each_value(struct planner *pl, const struct step *s, value_fn *f)
{
	for (int k = 0; k < s->n_slots; k++)
		if (s->kind != STEP_LOOP || k != 0 || !is_constant(pl, s->slots[k]))
			f(pl, s->slots[k], s); /* a constant count stands in the code */
	for (int k = 0; k < s->n_outputs; k++)
		f(pl, s->outputs[k], s);
	for (size_t k = 0; k < s->call.args.n; k++)
		if (s->call.args.p[k].kind == ARG_VALUE)
			f(pl, s->call.args.p[k].value, s);
	for (int k = 0; s->iterations && k < s->iterations->n_held; k++)
		f(pl, s->iterations->held[k], s);
}

static void touch_at(struct planner *pl, uint32_t id, const struct step *s)
{
	touch(pl, id, s->number);
}

static void touch_step(struct planner *pl, const struct step *s)
{
	each_value(pl, s, touch_at);
	for (int k = 0; k < s->n_outputs; k++) /* results live until all blocks are past */
		touch(pl, s->outputs[k], s->end);
}

/* Sizes are read from these as soon as they are there. */
static void touch_measured(struct planner *pl)
{
	for (uint32_t id = 1; id < pl->u->values.n; id++) {
		const struct value *v = value_of(pl->u, id);
		const struct spot *s = &pl->p->made[id];

		if (v->measured && v->graph && !v->constant)
			touch(pl, id, s->after < 0 ? 0 : s->block->steps.p[s->after]->end);
	}
}

/* What is older than a loop and used in it is needed again by the next iteration. */
static void keep_through_loops(struct planner *pl, uint32_t id, const struct step *s)
{
	const struct class_info *c;

	if (id == VALUE_NONE)
		return;
	c = &pl->a.info[alias_root(&pl->a, id, NULL)];
	for (const struct step *l = s->iterations ? s : s->loop; l; l = l->loop)
		if (c->first <= l->number)
			touch(pl, id, l->end);
}

/* ---- buffers ------------------------------------------------------------------------- */

int add_buffer(struct planner *pl, const struct buffer *b)
{
	vec_push(pl->u->arena, &pl->p->buffers, *b);
	return (int)pl->p->buffers.n - 1;
}

static void class_buffers(struct planner *pl)
{
	struct plan *p = pl->p;
	int *of_class = arena_array(pl->u->arena, int, pl->u->values.n);

	p->places = arena_array(pl->u->arena, struct place, pl->u->values.n);
	for (uint32_t id = 0; id < pl->u->values.n; id++)
		of_class[id] = p->places[id].buffer = -1;
	for (uint32_t id = 1; id < pl->u->values.n; id++) {
		int64_t offset;
		uint32_t r = alias_root(&pl->a, id, &offset);
		const struct class_info *c = &pl->a.info[r];
		const struct value *v = value_of(pl->u, r);

		if (!c->used && c->region != REGION_OUTPUT)
			continue;
		if (of_class[r] < 0) {
			struct buffer b = { .region = c->region,
					    .size = c->size,
					    .align = c->align,
					    .index = c->index,
					    .first = c->first,
					    .last = c->last,
					    .type = v->type,
					    .name = v->name };

			if (c->region == REGION_WORKSPACE && b.align < p->target->alignment)
				b.align = p->target->alignment;
			if (c->region == REGION_WORKSPACE && b.size == 0)
				b.size = 1; /* no two begin at one address: pointers are restrict */
			if (c->region == REGION_WEIGHTS)
				b.data = v->type == DT_STRING ? (const void *)v->constant->strings
							      : v->constant->data;
			of_class[r] = add_buffer(pl, &b);
		}
		p->places[id].buffer = of_class[r];
		p->places[id].byte_offset = offset;
		p->places[id].turns = alias_turns(&pl->a, id);
	}
}

/* Room for what s keeps of `size` bytes in each iteration of the loops around it, one part behind the other. */
static const struct turn *keep_iterations(struct planner *pl, const struct step *s, int64_t *size)
{
	struct turn *first = NULL, **end = &first;

	for (const struct step *l = s->loop; l; l = l->loop) {
		struct turn *t = arena_new(pl->u->arena, struct turn);
		int64_t most = iterations_most(pl->u, l->node);

		t->loop = l;
		t->stride = *size;
		*end = t;
		end = (struct turn **)&t->outer;
		most = most < 1 ? 1 : most;
		pl->steps.p[l->number]->room = most;
		if (!mul_i64(*size, most, size)) {
			pl->failed |= !node_error(pl->u, l->node,
						  "the strings of its iterations are too large");
			return NULL;
		}
	}
	return first;
}

static const struct step *outermost(const struct step *s)
{
	while (s->loop)
		s = s->loop;
	return s;
}

static void step_buffers(struct planner *pl, struct step *s)
{
	s->packed = arena_array(pl->u->arena, int, s->call.args.n + 1);
	for (size_t k = 0; k < s->call.args.n; k++) {
		struct arg *a = &s->call.args.p[k];
		struct buffer b = { .size = (int64_t)a->size,
				    .align = pl->p->target->alignment,
				    .type = a->type,
				    .name = s->loc.node };

		s->packed[k] = -1;
		if (a->kind == ARG_PACKED) {
			b.region = REGION_WEIGHTS;
			b.first = b.last = s->number;
			b.data = a->data;
			b.packing = a->packing;
			s->packed[k] = add_buffer(pl, &b);
		} else if (a->kind == ARG_SCRATCH && a->size) {
			b.region = REGION_WORKSPACE;
			b.first = a->kept ? outermost(s)->number : s->number;
			if (a->kept)
				a->turns = keep_iterations(pl, s, &b.size);
			b.last = a->kept ? pl->p->n_steps - 1 : s->number;
			b.name = a->kept ? "strings" : "scratch";
			s->packed[k] = s->scratch = add_buffer(pl, &b);
		}
	}
}

static void weights_offset(struct plan *p, struct buffer *b)
{
	if (b->region != REGION_WEIGHTS || b->type == DT_STRING)
		return;
	b->offset = (p->weights + b->align - 1) / b->align * b->align;
	p->weights = b->offset + b->size;
}

/* In the order of the buffers, but those of one step together where pointers do not reach all. */
static void weights_offsets(struct plan *p)
{
	for (size_t i = 0; i < p->buffers.n; i++)
		weights_offset(p, &p->buffers.p[i]);
	if (!plan_is_far(p))
		return;
	p->weights = 0;
	for (int step = 0; step < p->n_steps; step++)
		for (size_t i = 0; i < p->buffers.n; i++)
			if (p->buffers.p[i].first == step)
				weights_offset(p, &p->buffers.p[i]);
}

/* ---- the whole ----------------------------------------------------------------------- */

static bool is_tensor(struct planner *pl, uint32_t id, const char *what)
{
	const struct value *v = value_of(pl->u, id);

	return v->container == TENSOR ||
	       diag_error(
		       pl->u->diag, &v->loc,
		       "%s %s is no tensor: sequences, optionals and maps are supported only inside "
		       "of a model",
		       what, v->name ? v->name : "");
}

static bool sizes_bounded(struct unit *u)
{
	bool ok = true;

	for (uint32_t id = 1; id < u->values.n; id++) {
		const struct value *v = value_of(u, id);

		if (v->shape.rank >= 0 && (v->uses.n || v->outputs || v->is_input))
			ok &= value_is_bounded(u, v);
	}
	return ok;
}

struct plan *plan_make(struct unit *u, const struct target *t, const struct plan_options *o)
{
	struct plan *p = arena_new(u->arena, struct plan);
	struct planner pl = { .p = p, .u = u, .tight = o->tight };
	struct strbuf why = { 0 };

	p->u = u;
	p->target = t;
	for (size_t i = 0; i < u->main->inputs.n; i++)
		pl.failed |= !is_tensor(&pl, u->main->inputs.p[i], "input");
	for (size_t i = 0; i < u->main->outputs.n; i++)
		pl.failed |= !is_tensor(&pl, u->main->outputs.p[i], "output");
	if (pl.failed || !sizes_bounded(u))
		return NULL;
	aliases_init(&pl.a, u);
	p->made = arena_array(u->arena, struct spot, u->values.n);
	for (size_t i = 0; i < u->values.n; i++)
		p->made[i] = (struct spot){ .block = &p->main, .after = -1 };
	add_graph(&pl, &p->main, u->main);
	if (pl.failed)
		return NULL;
	add_outputs(&pl);
	if (o->stream)
		add_streams(&pl);
	p->n_steps = (int)pl.steps.n;
	for (size_t i = 0; i < pl.steps.n; i++)
		touch_step(&pl, pl.steps.p[i]);
	touch_measured(&pl);
	for (size_t i = 0; i < pl.steps.n; i++)
		each_value(&pl, pl.steps.p[i], keep_through_loops);
	for (size_t i = 0; i < pl.steps.n; i++)
		step_in_place(&pl, pl.steps.p[i]);
	class_buffers(&pl);
	for (size_t i = 0; i < pl.steps.n; i++) {
		step_buffers(&pl, pl.steps.p[i]);
		p->macs += dim_hi(u, pl.steps.p[i]->macs);
	}
	fold_weights(&pl);
	if (pl.failed)
		return NULL;
	weights_offsets(p);
	plan_hot(p);
	plan_place(p);
	if (!plan_check(p, &why)) {
		diag_error(u->diag, NULL, "internal error: placement: %s", why.s);
		strbuf_free(&why);
		return NULL;
	}
	return p;
}
