/* frontend.h - everything that turns files nobody vouches for into checked structs: models (ONNX,
 * binary or text), test tensors (.npy, .pb), target profiles (YAML).
 *
 * Whatever the bytes, each of these returns or reports a located error; none of them trusts a
 * length. */
#ifndef EDGECC_FRONTEND_H
#define EDGECC_FRONTEND_H

#include "../ir/op.h"
#include "target.h"

/* -- import.c: models ------------------------------------------------------ */

/* `--dim NAME=N` or `--dim NAME<=N`. NAME is a dim_param, or "INPUT.AXIS" for an axis that has
 * none. */
struct dim_option {
	const char *name;
	int64_t value;
	bool bound; /* value is only the greatest size: the dimension stays symbolic */
};

/* `--custom-op DOMAIN.NAME=SYMBOL,HEADER[,SOURCE]`: an operator whose function the user supplies. */
struct custom_op {
	const char *op; /* DOMAIN.NAME; NAME alone is ai.onnx's */
	const char *symbol, *header;
	const char *source; /* what verify builds too; NULL: none */
};

struct import_options {
	const struct custom_op *custom;
	size_t n_custom;
	const struct dim_option *dims;
	size_t n_dims;
	/* Graph inputs with a default value (an initializer of the same name) that shall stay
	 * inputs; the others become constants. */
	const char *const *keep_inputs;
	size_t n_keep_inputs;
	/* Only the main graph's inputs are read: their names (u->input_names) and types. */
	bool inputs_only;
	/* Graph inputs that get a fixed value: they become constants. */
	const struct input_value *fixed;
	size_t n_fixed;
	/* A unit of the same model: what its main graph's inputs and outputs have stacked is so here, too. May be NULL. */
	const struct unit *like;
	bool ours; /* the compiler's own operators may occur: in its tests */
};

struct input_value {
	const char *name;
	const struct constant *value;
	const char *text; /* when value is NULL: its numbers, "16000" or "1,3,224", of the input's
			     type */
};

/* Reads a model into u->main, every node in its newest form, types and shapes inferred; reports up
 * to DIAG_MAX_ERRORS errors. A file that begins with '<' or ends in .onnxtxt or .txt is ONNX text.
 * Constants may borrow from the files, which stay mapped until import_close(u), also after an
 * error. o may be NULL. */
bool import_onnx(struct unit *u, const char *path, const struct import_options *o);
/* The same from ONNX text in memory; name stands for the file in messages, and external data is
 * looked for in its folder. */
bool import_text(struct unit *u, const char *name, const char *text, size_t size,
		 const struct import_options *o);
void import_close(struct unit *u);

/* -- onnx_write.c ---------------------------------------------------------- */

/* Writes u as a binary ONNX model. Every node must be an operator that ONNX or ONNX Runtime
 * documents: false after reporting which is not. */
bool onnx_write(struct unit *u, FILE *f);

/* "N=4" or "N<=4" as out; false when it is neither. */
bool dim_option_parse(struct arena *a, const char *text, struct dim_option *out);
/* "DOMAIN.NAME=SYMBOL,HEADER[,SOURCE]" as out; false when it is not that. */
bool custom_op_parse(struct arena *a, const char *text, struct custom_op *out);
/* "NAME=NUMBERS" as out, for import_options.fixed; false when it is not that. */
bool input_value_parse(struct arena *a, const char *text, struct input_value *out);

/* -- tensors.c: test data -------------------------------------------------- */

/* What a .npy or .pb file holds. */
struct test_value {
	enum container container;
	bool present;                       /* OPTIONAL: false when it holds nothing */
	VEC(const struct constant *) items; /* TENSOR: one; SEQUENCE: its elements */
};

/* Loads path for a value like `expected` (container and element type, DT_UNDEF: any; its shape is not checked). A
 * .npy of uint16 is taken as bfloat16 or float16, of uint8 or int8 as float8, float4, int4 ... when
 * that is expected, as NumPy has no such types. expected NULL: whatever is there, as a tensor. */
bool test_value_load(struct arena *a, struct diag *d, const char *path,
		     const struct value *expected, struct test_value *out);
/* -- npz.c -- */
struct npz_entry {
	const char *name; /* without .npy */
	const struct constant *value;
};
typedef VEC(struct npz_entry) npz_entries;
/* All arrays of a .npz archive, in its order. */
bool npz_read(struct arena *a, struct diag *d, const char *path, npz_entries *out);

/* Writes c as .npy version 1 (bfloat16 as uint16, float8 and smaller as uint8 or int8). */
bool npy_write(FILE *f, const struct constant *c);

#endif
