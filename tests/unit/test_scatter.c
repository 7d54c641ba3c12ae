/* ScatterElements, ScatterND and CumSum against their definition seen from the output: every
 * element folds over the updates that name it. Values are small integers, exact in every type. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "runtime/kernels/half.h"
#include "runtime/kernels/ref/order.h"

int edgert_scatterelements_any__ref(const struct edgert_scatter *p, const void *data,
				    const void *indices, const void *updates, void *y);
int edgert_scatternd_any__ref(const struct edgert_scatter *p, const void *data, const void *indices,
			      const void *updates, void *y);

enum { MOST = 256 };
union elements { /* of any type, with room behind */
	double f64[MOST];
	float f32[MOST];
	uint8_t u8[MOST];
	int8_t s8[MOST];
	uint16_t u16[MOST];
	int16_t s16[MOST];
	uint32_t u32[MOST];
	int32_t s32[MOST];
	uint64_t u64[MOST];
	int64_t s64[MOST];
};

static void put(union elements *e, edgert_int type, edgert_int i, double v)
{
	switch (type) {
	case EDGERT_F32:
		e->f32[i] = (float)v;
		break;
	case EDGERT_F64:
		e->f64[i] = v;
		break;
	case EDGERT_F16:
		e->u16[i] = edgert_f16_from_f32((float)v);
		break;
	case EDGERT_BF16:
		e->u16[i] = edgert_bf16_from_f32((float)v);
		break;
	case EDGERT_S8:
		e->s8[i] = (int8_t)v;
		break;
	case EDGERT_U16:
		e->u16[i] = (uint16_t)v;
		break;
	case EDGERT_S16:
		e->s16[i] = (int16_t)v;
		break;
	case EDGERT_U32:
		e->u32[i] = (uint32_t)v;
		break;
	case EDGERT_S32:
		e->s32[i] = (int32_t)v;
		break;
	case EDGERT_U64:
		e->u64[i] = (uint64_t)v;
		break;
	case EDGERT_S64:
		e->s64[i] = (int64_t)v;
		break;
	default:
		e->u8[i] = (uint8_t)v;
		break;
	}
}

static double get(const union elements *e, edgert_int type, edgert_int i)
{
	switch (type) {
	case EDGERT_F32:
		return (double)e->f32[i];
	case EDGERT_F64:
		return e->f64[i];
	case EDGERT_F16:
		return (double)edgert_f16_to_f32(e->u16[i]);
	case EDGERT_BF16:
		return (double)edgert_bf16_to_f32(e->u16[i]);
	case EDGERT_S8:
		return e->s8[i];
	case EDGERT_U16:
		return e->u16[i];
	case EDGERT_S16:
		return e->s16[i];
	case EDGERT_U32:
		return e->u32[i];
	case EDGERT_S32:
		return e->s32[i];
	case EDGERT_U64:
		return (double)e->u64[i];
	case EDGERT_S64:
		return (double)e->s64[i];
	default:
		return e->u8[i];
	}
}

static const struct {
	int type, size;
} types[] = {
	{ EDGERT_F32, 4 }, { EDGERT_F64, 8 }, { EDGERT_F16, 2 }, { EDGERT_BF16, 2 },
	{ EDGERT_S8, 1 },  { EDGERT_U8, 1 },  { EDGERT_S16, 2 }, { EDGERT_U16, 2 },
	{ EDGERT_S32, 4 }, { EDGERT_U32, 4 }, { EDGERT_S64, 8 }, { EDGERT_U64, 8 },
};

static const struct {
	const char *name;
	int rank, data[3], indices[3], axis;
} elements_cases[] = {
	{ "one_axis", 1, { 7 }, { 5 }, 0 },
	{ "first_axis", 2, { 4, 3 }, { 5, 3 }, 0 },
	{ "last_axis", 2, { 3, 5 }, { 3, 4 }, 1 },
	{ "smaller_indices", 3, { 3, 4, 5 }, { 2, 3, 2 }, 1 },
	{ "no_updates", 2, { 3, 3 }, { 0, 3 }, 0 },
	{ "no_data", 2, { 0, 3 }, { 0, 3 }, 1 },
}, nd_cases[] = { /* indices[0] updates of `axis` indices each */
	{ "element", 2, { 4, 3 }, { 7 }, 2 },
	{ "slice", 3, { 4, 2, 3 }, { 5 }, 1 },
	{ "row", 3, { 3, 4, 5 }, { 6 }, 2 },
	{ "no_updates", 1, { 5 }, { 0 }, 1 },
};

