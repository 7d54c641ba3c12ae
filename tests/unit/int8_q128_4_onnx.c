#define EDGERT_FIXED 0
#define EDGERT_Q128_TAPS 4
#define INT8_SET q128
#define INT8_Q128 32
#define INT8_W4(channels, taps) 16
#define INT8_ADD
#define INT8_POOL
#define INT8_ROWS 2
#define INT8_CHECK int8_q128_4_onnx
#include "tests/targets/int8.c"
