/* Whether every size has a bound and every tensor a size that this machine can address. */
#include "alias.h"
#include "plan.h"

/* The symbol, element or size whose bound d lacks; 0: none. */
static dim unbounded_leaf(struct unit *u, dim d)
{
	const struct dim_expr *x;
	dim leaf;

	if (d >= 0 || dim_hi(u, d) != DIM_UNBOUNDED)
		return 0;
	x = dim_expr(u, d);
	if (dim_is_leaf(x->kind))
		return d;
	leaf = unbounded_leaf(u, x->a);
	return leaf ? leaf : unbounded_leaf(u, x->b);
}

/* Each is named once: after that it counts as bounded. What the compiler made itself cannot be given
 * a bound; where others lack theirs too, it may come from them. */
static void no_bound(struct unit *u, const struct value *v, int axis)
{
	dim d = v->shape.d[axis], leaf = unbounded_leaf(u, d);
	const char *name = v->name ? v->name : "a value", *symbol = "NAME", *tensor = NULL;

	if (leaf && dim_expr(u, leaf)->kind == DIM_SYMBOL)
		symbol = dim_text(u, leaf);
	else if (leaf)
		tensor = value_of(u, dim_expr(u, leaf)->value)->name;
	if (tensor)
		diag_error(u->diag, &v->loc,
			   "size %s of axis %d of %s is known at run time only and has no bound: "
			   "give it one with --dim '%s<=N'",
			   dim_text(u, d), axis, name, tensor);
	else if (!leaf || dim_expr(u, leaf)->kind == DIM_SYMBOL || !u->diag->errors)
		diag_error(
			u->diag, &v->loc,
			"size %s of axis %d of %s has no bound: set it with --dim %s=N or bound it "
			"with --dim '%s<=N'",
			dim_text(u, d), axis, name, symbol, symbol);
	if (leaf)
		dim_give_up(u, leaf);
}

bool value_is_bounded(struct unit *u, const struct value *v)
{
	bool ok = true;

	for (int a = 0; a < v->shape.rank; a++)
		if (dim_hi(u, v->shape.d[a]) == DIM_UNBOUNDED) {
			no_bound(u, v, a);
			ok = false;
		}
	if (ok && box_bytes(u, v) >= INT64_MAX / 4)
		ok = diag_error(u->diag, &v->loc, "%s of shape %s is too large",
				v->name ? v->name : "a value", shape_text(u, &v->shape));
	return ok;
}
