/* Which values share storage: views, parts of a larger tensor, results written over a dying input.
 */
#include "alias.h"

#include <limits.h>

void aliases_init(struct aliases *a, struct unit *u)
{
	size_t n = u->values.n;

	a->u = u;
	a->of = arena_array(u->arena, struct alias, n);
	a->info = arena_array(u->arena, struct class_info, n);
	for (uint32_t id = 1; id < n; id++) {
		const struct value *v = value_of(u, id);
		struct class_info *c = &a->info[id];

		a->of[id].parent = id;
		c->region = v->constant ? REGION_WEIGHTS : REGION_WORKSPACE;
		c->first = INT_MAX;
		c->last = -1;
		c->size = v->shape.rank < 0 ? 0 : box_bytes(u, v);
		c->align = (int64_t)dtype_size(v->type);
	}
	for (size_t i = 0; i < u->main->inputs.n; i++) {
		struct class_info *c = &a->info[u->main->inputs.p[i]];

		c->region = REGION_INPUT;
		c->index = (int)i;
	}
	for (size_t i = 0; i < u->main->outputs.n; i++) {
		struct class_info *c = &a->info[u->main->outputs.p[i]];

		if (c->region == REGION_WORKSPACE) {
			c->region = REGION_OUTPUT;
			c->index = (int)i;
		}
	}
}

int64_t box_bytes(struct unit *u, const struct value *v)
{
	int64_t n = dim_hi(u, value_box(u, v)), bytes;

	return mul_i64(n, (int64_t)dtype_size(v->type), &bytes) ? bytes : INT64_MAX;
}

uint32_t alias_root(struct aliases *a, uint32_t id, int64_t *offset)
{
	int64_t sum = 0;

	while (a->of[id].parent != id) {
		sum += a->of[id].offset;
		id = a->of[id].parent;
	}
	if (offset)
		*offset = sum;
	return id;
}

/* t's turns and then those of `outer`. */
static const struct turn *turns_and(struct arena *a, const struct turn *t, const struct turn *outer)
{
	struct turn *copy;

	if (!t || !outer)
		return t ? t : outer;
	copy = arena_copy(a, t, sizeof *t);
	copy->outer = turns_and(a, t->outer, outer);
	return copy;
}

const struct turn *alias_turns(struct aliases *a, uint32_t v)
{
	const struct turn *sum = NULL;

	for (; a->of[v].parent != v; v = a->of[v].parent)
		sum = turns_and(a->u->arena, sum, a->of[v].turns);
	return sum;
}

bool alias_join_item(struct aliases *a, uint32_t v, uint32_t into, const struct turn *turn)
{
	if (alias_root(a, v, NULL) != v ||
	    a->info[v].size > a->info[alias_root(a, into, NULL)].size || !alias_join(a, v, into, 0))
		return false;
	a->of[v].turns = turns_and(a->u->arena, turn, a->of[v].turns);
	return true;
}

bool alias_join(struct aliases *a, uint32_t v, uint32_t into, int64_t offset)
{
	int64_t at, from;
	uint32_t rv = alias_root(a, v, &from), ri = alias_root(a, into, &at);
	struct class_info *cv = &a->info[rv], *ci = &a->info[ri];
	int64_t shift = at + offset - from; /* rv's start within ri's class */

	if (alias_turns(a, v)) /* the whole of which v is an item would have to move */
		return false;
	if (rv == ri)
		return at + offset == from && !alias_turns(a, into);
	if (shift < 0)
		return false;
	if (cv->region != REGION_WORKSPACE && ci->region != REGION_WORKSPACE)
		return false;
	if (cv->region == REGION_OUTPUT && (shift != 0 || cv->size < ci->size))
		return false; /* the caller's buffer holds the output and no more */
	if (ci->region == REGION_OUTPUT && shift + cv->size > ci->size)
		return false;
	if (cv->region != REGION_WORKSPACE) {
		ci->region = cv->region;
		ci->index = cv->index;
	}
	a->of[rv].turns = alias_turns(a, into);
	a->of[rv].parent = ri;
	a->of[rv].offset = shift;
	if (shift + cv->size > ci->size)
		ci->size = shift + cv->size;
	if (cv->align > ci->align)
		ci->align = cv->align;
	if (cv->first < ci->first)
		ci->first = cv->first;
	if (cv->last > ci->last)
		ci->last = cv->last;
	return true;
}

