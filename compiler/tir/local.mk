libedgecc_a_SOURCES += \
	compiler/tir/affine.c \
	compiler/tir/build.c \
	compiler/tir/divide.c \
	compiler/tir/eval.c \
	compiler/tir/index.c \
	compiler/tir/intern.c \
	compiler/tir/internal.h \
	compiler/tir/lanes.c \
	compiler/tir/lanes_io.c \
	compiler/tir/lanes_math.c \
	compiler/tir/linear.c \
	compiler/tir/parse.c \
	compiler/tir/parse.h \
	compiler/tir/parse_token.c \
	compiler/tir/print.c \
	compiler/tir/program.c \
	compiler/tir/program.h \
	compiler/tir/program_deps.c \
	compiler/tir/query.c \
	compiler/tir/range.c \
	compiler/tir/rows.c \
	compiler/tir/simplify.c \
	compiler/tir/substitute.c \
	compiler/tir/text.h \
	compiler/tir/tir.h
