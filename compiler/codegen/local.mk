libedgecc_a_SOURCES += \
	compiler/codegen/calls.c \
	compiler/codegen/codegen.h \
	compiler/codegen/control.c \
	compiler/codegen/custom.c \
	compiler/codegen/cwriter.c \
	compiler/codegen/emit.h \
	compiler/codegen/entry.c \
	compiler/codegen/expr.c \
	compiler/codegen/header.c \
	compiler/codegen/idiom.c \
	compiler/codegen/names.c \
	compiler/codegen/nest.c \
	compiler/codegen/nest_print.c \
	compiler/codegen/parallel.c \
	compiler/codegen/row_shapes.c \
	compiler/codegen/rows.c \
	compiler/codegen/rows.h \
	compiler/codegen/runtime.c \
	compiler/codegen/selftest.c \
	compiler/codegen/share.c \
	compiler/codegen/sizes.c \
	compiler/codegen/source.c \
	compiler/codegen/source.h \
	compiler/codegen/steps.c \
	compiler/codegen/stream.c \
	compiler/codegen/vexpr.c \
	compiler/codegen/weights.c
