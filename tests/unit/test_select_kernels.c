/* The kernels that find how many results there are: NonZero, Compress, Unique, NonMaxSuppression,
 * against the obvious quadratic forms and against examples of ONNX's specification. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "runtime/kernels/ref/order.h"

edgert_int edgert_nonzero_any__ref(const struct edgert_nonzero *p, const void *x, int64_t *y);
edgert_int edgert_compress_any__ref(const struct edgert_compress *p, const void *x,
				    const uint8_t *condition, void *y);
edgert_int edgert_unique_any__ref(const struct edgert_unique *p, const void *x, void *y,
				  int64_t *indices, int64_t *inverse, int64_t *counts,
				  void *scratch);
edgert_int edgert_nonmaxsuppression_f32__ref(const struct edgert_nms *p, const float *boxes,
					     const float *scores, const int64_t *most,
					     const float *iou, const float *least, int64_t *y,
					     void *scratch);

enum { GUARD = -77 };

static unsigned next_random(unsigned *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

/* Is p[i] the guard for every i in [n, most)? */
static bool untouched(const int64_t *p, edgert_int n, edgert_int most)
{
	while (n < most && p[n] == GUARD)
		n++;
	return n >= most;
}

static void guard(int64_t *p, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = GUARD;
}

/* -- NonZero --------------------------------------------------------------------------- */

#define NONZERO(T, type, ...)                                                                      \
	{                                                                                          \
		static const T x[] = { __VA_ARGS__ };                                              \
		struct edgert_nonzero p = { type, 6, 2, { 2, 3 } };                                \
		static const int64_t want[] = { 0, 0, 1, 0, 2, 1 };                                \
		int64_t y[9];                                                                      \
		guard(y, 9);                                                                       \
		ck_assert_int_eq(edgert_nonzero_any__ref(&p, x, y), 3);                            \
		ck_assert_mem_eq(y, want, sizeof want);                                            \
		ck_assert(untouched(y, 6, 9));                                                     \
	}

START_TEST(nonzero_of_every_type)
{ NONZERO(float, EDGERT_F32, 1, 0, NAN, -0.0f, 1e-45f,
	  0) NONZERO(double, EDGERT_F64, -1, -0.0, 5e-324, 0, NAN,
		     0) NONZERO(uint16_t, EDGERT_F16, 1, 0, 0x7e00, 0x8000, 0x8001,
				0) NONZERO(uint16_t, EDGERT_BF16, 1, 0x8000, 0xffff, 0, 0x3f80,
					   0) NONZERO(int8_t, EDGERT_S8, 1, 0, -128, 0, 127, 0)
	  NONZERO(uint8_t, EDGERT_U8, 1, 0, 128, 0, 255,
		  0) NONZERO(uint8_t, EDGERT_BOOL,
			     1, 0, 1, 0, 1, 0) NONZERO(int16_t, EDGERT_S16, -32768, 0, 256, 0, 1, 0)
		  NONZERO(uint16_t, EDGERT_U16, 0x8000, 0, 256, 0, 1,
			  0) NONZERO(int32_t, EDGERT_S32, INT32_MIN, 0, 65536, 0, 1, 0)
			  NONZERO(uint32_t, EDGERT_U32, 0x80000000u, 0, 65536, 0, 1, 0)
				  NONZERO(int64_t, EDGERT_S64, INT64_MIN, 0, 0x100000000, 0, 1, 0)
					  NONZERO(uint64_t, EDGERT_U64, 0x8000000000000000u, 0,
						  0x100000000, 0, 1, 0)
						  NONZERO(edgert_string, EDGERT_STRING, "a", "",
							  " ", "", "\xc3\xa9", "") } END_TEST

START_TEST(nonzero_edges)
{
	struct edgert_nonzero none = { EDGERT_S32, 0, 2, { 0, 3 } },
			      scalar = { EDGERT_S32, 1, 0, { 0 } };
	int32_t one = 1;
	int64_t y[2];

	guard(y, 2);
	ck_assert_int_eq(edgert_nonzero_any__ref(&none, &one, y), 0);
	ck_assert_int_eq(edgert_nonzero_any__ref(&scalar, &one, y),
			 1); /* one element, no coordinates */
	ck_assert(untouched(y, 0, 2));
}
END_TEST

/* -- Compress -------------------------------------------------------------------------- */

