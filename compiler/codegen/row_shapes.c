/* What loops over bytes side by side compute that the runtime has as one function (rows.c): each
 * function here recognizes one shape, and lists what its runtime function takes between the output
 * and the number of elements. */
#include "rows.h"

#include <assert.h>
#include <math.h>

/* ---- what a row may be made of -------------------------------------------------------- */

static bool is_byte(enum dtype t)
{
	return t == DT_I8 || t == DT_U8;
}

/* Elements of slot's type that lie side by side along var, in memory that a pointer reads. */
static bool is_along(const struct row *r, const struct tir *x, const struct tir *var)
{
	int64_t step;

	return x->kind == TIR_LOAD && !r->e->slots[x->u.load.slot].progmem &&
	       tir_step(x->u.load.idx[0], var, &step) && step == 1;
}

static bool is_row(const struct row *r, const struct tir *x)
{
	return is_along(r, x, r->var) && is_byte(r->e->slots[x->u.load.slot].type);
}

static bool is_float_row(const struct row *r, const struct tir *x)
{
	return is_along(r, x, r->var) && r->e->slots[x->u.load.slot].type == DT_F32;
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

/* x ^ 128 */
bool row_flip(struct row *r)
{
	const struct tir *v = r->nest->value;

	if (v->kind == TIR_CAST)
		v = v->a;
	if (v->kind != TIR_XOR || !is_byte(r->nest->type) || v->b->kind != TIR_INT ||
	    v->b->u.i != 128)
		return false;
	v = v->a->kind == TIR_CAST ? v->a->a : v->a;
	if (!is_row(r, v))
		return false;
	add_row(r, v);
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

/* (c + q * b) + p * a, as floats are added; or c + p * a, as if q were 0. */
static bool match_sum(struct row *r, const struct tir *x, enum dtype t)
{
	const struct tir *a, *b, *c, *p, *q;

	if (x->kind != TIR_ADD)
		return false;
	for (int k = 0; k < 2; k++) {
		c = k ? x->a : x->b;
		p = factor_of(r, k ? x->b : x->a, t, &a);
		if (!p || !is_fixed(r, c))
			continue;
		add_row(r, a);
		add_row(r, a);
		add_value(r, p);
		add_value(r, tir_number(r->b, t, 0));
		add_value(r, c);
		return true;
	}
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

/* x / by, or x times a power of two */
static const struct tir *quotient(const struct tir *x, double *by)
{
	int exponent;

	if (x->kind == TIR_DIV && tir_is_number(x->b, by))
		return x->a;
	if (x->kind != TIR_MUL || !tir_is_number(x->b, by) || frexp(*by, &exponent) != 0.5)
		return NULL;
	*by = 1 / *by;
	return x->a;
}

/* An int8 that is round(x / by) + zero, saturated: gives x. */
static const struct tir *quantized(const struct row *r, double *by, double *zero)
{
	const struct tir *v = r->nest->value;

	*zero = 0;
	if (r->nest->type != DT_I8 || v->kind != TIR_CAST || v->a->type != DT_F32)
		return NULL;
	v = v->a;
	if (v->kind == TIR_ADD && tir_is_number(v->b, zero))
		v = v->a;
	if (v->kind != TIR_ROUND || *zero != (double)(int8_t)*zero)
		return NULL;
	v = v->a;
	return quotient(v, by);
}

static void add_quantization(struct row *r, double by, double zero)
{
	add_value(r, tir_float(r->b, DT_F32, by));
	add_number(r, DT_I32, (int64_t)zero);
}

/* saturated(round(x / by) + zero) */
bool row_quantize_f32(struct row *r)
{
	double by, zero;
	const struct tir *x = quantized(r, &by, &zero);

	if (!x || !is_float_row(r, x))
		return false;
	add_row(r, x);
	add_quantization(r, by, zero);
	return true;
}

/* a + (b - a) * w with w fixed */
static bool match_between(const struct row *r, const struct tir *x, const struct tir **a,
			  const struct tir **b, const struct tir **w)
{
	for (int k = 0; x->kind == TIR_ADD && k < 4; k++) {
		const struct tir *product = k & 1 ? x->a : x->b, *difference;

		*a = k & 1 ? x->b : x->a;
		if (product->kind != TIR_MUL)
			continue;
		difference = k & 2 ? product->b : product->a;
		*w = k & 2 ? product->a : product->b;
		if (difference->kind != TIR_SUB || difference->b != *a || !is_fixed(r, *w))
			continue;
		*b = difference->a;
		return true;
	}
	return false;
}

/* The same between two that are themselves between floats of rows, by one weight. */
bool row_linear_f32(struct row *r)
{
	double by, zero;
	const struct tir *x = quantized(r, &by, &zero), *u, *v, *a, *b, *c, *d, *w, *w2, *down;

	if (!x || !match_between(r, x, &u, &v, &down) || !match_between(r, u, &a, &b, &w) ||
	    !match_between(r, v, &c, &d, &w2) || w != w2 || !is_float_row(r, a) ||
	    !is_float_row(r, b) || !is_float_row(r, c) || !is_float_row(r, d))
		return false;
	add_row(r, a);
	add_row(r, b);
	add_row(r, c);
	add_row(r, d);
	add_value(r, w);
	add_value(r, down);
	add_quantization(r, by, zero);
	return true;
}

static const struct tir *zero_of(struct tir_builder *b, const struct tir *var, void *data)
{
	return var == data ? tir_index(b, 0) : var;
}

/* Offset e where var is 0. */
static const struct tir *beginning(struct row *r, const struct tir *e, const struct tir *var)
{
	const struct tir_map map = { .var = zero_of, .data = (void *)(uintptr_t)var };

	return tir_rebuild(r->b, e, &map);
}

/* Is y along var what x, a row, is along its loop? */
static bool is_same_row(struct row *r, const struct tir *x, const struct tir *y,
			const struct tir *var)
{
	return is_along(r, y, var) && y->u.load.slot == x->u.load.slot &&
	       var->u.var.extent == r->var->u.var.extent &&
	       beginning(r, y->u.load.idx[0], var) == beginning(r, x->u.load.idx[0], r->var);
}

/* table[max - x]: gives x. */
static const struct tir *exponent_of(const struct tir *e, int *table, const struct tir **max)
{
	const struct tir *d;

	if (e->kind != TIR_LOAD || e->type != DT_F32 || e->u.load.idx[0]->kind != TIR_CAST)
		return NULL;
	d = e->u.load.idx[0]->a;
	if (d->kind != TIR_SUB || d->type != DT_I32 || d->b->kind != TIR_CAST ||
	    d->b->a->type != DT_I8)
		return NULL;
	*table = e->u.load.slot;
	*max = d->a;
	return d->b->a;
}

static bool is_fold(const struct tir *x, enum tir_reduce kind)
{
	return x->kind == TIR_REDUCE && x->u.reduce.kind == kind && x->u.reduce.n == 1;
}

/* e / sum: the exponential of a byte of the row, over the sum of those of all. */
static bool match_softmax(struct row *r, const struct tir *e, const struct tir *sum)
{
	const struct tir *max, *most, *x, *each;
	int table, other;

	x = exponent_of(e, &table, &max);
	if (!x || !is_row(r, x) || !is_fold(sum, REDUCE_SUM) || !is_fold(max, REDUCE_MAX))
		return false;
	each = exponent_of(sum->a, &other, &most);
	if (!each || other != table || most != max ||
	    !is_same_row(r, x, each, sum->u.reduce.vars[0]) || max->a->kind != TIR_CAST ||
	    !is_same_row(r, x, max->a->a, max->u.reduce.vars[0]))
		return false;
	add_row(r, x);
	add_arg(r, table, tir_index(r->b, 0));
	return true;
}

/* clamp(round(e / sum / by) + zero, lo, hi) */
bool row_softmax_f32(struct row *r)
{
	const struct tir *v = r->nest->value;
	int64_t zero = 0;
	double lo, hi, by;

	if (r->nest->type != DT_I8 || v->kind != TIR_CAST || r->var == r->e->ranged)
		return false;
	v = v->a;
	if (v->type == DT_I32)
		v = shifted(v, &zero);
	if (v->kind == TIR_CAST)
		v = v->a;
	if (v->kind != TIR_ROUND || v->type != DT_F32)
		return false;
	v = idiom_clamped(r->e, v->a, &lo, &hi);
	v = v && idiom_is_near(lo, hi) ? quotient(v, &by) : NULL;
	if (!v || v->kind != TIR_DIV || !match_softmax(r, v->a, v->b))
		return false;
	add_value(r, tir_float(r->b, DT_F32, by));
	add_number(r, DT_I32, zero);
	add_number(r, DT_I32, (int64_t)lo + zero);
	add_number(r, DT_I32, (int64_t)hi + zero);
	return true;
}
