/* The 8-bit kernels of runtime/kernels/x86, built for each width, portable and with instructions. */
#ifndef EDGECC_TEST_X86_U8_H
#define EDGECC_TEST_X86_U8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/kernels/params.h"

struct x86_build {
	const char *name;
	int lanes, taps;
	bool (*runs_here)(void);
	void (*conv2d)(const struct edgert_conv2d *p, const uint8_t *x, const int8_t *w,
		       const int32_t *q, uint8_t *y, void *scratch);
	void (*pointwise)(const struct edgert_conv2d *p, const uint8_t *x, const int8_t *w,
			  const int32_t *q, uint8_t *y, void *scratch);
	/* NULL where taps are bytes. */
	void (*winograd2)(const struct edgert_conv2d *p, const uint8_t *x, const int8_t *w,
			  const int32_t *q, uint8_t *y, void *scratch);
	void (*winograd4)(const struct edgert_conv2d *p, const uint8_t *x, const int8_t *w,
			  const int32_t *q, uint8_t *y, void *scratch);
	void (*dwconv2d)(const struct edgert_conv2d *p, const uint8_t *x, const int8_t *w,
			 const int32_t *q, uint8_t *y, void *scratch);
	void (*conv2d_sums)(const struct edgert_conv2d *p, const uint8_t *x, const int8_t *w,
			    const int32_t *q, int32_t *y, void *scratch);
	void (*gemm_sums)(const struct edgert_gemm *p, const uint8_t *a, const int8_t *w,
			  const int32_t *q, int32_t *y, void *scratch);
	void (*gemm)(const struct edgert_gemm *p, const uint8_t *a, const int8_t *w,
		     const int32_t *q, uint8_t *y, void *scratch);
	void (*matmul)(const struct edgert_gemm *p, const uint8_t *a, const uint8_t *w,
		       const int32_t *scale, uint8_t *y, void *scratch);
	void (*add)(const struct edgert_add *p, const uint8_t *a, const uint8_t *b,
		    const int32_t *q, uint8_t *y);
	void (*maxpool2d)(const struct edgert_pool2d *p, const uint8_t *x, uint8_t *y);
	void (*averagepool2d)(const struct edgert_pool2d *p, const uint8_t *x, const float *factor,
			      uint8_t *y);
};

extern const struct x86_build x86_portable_8, x86_portable_16, x86_avx2, x86_avx512, x86_vnni_8,
	x86_vnni_16;

enum { X86_BUILDS = 6 };
extern const struct x86_build *const x86_builds[X86_BUILDS];

/* What is written to bytes that no kernel may touch. */
enum { X86_GUARD = 77 };

/* n bytes, exactly, on the heap, so that a sanitizer sees an access beyond; zeros. */
void *x86_bytes(size_t n);
void x86_check(const uint8_t *y, const uint8_t *wanted, size_t n, const char *name,
	       const char *build);
/* The contract's byte for a sum; bits: of the factor. */
uint8_t x86_requantized(int64_t acc, int32_t bits, edgert_int zero, edgert_int lo, edgert_int hi);

#endif
