libedgecc_a_SOURCES += \
	compiler/passes/dead.c \
	compiler/passes/fold.c \
	compiler/passes/list.c \
	compiler/passes/list.h \
	compiler/passes/manager.c \
	compiler/passes/passes.h
