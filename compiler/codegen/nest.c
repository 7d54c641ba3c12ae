/* A stage becomes a loop nest: loops in the order of the output's storage, adjacent ones merged
 * where every access allows. */
#include "emit.h"

#include <string.h>

/* ---- storage: multi-axis loads become offsets ---------------------------------------- */

struct flatten {
	const uint32_t *slots;
};

static const struct tir *flat_load(struct tir_builder *b, const struct tir *load,
				   const struct tir *const *idx, void *data)
{
	const struct flatten *f = data;
	const struct value *v = value_of(b->u, f->slots[load->u.load.slot]);
	const struct tir *offset = value_offset(b, v, idx);

	return tir_load_typed(b, load->u.load.slot, load->type, 1, &offset);
}

/* ---- merging loops ------------------------------------------------------------------- */

enum { WALK_MAX = 4096 };

struct walk {
	const struct tir *seen[WALK_MAX];
	int n;
	const struct tir *outer, *inner; /* the loops that may merge */
	bool ok;
};

static int64_t scale_of(const struct affine *a, const struct tir *var)
{
	for (int i = 0; i < a->n; i++)
		if (a->term[i].var == var)
			return a->term[i].scale;
	return 0;
}

static bool offset_merges(const struct tir *offset, const struct tir *outer,
			  const struct tir *inner)
{
	struct affine a;

	return tir_affine_of(offset, &a) &&
	       scale_of(&a, outer) == scale_of(&a, inner) * inner->u.var.extent;
}

/* Every use of the two variables must be inside a load's affine offset that steps through both as
 * one. */
static void check_uses(struct walk *w, const struct tir *e)
{
	if (!e || !w->ok)
		return;
	for (int i = 0; i < w->n; i++)
		if (w->seen[i] == e)
			return;
	if (w->n == WALK_MAX || e == w->outer || e == w->inner) {
		w->ok = false;
		return;
	}
	w->seen[w->n++] = e;
	if (e->kind == TIR_LOAD) {
		if (!offset_merges(e->u.load.idx[0], w->outer, w->inner))
			check_uses(w, e->u.load.idx[0]);
		return;
	}
	check_uses(w, e->a);
	check_uses(w, e->b);
	check_uses(w, e->c);
}

struct merge {
	const struct tir *outer, *inner, *both;
};

static const struct tir *merged_var(struct tir_builder *b, const struct tir *var, void *data)
{
	const struct merge *m = data;

	return var == m->outer ? tir_index(b, 0) : var == m->inner ? m->both : var;
}

/* Loops k and k+1 of n as one, when nothing tells them apart. */
static bool merge_pair(struct tir_builder *b, struct nest *n, int k)
{
	struct merge m = { n->vars[k], n->vars[k + 1], NULL };
	struct walk w = { .outer = m.outer, .inner = m.inner, .ok = true };
	struct tir_map map = { .var = merged_var, .data = &m };

	if (!dim_is_const(m.outer->u.var.extent) || !dim_is_const(m.inner->u.var.extent) ||
	    !offset_merges(n->offset, m.outer, m.inner))
		return false;
	check_uses(&w, n->value);
	if (!w.ok)
		return false;
	m.both = tir_var(b, m.outer->u.var.extent * m.inner->u.var.extent, m.inner->u.var.name);
	n->offset = tir_rebuild(b, n->offset, &map);
	n->value = tir_rebuild(b, n->value, &map);
	n->vars[k] = m.both;
	memmove(&n->vars[k + 1], &n->vars[k + 2], (size_t)(n->n - k - 2) * sizeof n->vars[0]);
	n->n--;
	return true;
}

/* A loop that runs once: its variable is 0. */
static const struct tir *zero_var(struct tir_builder *b, const struct tir *var, void *data)
{
	const struct nest *n = data;

	for (int i = 0; i < n->n; i++)
		if (n->vars[i] == var && var->u.var.extent == 1)
			return tir_index(b, 0);
	return var;
}

static void drop_single(struct tir_builder *b, struct nest *n)
{
	struct tir_map map = { .var = zero_var, .data = n };
	int kept = 0;

	n->value = tir_rebuild(b, n->value, &map);
	n->offset = tir_rebuild(b, n->offset, &map);
	for (int i = 0; i < n->n; i++)
		if (n->vars[i]->u.var.extent != 1)
			n->vars[kept++] = n->vars[i];
	n->n = kept;
}

/* Takes variable `row` out of the loops: the step's function is told it, and its pointer to the output. */
static void set_row(struct tir_builder *b, struct nest *n, const struct tir *row)
{
	struct merge m = { .outer = row };
	struct tir_map map = { .var = merged_var, .data = &m };
	int kept = 0;

	for (int i = 0; i < n->n; i++)
		if (n->vars[i] != row)
			n->vars[kept++] = n->vars[i];
	n->n = kept;
	n->row = row;
	n->offset = tir_rebuild(b, n->offset, &map);
}

void nest_make(struct tir_builder *b, const struct tir_stage *s, const uint32_t *slots,
	       const struct value *out, int row_axis, struct nest *n)
{
	struct flatten f = { slots };
	struct tir_map map = { .load = flat_load, .data = &f };
	struct tir_stage own;

	tir_import(b, s, NULL, &own);
	s = &own;
	n->type = s->type;
	n->n = s->rank;
	for (int k = 0; k < s->rank; k++)
		n->vars[k] = s->vars[out->layout.order[k]];
	n->offset = value_offset(b, out, s->vars);
	n->value = tir_rebuild(b, s->value, &map);
	n->row = NULL;
	if (row_axis >= 0)
		set_row(b, n, s->vars[row_axis]);
	drop_single(b, n);
	for (int k = n->n - 2; k >= 0; k--)
		merge_pair(b, n, k);
}
