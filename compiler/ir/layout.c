/* Layouts: the order of axes in memory and the halo around them. */
#include "ir.h"

#include <string.h>

void layout_identity(struct layout *l, int rank)
{
	memset(l, 0, sizeof *l);
	for (int i = 0; i < rank; i++)
		l->order[i] = (uint8_t)i;
}

bool layout_has_halo(const struct layout *l, int rank)
{
	for (int i = 0; i < rank; i++)
		if (l->lo[i] || l->hi[i])
			return true;
	return false;
}

bool layout_is_identity(const struct layout *l, int rank)
{
	for (int i = 0; i < rank; i++)
		if (l->order[i] != i)
			return false;
	return !layout_has_halo(l, rank);
}

bool layout_equal(const struct layout *a, const struct layout *b, int rank)
{
	for (int i = 0; i < rank; i++)
		if (a->order[i] != b->order[i] || a->lo[i] != b->lo[i] || a->hi[i] != b->hi[i])
			return false;
	return true;
}
