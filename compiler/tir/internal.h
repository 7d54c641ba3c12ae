/* internal.h - what the files of tir/ share and nobody else needs. */
#ifndef EDGECC_TIR_INTERNAL_H
#define EDGECC_TIR_INTERNAL_H

#include "tir.h"

/* -- intern.c, build.c ----------------------------------------------------------------- */

/* The one node equal to proto (kind, type, operands, u), without simplifying it; an integer whose
 * range is one number becomes that number. */
const struct tir *tir_intern(struct tir_builder *b, const struct tir *proto);
const struct tir *tir_raw(struct tir_builder *b, enum tir_kind k, enum dtype t, const struct tir *x,
			  const struct tir *y);
/* Operand normal form: an index that can only be one number is that number. */
const struct tir *tir_norm(struct tir_builder *b, const struct tir *x);

static inline bool tir_is_int(const struct tir *e, int64_t v)
{
	return e->kind == TIR_INT && e->u.i == v;
}

static inline bool tir_is_const(const struct tir *e)
{
	return e->kind == TIR_INT || e->kind == TIR_FLOAT;
}

/* Computed as an integer: bool and DT_INDEX too. */
static inline bool tir_is_integral(enum dtype t)
{
	return t == DT_INDEX || t == DT_BOOL || dtype_is_int(t);
}

/* -- range.c -------------------------------------------------------------------------- */

int64_t sat_add(int64_t a, int64_t b); /* INT64_MIN and INT64_MAX stand for the infinities */
int64_t sat_mul(int64_t a, int64_t b);
/* Sets e's lo and hi from its operands'. */
void tir_range(const struct unit *u, struct tir *e);

/* -- linear.c: sums over DT_INDEX ------------------------------- */

#define LINEAR_MAX 24

/* base + sum of c*atom; atoms are distinct, c != 0 */
struct linear {
	int n;
	struct {
		const struct tir *atom;
		int64_t c;
	} t[LINEAR_MAX];
	int64_t base;
};
/* l += scale*e; false when terms or numbers overflow. */
bool linear_add(struct linear *l, const struct tir *e, int64_t scale);
bool linear_term(struct linear *l, const struct tir *atom, int64_t c); /* e as an atom */
void linear_sort(struct linear *l);
/* Least and greatest value, saturated. */
int64_t linear_lo(const struct linear *l);
int64_t linear_hi(const struct linear *l);
bool linear_le0(struct tir_builder *b, struct linear *l); /* l <= 0 everywhere, proved; changes l */
int64_t gcd_i64(int64_t a, int64_t b);
int64_t linear_gcd(const struct linear *l);      /* of the terms; 0: there are none */
void linear_divide(struct linear *l, int64_t g); /* terms and base over g, base rounded down */
const struct tir *linear_build(struct tir_builder *b, struct linear *l);

/* -- index.c, divide.c ---------------------------------------------------------------- */

const struct tir *index_floordiv(struct tir_builder *b, const struct tir *x, const struct tir *d);
const struct tir *index_floormod(struct tir_builder *b, const struct tir *x, const struct tir *d);
/* NULL: no rule. */
const struct tir *index_binary(struct tir_builder *b, enum tir_kind k, const struct tir *x,
			       const struct tir *y);

/* -- simplify.c ----------------------------------------------------------------------- */

const struct tir *simplify_binary(struct tir_builder *b, enum tir_kind k, const struct tir *x,
				  const struct tir *y);
const struct tir *simplify_unary(struct tir_builder *b, enum tir_kind k, const struct tir *x);

/* -- substitute.c --------------------------------------------------------------------- */

/* e with variables from[] read as to[]; all of one builder. */
const struct tir *tir_rename(struct tir_builder *b, const struct tir *e, int n,
			     const struct tir *const *from, const struct tir *const *to);

/* e with its subexpressions from[] replaced by to[]; all of b, and none of from[] under a
 * reduction. */
const struct tir *tir_replace(struct tir_builder *b, const struct tir *e, int n,
			      const struct tir *const *from, const struct tir *const *to);

/* -- rows.c --------------------------------------------------------------------------- */

/* s with the reductions that repeat along an axis computed first, as further inputs. */
void tir_hoist_rows(struct arena *a, const struct tir_stage *s, const struct constant *const *in,
		    struct tir_stage *out, const struct constant *const **out_in);

/* -- lanes.c, lanes_math.c, lanes_io.c: scalar semantics, over arrays of n elements --- */

/* A register holds n elements: float for DT_F32, double for DT_F64, else int64_t (the value sign-
 * or zero-extended; uint64 as its bits; bool 0 or 1; a string's address). */
union lane {
	double d;
	float f;
	int64_t i;
};
/* k's operands are of type t; comparisons give bool. */
void lanes_binary(enum tir_kind k, enum dtype t, size_t n, void *out, const void *x, const void *y);
void lanes_unary(enum tir_kind k, enum dtype t, size_t n, void *out, const void *x);
bool lanes_math(enum tir_kind k, enum dtype t, size_t n, void *out,
		const void *x); /* false: not a float function */
void lanes_math2(enum tir_kind k, enum dtype t, size_t n, void *out, const void *x,
		 const void *y); /* POW, ATAN2 */
void lanes_cast(enum dtype to, enum dtype from, size_t n, void *out, const void *x);
void lanes_round_to(enum dtype to, bool saturate, size_t n, float *out, const float *x);
void lanes_fill(enum dtype t, size_t n, void *out, union lane v);
size_t lane_size(enum dtype t); /* bytes of one element in a register */
int64_t wrap_int(enum dtype t, int64_t v);
/* out[i] = element off[i] + base of c; elements whose offset is outside give 0 when act[i] is 0,
 * and are a broken definition otherwise (act NULL: all must be inside). */
void lanes_load(const struct constant *c, size_t n, void *out, const int64_t *off, int64_t base,
		const unsigned char *act);
/* Elements first .. first+n of the array at data, stored as type t (rounding, wrapping as TIR_CAST
 * does). */
void lanes_store(enum dtype t, size_t n, void *data, int64_t first, const void *x);

#endif
