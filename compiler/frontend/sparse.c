/* SparseTensorProto to constant: made dense. */
#include "model.h"

#include <string.h>

#define DENSE_MAX ((size_t)1 << 31) /* a few bytes of file must not become all memory */

/* indices [n] hold positions in row-major order, [n, rank] coordinates. */
static bool sparse_position(const struct constant *indices, const struct shape *s, size_t count,
			    int64_t i, int64_t *out)
{
	if (indices->shape.rank == 1) {
		*out = constant_i64(indices, i);
		return *out >= 0 && (uint64_t)*out < count;
	}
	*out = 0;
	for (int a = 0; a < s->rank; a++) {
		int64_t x = constant_i64(indices, i * s->rank + a);
		if (x < 0 || x >= s->d[a])
			return false;
		*out = *out * s->d[a] + x;
	}
	return true;
}

bool sparse_constant(const struct source *s, struct external_files *ext, const struct loc *loc,
		     const Onnx__SparseTensorProto *t, const struct constant **out)
{
	const struct constant *values, *indices;
	struct shape shape;
	size_t count;
	if (!t->values || !t->indices)
		return diag_error(s->diag, loc, "a sparse tensor needs values and indices");
	if (!tensor_constant(s, ext, loc, t->values, &values) ||
	    !tensor_constant(s, ext, loc, t->indices, &indices) ||
	    !tensor_dims(s->diag, loc, t->n_dims, t->dims, &shape, &count))
		return false;
	if (values->type == DT_STRING)
		return diag_error(s->diag, loc, "sparse tensors of strings are not supported");
	size_t size = dtype_size(values->type);
	if (count > DENSE_MAX / size)
		return diag_error(s->diag, loc, "as a dense tensor it has %zu elements, too many",
				  count);

	int64_t n = values->shape.rank == 1 ? values->shape.d[0] : -1;
	const struct shape *is = &indices->shape;
	bool pairs = is->rank == 1 || (is->rank == 2 && is->d[1] == shape.rank);
	if (n < 0 || indices->type != DT_I64 || !pairs || is->d[0] != n)
		return diag_error(s->diag, loc, "values must be [n], indices int64 [n] or [n, %d]",
				  shape.rank);
	void *data;
	struct constant *c = constant_new(s->arena, values->type, &shape, &data);
	for (int64_t i = 0; i < n; i++) {
		int64_t at;
		if (!sparse_position(indices, &shape, count, i, &at))
			return diag_error(s->diag, loc, "index %lld is outside the tensor",
					  (long long)i);
		memcpy((uint8_t *)data + (size_t)at * size,
		       (const uint8_t *)values->data + (size_t)i * size, size);
	}
	*out = c;
	return true;
}
