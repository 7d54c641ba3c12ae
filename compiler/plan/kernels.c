/* The kernel table: which files of runtime/kernels compute which operators. Among those of an
 * operator that accept a node the one with the highest priority is taken. */
#include "kernels/build.h"

#define REF_ROWS(OP, FUNCTION, FILE, LAYOUT, TAIL, HOST, ROWS)                                     \
	{                                                                                          \
		.function = "edgert_" FUNCTION "__ref", .file = "kernels/ref/" FILE ".c",          \
		.op = OP, .layout = KERNEL_##LAYOUT, .tail = KERNEL_TAIL_##TAIL, .priority = 1,    \
		.accept = accept_##HOST, .build = build_##HOST, .rows = ROWS                       \
	}
#define REF(OP, FUNCTION, FILE, LAYOUT, TAIL, HOST)                                                \
	REF_ROWS(OP, FUNCTION, FILE, LAYOUT, TAIL, HOST, false)
#define VECTOR(OP, FUNCTION, LAYOUT, PRIORITY)                                                     \
	{                                                                                          \
		.function = "edgert_" #FUNCTION "__vec", .file = "kernels/vec/" #FUNCTION ".c",    \
		.op = OP, .needs = "vec", .layout = KERNEL_##LAYOUT, .tail = KERNEL_TAIL_VECTOR,   \
		.priority = PRIORITY, .accept = accept_##FUNCTION##_vec,                           \
		.build = build_##FUNCTION##_vec, .rows = true                                      \
	}
/* Integer weights in registers. */
#define PACKED_VECTOR(OP, LAYOUT, BITS)                                                            \
	{                                                                                          \
		.function = "edgert_conv2d_f32w" #BITS "__vec",                                    \
		.file = "kernels/vec/conv2d_packed.c", .op = OP, .needs = "vec",                   \
		.layout = KERNEL_##LAYOUT, .tail = KERNEL_TAIL_VECTOR, .priority = 10,             \
		.bands = true, .accept = accept_conv2d_f32w##BITS##_vec,                           \
		.build = build_conv2d_f32w##BITS##_vec                                             \
	}
/* The four forms of an 8-bit reference kernel, and of that with weights of 4 bits. */
#define REF_Q8_FORM(OP, NAME, FORM, W, LAYOUT, PRIORITY)                                           \
	{                                                                                          \
		.function = "edgert_" #NAME "_" #FORM #W "__ref",                                  \
		.file = "kernels/ref/" #NAME "_q8.c", .op = OP, .layout = KERNEL_##LAYOUT,         \
		.priority = PRIORITY, .bands = true, .accept = accept_##NAME##_##FORM##W##_ref,    \
		.build = build_##NAME##_q8##W##_ref                                                \
	}
#define REF_Q8_FORMS(OP, NAME, W, LAYOUT, PRIORITY)                                                \
	REF_Q8_FORM(OP, NAME, s8, W, LAYOUT, PRIORITY),                                            \
		REF_Q8_FORM(OP, NAME, u8, W, LAYOUT, PRIORITY),                                    \
		REF_Q8_FORM(OP, NAME, s8s32, W, LAYOUT, PRIORITY),                                 \
		REF_Q8_FORM(OP, NAME, u8s32, W, LAYOUT, PRIORITY)
#define REF_Q8(OP, NAME, LAYOUT)                                                                   \
	REF_Q8_FORMS(OP, NAME, , LAYOUT, 1), REF_Q8_FORMS(OP, NAME, w4, LAYOUT, 2)
/* Integer kernels of one set, whose files are named alike. */
#define INT(OP, NAME, LAYOUT, SET, NEEDS, PRIORITY)                                                \
	{                                                                                          \
		.function = "edgert_" #NAME "__" #SET, .file = "kernels/" #SET "/" #NAME ".c",     \
		.op = OP, .needs = NEEDS, .layout = KERNEL_##LAYOUT, .priority = PRIORITY,         \
		.bands = true, .accept = accept_##NAME##_##SET, .build = build_##NAME##_##SET      \
	}