/* Axes of size 1 add nothing to an offset whatever their stride. */
static const struct tir *single_to_zero(struct tir_builder *b, const struct tir *var, void *data)
{
	(void)data;
	return var->u.var.extent == 1 ? tir_index(b, 0) : var;
}

static bool row_major(struct unit *u, const struct value *v)
{
	dim want = 1, strides[RANK_MAX], origin;

	value_strides(u, v, strides, &origin);
	if (origin != 0)
		return false;
	for (int a = v->shape.rank - 1; a >= 0; a--) {
		if (v->shape.d[a] != 1 && strides[a] != want)
			return false;
		want = dim_mul(u, want, v->shape.d[a]);
	}
	return true;
}

static bool copy_is_alias(struct unit *u, const struct tir_stage *s, const struct value *in,
			  const struct value *out, int64_t *offset)
{
	struct tir_builder b;
	struct tir_map map = { .var = single_to_zero };
	const struct tir *idx[RANK_MAX], *from[RANK_MAX], *delta;
	struct tir_stage own;

	if (s->value->kind != TIR_LOAD || s->value->u.load.rank != in->shape.rank ||
	    in->type != s->type)
		return false;
	tir_builder_init(&b, u, NULL);
	tir_import(&b, s, NULL, &own);
	for (int a = 0; a < s->rank; a++)
		idx[a] = tir_rebuild(&b, own.vars[a], &map);
	for (int a = 0; a < in->shape.rank; a++)
		from[a] = tir_rebuild(&b, own.value->u.load.idx[a], &map);
	delta = tir_sub(&b, value_offset(&b, in, from), value_offset(&b, out, idx));
	if (delta->kind != TIR_INT || delta->u.i < 0)
		return false;
	*offset = delta->u.i * (int64_t)dtype_size(in->type);
	return true;
}

bool node_is_alias(struct unit *u, const struct node *n, int64_t *offset)
{
	const struct tir_stage *s = loops_stage(n);
	const struct value *in = node_in(n, 0), *out = node_out(n, 0);

	*offset = 0;
	if (n->kernel || !in || !out)
		return false;
	if (n->op->flags & OP_VIEW)
		return row_major(u, in) && row_major(u, out) && in->type == out->type;
	if (!s || ((const struct loops_attrs *)n->attrs)->must_copy)
		return false;
	return n->n_in == 1 && copy_is_alias(u, s, in, out, offset);
}

struct in_place {
	int slot;
	const struct tir_stage *s;
	bool ok;
	const struct tir *seen[2048];
	int n;
};

/* Every load of the slot must be at the very point that is written. */
static void check_loads(struct in_place *p, const struct tir *e)
{
	if (!e || !p->ok || !e->has_load)
		return;
	for (int i = 0; i < p->n; i++)
		if (p->seen[i] == e)
			return;
	if (p->n == (int)ARRAY_LEN(p->seen)) {
		p->ok = false;
		return;
	}
	p->seen[p->n++] = e;
	if (e->kind == TIR_LOAD) {
		if (e->u.load.slot == p->slot) {
			p->ok = e->u.load.rank == p->s->rank;
			for (int a = 0; p->ok && a < p->s->rank; a++)
				p->ok = e->u.load.idx[a] == p->s->vars[a] ||
					(p->s->vars[a]->u.var.extent == 1 &&
					 e->u.load.idx[a]->kind == TIR_INT);
		}
		for (int a = 0; a < e->u.load.rank; a++)
			check_loads(p, e->u.load.idx[a]);
		return;
	}
	check_loads(p, e->a);
	check_loads(p, e->b);
	check_loads(p, e->c);
}

int stage_in_place_slot(struct unit *u, const struct tir_stage *s, const uint32_t *slots,
			int n_slots, const struct value *out, int from)
{
	for (int k = from; k < n_slots; k++) {
		const struct value *in = slots[k] == VALUE_NONE ? NULL : value_of(u, slots[k]);
		struct in_place p = { .slot = k, .s = s, .ok = true };

		if (!in || in->constant || dtype_size(in->type) != dtype_size(out->type) ||
		    !shape_equal(&in->shape, &out->shape) ||
		    !layout_equal(&in->layout, &out->layout, in->shape.rank))
			continue;
		check_loads(&p, s->value);
		if (p.ok)
			return k;
	}
	return -1;
}
