/* If, Loop and Scan in NAME_step: branches and loops around the calls of their steps' functions. */
#include "source.h"

const char *size_text(struct source *s, dim d)
{
	struct strbuf b = { 0 }, *out = s->e.out;
	const char *text;

	s->e.out = &b;
	emit_dim(&s->e, d);
	s->e.out = out;
	text = arena_strdup(s->u->arena, b.s ? b.s : "");
	strbuf_free(&b);
	return text;
}

const char *turns_text(struct source *s, const struct turn *t)
{
	const char *text = "";

	for (; t; t = t->outer) {
		int n = t->loop->number;
		const char *stride = size_text(s, t->stride);

		text = t->backward ? arena_printf(s->u->arena,
						  "%s + (size_t)(n%d - 1 - i%d) * (size_t)(%s)",
						  text, n, n, stride)
				   : arena_printf(s->u->arena, "%s + (size_t)i%d * (size_t)(%s)",
						  text, n, stride);
	}
	return text;
}

static bool in_program_memory(struct source *s, uint32_t id)
{
	return s->p->target->progmem &&
	       s->p->buffers.p[s->p->places[id].buffer].region == REGION_WEIGHTS;
}

/* The only element of an integer or boolean value, read in NAME_step. */
static const char *element_text(struct source *s, uint32_t id)
{
	const struct value *v = value_of(s->u, id);
	const char *read = "*(%s)";

	if (v->constant)
		return arena_printf(s->u->arena, "%lld", (long long)constant_i64(v->constant, 0));
	if (in_program_memory(s, id))
		read = "EDGERT_PGM(byte, %s)";
	return arena_printf(s->u->arena, read, value_address(s, id, false));
}

void emit_block(struct source *s, const struct block *b)
{
	emit_sizes_known(s, b, -1);
	for (size_t i = 0; i < b->steps.n; i++) {
		emit_step_call(s, b->steps.p[i]);
		emit_sizes_known(s, b, (int)i);
	}
}

static bool is_found(struct source *s, dim d)
{
	for (size_t i = 0; i < s->p->found.n; i++)
		if (s->p->found.p[i] == d)
			return true;
	return false;
}

/* Calls f for each size that the branches of st do not agree on, as `d` behind it and `branch` in
 * branch k. */
static void each_size(struct source *s, const struct step *st, int k,
		      void (*f)(struct source *s, dim d, dim branch))
{
	const struct graph *g = st->node->graphs[k];

	for (int i = 0; i < st->node->n_out; i++) {
		const struct value *y = node_out(st->node, i);

		for (int a = 0; y && a < y->shape.rank; a++)
			if (is_found(s, y->shape.d[a]))
				f(s, y->shape.d[a], value_of(s->u, g->outputs.p[i])->shape.d[a]);
	}
}

static void need_size(struct source *s, dim d, dim branch)
{
	size_text(s, d);
	size_text(s, branch);
}

static void set_size(struct source *s, dim d, dim branch)
{
	emit_line(&s->e, "%s = %s;", size_text(s, d), size_text(s, branch));
}

void emit_if_needs(struct source *s, const struct step *st)
{
	for (int k = 0; k < 2; k++)
		each_size(s, st, k, need_size);
}

void emit_if(struct source *s, const struct step *st)
{
	emit_comment(s, st);
	emit_open(&s->e, "if (%s) {", element_text(s, st->slots[0]));
	emit_block(s, &st->blocks[0]);
	each_size(s, st, 0, set_size);
	s->e.indent--;
	emit_open(&s->e, "} else {");
	emit_block(s, &st->blocks[1]);
	each_size(s, st, 1, set_size);
	emit_close(&s->e, "}");
}

void emit_iterations_needs(struct source *s, const struct step *st)
{
	const struct iterations *it = st->iterations;

	if (it->items != DIM_UNBOUNDED)
		size_text(s, it->items);
	for (size_t i = 0; i < it->sizes.n; i++) {
		size_text(s, it->sizes.p[i].now);
		size_text(s, it->sizes.p[i].first);
		size_text(s, it->sizes.p[i].next);
	}
}

