/* With instructions where the compiler can be told so in the file; else portable once more. */
#if defined(__x86_64__) && !defined(__clang__)
#pragma GCC target("avx2,fma")
#define X86_RUNS __builtin_cpu_supports("avx2")
#endif
#define EDGERT_VQ_LANES 8
#define EDGERT_VQ_TAPS 2
#define X86_BUILD x86_avx2
#include "tests/unit/x86_build.h"
