/* Attribute structs as their rows describe them: defaults and equality. */
#include "op.h"

#include <string.h>

static void set_default(const struct attr_row *r, void *attrs)
{
	void *p = (char *)attrs + r->offset;
	switch (r->kind) {
	case ATTR_INT:
		*(int64_t *)p = r->def_int;
		break;
	case ATTR_FLOAT:
		*(float *)p = (float)r->def_float;
		break;
	case ATTR_STRING:
		*(const char **)p = r->def_string;
		break;
	case ATTR_ENUM:
		*(int *)p = (int)r->def_int;
		break;
	case ATTR_TYPE:
		*(enum dtype *)p = (enum dtype)r->def_int;
		break;
	case ATTR_GRAPH:
		*(int *)p = -1; /* no subgraph */
		break;
	case ATTR_INTS:
	case ATTR_FLOATS:
	case ATTR_STRINGS:
	case ATTR_TENSOR:
	case ATTR_TENSORS:
		break; /* zeroed: absent */
	}
}

void *op_default_attrs(struct arena *a, const struct op *op)
{
	void *attrs = arena_alloc(a, op->attrs_size);
	for (const struct attr_row *r = op->attrs; r && r->name; r++)
		set_default(r, attrs);
	return attrs;
}

/* -- equality ------------------------------------------------------------------------------ */

static bool strings_equal(const char *const *a, const char *const *b, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return true;
}

bool constant_equal(const struct constant *a, const struct constant *b)
{
	if (a == b)
		return true;
	if (!a || !b || a->type != b->type || !shape_equal(&a->shape, &b->shape))
		return false;
	if (a->type == DT_STRING)
		return strings_equal(a->strings, b->strings, shape_elements(&a->shape));
	return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

/* Lists of n elements of the given size; an absent list differs from an empty one. */
static bool lists_equal(const void *a, int na, const void *b, int nb, size_t size)
{
	return na == nb && !a == !b && (na == 0 || memcmp(a, b, (size_t)na * size) == 0);
}

static bool attr_equal(const struct attr_row *r, const void *x, const void *y)
{
	const void *p = (const char *)x + r->offset, *q = (const char *)y + r->offset;
	switch (r->kind) {
	case ATTR_INT:
		return *(const int64_t *)p == *(const int64_t *)q;
	case ATTR_FLOAT: /* by bits: NaN equals itself, -0 is not 0 */
		return memcmp(p, q, sizeof(float)) == 0;
	case ATTR_STRING: {
		const char *s = *(const char *const *)p, *t = *(const char *const *)q;
		return s == t || (s && t && strcmp(s, t) == 0);
	}
	case ATTR_ENUM:
	case ATTR_GRAPH:
		return *(const int *)p == *(const int *)q;
	case ATTR_TYPE:
		return *(const enum dtype *)p == *(const enum dtype *)q;
	case ATTR_INTS: {
		const struct ints *a = p, *b = q;
		return lists_equal(a->p, a->n, b->p, b->n, sizeof(int64_t));
	}
	case ATTR_FLOATS: {
		const struct floats *a = p, *b = q;
		return lists_equal(a->p, a->n, b->p, b->n, sizeof(float));
	}
	case ATTR_STRINGS: {
		const struct strings *a = p, *b = q;
		return a->n == b->n && !a->p == !b->p && strings_equal(a->p, b->p, a->n);
	}
	case ATTR_TENSOR:
		return constant_equal(*(const struct constant *const *)p,
				      *(const struct constant *const *)q);
	case ATTR_TENSORS: {
		const struct tensors *a = p, *b = q;
		if (a->n != b->n || !a->p != !b->p)
			return false;
		for (int i = 0; i < a->n; i++)
			if (!constant_equal(a->p[i], b->p[i]))
				return false;
		return true;
	}
	}
	unreachable("attribute kind");
}

bool attr_is_default(struct arena *a, const struct op *op, const struct attr_row *r,
		     const void *attrs)
{
	return !r->required && attr_equal(r, attrs, op_default_attrs(a, op));
}

bool attrs_equal(const struct op *op, const void *a, const void *b)
{
	if (!op->attrs) /* ours, without rows: the same bytes */
		return op->attrs_size == 0 || memcmp(a, b, op->attrs_size) == 0;
	for (const struct attr_row *r = op->attrs; r->name; r++)
		if (!attr_equal(r, a, b))
			return false;
	return true;
}
