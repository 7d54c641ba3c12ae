bin_PROGRAMS += edgecc
edgecc_SOURCES = compiler/driver/main.c
edgecc_LDADD = $(edgecc_libs)
libedgecc_a_SOURCES += \
	compiler/driver/budget.c \
	compiler/driver/budget.h \
	compiler/driver/code_size.c \
	compiler/driver/code_size.def \
	compiler/driver/commands.c \
	compiler/driver/compile.c \
	compiler/driver/driver.h \
	compiler/driver/inspect.c \
	compiler/driver/job.c \
	compiler/driver/options.c \
	compiler/driver/quantize.c \
	compiler/driver/quantize.h \
	compiler/driver/quantize_measure.c \
	compiler/driver/quantize_report.c \
	compiler/driver/quantize_search.c \
	compiler/driver/report.c \
	compiler/driver/report.h \
	compiler/driver/samples.c \
	compiler/driver/samples.h \
	compiler/driver/samples_axes.c \
	compiler/driver/samples_size.c \
	compiler/driver/testdata.c \
	compiler/driver/testdata.h \
	compiler/driver/variant.c \
	compiler/driver/variant.h \
	compiler/driver/testmaps.c \
	compiler/driver/teststack.c \
	compiler/driver/usage.c \
	compiler/driver/verify.c
