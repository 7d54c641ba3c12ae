/* Questions about a node's neighbourhood. */
#include "rewrite.h"

#include <string.h>

bool node_is(const struct node *n, const char *op)
{
	return n && n->op->domain == DOMAIN_ONNX && strcmp(n->op->name, op) == 0;
}

bool used_once(const struct value *v)
{
	return v->uses.n == 1 && v->outputs == 0;
}

struct node *input_node(const struct node *n, int k)
{
	const struct value *v = node_in(n, k);

	if (!v || !v->producer || v->output != 0 || v->producer->graph != n->graph)
		return NULL;
	return v->producer;
}

struct node *sole_input_node(const struct node *n, int k)
{
	struct node *p = input_node(n, k);

	return p && used_once(node_in(n, k)) ? p : NULL;
}

struct node *sole_input_op(const struct node *n, int k, const char *op)
{
	struct node *p = sole_input_node(n, k);

	return node_is(p, op) ? p : NULL;
}

struct node *sole_user(const struct value *v)
{
	return used_once(v) ? v->uses.p[0] : NULL;
}

int constant_slot(const struct node *n)
{
	bool first = node_const(n, 0) != NULL, second = node_const(n, 1) != NULL;

	return first == second ? -1 : second;
}

bool input_number(const struct node *n, int k, double *out)
{
	const struct constant *c = node_const(n, k);

	if (!c || c->type == DT_STRING || shape_elements(&c->shape) != 1)
		return false;
	*out = constant_f64(c, 0);
	return true;
}

bool input_is(const struct node *n, int k, double v)
{
	double x;

	return input_number(n, k, &x) && x == v;
}

bool input_is_all(const struct node *n, int k, double v)
{
	const struct constant *c = node_const(n, k);
	int64_t count = c ? shape_elements(&c->shape) : 0;

	if (count == 0 || c->type == DT_STRING)
		return false;
	for (int64_t i = 0; i < count; i++)
		if (constant_f64(c, i) != v)
			return false;
	return true;
}

bool output_is_float(const struct node *n)
{
	enum dtype t = node_out(n, 0)->type;

	return t == DT_F32 || t == DT_F64;
}

bool same_tensor(const struct value *a, const struct value *b)
{
	return a->container == TENSOR && b->container == TENSOR && a->type == b->type &&
	       a->shape.rank >= 0 && shape_equal(&a->shape, &b->shape);
}

static const struct attr_row *row_of(const struct op *op, const char *name)
{
	for (const struct attr_row *r = op->attrs; r && r->name; r++)
		if (strcmp(r->name, name) == 0)
			return r;
	unreachable("a rewrite names an attribute that has no row");
}

double attr_number(const struct node *n, const char *name)
{
	const struct attr_row *r = row_of(n->op, name);
	const void *p = (const char *)n->attrs + r->offset;

	switch (r->kind) {
	case ATTR_INT:
		return (double)*(const int64_t *)p;
	case ATTR_FLOAT:
		return (double)*(const float *)p;
	case ATTR_ENUM:
		return *(const int *)p;
	default:
		unreachable("an attribute that is no number");
	}
}

void attr_set(void *attrs, const struct op *op, const char *name, double v)
{
	const struct attr_row *r = row_of(op, name);
	void *p = (char *)attrs + r->offset;

	if (r->kind == ATTR_INT)
		*(int64_t *)p = (int64_t)v;
	else if (r->kind == ATTR_FLOAT)
		*(float *)p = (float)v;
	else if (r->kind == ATTR_ENUM)
		*(int *)p = (int)v;
	else
		unreachable("an attribute that is no number");
}

bool reduced_axes(const struct node *n, bool *folded)
{
	const struct constant *axes = node_const(n, 1);
	int rank = node_in(n, 0)->shape.rank, axis;
	int64_t count = axes ? shape_elements(&axes->shape) : 0;

	if (!node_in(n, 1) || count == 0) {
		memset(folded, attr_number(n, "noop_with_empty_axes") == 0,
		       RANK_MAX * sizeof *folded);
		return !node_in(n, 1) || axes;
	}
	memset(folded, 0, RANK_MAX * sizeof *folded);
	for (int64_t i = 0; i < count; i++) {
		if (!axis_resolve(n->graph->unit, &n->loc, constant_i64(axes, i), rank, &axis))
			return false;
		folded[axis] = true;
	}
	return true;
}
