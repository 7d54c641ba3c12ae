/* Sequences and optionals of test data as the main graph has them stacked (ops/sequence.h). */
#include "testdata.h"

#include <string.h>

/* x's elements at 0, 0 ... of an item of the shape `whole`. */
static void put(const struct constant *x, const struct shape *whole, char *item)
{
	size_t size = x->type == DT_STRING ? sizeof *x->strings : dtype_size(x->type);
	const char *from = x->type == DT_STRING ? (const char *)x->strings : x->data;
	int64_t n = shape_elements(&x->shape), at[RANK_MAX] = { 0 };

	for (int64_t i = 0; i < n; i++) {
		int64_t to = 0;

		for (int a = 0; a < x->shape.rank; a++)
			to = to * whole->d[a + 1] + at[a];
		for (int a = x->shape.rank; a + 1 < whole->rank; a++)
			to *= whole->d[a + 1];
		memcpy(item + (size_t)to * size, from + (size_t)i * size, size);
		for (int a = x->shape.rank - 1; a >= 0 && ++at[a] == x->shape.d[a]; a--)
			at[a] = 0;
	}
}

static const struct constant *stack_sizes(struct arena *a, const struct test_value *t, int rank)
{
	struct shape s = { .rank = 2, .d = { (dim)t->items.n, rank } };
	struct constant *c;
	void *data;

	c = constant_new(a, DT_I64, &s, &data);
	for (size_t i = 0; i < t->items.n; i++)
		for (int k = 0; k < rank; k++)
			((int64_t *)data)[i * (size_t)rank + (size_t)k] =
				k < t->items.p[i]->shape.rank ? t->items.p[i]->shape.d[k] : -1;
	return c;
}

/* x can be one of the tensors. */
static bool fits(const struct constant *x, const struct port *port, const struct value *v)
{
	return x->type == v->type && (x->shape.rank == v->shape.rank - 1 ||
				      (port->mixed && x->shape.rank < v->shape.rank));
}

const struct constant *test_stack(struct arena *a, const struct test_value *t,
				  const struct port *port, const struct value *v)
{
	struct shape s = v->shape;
	int64_t each = 1;
	struct constant *c;
	void *data;

	if (port->item == 1)
		return stack_sizes(a, t, (int)v->shape.d[1]);
	if (port->item)
		return constant_scalar_i64(a, DT_BOOL, t->present);
	s.d[0] = (dim)t->items.n;
	for (int k = 1; k < s.rank; k++) {
		int64_t most = 0;

		for (size_t i = 0; i < t->items.n; i++) {
			const struct shape *x = &t->items.p[i]->shape;
			int64_t size = k <= x->rank ? x->d[k - 1] : 1;

			if (fits(t->items.p[i], port, v) && size > most)
				most = size;
		}
		if (!dim_is_const(s.d[k]) || most > s.d[k])
			s.d[k] = most;
		each *= s.d[k];
	}
	c = constant_new(a, v->type, &s, &data);
	for (int64_t i = 0; v->type == DT_STRING && i < each * s.d[0]; i++)
		((const char **)data)[i] = "";
	for (size_t i = 0; i < t->items.n; i++)
		if (fits(t->items.p[i], port, v))
			put(t->items.p[i], &s,
			    (char *)data + i * (size_t)each *
						   (v->type == DT_STRING ? sizeof(char *)
									 : dtype_size(v->type)));
	return c;
}

const struct constant *test_stack_cut(struct arena *a, const struct constant *all,
				      const struct constant **sizes)
{
	int rank = all->shape.rank - 1;
	int64_t n = shape_elements(&all->shape);
	struct constant *c, *s;
	void *to, *fits;

	c = constant_new(a, all->type, &all->shape, &to);
	s = constant_new(a, DT_I64, &(*sizes)->shape, &fits);
	for (int64_t i = 0; i < all->shape.d[0] * rank; i++)
		((int64_t *)fits)[i] =
			floor_mod(constant_i64(*sizes, i), all->shape.d[i % rank + 1] + 1);
	for (int64_t i = 0; i < n; i++) {
		int64_t rest = i;
		bool within = true;

		for (int k = rank; k > 0; rest /= all->shape.d[k--])
			within &= rest % all->shape.d[k] <
				  ((int64_t *)fits)[i / (n / all->shape.d[0]) * rank + k - 1];
		if (all->type == DT_STRING)
			((const char **)to)[i] = within ? all->strings[i] : "";
		else if (within)
			memcpy((char *)to + (size_t)i * dtype_size(all->type),
			       (const char *)all->data + (size_t)i * dtype_size(all->type),
			       dtype_size(all->type));
	}
	*sizes = s;
	return c;
}
