/* content.c - integer tensors whose elements are known while the model is compiled: shapes as data.
 * Elements are dims, negative ones included (the -1 of a Reshape). */
#include "family.h"

/* More elements than any shape computation has; larger tensors are folded as constants or not at
 * all. */
#define CONTENT_MAX 1024

static bool result(dim d, dim *out)
{
	*out = d;
	return d != DIM_OVERFLOW;
}

bool elem_add(struct unit *u, dim a, dim b, dim *out)
{
	return result(dim_add(u, a, b), out);
}

bool elem_sub(struct unit *u, dim a, dim b, dim *out)
{
	return result(dim_diff(u, a, b), out);
}

bool elem_mul(struct unit *u, dim a, dim b, dim *out)
{
	return result(dim_mul(u, a, b), out);
}

bool elem_div(struct unit *u, dim a, dim b, dim *out)
{
	int64_t x, y;

	if (!dim_is_number(u, b, &y) || y == 0 || y == -1)
		return false;
	if (dim_is_number(u, a, &x))
		return result(dim_number(u, x / y), out);
	return y > 0 && dim_lo(u, a) >= 0 && result(dim_floordiv(u, a, y), out);
}

bool elem_mod(struct unit *u, dim a, dim b, dim *out)
{
	int64_t x, y;

	if (!dim_is_number(u, b, &y) || y <= 0)
		return false;
	if (dim_is_number(u, a, &x))
		return result(floor_mod(x, y), out);
	return result(dim_diff(u, a, dim_mul(u, dim_floordiv(u, a, y), y)), out);
}

bool elem_min(struct unit *u, dim a, dim b, dim *out)
{
	return result(dim_min(u, a, b), out);
}

bool elem_max(struct unit *u, dim a, dim b, dim *out)
{
	return result(dim_max(u, a, b), out);
}

bool elem_lt(struct unit *u, dim a, dim b, dim *out)
{
	dim d = dim_diff(u, a, b);

	if (d == DIM_OVERFLOW)
		return false;
	*out = dim_hi(u, d) < 0 || dim_hi(u, a) < dim_lo(u, b);
	return *out || dim_lo(u, d) >= 0 || dim_lo(u, a) >= dim_hi(u, b);
}

bool elem_le(struct unit *u, dim a, dim b, dim *out)
{
	bool decided = elem_lt(u, b, a, out);

	*out = !*out;
	return decided;
}

bool elem_eq(struct unit *u, dim a, dim b, dim *out)
{
	dim less, more;

	*out = a == b;
	if (a == b)
		return true;
	return (elem_lt(u, a, b, &less) && less) || (elem_lt(u, b, a, &more) && more);
}

bool content_count(struct unit *u, const struct value *v, int *count)
{
	if (v->shape.rank < 0 || !shape_is_const(&v->shape) ||
	    dim_hi(u, shape_count(u, &v->shape)) > CONTENT_MAX)
		return false;
	*count = (int)shape_elements(&v->shape);
	return true;
}

void infer_content(struct unit *u, struct node *n, elem_op f)
{
	struct value *y = node_out(n, 0);
	const dim *x;
	dim *acc;
	int total, count;

	if (!y || !dtype_is_int(node_in(n, 0)->type) || !content_count(u, y, &total) ||
	    y->shape.rank > 1)
		return;
	acc = arena_array(u->arena, dim, (size_t)total);
	for (int k = 0; k < n->n_in; k++) {
		if (input_dims(u, n, k, &x, &count) != 1)
			return;
		for (int i = 0; i < total; i++) {
			dim e = x[count == 1 ? 0 : i];

			if (k == 0)
				acc[i] = e;
			else if (!f(u, acc[i], e, &acc[i]))
				return;
		}
	}
	set_elems(u, y, acc, total);
}

void infer_same_content(struct unit *u, struct node *n)
{
	struct value *y = node_out(n, 0);
	const dim *x;
	int count, total;

	if (y && content_count(u, y, &total) && input_dims(u, n, 0, &x, &count) == 1 &&
	    count == total)
		set_elems(u, y, x, count);
}

/* -- moved content ------------------------------------------------------------------------- */

#define MOVED_MAX 32 /* inputs: the sets are bit masks */

/* Input k's elements numbered from base + 1 on, in its own type. */
static const struct constant *numbered(struct unit *u, const struct value *x, int base, int count)
{
	void *data;
	struct constant *c = constant_new(u->arena, x->type, &x->shape, &data);

	for (int i = 0; i < count; i++)
		constant_put_i64(data, x->type, i, base + 1 + i);
	return c;
}

/* The definition, evaluated over numbered elements; NULL when there is none. While it is built the
 * moved inputs must not be known: a constant's number would stand for itself. */
static struct tir_stage *define_hiding(struct unit *u, struct node *n, unsigned moved)
{
	struct tir_stage *stages = arena_array(u->arena, struct tir_stage, (size_t)n->n_out);
	const struct constant *kept[MOVED_MAX] = { NULL };
	struct tir_builder b;
	bool ok;

	for (int k = 0; k < n->n_in; k++) {
		if (!(moved >> k & 1u) || !node_in(n, k))
			continue;
		kept[k] = node_in(n, k)->constant;
		node_in(n, k)->constant = NULL;
	}
	tir_builder_init(&b, u, n);
	ok = n->op->define(&b, n, stages);
	for (int k = n->n_in - 1; k >= 0; k--)
		if (kept[k])
			node_in(n, k)->constant = kept[k];
	return ok ? stages : NULL;
}

static bool is_content_type(enum dtype t)
{
	return t == DT_I32 || t == DT_I64;
}

void infer_moved_content(struct unit *u, struct node *n, unsigned moved, unsigned known)
{
	const struct constant **in =
		arena_array(u->arena, const struct constant *, (size_t)n->n_in);
	const dim *x;
	VEC(dim) elems = { NULL, 0, 0 };
	struct tir_stage *stages;
	int count, total;

	if (n->n_in > MOVED_MAX)
		return;
	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k) && (!is_content_type(node_out(n, k)->type) ||
				       !content_count(u, node_out(n, k), &total)))
			return;
	for (int k = 0; k < n->n_in; k++) {
		in[k] = node_const(n, k);
		if ((known >> k & 1u) && node_in(n, k) && !in[k])
			return;
		if (!(moved >> k & 1u) || !node_in(n, k))
			continue;
		if (input_dims(u, n, k, &x, &count) != 1)
			return;
		in[k] = numbered(u, node_in(n, k), (int)elems.n, count);
		for (int i = 0; i < count; i++)
			vec_push(u->arena, &elems, x[i]);
	}
	stages = define_hiding(u, n, moved);
	for (int k = 0; stages && k < n->n_out; k++) {
		struct value *y = node_out(n, k);
		const struct constant *c;
		dim *out;

		if (!y || !content_count(u, y, &total))
			continue;
		c = tir_eval(u->arena, &stages[k], in);
		out = arena_array(u->arena, dim, (size_t)total);
		for (int i = 0; i < total; i++) {
			int64_t at = constant_i64(c, i);

			out[i] = at == 0 ? 0 : elems.p[at - 1];
		}
		set_elems(u, y, out, total);
	}
}
