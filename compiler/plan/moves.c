/* Which steps can compute some rows of their output, and which rows of their inputs that takes.
 *
 * A row is what an image has at one height, or where it has one only (a signal) at one place. */
#include "moves.h"

/* The axis of v, a single image or signal, whose elements are rows; -1: v is none. */
static int row_axis(const struct value *v)
{
	const struct shape *s = &v->shape;

	if (s->rank < 3 || s->rank > 4 || s->d[0] != 1 || !dim_is_const(s->d[2]))
		return -1;
	return s->rank == 4 && s->d[2] == 1 && dim_is_const(s->d[3]) ? 3 : 2;
}

static int64_t axis_bytes(struct unit *u, const struct value *v, int axis)
{
	dim strides[RANK_MAX], origin;

	value_strides(u, v, strides, &origin);
	return strides[axis] * (int64_t)dtype_size(v->type);
}

enum { SLOTS_MAX = 64 };

struct list {
	VEC(struct move) moves;
	const struct value *out;
	int axis; /* of out */
	bool ok;
};

/* A value that is used twice must move in one way. */
static void add(struct unit *u, struct list *l, struct move m)
{
	if (m.value == VALUE_NONE)
		return;
	for (size_t i = 0; i < l->moves.n; i++) {
		const struct move *o = &l->moves.p[i];

		if (o->value != m.value)
			continue;
		l->ok &= o->row == m.row && o->stride == m.stride && o->per == m.per &&
			 o->pad == m.pad && o->reach == m.reach;
		return;
	}
	vec_push(u->arena, &l->moves, m);
}

/* Row for row. */
static struct move same_row(uint32_t id, int64_t row)
{
	return (struct move){ .value = id, .row = row, .stride = 1, .per = 1, .reach = 1 };
}

static bool is_same_row(const struct move *m)
{
	return m->stride == 1 && m->per == 1 && m->pad == 0 && m->reach == 1;
}

/* -- loops and tails --------------------------------------------------------------------------- */

/* How slot k of a stage moves. */
static struct move slot_move(struct unit *u, const struct step *s, const struct tir_stage *stage,
			     int axis, int k, int *own)
{
	struct move m;

	*own = slot_window(u, s, stage, axis, k, &m);
	if (*own >= 0)
		m.row = axis_bytes(u, value_of(u, s->slots[k]), *own);
	else
		m = (struct move){ .value = s->slots[k] };
	return m;
}

/* Loops know which row they do: constants stay where they are. */
static void add_slots(struct unit *u, struct list *l, const struct step *s)
{
	int own;

	l->ok = s->n_slots <= SLOTS_MAX;
	for (int k = 0; k < s->n_slots && l->ok; k++)
		if (s->slots[k] && !value_of(u, s->slots[k])->constant)
			add(u, l, slot_move(u, s, s->stages, l->axis, k, &own));
}

struct tail_row {
	const struct step *s;
	const struct tir *var;
	int axis[SLOTS_MAX]; /* by slot: which axis of it moves, -1: none */
};

static const struct tir *at_first_row(struct tir_builder *b, const struct tir *load,
				      const struct tir *const *idx, void *data)
{
	const struct tail_row *t = data;
	const int axis = t->axis[load->u.load.slot];
	const struct tir *own[RANK_MAX];

	for (int a = 0; a < load->u.load.rank; a++)
		own[a] = a == axis && load->u.load.idx[a] == t->var ? tir_index(b, 0) : idx[a];
	return tir_load_typed(b, load->u.load.slot, load->type, load->u.load.rank, own);
}

/* A tail knows no rows: its pointers move, those of constants, too. Slot 0 is the kernel's result. */
static void add_tail(struct unit *u, struct list *l, const struct step *s)
{
	struct tail_row t = { .s = s, .var = s->tail->vars[l->axis] };
	struct tir_map map = { .load = at_first_row, .data = &t };
	struct tir_builder b;
	struct tir_stage own;

	l->ok &= s->n_slots <= SLOTS_MAX;
	t.axis[0] = l->axis;
	for (int k = 1; k < s->n_slots && l->ok; k++) {
		struct move m = { 0 };

		t.axis[k] = -1;
		if (s->slots[k])
			m = slot_move(u, s, s->tail, l->axis, k, &t.axis[k]);
		l->ok &= !m.row || is_same_row(&m);
		if (m.row || !s->slots[k] || !value_of(u, s->slots[k])->constant)
			add(u, l, m);
	}
	if (!l->ok)
		return;
	tir_builder_init(&b, u, NULL);
	tir_import(&b, s->tail, NULL, &own);
	t.var = own.vars[l->axis];
	l->ok = !tir_uses_var(tir_rebuild(&b, own.value, &map), t.var);
}

/* -- kernels ----------------------------------------------------------------------------------- */

const struct row_fields *row_fields(const struct call *c)
{
	static const struct row_fields windows[] = { { "oh", "ih", "pt", "sh", "kh", "dh" },
						     { "ow", "iw", "pl", "sw", "kw", "dw" } };
	static const struct row_fields sums[] = { { .out = "h" }, { .out = "w" } };
	const bool wide = call_number(c, call_field(c, "oh") ? "oh" : "h") == 1;

	return call_field(c, "oh") ? &windows[wide] : call_field(c, "h") ? &sums[wide] : NULL;
}