static const struct {
	const char *name;
	edgert_int outer, n, inner, conditions;
	uint8_t condition[6];
} compress_cases[] = {
	{ "first_axis", 1, 3, 2, 3, { 0, 1, 1 } },
	{ "inner_axis", 3, 4, 1, 3, { 1, 0, 1 } },
	{ "middle", 2, 3, 2, 3, { 1, 0, 1 } },
	{ "condition_longer", 1, 2, 1, 5, { 1, 1, 1, 1, 1 } },
	{ "none_kept", 2, 2, 2, 2, { 0, 0 } },
	{ "no_items", 2, 0, 3, 2, { 1, 1 } },
	{ "no_outer", 0, 2, 3, 2, { 1, 1 } },
};

START_TEST(compress)
{
	struct edgert_compress p = { sizeof(int16_t), compress_cases[_i].outer,
				     compress_cases[_i].n, compress_cases[_i].inner,
				     compress_cases[_i].conditions };
	int16_t x[64], y[64], want[64];
	edgert_int kept = 0, at = 0;

	for (int i = 0; i < 64; i++) {
		x[i] = (int16_t)(i * 3 + 1);
		y[i] = want[i] = -5;
	}
	for (edgert_int o = 0; o < p.outer; o++) {
		kept = 0;
		for (edgert_int i = 0; i < p.n && i < p.conditions; i++) {
			kept += compress_cases[_i].condition[i] != 0;
			for (edgert_int k = 0; k < p.inner && compress_cases[_i].condition[i]; k++)
				want[at++] = x[(o * p.n + i) * p.inner + k];
		}
	}
	ck_assert_int_eq(edgert_compress_any__ref(&p, x, compress_cases[_i].condition, y), kept);
	ck_assert_mem_eq(y, want, sizeof want);
}
END_TEST

/* -- Unique ---------------------------------------------------------------------------- */

static const struct {
	const char *name;
	edgert_int outer, n, inner;
	int range; /* elements are in [0, range) - range / 2 */
} unique_cases[] = {
	{ "flat", 1, 20, 1, 5 },   { "rows", 1, 9, 2, 2 },         { "columns", 3, 8, 1, 2 },
	{ "middle", 2, 11, 2, 2 }, { "one", 1, 1, 1, 3 },          { "all_equal", 1, 7, 1, 1 },
	{ "none", 1, 0, 1, 1 },    { "distinct", 1, 33, 1, 1000 }, { "empty_items", 2, 4, 0, 1 },
};

static int compare_items(const struct edgert_unique *p, const int32_t *x, edgert_int i,
			 edgert_int j)
{
	for (edgert_int o = 0; o < p->outer; o++)
		for (edgert_int k = 0; k < p->inner; k++) {
			int32_t a = x[(o * p->n + i) * p->inner + k],
				b = x[(o * p->n + j) * p->inner + k];

			if (a != b)
				return a < b ? -1 : 1;
		}
	return 0;
}

/* Every property of the result: items come in order, are the first of their kind, and all are
 * found. */
static void check_unique(const struct edgert_unique *p, const int32_t *x, unsigned outputs)
{
	int32_t y[128];
	int64_t indices[64], inverse[64], counts[64];
	edgert_int scratch[3 * 64], found, distinct = 0;

	guard(indices, 64), guard(inverse, 64), guard(counts, 64);
	for (int i = 0; i < 128; i++)
		y[i] = GUARD;
	found = edgert_unique_any__ref(p, x, outputs & 1 ? y : NULL, outputs & 2 ? indices : NULL,
				       outputs & 4 ? inverse : NULL, outputs & 8 ? counts : NULL,
				       scratch);
	for (edgert_int i = 0; i < p->n; i++) {
		edgert_int first = 0, equals = 0;

		while (compare_items(p, x, first, i) != 0)
			first++;
		distinct += first == i;
		for (edgert_int j = 0; j < p->n; j++)
			equals += compare_items(p, x, j, i) == 0;
		if (outputs != 15)
			continue;
		ck_assert_int_eq(indices[inverse[i]], first);
		ck_assert_int_eq(counts[inverse[i]], equals);
		for (edgert_int o = 0; o < p->outer; o++)
			for (edgert_int k = 0; k < p->inner; k++)
				ck_assert_int_eq(y[(o * found + inverse[i]) * p->inner + k],
						 x[(o * p->n + i) * p->inner + k]);
	}
	ck_assert_int_eq(found, distinct);
	for (edgert_int g = 1; g < found && outputs == 15; g++)
		ck_assert(p->sorted ? compare_items(p, x, (edgert_int)indices[g - 1],
						    (edgert_int)indices[g]) < 0
				    : indices[g - 1] < indices[g]);
	ck_assert(untouched(indices, outputs & 2 ? found : 0, 64));
	ck_assert(untouched(inverse, outputs & 4 ? p->n : 0, 64));
	ck_assert(untouched(counts, outputs & 8 ? found : 0, 64));
	for (edgert_int i = outputs & 1 ? p->outer * found * p->inner : 0; i < 128; i++)
		ck_assert_int_eq(y[i], GUARD);
}

