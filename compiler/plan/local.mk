libedgecc_a_SOURCES += \
	compiler/plan/alias.c \
	compiler/plan/alias.h \
	compiler/plan/check.c \
	compiler/plan/concat.c \
	compiler/plan/fuse.c \
	compiler/plan/kernels.c \
	compiler/plan/kernels/build.c \
	compiler/plan/kernels/build.h \
	compiler/plan/kernels/conv.c \
	compiler/plan/kernels/conv2d_f32.c \
	compiler/plan/kernels/dwconv2d_f32.c \
	compiler/plan/kernels/gemm_f32.c \
	compiler/plan/kernels/tile.c \
	compiler/plan/kernels/topk.c \
	compiler/plan/kernels/vec.h \
	compiler/plan/layout.c \
	compiler/plan/loops.c \
	compiler/plan/lower.c \
	compiler/plan/lower.h \
	compiler/plan/place.c \
	compiler/plan/plan.c \
	compiler/plan/plan.h \
	compiler/plan/select.c \
	compiler/plan/storage.c \
	compiler/plan/tails.c
