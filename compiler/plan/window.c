/* Which rows of an input loops read for a row of their output: index expressions, as intervals, at
 * every row, and the narrowest window of an even pace over all of them. */
#include "moves.h"

enum {
	LARGE = 1 << 30, /* sums and products of two stay far from the ends of 64 bits */
	TABLE = 4096,    /* elements of a constant that an index is looked up in */
	PACE_MAX = 8,    /* rows of the input to one of the output, or the other way */
	EFFORT = 1 << 21 /* expressions looked at for all rows of an input */
};

struct interval {
	int64_t lo, hi; /* none: lo > hi */
};

struct reader {
	struct unit *u;
	const struct step *s;
	const struct tir *var; /* of the output's rows */
	int64_t row;           /* its value */
	int64_t effort;
	bool ok;
};

static const struct interval nothing = { 0, -1 };

static struct interval both(struct interval a, struct interval b)
{
	if (a.lo > a.hi)
		return b;
	if (b.lo > b.hi)
		return a;
	return (struct interval){ a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi };
}

static struct interval at(struct reader *r, const struct tir *e);

/* All elements of a constant that its indices may name. */
static struct interval looked_up(struct reader *r, const struct tir *load)
{
	const struct value *v = value_of(r->u, r->s->slots[load->u.load.slot]);
	struct interval idx[RANK_MAX], all = nothing;
	int64_t count = 1;

	if (!v->constant || !dtype_is_int(v->type)) {
		r->ok = false;
		return nothing;
	}
	for (int a = 0; a < load->u.load.rank && r->ok; a++) {
		idx[a] = at(r, load->u.load.idx[a]);
		if (idx[a].lo < 0)
			idx[a].lo = 0;
		if (idx[a].hi >= v->shape.d[a])
			idx[a].hi = v->shape.d[a] - 1;
		count *= idx[a].hi - idx[a].lo + 1;
		r->ok &= count > 0 && count <= TABLE;
	}
	for (int64_t k = 0; r->ok && k < count; k++) {
		int64_t rest = k, flat = 0, scale = 1, n;

		for (int a = load->u.load.rank - 1; a >= 0; a--) {
			const int64_t width = idx[a].hi - idx[a].lo + 1;

			flat += (idx[a].lo + rest % width) * scale;
			rest /= width;
			scale *= v->shape.d[a];
		}
		n = constant_i64(v->constant, flat);
		all = both(all, (struct interval){ n, n });
	}
	r->effort -= count;
	return all;
}

static struct interval product(struct interval a, struct interval b)
{
	const struct interval x = { a.lo * b.lo, a.lo * b.lo }, y = { a.lo * b.hi, a.lo * b.hi },
			      z = { a.hi * b.lo, a.hi * b.lo }, w = { a.hi * b.hi, a.hi * b.hi };

	return both(both(x, y), both(z, w));
}

static struct interval quotient(struct reader *r, struct interval a, const struct tir *by)
{
	if (by->kind == TIR_INT && by->u.i > 0)
		return (struct interval){ floor_div(a.lo, by->u.i), floor_div(a.hi, by->u.i) };
	r->ok = false;
	return nothing;
}

static struct interval of_operands(struct reader *r, const struct tir *e)
{
	const struct interval a = at(r, e->a), b = at(r, e->b);

	if (!r->ok)
		return nothing;
	switch (e->kind) {
	case TIR_ADD:
		return (struct interval){ a.lo + b.lo, a.hi + b.hi };
	case TIR_SUB:
		return (struct interval){ a.lo - b.hi, a.hi - b.lo };
	case TIR_MUL:
		return product(a, b);
	case TIR_FLOORDIV:
		return quotient(r, a, e->b);
	case TIR_MIN:
		return (struct interval){ a.lo < b.lo ? a.lo : b.lo, a.hi < b.hi ? a.hi : b.hi };
	default: /* TIR_MAX */
		return (struct interval){ a.lo > b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi };
	}
}

/* What index e may be; r->ok turns false where that is not told. */
static struct interval at(struct reader *r, const struct tir *e)
{
	struct interval i = { e->lo, e->hi };

