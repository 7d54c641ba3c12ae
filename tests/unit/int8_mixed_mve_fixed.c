#define EDGERT_FIXED 1
#define INT8_SET mve
#define INT8_MIXED
#define INT8_CHECK int8_mixed_mve_fixed
#include "tests/targets/int8.c"
