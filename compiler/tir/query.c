/* Questions about expressions that fusion, selection and reports ask. */
#include "tir.h"

#include "internal.h"

struct walk {
	void (*f)(const struct tir *e, void *data);
	void *data;
	unsigned char *seen; /* by id */
};

static void walk(struct walk *w, const struct tir *e)
{
	if (!e || w->seen[e->id])
		return;
	w->seen[e->id] = 1;
	walk(w, e->a);
	walk(w, e->b);
	walk(w, e->c);
	if (e->kind == TIR_LOAD)
		for (int i = 0; i < e->u.load.rank; i++)
			walk(w, e->u.load.idx[i]);
	w->f(e, w->data);
}

void tir_each(const struct tir *e, void (*f)(const struct tir *e, void *data), void *data)
{
	struct arena tmp = { 0 };
	struct walk w = { f, data, arena_alloc(&tmp, (size_t)e->id + 1) };
	walk(&w, e);
	arena_free(&tmp);
}

struct query {
	const struct tir *var;
	const struct tir_stage *stage;
	int slot;
	int64_t count;
	bool holds;
	struct arena *arena;
	VEC(int) slots;
};

static void see_var(const struct tir *e, void *data)
{
	struct query *q = data;
	q->holds |= e == q->var;
}

bool tir_uses_var(const struct tir *e, const struct tir *var)
{
	struct query q = { .var = var };
	if (e->has_var && e->id >= var->id)
		tir_each(e, see_var, &q);
	return q.holds;
}

static void see_size(const struct tir *e, void *data)
{
	struct query *q = data;

	q->holds |= e->kind == TIR_DIM;
	for (int i = 0; e->kind == TIR_REDUCE && i < e->u.reduce.n; i++)
		q->holds |= !dim_is_const(e->u.reduce.vars[i]->u.var.extent);
}

bool tir_uses_sizes(const struct tir *e)
{
	struct query q = { 0 };

	tir_each(e, see_size, &q);
	return q.holds;
}

static void see_slot(const struct tir *e, void *data)
{
	struct query *q = data;
	q->count += e->kind == TIR_LOAD && e->u.load.slot == q->slot;
}

int64_t tir_load_count(const struct tir *e, int slot)
{
	struct query q = { .slot = slot };
	if (e->has_load)
		tir_each(e, see_slot, &q);
	return q.count;
}

bool tir_uses_slot(const struct tir *e, int slot)
{
	return tir_load_count(e, slot) > 0;
}

/* Inserts the load's slot into the ascending list. */
static void list_slot(const struct tir *e, void *data)
{
	struct query *q = data;
	if (e->kind != TIR_LOAD)
		return;
	size_t at = 0;
	while (at < q->slots.n && q->slots.p[at] < e->u.load.slot)
		at++;
	if (at < q->slots.n && q->slots.p[at] == e->u.load.slot)
		return;
	vec_push(q->arena, &q->slots, 0);
	for (size_t i = q->slots.n - 1; i > at; i--)
		q->slots.p[i] = q->slots.p[i - 1];
	q->slots.p[at] = e->u.load.slot;
}

int tir_slots(const struct tir *e, int *out, int cap)
{
	struct arena tmp = { 0 };
	struct query q = { .arena = &tmp };
	tir_each(e, list_slot, &q);
	int n = (int)q.slots.n;
	for (int i = 0; out && i < n && i < cap; i++)
		out[i] = q.slots.p[i];
	arena_free(&tmp);
	return n;
}

static void count_operation(const struct tir *e, void *data)
{
	struct query *q = data;
	q->count += e->kind > TIR_LOAD;
}

int64_t tir_count(const struct tir *e)
{
	struct query q = { 0 };
	tir_each(e, count_operation, &q);
	return q.count;
}

/* -- the size of the text ------------------------------------------------------------------ */

#define MOST_TEXT ((int64_t)1 << 40)

struct text_walk {
	unsigned char *always; /* by id: outside every select's branches */
	int64_t *size;         /* by id: of the text where it stands without a name */
	int64_t named;         /* of all that has a name */
};

static void mark_always(struct text_walk *w, const struct tir *e)
{
	if (!e || w->always[e->id])
		return;
	w->always[e->id] = 1;
	mark_always(w, e->a);
	if (e->kind == TIR_SELECT)
		return;
	if (e->type != DT_BOOL || (e->kind != TIR_AND && e->kind != TIR_OR))
		mark_always(w, e->b);
	for (int i = 0; e->kind == TIR_LOAD && i < e->u.load.rank; i++)
		mark_always(w, e->u.load.idx[i]);
}

static int64_t size_within(const struct text_walk *w, const struct tir *e)
{
	return e ? w->size[e->id] : 0;
}