START_TEST(unique)
{
	struct edgert_unique p = {
		EDGERT_S32, 4, unique_cases[_i].outer, unique_cases[_i].n, unique_cases[_i].inner, 0
	};
	unsigned seed = 1;
	int32_t x[128];

	for (p.sorted = 0; p.sorted < 2; p.sorted++) {
		for (int i = 0; i < 128; i++)
			x[i] = (int32_t)(next_random(&seed) % (unsigned)unique_cases[_i].range) -
			       unique_cases[_i].range / 2;
		for (unsigned outputs = 0; outputs < 16; outputs++)
			check_unique(&p, x, outputs);
	}
}
END_TEST

/* NaN comes last, once; -0 and 0 are one. */
START_TEST(unique_floats)
{
	static const float x[] = { NAN, 2, -0.0f, NAN, 0, -INFINITY };
	struct edgert_unique p = { EDGERT_F32, 4, 1, 6, 1, 1 };
	int64_t inverse[6];
	static const int64_t want[] = { 3, 2, 1, 3, 1, 0 };
	edgert_int scratch[18];

	ck_assert_int_eq(edgert_unique_any__ref(&p, x, NULL, NULL, inverse, NULL, scratch), 4);
	ck_assert_mem_eq(inverse, want, sizeof want);
}
END_TEST

/* ---- NonMaxSuppression --------------------------------------------------------------- */

/* The examples of ONNX's specification. */
static const float six_boxes[] = { 0, 0,  1, 1,  0, 0.1f,  1, 1.1f,  0, -0.1f, 1, 0.9f,
				   0, 10, 1, 11, 0, 10.1f, 1, 11.1f, 0, 100,   1, 101 };
static const float flipped_boxes[] = { 1, 1,  0, 0,  0, 0.1f,  1, 1.1f,  0, 0.9f, 1, -0.1f,
				       0, 10, 1, 11, 1, 10.1f, 0, 11.1f, 1, 101,  0, 100 };
static const float centred_boxes[] = { 0.5f, 0.5f,  1, 1, 0.5f, 0.6f,  1, 1, 0.5f, 0.4f,   1, 1,
				       0.5f, 10.5f, 1, 1, 0.5f, 10.6f, 1, 1, 0.5f, 100.5f, 1, 1 };
static const float six_scores[] = { 0.9f, 0.75f, 0.6f, 0.95f, 0.5f, 0.3f };

static const struct {
	const char *name;
	const float *boxes;
	int centre;
	int64_t most;
	float least;
	int found;
	int64_t boxes_found[3];
} nms_cases[] = {
	{ "corners", six_boxes, 0, 3, 0, 3, { 3, 0, 5 } },
	{ "flipped_corners", flipped_boxes, 0, 3, 0, 3, { 3, 0, 5 } },
	{ "centres", centred_boxes, 1, 3, 0, 3, { 3, 0, 5 } },
	{ "limit", six_boxes, 0, 2, 0, 2, { 3, 0 } },
	{ "least_score", six_boxes, 0, 3, 0.4f, 2, { 3, 0 } },
	{ "none_wanted", six_boxes, 0, 0, 0, 0, { 0 } },
};

START_TEST(nms_examples)
{
	struct edgert_nms p = { 1, 1, 6, nms_cases[_i].centre };
	float iou = 0.5f;
	int64_t y[12];
	edgert_int scratch[6];

	guard(y, 12);
	ck_assert_int_eq(edgert_nonmaxsuppression_f32__ref(&p, nms_cases[_i].boxes, six_scores,
							   &nms_cases[_i].most, &iou,
							   &nms_cases[_i].least, y, scratch),
			 nms_cases[_i].found);
	for (int i = 0; i < nms_cases[_i].found; i++) {
		ck_assert_int_eq(y[3 * i], 0);
		ck_assert_int_eq(y[3 * i + 1], 0);
		ck_assert_int_eq(y[3 * i + 2], nms_cases[_i].boxes_found[i]);
	}
	ck_assert(untouched(y, 3 * nms_cases[_i].found, 12));
}
END_TEST