#define INT_SET(SET, NEEDS, PRIORITY)                                                              \
	INT("QConv", conv2d_s8, CHANNELS_LAST, SET, NEEDS, PRIORITY),                              \
		INT("QConv", dwconv2d_s8, CHANNELS_LAST, SET, NEEDS, PRIORITY + 1),                \
		INT("QMatMul", gemm_s8, ROW_MAJOR, SET, NEEDS, PRIORITY),                          \
		INT("QMatMul", matmul_s8, ROW_MAJOR, SET, NEEDS, PRIORITY),                        \
		INT("QConv", conv2d_s16, CHANNELS_LAST, SET, NEEDS, PRIORITY),                     \
		INT("QMatMul", gemm_s16, ROW_MAJOR, SET, NEEDS, PRIORITY)
/* Those of them that read weights of 4 bits. */
#define INT_W4(OP, NAME, LAYOUT, SET, NEEDS, PRIORITY)                                             \
	{                                                                                          \
		.function = "edgert_" #NAME "_s8w4__" #SET,                                        \
		.file = "kernels/" #SET "/" #NAME "_s8.c", .op = OP, .needs = NEEDS,               \
		.layout = KERNEL_##LAYOUT, .priority = PRIORITY, .bands = true,                    \
		.accept = accept_##NAME##_s8w4_##SET, .build = build_##NAME##_s8w4_##SET           \
	}
#define INT_SET_W4(SET, NEEDS, PRIORITY)                                                           \
	INT_W4("QConv", conv2d, CHANNELS_LAST, SET, NEEDS, PRIORITY),                              \
		INT_W4("QMatMul", gemm, ROW_MAJOR, SET, NEEDS, PRIORITY)
/* Those of them that give the sums. */
#define INT_SUMS(OP, NAME, LAYOUT, SET, NEEDS, PRIORITY)                                           \
	{                                                                                          \
		.function = "edgert_" #NAME "_s8s32__" #SET,                                       \
		.file = "kernels/" #SET "/" #NAME "_s8.c", .op = OP, .needs = NEEDS,               \
		.layout = KERNEL_##LAYOUT, .priority = PRIORITY, .bands = true,                    \
		.accept = accept_##NAME##_s8s32_##SET, .build = build_##NAME##_s8s32_##SET         \
	}
#define INT_SET_SUMS(SET, NEEDS, PRIORITY)                                                         \
	INT_SUMS("QConv", conv2d, CHANNELS_LAST, SET, NEEDS, PRIORITY),                            \
		INT_SUMS("QConv", dwconv2d, CHANNELS_LAST, SET, NEEDS, PRIORITY + 1),              \
		INT_SUMS("QMatMul", gemm, ROW_MAJOR, SET, NEEDS, PRIORITY)
/* Of activations and results of different widths. */
#define INT_MIXED(SET, NEEDS, PRIORITY)                                                            \
	INT("QConv", conv2d_s8s16, CHANNELS_LAST, SET, NEEDS, PRIORITY),                           \
		INT("QConv", dwconv2d_s8s16, CHANNELS_LAST, SET, NEEDS, PRIORITY + 1),             \
		INT("QMatMul", gemm_s8s16, ROW_MAJOR, SET, NEEDS, PRIORITY),                       \
		INT("QConv", conv2d_s16s8, CHANNELS_LAST, SET, NEEDS, PRIORITY),                   \
		INT("QMatMul", gemm_s16s8, ROW_MAJOR, SET, NEEDS, PRIORITY)
/* Pools of bytes of one set. */
#define INT_POOL(OP, NAME, SET, NEEDS, PRIORITY)                                                   \
	{                                                                                          \
		.function = "edgert_" #NAME "__" #SET, .file = "kernels/" #SET "/pool2d_s8.c",     \
		.op = OP, .needs = NEEDS, .layout = KERNEL_CHANNELS_LAST, .follows = true,         \
		.priority = PRIORITY, .bands = true, .accept = accept_##NAME##_##SET,              \
		.build = build_##NAME##_##SET                                                      \
	}
#define INT_POOLS(SET, NEEDS, PRIORITY)                                                            \
	INT_POOL("MaxPool", maxpool2d_s8, SET, NEEDS, PRIORITY),                                   \
		INT_POOL("GlobalMaxPool", maxpool2d_s8, SET, NEEDS, PRIORITY),                     \
		INT_POOL("QAveragePool", averagepool2d_s8, SET, NEEDS, PRIORITY)
