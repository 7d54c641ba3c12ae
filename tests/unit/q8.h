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
CONV(int8_t, s8, ref)
CONV(int8_t, s8, fixed)
CONV(uint8_t, u8, ref)
CONV(uint8_t, u8, fixed)
#define SUMS(T, t, FORM)                                                                           \
	void edgert_conv2d_##t##__##FORM(const struct edgert_conv2d *p, const T *x,                \
					 const int8_t *w, const int32_t *q, int32_t *y,            \
					 void *scratch);                                           \
	void edgert_gemm_##t##__##FORM(const struct edgert_gemm *p, const T *a, const int8_t *w,   \
				       const int32_t *q, int32_t *y, void *scratch);
SUMS(int8_t, s8s32, ref)
SUMS(int8_t, s8s32, fixed)
SUMS(uint8_t, u8s32, ref)
SUMS(uint8_t, u8s32, fixed)
GEMM(int8_t, s8, ref)
GEMM(int8_t, s8, fixed)
GEMM(uint8_t, u8, ref)
GEMM(uint8_t, u8, fixed)

#endif
