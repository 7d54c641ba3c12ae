/* trees.c - tree ensembles: each row walks down every tree, and the leaves' weights are combined.
 *
 * A tree is written in the order of a walk that takes the first branch first: the first branch is
 * the next node, the other one `skip` nodes further. */
#include <float.h>

#include "../params.h"

#define EDGERT_TREES(NAME, T, WORD, READ_T, READ_W, MOST)                                          \
	EDGERT_INLINE int edgert_trees_test_##NAME(WORD what, T e, T value, const T *members)      \
	{                                                                                          \
		edgert_int k, n;                                                                   \
                                                                                                   \
		if (e != e)                                                                        \
			return (what & EDGERT_TREE_FLAG) != 0;                                     \
		if ((what & EDGERT_TREE_TEST) == EDGERT_TREE_LEQ)                                  \
			return e <= value;                                                         \
		if ((what & EDGERT_TREE_TEST) == EDGERT_TREE_EQ)                                   \
			return e >= value && e <= value;                                           \
		members += (edgert_int)value;                                                      \
		n = (edgert_int)READ_T(members);                                                   \
		for (k = 1; k <= n; k++)                                                           \
			if (e >= READ_T(members + k) && e <= READ_T(members + k))                  \
				return 1;                                                          \
		return 0;                                                                          \
	}                                                                                          \
                                                                                                   \
	/* The leaf that x reaches from node i. */                                                 \
	EDGERT_INLINE edgert_int edgert_trees_leaf_##NAME(                                         \
		const struct edgert_trees *p, const T *x, const T *values, const WORD *info,       \
		const WORD *skip, const T *members, edgert_int i)                                  \
	{                                                                                          \
		for (;;) {                                                                         \
			const WORD what = READ_W(info + i);                                        \
			T e;                                                                       \
			int first;                                                                 \
                                                                                                   \
			if ((what & EDGERT_TREE_TEST) == EDGERT_TREE_LEAF)                         \
				return i;                                                          \
			e = x[what / EDGERT_TREE_FEATURE];                                         \
			if (p->plain)                                                              \
				first = e <= READ_T(values + i);                                   \
			else                                                                       \
				first = edgert_trees_test_##NAME(what, e, READ_T(values + i),      \
								 members);                         \
			i += first ? 1 : (edgert_int)READ_W(skip + i);                             \
		}                                                                                  \
	}                                                                                          \
                                                                                                   \
	EDGERT_INLINE T edgert_trees_join_##NAME(const struct edgert_trees *p, T y, T w)           \
	{                                                                                          \
		if (p->aggregate == EDGERT_TREE_MIN)                                               \
			return w < y ? w : y;                                                      \
		if (p->aggregate == EDGERT_TREE_MAX)                                               \
			return w > y ? w : y;                                                      \
		return y + w;                                                                      \
	}                                                                                          \
                                                                                                   \
	EDGERT_KERNEL void edgert_trees_##NAME##__ref(                                             \
		const struct edgert_trees *p, const void *x, const void *values, const void *info, \
		const void *skip, const void *roots, const void *weights, const void *targets,     \
		const void *members, const void *base, void *out)                                  \
	{                                                                                          \
		const T none = p->aggregate == EDGERT_TREE_MIN   ? MOST                            \
			       : p->aggregate == EDGERT_TREE_MAX ? -MOST                           \
								 : 0;                              \
		edgert_int r, t, k;                                                                \
                                                                                                   \
		for (r = 0; r < p->rows; r++) {                                                    \
			const T *row = (const T *)x + r * p->columns;                              \
			T *y = (T *)out + r * p->targets;                                          \
                                                                                                   \
			for (k = 0; k < p->targets; k++)                                           \
				y[k] = none;                                                       \
			for (t = 0; t < p->trees; t++) {                                           \
				const edgert_int i = edgert_trees_leaf_##NAME(                     \
					p, row, (const T *)values, (const WORD *)info,             \
					(const WORD *)skip, (const T *)members,                    \
					(edgert_int)EDGERT_W_U32((const uint32_t *)roots + t));    \
				const WORD what = READ_W((const WORD *)info + i);                  \
				const T w = READ_T((const T *)values + i);                         \
				edgert_int from, n;                                                \
                                                                                                   \
				if (!(what & EDGERT_TREE_FLAG)) {                                  \
					T *to = y + what / EDGERT_TREE_FEATURE;                    \
                                                                                                   \
					*to = edgert_trees_join_##NAME(p, *to, w);                 \
					continue;                                                  \
				}                                                                  \
				from = (edgert_int)w;                                              \
				n = (edgert_int)READ_W((const WORD *)skip + i);                    \
				for (k = 0; k < n; k++) {                                          \
					T *to = y + k;                                             \
                                                                                                   \
					if (targets)                                               \
						to = y + READ_W((const WORD *)targets + from + k); \
					*to = edgert_trees_join_##NAME(                            \
						p, *to, READ_T((const T *)weights + from + k));    \
				}                                                                  \
			}                                                                          \
			for (k = 0; k < p->targets; k++) {                                         \
				if (none < 0 || none > 0) /* a target that no leaf has is 0 */     \
					y[k] = y[k] >= none && y[k] <= none ? 0 : y[k];            \
				if (p->aggregate == EDGERT_TREE_AVERAGE)                           \
					y[k] = y[k] / (T)p->trees;                                 \
				if (base)                                                          \
					y[k] = y[k] + READ_T((const T *)base + k);                 \
			}                                                                          \
		}                                                                                  \
	}

EDGERT_TREES(f32_u16, float, uint16_t, EDGERT_W_F32, EDGERT_W_U16, FLT_MAX)
EDGERT_TREES(f32_u32, float, uint32_t, EDGERT_W_F32, EDGERT_W_U32, FLT_MAX)
#if DBL_MANT_DIG == 53
EDGERT_TREES(f64_u16, double, uint16_t, EDGERT_W_F64, EDGERT_W_U16, DBL_MAX)
EDGERT_TREES(f64_u32, double, uint32_t, EDGERT_W_F64, EDGERT_W_U32, DBL_MAX)
#endif
