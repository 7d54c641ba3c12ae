/* edgecc.PackedConv and edgecc.PackedMatMul with weights of 8 or 4 bits as edgert_conv2d: a matrix
 * product is a convolution over an image of one row, its columns the channels. */
#include "packed.h"

#include "../../ops/integer.h"

#include <string.h>

bool packed_is_matmul(const struct node *n)
{
	return strcmp(n->op->name, "PackedMatMul") == 0;
}

static const struct packing_attrs *packing_of(const struct node *n)
{
	return packed_is_matmul(n) ? &((const struct packed_matmul_attrs *)n->attrs)->packing
				   : &((const struct packed_conv_attrs *)n->attrs)->packing;
}

/* [k][n] as weights of a convolution with one tap. */
static struct edgert_conv2d product_params(struct unit *u, const struct node *n)
{
	const struct shape *x = &node_in(n, 0)->shape, *w = &node_in(n, PACKED_W)->shape;
	dim rows = shape_count_range(u, x, 0, x->rank - 1);
	struct edgert_conv2d p = {
		.n = 1,
		.ih = 1,
		.iw = rows,
		.ci = w->d[0],
		.oh = 1,
		.ow = rows,
		.co = w->d[1],
		.kh = 1,
		.kw = 1,
		.sh = 1,
		.sw = 1,
		.dh = 1,
		.dw = 1,
		.groups = 1,
		.x_pixel = w->d[0],
		.y_pixel = w->d[1],
		.mr = 1,
		.nv = 1,
	};

	return p;
}

struct edgert_conv2d packed_params(struct unit *u, const struct node *n)
{
	struct edgert_conv2d p = packed_is_matmul(n) ? product_params(u, n) : conv_params(u, n);

	p.block = packing_of(n)->block;
	return p;
}

/* The axes of w: the one that outputs have, and the one that is summed over. */
static int channel_axis(const struct node *n)
{
	return packed_is_matmul(n) ? 1 : 0;
}

bool packed_operands_fit(const struct node *n, const char **reason)
{
	const struct constant *w = node_const(n, PACKED_W), *scale = node_const(n, PACKED_SCALE);
	const struct packing_attrs *a = packing_of(n);

	*reason = "operands of this form are left to loops";
	if (!w || !scale || (node_in(n, PACKED_ZERO) && !node_const(n, PACKED_ZERO)))
		return false;
	if (packed_is_matmul(n)
		    ? w->shape.rank != 2 || node_in(n, 0)->shape.rank < 1
		    : w->shape.rank > 4 || (node_in(n, PACKED_BIAS) && !node_const(n, PACKED_BIAS)))
		return false;
	return shape_elements(&scale->shape) == 1 || (a->axis == channel_axis(n)) == !a->block;
}

static bool accept(const struct node *n, enum dtype t, const char **reason)
{
	const struct constant *w = node_const(n, PACKED_W);

	*reason = "weights of another type or with zero points";
	if (!w || w->type != t || node_in(n, PACKED_ZERO) || !packed_operands_fit(n, reason))
		return false;
	*reason = "weights stay packed, four channels at a time";
	return true;
}

bool accept_conv2d_f32w8(struct unit *u, const struct node *n, const struct target *t,
			 const char **reason)
{
	(void)u;
	(void)t;
	return accept(n, DT_I8, reason);
}

bool accept_conv2d_f32w4(struct unit *u, const struct node *n, const struct target *t,
			 const char **reason)
{
	(void)u;
	(void)t;
	return accept(n, DT_I4, reason);
}

int64_t packed_position(const struct node *n, const struct edgert_conv2d *p, int64_t channels,
			dim o, dim k, dim c)
{
	return packed_is_matmul(n) ? c * p->co + o : (o * channels + c) * p->kh * p->kw + k;
}

int64_t packed_parameter(const struct node *n, int k, const struct edgert_conv2d *p, int64_t blocks,
			 dim o, dim t, dim b)
{
	if (shape_elements(&node_in(n, k)->shape) == 1)
		return 0;
	return p->block ? packed_position(n, p, blocks, o, t, b) : o;
}

static void put(int8_t *packed, dim at, int64_t weight, size_t bits)
{
	if (bits == 8)
		packed[at] = (int8_t)weight;
	else
		packed[at / 2] = (int8_t)(packed[at / 2] | (weight & 15) << (at % 2 * 4));
}

static void add_weights(struct unit *u, const struct node *n, const struct edgert_conv2d *p,
			struct call *c)
{
	const struct constant *w = node_const(n, PACKED_W);
	size_t bits = dtype_bits(w->type);
	dim cig = p->ci / p->groups, taps = p->kh * p->kw, bytes = (cig * (dim)bits + 7) / 8;
	size_t size = (size_t)(p->co * taps * bytes);
	int8_t *packed = arena_array(u->arena, int8_t, size);

	for (dim o = 0; o < p->co; o++)
		for (dim k = 0; k < taps; k++)
			for (dim i = 0; i < cig; i++)
				put(packed + (o * taps + k) * bytes, i,
				    constant_i64(w, packed_position(n, p, cig, o, k, i)), bits);
	call_packed(u, c, n->in[PACKED_W], DT_I8, packed, size);
}

/* [co], or [co][taps][blocks] */
static void add_scales(struct unit *u, const struct node *n, const struct edgert_conv2d *p,
		       struct call *c)
{
	const struct constant *s = node_const(n, PACKED_SCALE);
	dim cig = p->ci / p->groups, taps = p->block ? p->kh * p->kw : 1,
	    blocks = p->block ? (cig + p->block - 1) / p->block : 1;
	size_t count = (size_t)(p->co * taps * blocks);
	float *out = arena_array(u->arena, float, count), *to = out;

	for (dim o = 0; o < p->co; o++)
		for (dim k = 0; k < taps; k++)
			for (dim b = 0; b < blocks; b++)
				*to++ = (float)constant_f64(
					s, packed_parameter(n, PACKED_SCALE, p, blocks, o, k, b));
	call_packed(u, c, n->in[PACKED_SCALE], DT_F32, out, count * sizeof *out);
}

static void build(struct unit *u, const struct node *n, struct call *c)
{
	struct edgert_conv2d p = packed_params(u, n);

	call_params(u, c, "edgert_conv2d", conv_param_rows, conv_param_count, &p);
	call_value(u, c, node_in(n, 0), false);
	add_weights(u, n, &p, c);
	add_scales(u, n, &p, c);
	call_weights(u, c, packed_is_matmul(n) ? NULL : node_in(n, PACKED_BIAS));
	call_value(u, c, node_out(n, 0), true);
}

void build_conv2d_f32w8(struct unit *u, const struct node *n, const struct target *t,
			struct call *c)
{
	(void)t;
	build(u, n, c);
}

void build_conv2d_f32w4(struct unit *u, const struct node *n, const struct target *t,
			struct call *c)
{
	(void)t;
	build(u, n, c);
}
