/* MaxPool, AveragePool and the global pools with one or two spatial axes as edgert_pool2d. */
#include "build.h"

#include <string.h>

const struct param_row pool_param_rows[] = {
	PARAM(edgert_pool2d, n),
	PARAM(edgert_pool2d, ih),
	PARAM(edgert_pool2d, iw),
	PARAM(edgert_pool2d, c),
	PARAM(edgert_pool2d, oh),
	PARAM(edgert_pool2d, ow),
	PARAM(edgert_pool2d, kh),
	PARAM(edgert_pool2d, kw),
	PARAM(edgert_pool2d, sh),
	PARAM(edgert_pool2d, sw),
	PARAM(edgert_pool2d, dh),
	PARAM(edgert_pool2d, dw),
	PARAM(edgert_pool2d, pt),
	PARAM(edgert_pool2d, pl),
	PARAM(edgert_pool2d, pb),
	PARAM(edgert_pool2d, pr),
	PARAM(edgert_pool2d, count_pad),
	PARAM(edgert_pool2d, x_image),
	PARAM(edgert_pool2d, x_row),
	PARAM(edgert_pool2d, x_pixel),
	PARAM(edgert_pool2d, y_image),
	PARAM(edgert_pool2d, y_row),
	PARAM(edgert_pool2d, y_pixel),
	PARAM_NUMBER(edgert_pool2d, x_zero),
	PARAM_NUMBER(edgert_pool2d, y_zero),
	PARAM_NUMBER(edgert_pool2d, lo),
	PARAM_NUMBER(edgert_pool2d, hi),
	PARAM(edgert_pool2d, factors),
	PARAM_NUMBER(edgert_pool2d, shift),
	PARAM_NUMBER(edgert_pool2d, scale),
};
const size_t pool_param_count = ARRAY_LEN(pool_param_rows);

static bool is_global(const struct node *n)
{
	return strncmp(n->op->name, "Global", 6) == 0;
}

/* A global pool is a window as large as the image. */
static void window(struct unit *u, const struct node *n, struct window *w)
{
	const struct value *x = node_in(n, 0);

	if (!is_global(n)) {
		pool_window(u, n, w);
		return;
	}
	*w = (struct window){ .n = x->shape.rank - 2 };
	for (int i = 0; i < w->n; i++) {
		w->in[i] = w->kernel[i] = x->shape.d[i + 2];
		w->out[i] = w->stride[i] = w->dilation[i] = 1;
	}
}

struct edgert_pool2d pool_params(struct unit *u, const struct node *n)
{
	const struct value *x = node_in(n, 0), *y = node_out(n, 0);
	struct edgert_pool2d p = { .n = x->shape.d[0], .c = x->shape.d[1] };
	dim s[RANK_MAX], origin;
	struct window w;
	int h, v, rank = x->shape.rank;

	window(u, n, &w);
	h = w.n - 1;
	v = w.n - 2; /* -1 with one spatial axis: a single row */
	p.iw = w.in[h];
	p.ow = w.out[h];
	p.kw = w.kernel[h];
	p.sw = w.stride[h];
	p.dw = w.dilation[h];
	p.pl = w.pad_lo[h];
	p.pr = w.pad_hi[h];
	p.ih = v < 0 ? 1 : w.in[v];
	p.oh = v < 0 ? 1 : w.out[v];
	p.kh = v < 0 ? 1 : w.kernel[v];
	p.sh = v < 0 ? 1 : w.stride[v];
	p.dh = v < 0 ? 1 : w.dilation[v];
	p.pt = v < 0 ? 0 : w.pad_lo[v];
	p.pb = v < 0 ? 0 : w.pad_hi[v];
	if (!is_global(n))
		p.count_pad = ((const struct pool_attrs *)n->attrs)->count_include_pad;
	value_strides(u, x, s, &origin);
	p.x_image = s[0];
	p.x_row = rank == 4 ? s[2] : 0;
	p.x_pixel = s[rank - 1];
	value_strides(u, y, s, &origin);
	p.y_image = s[0];
	p.y_row = rank == 4 ? s[2] : 0;
	p.y_pixel = s[rank - 1];
	return p;
}

bool accept_pool_f32(struct unit *u, const struct node *n, const struct target *t,
		     const char **reason)
{
	const struct value *x = node_in(n, 0);

	(void)u;
	(void)t;
	if (!is_f32(n, 0) || x->shape.rank < 3 || x->shape.rank > 4) {
		*reason = "not float32 with one or two spatial axes";
		return false;
	}
	if (node_out(n, 1)) {
		*reason = "the positions of the maxima are wanted";
		return false;
	}
	*reason = "window by window, channels innermost";
	return true;
}

void build_pool_f32_ref(struct unit *u, const struct node *n, const struct target *t,
			struct call *c)
{
	struct edgert_pool2d p = pool_params(u, n);

	(void)t;
	call_params(u, c, "edgert_pool2d", pool_param_rows, pool_param_count, &p);
	call_value(u, c, node_in(n, 0), false);
	call_value(u, c, node_out(n, 0), true);
}

void build_pool_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			struct call *c)
{
	build_pool_f32_ref(u, n, t, c);
	call_scratch(u, c, 0);
}