START_TEST(nms_equal_scores_and_identical_boxes)
{
	float boxes[40], scores[10], iou = 0.5f;
	int64_t most = 5, y[15];
	edgert_int scratch[10];
	struct edgert_nms p = { 1, 1, 10, 0 };

	for (int i = 0; i < 10; i++) {
		boxes[4 * i] = boxes[4 * i + 1] = i < 7 ? 0 : 5;
		boxes[4 * i + 2] = boxes[4 * i + 3] = i < 7 ? 1 : 6;
		scores[i] = 0.9f;
	}
	ck_assert_int_eq(
		edgert_nonmaxsuppression_f32__ref(&p, boxes, scores, &most, &iou, NULL, y, scratch),
		2);
	ck_assert_int_eq(y[2], 0);
	ck_assert_int_eq(y[5], 7);
	ck_assert_int_eq(
		edgert_nonmaxsuppression_f32__ref(&p, boxes, scores, NULL, NULL, NULL, y, scratch),
		0);
}
END_TEST

static double side(double a0, double a1, double b0, double b1)
{
	return fmax(0, fmin(a1, b1) - fmax(a0, b0));
}

/* Many boxes on a grid, several batches and classes: best first by search instead of a heap. */
START_TEST(nms_random)
{
	enum { BATCH = 2, CLASSES = 3, N = 40 };
	struct edgert_nms p = { BATCH, CLASSES, N, 0 };
	float boxes[BATCH * N * 4], scores[BATCH * CLASSES * N], iou = 0.3f, least = 0.25f;
	int64_t most = 9, y[BATCH * CLASSES * 9 * 3], want[BATCH * CLASSES * 9 * 3];
	edgert_int scratch[N], found, at = 0;
	unsigned seed = 3;

	for (int i = 0; i < BATCH * N; i++)
		for (int k = 0; k < 2; k++) {
			boxes[4 * i + k] = (float)(next_random(&seed) % 16);
			boxes[4 * i + k + 2] = boxes[4 * i + k] + (float)(next_random(&seed) % 7);
		}
	for (int i = 0; i < BATCH * CLASSES * N; i++)
		scores[i] = (float)(next_random(&seed) % 32) / 32;
	for (int b = 0; b < BATCH; b++)
		for (int c = 0; c < CLASSES; c++) {
			const float *s = scores + (b * CLASSES + c) * N, *v = boxes + b * N * 4;
			bool gone[N] = { false };
			edgert_int start = at;

			while (at - start < most) {
				int best = -1;
				bool covered = false;

				for (int i = 0; i < N; i++)
					if (!gone[i] && s[i] > least &&
					    (best < 0 || s[i] > s[best]))
						best = i;
				if (best < 0)
					break;
				gone[best] = true;
				for (edgert_int t = start; t < at; t++) {
					const float *q = v + 4 * want[3 * t + 2], *r = v + 4 * best;
					double common = side((double)q[0], (double)q[2],
							     (double)r[0], (double)r[2]) *
							side((double)q[1], (double)q[3],
							     (double)r[1], (double)r[3]);
					double all = (double)((q[2] - q[0]) * (q[3] - q[1]) +
							      (r[2] - r[0]) * (r[3] - r[1])) -
						     common;

					covered = covered ||
						  (common > 0 && (float)common / (float)all > iou);
				}
				if (covered)
					continue;
				want[3 * at] = b, want[3 * at + 1] = c, want[3 * at + 2] = best;
				at++;
			}
		}
	guard(y, (int)ARRAY_LEN(y));
	found = edgert_nonmaxsuppression_f32__ref(&p, boxes, scores, &most, &iou, &least, y,
						  scratch);
	ck_assert_int_eq(found, at);
	ck_assert_int_gt(found, 20);
	ck_assert_mem_eq(y, want, (size_t)found * 3 * sizeof *y);
	ck_assert(untouched(y, 3 * found, ARRAY_LEN(y)));
}
END_TEST

Suite *suite_select_kernels(void)
{
	const struct unit_test tests[] = {
		{ "nonzero", nonzero_of_every_type, 0 },
		{ "nonzero_edges", nonzero_edges, 0 },
		{ "compress", compress, ARRAY_LEN(compress_cases) },
		{ "unique", unique, ARRAY_LEN(unique_cases) },
		{ "unique_floats", unique_floats, 0 },
		{ "nms_examples", nms_examples, ARRAY_LEN(nms_cases) },
		{ "nms_equals", nms_equal_scores_and_identical_boxes, 0 },
		{ "nms_random", nms_random, 0 },
	};
	return UNIT_SUITE("select_kernels", tests);
}
