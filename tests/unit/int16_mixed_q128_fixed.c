#define EDGERT_FIXED 1
#define INT8_SET q128
#define INT8_MIXED
#define INT8_WIDE
#define INT8_DEPTHWISE
#define INT8_FITS(p) int8_wide_conv2d_vector_fits(p)
#define INT8_CHECK int16_mixed_q128_fixed
#include "tests/targets/int8.c"
