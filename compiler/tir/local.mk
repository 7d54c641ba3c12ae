libedgecc_a_SOURCES += \
	compiler/tir/affine.c \
	compiler/tir/build.c \
	compiler/tir/eval.c \
	compiler/tir/index.c \
	compiler/tir/internal.h \
	compiler/tir/lanes.c \
	compiler/tir/lanes_io.c \
	compiler/tir/lanes_math.c \
	compiler/tir/program.c \
	compiler/tir/program.h \
	compiler/tir/query.c \
	compiler/tir/range.c \
	compiler/tir/rows.c \
	compiler/tir/simplify.c \
	compiler/tir/substitute.c \
	compiler/tir/tir.h
