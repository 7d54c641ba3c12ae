/* tir.h - what the tests of tensor expressions share: a builder without a node, texts, tensors,
 * random numbers. */
#ifndef EDGECC_TEST_TIR_H
#define EDGECC_TEST_TIR_H

#include <stdlib.h>
#include <string.h>

#include "compiler/tir/tir.h"
#include "tests/unit/unit.h"

static struct arena arena;
static struct diag diag;
static struct strbuf messages;
static struct unit *unit;
static struct tir_builder b;

static inline void set_up(void)
{
	arena = (struct arena){ 0 };
	messages = (struct strbuf){ 0 };
	diag = (struct diag){ .text = &messages };
	unit = unit_new(&arena, &diag, "test");
	tir_builder_init(&b, unit, NULL);
}

static inline void tear_down(void)
{
	strbuf_free(&messages);
	arena_free(&arena);
}

static inline struct tir_stage parse(const char *text)
{
	struct tir_stage s;
	if (!tir_parse(&b, text, NULL, &s))
		ck_abort_msg("%s: %s", text, messages.s);
	return s;
}

static inline const char *print(const struct tir_stage *s)
{
	struct strbuf out = { 0 };
	tir_print(&out, unit, s);
	const char *copy = arena_strdup(&arena, out.s);
	strbuf_free(&out);
	return copy;
}

static uint64_t seed;

static inline uint64_t random_bits(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static inline int64_t random_int(int64_t lo, int64_t hi)
{
	return lo + (int64_t)(random_bits() % (uint64_t)(hi - lo + 1));
}

/* EDGECC_SEED repeats a failure; the message names it. */
static inline uint64_t seed_random(int salt)
{
	const char *s = getenv("EDGECC_SEED");
	uint64_t first = s ? strtoull(s, NULL, 10) : 88172645463325252u + (uint64_t)salt;
	seed = first;
	return first;
}

/* A constant of doubles rounded to type t. */
static inline const struct constant *tensor(enum dtype t, int rank, const dim *d, const double *v)
{
	struct shape s = { .rank = rank };
	void *data;
	memcpy(s.d, d, (size_t)rank * sizeof *d);
	struct constant *c = constant_new(&arena, t, &s, &data);
	for (int64_t i = 0; i < shape_elements(&s); i++)
		constant_put_f64(data, t, i, v[i]);
	return c;
}

#endif
