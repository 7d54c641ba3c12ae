libedgecc_a_SOURCES += \
	compiler/host/compare.c \
	compiler/host/data.c \
	compiler/host/harness.c \
	compiler/host/host.h \
	compiler/host/measure.c \
	compiler/host/process.c
