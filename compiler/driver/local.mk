bin_PROGRAMS += edgecc
edgecc_SOURCES = compiler/driver/main.c
edgecc_LDADD = $(edgecc_libs)
libedgecc_a_SOURCES += \
	compiler/driver/commands.c \
	compiler/driver/compile.c \
	compiler/driver/driver.h \
	compiler/driver/inspect.c \
	compiler/driver/job.c \
	compiler/driver/options.c \
	compiler/driver/report.c \
	compiler/driver/report.h \
	compiler/driver/testdata.c \
	compiler/driver/testdata.h \
	compiler/driver/verify.c
