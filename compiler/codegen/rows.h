/* rows.h - innermost loops as calls of the runtime's functions for rows: what rows.c, which has the
 * table of these, and row_shapes.c share. */
#ifndef EDGECC_ROWS_H
#define EDGECC_ROWS_H

#include "emit.h"

/* What a function takes: a pointer into the tensor of a slot, or a value. */
enum { ROW_OUTPUT = -1, ROW_VALUE = -2 };

struct row_arg {
	int slot;
	const struct tir *e; /* the value; of a pointer, the offset of element `var` */
};

/* The innermost loop of a nest, and the arguments of the function that is to be called instead. */
struct row {
	const struct emitter *e;
	struct tir_builder *b;
	const struct nest *nest;
	const struct tir *var; /* of the loop */
	struct row_arg arg[16];
	int n;
};

/* -- row_shapes.c: is the nest's value of this shape? Then adds the arguments. Leaves some there
 * when it is not. -- */
typedef bool row_shape_fn(struct row *r);

row_shape_fn row_lut, row_flip, row_add, row_add_f32, row_mul, row_mul_f32, row_quantize_f32,
	row_linear_f32, row_softmax_f32;

#endif
