#define EDGERT_FIXED 0
#define INT8_SET mve
#define INT8_W4(channels, taps) 16
#define INT8_ADD
#define INT8_POOL
#define INT8_ROWS 3
#define INT8_CHECK int8_mve_onnx
#include "tests/targets/int8.c"
