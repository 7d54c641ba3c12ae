/* Rounding of a row of weights to few integers (quant/round.c), against all the choices there are. */
#include "unit.h"

#include <math.h>

#include "compiler/quant/matrix.h"
#include "random.h"

enum { COLUMNS = 8, LEAST = -8, MOST = 7 };

/* e^T L L^T e of w - q s. */
static double error_of(const float *l, const double *w, const double *scale, const double *q)
{
	double sum = 0;

	for (int k = 0; k < COLUMNS; k++) {
		double t = 0;

		for (int j = k; j < COLUMNS; j++)
			t += (double)l[j * COLUMNS + k] * (w[j] - q[j] * scale[j]);
		sum += t * t;
	}
	return sum;
}

/* The integer next to w on this side. */
static double neighbour(double w, double scale, int above)
{
	double q = above ? ceil(w / scale) : floor(w / scale);

	return fmin(fmax(q, LEAST), MOST);
}

static double least_error(const float *l, const double *w, const double *scale)
{
	double least = INFINITY;

	for (int choice = 0; choice < 1 << COLUMNS; choice++) {
		double q[COLUMNS];

		for (int j = 0; j < COLUMNS; j++)
			q[j] = neighbour(w[j], scale[j], choice >> j & 1);
		least = fmin(least, error_of(l, w, scale, q));
	}
	return least;
}

/* The matrix is that of inputs that are much alike, and weights may lie beyond the last integer. */
START_TEST(cannot_be_improved)
{
	float l[COLUMNS * COLUMNS] = { 0 };
	struct quant_moments s = {
		.groups = 1, .columns = COLUMNS, .block = COLUMNS, .products = l, .finished = true
	};
	double w[COLUMNS], scale[COLUMNS], work[COLUMNS], q[COLUMNS], found = 0, least = 0;

	random_seed(1);
	for (int round = 0; round < 50; round++) {
		double error;

		for (int j = 0; j < COLUMNS; j++) {
			w[j] = random_between(-800, 800) / 100.0;
			scale[j] = random_between(90, 110) / 100.0;
			for (int k = 0; k <= j; k++)
				l[j * COLUMNS + k] =
					(float)random_between(k == j ? 20 : -10, 40) / 40;
		}
		error = round_row(&s, 0, w, scale, MOST, work, q);
		ck_assert_double_eq_tol(error, error_of(l, w, scale, q), 1e-9 * (1 + error));
		for (int j = 0; j < COLUMNS; j++) {
			double was = q[j];

			ck_assert(was == neighbour(w[j], scale[j], 0) ||
				  was == neighbour(w[j], scale[j], 1));
			for (int above = 0; above < 2; above++) {
				q[j] = neighbour(w[j], scale[j], above);
				ck_assert_double_ge(error_of(l, w, scale, q), error - 1e-9);
			}
			q[j] = was;
		}
		found += error;
		least += least_error(l, w, scale);
	}
	ck_assert_double_ge(found, least);
	ck_assert_double_le(found, 1.5 * least);
}
END_TEST

Suite *suite_rounding(void)
{
	Suite *s = suite_create("rounding");
	TCase *t = tcase_create("rows");

	tcase_add_test(t, cannot_be_improved);
	suite_add_tcase(s, t);
	return s;
}
