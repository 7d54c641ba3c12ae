# Everything here is part of what a compiled model may need: it is embedded into the compiler under its path
# below runtime/.

embedded_files += \
	runtime/edgert.h \
	runtime/kernels/bits.h \
	runtime/kernels/dsp/conv2d_s8.c \
	runtime/kernels/dsp/dot.h \
	runtime/kernels/dsp/dwconv2d_s8.c \
	runtime/kernels/dsp/gemm_s8.c \
	runtime/kernels/exact.h \
	runtime/kernels/fixed.h \
	runtime/kernels/half.h \
	runtime/kernels/isa/dsp.h \
	runtime/kernels/isa/int8.h \
	runtime/kernels/isa/scalar8.h \
	runtime/kernels/isa/tile.h \
	runtime/kernels/isa/vec_math.h \
	runtime/kernels/isa/vec.h \
	runtime/kernels/math.h \
	runtime/kernels/math_exp.h \
	runtime/kernels/math_f64.h \
	runtime/kernels/math_pow.h \
	runtime/kernels/math_trig.h \
	runtime/kernels/math_trig_f64.h \
	runtime/kernels/params.h \
	runtime/kernels/ref/compress.c \
	runtime/kernels/ref/conv2d_f32.c \
	runtime/kernels/ref/conv2d_q8.c \
	runtime/kernels/ref/conv_transpose2d_f32.c \
	runtime/kernels/ref/cumsum.c \
	runtime/kernels/ref/dot.h \
	runtime/kernels/ref/gemm_f32.c \
	runtime/kernels/ref/gemm_q8.c \
	runtime/kernels/ref/gru_f32.c \
	runtime/kernels/ref/lstm_f32.c \
	runtime/kernels/ref/matmul_f32.c \
	runtime/kernels/ref/nonmaxsuppression_f32.c \
	runtime/kernels/ref/nonzero.c \
	runtime/kernels/ref/order.h \
	runtime/kernels/ref/pool2d_f32.c \
	runtime/kernels/ref/q8.h \
	runtime/kernels/ref/recurrence.h \
	runtime/kernels/ref/rnn_f32.c \
	runtime/kernels/ref/scatter.c \
	runtime/kernels/ref/softmax_f32.c \
	runtime/kernels/ref/topk.c \
	runtime/kernels/ref/unique.c \
	runtime/kernels/ref/window.h \
	runtime/kernels/scalar.h \
	runtime/kernels/scalar/conv2d_s8.c \
	runtime/kernels/scalar/dot.h \
	runtime/kernels/scalar/dwconv2d_s8.c \
	runtime/kernels/scalar/gemm_s8.c \
	runtime/kernels/vec/conv2d_f32.c \
	runtime/kernels/vec/dwconv2d_f32.c \
	runtime/kernels/vec/gemm_f32.c \
	runtime/kernels/vec/gru_f32.c \
	runtime/kernels/vec/layer_norm_f32.c \
	runtime/kernels/vec/lstm_f32.c \
	runtime/kernels/vec/pointwise_f32.c \
	runtime/kernels/vec/pool2d_f32.c \
	runtime/kernels/vec/recurrence.h \
	runtime/kernels/vec/winograd_f32.c \
	runtime/kernels/vec/softmax_f32.c \
	runtime/kernels/vec/matmul_f32.c

libedgert_a_SOURCES += \
	runtime/kernels/ref/compress.c \
	runtime/kernels/ref/conv2d_f32.c \
	runtime/kernels/ref/conv2d_q8.c \
	runtime/kernels/ref/conv_transpose2d_f32.c \
	runtime/kernels/ref/cumsum.c \
	runtime/kernels/ref/gemm_f32.c \
	runtime/kernels/ref/gemm_q8.c \
	runtime/kernels/ref/gru_f32.c \
	runtime/kernels/ref/lstm_f32.c \
	runtime/kernels/ref/matmul_f32.c \
	runtime/kernels/ref/nonmaxsuppression_f32.c \
	runtime/kernels/ref/nonzero.c \
	runtime/kernels/ref/pool2d_f32.c \
	runtime/kernels/ref/rnn_f32.c \
	runtime/kernels/ref/scatter.c \
	runtime/kernels/ref/softmax_f32.c \
	runtime/kernels/ref/topk.c \
	runtime/kernels/ref/unique.c
