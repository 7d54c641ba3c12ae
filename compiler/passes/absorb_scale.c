/* A quantized tensor times and plus constants, in integers of any width:
 *
 *	Q(clamp((DQ(x) * c + d) ...))  =>  QScale(x, scale, offset)
 *
 * with the constants multiplied out; of none, it is another quantization of the same. */
#include "quantized.h"

#include <string.h>

/* y = x * scale + offset, so far; both are constants. */
struct affine_form {
	uint32_t x, scale, offset;
};

/* x is an integer tensor's reals: a quantized one's, or a recurrence's states. */
static bool begins(struct node *at, const struct node *n, int k, struct affine_form *f)
{
	const struct node *d = input_node(n, k);
	struct quantized q;
	double scale;

	if (quantized_input(n, k, &q)) {
		f->scale = build_number(at, DT_F32, (double)q.scale);
		f->offset = build_number(at, DT_F32, -(double)q.zero * (double)q.scale);
	} else if (node_is(d, "DequantizeLinear") && node_in(d, 0)->type == DT_I32 &&
		   !node_in(d, 2) && input_number(d, 1, &scale) && scale > 0) {
		f->scale = build_number(at, DT_F32, scale);
		f->offset = build_number(at, DT_F32, 0);
	} else {
		return false;
	}
	f->x = d->in[0];
	return true;
}

static bool one_of(const struct node *n, const char *const *names)
{
	for (; *names; names++)
		if (node_is(n, *names))
			return true;
	return false;
}

/* What n does to its input of which f is known: c is its other operand. */
static void apply(struct node *at, const struct node *n, int k, uint32_t c, struct affine_form *f)
{
	if (node_is(n, "Mul") || node_is(n, "Div")) {
		f->scale = build2(at, n->op->name, NULL, f->scale, c);
		f->offset = build2(at, n->op->name, NULL, f->offset, c);
	} else if (node_is(n, "Add")) {
		f->offset = build2(at, "Add", NULL, f->offset, c);
	} else if (k == 0) {
		f->offset = build2(at, "Sub", NULL, f->offset, c);
	} else { /* c - x */
		f->offset = build2(at, "Sub", NULL, c, f->offset);
		f->scale = build1(at, "Neg", NULL, f->scale);
	}
}

/* n's result as x * scale + offset. */
static bool form_of(struct node *at, struct node *n, struct affine_form *f, int depth)
{
	static const char *const names[] = { "Add", "Sub", "Mul", "Div", NULL };
	const struct node *p;

	if (depth > 8 || !one_of(n, names) || n->n_in != 2)
		return false;
	for (int k = 0; k < 2; k++) {
		const struct constant *c = node_const(n, 1 - k);

		if (!c || c->type != DT_F32 || (k == 1 && node_is(n, "Div")))
			continue;
		p = sole_input_node(n, k);
		if (!begins(at, n, k, f) && (!p || !form_of(at, input_node(n, k), f, depth + 1)))
			return false;
		apply(at, n, k, n->in[1 - k], f);
		return true;
	}
	return false;
}

static bool apply_scale(struct unit *u, struct node *n)
{
	struct qscale_attrs a = { 0 };
	struct quantized_result r;
	struct affine_form f;
	uint32_t scale, zero;

	if (!quantized_output(n, &r.q))
		return false;
	r.lo = quantized_least(r.q.type);
	r.hi = quantized_most(r.q.type);
	if (!begins(n, n, 0, &f) && !(quantized_result(n, &r) && form_of(n, r.source, &f, 0)))
		return false;
	a.to = (int)r.q.type;
	a.lo = r.lo;
	a.hi = r.hi;
	scale = build_number(n, DT_F32, (double)r.q.scale);
	zero = build_number(n, DT_F32, (double)r.q.zero);
	f.scale = build2(n, "Div", NULL, f.scale, scale);
	f.offset = build2(n, "Add", NULL, build2(n, "Div", NULL, f.offset, scale), zero);
	if (!value_of(u, f.scale)->constant || !value_of(u, f.offset)->constant)
		return false;
	return replace_node(n, build3(n, "edgecc.QScale", &a, f.x, f.scale, f.offset));
}

const struct rewrite rewrites_absorb_scale[] = {
	{ "quantized-scale", "QuantizeLinear",
	  "Q(DQ(x) * c + d) => integers times and plus constants", apply_scale },
	{ .name = NULL }
};
