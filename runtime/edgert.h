/* edgert.h - what emitted code and kernels share: status codes, sizes, and how a kernel is
 * compiled.
 *
 * C99 and C++; needs only <stddef.h> and <stdint.h>. */
#ifndef EDGERT_H
#define EDGERT_H

#include <stddef.h>
#include <stdint.h>

/* What every entry point returns. */
enum edgert_status {
	EDGERT_OK = 0,
	EDGERT_ERROR_NULL = 1,      /* a required pointer is NULL */
	EDGERT_ERROR_ALIGNMENT = 2, /* the workspace is not aligned as the header says */
	EDGERT_ERROR_DIMENSION = 3, /* a size is outside the bounds the model was compiled for */
	EDGERT_ERROR_VALUE =
		4, /* an input's value makes an operator undefined (an index out of range, ...) */
	EDGERT_ERROR_CAPACITY = 5 /* a result does not fit its stated bound */
};

/* Every size, index and stride: signed, as wide as a pointer difference (16 bits on AVR). */
typedef ptrdiff_t edgert_int;

/* An element of a tensor of strings: the address of NUL-terminated UTF-8. What a model returns points at
 * its constants, at its inputs' strings, or into the workspace, and stays as long as they do. */
typedef const char *edgert_string;

/* A custom operator's function:
 *
 *	int NAME(const struct edgert_custom *c, const void *const *in, void *const *out);
 *
 * in[k] points at the elements of input k, out[k] at room for those of output k, in row-major order, NULL for one that
 * the node leaves out; there are c->inputs and c->outputs of them. It returns an enum edgert_status; what is not 0 ends the
 * run with it. */
struct edgert_tensor {
	int type; /* ONNX's TensorProto.DataType: 1 float, 6 int32, 7 int64 ... */
	edgert_int rank;
	edgert_int shape[8];
};
struct edgert_attribute { /* one of the three lists, of count elements, the others are NULL */
	const char *name;
	edgert_int count;
	const int64_t *ints;
	const float *floats;
	const edgert_string *strings;
};
struct edgert_custom {
	edgert_int inputs, outputs, attributes;
	const struct edgert_tensor *input, *output; /* of rank -1 where left out */
	const struct edgert_attribute *attribute;
};

/* How kernels are compiled. Built alone (library, tests): external. Emitted code sets these per
 * plan: EDGERT_INLINE for a kernel specialised to one node (constant parameters vanish),
 * EDGERT_SHARED for one that several nodes call. EDGERT_FN: the small functions of half.h, math.h
 * and fixed.h, which the C compiler may inline as it likes. */
#if defined(__GNUC__)
#ifdef __OPTIMIZE__
#define EDGERT_INLINE static inline __attribute__((always_inline, unused))
#else /* nothing finds out there which function a pointer is: gcc refuses such calls */
#define EDGERT_INLINE static inline __attribute__((unused))
#endif
#ifdef __clang__
#define EDGERT_SHARED static __attribute__((noinline, unused))
#else /* gcc would make a copy for each caller that passes constants */
#define EDGERT_SHARED static __attribute__((noinline, noclone, unused))
#endif
#define EDGERT_ALIGNED(n) __attribute__((aligned(n)))
#define EDGERT_SECTION(name) __attribute__((section(name)))
#define EDGERT_RESTRICT __restrict__
#define EDGERT_LIKELY(x) __builtin_expect(!!(x), 1)
#define EDGERT_FN static inline __attribute__((unused))
#elif defined(_MSC_VER)
#define EDGERT_INLINE static __forceinline
#define EDGERT_SHARED static
#define EDGERT_ALIGNED(n)
#define EDGERT_SECTION(name)
#define EDGERT_RESTRICT __restrict
#define EDGERT_LIKELY(x) (x)
#define EDGERT_FN static inline
#else
#define EDGERT_INLINE static inline
#define EDGERT_SHARED static
#define EDGERT_ALIGNED(n)
#define EDGERT_SECTION(name)
#define EDGERT_RESTRICT
#define EDGERT_LIKELY(x) (x)
#define EDGERT_FN static inline
#endif

#endif
