/* Dimensions: hash-consing, symbols and ranges. The algebra is in dim_poly.c. */
#include "dim.h"

#include <assert.h>
#include <string.h>

#define DEPTH_MAX 64

/* -- numbers with infinities: INT64_MAX and INT64_MIN stand for them ----------------------- */

static bool infinite(int64_t v)
{
	return v == INT64_MAX || v == INT64_MIN;
}

static int64_t sat_add(int64_t a, int64_t b)
{
	int64_t r;
	if (infinite(a))
		return a;
	if (infinite(b))
		return b;
	return add_i64(a, b, &r) ? r : a < 0 ? INT64_MIN : INT64_MAX;
}

static int64_t sat_mul(int64_t a, int64_t b)
{
	int64_t r;
	if (a == 0 || b == 0)
		return 0;
	if (!infinite(a) && !infinite(b) && mul_i64(a, b, &r))
		return r;
	return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
}

static int64_t min_i64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t max_i64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* -- expressions --------------------------------------------------------------------------- */

const struct dim_expr *dim_expr(const struct unit *u, dim d)
{
	assert(dim_is_expr(d) && (size_t)(-1 - d) < u->dims.n);
	return &u->dims.p[-1 - d];
}

int64_t dim_hi(const struct unit *u, dim d)
{
	return d >= 0 ? d : d == DIM_OVERFLOW ? DIM_UNBOUNDED : dim_expr(u, d)->hi;
}

int64_t dim_lo(const struct unit *u, dim d)
{
	return d >= 0 ? d : d == DIM_OVERFLOW ? INT64_MIN : dim_expr(u, d)->lo;
}

bool dim_is_number(const struct unit *u, dim d, int64_t *v)
{
	if (dim_is_expr(d) && dim_expr(u, d)->kind != DIM_NUMBER)
		return false;
	if (d == DIM_OVERFLOW)
		return false;
	if (v)
		*v = d >= 0 ? d : dim_expr(u, d)->lo;
	return true;
}

/* The range of an operation from its operands' ranges. */
static void set_range(const struct unit *u, struct dim_expr *e)
{
	int64_t al = dim_lo(u, e->a), ah = dim_hi(u, e->a);
	int64_t bl = dim_lo(u, e->b), bh = dim_hi(u, e->b);
	int64_t corner[4];

	switch (e->kind) {
	case DIM_ADD:
		e->lo = sat_add(al, bl);
		e->hi = sat_add(ah, bh);
		break;
	case DIM_MUL:
		corner[0] = sat_mul(al, bl);
		corner[1] = sat_mul(al, bh);
		corner[2] = sat_mul(ah, bl);
		corner[3] = sat_mul(ah, bh);
		e->lo = min_i64(min_i64(corner[0], corner[1]), min_i64(corner[2], corner[3]));
		e->hi = max_i64(max_i64(corner[0], corner[1]), max_i64(corner[2], corner[3]));
		break;
	case DIM_FLOORDIV:
		e->lo = infinite(al) ? al : floor_div(al, bl);
		e->hi = infinite(ah) ? ah : floor_div(ah, bl);
		break;
	case DIM_MAX:
		e->lo = max_i64(al, bl);
		e->hi = max_i64(ah, bh);
		break;
	case DIM_MIN:
		e->lo = min_i64(al, bl);
		e->hi = min_i64(ah, bh);
		break;
	case DIM_SYMBOL:
	case DIM_ELEMENT:
	case DIM_SIZE:
	case DIM_NUMBER:
		break; /* not computed */
	}
}

bool dim_is_leaf(enum dim_kind k)
{
	return k == DIM_SYMBOL || k == DIM_ELEMENT || k == DIM_SIZE || k == DIM_NUMBER;
}

