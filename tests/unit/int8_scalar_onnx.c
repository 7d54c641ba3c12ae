#define EDGERT_FIXED 0
#define INT8_SET scalar
#define INT8_W4(channels, taps) taps
#define INT8_NUMBERS int8_conv2d_scalar_numbers
#define INT8_SUMS
#define INT8_POOL
#define INT8_ROWS 1
#define INT8_CHECK int8_scalar_onnx
#include "tests/targets/int8.c"
