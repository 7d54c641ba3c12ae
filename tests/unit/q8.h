/* q8.h - the integer reference kernels, and the same compiled for models without floats. */
#ifndef EDGECC_Q8_H
#define EDGECC_Q8_H

#include "runtime/kernels/params.h"

#define CONV(T, t, FORM)                                                                           \
	void edgert_conv2d_##t##__##FORM(const struct edgert_conv2d *p, const T *x,                \
					 const int8_t *w, const int32_t *q, T *y, void *scratch);
#define GEMM(T, t, FORM)                                                                           \
	void edgert_gemm_##t##__##FORM(const struct edgert_gemm *p, const T *a, const int8_t *w,   \
				       const int32_t *q, T *y, void *scratch);
#define SUMS(T, t, FORM)                                                                           \
	void edgert_conv2d_##t##__##FORM(const struct edgert_conv2d *p, const T *x,                \
					 const int8_t *w, const int32_t *q, int32_t *y,            \
					 void *scratch);                                           \
	void edgert_gemm_##t##__##FORM(const struct edgert_gemm *p, const T *a, const int8_t *w,   \
				       const int32_t *q, int32_t *y, void *scratch);
#define FORMS(FORM)                                                                                \
	CONV(int8_t, s8, FORM)                                                                     \
	CONV(uint8_t, u8, FORM)                                                                    \
	CONV(int8_t, s8w4, FORM)                                                                   \
	CONV(uint8_t, u8w4, FORM)                                                                  \
	GEMM(int8_t, s8, FORM)                                                                     \
	GEMM(uint8_t, u8, FORM)                                                                    \
	GEMM(int8_t, s8w4, FORM)                                                                   \
	GEMM(uint8_t, u8w4, FORM)                                                                  \
	SUMS(int8_t, s8s32, FORM)                                                                  \
	SUMS(uint8_t, u8s32, FORM)                                                                 \
	SUMS(int8_t, s8s32w4, FORM)                                                                \
	SUMS(uint8_t, u8s32w4, FORM)
FORMS(ref)
FORMS(fixed)

#endif
