/* Conv with one or two spatial axes as edgert_conv2d. */
#include "build.h"

#include <string.h>

const struct param_row conv_param_rows[] = {
	PARAM(edgert_conv2d, n),
	PARAM(edgert_conv2d, ih),
	PARAM(edgert_conv2d, iw),
	PARAM(edgert_conv2d, ci),
	PARAM(edgert_conv2d, oh),
	PARAM(edgert_conv2d, ow),
	PARAM(edgert_conv2d, co),
	PARAM(edgert_conv2d, kh),
	PARAM(edgert_conv2d, kw),
	PARAM(edgert_conv2d, sh),
	PARAM(edgert_conv2d, sw),
	PARAM(edgert_conv2d, dh),
	PARAM(edgert_conv2d, dw),
	PARAM(edgert_conv2d, pt),
	PARAM(edgert_conv2d, pl),
	PARAM(edgert_conv2d, groups),
	PARAM(edgert_conv2d, x_image),
	PARAM(edgert_conv2d, x_row),
	PARAM(edgert_conv2d, x_pixel),
	PARAM(edgert_conv2d, y_image),
	PARAM(edgert_conv2d, y_row),
	PARAM(edgert_conv2d, y_pixel),
	PARAM(edgert_conv2d, x_halo),
	PARAM(edgert_conv2d, mr),
	PARAM(edgert_conv2d, nv),
	PARAM(edgert_conv2d, block),
	PARAM_NUMBER(edgert_conv2d, x_zero),
	PARAM_NUMBER(edgert_conv2d, y_zero),
	PARAM_NUMBER(edgert_conv2d, lo),
	PARAM_NUMBER(edgert_conv2d, hi),
	PARAM_NUMBER(edgert_conv2d, shift),
	PARAM_NUMBER(edgert_conv2d, fits),
};
const size_t conv_param_count = ARRAY_LEN(conv_param_rows);

static void strides(struct unit *u, const struct value *v, edgert_int *image, edgert_int *row,
		    edgert_int *pixel)
{
	dim s[RANK_MAX], origin;

	value_strides(u, v, s, &origin);
	*image = s[0];
	*row = v->shape.rank == 4 ? s[2] : 0;
	*pixel = s[v->shape.rank - 1];
}

/* Sizes may be symbolic; strides are those of the layouts as they are now. */
struct edgert_conv2d conv_params(struct unit *u, const struct node *n)
{
	const struct value *x = node_in(n, 0), *y = node_out(n, 0);
	struct edgert_conv2d p = { .n = x->shape.d[0], .ci = x->shape.d[1], .co = y->shape.d[1] };
	struct window w;
	int h, v;

	conv_window(u, n, &w);
	h = w.n - 1;
	v = w.n - 2; /* -1 with one spatial axis: a single row */
	p.iw = w.in[h];
	p.ow = w.out[h];
	p.kw = w.kernel[h];
	p.sw = w.stride[h];
	p.dw = w.dilation[h];
	p.pl = w.pad_lo[h];
	p.ih = v < 0 ? 1 : w.in[v];
	p.oh = v < 0 ? 1 : w.out[v];
	p.kh = v < 0 ? 1 : w.kernel[v];
	p.sh = v < 0 ? 1 : w.stride[v];
	p.dh = v < 0 ? 1 : w.dilation[v];
	p.pt = v < 0 ? 0 : w.pad_lo[v];
	p.groups = ((const struct conv_attrs *)n->attrs)->group;
	p.mr = p.nv = p.block = 1;
	strides(u, x, &p.x_image, &p.x_row, &p.x_pixel);
	strides(u, y, &p.y_image, &p.y_row, &p.y_pixel);
	return p;
}

static bool accept_f32(const struct node *n, const char **reason)
{
	if (node_in(n, 0)->shape.rank > 4) {
		*reason = "more than two spatial axes";
		return false;
	}
	if (!is_f32(n, 0)) {
		*reason = "not float32";
		return false;
	}
	if (!node_const(n, 1) || (node_in(n, 2) && !node_const(n, 2))) {
		*reason = "weights are not constant";
		return false;
	}
	return true;
}

