/* nonmaxsuppression_f32.c - per batch and class, boxes from the best score down (the first of
 * equals first), each taken unless intersection / union with one taken before exceeds the
 * threshold. The candidates are a heap. */
#include "../params.h"

/* Sides y0 <= y1, x0 <= x1. */
struct edgert_nms_box {
	float y0, x0, y1, x1;
};

EDGERT_INLINE struct edgert_nms_box edgert_nms_box_at(const struct edgert_nms *p, const float *v)
{
	struct edgert_nms_box b;

	if (p->centre) { /* x, y, width, height */
		b.x0 = v[0] - v[2] / 2.0f;
		b.x1 = v[0] + v[2] / 2.0f;
		b.y0 = v[1] - v[3] / 2.0f;
		b.y1 = v[1] + v[3] / 2.0f;
	} else { /* two corners, y before x */
		b.y0 = v[0] < v[2] ? v[0] : v[2];
		b.y1 = v[0] < v[2] ? v[2] : v[0];
		b.x0 = v[1] < v[3] ? v[1] : v[3];
		b.x1 = v[1] < v[3] ? v[3] : v[1];
	}
	return b;
}

/* Do boxes i and j of v overlap by more than the threshold? */
EDGERT_INLINE int edgert_nms_overlap(const struct edgert_nms *p, const float *v, edgert_int i,
				     edgert_int j, float most)
{
	const struct edgert_nms_box a = edgert_nms_box_at(p, v + 4 * i),
				    b = edgert_nms_box_at(p, v + 4 * j);
	const float h = (a.y1 < b.y1 ? a.y1 : b.y1) - (a.y0 > b.y0 ? a.y0 : b.y0);
	const float w = (a.x1 < b.x1 ? a.x1 : b.x1) - (a.x0 > b.x0 ? a.x0 : b.x0);
	const float area_a = (a.y1 - a.y0) * (a.x1 - a.x0), area_b = (b.y1 - b.y0) * (b.x1 - b.x0);

	if (!(h > 0.0f && w > 0.0f && area_a > 0.0f && area_b > 0.0f))
		return 0;
	return h * w / (area_a + area_b - h * w) > most;
}

EDGERT_INLINE int edgert_nms_before(const float *score, edgert_int i, edgert_int j)
{
	return score[i] > score[j] || (!(score[i] < score[j]) && i < j);
}

/* Restores the heap of n below position i. */
EDGERT_INLINE void edgert_nms_sift(const float *score, edgert_int *heap, edgert_int n, edgert_int i)
{
	const edgert_int moved = heap[i];

	while (2 * i + 1 < n) {
		edgert_int child = 2 * i + 1;

		if (child + 1 < n && edgert_nms_before(score, heap[child + 1], heap[child]))
			child++;
		if (edgert_nms_before(score, moved, heap[child]))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = moved;
}

/* One class: appends rows to y, returns how many. */
EDGERT_INLINE edgert_int edgert_nms_class(const struct edgert_nms *p, edgert_int batch,
					  edgert_int c, const float *boxes, const float *score,
					  int64_t most, float iou, const float *least, int64_t *y,
					  edgert_int *heap)
{
	edgert_int n = 0, taken = 0, i;

	for (i = 0; i < p->n; i++)
		if (!least || score[i] > *least)
			heap[n++] = i;
	for (i = n / 2 - 1; i >= 0; i--)
		edgert_nms_sift(score, heap, n, i);
	while (n > 0 && taken < most) {
		const edgert_int best = heap[0];

		heap[0] = heap[--n];
		edgert_nms_sift(score, heap, n, 0);
		for (i = 0; i < taken; i++)
			if (edgert_nms_overlap(p, boxes, best, (edgert_int)y[3 * i + 2], iou))
				break;
		if (i < taken)
			continue;
		y[3 * taken] = batch;
		y[3 * taken + 1] = c;
		y[3 * taken + 2] = best;
		taken++;
	}
	return taken;
}

EDGERT_KERNEL edgert_int edgert_nonmaxsuppression_f32__ref(const struct edgert_nms *p,
							   const float *boxes, const float *scores,
							   const int64_t *most, const float *iou,
							   const float *least, int64_t *y,
							   void *scratch)
{
	edgert_int found = 0, b, c;

	for (b = 0; most && b < p->batch; b++)
		for (c = 0; c < p->classes; c++)
			found += edgert_nms_class(p, b, c, boxes + b * p->n * 4,
						  scores + (b * p->classes + c) * p->n, *most,
						  iou ? *iou : 0.0f, least, y + 3 * found,
						  (edgert_int *)scratch);
	return found;
}
