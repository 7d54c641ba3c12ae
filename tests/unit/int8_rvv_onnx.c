#define EDGERT_FIXED 0
#define INT8_SET rvv
#define INT8_W4(channels, taps) channels
#define INT8_PACK_W4 rvv_w4
#define INT8_ADD
#define INT8_POOL
#define INT8_ROWS 3
#define INT8_NUMBERS int8_conv2d_scalar_numbers
#define INT8_CHECK int8_rvv_onnx
#include "tests/targets/int8.c"
