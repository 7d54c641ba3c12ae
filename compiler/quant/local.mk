libedgecc_a_SOURCES += \
	compiler/quant/apply.c \
	compiler/quant/apply_dynamic.c \
	compiler/quant/build.c \
	compiler/quant/build.h \
	compiler/quant/choose.c \
	compiler/quant/eight.c \
	compiler/quant/equalize.c \
	compiler/quant/form.c \
	compiler/quant/matrix.c \
	compiler/quant/matrix.h \
	compiler/quant/moments.c \
	compiler/quant/probe.c \
	compiler/quant/quant.h \
	compiler/quant/raise.c \
	compiler/quant/range.c \
	compiler/quant/round.c \
	compiler/quant/rules.c \
	compiler/quant/spend.c \
	compiler/quant/stats.c \
	compiler/quant/watch.c \
	compiler/quant/weights.c \
	compiler/quant/wide.c