static void begin_carried(struct source *s, const struct iterations *it)
{
	for (size_t i = 0; i < it->sizes.n; i++)
		set_size(s, it->sizes.p[i].now, it->sizes.p[i].first);
}

/* All at once: the new size of one may be the old one of another. */
static void next_carried(struct source *s, const struct iterations *it, int n)
{
	for (size_t i = 0; i < it->sizes.n; i++) {
		const struct carried_size *c = &it->sizes.p[i];

		if (c->same)
			emit_return_if(&s->e, "EDGERT_ERROR_DIMENSION", "i%d > 0 && %s != %s", n,
				       size_text(s, c->now), size_text(s, c->next));
		emit_line(&s->e, "const edgert_int s%d_%zu = %s;", n, i, size_text(s, c->next));
	}
	for (size_t i = 0; i < it->sizes.n; i++)
		emit_line(&s->e, "%s = s%d_%zu;", size_text(s, it->sizes.p[i].now), n, i);
}

static void end_carried(struct source *s, const struct iterations *it)
{
	for (size_t i = 0; i < it->sizes.n; i++)
		if (is_found(s, it->sizes.p[i].last))
			set_size(s, it->sizes.p[i].last, it->sizes.p[i].now);
}

/* How often: n. Results of all iterations have room for as many as the plan says. */
static void emit_count(struct source *s, const struct step *st)
{
	const struct iterations *it = st->iterations;
	struct emitter *e = &s->e;
	int n = st->number;

	if (it->count == VALUE_NONE) {
		if (it->items != DIM_UNBOUNDED)
			emit_line(e, "const int64_t n%d = %s;", n, size_text(s, it->items));
		return;
	}
	emit_line(e, "const int64_t n%d = %s;", n, element_text(s, it->count));
	if (it->stacked && !is_found(s, it->items) && !value_of(s->u, it->count)->constant)
		emit_return_if(e, "EDGERT_ERROR_DIMENSION", "(n%d < 0 ? 0 : n%d) != %s", n, n,
			       size_text(s, it->items));
}

void emit_iterations(struct source *s, const struct step *st)
{
	const struct iterations *it = st->iterations;
	struct emitter *e = &s->e;
	bool counted = it->count != VALUE_NONE || it->items != DIM_UNBOUNDED;
	const char *condition = it->condition == VALUE_NONE ? NULL : element_text(s, it->condition);
	int n = st->number;

	emit_comment(s, st);
	emit_open(e, "{");
	emit_count(s, st);
	emit_line(e, "int64_t i%d = 0;\n", n);
	begin_carried(s, it);
	if (counted && condition)
		emit_open(e, "for (; i%d < n%d && %s; i%d++) {", n, n, condition, n);
	else if (counted)
		emit_open(e, "for (; i%d < n%d; i%d++) {", n, n, n);
	else
		emit_open(e, "for (; %s; i%d++) {", condition, n);
	if (it->stacked && is_found(s, it->items)) /* no room for the results of another one */
		emit_return_if(e, "EDGERT_ERROR_CAPACITY", "i%d >= %lld", n,
			       (long long)dim_hi(s->u, it->items));
	if (st->room)
		emit_return_if(e, "EDGERT_ERROR_CAPACITY", "i%d >= %lld", n, (long long)st->room);
	if (it->number != VALUE_NONE)
		emit_line(e, "*%s = i%d;", value_address(s, it->number, true), n);
	emit_block(s, &st->blocks[0]);
	next_carried(s, it, n);
	emit_close(e, "}");
	end_carried(s, it);
	if (it->stacked && is_found(s, it->items))
		emit_line(e, "%s = (edgert_int)i%d;", size_text(s, it->items), n);
	else if (it->stacked && condition)
		emit_return_if(e, "EDGERT_ERROR_DIMENSION", "i%d != %s", n,
			       size_text(s, it->items));
	emit_close(e, "}");
}
