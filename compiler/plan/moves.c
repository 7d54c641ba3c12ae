/* Which steps can compute some rows of their output, and which rows of their inputs that takes.
 *
 * A row is what an image has at one height: index ROW_AXIS of a tensor of rank 4, one image only. */
#include "moves.h"

static bool is_image(const struct value *v)
{
	return v->shape.rank == ROW_RANK && v->shape.d[0] == 1 &&
	       dim_is_const(v->shape.d[ROW_AXIS]);
}

static int64_t axis_bytes(struct unit *u, const struct value *v, int axis)
{
	dim strides[RANK_MAX], origin;

	value_strides(u, v, strides, &origin);
	return strides[axis] * (int64_t)dtype_size(v->type);
}

struct list {
	VEC(struct move) moves;
	bool ok;
};

/* A value that is used twice must move in one way. */
static void add(struct unit *u, struct list *l, struct move m)
{
	const struct value *v = m.value == VALUE_NONE ? NULL : value_of(u, m.value);

	if (!v || (v->constant && !m.row))
		return;
	for (size_t i = 0; i < l->moves.n; i++) {
		const struct move *o = &l->moves.p[i];

		if (o->value != m.value)
			continue;
		l->ok &= o->row == m.row && o->stride == m.stride && o->pad == m.pad &&
			 o->reach == m.reach;
		return;
	}
	vec_push(u->arena, &l->moves, m);
}

/* Row for row. */
static struct move same_row(uint32_t id, int64_t row)
{
	return (struct move){ .value = id, .row = row, .stride = 1, .reach = 1 };
}

/* -- loops and tails --------------------------------------------------------------------------- */

enum { SEEN_MAX = 2048, STILL = -1, UNSEEN = -2 };

struct walk {
	const struct tir *row;
	int axis[64]; /* by slot: which axis of it moves */
	bool ok;
	const struct tir *seen[SEEN_MAX];
	int n;
};

static void walk(struct walk *w, const struct tir *e);

static void walk_load(struct walk *w, const struct tir *e)
{
	const int slot = e->u.load.slot;
	int axis = STILL;

	for (int a = 0; a < e->u.load.rank && w->ok; a++) {
		if (e->u.load.idx[a] != w->row) {
			walk(w, e->u.load.idx[a]);
			continue;
		}
		w->ok = axis == STILL;
		axis = a;
	}
	if (slot >= (int)ARRAY_LEN(w->axis) || (w->axis[slot] != UNSEEN && w->axis[slot] != axis))
		w->ok = false;
	else
		w->axis[slot] = axis;
}

/* Every use of the row's variable must be an index of a load by itself. */
static void walk(struct walk *w, const struct tir *e)
{
	if (!e || !w->ok)
		return;
	for (int i = 0; i < w->n; i++)
		if (w->seen[i] == e)
			return;
	if (w->n == SEEN_MAX || e == w->row) {
		w->ok = false;
		return;
	}
	w->seen[w->n++] = e;
	if (e->kind == TIR_LOAD) {
		walk_load(w, e);
		return;
	}
	walk(w, e->a);
	walk(w, e->b);
	walk(w, e->c);
}

/* Slots from `from` on of a stage whose output is an image. */
static void add_slots(struct unit *u, struct list *l, const struct step *s,
		      const struct tir_stage *stage, int from)
{
	struct walk w = { .row = stage->vars[ROW_AXIS], .ok = true };

	for (size_t k = 0; k < ARRAY_LEN(w.axis); k++)
		w.axis[k] = UNSEEN;
	walk(&w, stage->value);
	l->ok &= w.ok;
	for (int k = from; k < s->n_slots && l->ok; k++) {
		const uint32_t id = s->slots[k];
		int axis;

		if (!id)
			continue;
		axis = k < (int)ARRAY_LEN(w.axis) ? w.axis[k] : UNSEEN;
		if (axis >= 0)
			add(u, l, same_row(id, axis_bytes(u, value_of(u, id), axis)));
		else
			add(u, l, (struct move){ .value = id });
	}
}

/* -- kernels ----------------------------------------------------------------------------------- */

