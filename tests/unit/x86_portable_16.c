#define EDGERT_VQ_LANES 16
#define EDGERT_VQ_TAPS 4
#define X86_BUILD x86_portable_16
#include "tests/unit/x86_build.h"
