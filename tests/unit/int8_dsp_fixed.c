#define EDGERT_FIXED 1
#define INT8_SET dsp
#define INT8_W4(channels, taps) 4
#define INT8_SUMS
#define INT8_POOL
#define INT8_ROWS 2
#define INT8_CHECK int8_dsp_fixed
#include "tests/targets/int8.c"
