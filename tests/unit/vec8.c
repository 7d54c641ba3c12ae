#define EDGERT_VF_LANES 8
#define VEC_BUILD vec_build_8
#include "tests/unit/vec_build.h"
