/* Kernels that read rows as they are: edgert_matrices, edgert_roi, edgert_linear_attention. */
#include "build.h"

#include "../../../runtime/kernels/params.h"

#define ACCEPT_TYPE(NAME, TYPE, WHY)                                                               \
	bool accept_##NAME(struct unit *u, const struct node *n, const struct target *t,           \
			   const char **reason)                                                    \
	{                                                                                          \
		(void)u;                                                                           \
		(void)t;                                                                           \
		*reason = WHY;                                                                     \
		return node_in(n, 0)->type == TYPE;                                                \
	}

/* -- square matrices --------------------------------------------------------------------- */

static const struct param_row matrices_rows[] = { PARAM(edgert_matrices, count),
						  PARAM(edgert_matrices, n) };

ACCEPT_TYPE(matrices_f32, DT_F32, "elimination")
ACCEPT_TYPE(matrices_f64, DT_F64, "elimination")

static void build_matrices(struct unit *u, const struct node *n, struct call *c)
{
	struct edgert_matrices p = matrices_params(u, n);
	size_t most = (size_t)dim_hi(u, p.n);

	call_params(u, c, "edgert_matrices", matrices_rows, ARRAY_LEN(matrices_rows), &p);
	call_value(u, c, node_in(n, 0), false);
	call_value(u, c, node_out(n, 0), true);
	call_scratch(u, c, most * most * dtype_size(node_in(n, 0)->type));
}

void build_matrices_f32(struct unit *u, const struct node *n, const struct target *t,
			struct call *c)
{
	(void)t;
	build_matrices(u, n, c);
}

void build_matrices_f64(struct unit *u, const struct node *n, const struct target *t,
			struct call *c)
{
	(void)t;
	build_matrices(u, n, c);
}

/* -- regions ----------------------------------------------------------------------------- */

static const struct param_row roi_rows[] = {
	PARAM(edgert_roi, batch),      PARAM(edgert_roi, channels), PARAM(edgert_roi, height),
	PARAM(edgert_roi, width),      PARAM(edgert_roi, rois),     PARAM(edgert_roi, out_height),
	PARAM(edgert_roi, out_width),  PARAM(edgert_roi, sampling), PARAM(edgert_roi, maximum),
	PARAM(edgert_roi, half_pixel),
};

ACCEPT_TYPE(roi_f32, DT_F32, "each bin by itself")
ACCEPT_TYPE(roi_f64, DT_F64, "each bin by itself")

static void build_roi(struct unit *u, const struct node *n, struct call *c)
{
	struct edgert_roi p = roi_params(n);

	call_params(u, c, "edgert_roi", roi_rows, ARRAY_LEN(roi_rows), &p);
	for (int k = 0; k < n->n_in; k++)
		call_value(u, c, node_in(n, k), false);
	call_value(u, c, node_out(n, 0), true);
}

void build_roi_f32(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	(void)t;
	build_roi(u, n, c);
}

void build_roi_f64(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	(void)t;
	build_roi(u, n, c);
}

/* -- LinearAttention --------------------------------------------------------------------- */

static const struct param_row linear_attention_rows[] = {
	PARAM(edgert_linear_attention, batch), PARAM(edgert_linear_attention, time),
	PARAM(edgert_linear_attention, heads), PARAM(edgert_linear_attention, group),
	PARAM(edgert_linear_attention, size),  PARAM(edgert_linear_attention, value),
	PARAM(edgert_linear_attention, decay), PARAM(edgert_linear_attention, delta),
};

ACCEPT_TYPE(linear_attention, DT_F32, "one step after the other")

void build_linear_attention(struct unit *u, const struct node *n, const struct target *t,
			    struct call *c)
{
	struct edgert_linear_attention p = linear_attention_params(u, n);

	(void)t;
	call_params(u, c, "edgert_linear_attention", linear_attention_rows,
		    ARRAY_LEN(linear_attention_rows), &p);
	for (int k = 0; k < 6; k++)
		call_value(u, c, node_in(n, k), false);
	call_value(u, c, node_out(n, 0), true);
	call_value(u, c, node_out(n, 1), true);
	call_scratch(u, c, (size_t)p.value * sizeof(float));
}
