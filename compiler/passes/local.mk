libedgecc_a_SOURCES += \
	compiler/passes/affine.c \
	compiler/passes/arith.c \
	compiler/passes/branch.c \
	compiler/passes/build.c \
	compiler/passes/canonical.c \
	compiler/passes/cse.c \
	compiler/passes/dead.c \
	compiler/passes/dense.c \
	compiler/passes/fold.c \
	compiler/passes/identity.c \
	compiler/passes/known.c \
	compiler/passes/known_activation.c \
	compiler/passes/known_move.c \
	compiler/passes/known_norm.c \
	compiler/passes/list.c \
	compiler/passes/list.h \
	compiler/passes/manager.c \
	compiler/passes/match.c \
	compiler/passes/outputs.c \
	compiler/passes/pad.c \
	compiler/passes/passes.h \
	compiler/passes/rewrite.c \
	compiler/passes/rewrite.h \
	compiler/passes/unroll.c \
	compiler/passes/unroll.h \
	compiler/passes/view.c
