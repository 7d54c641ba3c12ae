#define EDGERT_VF_LANES 4
#define VEC_BUILD vec_build_4
#include "tests/unit/vec_build.h"
