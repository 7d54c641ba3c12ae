#define EDGERT_FIXED 1
#define INT8_SET scalar
#define INT8_MIXED
#define INT8_WIDE
#define INT8_DEPTHWISE
#define INT8_CHECK int16_mixed_scalar_fixed
#include "tests/targets/int8.c"
