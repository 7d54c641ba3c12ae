EXTRA_DIST += \
	examples/README.md \
	examples/bare-metal/Makefile \
	examples/bare-metal/board.ld \
	examples/bare-metal/board.yaml \
	examples/bare-metal/main.c \
	examples/bare-metal/startup.c \
	examples/digits/Makefile \
	examples/digits/digits.onnx \
	examples/digits/main.c \
	examples/digits/test_x.npy \
	examples/digits/test_y.npy \
	examples/digits/train.py
