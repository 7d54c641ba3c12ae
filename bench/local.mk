EXTRA_DIST += \
	bench/README.md \
	bench/common.py \
	bench/compile \
	bench/cost.c \
	bench/memory \
	bench/ort.py \
	bench/speed \
	bench/timer.c
