/* edgert_conv2d_f32w8__vec, w4 and w2: PackedConv and PackedMatMul, weights and scales in the order
 * of runtime/kernels/vec/conv2d_packed.c. */
#include "packed.h"

#include <string.h>

enum { VECTORS = 2 }; /* EDGERT_PACKED_VECTORS */

/* EDGERT_PACKED_ROWS */
static int64_t rows(const struct vec_machine *m)
{
	return m->registers == 32 ? 8 : 4;
}

/* How windows are cut, as edgert_packed_cut has it. */
struct cut {
	int bits, items;            /* of one weight; weights of a word */
	int64_t width, panels, cog; /* channels of a panel, panels of a group */
	int64_t taps, cig;          /* what is cut: all taps are one where there are no blocks */
	int64_t block, per_tap;     /* channels of a segment, segments of a tap */
	int64_t segments, words;    /* of a window */
};

static int64_t divide_up(int64_t a, int64_t b)
{
	return (a + b - 1) / b;
}

static struct cut cut(const struct edgert_conv2d *p, int bits, const struct vec_machine *m)
{
	struct cut c = { .bits = bits, .items = 32 / bits, .width = VECTORS * m->lanes };
	int64_t rest;

	c.cog = p->co / p->groups;
	c.panels = divide_up(c.cog, c.width);
	c.taps = p->block ? p->kh * p->kw : 1;
	c.cig = p->ci / p->groups * (p->block ? 1 : p->kh * p->kw);
	c.block = p->block && p->block < c.cig ? p->block : c.cig;
	c.per_tap = divide_up(c.cig, c.block);
	c.segments = c.taps * c.per_tap;
	rest = c.cig - (c.per_tap - 1) * c.block;
	c.words =
		c.taps * ((c.per_tap - 1) * divide_up(c.block, c.items) + divide_up(rest, c.items));
	return c;
}

static bool is_signed(enum dtype t)
{
	return t == DT_I8 || t == DT_I4 || t == DT_I2;
}

static bool accept(struct unit *u, const struct node *n, const struct target *t, size_t bits,
		   const char **reason)
{
	const struct constant *w = node_const(n, PACKED_W);
	const struct vec_machine m = target_machine(t);
	struct edgert_conv2d p;

	*reason = "weights of another type";
	if (!w || dtype_bits(w->type) != bits)
		return false;
	*reason = "too few vector registers";
	if (m.registers < 16)
		return false;
	if (!packed_operands_fit(n, reason))
		return false;
	p = packed_params(u, n);
	*reason = "a group's channels do not fill a vector";
	if (p.co / p.groups < m.lanes / 2)
		return false;
	*reason = "weights become reals in registers, vectors of channels";
	return true;
}

/* Weights from 0 on. */
static const int8_t *weights(struct unit *u, const struct node *n, const struct edgert_conv2d *p,
			     const struct cut *c, size_t *size)
{
	const struct constant *w = node_const(n, PACKED_W);
	const int64_t lift = is_signed(w->type) ? 1 << (c->bits - 1) : 0;
	const int64_t count = p->groups * c->panels * c->words * c->width;
	int8_t *out;

	*size = (size_t)count * 4;
	out = arena_array(u->arena, int8_t, *size);
	for (dim o = 0; o < p->co; o++) {
		const int64_t panel = o / c->cog * c->panels + o % c->cog / c->width;
		int64_t at = panel * c->words * c->width + o % c->cog % c->width, k = 0;

		for (int64_t i = 0; i < c->taps * c->cig; i++) {
			const int64_t tap = p->block ? i / c->cig : i / (p->ci / p->groups);
			const int64_t channel = i % (p->ci / p->groups);
			const int64_t q = constant_i64(w, packed_position(n, p, p->ci / p->groups,
									  o, tap, channel)) +
					  lift;
			/* Byte by byte: vectors are read as words of a little-endian machine. */
			const int64_t bit = k * c->bits;

			out[at * 4 + bit / 8] =
				(int8_t)(out[at * 4 + bit / 8] | (int)((uint64_t)q << bit % 8));
			k++;
			if (k == c->items || (i + 1) % c->cig % c->block == 0 ||
			    (i + 1) % c->cig == 0) {
				at += c->width;
				k = 0;
			}
		}
	}
	return out;
}

