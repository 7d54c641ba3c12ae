/* Test data: sizes from given tensors, and random ones. */
#include "host.h"

static int64_t symbol_at(const struct unit *u, dim d, const struct constant *const *in)
{
	for (size_t k = 0; k < u->main->inputs.n; k++) {
		const struct value *v = value_of(u, u->main->inputs.p[k]);

		for (int a = 0; in[k] && a < v->shape.rank && a < in[k]->shape.rank; a++)
			if (v->shape.d[a] == d)
				return in[k]->shape.d[a];
	}
	return -1;
}

int64_t dim_at(const struct unit *u, dim d, const struct constant *const *in)
{
	const struct dim_expr *x;
	int64_t a, b;

	if (d >= 0)
		return d;
	x = dim_expr(u, d);
	switch (x->kind) {
	case DIM_SYMBOL:
		return symbol_at(u, d, in);
	case DIM_ELEMENT:
	case DIM_SIZE:
		return -1;
	case DIM_NUMBER:
		return x->lo;
	default:
		break;
	}
	a = dim_at(u, x->a, in);
	b = dim_at(u, x->b, in);
	switch (x->kind) {
	case DIM_ADD:
		return a + b;
	case DIM_MUL:
		return a * b;
	case DIM_FLOORDIV:
		return b ? floor_div(a, b) : 0;
	case DIM_MAX:
		return a > b ? a : b;
	default:
		return a < b ? a : b;
	}
}

/* splitmix64: small, and the same everywhere. */
static uint64_t next(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

struct constant *random_constant(struct arena *a, struct unit *u, const struct value *v,
				 uint64_t *seed)
{
	static const char *const words[] = { "",           "a",   "Bc",         "word",
					     "some words", "1.5", "caf\303\251" };
	struct shape s = v->shape;
	struct constant *c;
	void *data;
	int64_t n;

	for (int i = 0; i < s.rank; i++)
		s.d[i] = dim_hi(u, s.d[i]);
	c = constant_new(a, v->type, &s, &data);
	n = shape_elements(&s);
	for (int64_t i = 0; i < n; i++) {
		uint64_t r = next(seed);

		if (v->type == DT_STRING)
			((const char **)data)[i] = words[r % ARRAY_LEN(words)];
		else if (dtype_is_float(v->type))
			constant_put_f64(data, v->type, i,
					 (double)(r >> 40) / (1 << 23) - 1); /* [-1, 1) */
		else if (v->type == DT_BOOL ||
			 dtype_size(v->type) >= 4) /* indices and lengths: 0 or 1 is mostly legal */
			constant_put_i64(data, v->type, i, (int64_t)(r >> 63));
		else
			constant_put_i64(data, v->type, i,
					 (int64_t)(r >> 57) -
						 (dtype_is_signed_int(v->type) ? 64 : 0));
	}
	return c;
}
