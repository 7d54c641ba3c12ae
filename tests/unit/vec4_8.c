#define EDGERT_VF_LANES 4
#define EDGERT_VF_REGISTERS 8
#define VEC_BUILD vec_build_4_8
#include "tests/unit/vec_build.h"
