/* Shapes: counting, comparing, broadcasting. */
#include "ir.h"

#include <assert.h>

bool shape_equal(const struct shape *a, const struct shape *b)
{
	if (a->rank != b->rank)
		return false;
	for (int i = 0; i < a->rank; i++)
		if (a->d[i] != b->d[i])
			return false;
	return true;
}

bool shape_is_const(const struct shape *s)
{
	for (int i = 0; i < s->rank; i++)
		if (!dim_is_const(s->d[i]))
			return false;
	return s->rank >= 0;
}

dim shape_count_range(struct unit *u, const struct shape *s, int from, int to)
{
	assert(s->rank >= 0 && from >= 0 && to <= s->rank);
	dim n = 1;
	for (int i = from; i < to; i++) {
		if (s->d[i] == 0) /* nothing, however large the others' product */
			return 0;
		n = dim_mul(u, n, s->d[i]);
	}
	return n;
}

dim shape_count(struct unit *u, const struct shape *s)
{
	return shape_count_range(u, s, 0, s->rank);
}

bool shape_overflows(struct unit *u, const struct shape *s, enum dtype t)
{
	return dim_mul(u, shape_count(u, s), (dim)dtype_size(t)) == DIM_OVERFLOW;
}

int64_t shape_elements(const struct shape *s)
{
	assert(shape_is_const(s));
	int64_t n = 1;
	for (int i = 0; i < s->rank; i++)
		if (s->d[i] == 0)
			return 0;
	for (int i = 0; i < s->rank; i++)
		if (!mul_i64(n, s->d[i], &n))
			unreachable("a shape's size was not checked");
	return n;
}

bool shape_broadcast(struct unit *u, const struct loc *loc, const struct shape *a,
		     const struct shape *b, struct shape *out)
{
	assert(a->rank >= 0 && b->rank >= 0);
	struct shape s = { .rank = a->rank > b->rank ? a->rank : b->rank };
	for (int i = 0; i < s.rank; i++) {
		int ia = i - (s.rank - a->rank), ib = i - (s.rank - b->rank);
		dim x = ia < 0 ? 1 : a->d[ia], y = ib < 0 ? 1 : b->d[ib];
		if (!dim_broadcast(u, x, y, &s.d[i]))
			return diag_error(u->diag, loc, "shapes %s and %s do not broadcast",
					  shape_text(u, a), shape_text(u, b));
	}
	*out = s;
	return true;
}

bool axis_resolve(struct unit *u, const struct loc *loc, int64_t axis, int rank, int *out)
{
	if (axis < -rank || axis >= rank)
		return diag_error(u->diag, loc, "axis %lld is outside [%d, %d]", (long long)axis,
				  -rank, rank - 1);
	*out = (int)(axis < 0 ? axis + rank : axis);
	return true;
}

const char *shape_text(struct unit *u, const struct shape *s)
{
	if (s->rank < 0)
		return "[?]";
	struct strbuf b = { 0 };
	strbuf_putc(&b, '[');
	for (int i = 0; i < s->rank; i++)
		strbuf_printf(&b, "%s%s", i ? "," : "", dim_text(u, s->d[i]));
	strbuf_putc(&b, ']');
	const char *text = arena_strdup(u->arena, b.s);
	strbuf_free(&b);
	return text;
}