static bool constant_sizes(const struct call *c)
{
	for (size_t i = 0; i < c->fields.n; i++)
		if (!c->fields.p[i].number && !c->fields.p[i].is_float &&
		    !dim_is_const(c->fields.p[i].i))
			return false;
	return true;
}

/* Input k of a kernel that has pixels, or is a sum of images. */
static void add_argument(struct unit *u, struct list *l, const struct call *c, size_t k)
{
	const struct arg *a = &c->args.p[k];
	const struct row_fields *f = row_fields(c);
	const struct value *v;
	struct move m;

	if (a->kind != ARG_VALUE || a->output)
		return;
	v = value_of(u, a->value);
	if (f->in && k > 0) { /* weights */
		l->ok &= v->constant != NULL;
		return;
	}
	if (v->shape.rank != l->out->shape.rank || v->shape.d[0] != 1 ||
	    (!f->in && v->shape.d[l->axis] != l->out->shape.d[l->axis])) {
		l->ok = false;
		return;
	}
	m = same_row(a->value, axis_bytes(u, v, l->axis));
	if (f->in) {
		m.stride = call_number(c, f->stride);
		m.pad = call_number(c, f->pad);
		m.reach = (call_number(c, f->kernel) - 1) * call_number(c, f->dilation) + 1;
	}
	add(u, l, m);
}

static void add_kernel_moves(struct unit *u, struct list *l, const struct step *s)
{
	const struct call *c = &s->call;
	const struct row_fields *f = row_fields(c);

	l->ok = (s->kernel->rows || s->kernel->bands) && !s->kernel->block && !c->result &&
		constant_sizes(c) && call_number(c, "n") == 1 && !call_number(c, "x_halo") && f &&
		call_number(c, f->out) == l->out->shape.d[l->axis];
	for (size_t k = 0; k < c->args.n && l->ok; k++)
		add_argument(u, l, c, k);
	if (s->tail && l->ok)
		add_tail(u, l, s);
}

struct band *step_moves(struct unit *u, const struct step *s)
{
	struct list l = { .ok = true };
	struct band *b;
	const struct value *out =
		s->n_outputs == 1 && s->outputs[0] ? value_of(u, s->outputs[0]) : NULL;

	l.out = out;
	l.axis = out ? row_axis(out) : -1;
	if (l.axis < 0 || out->shape.d[l.axis] < 2)
		return NULL;
	if (s->kind == STEP_KERNEL)
		add_kernel_moves(u, &l, s);
	else if (s->kind == STEP_LOOPS && s->n_stages == 1)
		add_slots(u, &l, s);
	else
		return NULL;
	add(u, &l, same_row(out->id, axis_bytes(u, out, l.axis)));
	if (!l.ok || l.moves.p[l.moves.n - 1].value != out->id)
		return NULL;
	b = arena_new(u->arena, struct band);
	b->moves = l.moves.p;
	b->n_moves = (int)l.moves.n;
	b->axis = l.axis;
	b->rows = out->shape.d[l.axis];
	return b;
}

bool reads_in_place(struct unit *u, const struct step *s, const struct move *m)
{
	const struct tir_stage *stage = s->kind == STEP_LOOPS ? s->stages : s->tail;

	if (!is_same_row(m))
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

/* -- rows from where a pointer is ---------------------------------------------------------------- */

struct rebase {
	const struct tir *row;
	struct move moves[SLOTS_MAX]; /* by slot */
	int axis[SLOTS_MAX];
};

static const struct tir *rebased(struct tir_builder *b, const struct tir *load,
				 const struct tir *const *idx, void *data)
{
	const struct rebase *r = data;
	const int slot = load->u.load.slot, axis = r->axis[slot];
	const struct move *m = &r->moves[slot];
	const struct tir *first, *own[RANK_MAX];

	if (!m->row)
		return NULL;
	first = tir_affine(b, r->row, m->stride, 0);
	first = tir_affine(b, tir_floordiv(b, first, tir_index(b, m->per)), 1, -m->pad);
	for (int a = 0; a < load->u.load.rank; a++)
		own[a] = idx[a];
	own[axis] = tir_sub(b, idx[axis], tir_max(b, first, tir_index(b, 0)));
	return tir_load_typed(b, slot, load->type, load->u.load.rank, own);
}

void step_rebase(struct unit *u, struct step *s)
{
	struct rebase *r = arena_new(u->arena, struct rebase);
	struct tir_builder b;
	struct tir_map map = { .load = rebased, .data = r };
	struct tir_stage *own = arena_new(u->arena, struct tir_stage);

	for (int k = 0; k < s->n_slots; k++)
		if (s->slots[k] && !value_of(u, s->slots[k])->constant)
			r->moves[k] = slot_move(u, s, s->stages, s->band->axis, k, &r->axis[k]);
	tir_builder_init(&b, u, NULL);
	tir_import(&b, s->stages, NULL, own);
	r->row = own->vars[s->band->axis];
	own->value = tir_rebuild(&b, own->value, &map);
	s->stages = own;
}
