EXTRA_DIST += \
	examples/README.md \
	examples/bare-metal/Makefile \
	examples/bare-metal/board.ld \
	examples/bare-metal/board.yaml \
	examples/bare-metal/main.c \
	examples/bare-metal/startup.c \
	examples/custom-op/clip.c \
	examples/custom-op/clip.h \
	examples/custom-op/input_0.npy \
	examples/custom-op/input_1.npy \
	examples/custom-op/model.onnxtxt \
	examples/custom-op/output_0.npy \
	examples/custom-op/output_1.npy \
	examples/custom-op/output_2.npy \
	examples/digits/Makefile \
	examples/digits/digits.onnx \
	examples/digits/main.c \
	examples/digits/test_x.npy \
	examples/digits/test_y.npy \
	examples/digits/train.py \
	examples/image-decoder/decoder.c \
	examples/image-decoder/decoder.h \
	examples/image-decoder/input_0.npy \
	examples/image-decoder/model.onnxtxt \
	examples/image-decoder/output_0.npy \
	examples/image-decoder/output_1.npy