/* Numbers of input k (absent: 0) in the order of the scales, each plus `lift`. */
static const float *numbers(struct unit *u, const struct node *n, int k,
			    const struct edgert_conv2d *p, const struct cut *c, int64_t lift,
			    size_t *size)
{
	const struct constant *s = node_const(n, k);
	const size_t count = (size_t)(p->groups * c->panels * c->segments * c->width);
	float *out = arena_array(u->arena, float, count);

	for (dim o = 0; o < p->co; o++) {
		const int64_t panel = o / c->cog * c->panels + o % c->cog / c->width;
		float *to = out + panel * c->segments * c->width + o % c->cog % c->width;

		for (int64_t g = 0; g < c->segments; g++)
			to[g * c->width] =
				(float)lift +
				(s ? (float)constant_f64(s, packed_parameter(n, k, p, c->per_tap, o,
									     g / c->per_tap,
									     g % c->per_tap))
				   : 0.0F);
	}
	*size = count * sizeof *out;
	return out;
}

/* Zero points, or NULL where all of them are in the middle: signed weights without. */
static void zeros(struct unit *u, const struct node *n, const struct edgert_conv2d *p,
		  const struct cut *c, struct call *out)
{
	const struct constant *zero = node_const(n, PACKED_ZERO);
	const int64_t half = 1 << (c->bits - 1);
	const int64_t lift = is_signed(node_const(n, PACKED_W)->type) ? half : 0;
	bool middle = zero || lift == half;
	size_t size;
	const float *z;

	for (int64_t i = 0; zero && i < shape_elements(&zero->shape); i++)
		middle = middle && constant_i64(zero, i) + lift == half;
	if (middle) {
		call_value(u, out, NULL, false);
		return;
	}
	z = numbers(u, n, PACKED_ZERO, p, c, lift, &size);
	call_packed(u, out, n->in[zero ? PACKED_ZERO : PACKED_W], DT_F32, z, size);
}

static void build(struct unit *u, const struct node *n, const struct target *t, int bits,
		  struct call *out)
{
	const struct vec_machine m = target_machine(t);
	const struct edgert_conv2d p = packed_params(u, n);
	const struct cut c = cut(&p, bits, &m);
	size_t size;
	const void *data;

	call_params(u, out, "edgert_conv2d", conv_param_rows, conv_param_count, &p);
	call_value(u, out, node_in(n, 0), false);
	data = weights(u, n, &p, &c, &size);
	call_packed(u, out, n->in[PACKED_W], DT_I8, data, size);
	data = numbers(u, n, PACKED_SCALE, &p, &c, 0, &size);
	call_packed(u, out, n->in[PACKED_SCALE], DT_F32, data, size);
	zeros(u, n, &p, &c, out);
	call_value(u, out, packed_is_matmul(n) ? NULL : node_in(n, PACKED_BIAS), false);
	call_value(u, out, node_out(n, 0), true);
	call_scratch(u, out, (size_t)(rows(&m) * (c.words * c.items + c.segments)) * sizeof(float));
}

#define PACKED_HOST(BITS)                                                                          \
	bool accept_conv2d_f32w##BITS##_vec(struct unit *u, const struct node *n,                  \
					    const struct target *t, const char **reason)           \
	{                                                                                          \
		return accept(u, n, t, BITS, reason);                                              \
	}                                                                                          \
	void build_conv2d_f32w##BITS##_vec(struct unit *u, const struct node *n,                   \
					   const struct target *t, struct call *out)               \
	{                                                                                          \
		build(u, n, t, BITS, out);                                                         \
	}
PACKED_HOST(8)
PACKED_HOST(4)
PACKED_HOST(2)