static bool constant_sizes(const struct call *c)
{
	for (size_t i = 0; i < c->fields.n; i++)
		if (!c->fields.p[i].number && !c->fields.p[i].is_float &&
		    !dim_is_const(c->fields.p[i].i))
			return false;
	return true;
}

/* Input k of a kernel that has pixels (oh), or is a sum of images (h). */
static void add_argument(struct unit *u, struct list *l, const struct call *c, size_t k)
{
	const struct arg *a = &c->args.p[k];
	const struct value *v;
	struct move m;

	if (a->kind != ARG_VALUE || a->output || value_of(u, a->value)->constant)
		return;
	v = value_of(u, a->value);
	if (!is_image(v) || (call_field(c, "oh") && k > 0)) {
		l->ok = false;
		return;
	}
	m = same_row(a->value, axis_bytes(u, v, ROW_AXIS));
	if (call_field(c, "oh")) {
		m.stride = call_number(c, "sh");
		m.pad = call_number(c, "pt");
		m.reach = (call_number(c, "kh") - 1) * call_number(c, "dh") + 1;
	}
	add(u, l, m);
}

static void add_kernel_moves(struct unit *u, struct list *l, const struct step *s)
{
	const struct call *c = &s->call;

	l->ok = (s->kernel->rows || s->kernel->bands) && !s->kernel->block && !c->result &&
		constant_sizes(c) && call_number(c, "n") == 1 && !call_number(c, "x_halo") &&
		(call_field(c, "oh") || call_field(c, "h"));
	for (size_t k = 0; k < c->args.n && l->ok; k++)
		add_argument(u, l, c, k);
	if (s->tail && l->ok)
		add_slots(u, l, s, s->tail, 1);
}

struct band *step_moves(struct unit *u, const struct step *s)
{
	struct list l = { .ok = true };
	struct band *b;
	const struct value *out =
		s->n_outputs == 1 && s->outputs[0] ? value_of(u, s->outputs[0]) : NULL;

	if (!out || !is_image(out) || out->shape.d[ROW_AXIS] < 2)
		return NULL;
	if (s->kind == STEP_KERNEL)
		add_kernel_moves(u, &l, s);
	else if (s->kind == STEP_LOOPS && s->n_stages == 1)
		add_slots(u, &l, s, s->stages, 0);
	else
		return NULL;
	add(u, &l, same_row(out->id, axis_bytes(u, out, ROW_AXIS)));
	if (!l.ok || l.moves.p[l.moves.n - 1].value != out->id)
		return NULL;
	b = arena_new(u->arena, struct band);
	b->moves = l.moves.p;
	b->n_moves = (int)l.moves.n;
	b->rows = out->shape.d[ROW_AXIS];
	return b;
}

bool reads_in_place(struct unit *u, const struct step *s, const struct move *m)
{
	const struct tir_stage *stage = s->kind == STEP_LOOPS ? s->stages : s->tail;

	if (m->stride != 1 || m->pad || m->reach != 1)
		return false;
	if (s->kind == STEP_KERNEL && s->call.in_place)
		return true;
	if (step_has_argument(s, m->value))
		return false;
	for (int k = s->tail ? 1 : 0; stage && k < s->n_slots; k++)
		if (s->slots[k] == m->value)
			return stage_in_place_slot(u, stage, s->slots, s->n_slots,
						   value_of(u, s->outputs[0]), k) == k;
	return false;
}

/* -- one row ----------------------------------------------------------------------------------- */

static const struct tir *first_row(struct tir_builder *b, const struct tir *var, void *data)
{
	return var == data ? tir_index(b, 0) : var;
}

void step_do_one_row(struct unit *u, struct step *s)
{
	struct tir_builder b;
	struct tir_map map = { .var = first_row };
	struct tir_stage *row = arena_new(u->arena, struct tir_stage);

	tir_builder_init(&b, u, NULL);
	tir_import(&b, s->stages, NULL, row);
	map.data = (void *)row->vars[ROW_AXIS];
	row->value = tir_rebuild(&b, row->value, &map);
	row->vars[ROW_AXIS] = tir_var(&b, 1, "row");
	s->stages = row;
}
