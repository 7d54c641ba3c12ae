#define EDGERT_FIXED 0
#define INT8_SET mve
#define INT8_MIXED
#define INT8_CHECK int8_mixed_mve_onnx
#include "tests/targets/int8.c"