static unsigned next_random(unsigned *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

static double join(int op, double a, double b)
{
	return op == EDGERT_SCATTER_NONE  ? b
	       : op == EDGERT_SCATTER_ADD ? a + b
	       : op == EDGERT_SCATTER_MUL ? a * b
	       : op == EDGERT_SCATTER_MAX ? fmax(a, b)
					  : fmin(a, b);
}

struct scene {
	struct edgert_scatter p;
	union elements data, updates, y;
	int32_t i32[MOST];
	int64_t i64[MOST];
	double want[MOST];
};

/* Small numbers everywhere; what the kernel must leave behind the end is 9. */
static void fill(struct scene *s, int row, int op, unsigned seed, int index_count, int extent)
{
	s->p.type = types[row].type, s->p.size = types[row].size, s->p.reduction = op,
	s->p.index64 = seed & 1;
	for (int i = 0; i < MOST; i++) {
		s->want[i] = (double)(next_random(&seed) % 3 + 1);
		put(&s->data, s->p.type, i, s->want[i]);
		put(&s->updates, s->p.type, i, (double)(next_random(&seed) % 3));
		put(&s->y, s->p.type, i, 9);
	}
	for (int i = 0; i < index_count; i++) {
		s->i64[i] = (int64_t)(next_random(&seed) % (unsigned)(2 * extent)) - extent;
		s->i32[i] = (int32_t)s->i64[i];
	}
}

static edgert_int resolved(const struct scene *s, int i, edgert_int extent)
{
	return (edgert_int)(s->i64[i] < 0 ? s->i64[i] + extent : s->i64[i]);
}

static void run(struct scene *s, const char *name, bool nd, bool in_place)
{
	union elements *y = in_place ? &s->data : &s->y;
	const void *indices = s->p.index64 ? (const void *)s->i64 : (const void *)s->i32;
	int status = (nd ? edgert_scatternd_any__ref : edgert_scatterelements_any__ref)(
		&s->p, &s->data, indices, &s->updates, y);

	ck_assert_int_eq(status, EDGERT_OK);
	for (int i = 0; i < MOST; i++) {
		double want = i < s->p.count || in_place ? s->want[i] : 9;

		if (get(y, s->p.type, i) != want)
			ck_abort_msg("%s, type %td, reduction %td: y[%d] = %g, expected %g", name,
				     s->p.type, s->p.reduction, i, get(y, s->p.type, i), want);
	}
}

START_TEST(elements)
{
	for (int row = 0; row < (int)ARRAY_LEN(types); row++)
		for (int op = 0; op < 5; op++)
			for (unsigned in_place = 0; in_place < 2; in_place++) {
				static struct scene s;
				int rank = elements_cases[_i].rank, axis = elements_cases[_i].axis;

				s.p = (struct edgert_scatter){
					.count = 1, .updates = 1, .rank = rank, .axis = axis
				};
				for (int d = rank - 1; d >= 0; d--) {
					s.p.shape[d] = elements_cases[_i].indices[d];
					s.p.extent[d] = elements_cases[_i].data[d];
					s.p.stride[d] = s.p.count;
					s.p.count *= s.p.extent[d];
					s.p.updates *= s.p.shape[d];
				}
				fill(&s, row, op, (unsigned)(row * 31 + op * 7) + in_place,
				     (int)s.p.updates, elements_cases[_i].data[axis]);
				/* the definition: coordinates of update u, one replaced */
				for (edgert_int i = 0; i < s.p.count; i++)
					for (edgert_int u = 0; u < s.p.updates; u++) {
						edgert_int rest = u, to = 0;

						for (int d = rank - 1; d >= 0; d--) {
							edgert_int c = rest % s.p.shape[d];

							rest /= s.p.shape[d];
							to += (d == axis ? resolved(&s, (int)u,
										    s.p.extent[d])
									 : c) *
							      s.p.stride[d];
						}
						if (to == i)
							s.want[i] =
								join(op, s.want[i],
								     get(&s.updates, s.p.type, u));
					}
				run(&s, elements_cases[_i].name, false, in_place);
			}
}
END_TEST

START_TEST(nd)
{
	for (int row = 0; row < (int)ARRAY_LEN(types); row++)
		for (int op = 0; op < 5; op++)
			for (unsigned in_place = 0; in_place < 2; in_place++) {
				static struct scene s;
				int k = nd_cases[_i].axis, least = MOST;

				s.p = (struct edgert_scatter){ .count = 1,
							       .updates = nd_cases[_i].indices[0],
							       .rank = k,
							       .slice = 1 };
				for (int d = nd_cases[_i].rank - 1; d >= 0; d--) {
					s.p.extent[d] = nd_cases[_i].data[d];
					s.p.stride[d] = s.p.count;
					s.p.count *= s.p.extent[d];
					if (d >= k)
						s.p.slice = s.p.count;
					else if (nd_cases[_i].data[d] < least)
						least = nd_cases[_i].data[d];
				}
				fill(&s, row, op, (unsigned)(row * 17 + op * 5) + in_place,
				     (int)s.p.updates * k, least);
				for (edgert_int i = 0; i < s.p.count; i++)
					for (edgert_int u = 0; u < s.p.updates; u++) {
						edgert_int to = 0;

						for (int d = 0; d < k; d++)
							to += resolved(&s, (int)u * k + d,
								       s.p.extent[d]) *
							      s.p.stride[d];
						if (i >= to && i < to + s.p.slice)
							s.want[i] =
								join(op, s.want[i],
								     get(&s.updates, s.p.type,
									 u * s.p.slice + i - to));
					}
				run(&s, nd_cases[_i].name, true, in_place);
			}
}
END_TEST

START_TEST(index_out_of_range)
{
	struct edgert_scatter p = { .type = EDGERT_F32,
				    .size = 4,
				    .count = 3,
				    .updates = 1,
				    .rank = 1,
				    .slice = 1,
				    .index64 = 1,
				    .shape = { 1 },
				    .extent = { 3 },
				    .stride = { 1 } };
	static const int64_t bad[] = { 3, -4, INT64_MAX, INT64_MIN };
	float data[3] = { 1, 2, 3 }, update = 7, y[3];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ck_assert_int_eq(edgert_scatterelements_any__ref(&p, data, &bad[i], &update, y),
				 EDGERT_ERROR_VALUE);
		ck_assert_int_eq(edgert_scatternd_any__ref(&p, data, &bad[i], &update, y),
				 EDGERT_ERROR_VALUE);
	}
}
END_TEST

