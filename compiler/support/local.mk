libedgecc_a_SOURCES += \
	compiler/support/arena.c \
	compiler/support/checked.c \
	compiler/support/diag.c \
	compiler/support/embedded.c \
	compiler/support/embedded.h \
	compiler/support/file.c \
	compiler/support/names.c \
	compiler/support/strbuf.c \
	compiler/support/support.h
