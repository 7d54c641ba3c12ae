/* Random integer expressions, built, simplified, compiled and interpreted, against a direct
 * evaluation of their unsimplified trees; their ranges; and that their texts read back. */
#include "tests/unit/tir.h"

/* A tree beside the expression built from it, evaluated directly. */
struct tree {
	enum tir_kind kind;
	int64_t i; /* INT; VAR: which */
	struct tree *a, *b, *c;
};

#define N_VARS 3

static const int64_t extents[N_VARS] = { 7, 5, 6 };

static int64_t to_type(enum dtype t, int64_t v)
{
	int64_t out;
	unsigned char bytes[8] = { 0 };
	if (t == DT_INDEX)
		return v;
	constant_put_i64(bytes, t, 0, v);
	memcpy(&out, bytes, sizeof out);
	struct constant c = { .type = t, .data = bytes, .size = dtype_size(t) };
	return constant_i64(&c, 0);
}

static const enum tir_kind index_kinds[] = { TIR_ADD,      TIR_SUB,      TIR_MUL,    TIR_FLOORDIV,
					     TIR_FLOORMOD, TIR_MIN,      TIR_MAX,    TIR_ADD,
					     TIR_FLOORDIV, TIR_FLOORMOD, TIR_SELECT, TIR_SELECT };
static const enum tir_kind int_kinds[] = {
	TIR_ADD, TIR_SUB, TIR_MUL, TIR_MIN, TIR_MAX,    TIR_AND,
	TIR_OR,  TIR_XOR, TIR_NEG, TIR_NOT, TIR_SELECT, TIR_ABS
};
static const enum tir_kind comparisons[] = { TIR_EQ, TIR_LT, TIR_LE };

static struct tree *random_tree(enum dtype t, int depth)
{
	struct tree *r = arena_new(&arena, struct tree);
	int64_t pick = random_int(0, 11);
	if (depth == 0 || random_int(0, 5) == 0) {
		r->kind = random_int(0, 2) ? TIR_VAR : TIR_INT;
		r->i = r->kind == TIR_VAR ? random_int(0, N_VARS - 1) : random_int(-12, 12);
		if (t != DT_INDEX && r->kind == TIR_INT)
			r->i = to_type(t, random_int(0, 3) ? r->i : (int64_t)random_bits());
		return r;
	}
	r->kind = t == DT_INDEX ? index_kinds[pick] : int_kinds[pick];
	r->a = random_tree(t, depth - 1);
	if (r->kind == TIR_FLOORDIV || r->kind == TIR_FLOORMOD) {
		r->b = arena_new(&arena, struct tree);
		r->b->kind = TIR_INT;
		r->b->i = random_int(1, 12);
	} else if (r->kind == TIR_SELECT) {
		struct tree *cond = arena_new(&arena, struct tree);
		cond->kind = comparisons[random_int(0, 2)];
		cond->a = r->a;
		cond->b = random_tree(t, depth - 1);
		r->a = cond;
		r->b = random_tree(t, depth - 1);
		r->c = random_tree(t, depth - 1);
	} else if (r->kind < TIR_NEG) {
		r->b = random_tree(t, depth - 1);
	}
	return r;
}

/* Integer types: variable i is element v of input i. */
static const struct tir *build(enum dtype t, const struct tree *r, const struct tir *const *vars)
{
	if (r->kind == TIR_INT)
		return tir_int(&b, t, r->i);
	if (r->kind == TIR_VAR)
		return t == DT_INDEX ? vars[r->i]
				     : tir_load_typed(&b, (int)r->i, t, 1, &vars[r->i]);
	const struct tir *x = build(t, r->a, vars);
	if (!r->b)
		return tir_unary(&b, r->kind, x);
	const struct tir *y = build(t, r->b, vars);
	return r->c ? tir_select(&b, x, y, build(t, r->c, vars)) : tir_binary(&b, r->kind, x, y);
}

static bool less(enum dtype t, int64_t x, int64_t y)
{
	return t == DT_U64 ? (uint64_t)x < (uint64_t)y : x < y;
}

