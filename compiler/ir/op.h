/* op.h - what an operator is: one row of data and a few functions. The rows stand in compiler/ops/.
 */
#ifndef EDGECC_OP_H
#define EDGECC_OP_H

#include "ir.h"

enum domain {
	DOMAIN_ONNX,
	DOMAIN_ML,
	DOMAIN_MS,
	DOMAIN_PREVIEW,
	DOMAIN_TRAINING,
	DOMAIN_EDGECC,
	DOMAIN_COUNT
};
extern const char *const domain_names[DOMAIN_COUNT]; /* "", "ai.onnx.ml", "com.microsoft", ... */

enum attr_kind {
	ATTR_INT,     /* int64_t */
	ATTR_FLOAT,   /* float */
	ATTR_STRING,  /* const char * */
	ATTR_ENUM,    /* int: index into choices; a string in the model */
	ATTR_TYPE,    /* enum dtype; an int in the model */
	ATTR_INTS,    /* struct ints */
	ATTR_FLOATS,  /* struct floats */
	ATTR_STRINGS, /* struct strings */
	ATTR_TENSOR,  /* const struct constant * */
	ATTR_TENSORS, /* struct tensors */
	ATTR_GRAPH    /* int: index into node->graphs */
};

/* p is NULL and n 0 when the attribute is absent; an empty list has p non-NULL. */
struct ints {
	const int64_t *p;
	int n;
};
struct floats {
	const float *p;
	int n;
};
struct strings {
	const char *const *p;
	int n;
};
struct tensors {
	const struct constant *const *p;
	int n;
};

struct attr_row {
	const char *name;
	enum attr_kind kind;
	size_t offset; /* into the operator's attribute struct */
	bool required;
	int64_t def_int; /* default of INT, ENUM, TYPE */
	double def_float;
	const char *def_string;
	int64_t lo, hi; /* legal range of INT and of every element of INTS; both 0: any */
	const char *const *choices; /* ENUM: NULL-terminated */
};

/* In a row's table: `{ ATTR(struct conv, group), .kind = ATTR_INT, .def_int = 1, .lo = 1, .hi =
 * INT32_MAX }`. */
#define ATTR(S, field) .name = #field, .offset = offsetof(S, field)

enum op_flags {
	OP_VIEW = 1, /* output 0 has input 0's elements in the same row-major order: it may alias it
		      */
	OP_ELEMENTWISE = 2, /* each output element depends on one element of each input (after
			       broadcasting) */
	OP_IMPURE = 4,      /* random or hooked: never folded, merged or removed as dead */
	OP_INTERNAL = 8,    /* ours: not in `edgecc ops` */
	OP_DEFERRED = 16,   /* folded only once passes have read what its constant inputs say */
	OP_LENIENT = 32     /* attributes it does not know are left out with a warning, as by ONNX
			       Runtime: a misspelt one is in many models of it */
};

struct tir_builder; /* tir/tir.h */

/* sig lists inputs and outputs with their types:  "X:T W:T B?:T -> Y:T"
 *   name:TYPE   name?:TYPE optional   name*:TYPE variadic (zero or more, last)
 *   name+:TYPE one or more
 * TYPE is a type variable (one capital letter first: T, T1, Tind), the same for all that name it,
 * or an element type in ONNX's words ("int64") or a group. Variadic entries "name*:*" may differ in
 * type; "*" takes any container. seq(TYPE) and optional(TYPE) are sequences and optionals of it.
 *
 * types constrains the variables:  "T=float16,float,double T1=int32,int64"; groups: "all" (every
 * tensor type), "num" (every integer and float to f64, no sub-byte, no float8), "float" for f32
 * only, "floats" (f16 bf16 f32 f64), "ints", "uints" "sints" (8..64 bits), "small" (sub-byte and
 * float8 kinds). */
