/* roi.c - regions of an image pooled to one size: RoiAlign, MaxRoiPool. Half types are computed in
 * float. */
#include "../../runtime/kernels/params.h"
#include "family.h"

enum { AVERAGE, MAXIMUM };
static const char *const mode_names[] = { "avg", "max", NULL };
enum { HALF_PIXEL, OUTPUT_HALF_PIXEL };
static const char *const coordinate_names[] = { "half_pixel", "output_half_pixel", NULL };

struct align_attrs {
	int mode, coordinate_transformation_mode;
	int64_t output_height, output_width, sampling_ratio;
	float spatial_scale;
};

#define ALIGN_ROWS                                                                                 \
	A_ENUM(struct align_attrs, mode, mode_names, AVERAGE),                                     \
		A_RANGE(struct align_attrs, output_height, 1, 1, INT32_MAX),                       \
		A_RANGE(struct align_attrs, output_width, 1, 1, INT32_MAX),                        \
		A_RANGE(struct align_attrs, sampling_ratio, 0, 0, EDGERT_ROI_SAMPLES),             \
		A_FLOAT(struct align_attrs, spatial_scale, 1)

static const struct attr_row align_rows[] = {
	A_ENUM(struct align_attrs, coordinate_transformation_mode, coordinate_names, HALF_PIXEL),
	ALIGN_ROWS, A_END
};
static const struct attr_row align10_rows[] = { ALIGN_ROWS, A_END };

