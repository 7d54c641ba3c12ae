#include "clip.h"

static edgert_int elements(const struct edgert_tensor *t)
{
	edgert_int n = 1, a;

	for (a = 0; a < t->rank; a++)
		n *= t->shape[a];
	return n;
}

static float attribute(const struct edgert_custom *c, const char *name, float otherwise)
{
	edgert_int k;

	for (k = 0; k < c->attributes; k++) {
		const struct edgert_attribute *a = &c->attribute[k];
		const char *p = a->name, *q = name;

		while (*p && *p == *q) {
			p++;
			q++;
		}
		if (*p == *q && a->floats)
			return a->floats[0];
	}
	return otherwise;
}

int soft_clip(const struct edgert_custom *c, const void *const *in, void *const *out)
{
	const float *x = (const float *)in[0], *limits = (const float *)in[1];
	float *y = (float *)out[0];
	const float slope = attribute(c, "slope", 0);
	const edgert_int n = elements(&c->input[0]);
	edgert_int i;

	if (limits[0] > limits[1])
		return EDGERT_ERROR_VALUE;
	for (i = 0; i < n; i++) {
		const float low = x[i] - limits[0], high = x[i] - limits[1];

		y[i] = low < 0    ? limits[0] + slope * low
		       : high > 0 ? limits[1] + slope * high
				  : x[i];
	}
	return EDGERT_OK;
}

int row_statistics(const struct edgert_custom *c, const void *const *in, void *const *out)
{
	const float *x = (const float *)in[0];
	float *least = (float *)out[0];
	int64_t *where = c->outputs > 1 ? (int64_t *)out[1] : NULL;
	const edgert_int n = c->input[0].shape[0], m = c->input[0].shape[1];
	edgert_int i, k, at;

	for (i = 0; i < n; i++, x += m) {
		at = 0;
		for (k = 1; k < m; k++)
			if (x[k] < x[at])
				at = k;
		least[i] = x[at];
		if (where)
			where[i] = at;
	}
	return EDGERT_OK;
}
