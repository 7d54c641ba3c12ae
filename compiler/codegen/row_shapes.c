/* What loops over bytes side by side compute that the runtime has as one function (rows.c): each
 * function here recognizes one shape, and lists what its runtime function takes between the output
 * and the number of elements. */
#include "rows.h"

#include <assert.h>

/* ---- what a row may be made of -------------------------------------------------------- */

/* How far e moves when var does by 1, which is stored: false when that is not always the same. */
bool row_step(const struct tir *e, const struct tir *var, int64_t *step)
{
	int64_t x = 0, y = 0;

	*step = e == var;
	if (e == var || !tir_uses_var(e, var))
		return true;
	switch (e->kind) {
	case TIR_ADD:
	case TIR_SUB:
		if (!row_step(e->a, var, &x) || !row_step(e->b, var, &y))
			return false;
		*step = e->kind == TIR_ADD ? x + y : x - y;
		return true;
	case TIR_MUL:
		if (e->b->kind != TIR_INT || !row_step(e->a, var, &x))
			return false;
		*step = x * e->b->u.i;
		return true;
	default:
		return false;
	}
}

static bool is_byte(enum dtype t)
{
	return t == DT_I8 || t == DT_U8;
}

/* Elements of slot's type that lie side by side, in memory that a pointer reads. */
static bool is_row(const struct row *r, const struct tir *x)
{
	int64_t step;

	return x->kind == TIR_LOAD && is_byte(r->e->slots[x->u.load.slot].type) &&
	       !r->e->slots[x->u.load.slot].progmem && row_step(x->u.load.idx[0], r->var, &step) &&
	       step == 1;
}

/* x as the type t. */
static bool is_row_as(const struct row *r, const struct tir *x, enum dtype t)
{
	return x->kind == TIR_CAST && x->type == t && x->a->type == DT_I8 && is_row(r, x->a);
}

static bool is_fixed(const struct row *r, const struct tir *x)
{
	return !tir_uses_var(x, r->var);
}

static void add_arg(struct row *r, int slot, const struct tir *e)
{
	assert(r->n < (int)ARRAY_LEN(r->arg));
	r->arg[r->n++] = (struct row_arg){ slot, e };
}

static void add_row(struct row *r, const struct tir *load)
{
	add_arg(r, load->u.load.slot, load->u.load.idx[0]);
}

static void add_value(struct row *r, const struct tir *e)
{
	add_arg(r, ROW_VALUE, e);
}

static void add_number(struct row *r, enum dtype t, int64_t v)
{
	add_value(r, tir_int(r->b, t, v));
}

/* x + constant; *c is 0 where there is none. */
static const struct tir *shifted(const struct tir *x, int64_t *c)
{
	*c = 0;
	if (x->kind != TIR_ADD || x->b->kind != TIR_INT)
		return x;
	*c = x->b->u.i;
	return x->a;
}

/* ---- shapes ---------------------------------------------------------------------------- */

/* table[(uint8_t)x] */
bool row_lut(struct row *r)
{
	const struct tir *v = r->nest->value, *x;
	const struct slot *table;

	if (v->kind != TIR_LOAD || !is_byte(r->nest->type))
		return false;
	table = &r->e->slots[v->u.load.slot];
	x = v->u.load.idx[0];
	if (!is_byte(table->type) || table->progmem || x->kind != TIR_CAST)
		return false;
	x = x->a;
	if (x->type == DT_U8 && x->kind == TIR_CAST)
		x = x->a;
	if (!is_byte(x->type) || (x->type != DT_U8 && x == v->u.load.idx[0]->a) || !is_row(r, x))
		return false;
	add_row(r, x);
	add_arg(r, v->u.load.slot, tir_index(r->b, 0));
	return true;
}

/* factor * (a row as t) */
static const struct tir *factor_of(const struct row *r, const struct tir *x, enum dtype t,
				   const struct tir **load)
{
	if (x->kind != TIR_MUL)
		return NULL;
	for (int k = 0; k < 2; k++) {
		const struct tir *row = k ? x->b : x->a, *factor = k ? x->a : x->b;

		if (is_row_as(r, row, t) && is_fixed(r, factor)) {
			*load = row->a;
			return factor;
		}
	}
	return NULL;
}

