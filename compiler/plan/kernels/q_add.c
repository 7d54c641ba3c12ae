/* edgecc.QAdd of two images of one shape as edgert_add. */
#include "q_numbers.h"

enum { SCALE = 2 };

static const struct param_row rows[] = {
	PARAM(edgert_add, n),         PARAM(edgert_add, h),
	PARAM(edgert_add, w),         PARAM(edgert_add, c),
	PARAM(edgert_add, a_image),   PARAM(edgert_add, a_row),
	PARAM(edgert_add, a_pixel),   PARAM(edgert_add, b_image),
	PARAM(edgert_add, b_row),     PARAM(edgert_add, b_pixel),
	PARAM(edgert_add, y_image),   PARAM(edgert_add, y_row),
	PARAM(edgert_add, y_pixel),   PARAM_NUMBER(edgert_add, shift),
	PARAM_NUMBER(edgert_add, lo), PARAM_NUMBER(edgert_add, hi),
	PARAM(edgert_add, fused),
};

static void strides(struct unit *u, const struct value *v, edgert_int *image, edgert_int *row,
		    edgert_int *pixel)
{
	dim s[RANK_MAX], origin;

	value_strides(u, v, s, &origin);
	*image = s[0];
	*row = s[2];
	*pixel = s[3];
}

/* Other ranks come from nets whose layout is not the kernel's; loops take those. */
static bool accept(const struct node *n, enum dtype t, const char **reason)
{
	const struct value *a = node_in(n, 0), *b = node_in(n, 1);

	*reason = "activations of another type";
	if (a->type != t || b->type != t || node_out(n, 0)->type != t)
		return false;
	*reason = "not two images of one shape";
	if (a->shape.rank != 4 || !shape_equal(&a->shape, &b->shape) || a->constant || b->constant)
		return false;
	*reason = "element by element";
	return node_const(n, SCALE) && node_const(n, SCALE)->type != DT_I64;
}

bool accept_add_s8_mve(struct unit *u, const struct node *n, const struct target *t,
		       const char **reason)
{
	(void)u;
	(void)t;
	return accept(n, DT_I8, reason);
}

bool accept_add_s8_rvv(struct unit *u, const struct node *n, const struct target *t,
		       const char **reason)
{
	return accept_add_s8_mve(u, n, t, reason);
}

bool accept_add_s8_q128(struct unit *u, const struct node *n, const struct target *t,
			const char **reason)
{
	*reason = "no vectors of 128 bits";
	return target_q128_taps(t) != 0 && accept_add_s8_mve(u, n, t, reason);
}

/* In float only. */
bool accept_add_u8_x86(struct unit *u, const struct node *n, const struct target *t,
		       const char **reason)
{
	(void)u;
	(void)t;
	return accept(n, DT_U8, reason) && node_const(n, SCALE)->type == DT_F32;
}

void build_add_s8_mve(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	const struct qadd_attrs *a = n->attrs;
	const struct shape *s = &node_in(n, 0)->shape;
	struct edgert_add p = { .n = s->d[0],
				.c = s->d[1],
				.h = s->d[2],
				.w = s->d[3],
				.shift = a->shift,
				.lo = a->lo,
				.hi = a->hi,
				.fused = a->fused };

	(void)t;
	strides(u, node_in(n, 0), &p.a_image, &p.a_row, &p.a_pixel);
	strides(u, node_in(n, 1), &p.b_image, &p.b_row, &p.b_pixel);
	strides(u, node_out(n, 0), &p.y_image, &p.y_row, &p.y_pixel);
	call_params(u, c, "edgert_add", rows, ARRAY_LEN(rows), &p);
	call_value(u, c, node_in(n, 0), false);
	call_value(u, c, node_in(n, 1), false);
	call_packed(u, c, n->in[SCALE], DT_I32, node_const(n, SCALE)->data, 3 * sizeof(int32_t));
	call_value(u, c, node_out(n, 0), true);
	c->in_place = true;
}

void build_add_s8_q128(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	build_add_s8_mve(u, n, t, c);
}

void build_add_s8_rvv(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	build_add_s8_mve(u, n, t, c);
}

void build_add_u8_x86(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	build_add_s8_mve(u, n, t, c);
}
