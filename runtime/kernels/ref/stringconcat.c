/* stringconcat.c - strings put together, element by element, each result in a slot of its own. */
#include "../params.h"

EDGERT_KERNEL int edgert_stringconcat_any__ref(const struct edgert_strings *p,
					       const edgert_string *x, const edgert_string *y,
					       edgert_string *z, void *text)
{
	char *slot = (char *)text;
	edgert_int i, n;
	int part;

	for (i = 0; i < p->count; i++, slot += p->slot) {
		n = 0;
		for (part = 0; part < 2; part++) {
			const char *s = part ? y[i] : x[i];

			for (; *s; s++) {
				if (n + 1 >= p->slot)
					return EDGERT_ERROR_CAPACITY;
				slot[n++] = *s;
			}
		}
		slot[n] = 0;
		z[i] = slot;
	}
	return EDGERT_OK;
}