/* (c + q * b) + p * a, as floats are added. */
static bool match_sum(struct row *r, const struct tir *x, enum dtype t)
{
	const struct tir *a, *b, *c, *p, *q;

	if (x->kind != TIR_ADD)
		return false;
	for (int k = 0; k < 4; k++) {
		const struct tir *inner = k & 1 ? x->b : x->a;

		p = factor_of(r, k & 1 ? x->a : x->b, t, &a);
		if (!p || inner->kind != TIR_ADD)
			continue;
		q = factor_of(r, k & 2 ? inner->a : inner->b, t, &b);
		c = k & 2 ? inner->b : inner->a;
		if (!q || !is_fixed(r, c))
			continue;
		add_row(r, a);
		add_row(r, b);
		add_value(r, p);
		add_value(r, q);
		add_value(r, c);
		return true;
	}
	return false;
}

/* clamp((c + q * b + p * a) / 2^shift, lo, hi), rounded down */
bool row_add(struct row *r)
{
	const struct tir *v = r->nest->value;
	double lo, hi;
	int shift = 0;

	if (r->nest->type != DT_I8 || v->kind != TIR_CAST || v->a->type != DT_I32)
		return false;
	v = idiom_clamped(r->e, v->a, &lo, &hi);
	if (v && v->kind == TIR_FLOORDIV) {
		shift = idiom_log2(v->b);
		v = v->a;
	}
	if (!v || shift < 0 || !match_sum(r, v, DT_I32))
		return false;
	add_number(r, DT_I32, shift);
	add_number(r, DT_I32, (int64_t)lo);
	add_number(r, DT_I32, (int64_t)hi);
	return true;
}

/* An int8 that is round(clamp(x, lo, hi)): gives the float x. */
static const struct tir *rounded(const struct row *r, const struct tir *v, double *lo, double *hi)
{
	if (r->nest->type != DT_I8 || v->kind != TIR_CAST || v->a->kind != TIR_ROUND ||
	    v->a->type != DT_F32)
		return NULL;
	v = idiom_clamped(r->e, v->a->a, lo, hi);
	return v && idiom_is_near(*lo, *hi) ? v : NULL;
}

/* round(clamp((c + q * b) + p * a, lo, hi)) of floats */
bool row_add_f32(struct row *r)
{
	double lo, hi;
	const struct tir *v = rounded(r, r->nest->value, &lo, &hi);

	if (!v || !match_sum(r, v, DT_F32))
		return false;
	add_number(r, DT_I32, (int64_t)lo);
	add_number(r, DT_I32, (int64_t)hi);
	return true;
}

/* (a - a_zero) * (b - b_zero) in int32 */
static bool match_product(struct row *r, const struct tir *x)
{
	const struct tir *a, *b;
	int64_t a_minus, b_minus;

	if (x->kind != TIR_MUL || x->type != DT_I32)
		return false;
	a = shifted(x->a, &a_minus);
	b = shifted(x->b, &b_minus);
	if (!is_row_as(r, a, DT_I32) || !is_row_as(r, b, DT_I32) || a_minus < -127 ||
	    a_minus > 128 || b_minus < -127 || b_minus > 128)
		return false;
	add_row(r, a->a);
	add_row(r, b->a);
	add_number(r, DT_I32, -a_minus);
	add_number(r, DT_I32, -b_minus);
	return true;
}

/* clamp((p + 2^(bits - 1)) / 2^bits + zero, lo, hi) with p = (a - a_zero) * (b - b_zero) * multiplier */
bool row_mul(struct row *r)
{
	const struct tir *v = r->nest->value;
	struct scaled s;
	int64_t zero = 0;

	if (r->nest->type != DT_I8 || v->kind != TIR_CAST)
		return false;
	if (v->a->type == DT_I32)
		v = shifted(v->a, &zero);
	if (!idiom_scaled(r->e, r->b, v, &s) || !is_fixed(r, s.multiplier) ||
	    !match_product(r, s.factor))
		return false;
	add_value(r, s.multiplier);
	add_number(r, DT_I32, s.bits);
	add_number(r, DT_I32, zero);
	add_number(r, DT_I32, s.lo + zero);
	add_number(r, DT_I32, s.hi + zero);
	return true;
}

/* round(clamp((a - a_zero) * (b - b_zero) * scale + zero, lo, hi)), the integer product in a float */
bool row_mul_f32(struct row *r)
{
	const struct tir *v = r->nest->value, *zero, *product;
	double lo, hi;

	v = rounded(r, v, &lo, &hi);
	if (!v || v->kind != TIR_ADD)
		return false;
	zero = v->b;
	v = v->a;
	if (v->kind != TIR_MUL || !is_fixed(r, zero) || !is_fixed(r, v->b) ||
	    v->a->kind != TIR_CAST)
		return false;
	product = v->a->a;
	if (!match_product(r, product))
		return false;
	add_value(r, v->b);
	add_value(r, zero);
	add_number(r, DT_I32, (int64_t)lo);
	add_number(r, DT_I32, (int64_t)hi);
	return true;
}
