/* lu.c - determinants and inverses of square matrices, by elimination: the row with the greatest
 * element of a column takes the place of the first row that is left. */
#include <float.h>

#include "../params.h"

#define EDGERT_LU(NAME, T)                                                                              \
	/* Brings the greatest of column k's elements from row k on to row k, in a and in b, which    \
	 * may be NULL; returns whether rows changed places. */ \
	EDGERT_INLINE int edgert_lu_pivot_##NAME(edgert_int n, edgert_int k, T *a, T *b)                \
	{                                                                                               \
		edgert_int best = k, i, j;                                                              \
		T most = a[k * n + k] < (T)0 ? -a[k * n + k] : a[k * n + k];                            \
                                                                                                        \
		for (i = k + 1; i < n; i++) {                                                           \
			const T e = a[i * n + k] < (T)0 ? -a[i * n + k] : a[i * n + k];                 \
                                                                                                        \
			if (e > most) {                                                                 \
				most = e;                                                               \
				best = i;                                                               \
			}                                                                               \
		}                                                                                       \
		for (j = 0; best != k && j < n; j++) {                                                  \
			const T e = a[k * n + j];                                                       \
                                                                                                        \
			a[k * n + j] = a[best * n + j];                                                 \
			a[best * n + j] = e;                                                            \
			if (b) {                                                                        \
				const T f = b[k * n + j];                                               \
                                                                                                        \
				b[k * n + j] = b[best * n + j];                                         \
				b[best * n + j] = f;                                                    \
			}                                                                               \
		}                                                                                       \
		return best != k;                                                                       \
	}                                                                                               \
                                                                                                        \
	EDGERT_KERNEL void edgert_determinant_##NAME##__ref(const struct edgert_matrices *p,            \
							    const T *x, T *y, void *scratch)            \
	{                                                                                               \
		const edgert_int n = p->n;                                                              \
		T *a = (T *)scratch;                                                                    \
		edgert_int m, i, j, k;                                                                  \
                                                                                                        \
		for (m = 0; m < p->count; m++) {                                                        \
			T product = (T)1;                                                               \
                                                                                                        \
			for (i = 0; i < n * n; i++)                                                     \
				a[i] = x[m * n * n + i];                                                \
			for (k = 0; k < n; k++) {                                                       \
				if (edgert_lu_pivot_##NAME(n, k, a, (T *)0))                            \
					product = -product;                                             \
				product *= a[k * n + k];                                                \
				if (!(a[k * n + k] < (T)0 || a[k * n + k] > (T)0))                      \
					break; /* 0 or NaN: so is the product */                        \
				for (i = k + 1; i < n; i++) {                                           \
					const T f = a[i * n + k] / a[k * n + k];                        \
                                                                                                        \
					for (j = k; j < n; j++)                                         \
						a[i * n + j] -= f * a[k * n + j];                       \
				}                                                                       \
			}                                                                               \
			y[m] = product;                                                                 \
		}                                                                                       \
	}                                                                                               \
                                                                                                        \
	EDGERT_KERNEL void edgert_inverse_##NAME##__ref(const struct edgert_matrices *p,                \
							const T *x, T *y, void *scratch)                \
	{                                                                                               \
		const edgert_int n = p->n;                                                              \
		T *a = (T *)scratch;                                                                    \
		edgert_int m, i, j, k;                                                                  \
                                                                                                        \
		for (m = 0; m < p->count; m++, x += n * n, y += n * n) {                                \
			for (i = 0; i < n; i++)                                                         \
				for (j = 0; j < n; j++) {                                               \
					a[i * n + j] = x[i * n + j];                                    \
					y[i * n + j] = i == j ? (T)1 : (T)0;                            \
				}                                                                       \
			for (k = 0; k < n; k++) {                                                       \
				T d;                                                                    \
                                                                                                        \
				edgert_lu_pivot_##NAME(n, k, a, y);                                     \
				d = a[k * n + k];                                                       \
                                                                                                        \
				for (j = 0; j < n; j++) {                                               \
					a[k * n + j] /= d;                                              \
					y[k * n + j] /= d;                                              \
				}                                                                       \
				for (i = 0; i < n; i++) {                                               \
					const T f = a[i * n + k];                                       \
                                                                                                        \
					for (j = 0; i != k && j < n; j++) {                             \
						a[i * n + j] -= f * a[k * n + j];                       \
						y[i * n + j] -= f * y[k * n + j];                       \
					}                                                               \
				}                                                                       \
			}                                                                               \
		}                                                                                       \
	}

EDGERT_LU(f32, float)
#if DBL_MANT_DIG == 53
EDGERT_LU(f64, double)
#endif
