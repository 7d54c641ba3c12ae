libedgecc_a_SOURCES += \
	compiler/ops/activation.c \
	compiler/ops/cast.c \
	compiler/ops/content.c \
	compiler/ops/define.c \
	compiler/ops/elementwise.c \
	compiler/ops/family.h \
	compiler/ops/fold.c \
	compiler/ops/gather.c \
	compiler/ops/generate.c \
	compiler/ops/infer.c \
	compiler/ops/logic.c \
	compiler/ops/movement.c \
	compiler/ops/ops.c \
	compiler/ops/ops.h \
	compiler/ops/pad.c \
	compiler/ops/reduce.c \
	compiler/ops/rewrite.c \
	compiler/ops/scatter.c \
	compiler/ops/select.c \
	compiler/ops/slice.c \
	compiler/ops/softmax.c \
	compiler/ops/suppress.c \
	compiler/ops/text.c \
	compiler/ops/unary.c \
	compiler/ops/upgrade.c \
	compiler/ops/view.c
libedgecc_a_SOURCES += \
	compiler/ops/conv.c \
	compiler/ops/pool.c \
	compiler/ops/norm.c \
	compiler/ops/norm.h \
	compiler/ops/norm_batch.c \
	compiler/ops/norm_layer.c \
	compiler/ops/recurrent.c \
	compiler/ops/matmul.c \
	compiler/ops/einsum.c \
	compiler/ops/einsum.h \
	compiler/ops/einsum_matmul.c \
	compiler/ops/internal.c \
	compiler/ops/window.c \
	compiler/ops/window.h