static int depth_of(const struct unit *u, dim d)
{
	return dim_is_expr(d) ? dim_expr(u, d)->depth : 0;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t hash(const struct dim_expr *e)
{
	uint64_t h = mix((uint64_t)e->kind, (uint64_t)e->a);
	h = mix(mix(h, (uint64_t)e->b), e->value);
	h = mix(h, (uint64_t)e->element);
	for (const char *s = e->name; s && *s; s++)
		h = mix(h, (uint8_t)*s);
	return h;
}

static bool same(const struct dim_expr *x, const struct dim_expr *y)
{
	return x->kind == y->kind && x->a == y->a && x->b == y->b && x->value == y->value &&
	       x->element == y->element &&
	       (x->name == y->name || (x->name && y->name && strcmp(x->name, y->name) == 0));
}

static uint32_t *slot_of(struct unit *u, const struct dim_expr *e)
{
	size_t mask = u->dim_table_size - 1;
	size_t i = (size_t)hash(e) & mask;
	while (u->dim_table[i] && !same(&u->dims.p[u->dim_table[i] - 1], e))
		i = (i + 1) & mask;
	return &u->dim_table[i];
}

static void grow_table(struct unit *u)
{
	u->dim_table_size = u->dim_table_size ? u->dim_table_size * 2 : 64;
	u->dim_table = arena_array(u->arena, uint32_t, u->dim_table_size);
	for (size_t i = 0; i < u->dims.n; i++)
		*slot_of(u, &u->dims.p[i]) = (uint32_t)i + 1;
}

/* The dim of e, made when it is new. A leaf brings its range; an operation gets it here. */
static dim intern(struct unit *u, struct dim_expr e)
{
	if (u->dims.n * 2 >= u->dim_table_size)
		grow_table(u);
	uint32_t *slot = slot_of(u, &e);
	if (*slot)
		return -(dim)*slot;
	if (!dim_is_leaf(e.kind)) {
		int nested = e.kind != DIM_ADD && e.kind != DIM_MUL;
		int a = depth_of(u, e.a), b = depth_of(u, e.b);
		e.depth = (a > b ? a : b) + nested;
		if (e.depth > DEPTH_MAX)
			return DIM_OVERFLOW;
		set_range(u, &e);
	}
	if (e.name)
		e.name = arena_strdup(u->arena, e.name);
	*slot = (uint32_t)u->dims.n + 1;
	vec_push(u->arena, &u->dims, e);
	return -(dim)u->dims.n;
}

dim dim_intern(struct unit *u, enum dim_kind kind, dim a, dim b)
{
	return intern(u, (struct dim_expr){ .kind = kind, .a = a, .b = b });
}

dim dim_number(struct unit *u, int64_t v)
{
	if (v >= 0)
		return v;
	return intern(u, (struct dim_expr){ .kind = DIM_NUMBER, .element = v, .lo = v, .hi = v });
}

/* -- symbols ------------------------------------------------------------------------------- */

static struct dim_setting *setting_of(struct unit *u, const char *name)
{
	for (size_t i = 0; i < u->dim_settings.n; i++)
		if (strcmp(u->dim_settings.p[i].name, name) == 0)
			return &u->dim_settings.p[i];
	return NULL;
}

dim dim_symbol(struct unit *u, const char *name)
{
	struct dim_setting *s = setting_of(u, name);
	int64_t hi = s ? s->n : DIM_UNBOUNDED;

	if (s)
		s->used = true;
	if (s && !s->bound)
		return s->n;
	return intern(u, (struct dim_expr){ .kind = DIM_SYMBOL, .name = name, .lo = 0, .hi = hi });
}

static void put_setting(struct unit *u, const char *name, int64_t n, bool bound)
{
	struct dim_setting *old = setting_of(u, name);
	struct dim_setting s = { .name = arena_strdup(u->arena, name), .n = n, .bound = bound };
	if (old)
		*old = s;
	else
		vec_push(u->arena, &u->dim_settings, s);
}

void dim_bind(struct unit *u, const char *name, int64_t n)
{
	assert(n >= 0);
	put_setting(u, name, n, false);
}

void dim_set_bound(struct unit *u, const char *name, int64_t hi)
{
	assert(hi >= 1);
	put_setting(u, name, hi, true);
}

/* -- known at run time only ---------------------------------------------------------------- */

static dim unknown(struct unit *u, enum dim_kind kind, uint32_t value, int64_t element, int64_t lo,
		   int64_t hi)
{
	const char *name = value_of(u, value)->name;
	struct dim_setting *s = name ? setting_of(u, name) : NULL;

	if (s)
		s->used = true;
	if (s && s->n < hi)
		hi = s->n;
	return intern(
		u, (struct dim_expr){
			   .kind = kind, .value = value, .element = element, .lo = lo, .hi = hi });
}

static bool has_symbol(const struct unit *u, dim d)
{
	const struct dim_expr *e;

	if (!dim_is_expr(d))
		return false;
	e = dim_expr(u, d);
	if (dim_is_leaf(e->kind))
		return e->kind == DIM_SYMBOL;
	return has_symbol(u, e->a) || has_symbol(u, e->b);
}

dim dim_bounded(struct unit *u, dim d, uint32_t value, int axis)
{
	const char *name = value_of(u, value)->name;
	struct dim_setting *s = name ? setting_of(u, name) : NULL;

	if (dim_hi(u, d) != DIM_UNBOUNDED || !dim_is_expr(d) ||
	    (dim_is_leaf(dim_expr(u, d)->kind) && !s) || has_symbol(u, d))
		return d;
	if (s)
		s->used = true;
	return intern(u, (struct dim_expr){ .kind = DIM_SIZE,
					    .value = value,
					    .element = axis,
					    .a = d,
					    .hi = s ? s->n : DIM_UNBOUNDED });
}

dim dim_capped(struct unit *u, dim d, uint32_t value, int axis, int64_t hi)
{
	if (dim_hi(u, d) <= hi)
		return d;
	return intern(
		u, (struct dim_expr){
			   .kind = DIM_SIZE, .value = value, .element = axis, .a = d, .hi = hi });
}

int64_t dim_stated(struct unit *u, const char *name)
{
	struct dim_setting *s = name ? setting_of(u, name) : NULL;

	if (!s)
		return DIM_UNBOUNDED;
	s->used = true;
	return s->n;
}

dim dim_element(struct unit *u, uint32_t value, int64_t element, int64_t lo, int64_t hi)
{
	value_of(u, value)->measured = true;
	return unknown(u, DIM_ELEMENT, value, element, lo, hi);
}

dim dim_size(struct unit *u, uint32_t value, int axis, int64_t hi)
{
	return unknown(u, DIM_SIZE, value, axis, 0, hi);
}

static void set_bound(struct unit *u, dim d, int64_t hi)
{
	u->dims.p[-1 - d].hi = hi;
	for (size_t i = 0; i < u->dims.n; i++) { /* operands have smaller indices */
		struct dim_expr *x = &u->dims.p[i];

		if (!dim_is_leaf(x->kind))
			set_range(u, x);
		else if (x->kind == DIM_SIZE && x->a != 0)
			x->hi = min_i64(x->hi, dim_hi(u, x->a));
	}
}

void dim_limit(struct unit *u, dim d, int64_t hi)
{
	const struct dim_expr *x = dim_is_expr(d) ? dim_expr(u, d) : NULL;

	if (x && ((x->kind == DIM_SIZE && x->hi == DIM_UNBOUNDED) ||
		  (x->kind == DIM_ELEMENT && x->hi > hi)))
		set_bound(u, d, hi);
}

void dim_limit_symbol(struct unit *u, const char *name, int64_t hi)
{
	for (size_t i = 0; i < u->dims.n; i++) {
		const struct dim_expr *x = &u->dims.p[i];

		if (x->kind == DIM_SYMBOL && x->hi == DIM_UNBOUNDED && strcmp(x->name, name) == 0)
			set_bound(u, -1 - (dim)i, hi);
	}
}

void dim_at_least(struct unit *u, dim d, int64_t lo)
{
	struct dim_expr *x = dim_is_expr(d) ? &u->dims.p[-1 - d] : NULL;

	if (!x || x->kind != DIM_ELEMENT || x->lo >= lo)
		return;
	x->lo = lo;
	set_bound(u, d, x->hi);
}

void dim_is_size(struct unit *u, dim d)
{
	if (dim_is_expr(d) && dim_expr(u, d)->kind == DIM_ELEMENT &&
	    value_of(u, dim_expr(u, d)->value)->graph == u->scope)
		dim_at_least(u, d, 0);
}

void dim_give_up(struct unit *u, dim d)
{
	set_bound(u, d, 1);
}

static void hash_again(struct unit *u)
{
	u->dim_table_size /= 2;
	grow_table(u);
}

void dim_measured(struct unit *u, dim d, uint32_t value)
{
	struct dim_expr *e = &u->dims.p[-1 - d];

	assert(e->kind == DIM_SIZE);
	e->kind = DIM_ELEMENT;
	e->value = value;
	e->element = 0;
	value_of(u, value)->measured = true;
	hash_again(u);
}

void dim_replace_value(struct unit *u, uint32_t old, uint32_t with)
{
	bool any = false;

	for (size_t i = 0; i < u->dims.n; i++) {
		struct dim_expr *e = &u->dims.p[i];

		if ((e->kind != DIM_ELEMENT && e->kind != DIM_SIZE) || e->value != old)
			continue;
		e->value = with;
		value_of(u, with)->measured |= e->kind == DIM_ELEMENT;
		any = true;
	}
	if (any)
		hash_again(u);
}

/* -- equality that inference relies on ----------------------------------------------------- */

bool dim_assume_equal(struct unit *u, dim a, dim b, dim *out)
{
	if (a == b) {
		if (out)
			*out = a;
		return a != DIM_OVERFLOW;
	}
	dim diff = dim_diff(u, a, b);
	if (diff == DIM_OVERFLOW || dim_lo(u, diff) > 0 || dim_hi(u, diff) < 0 ||
	    dim_lo(u, a) > dim_hi(u, b) || dim_lo(u, b) > dim_hi(u, a))
		return false;
	/* The number, else the older expression: both orders of the arguments give the same. */
	dim first = b >= 0 || (a < 0 && b > a) ? b : a;
	dim second = first == a ? b : a;
	if (out)
		*out = first;
	for (size_t i = 0; i < u->assumed.n; i++)
		if (u->assumed.p[i].a == first && u->assumed.p[i].b == second &&
		    u->assumed.p[i].scope == u->scope)
			return true;
	struct dim_pair pair = { first, second, u->scope };
	vec_push(u->arena, &u->assumed, pair);
	return true;
}

/* -- broadcasting -------------------------------------------------------------------------- */

dim dim_is_equal(struct unit *u, dim a, dim c) /* 1 - min(1, |a - c|) */
{
	dim d = dim_diff(u, a, c);
	dim distance = dim_max(u, dim_max(u, d, dim_diff(u, c, a)), 0);

	return dim_diff(u, 1, dim_min(u, distance, 1));
}

/* Found at run time, and perhaps 1. */
static bool may_be_one(const struct unit *u, dim d)
{
	const struct dim_expr *e;

	if (!dim_is_expr(d) || dim_lo(u, d) > 1)
		return false;
	e = dim_expr(u, d);
	if (dim_is_leaf(e->kind))
		return e->kind == DIM_ELEMENT || e->kind == DIM_SIZE;
	return may_be_one(u, e->a) || may_be_one(u, e->b);
}

/* a == 1 ? b : a; equal they must be when neither is 1: (a - 1) (b - 1) (a - b) == 0. */
static bool broadcast_unknown(struct unit *u, dim a, dim b, dim *out)
{
	dim one = dim_is_equal(u, a, 1), a1 = dim_diff(u, a, 1), b1 = dim_diff(u, b, 1);
	dim check = dim_mul(u, dim_mul(u, a1, b1), dim_diff(u, a, b));

	*out = dim_add(u, dim_mul(u, one, b), dim_mul(u, dim_diff(u, 1, one), a));
	*out = dim_min(u, *out, dim_max(u, a, b));
	if (b >= 0)
		*out = b;
	if (a >= 0)
		*out = a;
	return dim_assume_equal(u, check, 0, NULL);
}

/* a is min(b, 1), what a slice up to b has of an axis of 1. */
static bool is_one_of(struct unit *u, dim a, dim b)
{
	return dim_is_expr(a) && b != DIM_OVERFLOW && dim_min(u, b, 1) == a;
}

bool dim_broadcast(struct unit *u, dim a, dim b, dim *out)
{
	if (a == 1 || b == 1 || a == b) {
		*out = a == 1 ? b : a;
		return *out != DIM_OVERFLOW;
	}
	if (is_one_of(u, a, b) || is_one_of(u, b, a)) {
		*out = is_one_of(u, a, b) ? b : a;
		return true;
	}
	if (may_be_one(u, a) || may_be_one(u, b))
		return broadcast_unknown(u, a, b, out);
	return dim_assume_equal(u, a, b, out);
}
