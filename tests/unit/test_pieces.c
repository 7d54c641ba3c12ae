/* pieces_fit: what is computed by the pieces' numbers is near the function at every 16-bit integer, by few of
 * them where it is smooth. */
#include "unit.h"

#include "../../compiler/passes/pieces.h"

#include <math.h>

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

static double inverse(double x)
{
	return 1 / x;
}

static double saw(double x)
{
	return x - floor(x);
}

static double shrunk(double x)
{
	return fabs(x) > 0.5 ? x - copysign(0.5, x) : 0;
}

static double nothing(double x)
{
	return 0 * x;
}

/* x is integers from -32768 on, times x_scale. */
static const struct {
	const char *name;
	double (*f)(double x);
	double x_scale, y_scale;
	int fraction, pieces; /* as few, at least */
} cases[] = {
	{ "smooth", sigmoid, 16.0 / 65536, 1.0 / 32768, 7, 96 },
	{ "steps_of_a_byte", sigmoid, 16.0 / 65536, 1.0 / 127, 11, 24 },
	{ "always_the_same", nothing, 1, 1, 7, 1 },
	{ "a_pole", inverse, 10.0 / 65536, 20.0 / 65536, 7, 160 },
	{ "poles", tan, 10.0 / 65536, 20.0 / 65536, 7, 480 },
	{ "a_tangent_that_is_not_there", log, 10.0 / 65536, 14.0 / 65536, 7, 120 },
	{ "jumps", floor, 200.0 / 65536, 200.0 / 65536, 7, 200 },
	{ "jumps_between_slopes", saw, 16.0 / 65536, 1.0 / 32768, 7, 272 },
	{ "corners", shrunk, 16.0 / 65536, 16.0 / 65536, 7, 19 },
	{ "ends_near_a_tie", expm1, 4.2 / 32768, 0.98500442317952255 / 127.5001, 11, 64 },
	{ "beyond_what_saturates", exp, 40.0 / 65536, 1, 7, 64 },
};

/* As edgecc.LutWide in ops/integer.h, in steps with the half that rounds; NAN: not in 32 bits. */
static double computed(const struct piece *p, int64_t i, int fraction)
{
	const int64_t t = (p->end - i) * p->step;
	const double slope = floor((double)(p->bend * t) / 4096) + p->slope;

	if (t < 0 || t >= 4096 || fabs(slope * (double)t) >= 0x1p31)
		return NAN;
	return ldexp(floor(slope * (double)t / 4096) + p->value, -fraction);
}

static double clamped(double v, double beyond)
{
	return fmax(-32768 - beyond, fmin(32767 + beyond, v));
}

START_TEST(near_everywhere)
{
	static double y[PIECES_INTEGERS];
	static struct piece pieces[PIECES_INTEGERS];
	const double near = 1.0 / 32;
	int count, k = 0, wrong = 0;

	for (int i = 0; i < PIECES_INTEGERS; i++) {
		const double v = cases[_i].f((i - 32768) * cases[_i].x_scale) / cases[_i].y_scale;

		y[i] = isnan(v) ? 0 : v;
	}
	count = pieces_fit(pieces, PIECES_INTEGERS, y, -32768, 32767, cases[_i].fraction, near);
	ck_assert_msg(count > 0 && count <= cases[_i].pieces, "%s: %d pieces", cases[_i].name,
		      count);
	ck_assert_int_eq(pieces[count - 1].end, PIECES_INTEGERS - 1);
	for (int i = 0; i < PIECES_INTEGERS; i++) {
		double v;

		k += i > pieces[k].end;
		v = computed(&pieces[k], i, cases[_i].fraction);
		wrong += !(i <= pieces[k].end &&
			   fabs(clamped(v - 0.5, 0.5) - clamped(y[i], 0.5)) <= near);
		if (i == 0 || i == PIECES_INTEGERS - 1)
			wrong += clamped(floor(v), 0) != clamped(nearbyint(y[i]), 0);
	}
	ck_assert_msg(wrong == 0, "%s: %d integers are off", cases[_i].name, wrong);
}
END_TEST

START_TEST(no_room)
{
	static double y[PIECES_INTEGERS];
	struct piece pieces[4];

	for (int i = 0; i < PIECES_INTEGERS; i++)
		y[i] = i / 16384;
	ck_assert_int_eq(pieces_fit(pieces, 4, y, -32768, 32767, 7, 0.125), 4);
	ck_assert_int_eq(pieces_fit(pieces, 3, y, -32768, 32767, 7, 0.125), 0);
}
END_TEST

Suite *suite_pieces(void)
{
	Suite *s = suite_create("pieces");
	TCase *t = tcase_create("fit");

	tcase_add_loop_test(t, near_everywhere, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(t, no_room);
	suite_add_tcase(s, t);
	return s;
}
