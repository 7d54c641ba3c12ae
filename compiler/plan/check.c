/* The placement's independent checker: compares every pair of workspace buffers. Shares no code
 * with place.c. */
#include "plan.h"

bool plan_check(const struct plan *p, struct strbuf *why)
{
	for (size_t i = 0; i < p->buffers.n; i++) {
		const struct buffer *a = &p->buffers.p[i];

		if (a->region != REGION_WORKSPACE || a->size == 0)
			continue;
		if (a->offset < 0 || a->offset % a->align != 0 ||
		    a->offset + a->size > p->workspace) {
			strbuf_printf(
				why,
				"buffer %zu (%s) at %lld, %lld bytes, leaves the workspace of %lld bytes",
				i, a->name, (long long)a->offset, (long long)a->size,
				(long long)p->workspace);
			return false;
		}
		for (size_t k = i + 1; k < p->buffers.n; k++) {
			const struct buffer *b = &p->buffers.p[k];
			bool together, apart;

			if (b->region != REGION_WORKSPACE || b->size == 0)
				continue;
			together = !(a->last < b->first || b->last < a->first);
			apart = a->offset + a->size <= b->offset ||
				b->offset + b->size <= a->offset;
			if (together && !apart) {
				strbuf_printf(
					why,
					"buffers %zu (%s, steps %d to %d) and %zu (%s, steps %d to %d) overlap",
					i, a->name, a->first, a->last, k, b->name, b->first,
					b->last);
				return false;
			}
		}
	}
	return true;
}
