/* unique.c - the distinct items of x along an axis: sorted by merging runs, which keeps equals in
 * order, so the first of a run of equals is the item's first occurrence. About n log2(n)
 * comparisons. */
#include "order.h"

/* Is item i less than item j: at the first element, in x's order, where they differ. */
EDGERT_INLINE int edgert_unique_less(const struct edgert_unique *p, const void *x, edgert_int i,
				     edgert_int j)
{
	edgert_int o, k;

	for (o = 0; o < p->outer; o++) {
		for (k = 0; k < p->inner; k++) {
			const edgert_int a = (o * p->n + i) * p->inner + k,
					 b = (o * p->n + j) * p->inner + k;

			if (edgert_ref_less((int)p->type, x, a, b))
				return 1;
			if (edgert_ref_less((int)p->type, x, b, a))
				return 0;
		}
	}
	return 0;
}

/* The items' numbers in order of the items; the result is from or to, both n long. */
EDGERT_INLINE edgert_int *edgert_unique_sort(const struct edgert_unique *p, const void *x,
					     edgert_int *from, edgert_int *to)
{
	edgert_int run, start, k;

	for (k = 0; k < p->n; k++)
		from[k] = k;
	for (run = 1; run < p->n; run *= 2) {
		edgert_int *swap = from;

		for (start = 0; start < p->n; start += 2 * run) {
			edgert_int i = start, mid = p->n - start < run ? p->n : start + run,
				   j = mid;
			const edgert_int end = p->n - mid < run ? p->n : mid + run;

			for (k = start; k < end; k++)
				to[k] = j >= end || (i < mid &&
						     !edgert_unique_less(p, x, from[j], from[i]))
						? from[i++]
						: from[j++];
		}
		from = to;
		to = swap;
	}
	return from;
}

EDGERT_KERNEL edgert_int edgert_unique_any__ref(const struct edgert_unique *p, const void *x,
						void *y, int64_t *indices, int64_t *inverse,
						int64_t *counts, void *scratch)
{
	edgert_int *a = (edgert_int *)scratch, *group = a + p->n, *first = group + p->n, *order,
		   *place;
	edgert_int found = 0, i, o;

	order = edgert_unique_sort(p, x, a, group);
	group = order == a ? group : a; /* the other half: the group of each item */
	for (i = 0; i < p->n; i++) {
		if (i == 0 || edgert_unique_less(p, x, order[i - 1], order[i]))
			first[found++] = order[i];
		group[order[i]] = found - 1;
	}
	/* place[g]: where group g goes; by first occurrence when not sorted. */
	place = order;
	for (i = 0; p->sorted && i < found; i++)
		place[i] = i;
	for (i = 0, o = 0; !p->sorted && i < p->n; i++)
		if (first[group[i]] == i)
			place[group[i]] = o++;
	for (i = 0; i < found; i++) {
		if (indices)
			indices[place[i]] = first[i];
		if (counts)
			counts[i] = 0;
		for (o = 0; y && o < p->outer; o++)
			edgert_ref_copy(p->inner * edgert_ref_size(p->size), y,
					o * found + place[i], x, o * p->n + first[i]);
	}
	for (i = 0; i < p->n; i++) {
		if (inverse)
			inverse[i] = place[group[i]];
		if (counts)
			counts[place[group[i]]]++;
	}
	return found;
}