bool accept_conv2d_f32_ref(struct unit *u, const struct node *n, const struct target *t,
			   const char **reason)
{
	(void)u;
	(void)t;
	if (!accept_f32(n, reason))
		return false;
	*reason = "border split from interior";
	return true;
}

static bool accept_conv_vec(struct unit *u, const struct node *n, const char **reason,
			    bool (*fits)(const struct edgert_conv2d *), const char *how)
{
	struct edgert_conv2d p;

	if (!accept_f32(n, reason))
		return false;
	p = conv_params(u, n);
	params_bound(u, conv_param_rows, ARRAY_LEN(conv_param_rows), &p);
	*reason = how;
	return fits(&p);
}

bool accept_conv2d_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			   const char **reason)
{
	(void)t;
	return accept_conv_vec(u, n, reason, conv2d_f32_vec_accept,
			       "register tiles over packed weights");
}

/* Packed and tiled as edgert_conv2d_f32__vec. */
bool accept_pointwise_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			      const char **reason)
{
	(void)t;
	return accept_conv_vec(u, n, reason, pointwise_f32_vec_accept,
			       "a matrix product, by register tiles over packed weights");
}

bool accept_dwconv2d_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			     const char **reason)
{
	(void)t;
	return accept_conv_vec(u, n, reason, dwconv2d_f32_vec_accept,
			       "one weight per channel and tap");
}

/* [co][cig][kh][kw] to [co][kh][kw][cig] */
static void channels_inner(const void *params, const void *elements, void *packed)
{
	const struct edgert_conv2d *p = params;
	dim cig = p->ci / p->groups, taps = p->kh * p->kw;
	const float *w = elements;
	float *out = packed;

	for (dim o = 0; o < p->co; o++)
		for (dim c = 0; c < cig; c++)
			for (dim k = 0; k < taps; k++)
				out[(o * taps + k) * cig + c] = w[(o * cig + c) * taps + k];
}

void build_conv2d_f32_ref(struct unit *u, const struct node *n, const struct target *t,
			  struct call *c)
{
	struct edgert_conv2d p = conv_params(u, n);

	(void)t;
	call_params(u, c, "edgert_conv2d", conv_param_rows, ARRAY_LEN(conv_param_rows), &p);
	call_value(u, c, node_in(n, 0), false);
	call_packing(u, c, n, 1, channels_inner, &p, sizeof p, node_const(n, 1)->size);
	call_weights(u, c, node_in(n, 2));
	call_value(u, c, node_out(n, 0), true);
}

/* The functions of one vector kernel's host side. */
struct conv_host {
	double (*tile)(struct edgert_conv2d *p, const struct vec_machine *m);
	int64_t (*weights)(const struct edgert_conv2d *p, const struct vec_machine *m);
	void (*pack)(const struct edgert_conv2d *p, const struct vec_machine *m, const float *w,
		     float *out);
	int64_t (*scratch)(const struct edgert_conv2d *p, const struct vec_machine *m);
};

struct vec_packing {
	const struct conv_host *host;
	struct edgert_conv2d p;
	struct vec_machine m;
};

static void pack_vec(const void *params, const void *elements, void *out)
{
	const struct vec_packing *k = params;

	k->host->pack(&k->p, &k->m, elements, out);
}

static void build_vec(struct unit *u, const struct node *n, const struct target *t,
		      const struct conv_host *h, struct call *c)
{
	struct edgert_conv2d p = conv_params(u, n), bound = p;
	struct vec_machine m = target_machine(t);
	struct vec_packing packing = { .host = h, .m = m };

	params_bound(u, conv_param_rows, ARRAY_LEN(conv_param_rows), &bound);
	h->tile(&bound, &m);
	p.mr = bound.mr;
	p.nv = bound.nv;
	p.block = bound.block;
	packing.p = bound;
	call_params(u, c, "edgert_conv2d", conv_param_rows, ARRAY_LEN(conv_param_rows), &p);
	call_value(u, c, node_in(n, 0), false);
	call_packing(u, c, n, 1, pack_vec, &packing, sizeof packing,
		     (size_t)h->weights(&bound, &m) * sizeof(float));
	call_weights(u, c, node_in(n, 2));
	call_value(u, c, node_out(n, 0), true);
	call_scratch(u, c, h->scratch ? (size_t)h->scratch(&bound, &m) : 0);
}