	r->ok &= r->effort-- > 0 && e->type == DT_INDEX;
	if (!r->ok)
		return nothing;
	switch (e->kind) {
	case TIR_VAR:
		if (e == r->var)
			i.lo = i.hi = r->row;
		break;
	case TIR_ADD:
	case TIR_SUB:
	case TIR_MUL:
	case TIR_FLOORDIV:
	case TIR_MIN:
	case TIR_MAX:
		i = of_operands(r, e);
		break;
	case TIR_CAST:
		if (e->a->kind == TIR_LOAD)
			i = looked_up(r, e->a);
		break;
	case TIR_SELECT:
		i = both(at(r, e->b), at(r, e->c));
		break;
	default: /* its range */
		break;
	}
	r->ok &= i.lo >= -LARGE && i.hi <= LARGE;
	return i;
}

/* ---- loads of one slot ------------------------------------------------------------------------- */

struct loads {
	struct arena *a;
	int slot;
	VEC(const struct tir *) found;
};

static void collect(const struct tir *e, void *data)
{
	struct loads *l = data;

	if (e->kind == TIR_LOAD && e->u.load.slot == l->slot)
		vec_push(l->a, &l->found, e);
}

/* The one axis at which loads of the slot depend on the row; -1: there is none, or another, too. */
static int moving_axis(const struct loads *l, const struct tir *var)
{
	int axis = -1;

	for (size_t k = 0; k < l->found.n; k++)
		for (int a = 0; a < l->found.p[k]->u.load.rank; a++) {
			if (!tir_uses_var(l->found.p[k]->u.load.idx[a], var))
				continue;
			if (axis >= 0 && axis != a)
				return -1;
			axis = a;
		}
	for (size_t k = 0; k < l->found.n && axis >= 0; k++)
		if (!tir_uses_var(l->found.p[k]->u.load.idx[axis], var))
			return -1;
	return axis;
}

/* ---- windows ----------------------------------------------------------------------------------- */

int64_t move_first(const struct move *m, int64_t row)
{
	return floor_div(row * m->stride, m->per) - m->pad;
}

/* The window of m's pace over all rows. */
static void fit(const struct interval *rows, int64_t n, struct move *m)
{
	int64_t last = INT64_MIN;

	m->pad = INT64_MIN;
	for (int64_t k = 0; k < n; k++) {
		const int64_t from = floor_div(k * m->stride, m->per);

		if (rows[k].lo > rows[k].hi)
			continue;
		if (from - rows[k].lo > m->pad)
			m->pad = from - rows[k].lo;
		if (rows[k].hi - from > last)
			last = rows[k].hi - from;
	}
	m->reach = m->pad + last + 1;
	if (m->pad == INT64_MIN) /* nothing is read */
		m->pad = m->reach = 0;
}

static void try_pace(const struct interval *rows, int64_t n, int64_t stride, int64_t per,
		     struct move *best)
{
	struct move m = *best;

	m.stride = stride;
	m.per = per;
	fit(rows, n, &m);
	if (!best->per || m.reach < best->reach)
		*best = m;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
	while (b) {
		const int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static void find_pace(const struct interval *rows, int64_t n, int64_t in, struct move *m)
{
	const int64_t common = common_divisor(in, n);

	for (int64_t k = 1; k <= PACE_MAX; k++)
		try_pace(rows, n, k, 1, m);
	for (int64_t k = 2; k <= PACE_MAX; k++)
		try_pace(rows, n, 1, k, m);
	if (n / common <= PACE_MAX)
		try_pace(rows, n, in / common, n / common, m);
}

int slot_window(struct unit *u, const struct step *s, const struct tir_stage *stage, int axis,
		int slot, struct move *out)
{
	struct loads l = { .a = u->arena, .slot = slot };
	struct reader r = {
		.u = u, .s = s, .var = stage->vars[axis], .effort = EFFORT, .ok = true
	};
	const int64_t n = r.var->u.var.extent;
	struct interval *rows = arena_array(u->arena, struct interval, (size_t)n);
	int64_t in;
	int own;

	*out = (struct move){ .value = s->slots[slot] };
	tir_each(stage->value, collect, &l);
	own = moving_axis(&l, r.var);
	if (own < 0)
		return -1;
	in = value_of(u, s->slots[slot])->shape.d[own];
	for (r.row = 0; r.row < n; r.row++) {
		rows[r.row] = nothing;
		for (size_t k = 0; k < l.found.n && r.ok; k++)
			rows[r.row] = both(rows[r.row], at(&r, l.found.p[k]->u.load.idx[own]));
		if (!r.ok)
			return -1;
		if (rows[r.row].lo < 0) /* what is outside is not read */
			rows[r.row].lo = 0;
		if (rows[r.row].hi >= in)
			rows[r.row].hi = in - 1;
	}
	find_pace(rows, n, in, out);
	return out->reach < in ? own : -1;
}
