/* order.h - the order of two elements of any numeric type, for kernels that sort. NaN is greater
 * than every number, as NumPy has it; half types compare as their bits do. */
#ifndef EDGERT_REF_ORDER_H
#define EDGERT_REF_ORDER_H

#include <string.h>

#include "../params.h"

/* ONNX's numbers. */
enum edgert_type {
	EDGERT_F32 = 1,
	EDGERT_U8,
	EDGERT_S8,
	EDGERT_U16,
	EDGERT_S16,
	EDGERT_S32,
	EDGERT_S64,
	EDGERT_STRING,
	EDGERT_BOOL,
	EDGERT_F16,
	EDGERT_F64,
	EDGERT_U32,
	EDGERT_U64,
	EDGERT_BF16 = 16
};

/* Sign and magnitude as a number that grows with the float; -0 is 0. */
EDGERT_INLINE int32_t edgert_ref_half_key(uint16_t h)
{
	int32_t magnitude = h & 0x7fff;

	return h & 0x8000 ? -magnitude : magnitude;
}

#define EDGERT_REF_LESS(T) (((const T *)x)[i] < ((const T *)x)[j])
#define EDGERT_REF_LESS_FLOAT(T)                                                                   \
	(((const T *)x)[i] < ((const T *)x)[j] ||                                                  \
	 (((const T *)x)[j] != ((const T *)x)[j] && ((const T *)x)[i] == ((const T *)x)[i]))

/* Byte by byte, which is the order of their characters. */
EDGERT_INLINE int edgert_ref_less_text(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a < (unsigned char)*b;
}

/* x[i] < x[j]; type is an enum edgert_type. */
EDGERT_INLINE int edgert_ref_less(int type, const void *x, edgert_int i, edgert_int j)
{
	switch (type) {
	case EDGERT_F32:
		return EDGERT_REF_LESS_FLOAT(float);
	case EDGERT_F64:
		return EDGERT_REF_LESS_FLOAT(double);
	case EDGERT_F16:
	case EDGERT_BF16:
		return edgert_ref_half_key(((const uint16_t *)x)[i]) <
		       edgert_ref_half_key(((const uint16_t *)x)[j]);
	case EDGERT_STRING:
		return edgert_ref_less_text(((const edgert_string *)x)[i],
					    ((const edgert_string *)x)[j]);
	case EDGERT_S8:
		return EDGERT_REF_LESS(int8_t);
	case EDGERT_U16:
		return EDGERT_REF_LESS(uint16_t);
	case EDGERT_S16:
		return EDGERT_REF_LESS(int16_t);
	case EDGERT_S32:
		return EDGERT_REF_LESS(int32_t);
	case EDGERT_U32:
		return EDGERT_REF_LESS(uint32_t);
	case EDGERT_S64:
		return EDGERT_REF_LESS(int64_t);
	case EDGERT_U64:
		return EDGERT_REF_LESS(uint64_t);
	default:
		return EDGERT_REF_LESS(uint8_t);
	}
}

/* Of an element: p's, or 0 for a string, whose address is as wide as the target's. */
EDGERT_INLINE edgert_int edgert_ref_size(edgert_int size)
{
	return size ? size : (edgert_int)sizeof(edgert_string);
}

/* y[i] = x[j], in elements of `size` bytes. */
EDGERT_INLINE void edgert_ref_copy(edgert_int size, void *y, edgert_int i, const void *x,
				   edgert_int j)
{
	memcpy((char *)y + i * size, (const char *)x + j * size, (size_t)size);
}

#endif
