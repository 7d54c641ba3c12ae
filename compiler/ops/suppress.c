/* suppress.c - NonMaxSuppression: of boxes that overlap, those with the best score.
 *
 * For each batch and class: boxes in the order of their scores, those at most score_threshold left
 * out; each is taken unless it covers one taken before by more than iou_threshold (intersection
 * over union), until there are max_output_boxes_per_class. */
#include "../../runtime/kernels/params.h"
#include "family.h"

static const struct attr_row nms_rows[] = { A_FLAG(struct nms_attrs, center_point_box, 0), A_END };

static bool infer_nms(struct unit *u, struct node *n)
{
	struct value *boxes = node_in(n, 0), *scores = node_in(n, 1), *y = node_out(n, 0);
	static const char *const names[] = { "boxes", "scores", "max_output_boxes_per_class",
					     "iou_threshold", "score_threshold" };
	const dim *most;
	dim d[2], each, all;
	int count;

	if (!infer_need_rank(u, n, boxes, names[0], 3, 3) ||
	    !infer_need_rank(u, n, scores, names[1], 3, 3))
		return false;
	if (!dim_assume_equal(u, boxes->shape.d[2], 4, NULL) ||
	    !dim_assume_equal(u, boxes->shape.d[0], scores->shape.d[0], NULL) ||
	    !dim_assume_equal(u, boxes->shape.d[1], scores->shape.d[2], NULL))
		return node_error(u, n, "boxes %s does not match scores %s",
				  shape_text(u, &boxes->shape), shape_text(u, &scores->shape));
	for (int k = 2; k < 5; k++)
		if (node_in(n, k) && shape_count(u, &node_in(n, k)->shape) != 1)
			return node_error(u, n, "%s must have one element", names[k]);
	each = boxes->shape.d[1];
	if (!node_in(n, 2))
		each = 0;
	else if (input_dims(u, n, 2, &most, &count) == 1)
		each = dim_max(u, dim_min(u, each, most[0]), 0);
	all = dim_mul(u, dim_mul(u, scores->shape.d[0], scores->shape.d[1]), each);
	d[0] = all == 0 ? 0 : dim_size(u, y->id, 0, dim_hi(u, all));
	d[1] = 3;
	set_shape_of(y, 2, d);
	return true;
}

edgert_int edgert_nonmaxsuppression_f32__ref(const struct edgert_nms *p, const float *boxes,
					     const float *scores, const int64_t *most,
					     const float *iou, const float *least, int64_t *y,
					     void *scratch);

static const void *optional(struct unit *u, const struct node *n, const struct constant *const *in,
			    int k)
{
	return k < n->n_in && in[k] ? constant_aligned(u, in[k]) : NULL;
}

static bool eval_nms(struct unit *u, const struct node *n, const struct constant *const *in,
		     struct constant **out)
{
	struct edgert_nms p = {
		.batch = (edgert_int)in[0]->shape.d[0],
		.classes = (edgert_int)in[1]->shape.d[1],
		.n = (edgert_int)in[0]->shape.d[1],
		.centre = (edgert_int)((const struct nms_attrs *)n->attrs)->center_point_box,
	};
	const int64_t *most = optional(u, n, in, 2);
	int64_t each = !most || *most < 0 ? 0 : *most < p.n ? *most : p.n;
	struct shape s = { .rank = 2, .d = { p.batch * p.classes * each, 3 } };
	struct constant *y;
	void *data, *scratch;

	y = constant_new(u->arena, DT_I64, &s, &data);
	scratch = arena_alloc_array(u->arena, (size_t)p.n, sizeof(edgert_int));
	s.d[0] = edgert_nonmaxsuppression_f32__ref(
		&p, constant_aligned(u, in[0]), constant_aligned(u, in[1]), most,
		optional(u, n, in, 3), optional(u, n, in, 4), data, scratch);
	out[0] = constant_shrunk(y, &s);
	return true;
}

const struct op ops_suppress[] = {
	{ .name = "NonMaxSuppression",
	  .since = 10,
	  .sig = "boxes:float scores:float max_output_boxes_per_class?:int64 iou_threshold?:float "
		 "score_threshold?:float -> selected_indices:int64",
	  .attrs = nms_rows,
	  .attrs_size = sizeof(struct nms_attrs),
	  .infer = infer_nms,
	  .eval = eval_nms,
	  .doc = "batch, class and box of the best boxes that do not overlap too much" },
	{ .name = NULL }
};
