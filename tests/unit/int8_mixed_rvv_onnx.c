#define EDGERT_FIXED 0
#define INT8_SET rvv
#define INT8_MIXED
#define INT8_NUMBERS int8_conv2d_scalar_numbers
#define INT8_CHECK int8_mixed_rvv_onnx
#include "tests/targets/int8.c"
