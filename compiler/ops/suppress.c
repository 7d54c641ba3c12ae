/* suppress.c - NonMaxSuppression: of boxes that overlap, those with the best score.
 *
 * For each batch and class: boxes in the order of their scores, those at most score_threshold left
 * out; each is taken unless it covers one taken before by more than iou_threshold (intersection
 * over union), until there are max_output_boxes_per_class. */
#include <math.h>

#include "family.h"

struct nms_attrs {
	int64_t center_point_box;
};
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
	d[0] = all == 0 ? 0 : dim_element(u, y->id, 0, 0, dim_hi(u, all));
	d[1] = 3;
	set_shape_of(y, 2, d);
	return true;
}

struct box {
	float y1, x1, y2, x2;
};

static struct box box_at(const struct constant *c, int64_t i, bool centre)
{
	float v[4];
	struct box b;

	for (int k = 0; k < 4; k++)
		v[k] = (float)constant_f64(c, 4 * i + k);
	if (centre) { /* x, y, width, height */
		b = (struct box){ v[1] - v[3] / 2, v[0] - v[2] / 2, v[1] + v[3] / 2,
				  v[0] + v[2] / 2 };
	} else { /* two opposite corners: y, x, y, x */
		b = (struct box){ fminf(v[0], v[2]), fminf(v[1], v[3]), fmaxf(v[0], v[2]),
				  fmaxf(v[1], v[3]) };
	}
	return b;
}

static float area(struct box b)
{
	return b.x2 > b.x1 && b.y2 > b.y1 ? (b.y2 - b.y1) * (b.x2 - b.x1) : 0;
}

static bool overlap(struct box a, struct box b, float threshold)
{
	struct box both = { fmaxf(a.y1, b.y1), fmaxf(a.x1, b.x1), fminf(a.y2, b.y2),
			    fminf(a.x2, b.x2) };
	float common = area(both);

	return area(a) > 0 && area(b) > 0 && common > 0 &&
	       common / (area(a) + area(b) - common) > threshold;
}

struct nms {
	const struct constant *boxes, *scores;
	int64_t n, classes, most;
	float iou, score;
	bool centre, with_score;
};

/* The best box not yet looked at, -1 when there is none; equal scores: the first. */
static int64_t best_left(const struct nms *p, int64_t line, const bool *seen)
{
	int64_t best = -1;
	float best_score = 0;

	for (int64_t i = 0; i < p->n; i++) {
		float s = (float)constant_f64(p->scores, line * p->n + i);

		if (seen[i] || (p->with_score && !(s > p->score)) ||
		    (best >= 0 && !(s > best_score)))
			continue;
		best = i;
		best_score = s;
	}
	return best;
}

/* Boxes taken for one batch and class; returns how many. */
static int64_t take(struct unit *u, const struct nms *p, int64_t batch, int64_t class,
		    int64_t *taken)
{
	bool *seen = arena_array(u->arena, bool, (size_t)p->n);
	int64_t count = 0, i;

	while (count < p->most && (i = best_left(p, batch * p->classes + class, seen)) >= 0) {
		struct box b = box_at(p->boxes, batch * p->n + i, p->centre);
		bool free = true;

		seen[i] = true;
		for (int64_t k = 0; k < count && free; k++)
			free = !overlap(b, box_at(p->boxes, batch * p->n + taken[k], p->centre),
					p->iou);
		if (free)
			taken[count++] = i;
	}
	return count;
}

static bool eval_nms(struct unit *u, const struct node *n, const struct constant *const *in,
		     struct constant **out)
{
	struct nms p = { .boxes = in[0],
			 .scores = in[1],
			 .n = in[0]->shape.d[1],
			 .classes = in[1]->shape.d[1] };
	int64_t batches = in[0]->shape.d[0], *taken = arena_array(u->arena, int64_t, (size_t)p.n),
		*y;
	struct shape s = { .rank = 2, .d = { 0, 3 } };
	VEC(int64_t) rows = { NULL, 0, 0 };
	void *data;

	p.most = n->n_in > 2 && in[2] ? constant_i64(in[2], 0) : 0;
	p.iou = n->n_in > 3 && in[3] ? (float)constant_f64(in[3], 0) : 0;
	p.with_score = n->n_in > 4 && in[4];
	p.score = p.with_score ? (float)constant_f64(in[4], 0) : 0;
	p.centre = ((const struct nms_attrs *)n->attrs)->center_point_box;
	for (int64_t b = 0; b < batches; b++) {
		for (int64_t c = 0; c < p.classes; c++) {
			int64_t count = take(u, &p, b, c, taken);

			for (int64_t k = 0; k < count; k++) {
				vec_push(u->arena, &rows, b);
				vec_push(u->arena, &rows, c);
				vec_push(u->arena, &rows, taken[k]);
			}
		}
	}
	s.d[0] = (dim)(rows.n / 3);
	out[0] = constant_new(u->arena, DT_I64, &s, &data);
	y = data;
	for (size_t i = 0; i < rows.n; i++)
		y[i] = rows.p[i];
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
	  .doc = "batch, class and box of the best boxes that do not overlap too much",
	  .limits = "constant inputs only" },
	{ .name = NULL }
};
