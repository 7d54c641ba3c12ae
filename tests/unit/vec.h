/* What the tests of the vector kernels share: the kernels built for each width, buffers with
 * guards, and random data of small integers, whose products and sums are exact in float, so that
 * results compare by equality. */
#ifndef EDGECC_TEST_VEC_H
#define EDGECC_TEST_VEC_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/kernels/params.h"

/* `operands` NULL: no tail; else tail(v) = 2 v + operands[0][i] + c. */
struct vec_build {
	int lanes, registers;
	void (*conv2d)(const struct edgert_conv2d *p, const float *x, const float *w,
		       const float *b, float *y, void *scratch, const void *const *operands);
	void (*dwconv2d)(const struct edgert_conv2d *p, const float *x, const float *w,
			 const float *b, float *y, void *scratch, const void *const *operands);
	void (*pointwise)(const struct edgert_conv2d *p, const float *x, const float *w,
			  const float *b, float *y, void *scratch, const void *const *operands);
	void (*windows)(const struct edgert_conv2d *p, const float *x, const float *w,
			const float *b, float *y, void *scratch, const void *const *operands);
	void (*winograd)(const struct edgert_conv2d *p, const float *x, const float *w,
			 const float *b, float *y, void *scratch, const void *const *operands);
	void (*gemm)(const struct edgert_gemm *p, const float *a, const float *w, const float *bias,
		     float *y, void *scratch, const void *const *operands);
	void (*matmul)(const struct edgert_gemm *p, const float *a, const float *w,
		       const float *bias, float *y, void *scratch, const void *const *operands);
	/* Weights of 8, 4 and 2 bits. */
	void (*packed[3])(const struct edgert_conv2d *p, const float *x, const int8_t *w,
			  const float *s, const float *z, const float *b, float *y, void *scratch,
			  const void *const *operands);
	void (*maxpool2d)(const struct edgert_pool2d *p, const float *x, float *y, void *scratch,
			  const void *const *operands);
	void (*averagepool2d)(const struct edgert_pool2d *p, const float *x, float *y,
			      void *scratch, const void *const *operands);
	void (*softmax)(const struct edgert_softmax *p, const float *x, float *y);
	void (*layer_norm)(const struct edgert_layer_norm *p, const float *x, const float *scale,
			   const float *bias, float *y);
	void (*lstm)(const struct edgert_recurrence *p, const float *x, const float *w,
		     const float *r, const float *b, const int32_t *lens, const float *h0,
		     const float *c0, const float *pw, float *y, float *y_h, float *y_c,
		     void *scratch);
	void (*gru)(const struct edgert_recurrence *p, const float *x, const float *w,
		    const float *r, const float *b, const int32_t *lens, const float *h0, float *y,
		    float *y_h, void *scratch);
	/* exp, expm1, sigmoid, tanh, erf of n elements, n a multiple of the lanes. */
	void (*functions[5])(const float *x, float *y, int n);
	void (*transpose)(const float *x, float *y); /* lanes x lanes */
};

extern const struct vec_build vec_build_4, vec_build_4_8, vec_build_8, vec_build_16;
extern const struct vec_build *const vec_builds[4];

/* n floats, exactly, on the heap, so that a sanitizer sees an access beyond; filled with NaN. */
float *vec_floats(size_t n);
/* Integers in [-range, range]. The seed is EDGECC_SEED or 1, plus the case's number. */
void vec_seed(int number);
float vec_random(int range);
void vec_fill(float *p, size_t n, int range);

/* y was filled with `vec_guard` before; wanted holds vec_guard where nothing may be written. */
#define VEC_GUARD (-123456.0f)
void vec_expect(const float *y, const float *wanted, size_t n, const char *what);

#endif
