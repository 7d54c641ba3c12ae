libedgecc_a_SOURCES += \
	compiler/ops/infer.c \
	compiler/ops/ops.c \
	compiler/ops/ops.h \
	compiler/ops/text.c \
	compiler/ops/upgrade.c