/* Sums of images, which are loops where nothing else wants channels innermost. */
#define ADD(TYPE, SET, NEEDS, PRIORITY)                                                            \
	{                                                                                          \
		.function = "edgert_add_" #TYPE "__" #SET,                                         \
		.file = "kernels/" #SET "/add_" #TYPE ".c", .op = "QAdd", .needs = NEEDS,          \
		.layout = KERNEL_CHANNELS_LAST, .follows = true, .priority = PRIORITY,             \
		.bands = true, .accept = accept_add_##TYPE##_##SET,                                \
		.build = build_add_##TYPE##_##SET                                                  \
	}
/* The kernels over vectors of 128 bits, whose accept functions know which targets have them. */
#define Q128(OP, NAME, FILE, LAYOUT, PRIORITY, HOST)                                               \
	{                                                                                          \
		.function = "edgert_" #NAME "__q128", .file = "kernels/q128/" #FILE ".c",          \
		.op = OP, .layout = KERNEL_##LAYOUT, .priority = PRIORITY, .bands = true,          \
		.accept = accept_##NAME##_q128, .build = build_##HOST##_q128                       \
	}
#define X86_U8(OP, FUNCTION, FILE, LAYOUT, PRIORITY, HOST)                                         \
	{                                                                                          \
		.function = "edgert_" FUNCTION, .file = "kernels/x86/" FILE ".c", .op = OP,        \
		.needs = "avx2", .layout = KERNEL_##LAYOUT, .priority = PRIORITY, .bands = true,   \
		.accept = accept_##HOST##_u8_x86, .build = build_##HOST##_u8_x86                   \
	}
/* Those of them whose rows threads may share. */
#define X86_U8_ROWS(OP, FUNCTION, FILE, LAYOUT, PRIORITY, HOST)                                    \
	{                                                                                          \
		.function = "edgert_" FUNCTION, .file = "kernels/x86/" FILE ".c", .op = OP,        \
		.needs = "avx2", .layout = KERNEL_##LAYOUT, .priority = PRIORITY, .rows = true,    \
		.block = block_##HOST##_u8_x86, .accept = accept_##HOST##_u8_x86,                  \
		.build = build_##HOST##_u8_x86                                                     \
	}
/* The sums of unsigned bytes, by the same files. */
#define X86_U8S32(OP, NAME, LAYOUT)                                                                \
	{                                                                                          \
		.function = "edgert_" #NAME "_u8s32__x86", .file = "kernels/x86/" #NAME "_u8.c",   \
		.op = OP, .needs = "avx2", .layout = KERNEL_##LAYOUT, .priority = 10,              \
		.accept = accept_##NAME##_u8s32_x86, .build = build_##NAME##_u8_x86                \
	}
#define POOL(OP, FUNCTION)                                                                         \
	{ .function = "edgert_" FUNCTION "__ref",                                                  \
	  .file = "kernels/ref/pool2d_f32.c",                                                      \
	  .op = OP,                                                                                \
	  .layout = KERNEL_CHANNELS_LAST,                                                          \
	  .tail = KERNEL_TAIL_SCALAR,                                                              \
	  .bands = true,                                                                           \
	  .priority = 1,                                                                           \
	  .accept = accept_pool_f32,                                                               \
	  .build = build_pool_f32_ref },                                                           \
	{                                                                                          \
		.function = "edgert_" FUNCTION "__vec", .file = "kernels/vec/pool2d_f32.c",        \
		.op = OP, .needs = "vec", .layout = KERNEL_CHANNELS_LAST,                          \
		.tail = KERNEL_TAIL_VECTOR, .bands = true, .priority = 10,                         \
		.accept = accept_pool_f32, .build = build_pool_f32_vec                             \
	}
#define SOFTMAX(OP)                                                                                \
	{ .function = "edgert_softmax_f32__ref",                                                   \
	  .file = "kernels/ref/softmax_f32.c",                                                     \
	  .op = OP,                                                                                \
	  .layout = KERNEL_ROW_MAJOR,                                                              \
	  .priority = 1,                                                                           \
	  .accept = accept_softmax_f32,                                                            \
	  .build = build_softmax_f32 },                                                            \
	{                                                                                          \
		.function = "edgert_softmax_f32__vec", .file = "kernels/vec/softmax_f32.c",        \
		.op = OP, .needs = "vec", .layout = KERNEL_ROW_MAJOR, .priority = 10,              \
		.accept = accept_softmax_f32, .build = build_softmax_f32                           \
	}
