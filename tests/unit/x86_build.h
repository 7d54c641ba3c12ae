/* The 8-bit kernels of x86 compiled once: x86_*.c define EDGERT_VQ_LANES, EDGERT_VQ_TAPS, X86_BUILD
 * and X86_RUNS, a condition, and include this. */
#ifndef X86_RUNS
#define X86_RUNS true
#endif
#define EDGERT_KERNEL static
#include "runtime/kernels/x86/add_u8.c"
#include "runtime/kernels/x86/conv2d_u8.c"
#include "runtime/kernels/x86/dwconv2d_u8.c"
#include "runtime/kernels/x86/gemm_u8.c"
#include "runtime/kernels/x86/matmul_u8.c"
#include "runtime/kernels/x86/pointwise_u8.c"
#include "runtime/kernels/x86/pool2d_u8.c"

#if EDGERT_VQ_TAPS == 2
#include "runtime/kernels/x86/winograd_u8.c"
#endif

#include "tests/unit/x86_u8.h"

#define X86_TEXT(name) #name
#define X86_NAME(name) X86_TEXT(name)

static bool runs_here(void)
{
	return X86_RUNS;
}

const struct x86_build X86_BUILD = {
	.name = X86_NAME(X86_BUILD),
	.lanes = EDGERT_VQ_LANES,
	.taps = EDGERT_VQ_TAPS,
	.runs_here = runs_here,
	.conv2d = edgert_conv2d_u8__x86,
	.pointwise = edgert_conv2d_u8__pointwise,
#if EDGERT_VQ_TAPS == 2
	.winograd2 = edgert_conv2d_u8__winograd2,
	.winograd4 = edgert_conv2d_u8__winograd4,
#endif
	.dwconv2d = edgert_dwconv2d_u8__x86,
	.conv2d_sums = edgert_conv2d_u8s32__x86,
	.gemm_sums = edgert_gemm_u8s32__x86,
	.gemm = edgert_gemm_u8__x86,
	.matmul = edgert_matmul_u8__x86,
	.add = edgert_add_u8__x86,
	.maxpool2d = edgert_maxpool2d_u8__x86,
	.averagepool2d = edgert_averagepool2d_u8__x86,
};
