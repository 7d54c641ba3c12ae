/* MaxPool, GlobalMaxPool and edgecc.QAveragePool of bytes, with one or two spatial axes. */
#include "q128.h"
#include "q_numbers.h"

enum { SCALE = 1 };

static bool accept_window(const struct node *n, enum dtype t, const char **reason)
{
	const struct value *x = node_in(n, 0);

	*reason = "not bytes with one or two spatial axes, or positions are wanted";
	if (x->type != t || node_out(n, 0)->type != t || x->shape.rank < 3 || x->shape.rank > 4 ||
	    node_out(n, 1))
		return false;
	*reason = "window by window, channels innermost";
	return true;
}

static bool accept_mean(const struct node *n, enum dtype t, const char **reason)
{
	*reason = "factors that are not known";
	return node_const(n, SCALE) && accept_window(n, t, reason);
}

static void build_max(struct unit *u, const struct node *n, struct call *out)
{
	const struct edgert_pool2d p = pool_params(u, n);

	call_params(u, out, "edgert_pool2d", pool_param_rows, pool_param_count, &p);
	call_value(u, out, node_in(n, 0), false);
	call_value(u, out, node_out(n, 0), true);
}

static struct edgert_pool2d mean_params(struct unit *u, const struct node *n)
{
	const struct qpool_attrs *a = n->attrs;
	struct edgert_pool2d p = pool_params(u, n);

	p.x_zero = a->x_zero;
	p.y_zero = a->out.zero;
	p.lo = a->out.lo;
	p.hi = a->out.hi;
	p.shift = a->out.shift;
	p.factors = shape_elements(&node_const(n, SCALE)->shape);
	return p;
}

/* -- x86: unsigned, factors in float ------------------------------------------------------ */

bool accept_maxpool2d_u8_x86(struct unit *u, const struct node *n, const struct target *t,
			     const char **reason)
{
	(void)u, (void)t;
	return accept_window(n, DT_U8, reason);
}

void build_maxpool2d_u8_x86(struct unit *u, const struct node *n, const struct target *t,
			    struct call *out)
{
	(void)t;
	build_max(u, n, out);
}

bool accept_averagepool2d_u8_x86(struct unit *u, const struct node *n, const struct target *t,
				 const char **reason)
{
	(void)u;
	*reason = "multipliers, not factors";
	return t->rounding == ROUNDING_ONNX && accept_mean(n, DT_U8, reason);
}

void build_averagepool2d_u8_x86(struct unit *u, const struct node *n, const struct target *t,
				struct call *out)
{
	const struct edgert_pool2d p = mean_params(u, n);

	(void)t;
	call_params(u, out, "edgert_pool2d", pool_param_rows, pool_param_count, &p);
	call_value(u, out, node_in(n, 0), false);
	call_value(u, out, node_in(n, SCALE), false);
	call_value(u, out, node_out(n, 0), true);
}

/* -- the other sets: signed, factors as words --------------------------------------------- */

static void build_mean_s8(struct unit *u, const struct node *n, struct call *out)
{
	struct edgert_pool2d p = mean_params(u, n);
	const struct constant *c = node_const(n, SCALE);

	if (p.factors == 1)
		p.scale = q_scale(c, 0);
	call_params(u, out, "edgert_pool2d", pool_param_rows, pool_param_count, &p);
	call_value(u, out, node_in(n, 0), false);
	call_packed(u, out, n->in[SCALE], DT_I32, c->data, c->size);
	call_value(u, out, node_out(n, 0), true);
}

/* WHERE: which targets have the set, or NO. */
#define SET(NAME, WHERE, NO)                                                                       \
	bool accept_maxpool2d_s8_##NAME(struct unit *u, const struct node *n,                      \
					const struct target *t, const char **reason)               \
	{                                                                                          \
		(void)u, (void)t;                                                                  \
		*reason = NO;                                                                      \
		return (WHERE) && accept_window(n, DT_I8, reason);                                 \
	}                                                                                          \
	bool accept_averagepool2d_s8_##NAME(struct unit *u, const struct node *n,                  \
					    const struct target *t, const char **reason)           \
	{                                                                                          \
		(void)u, (void)t;                                                                  \
		*reason = NO;                                                                      \
		return (WHERE) && accept_mean(n, DT_I8, reason);                                   \
	}                                                                                          \
	void build_maxpool2d_s8_##NAME(struct unit *u, const struct node *n,                       \
				       const struct target *t, struct call *out)                   \
	{                                                                                          \
		(void)t;                                                                           \
		build_max(u, n, out);                                                              \
	}                                                                                          \
	void build_averagepool2d_s8_##NAME(struct unit *u, const struct node *n,                   \
					   const struct target *t, struct call *out)               \
	{                                                                                          \
		(void)t;                                                                           \
		build_mean_s8(u, n, out);                                                          \
	}
SET(dsp, true, "")
SET(mve, true, "")
SET(rvv, true, "")
SET(q128, target_q128_taps(t) != 0, "no vectors of 128 bits")
SET(scalar, q_is_small(t), "memory is not tight, or constants lie in program memory")
