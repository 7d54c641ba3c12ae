#define EDGERT_VQ_LANES 8
#define EDGERT_VQ_TAPS 2
#define X86_BUILD x86_portable_8
#include "tests/unit/x86_build.h"
