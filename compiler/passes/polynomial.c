/* Fits by interpolation at Chebyshev's nodes, which is within a factor of a few of the best; evaluated by
 * Horner's rule: products of 32 bits, whose upper halves remain. */
#include "polynomial.h"

#include <math.h>

#include "../ops/whole.h"

enum { TIMES = 8, COUNT = DEGREE_MAX + 1 };

static const double pi = 3.14159265358979323846;

static double curve_at(struct curve f, double t)
{
	const double root = sqrt(t);

	switch (f.kind) {
	case CURVE_ODD:
		return f.f(root) / root;
	case CURVE_EVEN:
		return f.f(root);
	default:
		return f.f(f.from + t);
	}
}

/* The k-th of n nodes in [0, end]. */
static double node(int k, int n, double end)
{
	return end / 2 * (1 + cos(pi * (k + 0.5) / n));
}

static double at(const double *c, int degree, double s)
{
	double sum = 0;

	for (int k = degree; k >= 0; k--)
		sum = sum * s + c[k];
	return sum;
}

/* Clenshaw's recurrence b_k = a_k + 2 z b_(k+1) - b_(k+2), z = 2 s / width - 1, of polynomials in s. */
static void interpolate(struct curve f, double end, double width, int degree, double *out)
{
	double last[COUNT + 1] = { 0 }, previous[COUNT + 1] = { 0 }, next[COUNT + 1];
	const int n = degree + 1;

	for (int k = degree; k >= 0; k--) {
		const double by = k ? 2 : 1;
		double a = 0;

		for (int i = 0; i < n; i++)
			a += curve_at(f, node(i, n, end)) * cos(pi * k * (i + 0.5) / n);
		for (int i = 0; i <= degree; i++)
			next[i] = by * ((i ? last[i - 1] : 0) * 2 / width - last[i]) - previous[i];
		next[0] += a * by / n;
		for (int i = 0; i <= degree; i++) {
			previous[i] = last[i];
			last[i] = next[i];
		}
	}
	for (int i = 0; i <= degree; i++)
		out[i] = last[i];
}

static bool is_near(struct curve f, const double *c, int degree, double end, double span,
		    double error)
{
	const int n = TIMES * (degree + 1);

	for (int k = -1; k <= n; k++) {
		const double t = k < 0 ? end : k < n ? node(k, n, end) : end * 0x1p-40;

		/* no number is not near */
		if (!(fabs(at(c, degree, t / span) - curve_at(f, t)) <= error))
			return false;
	}
	return true;
}

/* As many bits as the largest sum leaves room for. What is cut off in a step is half a unit in the middle. */
static void round_to_integers(struct polynomial *p, const double *c, double width)
{
	double most = 0;

	for (int k = 0; k <= p->degree; k++)
		for (int i = 0; i <= TIMES; i++)
			most = fmax(most, fabs(at(c + k, p->degree - k, width * i / TIMES)));
	frexp(most * (1 + ldexp(1, -20)), &p->fraction);
	p->fraction = 31 - p->fraction;
	for (int k = 0; k <= p->degree; k++)
		p->c[k] = (int32_t)floor(ldexp(c[k], p->fraction) + (k < p->degree ? 1 : 0.5));
}

bool polynomial_fit(struct polynomial *p, struct curve f, double end, double error, int degree)
{
	double c[COUNT], mantissa = frexp(end, &p->span), width;

	if (mantissa == 0.5)
		p->span--;
	width = ldexp(end, -p->span);
	for (p->degree = 1; p->degree <= degree; p->degree++) {
		interpolate(f, end, width, p->degree, c);
		if (is_near(f, c, p->degree, end, ldexp(1, p->span), error)) {
			round_to_integers(p, c, width);
			return true;
		}
	}
	return false;
}

static const struct tir *narrow(struct tir_builder *b, const struct tir *v)
{
	return tir_cast(b, DT_I64, tir_cast(b, DT_I32, v));
}

const struct tir *polynomial_at(struct tir_builder *b, const struct polynomial *p,
				const struct tir *t, int fraction)
{
	const struct tir *s = narrow(b, whole_scaled(b, t, 30 - p->span - fraction));
	const struct tir *sum = whole(b, p->c[p->degree]);

	for (int k = p->degree - 1; k >= 0; k--) {
		sum = whole_shifted(b, tir_mul(b, sum, s), 30);
		sum = narrow(b, tir_add(b, sum, whole(b, p->c[k])));
	}
	return sum;
}
