#define EDGERT_FIXED 0
#define INT8_SET scalar
#define INT8_MIXED
#define INT8_WIDE
#define INT8_DEPTHWISE
#define INT8_CHECK int16_mixed_scalar_onnx
#include "tests/targets/int8.c"
