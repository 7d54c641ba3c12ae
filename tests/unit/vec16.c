#define EDGERT_VF_LANES 16
#define VEC_BUILD vec_build_16
#include "tests/unit/vec_build.h"