struct maxpool_attrs {
	struct ints pooled_shape;
	float spatial_scale;
};
static const struct attr_row maxpool_rows[] = {
	{ ATTR(struct maxpool_attrs, pooled_shape), .kind = ATTR_INTS, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	A_FLOAT(struct maxpool_attrs, spatial_scale, 1),
	A_END,
};

/* X [N, C, H, W] and rois [R, columns] give Y [R, C, height, width]. */
static bool infer_regions(struct unit *u, struct node *n, int columns, int64_t height,
			  int64_t width)
{
	const struct value *x = node_in(n, 0), *rois = node_in(n, 1);

	if (!infer_need_rank(u, n, x, "X", 4, 4) || !infer_need_rank(u, n, rois, "rois", 2, 2))
		return false;
	if (!dim_assume_equal(u, rois->shape.d[1], columns, NULL))
		return node_error(u, n, "rois has %s columns, must have %d",
				  dim_text(u, rois->shape.d[1]), columns);
	set_shape_of(node_out(n, 0), 4, (dim[]){ rois->shape.d[0], x->shape.d[1], height, width });
	return true;
}

static bool infer_align(struct unit *u, struct node *n)
{
	const struct align_attrs *a = n->attrs;
	const struct value *images = node_in(n, 2);

	if (!infer_regions(u, n, 4, a->output_height, a->output_width) ||
	    !infer_need_rank(u, n, images, "batch_indices", 1, 1))
		return false;
	if (!dim_assume_equal(u, images->shape.d[0], node_in(n, 1)->shape.d[0], NULL))
		return node_error(u, n, "batch_indices has %s elements for %s regions",
				  dim_text(u, images->shape.d[0]),
				  dim_text(u, node_in(n, 1)->shape.d[0]));
	return true;
}

/* Version 10 had no half_pixel. */
static bool upgrade_align10(struct unit *u, struct node *n)
{
	struct align_attrs a = *(const struct align_attrs *)n->attrs;

	a.coordinate_transformation_mode = OUTPUT_HALF_PIXEL;
	upgrade_to_newest(u, n, &a);
	return true;
}

static bool infer_maxpool(struct unit *u, struct node *n)
{
	const struct maxpool_attrs *a = n->attrs;

	if (a->pooled_shape.n != 2)
		return node_error(u, n, "pooled_shape has %d elements, must have 2",
				  a->pooled_shape.n);
	return infer_regions(u, n, 5, a->pooled_shape.p[0], a->pooled_shape.p[1]);
}

/* -- expansions: regions in elements of X, in a type that the kernels have ------------- */

static uint32_t scaled(struct node *n, enum dtype t, float scale)
{
	uint32_t rois = new_cast(n, t, n->in[1]);

	return scale == 1 ? rois
			  : graph_build2(n, "Mul", NULL, rois, new_scalar(n, t, (double)scale));
}

static bool expand_align(struct unit *u, struct node *n)
{
	const struct align_attrs *a = n->attrs;
	struct roi_attrs r = { .out_height = a->output_height,
			       .out_width = a->output_width,
			       .sampling = a->sampling_ratio,
			       .maximum = a->mode == MAXIMUM,
			       .half_pixel = a->coordinate_transformation_mode == HALF_PIXEL };
	enum dtype type = node_in(n, 0)->type, t = dtype_compute(type);
	uint32_t x = new_cast(n, t, n->in[0]);

	x = graph_build3(n, "edgecc.AlignRegions", &r, x, scaled(n, t, a->spatial_scale), n->in[2]);
	expand_output(u, n, 0, new_cast(n, type, x));
	return true;
}

static bool expand_maxpool(struct unit *u, struct node *n)
{
	const struct maxpool_attrs *a = n->attrs;
	struct roi_attrs r = { .out_height = a->pooled_shape.p[0],
			       .out_width = a->pooled_shape.p[1] };
	enum dtype type = node_in(n, 0)->type, t = dtype_compute(type);
	const float scale[5] = { 1, a->spatial_scale, a->spatial_scale, a->spatial_scale,
				 a->spatial_scale };
	struct shape row = { .rank = 1, .d = { 5 } };
	uint32_t x = new_cast(n, t, n->in[0]), rois = new_cast(n, t, n->in[1]);
	struct constant *c;
	void *data;

	c = constant_new(u->arena, t, &row, &data);
	for (int i = 0; i < 5; i++)
		constant_put_f64(data, t, i, (double)scale[i]);
	if (a->spatial_scale != 1)
		rois = graph_build2(n, "Mul", NULL, rois, graph_constant(n->graph, NULL, c)->id);
	x = graph_build2(n, "edgecc.MaxRegions", &r, x, rois);
	expand_output(u, n, 0, new_cast(n, type, x));
	return true;
}

/* -- edgecc.AlignRegions, edgecc.MaxRegions ------------------------------------------------ */

static const struct attr_row roi_rows[] = {
	A_RANGE(struct roi_attrs, out_height, 1, 1, INT32_MAX),
	A_RANGE(struct roi_attrs, out_width, 1, 1, INT32_MAX),
	A_RANGE(struct roi_attrs, sampling, 0, 0, EDGERT_ROI_SAMPLES),
	A_FLAG(struct roi_attrs, maximum, 0),
	A_FLAG(struct roi_attrs, half_pixel, 0),
	A_END,
};

static bool infer_roi(struct unit *u, struct node *n)
{
	const struct roi_attrs *a = n->attrs;

	return infer_regions(u, n, n->n_in == 3 ? 4 : 5, a->out_height, a->out_width);
}

struct edgert_roi roi_params(const struct node *n)
{
	const struct roi_attrs *a = n->attrs;
	const dim *x = node_in(n, 0)->shape.d;

	return (struct edgert_roi){
		.batch = (edgert_int)x[0],
		.channels = (edgert_int)x[1],
		.height = (edgert_int)x[2],
		.width = (edgert_int)x[3],
		.rois = (edgert_int)node_in(n, 1)->shape.d[0],
		.out_height = (edgert_int)a->out_height,
		.out_width = (edgert_int)a->out_width,
		.sampling = (edgert_int)a->sampling,
		.maximum = (edgert_int)a->maximum,
		.half_pixel = (edgert_int)a->half_pixel,
	};
}

void edgert_roi_align_f32__ref(const struct edgert_roi *p, const float *x, const float *rois,
			       const int64_t *images, float *y);
void edgert_roi_align_f64__ref(const struct edgert_roi *p, const double *x, const double *rois,
			       const int64_t *images, double *y);
void edgert_roi_maxpool_f32__ref(const struct edgert_roi *p, const float *x, const float *rois,
				 float *y);
void edgert_roi_maxpool_f64__ref(const struct edgert_roi *p, const double *x, const double *rois,
				 double *y);

static bool eval_align(struct unit *u, const struct node *n, const struct constant *const *in,
		       struct constant **out)
{
	struct edgert_roi p = roi_params(n);
	const void *x = constant_aligned(u, in[0]), *rois = constant_aligned(u, in[1]),
		   *images = constant_aligned(u, in[2]);
	void *y;

	out[0] = constant_new(u->arena, in[0]->type, &node_out(n, 0)->shape, &y);
	if (in[0]->type == DT_F64)
		edgert_roi_align_f64__ref(&p, x, rois, images, y);
	else
		edgert_roi_align_f32__ref(&p, x, rois, images, y);
	return true;
}

static bool eval_maxpool(struct unit *u, const struct node *n, const struct constant *const *in,
			 struct constant **out)
{
	struct edgert_roi p = roi_params(n);
	const void *x = constant_aligned(u, in[0]), *rois = constant_aligned(u, in[1]);
	void *y;

	out[0] = constant_new(u->arena, in[0]->type, &node_out(n, 0)->shape, &y);
	if (in[0]->type == DT_F64)
		edgert_roi_maxpool_f64__ref(&p, x, rois, y);
	else
		edgert_roi_maxpool_f32__ref(&p, x, rois, y);
	return true;
}

const struct op ops_roi[] = {
	{ .name = "RoiAlign",
	  .since = 16,
	  .sig = "X:T1 rois:T1 batch_indices:T2 -> Y:T1",
	  .types = "T1=floats T2=int64",
	  .attrs = align_rows,
	  .attrs_size = sizeof(struct align_attrs),
	  .infer = infer_align,
	  .expand = expand_align,
	  .doc = "the mean or maximum of interpolated samples in each bin of a region" },
	{ .name = "RoiAlign",
	  .since = 10,
	  .until = 15,
	  .sig = "X:T1 rois:T1 batch_indices:T2 -> Y:T1",
	  .types = "T1=floats T2=int64",
	  .attrs = align10_rows,
	  .attrs_size = sizeof(struct align_attrs),
	  .upgrade = upgrade_align10 },
	{ .name = "MaxRoiPool",
	  .since = 1,
	  .sig = "X:T rois:T -> Y:T",
	  .types = "T=floats",
	  .attrs = maxpool_rows,
	  .attrs_size = sizeof(struct maxpool_attrs),
	  .infer = infer_maxpool,
	  .expand = expand_maxpool,
	  .doc = "the greatest element in each bin of a region" },
	{ .name = "AlignRegions",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "X:T rois:T images:int64 -> Y:T",
	  .types = "T=float,double",
	  .attrs = roi_rows,
	  .attrs_size = sizeof(struct roi_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_roi,
	  .eval = eval_align,
	  .doc = "RoiAlign of regions in elements of X" },
	{ .name = "MaxRegions",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "X:T rois:T -> Y:T",
	  .types = "T=float,double",
	  .attrs = roi_rows,
	  .attrs_size = sizeof(struct roi_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_roi,
	  .eval = eval_maxpool,
	  .doc = "MaxRoiPool of regions in elements of X" },
	{ .name = NULL }
};
