/* conv_phases.c - a transposed convolution as an ordinary one, for whose sake kernels are tuned.
 *
 * Outputs that lie `stride` apart are made by the same taps. So each such phase r is an output
 * channel of a convolution over the input, and its results are then laid out between each other:
 *
 *	z[c * phases + r][q] = sum over m of W[c][r + stride * m] * x[q - m]
 *	y[c][o] = z[c * phases + (o + pad) mod stride][(o + pad) / stride]
 *
 * along every spatial axis. Taps beyond the kernel are zeros: (ceil(k / stride) * stride / k)^axes as
 * many multiplications as needed; exact where the kernel is a multiple of the stride, as it mostly
 * is. */
#include "window.h"

struct phases {
	struct window w;
	int64_t stride[WINDOW_MAX];
	int64_t taps[WINDOW_MAX];  /* of a phase */
	int64_t first[WINDOW_MAX]; /* the q of output 0 */
	int64_t pads[2 * WINDOW_MAX];
	int64_t count; /* phases of all axes */
};

/* False where the convolution cannot be written with pads from 0 on. */
static bool split(struct unit *u, const struct node *n, struct phases *p)
{
	const struct window *w = &p->w;

	conv_window(u, n, &p->w);
	p->count = 1;
	for (int i = 0; i < w->n; i++) {
		int64_t s = w->stride[i], reach = (w->kernel[i] - 1) * w->dilation[i];
		dim extra = dim_sub(u, dim_add(u, w->out[i], w->pad_lo[i] + w->pad_hi[i]),
				    dim_add(u, dim_mul(u, dim_sub(u, w->in[i], 1), s), reach + 1));

		if (!dim_is_const(extra) || (s > 1 && w->dilation[i] > 1 && w->kernel[i] > 1))
			return false;
		p->stride[i] = s;
		p->taps[i] = ceil_div(w->kernel[i], s);
		p->first[i] = w->pad_lo[i] / s;
		p->pads[i] = (p->taps[i] - 1) * w->dilation[i] - p->first[i];
		p->pads[w->n + i] = floor_div(reach + extra - w->pad_hi[i], s);
		if (p->pads[i] < 0 || p->pads[w->n + i] < 0)
			return false;
		p->count *= s;
	}
	return true;
}

/* Phase number `phase` along axis i. */
static const struct tir *phase_of(struct tir_builder *b, const struct phases *p, int i,
				  const struct tir *phase)
{
	for (int k = p->w.n - 1; k > i; k--)
		phase = tir_floordiv(b, phase, tir_index(b, p->stride[k]));
	return tir_floormod(b, phase, tir_index(b, p->stride[i]));
}

/* W [ci, co / group, k...] as [co * phases, ci / group, taps...]. */
static uint32_t phase_weights(struct node *n, const struct phases *p)
{
	const struct value *f = node_in(n, 1);
	dim group = ((const struct conv_attrs *)n->attrs)->group;
	dim cig = f->shape.d[0] / group, cog = f->shape.d[1];
	struct shape s = { .rank = p->w.n + 2, .d = { cog * group * p->count, cig } };
	const struct tir *idx[RANK_MAX], *at[RANK_MAX], *channel, *phase, *inside;
	struct tir_stage stage;
	struct tir_builder b;
	struct node *m;

	for (int i = 0; i < p->w.n; i++)
		s.d[i + 2] = p->taps[i];
	m = new_loops(n, 1, &n->in[1], f->type, &s);
	tir_builder_init(&b, n->graph->unit, m);
	tir_stage_begin(&b, 0, &stage, idx);
	channel = tir_floordiv(&b, idx[0], tir_index(&b, p->count));
	phase = tir_floormod(&b, idx[0], tir_index(&b, p->count));
	at[0] = tir_add(
		&b, tir_mul(&b, tir_floordiv(&b, channel, tir_index(&b, cog)), tir_index(&b, cig)),
		idx[1]);
	at[1] = tir_floormod(&b, channel, tir_index(&b, cog));
	inside = tir_bool(&b, true);
	for (int i = 0; i < p->w.n; i++) { /* the last tap of the window is m = 0 */
		at[i + 2] = tir_add(
			&b,
			tir_affine(&b, idx[i + 2], -p->stride[i], p->stride[i] * (p->taps[i] - 1)),
			phase_of(&b, p, i, phase));
		inside = tir_and(&b, inside, tir_lt(&b, at[i + 2], tir_index(&b, p->w.kernel[i])));
	}
	stage.value = tir_load(&b, 0, at);
	stage.value = tir_select(&b, inside, stage.value, tir_number(&b, stage.value->type, 0));
	set_loops(m, &stage);
	return m->out[0];
}

static uint32_t phase_bias(struct node *n, const struct phases *p)
{
	const struct value *bias = node_in(n, 2);
	const struct tir *idx[RANK_MAX], *at;
	struct tir_stage stage;
	struct tir_builder b;
	struct shape s;
	struct node *m;

	if (!bias)
		return VALUE_NONE;
	s = bias->shape;
	s.d[0] *= p->count;
	m = new_loops(n, 1, &n->in[2], bias->type, &s);
	tir_builder_init(&b, n->graph->unit, m);
	tir_stage_begin(&b, 0, &stage, idx);
	at = tir_floordiv(&b, idx[0], tir_index(&b, p->count));
	stage.value = tir_load(&b, 0, &at);
	set_loops(m, &stage);
	return m->out[0];
}

static uint32_t lay_out(struct node *n, const struct phases *p, uint32_t z)
{
	const struct value *y = node_out(n, 0);
	struct node *m = new_loops(n, 1, &z, y->type, &y->shape);
	const struct tir *idx[RANK_MAX], *at[RANK_MAX], *phase;
	struct tir_stage stage;
	struct tir_builder b;

	tir_builder_init(&b, n->graph->unit, m);
	tir_stage_begin(&b, 0, &stage, idx);
	phase = tir_index(&b, 0);
	for (int i = 0; i < p->w.n; i++) {
		const struct tir *s = tir_index(&b, p->stride[i]);
		const struct tir *o =
			tir_affine(&b, idx[i + 2], 1, p->w.pad_lo[i] - p->first[i] * p->stride[i]);

		at[i + 2] = tir_floordiv(&b, o, s);
		phase = tir_add(&b, tir_mul(&b, phase, s), tir_floormod(&b, o, s));
	}
	at[0] = idx[0];
	at[1] = tir_add(&b, tir_affine(&b, idx[1], p->count, 0), phase);
	stage.value = tir_load(&b, 0, at);
	set_loops(m, &stage);
	return m->out[0];
}

static struct ints list_of(struct unit *u, const int64_t *v, int n)
{
	return (struct ints){ arena_copy(u->arena, v, (size_t)n * sizeof *v), n };
}

bool conv_transpose_expand(struct unit *u, struct node *n)
{
	const struct conv_attrs *a = n->attrs;
	struct conv_attrs conv = { .group = a->group };
	struct phases p;
	uint32_t z;

	if (node_out(n, 0)->type != DT_F32 || !node_const(n, 1) || !split(u, n, &p))
		return true;
	conv.pads = list_of(u, p.pads, 2 * p.w.n);
	conv.dilations = list_of(u, p.w.dilation, p.w.n);
	z = graph_build3(n, "Conv", &conv, n->in[0], phase_weights(n, &p), phase_bias(n, &p));
	if (z == VALUE_NONE)
		return false;
	expand_output(u, n, 0, p.count == 1 ? z : lay_out(n, &p, z));
	return true;
}
