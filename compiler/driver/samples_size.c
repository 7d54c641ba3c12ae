/* Sizes of calibration data: how tensors split into samples, and what these say of symbols. */
#include "samples.h"

#include <string.h>

/* -- shapes ---------------------------------------------------------------------------------- */

static bool fits(const struct unit *u, const dim *want, const dim *have, int n)
{
	for (int i = 0; i < n; i++)
		if (dim_is_const(want[i]) ? want[i] != have[i] : have[i] > dim_hi(u, want[i]))
			return false;
	return true;
}

/* Whether have, behind its first axis, is want without some axes of size 1. */
static bool lacks_ones(const struct shape *want, const struct shape *have)
{
	int k = 1;

	for (int i = 0; i < want->rank; i++)
		if (k < have->rank && have->d[k] == want->d[i])
			k++;
		else if (want->d[i] != 1)
			return false;
	return k == have->rank;
}

/* How much of a first axis of n elements one sample has. A free one is a batch, of 1, unless it is
 * what the model steps along, or --dim bounds it to n or more. */
static dim first_axis(const struct unit *u, const bool *stepped, dim want, dim n)
{
	if (dim_is_const(want))
		return want;
	return stepped[-1 - want] || (dim_hi(u, want) != DIM_UNBOUNDED && n <= dim_hi(u, want)) ? n
												: 1;
}

size_t sample_split(const struct unit *u, const struct value *v, const struct constant *c,
		    const bool *stepped, struct shape *one)
{
	const struct shape *want = &v->shape, *have = &c->shape;

	*one = *want;
	if (have->rank == want->rank && want->rank > 0 &&
	    fits(u, want->d + 1, have->d + 1, want->rank - 1)) {
		dim batch = first_axis(u, stepped, want->d[0], have->d[0]);

		*one = *have;
		one->d[0] = batch;
		return batch && have->d[0] % batch == 0 ? (size_t)(have->d[0] / batch) : 0;
	}
	if (have->rank == want->rank + 1 && fits(u, want->d, have->d + 1, want->rank)) {
		memcpy(one->d, have->d + 1, (size_t)want->rank * sizeof *one->d);
		return (size_t)have->d[0];
	}
	if (have->rank == 0 && want->rank == 0)
		return 1;
	for (int i = 0; i < want->rank; i++) /* the batch is 1 where it is free */
		if (!dim_is_const(one->d[i]) && i == 0)
			one->d[i] = 1;
	if (have->rank < 1 || !shape_is_const(one))
		return 0;
	return lacks_ones(one, have) ? (size_t)have->d[0] : 0;
}

bool sample_whole(const struct unit *u, const struct value *v, const struct constant *c,
		  struct shape *one)
{
	if (c->shape.rank == v->shape.rank && fits(u, v->shape.d, c->shape.d, v->shape.rank))
		*one = c->shape;
	return shape_elements(one) == shape_elements(&c->shape);
}

/* -- symbols --------------------------------------------------------------------------------- */

bool sample_sizes_agree(struct job *j, const struct unit *u, const value_ids *inputs,
			const struct sample_part *p)
{
	int64_t *size = arena_array(&j->arena, int64_t, u->dims.n);
	const char **where = arena_array(&j->arena, const char *, u->dims.n);

	for (size_t k = 0; k < inputs->n; k++) {
		const struct value *v = value_of(u, inputs->p[k]);

		for (int d = 0; d < v->shape.rank; d++) {
			size_t i = (size_t)(-1 - v->shape.d[d]);
			int64_t n = p->shape[k].d[d];

			if (dim_is_const(v->shape.d[d]))
				continue;
			if (where[i] && size[i] != n)
				return diag_error(
					&j->diag, &(struct loc){ .file = p->path },
					"size %s is %lld in input \"%s\" and %lld in \"%s\"",
					u->dims.p[i].name, (long long)size[i], where[i],
					(long long)n, v->name);
			size[i] = n;
			where[i] = v->name;
		}
	}
	return true;
}

void sample_bounds(struct job *j, const struct unit *u, const value_ids *inputs, struct samples *s)
{
	struct test_data *t = &s->sizes;

	for (size_t i = 0; i < u->dims.n; i++) {
		const struct dim_expr *x = &u->dims.p[i];
		int64_t most = 0;

		if (x->kind != DIM_SYMBOL || x->hi != DIM_UNBOUNDED)
			continue;
		for (size_t p = 0; p < s->parts.n; p++)
			for (size_t k = 0; k < inputs->n; k++) {
				const struct shape *want = &value_of(u, inputs->p[k])->shape;

				for (int d = 0; d < want->rank; d++)
					if (want->d[d] == -1 - (dim)i &&
					    s->parts.p[p].shape[k].d[d] > most)
						most = s->parts.p[p].shape[k].d[d];
			}
		if (most)
			vec_push(&j->arena, &t->dims,
				 ((struct dim_option){ arena_strdup(&j->arena, x->name), most,
						       true }));
	}
}