/* Integers wrap; NaN stays through max and min. */
START_TEST(edges_of_arithmetic)
{
	struct edgert_scatter p = { .type = EDGERT_S32,
				    .size = 4,
				    .count = 1,
				    .updates = 1,
				    .rank = 1,
				    .slice = 1,
				    .reduction = EDGERT_SCATTER_ADD,
				    .shape = { 1 },
				    .extent = { 1 },
				    .stride = { 1 } };
	int32_t zero = 0, most = INT32_MAX, one = 1, y;
	float nan = NAN, number = 1, z;

	ck_assert_int_eq(edgert_scatternd_any__ref(&p, &most, &zero, &one, &y), EDGERT_OK);
	ck_assert_int_eq(y, INT32_MIN);
	p.type = EDGERT_F32, p.reduction = EDGERT_SCATTER_MAX;
	edgert_scatternd_any__ref(&p, &nan, &zero, &number, &z);
	ck_assert(isnan(z));
	edgert_scatternd_any__ref(&p, &number, &zero, &nan, &z);
	ck_assert(isnan(z));
}
END_TEST

void edgert_cumsum_any__ref(const struct edgert_cumsum *p, const void *x, void *y);

static const struct {
	edgert_int outer, n, inner;
} cumsum_cases[] = { { 1, 5, 1 }, { 2, 3, 1 }, { 1, 4, 3 }, { 2, 3, 4 },
		     { 2, 1, 2 }, { 2, 0, 3 }, { 0, 3, 1 } };

START_TEST(cumsum)
{
	for (int row = 0; row < (int)ARRAY_LEN(types); row++)
		for (int mode = 0; mode < 8; mode++) { /* exclusive, reverse, in place */
			static union elements x, y;
			union elements *out = mode & 4 ? &x : &y;
			struct edgert_cumsum p = { types[row].type,    cumsum_cases[_i].outer,
						   cumsum_cases[_i].n, cumsum_cases[_i].inner,
						   mode & 1,           mode >> 1 & 1 };
			edgert_int count = p.outer * p.n * p.inner;
			double want[MOST];

			if (types[row].size == 1 || p.type == EDGERT_S16 || p.type == EDGERT_U16)
				continue; /* not in ONNX */
			for (edgert_int i = 0; i < MOST; i++) {
				put(&x, p.type, i, (double)(i * 7 % 5));
				put(&y, p.type, i, 9);
				want[i] = mode & 4 ? get(&x, p.type, i) : 9;
			}
			for (edgert_int i = 0; i < count; i++) {
				edgert_int at = i / p.inner % p.n;

				want[i] = 0;
				for (edgert_int k = 0; k < p.n; k++)
					if (p.reverse ? k > at || (!p.exclusive && k == at)
						      : k < at || (!p.exclusive && k == at))
						want[i] += get(&x, p.type, i + (k - at) * p.inner);
			}
			edgert_cumsum_any__ref(&p, &x, out);
			for (edgert_int i = 0; i < MOST; i++)
				if (get(out, p.type, i) != want[i])
					ck_abort_msg("type %td, mode %d: y[%td] = %g, expected %g",
						     p.type, mode, i, get(out, p.type, i), want[i]);
		}
}
END_TEST

Suite *suite_scatter(void)
{
	const struct unit_test tests[] = {
		{ "elements", elements, ARRAY_LEN(elements_cases) },
		{ "nd", nd, ARRAY_LEN(nd_cases) },
		{ "out_of_range", index_out_of_range, 0 },
		{ "edges", edges_of_arithmetic, 0 },
		{ "cumsum", cumsum, ARRAY_LEN(cumsum_cases) },
	};
	return UNIT_SUITE("scatter", tests);
}
