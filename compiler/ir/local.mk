libedgecc_a_SOURCES += \
	compiler/ir/attrs.c \
	compiler/ir/constant.c \
	compiler/ir/dim.c \
	compiler/ir/dim.h \
	compiler/ir/dim_poly.c \
	compiler/ir/dim_text.c \
	compiler/ir/dtype.c \
	compiler/ir/graph.c \
	compiler/ir/ir.h \
	compiler/ir/layout.c \
	compiler/ir/op.h \
	compiler/ir/print.c \
	compiler/ir/print.h \
	compiler/ir/print_value.c \
	compiler/ir/shape.c \
	compiler/ir/sig.c \
	compiler/ir/verify.c
