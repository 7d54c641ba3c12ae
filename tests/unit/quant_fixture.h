/* quant_fixture.h - an arena and messages per test, and constants, for the tests of the quantizer. */
#ifndef EDGECC_QUANT_FIXTURE_H
#define EDGECC_QUANT_FIXTURE_H

#include "unit.h"

#include <string.h>

#include "compiler/quant/matrix.h"
#include "compiler/quant/quant.h"

static struct arena a;
static struct strbuf messages;
static struct diag d;

static void set_up(void)
{
	d = (struct diag){ .text = &messages };
	strbuf_puts(&messages, "");
}

static void tear_down(void)
{
	strbuf_free(&messages);
	arena_free(&a);
}

static const struct constant *floats(int n, const float *v)
{
	struct shape s = { .rank = 1, .d = { n } };
	void *data;
	struct constant *c = constant_new(&a, DT_F32, &s, &data);

	memcpy(data, v, (size_t)n * sizeof *v);
	return c;
}

static inline void check_ints(const struct constant *c, int n, const int *want)
{
	ck_assert_int_eq(shape_elements(&c->shape), n);
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(constant_i64(c, i), want[i]);
}

#endif
