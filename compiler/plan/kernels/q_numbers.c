/* The two numbers of each channel that integer kernels read. */
#include "int8.h"
#include "q_numbers.h"

#include <string.h>

enum { SCALE = 2, BIAS = 3 };

bool q_inputs_accept(const struct node *n, enum dtype from, enum dtype to, bool wide,
		     const char **reason)
{
	const struct constant *w = node_const(n, 1);

	*reason = "activations or results of another type";
	if (node_in(n, 0)->type != from || node_out(n, 0)->type != to)
		return false;
	*reason = "weights that are not 8-bit constants";
	if (!w || w->type != DT_I8 || !node_const(n, SCALE) ||
	    (node_in(n, BIAS) && !node_const(n, BIAS)))
		return false;
	*reason = "sums need more than 32 bits";
	return !wide;
}

bool q_factors_fit(const struct node *n)
{
	const struct constant *scale = node_const(n, SCALE);

	if (!scale || scale->type != DT_F32)
		return false;
	for (int64_t i = 0; i < shape_elements(&scale->shape); i++) {
		float factor;

		memcpy(&factor, (const char *)scale->data + (size_t)i * sizeof factor,
		       sizeof factor);
		if (!(factor < 1))
			return false;
	}
	return true;
}

int32_t q_scale(const struct constant *c, int64_t i)
{
	int32_t bits;

	i = shape_elements(&c->shape) == 1 ? 0 : i;
	memcpy(&bits, (const char *)c->data + (size_t)i * sizeof bits, sizeof bits);
	return bits;
}

const int32_t *q_numbers(struct unit *u, const struct node *n, const int8_t *w, int64_t channels,
			 int64_t taps, int64_t x_zero)
{
	const struct constant *bias = node_const(n, BIAS), *scale = node_const(n, SCALE);
	int32_t *q = arena_array(u->arena, int32_t, (size_t)channels * 2);

	for (int64_t i = 0; i < channels; i++, w += taps) {
		int64_t sum = 0;

		for (int64_t k = 0; k < taps; k++)
			sum += w[k];
		q[2 * i] = (int32_t)((bias ? constant_i64(bias, i) : 0) - x_zero * sum);
		q[2 * i + 1] = q_scale(scale, i);
	}
	return q;
}

static bool all_fit_w4(const int8_t *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (w[i] < -8 || w[i] > 7)
			return false;
	return true;
}

/* Pairs of bytes, the lower one first. */
static bool all_wide_fit_w4(const int8_t *w, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		if (w[i] < -8 || w[i] > 7 || w[i + 1] != (w[i] < 0 ? -1 : 0))
			return false;
	return n % 2 == 0;
}

bool q_fits_w4(const struct node *n)
{
	return all_fit_w4(node_const(n, 1)->data, node_const(n, 1)->size);
}

const int8_t *q_folded(struct unit *u, int64_t run, const int8_t *w, size_t n, size_t *size)
{
	int8_t *out;

	*size = (size_t)int8_fold((edgert_int)run, (edgert_int)n, w, NULL);
	out = arena_array(u->arena, int8_t, *size);
	int8_fold((edgert_int)run, (edgert_int)n, w, out);
	return out;
}

void q_arguments(struct unit *u, const struct node *n, bool w4, const int8_t *w, size_t w_size,
		 const int32_t *q, size_t q_size, size_t scratch, struct call *out)
{
	call_value(u, out, node_in(n, 0), false);
	call_packed(u, out, n->in[1], DT_I8, w, w_size);
	if (!w4 && all_fit_w4(w, w_size))
		out->args.p[out->args.n - 1].folds = all_wide_fit_w4(w, w_size) ? 2 : 1;
	call_packed(u, out, n->in[2], DT_I32, q, q_size);
	call_value(u, out, node_out(n, 0), true);
	call_scratch(u, out, scratch);
}
