/* The kernel table: which files of runtime/kernels compute which operators. */
#include "kernels/build.h"

const struct kernel kernels[] = {
	{ .function = "edgert_conv2d_f32__vec", .file = "kernels/vec/conv2d_f32.c", .op = "Conv", .needs = "vec",
	  .tail = KERNEL_TAIL_VECTOR, .layout = KERNEL_CHANNELS_LAST, .priority = 10,
	  .accept = accept_conv2d_f32_vec, .build = build_conv2d_f32_vec },
	{ .function = "edgert_topk_any__ref", .file = "kernels/ref/topk.c", .op = "TopK",
	  .layout = KERNEL_ROW_MAJOR, .accept = accept_topk_ref, .build = build_topk_ref },
	{ .function = NULL },
};
