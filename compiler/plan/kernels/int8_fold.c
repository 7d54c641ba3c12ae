/* Weights of 4 bits, two to a byte. */
#include "int8.h"

edgert_int int8_fold(edgert_int run, edgert_int size, const int8_t *w, int8_t *out)
{
	const edgert_int half = size > 0 ? (size + 2 * run - 1) / (2 * run) * run : 0;

	for (edgert_int i = 0; out && i < half; i++) {
		const edgert_int k = i / run * 2 * run + i % run;

		out[i] = (int8_t)((k < size ? w[k] & 15 : 0) |
				  (k + run < size ? w[k + run] * 16 : 0));
	}
	return half;
}
