/* edgecc.QConv with one or two spatial axes as edgert_conv2d. */
#include "q_numbers.h"

static struct edgert_conv2d params(struct unit *u, const struct node *n)
{
	const struct qconv_attrs *a = n->attrs;
	struct edgert_conv2d p = conv_params(u, n);

	p.x_zero = a->x_zero;
	p.y_zero = a->out.zero;
	p.lo = a->out.lo;
	p.hi = a->out.hi;
	p.shift = a->out.shift;
	p.fits = q_factors_fit(n);
	return p;
}

bool q_conv_accept(struct unit *u, const struct node *n, enum dtype from, enum dtype to,
		   const char **reason, struct edgert_conv2d *bound)
{
	if (node_in(n, 0)->shape.rank > 4) {
		*reason = "more than two spatial axes";
		return false;
	}
	if (!q_inputs_accept(n, from, to, ((const struct qconv_attrs *)n->attrs)->wide, reason))
		return false;
	*bound = params(u, n);
	params_bound(u, conv_param_rows, conv_param_count, bound);
	return true;
}

/* [co][cig][taps] to [co][taps][cig] */
static const int8_t *channels_inner(struct unit *u, const int8_t *w, int64_t co, int64_t cig,
				    int64_t taps)
{
	int8_t *out = arena_array(u->arena, int8_t, (size_t)(co * taps * cig));

	for (int64_t o = 0; o < co; o++)
		for (int64_t c = 0; c < cig; c++)
			for (int64_t k = 0; k < taps; k++)
				out[(o * taps + k) * cig + c] = w[(o * cig + c) * taps + k];
	return out;
}

void q_conv_read(struct unit *u, const struct node *n, struct q_conv *out)
{
	int64_t cig, taps;

	*out = (struct q_conv){ .p = params(u, n) };
	out->bound = out->p;
	params_bound(u, conv_param_rows, conv_param_count, &out->bound);
	cig = out->p.ci / out->p.groups;
	taps = out->p.kh * out->p.kw;
	out->w = channels_inner(u, node_const(n, 1)->data, out->p.co, cig, taps);
	out->q = q_numbers(u, n, out->w, out->p.co, cig * taps, out->p.x_zero);
}

void q_conv_call(struct unit *u, const struct node *n, const struct q_conv *c, const int8_t *w,
		 size_t w_size, const int32_t *q, size_t q_size, size_t scratch, struct call *out)
{
	call_params(u, out, "edgert_conv2d", conv_param_rows, conv_param_count, &c->p);
	q_arguments(u, n, c->w4, w, w_size, q, q_size, scratch, out);
}

/* -- reference ------------------------------------------------------------------------- */

Q_ACCEPT_REF(conv2d, , q_conv_accept, struct edgert_conv2d, true, "four channels at a time")
Q_ACCEPT_REF(conv2d, w4, q_conv_accept, struct edgert_conv2d, q_fits_w4(n),
	     "four channels at a time, weights of 4 bits")

void build_conv2d_q8_ref(struct unit *u, const struct node *n, const struct target *t,
			 struct call *out)
{
	struct q_conv c;

	(void)t;
	q_conv_read(u, n, &c);
	q_conv_call(u, n, &c, c.w, node_const(n, 1)->size, c.q, (size_t)c.p.co * 2 * sizeof *c.q, 0,
		    out);
}

void build_conv2d_q8w4_ref(struct unit *u, const struct node *n, const struct target *t,
			   struct call *out)
{
	struct q_conv c;
	size_t size;
	const int8_t *w;

	(void)t;
	q_conv_read(u, n, &c);
	c.w4 = true;
	w = q_folded(u, 1, c.w, node_const(n, 1)->size, &size);
	q_conv_call(u, n, &c, w, size, c.q, (size_t)c.p.co * 2 * sizeof *c.q, 0, out);
}