#define RECURRENT(OP, FUNCTION)                                                                    \
	{                                                                                          \
		.function = "edgert_" FUNCTION "__vec", .file = "kernels/vec/" FUNCTION ".c",      \
		.op = OP, .needs = "vec", .layout = KERNEL_ROW_MAJOR, .priority = 10,              \
		.accept = accept_recurrent_vec, .build = build_recurrent_vec                       \
	}
#define TEXT(OP, FILE, HOST, RETURNS)                                                              \
	{                                                                                          \
		.function = "edgert_" #FILE "_any__ref", .file = "kernels/ref/" #FILE ".c",        \
		.op = OP, .layout = KERNEL_ROW_MAJOR, .priority = 1, .accept = accept_##HOST,      \
		.build = build_##HOST, .returns = RETURNS                                          \
	}
/* Recurrences of integers, over a set's products. */
#define RECURRENT_Q_OF(OP, NAME, TYPE, SET, NEEDS, PRIORITY)                                       \
	{                                                                                          \
		.function = "edgert_" NAME "_" #TYPE "__" #SET,                                    \
		.file = "kernels/" #SET "/" NAME "_q.c", .op = OP, .needs = NEEDS,                 \
		.layout = KERNEL_ROW_MAJOR, .priority = PRIORITY,                                  \
		.accept = accept_recurrent_##TYPE, .build = build_recurrent_q_##SET                \
	}
#define RECURRENT_Q(OP, NAME, SET, NEEDS, PRIORITY)                                                \
	RECURRENT_Q_OF(OP, NAME, s8, SET, NEEDS, PRIORITY),                                        \
		RECURRENT_Q_OF(OP, NAME, u8, SET, NEEDS, PRIORITY),                                \
		RECURRENT_Q_OF(OP, NAME, s16, SET, NEEDS, PRIORITY)
#define RECURRENCES_Q(SET, NEEDS, PRIORITY)                                                        \
	RECURRENT_Q("QLSTM", "lstm", SET, NEEDS, PRIORITY),                                        \
		RECURRENT_Q("QGRU", "gru", SET, NEEDS, PRIORITY),                                  \
		RECURRENT_Q("QRNN", "rnn", SET, NEEDS, PRIORITY)
#define SCATTER(OP, FUNCTION, HOST)                                                                \
	{                                                                                          \
		.function = "edgert_" #FUNCTION "_any__ref", .file = "kernels/ref/scatter.c",      \
		.op = OP, .layout = KERNEL_ROW_MAJOR, .priority = 1, .accept = accept_scatter,     \
		.build = build_##HOST, .returns = RETURNS_STATUS                                   \
	}
#define TREES(TYPES)                                                                               \
	{                                                                                          \
		.function = "edgert_trees_" #TYPES "__ref", .file = "kernels/ref/trees.c",         \
		.op = "Trees", .layout = KERNEL_ROW_MAJOR, .priority = 1,                          \
		.accept = accept_trees_##TYPES, .build = build_trees                               \
	}

