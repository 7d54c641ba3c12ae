/* compress.c - the items of x along an axis whose condition is true; what the condition does not
 * reach is dropped. */
#include "order.h"

EDGERT_KERNEL edgert_int edgert_compress_any__ref(const struct edgert_compress *p, const void *x,
						  const uint8_t *condition, void *y)
{
	const edgert_int n = p->conditions < p->n ? p->conditions : p->n;
	const edgert_int item = p->inner * edgert_ref_size(p->size);
	edgert_int at = 0, o, i;

	for (o = 0; o < p->outer; o++)
		for (i = 0; i < n; i++)
			if (condition[i])
				edgert_ref_copy(item, y, at++, x, o * p->n + i);
	return p->outer ? at / p->outer : 0;
}
