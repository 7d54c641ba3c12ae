/* window_same.c - auto_pad SAME where a stride is not 1 and sizes are known at run time only: the
 * input is padded by a node of its own, whose pads are computed, and the window needs none.
 *
 *	pads in all = max(reach - 1 - (size + stride - 1) mod stride, 0)
 *
 * Pools may have less than 0, which crops: half of it (toward zero) at the start, as in ONNX Runtime. */
#include "window.h"

static bool is_same(int auto_pad)
{
	return auto_pad == PAD_SAME_UPPER || auto_pad == PAD_SAME_LOWER;
}

bool window_same_varies(const struct window *w, int auto_pad)
{
	for (int i = 0; i < w->n && is_same(auto_pad); i++)
		if (!dim_is_const(w->in[i]) && w->stride[i] != 1)
			return true;
	return false;
}

bool window_same_crops(const struct window *w, int auto_pad)
{
	for (int i = 0; i < w->n && is_same(auto_pad); i++)
		if (w->stride[i] > (w->kernel[i] - 1) * w->dilation[i] + 1)
			return true;
	return false;
}

/* The elements of x or 0, halved. */
static uint32_t half_above_zero(struct node *at, uint32_t x)
{
	x = graph_build2(at, "Max", NULL, x, new_scalar(at, DT_I64, 0));
	return graph_build2(at, "Div", NULL, x, new_scalar(at, DT_I64, 2));
}

uint32_t window_same_pads(struct node *at, const struct window *w, int auto_pad, bool crops,
			  uint32_t x)
{
	const struct shape_attrs spatial = { 2, INT64_MAX };
	const struct axis_attrs along = { .axis = 0 };
	int64_t strides[WINDOW_MAX], before[WINDOW_MAX], most[WINDOW_MAX];
	uint32_t all, first, below, parts[4];

	for (int i = 0; i < w->n; i++) {
		strides[i] = w->stride[i];
		before[i] = strides[i] - 1;
		most[i] = (w->kernel[i] - 1) * w->dilation[i];
	}
	all = graph_build2(at, "Add", NULL, graph_build1(at, "Shape", &spatial, x),
			   new_ints(at, before, w->n));
	all = graph_build2(at, "Mod", NULL, all, new_ints(at, strides, w->n));
	all = graph_build2(at, "Sub", NULL, new_ints(at, most, w->n), all);
	if (!crops)
		all = graph_build2(at, "Max", NULL, all, new_scalar(at, DT_I64, 0));
	first = all;
	if (auto_pad == PAD_SAME_LOWER)
		first = graph_build2(at, "Add", NULL, all, new_scalar(at, DT_I64, 1));
	below = half_above_zero(at, graph_build1(at, "Neg", NULL, first));
	first = graph_build2(at, "Sub", NULL, half_above_zero(at, first), below);
	parts[0] = parts[2] = new_ints(at, (int64_t[]){ 0, 0 }, 2);
	parts[1] = first;
	parts[3] = graph_build2(at, "Sub", NULL, all, first);
	return graph_build(at, "Concat", &along, 4, parts);
}

uint32_t window_pad_same(struct node *at, const struct window *w, int auto_pad, uint32_t x,
			 uint32_t value)
{
	return graph_build3(at, "Pad", NULL, x, window_same_pads(at, w, auto_pad, false, x), value);
}
