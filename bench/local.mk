EXTRA_DIST += \
	bench/README.md \
	bench/accuracy \
	bench/common.py \
	bench/compile \
	bench/cost.c \
	bench/instructions \
	bench/kernels/layers.def \
	bench/kernels/print.c \
	bench/kernels/run.sh \
	bench/kernels/time.c \
	bench/memory \
	bench/nbits \
	bench/ort.py \
	bench/ptq.py \
	bench/quantize \
	bench/size \
	bench/speed \
	bench/timer.c
