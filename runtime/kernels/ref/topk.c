/* topk.c - TopK of any numeric type by insertion into the list of the best so far. Most elements
 * fail against the last of the list, so a random line costs about n + k^2 log(n / k) / 4
 * comparisons. */
#include "order.h"

EDGERT_INLINE int edgert_topk_before(const struct edgert_topk *p, const void *x, edgert_int i,
				     edgert_int j)
{
	return p->largest ? edgert_ref_less((int)p->type, x, j, i)
			  : edgert_ref_less((int)p->type, x, i, j);
}

/* A line from x[at], `inner` apart; its indices from list[0], as far apart. */
EDGERT_INLINE void edgert_topk_line(const struct edgert_topk *p, const void *x, edgert_int at,
				    int64_t *list)
{
	const edgert_int step = p->inner;
	edgert_int i, m, count = 0;

	for (i = 0; i < p->n; i++) {
		if (count == p->k &&
		    !edgert_topk_before(p, x, at + i * step,
					at + (edgert_int)list[(count - 1) * step] * step))
			continue;
		m = count < p->k ? count++ : count - 1;
		while (m > 0 && edgert_topk_before(p, x, at + i * step,
						   at + (edgert_int)list[(m - 1) * step] * step)) {
			list[m * step] = list[(m - 1) * step];
			m--;
		}
		list[m * step] = i;
	}
}

EDGERT_KERNEL void edgert_topk_any__ref(const struct edgert_topk *p, const void *x, void *values,
					int64_t *indices)
{
	edgert_int o, i, m;

	if (p->k == 0)
		return;
	for (o = 0; o < p->outer; o++) {
		for (i = 0; i < p->inner; i++) {
			const edgert_int at = o * p->n * p->inner + i, to = o * p->k * p->inner + i;

			edgert_topk_line(p, x, at, indices + to);
			for (m = 0; values && m < p->k; m++) {
				const edgert_int y = to + m * p->inner;

				edgert_ref_copy(p->size, values, y, x,
						at + (edgert_int)indices[y] * p->inner);
			}
		}
	}
}