static int64_t direct(enum dtype t, const struct tree *r, const int64_t *v)
{
	if (r->kind == TIR_INT || r->kind == TIR_VAR)
		return r->kind == TIR_INT ? r->i : v[r->i];
	int64_t x = direct(t, r->a, v), y = r->b ? direct(t, r->b, v) : 0;
	switch (r->kind) {
	case TIR_ADD:
		return to_type(t, (int64_t)((uint64_t)x + (uint64_t)y));
	case TIR_SUB:
		return to_type(t, (int64_t)((uint64_t)x - (uint64_t)y));
	case TIR_MUL:
		return to_type(t, (int64_t)((uint64_t)x * (uint64_t)y));
	case TIR_FLOORDIV:
		return floor_div(x, y);
	case TIR_FLOORMOD:
		return floor_mod(x, y);
	case TIR_MIN:
		return less(t, y, x) ? y : x;
	case TIR_MAX:
		return less(t, x, y) ? y : x;
	case TIR_AND:
		return x & y;
	case TIR_OR:
		return x | y;
	case TIR_XOR:
		return x ^ y;
	case TIR_NEG:
		return to_type(t, (int64_t)(0 - (uint64_t)x));
	case TIR_NOT:
		return to_type(t, ~x);
	case TIR_ABS:
		return less(t, x, 0) ? to_type(t, (int64_t)(0 - (uint64_t)x)) : x;
	case TIR_EQ:
		return x == y;
	case TIR_LT:
		return less(t, x, y);
	case TIR_LE:
		return !less(t, y, x);
	default:
		return x ? y : direct(t, r->c, v);
	}
}

static void check_random(enum dtype t, int salt)
{
	uint64_t first = seed_random(salt);
	double numbers[8];
	const struct constant *in[N_VARS];
	for (int round = 0; round < 60; round++) {
		struct tree *r = random_tree(t, 4);
		for (int i = 0; i < N_VARS; i++) {
			for (int k = 0; k < 8; k++)
				numbers[k] = (double)to_type(t == DT_INDEX ? DT_I8 : t,
							     random_int(-300, 300));
			in[i] = tensor(t == DT_INDEX ? DT_I8 : t, 1, (dim[]){ extents[i] },
				       numbers);
		}
		struct tir_stage s = { .type = t == DT_INDEX ? DT_I64 : t, .rank = N_VARS };
		for (int i = 0; i < N_VARS; i++)
			s.vars[i] = tir_var(&b, extents[i], "v");
		const struct tir *e = build(t, r, s.vars);
		s.value = t == DT_INDEX ? tir_cast(&b, DT_I64, e) : e;
		const struct constant *out = tir_eval(&arena, &s, in);
		for (int64_t at = 0; at < shape_elements(&out->shape); at++) {
			int64_t v[N_VARS] = { at / 30, at / 6 % 5, at % 6 };
			for (int i = 0; t != DT_INDEX && i < N_VARS; i++)
				v[i] = constant_i64(in[i], v[i]);
			int64_t want = direct(t, r, v), got = constant_i64(out, at);
			ck_assert_msg(
				want == got && (t == DT_U64 || (e->lo <= want && want <= e->hi)),
				"EDGECC_SEED=%llu round %d at %lld: %s gives %lld, not %lld; range %lld .. %lld",
				(unsigned long long)first, round, (long long)at, print(&s),
				(long long)got, (long long)want, (long long)e->lo,
				(long long)e->hi);
		}
		/* and the text reads back as the same text */
		struct tir_stage again = parse(print(&s));
		struct tir_stage third = parse(print(&again));
		ck_assert_str_eq(print(&again), print(&third));
	}
}

START_TEST(random_index_expressions)
{
	check_random(DT_INDEX, 100 + _i);
}
END_TEST

START_TEST(random_integer_expressions)
{
	static const enum dtype types[] = { DT_I8,  DT_U8,  DT_I16, DT_U16,
					    DT_I32, DT_U32, DT_I64, DT_U64 };
	check_random(types[_i], 200 + _i);
}
END_TEST

Suite *suite_tir_random(void)
{
	const struct unit_test tests[] = {
		{ "random_index_expressions", random_index_expressions, 8 },
		{ "random_integer_expressions", random_integer_expressions, 8 },
	};
	return unit_suite("tir_random", tests, ARRAY_LEN(tests), set_up, tear_down);
}
