/* The integer reference kernels once more, as models without floats have them. */
#define EDGERT_FIXED 1
#include "q8.h"

#define edgert_conv2d_s8__ref edgert_conv2d_s8__fixed
#define edgert_conv2d_s8w4__ref edgert_conv2d_s8w4__fixed
#define edgert_conv2d_u8__ref edgert_conv2d_u8__fixed
#define edgert_conv2d_u8w4__ref edgert_conv2d_u8w4__fixed
#define edgert_conv2d_s8s32__ref edgert_conv2d_s8s32__fixed
#define edgert_conv2d_s8s32w4__ref edgert_conv2d_s8s32w4__fixed
#define edgert_conv2d_u8s32__ref edgert_conv2d_u8s32__fixed
#define edgert_conv2d_u8s32w4__ref edgert_conv2d_u8s32w4__fixed
#define edgert_gemm_s8__ref edgert_gemm_s8__fixed
#define edgert_gemm_s8w4__ref edgert_gemm_s8w4__fixed
#define edgert_gemm_u8__ref edgert_gemm_u8__fixed
#define edgert_gemm_u8w4__ref edgert_gemm_u8w4__fixed
#define edgert_gemm_s8s32__ref edgert_gemm_s8s32__fixed
#define edgert_gemm_s8s32w4__ref edgert_gemm_s8s32w4__fixed
#define edgert_gemm_u8s32__ref edgert_gemm_u8s32__fixed
#define edgert_gemm_u8s32w4__ref edgert_gemm_u8s32w4__fixed

#include "runtime/kernels/ref/conv2d_q8.c"
#include "runtime/kernels/ref/gemm_q8.c"