struct op {
	const char *name;
	enum domain domain;
	int since, until; /* versions this row serves, inclusive; until 0: to the newest */
	const char *sig;
	const char *types;
	const struct attr_row *attrs; /* ends with a row whose name is NULL */
	size_t attrs_size;
	unsigned flags;
	/* An older version: turns n into the newest form (attributes to inputs, ...). NULL: it is
	 * that form already. Called right after import, before infer. */
	bool (*upgrade)(struct unit *u, struct node *n);
	/* Sets type (when sig does not tell) and shape of each output; for integers of known
	 * content, elems. Arity, types and attribute ranges have been checked, and types named by
	 * sig set. Input shapes may be unknown (rank -1) only in dead or unsupported graphs: report
	 * through infer_need_shape. */
	bool (*infer)(struct unit *u, struct node *n);
	/* The definition, one of: */
	/*   one expression per output (n_out stages) */
	bool (*define)(struct tir_builder *b, const struct node *n, struct tir_stage *out);
	/*   simpler nodes, inserted before n, whose results replace n's outputs. Beside define it
	 *   serves kernels only, and may leave n as it is */
	bool (*expand)(struct unit *u, struct node *n);
	/*   a portable kernel: computes constant outputs from constant inputs (NULL where left
	 *   out). Where kernels lack some of the row's types, expand may stand beside it: it is
	 *   called when no kernel accepts the node. */
	bool (*eval)(struct unit *u, const struct node *n, const struct constant *const *in,
		     struct constant **out);
	/* Size of output k along axis, which infer left open (dim_size), as a DT_I64 or DT_INDEX
	 * expression of the inputs. NULL: kernels or control flow find it out. */
	const struct tir *(*size)(struct tir_builder *b, const struct node *n, int k, int axis);
	/* Multiply-accumulates of one run; NULL: none. */
	dim (*macs)(struct unit *u, const struct node *n);
	/* Or what it means in ONNX's own text, inlined when it is read as a model's function is: nodes
	 * on the names of sig, its attributes as @name. A line that begins with "?NAME " stands only
	 * where that input is given, with "!NAME " where it is left out; where no line stands, the
	 * row's functions serve. */
	const char *text;
	const char *doc;    /* one line */
	const char *limits; /* what is not supported, in the words of the error; NULL: nothing */
};

/* The tables, one per file of compiler/ops/, each ending with a row whose name is NULL. Registered
 * in ops/ops.c. */
const struct op *op_find(enum domain d, const char *name, int64_t version); /* NULL: none */
const struct op *op_find_any(
	enum domain d, const char *name); /* newest row whatever version; NULL: no such operator */
const struct op *op_builtin(const char *name); /* "Mul" or "edgecc.Loops": newest row; asserts */
/* Calls f on each row in registry order. */
void op_each(void (*f)(const struct op *op, void *data), void *data);
/* On com.microsoft's operators that are ai.onnx's, each as a row of that domain. */
void op_each_same(void (*f)(const struct op *op, void *data), void *data);

/* -- sig.c --------------------------------------------------------------------------------- */
struct sig_item {
	const char *name; /* of the input or output */
	size_t name_len;
	char mark;      /* 0, '?', '*' or '+' */
	int var;        /* type variable number, -1: fixed type, -2: free ("*") */
	uint32_t types; /* allowed element types, bit = enum dtype */
	int container;  /* enum container; -1: any (free types) */
};
struct sig {
	struct sig_item in[24], out[16];
	int n_in, n_out;
};
void op_sig(const struct op *op, struct sig *out);
/* Arity, element types and containers of n against its row; sets output types. Errors name input,
 * types allowed. */
bool node_check_sig(struct unit *u, struct node *n);
/* n in the newest form of its operator: checks the row's signature, then calls upgrade. */
bool node_upgrade(struct unit *u, struct node *n);
/* Checks the row's signature, then calls infer, then checks that output shapes did not overflow. */
bool node_infer(struct unit *u, struct node *n);

/* -- attrs.c ------------------------------------------------------------------------------- */

/* Default attribute struct of op. Lists, tensors and strings without default are absent, subgraphs
 * -1. */
void *op_default_attrs(struct arena *a, const struct op *op);
bool attrs_equal(const struct op *op, const void *a, const void *b);
/* It need not be written: a required one is no default, whatever its value. */
bool attr_is_default(struct arena *a, const struct op *op, const struct attr_row *r,
		     const void *attrs);

#endif
