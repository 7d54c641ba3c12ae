/* Whether every size has a bound and every tensor a size that this machine can address. */
#include "alias.h"
#include "plan.h"

/* Whose bound d lacks: a tensor that is read or measured at run time; NULL: a symbol's. */
static const char *unbounded_tensor(struct unit *u, dim d)
{
	const struct dim_expr *x;
	const char *name;

	if (d >= 0 || dim_hi(u, d) != DIM_UNBOUNDED)
		return NULL;
	x = dim_expr(u, d);
	if (x->kind == DIM_ELEMENT || x->kind == DIM_SIZE)
		return value_of(u, x->value)->name;
	if (dim_is_leaf(x->kind))
		return NULL;
	name = unbounded_tensor(u, x->a);
	return name ? name : unbounded_tensor(u, x->b);
}

static bool no_bound(struct unit *u, const struct value *v, int axis)
{
	dim d = v->shape.d[axis];
	const char *name = v->name ? v->name : "a value", *tensor = unbounded_tensor(u, d);

	if (tensor)
		return diag_error(
			u->diag, &v->loc,
			"size %s of axis %d of %s is known at run time only and has no bound: "
			"give it one with --dim '%s<=N'",
			dim_text(u, d), axis, name, tensor);
	return diag_error(
		u->diag, &v->loc,
		"size %s of axis %d of %s has no bound: set it with --dim NAME=N or bound it "
		"with --dim 'NAME<=N'",
		dim_text(u, d), axis, name);
}

bool value_is_bounded(struct unit *u, const struct value *v)
{
	bool ok = true;

	for (int a = 0; a < v->shape.rank; a++)
		if (dim_hi(u, v->shape.d[a]) == DIM_UNBOUNDED)
			ok = no_bound(u, v, a);
	if (ok && box_bytes(u, v) >= INT64_MAX / 4)
		ok = diag_error(u->diag, &v->loc, "%s of shape %s is too large",
				v->name ? v->name : "a value", shape_text(u, &v->shape));
	return ok;
}
