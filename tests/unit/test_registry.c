#include "unit.h"

#include <string.h>

#include "compiler/ops/ops.h"

/* What every row of every table must satisfy, so that an operator can be added without reading the
 * rest. */

static const size_t kind_size[] = {
	[ATTR_INT] = sizeof(int64_t),
	[ATTR_FLOAT] = sizeof(float),
	[ATTR_STRING] = sizeof(char *),
	[ATTR_ENUM] = sizeof(int),
	[ATTR_TYPE] = sizeof(enum dtype),
	[ATTR_INTS] = sizeof(struct ints),
	[ATTR_FLOATS] = sizeof(struct floats),
	[ATTR_STRINGS] = sizeof(struct strings),
	[ATTR_TENSOR] = sizeof(void *),
	[ATTR_TENSORS] = sizeof(struct tensors),
	[ATTR_GRAPH] = sizeof(int),
};

static int choices_of(const struct attr_row *r)
{
	int n = 0;
	while (r->choices && r->choices[n])
		n++;
	return n;
}

static void check_attr(const struct op *op, const struct attr_row *r)
{
	ck_assert_msg(r->offset + kind_size[r->kind] <= op->attrs_size,
		      "%s: %s is outside the struct", op->name, r->name);
	ck_assert_msg(r->offset % (kind_size[r->kind] < 8 ? kind_size[r->kind] : 8) == 0,
		      "%s: %s has another type", op->name, r->name);
	ck_assert_msg(r->lo <= r->hi, "%s: %s has an empty range", op->name, r->name);
	if (r->kind == ATTR_ENUM)
		ck_assert_msg(r->def_int >= 0 && r->def_int < choices_of(r),
			      "%s: %s has no such choice", op->name, r->name);
	for (const struct attr_row *q = r + 1; q->name; q++)
		ck_assert_msg(strcmp(q->name, r->name) != 0 && q->offset != r->offset,
			      "%s: %s stands twice", op->name, r->name);
}

static void check_row(const struct op *op, void *data)
{
	struct sig s;
	bool has_graph = false;
	++*(int *)data;
	op_sig(op, &s); /* ends the program on a word it does not know */
	ck_assert_msg(s.n_out > 0, "%s has no output", op->name);
	ck_assert_msg(op->since >= 1 && (op->until == 0 || op->until >= op->since),
		      "%s has no versions", op->name);
	ck_assert_ptr_eq(op_find(op->domain, op->name, op->since), op);
	for (const struct attr_row *r = op->attrs; r && r->name; r++) {
		check_attr(op, r);
		has_graph = has_graph || r->kind == ATTR_GRAPH;
	}
	if (op_find_any(op->domain, op->name) != op) {
		ck_assert_msg(op->upgrade != NULL, "%s, version %d, has no way to the newest form",
			      op->name, op->since);
		return;
	}
	ck_assert_msg(op->doc && op->doc[0], "%s has no description", op->name);
	ck_assert_msg(op->upgrade || op->infer || op->text, "%s has no inference", op->name);
	ck_assert_msg(op->upgrade || op->define || op->expand || op->eval || op->text ||
			      has_graph || (op->flags & OP_INTERNAL),
		      "%s has no definition", op->name);
}

START_TEST(rows)
{
	int n = 0;
	op_each(check_row, &n);
	ck_assert_int_gt(n, 0);
}
END_TEST

static void check_overlap(const struct op *op, void *data)
{
	const struct op *other = data;
	if (op == other || op->domain != other->domain || strcmp(op->name, other->name) != 0)
		return;
	bool before = op->until && op->until < other->since,
	     behind = other->until && other->until < op->since;
	ck_assert_msg(before || behind, "two rows serve %s at version %d", op->name,
		      op->since > other->since ? op->since : other->since);
}

static void check_overlaps(const struct op *op, void *data)
{
	(void)data;
	op_each(check_overlap, (void *)(uintptr_t)op);
}

START_TEST(versions_do_not_overlap)
{
	op_each(check_overlaps, NULL);
}
END_TEST

START_TEST(finding)
{
	ck_assert_ptr_null(op_find(DOMAIN_ONNX, "NoSuchOperator", 13));
	ck_assert_ptr_null(op_find_any(DOMAIN_MS, "Add"));
	ck_assert_ptr_eq(op_find(DOMAIN_ONNX, "Add", 1000), op_find_any(DOMAIN_ONNX, "Add"));
	ck_assert_ptr_eq(op_builtin("Add"), op_find_any(DOMAIN_ONNX, "Add"));
	ck_assert_ptr_null(op_find(DOMAIN_ONNX, "Add", 0));
}
END_TEST

Suite *suite_registry(void)
{
	const struct unit_test tests[] = {
		{ "rows", rows, 0 },
		{ "versions_do_not_overlap", versions_do_not_overlap, 0 },
		{ "finding", finding, 0 },
	};
	return UNIT_SUITE("registry", tests);
}
