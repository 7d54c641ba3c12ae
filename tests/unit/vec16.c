#define EDGERT_VF_LANES 16
#define EDGERT_PACKED_ROWS 8 /* as with 32 registers */
#define VEC_BUILD vec_build_16
#include "tests/unit/vec_build.h"
