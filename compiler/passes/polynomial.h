/* polynomial.h - functions as polynomials of integers. */
#ifndef EDGECC_PASSES_POLYNOMIAL_H
#define EDGECC_PASSES_POLYNOMIAL_H

#include "../tir/tir.h"

enum { DEGREE_MAX = 12 };

/* A function f, of t from 0 to an end: */
struct curve {
	double (*f)(double x);
	enum {
		CURVE_PLAIN, /* f(from + t) */
		CURVE_ODD,   /* f(sqrt t) / sqrt t */
		CURVE_EVEN,  /* f(sqrt t) */
	} kind;
	double from;
};

/* Sum of c[k] / 2^fraction * s^k, s = t / 2^span from 0 to 1. The sums from any k on, shifted down by s^k,
 * are below 2^31. */
struct polynomial {
	int degree, fraction, span;
	int32_t c[DEGREE_MAX + 1];
};

/* The polynomial of the least degree that is within error of the function, before roundings; false: none
 * up to `degree` is. */
bool polynomial_fit(struct polynomial *p, struct curve f, double end, double error, int degree);
/* Its value, a DT_I64 with p->fraction, within about 2 of its units of the exact one; t, a DT_I64 with
 * `fraction`, below 2^62. */
const struct tir *polynomial_at(struct tir_builder *b, const struct polynomial *p,
				const struct tir *t, int fraction);

#endif
