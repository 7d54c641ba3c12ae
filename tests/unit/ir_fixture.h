/* ir_fixture.h - small operators and a unit per test, for the tests of compiler/ir. */
#ifndef EDGECC_IR_FIXTURE_H
#define EDGECC_IR_FIXTURE_H

#include "unit.h"

#include <string.h>

#include "compiler/ir/op.h"
#include "compiler/ops/ops.h"

#define UNUSED_OK __attribute__((unused))

/* -- operators of the test's own ----------------------------------------------------------- */

struct test_attrs {
	int64_t axis;
	float alpha;
	int mode;
	enum dtype to;
	const char *text;
	struct ints list;
	const struct constant *tensor;
	int body;
};

static const char *const modes[] = { "low", "high", NULL };

static const struct attr_row rows[] = {
	{ ATTR(struct test_attrs, axis), .kind = ATTR_INT, .def_int = -1 },
	{ ATTR(struct test_attrs, alpha), .kind = ATTR_FLOAT, .def_float = 0.5 },
	{ ATTR(struct test_attrs, mode), .kind = ATTR_ENUM, .def_int = 1, .choices = modes },
	{ ATTR(struct test_attrs, to), .kind = ATTR_TYPE, .def_int = DT_F32 },
	{ ATTR(struct test_attrs, text), .kind = ATTR_STRING },
	{ ATTR(struct test_attrs, list), .kind = ATTR_INTS },
	{ ATTR(struct test_attrs, tensor), .kind = ATTR_TENSOR },
	{ ATTR(struct test_attrs, body), .kind = ATTR_GRAPH },
	{ .name = NULL },
};

UNUSED_OK static const struct op add_op = { .name = "TestAdd",
					    .since = 1,
					    .sig = "A:T B:T -> C:T",
					    .types = "T=num",
					    .infer = infer_broadcast };
UNUSED_OK static const struct op copy_op = { .name = "TestCopy",
					     .since = 1,
					     .sig = "X:T -> Y:T",
					     .types = "T=all",
					     .infer = infer_like_input0 };
UNUSED_OK static const struct op attr_op = { .name = "TestAttrs",
					     .since = 1,
					     .sig = "X?:T -> Y:T",
					     .types = "T=float,double",
					     .attrs = rows,
					     .attrs_size = sizeof(struct test_attrs),
					     .infer = infer_like_input0 };
UNUSED_OK static const struct op sig_op = {
	.name = "TestSig",
	.since = 1,
	.sig = "X:T Ind:Tind S?:seq(float) Rest*:* -> Y:T Count:int64 Mask?:bool",
	.types = "T=float16,float,double Tind=int32,int64",
	.infer = infer_like_input0
};
UNUSED_OK static const struct op sum_op = { .name = "TestSum",
					    .since = 1,
					    .sig = "inputs+:T -> Y:T",
					    .types = "T=floats",
					    .infer = infer_broadcast };

/* -- a unit per test ----------------------------------------------------------------------- */

static struct arena arena;
static struct strbuf messages;
static struct diag diag;
static struct unit *u;

UNUSED_OK static void set_up(void)
{
	arena = (struct arena){ 0 };
	messages = (struct strbuf){ 0 };
	diag = (struct diag){ .text = &messages };
	u = unit_new(&arena, &diag, "model.onnx");
}

UNUSED_OK static void tear_down(void)
{
	strbuf_free(&messages);
	arena_free(&arena);
}

UNUSED_OK static struct value *input(const char *name, enum dtype t, int rank, dim d0, dim d1)
{
	struct shape s = { .rank = rank, .d = { d0, d1 } };
	struct value *v = graph_value(u->main, name, t, &s);
	graph_add_input(u->main, v);
	return v;
}

UNUSED_OK static struct node *insert(struct node *before, const struct op *op, int n_in,
				     const uint32_t *in, int n_out)
{
	struct loc loc = { .file = "model.onnx", .node = "n", .op = op->name };
	return graph_insert(u->main, before, op, NULL, n_in, in, n_out, &loc);
}

UNUSED_OK static struct node *add(struct value *a, struct value *b)
{
	struct node *n = insert(NULL, &add_op, 2, (uint32_t[]){ a->id, b->id }, 1);
	ck_assert(node_infer(u, n));
	return n;
}

UNUSED_OK static struct node *copy(struct value *a)
{
	struct node *n = insert(NULL, &copy_op, 1, (uint32_t[]){ a->id }, 1);
	ck_assert(node_infer(u, n));
	return n;
}

UNUSED_OK static void expect_message(const char *part)
{
	ck_assert_msg(messages.s && strstr(messages.s, part), "\"%s\" is not in:\n%s", part,
		      messages.s ? messages.s : "(nothing)");
}

#endif