const struct kernel kernels[] = {
	REF_ROWS("Conv", "conv2d_f32", "conv2d_f32", CHANNELS_LAST, SCALAR, conv2d_f32_ref, true),
	VECTOR("Conv", conv2d_f32, CHANNELS_LAST, 10),
	VECTOR("Conv", dwconv2d_f32, CHANNELS_LAST, 20),
	{ .function = "edgert_conv2d_f32__pointwise",
	  .file = "kernels/vec/pointwise_f32.c",
	  .op = "Conv",
	  .needs = "vec",
	  .layout = KERNEL_CHANNELS_LAST,
	  .tail = KERNEL_TAIL_VECTOR,
	  .priority = 15,
	  .rows = true,
	  .accept = accept_pointwise_f32_vec,
	  .build = build_pointwise_f32_vec },
	{ .function = "edgert_conv2d_f32__windows",
	  .file = "kernels/vec/windows_f32.c",
	  .op = "Conv",
	  .needs = "vec",
	  .layout = KERNEL_CHANNELS_LAST,
	  .tail = KERNEL_TAIL_VECTOR,
	  .rows = true,
	  .block = block_windows_f32_vec,
	  .priority = 35,
	  .accept = accept_windows_f32_vec,
	  .build = build_windows_f32_vec },
	{ .function = "edgert_conv2d_f32__winograd",
	  .file = "kernels/vec/winograd_f32.c",
	  .op = "Conv",
	  .needs = "vec",
	  .layout = KERNEL_CHANNELS_LAST,
	  .tail = KERNEL_TAIL_VECTOR,
	  .rows = true,
	  .block = block_winograd_f32_vec,
	  .priority = 30,
	  .accept = accept_winograd_f32_vec,
	  .build = build_winograd_f32_vec },
	REF_ROWS("PackedConv", "conv2d_f32w8", "conv2d_packed", CHANNELS_LAST, SCALAR, conv2d_f32w8,
		 true),
	REF_ROWS("PackedConv", "conv2d_f32w4", "conv2d_packed", CHANNELS_LAST, SCALAR, conv2d_f32w4,
		 true),
	REF("PackedMatMul", "conv2d_f32w8", "conv2d_packed", ROW_MAJOR, SCALAR, conv2d_f32w8),
	REF("PackedMatMul", "conv2d_f32w4", "conv2d_packed", ROW_MAJOR, SCALAR, conv2d_f32w4),
	PACKED_VECTOR("PackedConv", CHANNELS_LAST, 8),
	PACKED_VECTOR("PackedConv", CHANNELS_LAST, 4),
	PACKED_VECTOR("PackedConv", CHANNELS_LAST, 2),
	PACKED_VECTOR("PackedMatMul", ROW_MAJOR, 8),
	PACKED_VECTOR("PackedMatMul", ROW_MAJOR, 4),
	PACKED_VECTOR("PackedMatMul", ROW_MAJOR, 2),
	REF_Q8("QConv", conv2d, CHANNELS_LAST),
	X86_U8_ROWS("QConv", "conv2d_u8__x86", "conv2d_u8", CHANNELS_LAST, 10, conv2d),
	X86_U8S32("QConv", conv2d, CHANNELS_LAST),
	X86_U8_ROWS("QConv", "conv2d_u8__pointwise", "pointwise_u8", CHANNELS_LAST, 15, pointwise),
	X86_U8_ROWS("QConv", "conv2d_u8__winograd2", "winograd_u8", CHANNELS_LAST, 30, winograd2),
	X86_U8_ROWS("QConv", "conv2d_u8__winograd4", "winograd_u8", CHANNELS_LAST, 30, winograd4),
	X86_U8_ROWS("QConv", "dwconv2d_u8__x86", "dwconv2d_u8", CHANNELS_LAST, 20, dwconv2d),
	X86_U8("MaxPool", "maxpool2d_u8__x86", "pool2d_u8", CHANNELS_LAST, 10, maxpool2d),
	X86_U8("GlobalMaxPool", "maxpool2d_u8__x86", "pool2d_u8", CHANNELS_LAST, 10, maxpool2d),
	X86_U8("QAveragePool", "averagepool2d_u8__x86", "pool2d_u8", CHANNELS_LAST, 10,
	       averagepool2d),
	REF_Q8("QMatMul", gemm, ROW_MAJOR),
	INT_SET(scalar, NULL, 5),
	INT_SET_W4(scalar, NULL, 7),
	INT_SET_SUMS(scalar, NULL, 5),
	INT_POOLS(scalar, NULL, 5),
	INT("QConv", dwconv2d_s16, CHANNELS_LAST, scalar, NULL, 6),
	INT_MIXED(scalar, NULL, 5),
	INT("QConv", dwconv2d_s16s8, CHANNELS_LAST, scalar, NULL, 6),
	INT_SET(dsp, "dsp", 10),
	INT_SET_W4(dsp, "dsp", 12),
	INT_SET_SUMS(dsp, "dsp", 10),
	INT_POOLS(dsp, "dsp", 10),
	INT_MIXED(dsp, "dsp", 10),
	INT_SET(mve, "mve", 20),
	INT_SET_W4(mve, "mve", 22),
	INT_MIXED(mve, "mve", 20),
	INT("QConv", dwconv2d_s16, CHANNELS_LAST, mve, "mve", 21),
	INT("QConv", dwconv2d_s16s8, CHANNELS_LAST, mve, "mve", 21),
	INT_SET(rvv, "rvv", 20),
	INT_SET_W4(rvv, "rvv", 22),
	INT("QConv", dwconv2d_s16, CHANNELS_LAST, rvv, "rvv", 21),
	INT_MIXED(rvv, "rvv", 20),
	INT("QConv", dwconv2d_s16s8, CHANNELS_LAST, rvv, "rvv", 21),
	Q128("QConv", conv2d_s8, conv2d_s8, CHANNELS_LAST, 15, conv2d_s8),
	Q128("QConv", conv2d_s8w4, conv2d_s8, CHANNELS_LAST, 17, conv2d_s8w4),
	Q128("QConv", conv2d_s8s32, conv2d_s8, CHANNELS_LAST, 15, conv2d_s8),
	Q128("QConv", conv2d_s8s16, conv2d_s8, CHANNELS_LAST, 15, conv2d_s8),
	Q128("QConv", dwconv2d_s8, dwconv2d_s8, CHANNELS_LAST, 16, dwconv2d_s8),
	Q128("QConv", dwconv2d_s8s16, dwconv2d_s8, CHANNELS_LAST, 16, dwconv2d_s8),
	INT("QConv", conv2d_s16, CHANNELS_LAST, q128, NULL, 15),
	INT("QConv", conv2d_s16s8, CHANNELS_LAST, q128, NULL, 15),
	INT("QConv", dwconv2d_s16, CHANNELS_LAST, q128, NULL, 16),
	INT("QConv", dwconv2d_s16s8, CHANNELS_LAST, q128, NULL, 16),
	Q128("QMatMul", gemm_s8, gemm_s8, ROW_MAJOR, 15, gemm_s8),
	Q128("QMatMul", gemm_s8w4, gemm_s8, ROW_MAJOR, 17, gemm_s8w4),
	Q128("QMatMul", gemm_s8s32, gemm_s8, ROW_MAJOR, 15, gemm_s8),
	Q128("QMatMul", gemm_s8s16, gemm_s8, ROW_MAJOR, 15, gemm_s8),
	Q128("QMatMul", matmul_s8, matmul_s8, ROW_MAJOR, 15, matmul_s8),
	INT("QMatMul", gemm_s16, ROW_MAJOR, q128, NULL, 15),
	INT("QMatMul", gemm_s16s8, ROW_MAJOR, q128, NULL, 15),
	X86_U8_ROWS("QMatMul", "gemm_u8__x86", "gemm_u8", ROW_MAJOR, 10, gemm),
	X86_U8S32("QMatMul", gemm, ROW_MAJOR),
	X86_U8("QMatMul", "matmul_u8__x86", "matmul_u8", ROW_MAJOR, 10, matmul),
	ADD(s8, mve, "mve", 20),
	ADD(s8, rvv, "rvv", 20),
	ADD(s8, q128, NULL, 15),
	INT_POOLS(mve, "mve", 20),
	INT_POOLS(rvv, "rvv", 20),
	INT_POOLS(q128, NULL, 15),
	ADD(u8, x86, "avx2", 10),
	REF_ROWS("Gemm", "gemm_f32", "gemm_f32", ROW_MAJOR, SCALAR, gemm_f32_ref, true),
	VECTOR("Gemm", gemm_f32, ROW_MAJOR, 10),
	REF_ROWS("MatMul", "gemm_f32", "gemm_f32", ROW_MAJOR, SCALAR, gemm_f32_ref, true),
	VECTOR("MatMul", gemm_f32, ROW_MAJOR, 10),
	REF_ROWS("MatMul", "matmul_f32", "matmul_f32", ROW_MAJOR, SCALAR, matmul_f32_ref, true),
	VECTOR("MatMul", matmul_f32, ROW_MAJOR, 5),
	POOL("MaxPool", "maxpool2d_f32"),
	POOL("AveragePool", "averagepool2d_f32"),
	POOL("GlobalMaxPool", "maxpool2d_f32"),
	POOL("GlobalAveragePool", "averagepool2d_f32"),
	SOFTMAX("Softmax"),
	SOFTMAX("LogSoftmax"),
	{ .function = "edgert_layer_norm_f32__vec",
	  .file = "kernels/vec/layer_norm_f32.c",
	  .op = "LayerNormalization",
	  .needs = "vec",
	  .layout = KERNEL_ROW_MAJOR,
	  .priority = 10,
	  .accept = accept_layer_norm_f32_vec,
	  .build = build_layer_norm_f32_vec },
	REF("LSTM", "lstm_f32", "lstm_f32", ROW_MAJOR, NONE, recurrent_ref),
	RECURRENT("LSTM", "lstm_f32"),
	REF("GRU", "gru_f32", "gru_f32", ROW_MAJOR, NONE, recurrent_ref),
	RECURRENT("GRU", "gru_f32"),
	RECURRENCES_Q(ref, NULL, 1),
	RECURRENCES_Q(dsp, "dsp", 10),
	RECURRENCES_Q(mve, "mve", 20),
	RECURRENCES_Q(rvv, "rvv", 20),
	RECURRENCES_Q(q128, "neon", 15),
	RECURRENCES_Q(q128, "simd128", 15),
	RECURRENCES_Q(x86, "avx2", 10),
	REF("QRecurrence", "recurrence_any", "recurrence_q", ROW_MAJOR, NONE, recurrence_any),
	REF("RNN", "rnn_f32", "rnn_f32", ROW_MAJOR, NONE, recurrent_ref),
	REF("TopK", "topk_any", "topk", ROW_MAJOR, NONE, topk_ref),
	SCATTER("ScatterElements", scatterelements, scatter_elements),
	SCATTER("ScatterND", scatternd, scatter_nd),
	REF("CumSum", "cumsum_any", "cumsum", ROW_MAJOR, NONE, cumsum),
	TREES(f32_u16),
	TREES(f32_u32),
	TREES(f64_u16),
	TREES(f64_u32),
	REF("CoupleProbabilities", "couple_f32", "couple", ROW_MAJOR, NONE, couple),
	REF("Determinant", "determinant_f32", "lu", ROW_MAJOR, NONE, matrices_f32),
	REF("Determinant", "determinant_f64", "lu", ROW_MAJOR, NONE, matrices_f64),
	REF("InvertedMatrix", "inverse_f32", "lu", ROW_MAJOR, NONE, matrices_f32),
	REF("InvertedMatrix", "inverse_f64", "lu", ROW_MAJOR, NONE, matrices_f64),
	REF("AlignRegions", "roi_align_f32", "roi", ROW_MAJOR, NONE, roi_f32),
	REF("AlignRegions", "roi_align_f64", "roi", ROW_MAJOR, NONE, roi_f64),
	REF("MaxRegions", "roi_maxpool_f32", "roi", ROW_MAJOR, NONE, roi_f32),
	REF("MaxRegions", "roi_maxpool_f64", "roi", ROW_MAJOR, NONE, roi_f64),
	REF("LinearRecurrence", "linear_attention_f32", "linear_attention_f32", ROW_MAJOR, NONE,
	    linear_attention),
	REF("NonZero", "nonzero_any", "nonzero", ROW_MAJOR, NONE, nonzero),
	REF("Compress", "compress_any", "compress", ROW_MAJOR, NONE, compress),
	REF("Unique", "unique_any", "unique", ROW_MAJOR, NONE, unique),
	REF("NonMaxSuppression", "nonmaxsuppression_f32", "nonmaxsuppression_f32", ROW_MAJOR, NONE,
	    nms),
	TEXT("JoinStrings", stringconcat, strings, RETURNS_STATUS),
	TEXT("NormalizeStrings", stringnormalizer, normalizer, RETURNS_COUNT),
	TEXT("SplitStrings", stringsplit, split, RETURNS_COUNT),
	TEXT("MatchStrings", regexfullmatch, match, RETURNS_NOTHING),
	TEXT("CutStrings", tokenizer, tokens, RETURNS_COUNT),
	TEXT("NumberText", numbertext, number_text, RETURNS_STATUS),
	TEXT("TextNumber", textnumber, text_number, RETURNS_STATUS),
	{ .function = "custom", /* the node says which */
	  .file = "",
	  .op = "Custom",
	  .layout = KERNEL_ROW_MAJOR,
	  .priority = 1,
	  .accept = accept_custom,
	  .build = build_custom,
	  .returns = RETURNS_STATUS },
	{ .function = "edgert_refuse_any__ref",
	  .file = "kernels/ref/refuse.c",
	  .op = "Refuse",
	  .layout = KERNEL_ROW_MAJOR,
	  .priority = 1,
	  .accept = accept_refuse,
	  .build = build_refuse,
	  .returns = RETURNS_STATUS },
	{ .function = NULL },
};