static void add_text(const struct tir *e, void *data)
{
	struct text_walk *w = data;
	int64_t size = 1 + size_within(w, e->a) + size_within(w, e->b) + size_within(w, e->c);

	for (int i = 0; e->kind == TIR_LOAD && i < e->u.load.rank; i++)
		size += size_within(w, e->u.load.idx[i]);
	size = size < MOST_TEXT ? size : MOST_TEXT;
	w->size[e->id] = size;
	if (!w->always[e->id] || (e->type == DT_INDEX && !e->has_load))
		return;
	w->named += size < MOST_TEXT - w->named ? size : MOST_TEXT - w->named;
	w->size[e->id] = 1;
}

int64_t tir_text_size(const struct tir *e)
{
	struct arena tmp = { 0 };
	size_t n = (size_t)e->id + 1;
	struct text_walk w = { arena_alloc(&tmp, n), arena_array(&tmp, int64_t, n), 0 };
	int64_t size;

	mark_always(&w, e);
	tir_each(e, add_text, &w);
	size = w.named + w.size[e->id];
	arena_free(&tmp);
	return size;
}

static void check_pointwise(const struct tir *e, void *data)
{
	struct query *q = data;
	if (e->kind != TIR_LOAD || e->u.load.slot != q->slot)
		return;
	q->holds = q->holds && e->u.load.rank == q->stage->rank;
	for (int i = 0; q->holds && i < e->u.load.rank; i++) {
		const struct tir *v = q->stage->vars[i], *x = e->u.load.idx[i];
		q->holds = x == v || (v->u.var.extent == 1 && tir_is_int(x, 0));
	}
}

bool tir_slot_is_pointwise(const struct tir_stage *s, int slot)
{
	struct query q = { .slot = slot, .stage = s, .holds = true };
	tir_each(s->value, check_pointwise, &q);
	return q.holds;
}

bool tir_is_movement(const struct tir_stage *s)
{
	return s->value->kind == TIR_LOAD &&
	       s->value->type == (s->type == DT_INDEX ? s->type : dtype_compute(s->type));
}

/* Of one element of e, shared parts once; *product: that e multiplies elements outside its sums. */
static dim macs(struct unit *u, const struct tir *e, unsigned char *seen, bool *product)
{
	const struct tir *operands[] = { e->a, e->b, e->c };
	bool inside = false;
	dim n = 0;

	if (seen[e->id])
		return 0;
	seen[e->id] = 1;
	for (size_t k = 0; k < ARRAY_LEN(operands); k++)
		if (operands[k])
			n = dim_add(u, n, macs(u, operands[k], seen, &inside));
	if (e->kind != TIR_REDUCE) {
		*product |= inside || (e->kind == TIR_MUL && e->type != DT_INDEX && e->has_load);
		return n;
	}
	if (e->u.reduce.kind == REDUCE_SUM && inside)
		n = dim_add(u, n, 1);
	for (int k = 0; k < e->u.reduce.n; k++)
		n = dim_mul(u, n, e->u.reduce.vars[k]->u.var.extent);
	return n;
}

dim tir_macs(struct unit *u, const struct tir_stage *s)
{
	struct arena tmp = { 0 };
	bool product = false;
	dim n = macs(u, s->value, arena_alloc(&tmp, (size_t)s->value->id + 1), &product);

	arena_free(&tmp);
	for (int i = 0; i < s->rank && n; i++)
		n = dim_mul(u, n, s->vars[i]->u.var.extent);
	return n;
}

bool tir_is_number(const struct tir *e, double *v)
{
	if (e->kind == TIR_FLOAT)
		*v = e->u.f;
	else if (e->kind == TIR_INT)
		*v = e->type == DT_U64 ? (double)(uint64_t)e->u.i : (double)e->u.i;
	else
		return false;
	return true;
}

static bool is_value_of(const struct tir *x, const struct tir *var)
{
	const dim extent = var->u.var.extent;

	return (x->kind == TIR_VAR && x->u.var.extent == extent) ||
	       (dim_is_const(extent) && x->lo >= 0 && x->hi < extent);
}

static bool is_instance(const struct tir *x, const struct tir *y, const struct tir *reduction)
{
	if (x == y)
		return true;
	for (int i = 0; y && i < reduction->u.reduce.n; i++)
		if (y == reduction->u.reduce.vars[i])
			return is_value_of(x, y);
	if (!x || !y || x->kind != y->kind || x->type != y->type || x->kind == TIR_REDUCE ||
	    !y->has_var)
		return false;
	if (x->kind == TIR_LOAD) {
		if (x->u.load.slot != y->u.load.slot || x->u.load.rank != y->u.load.rank)
			return false;
		for (int i = 0; i < x->u.load.rank; i++)
			if (!is_instance(x->u.load.idx[i], y->u.load.idx[i], reduction))
				return false;
		return true;
	}
	return x->kind != TIR_VAR && is_instance(x->a, y->a, reduction) &&
	       is_instance(x->b, y->b, reduction) && is_instance(x->c, y->c, reduction);
}

bool tir_is_reduced(const struct tir *x, const struct tir *reduction)
{
	return is_instance(x, reduction->a, reduction);
}
