/* regexfullmatch.c - which strings a regular expression matches as a whole. */
#include "regex.h"

EDGERT_KERNEL void edgert_regexfullmatch_any__ref(const struct edgert_strings *p,
						  const edgert_string *x, const int32_t *program,
						  unsigned char *y, void *scratch)
{
	edgert_int i, begin = 0, end = 0;
	struct edgert_regex r;

	for (i = 0; i < p->count; i++) {
		const edgert_int n = edgert_ref_length(x[i]);

		edgert_regex_begin(&r, program, x[i], n, scratch);
		y[i] = (unsigned char)(edgert_regex_find(&r, 0, 1, &begin, &end) && end == n);
	}
}