void build_conv2d_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			  struct call *c)
{
	static const struct conv_host host = { conv2d_f32_vec_tile, conv2d_f32_vec_weights,
					       conv2d_f32_vec_pack };

	build_vec(u, n, t, &host, c);
}

void build_pointwise_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			     struct call *c)
{
	build_conv2d_f32_vec(u, n, t, c);
}

void build_dwconv2d_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			    struct call *c)
{
	static const struct conv_host host = { dwconv2d_f32_vec_tile, dwconv2d_f32_vec_weights,
					       dwconv2d_f32_vec_pack };

	build_vec(u, n, t, &host, c);
}

/* Winograd's weights and scratch are several times larger: not where memory is tight, and only when
 * it is faster. */
bool accept_winograd_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			     const char **reason)
{
	struct vec_machine m = target_machine(t);
	struct edgert_conv2d p, direct;

	if (!accept_f32(n, reason))
		return false;
	if (t->memory_mode == MEMORY_TIGHT) {
		*reason = "memory is tight";
		return false;
	}
	p = conv_params(u, n);
	params_bound(u, conv_param_rows, ARRAY_LEN(conv_param_rows), &p);
	*reason = "direct convolution is faster";
	if (!winograd_f32_vec_accept(&p))
		return false;
	direct = p;
	if (winograd_f32_vec_tile(&p, &m) >= conv2d_f32_vec_tile(&direct, &m))
		return false;
	*reason = "Winograd F(4x4,3x3) takes a quarter of the multiplications";
	return true;
}

/* Is copying windows, chosen before these two, faster than direct and Winograd's convolution? */
bool accept_windows_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			    const char **reason)
{
	const char *other;
	struct vec_machine m = target_machine(t);
	struct edgert_conv2d p, q;
	double cost;

	if (!accept_conv_vec(u, n, reason, windows_f32_vec_accept,
			     "windows, copied, are rows of a matrix product"))
		return false;
	if (t->memory_mode == MEMORY_TIGHT)
		return false;
	p = conv_params(u, n);
	params_bound(u, conv_param_rows, ARRAY_LEN(conv_param_rows), &p);
	q = p;
	cost = windows_f32_vec_tile(&p, &m);
	if (cost >= conv2d_f32_vec_tile(&q, &m))
		return false;
	return !accept_winograd_f32_vec(u, n, t, &other) || cost < winograd_f32_vec_tile(&q, &m);
}

void build_windows_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			   struct call *c)
{
	static const struct conv_host host = { windows_f32_vec_tile, conv2d_f32_vec_weights,
					       conv2d_f32_vec_pack, windows_f32_vec_scratch };

	build_vec(u, n, t, &host, c);
}

void build_winograd_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			    struct call *c)
{
	static const struct conv_host host = { winograd_f32_vec_tile, winograd_f32_vec_weights,
					       winograd_f32_vec_pack, winograd_f32_vec_scratch };

	build_vec(u, n, t, &host, c);
}

int64_t block_windows_f32_vec(const struct call *c, const struct target *t, int64_t bytes)
{
	const int64_t mr = call_number(c, "mr"),
		      window = call_number(c, "kh") * call_number(c, "kw") * call_number(c, "ci");

	(void)t;
	return bytes / 4 / window / mr * mr;
}

/* Scratch grows with the block by the same for each tile. */
int64_t block_winograd_f32_vec(const struct call *c, const struct target *t, int64_t bytes)
{
	const struct vec_machine m = target_machine(t);
	struct edgert_conv2d p = { .ci = call_number(c, "ci"), .nv = call_number(c, "nv") };
	const int64_t mr = call_number(c, "mr"), none = winograd_f32_vec_scratch(&p, &m);
	int64_t block;

	p.block = 1;
	block = bytes < none ? 0 : (bytes - none) / (winograd_f32_vec_scratch(&p, &m) - none);
	return block - block % mr;
}
