/* ir.h - the graph: element types, dimensions, values, nodes, and the only ways to change them.
 *
 * A unit is one compilation: one model, all its graphs (subgraphs of If, Loop, Scan included) and
 * their values. Value ids are dense over the whole unit, so an analysis is an array indexed by id
 * and a subgraph captures an outer value by naming its id. Everything lives in the unit's arena;
 * nothing is freed. */
#ifndef EDGECC_IR_H
#define EDGECC_IR_H

#include "../support/support.h"

/* -- dtype.c: element types ---------------------------------------------------------------- */

/* ONNX's TensorProto.DataType numbers, so that import is a range check. */
enum dtype {
	DT_UNDEF = 0,
	DT_F32 = 1,
	DT_U8 = 2,
	DT_I8 = 3,
	DT_U16 = 4,
	DT_I16 = 5,
	DT_I32 = 6,
	DT_I64 = 7,
	DT_STRING = 8,
	DT_BOOL = 9,
	DT_F16 = 10,
	DT_F64 = 11,
	DT_U32 = 12,
	DT_U64 = 13,
	DT_C64 = 14,
	DT_C128 = 15,
	DT_BF16 = 16,
	DT_F8E4M3FN = 17,
	DT_F8E4M3FNUZ = 18,
	DT_F8E5M2 = 19,
	DT_F8E5M2FNUZ = 20,
	DT_U4 = 21,
	DT_I4 = 22,
	DT_F4E2M1 = 23,
	DT_F8E8M0 = 24,
	DT_U2 = 25,
	DT_I2 = 26,
	DT_ONNX_COUNT,
	DT_INDEX = 31 /* tensor expressions only: a size or an index, ptrdiff_t in C */
};

/* Bytes one element takes in memory. Sub-byte types are held one to a byte everywhere in the
 * compiler and in emitted workspaces (value in the low bits, sign-extended for the signed ones). */
size_t dtype_size(enum dtype t);
unsigned dtype_bits(enum dtype t);         /* of one element in a file: 2, 4, 8 ... 128 */
const char *dtype_name(enum dtype t);      /* ONNX text: "float", "int64", "float8e4m3fn" */
enum dtype dtype_from_name(const char *s); /* DT_UNDEF when unknown */
bool dtype_is_float(enum dtype t);         /* f64 f32 f16 bf16 f8* f4 */
bool dtype_is_signed_int(enum dtype t);
bool dtype_is_int(enum dtype t); /* signed or unsigned, not bool */
/* The type in which expressions compute with it: f16, bf16, float8, float4 -> f32; int4, int2 ->
 * int8; uint4, uint2 -> uint8; else itself. */
enum dtype dtype_compute(enum dtype t);

/* -- dim.c: dimensions --------------------------------------------------------------------- */

/* A size: >= 0 a number; < 0 a symbolic expression of the unit (-1 - index); DIM_OVERFLOW poison.
 * Equal dims are equal numbers (expressions are hash-consed in a normal form). Negative numbers
 * occur inside expressions (N-1) and as elements of shape data (-1); they are DIM_NUMBER
 * expressions, see dim_number.
 *
 * Normal form: a sum of products, c1*p1 + c2*p2 + ... + c, in one fixed order. Factors of a product
 * are symbols, elements, floordivs, maxima and minima. As a tree: ADD and MUL lean left, the number
 * (offset of a sum, coefficient of a product) is the last operand: ((N*M*2) + N) + -1. Operands
 * have smaller indices. */
typedef int64_t dim;

#define DIM_OVERFLOW INT64_MIN
#define DIM_UNBOUNDED INT64_MAX /* the bound of a symbol that nothing limits */
#define RANK_MAX 8

enum dim_kind {
	DIM_SYMBOL,  /* name, a free input dimension */
	DIM_ELEMENT, /* known at run time only: an integer tensor's element */
	DIM_SIZE,    /* known at run time only: a tensor's size, which its producer finds out */
	DIM_ADD,
	DIM_MUL,
	DIM_FLOORDIV,
	DIM_MAX,
	DIM_MIN,
	DIM_NUMBER /* a negative number: lo == hi == it */
};

struct dim_expr {
	enum dim_kind kind;
	dim a, b;         /* ADD ... MIN; FLOORDIV: b is a number > 0. SIZE: a, when not 0, is it */
	const char *name; /* SYMBOL */
	uint32_t value;   /* ELEMENT, SIZE: the value whose element at this flat index ... */
	int64_t element;  /* ... or whose size along this axis it is */
	int64_t lo,
		hi; /* inclusive range; hi = DIM_UNBOUNDED, lo = INT64_MIN when nothing limits it */
	int depth;  /* of nested FLOORDIV, MAX, MIN: bounded, so recursion over operands is safe */
};

struct unit;

static inline bool dim_is_const(dim d)
{
	return d >= 0;
}
/* A free dimension, perhaps 0 (a cache that holds nothing yet); the same name is the same dim. Its
 * number when dim_bind gave it one. */
dim dim_symbol(struct unit *u, const char *name);
/* Before import: the symbol `name` is the number n, or at most hi. The setting's `used` tells later
 * whether the model has that symbol. */
void dim_bind(struct unit *u, const char *name, int64_t n);
void dim_set_bound(struct unit *u, const char *name, int64_t hi);
dim dim_number(struct unit *u, int64_t v); /* any number, negative ones too */
bool dim_is_number(const struct unit *u, dim d,
		   int64_t *v); /* d as a number, negative ones too; v may be NULL */
/* What is known at run time only, within [lo, hi] (or a closer bound that the user set for the
 * value's name). The value, and what computes it, stays from now on. */
dim dim_element(struct unit *u, uint32_t value, int64_t element, int64_t lo, int64_t hi);
/* The same for a size of an output, which its node finds out: by op.size, or as its kernel's
 * result. */
dim dim_size(struct unit *u, uint32_t value, int axis, int64_t hi);
/* d itself when its bound is known; else, when it is made of what is known at run time only, a size
 * of value that is d: a bound can be given to that. */
dim dim_bounded(struct unit *u, dim d, uint32_t value, int axis);
/* d, which is to be the size of value along axis, where there is room for hi: emitted code checks it. */
dim dim_capped(struct unit *u, dim d, uint32_t value, int axis, int64_t hi);
/* What options bound sizes of that name by; DIM_UNBOUNDED: nothing. name may be NULL. */
int64_t dim_stated(struct unit *u, const char *name);
/* d is at most hi from now on: an element; a size only if nothing limited it before, there may be room planned for it. */
void dim_limit(struct unit *u, dim d, int64_t hi);
/* The symbol of that name, when nothing bounds it, is at most hi from now on. */
void dim_limit_symbol(struct unit *u, const char *name, int64_t hi);
/* d, when it is an element, is at least lo: the run checks it. */
void dim_at_least(struct unit *u, dim d, int64_t lo);
/* d is the size of something that is made in unit.scope: no element that is one there can be negative. */
void dim_is_size(struct unit *u, dim d);
/* After an error: d, a symbol, an element or a size, counts as bounded, so that others are named. */
void dim_give_up(struct unit *u, dim d);
bool dim_is_leaf(enum dim_kind k); /* has no operands */
/* d, a DIM_SIZE, is element 0 of `value` from now on. */
void dim_measured(struct unit *u, dim d, uint32_t value);
/* `with` stands for `old` in every dim. */
void dim_replace_value(struct unit *u, uint32_t old, uint32_t with);
dim dim_add(struct unit *u, dim a,
	    dim b); /* results outside int64 are DIM_OVERFLOW; poison spreads */
dim dim_sub(struct unit *u, dim a, dim b);  /* a negative constant result is DIM_OVERFLOW */
dim dim_diff(struct unit *u, dim a, dim b); /* a - b of elements: negative numbers are fine */
dim dim_mul(struct unit *u, dim a, dim b);
/* a / b when that is seen to leave no rest (N*784 / N), else DIM_OVERFLOW. */
dim dim_exact_div(struct unit *u, dim a, dim b);
dim dim_floordiv(struct unit *u, dim a, int64_t b); /* b > 0 */
dim dim_ceildiv(struct unit *u, dim a, int64_t b);
dim dim_max(struct unit *u, dim a, dim b);
dim dim_min(struct unit *u, dim a, dim b);
/* a and b have to be equal for the model to make sense (broadcasting, Concat, MatMul). False when
 * they cannot be. When that is not certain the pair is recorded in unit.assumed, which emitted code
 * checks when it runs unit.scope. *out (may be NULL) gets the simpler of the two. */
bool dim_assume_equal(struct unit *u, dim a, dim b, dim *out);
/* NumPy broadcasting of two sizes. Symbols are taken to be equal to what they meet; sizes that are
 * found at run time may be 1 instead, which emitted code checks. */
bool dim_broadcast(struct unit *u, dim a, dim b, dim *out);
/* 1 when a is c, else 0. */
dim dim_is_equal(struct unit *u, dim a, dim c);
int64_t dim_hi(const struct unit *u,
	       dim d); /* a number itself; DIM_UNBOUNDED when nothing limits it */
int64_t dim_lo(const struct unit *u, dim d);
const struct dim_expr *dim_expr(const struct unit *u, dim d); /* d < 0 */
const char *dim_text(struct unit *u, dim d);                  /* "3", "N", "N*2+1" */

/* -- shape.c ------------------------------------------------------------------------------- */

struct shape {
	int rank; /* -1: not known */
	dim d[RANK_MAX];
};

bool shape_equal(const struct shape *a, const struct shape *b);
bool shape_is_const(const struct shape *s);             /* rank known and every dim a number */
dim shape_count(struct unit *u, const struct shape *s); /* product; 1 for rank 0 */
dim shape_count_range(struct unit *u, const struct shape *s, int from,
		      int to); /* axes [from, to) */
/* Do the bytes of a tensor of known rank not fit 64 bits? */
bool shape_overflows(struct unit *u, const struct shape *s, enum dtype t);
/* Number of elements when the shape is constant (asserts it is). */
int64_t shape_elements(const struct shape *s);
/* NumPy broadcasting; error at loc naming both shapes. */
bool shape_broadcast(struct unit *u, const struct loc *loc, const struct shape *a,
		     const struct shape *b, struct shape *out);
/* axis in [-rank, rank) to [0, rank); error "axis 4 is outside [-3, 2]". */
bool axis_resolve(struct unit *u, const struct loc *loc, int64_t axis, int rank, int *out);
const char *shape_text(struct unit *u, const struct shape *s); /* "[1,3,N,224]"; "[?]" */

/* -- constant.c: constants ----------------------------------------------------------------- */

/* Elements in row-major order, host byte order, dtype_size() bytes each, aligned for the type or
 * borrowed from the mapped model file (then perhaps unaligned: read through constant_* or memcpy).
 */
struct constant {
	enum dtype type;
	struct shape shape; /* constant dims */
	const void *data;
	size_t size;                /* bytes */
	const char *const *strings; /* DT_STRING: elements, NUL-terminated UTF-8; data is NULL */
};

int64_t constant_i64(const struct constant *c,
		     int64_t i); /* any integer or bool type; floats truncate */
double constant_f64(const struct constant *c, int64_t i); /* any numeric type */
/* A new constant with zeroed elements that the caller fills. */
struct constant *constant_new(struct arena *a, enum dtype t, const struct shape *s, void **data);
struct constant *constant_scalar_i64(struct arena *a, enum dtype t, int64_t v);
struct constant *constant_scalar_f64(struct arena *a, enum dtype t, double v);
struct constant *constant_vector_i64(struct arena *a, const int64_t *v, int64_t n); /* int64 [n] */
bool constant_equal(const struct constant *a,
		    const struct constant *b); /* type, shape and bytes; NULL is fine */
/* Stores v as element i of data typed t (rounding and wrapping as Cast does). */
void constant_put_f64(void *data, enum dtype t, int64_t i, double v);
void constant_put_i64(void *data, enum dtype t, int64_t i, int64_t v);

/* -- layout.c: values ---------------------------------------------------------------------- */

#define VALUE_NONE 0u /* "no value": an optional input left out */

enum container { TENSOR, SEQUENCE, OPTIONAL, MAP };

/* How a tensor's logical axes lie in memory. order[0] is the outermost axis in storage,
 * order[rank-1] the innermost. Each logical axis a occupies lo[a] + d[a] + hi[a] positions: a halo
 * around the data, or the rest of a larger tensor that this one is a part of (Slice, Split and
 * Concat without copies). Identity order and nothing around is ONNX's row-major. */
struct layout {
	uint8_t order[RANK_MAX];
	int32_t lo[RANK_MAX], hi[RANK_MAX];
};

struct value {
	uint32_t id;
	const char *name; /* the model's name; NULL for values the compiler made */
	enum container container;
	enum dtype type; /* of the elements */
	struct shape shape;
	struct layout layout;
	const struct constant *constant; /* NULL: not constant */
	const dim *elems; /* integer tensors of known small content, as dims, row-major; NULL: not
			     known */
	const struct constant
		*keys;         /* the value is a map per row: element j is at keys[j]; NULL: none */
	struct node *producer; /* NULL: graph input, constant or loop variable */
	int output;            /* which output of producer */
	struct graph
		*graph; /* where it is defined; NULL: its node was removed, nothing may name it */
	bool is_input;  /* of its graph */
	bool measured;  /* dims are made of its elements: it is needed even when nobody uses it */
	int outputs;    /* how many times it is listed as an output of a graph */
	VEC(struct node *) uses; /* one entry per input slot that names it, subgraphs included */
	struct loc loc;
};

void layout_identity(struct layout *l, int rank);
bool layout_is_identity(const struct layout *l, int rank);
bool layout_equal(const struct layout *a, const struct layout *b, int rank);
bool layout_has_halo(const struct layout *l, int rank);

/* -- graph.c: nodes and graphs ------------------------------------------------------------- */

struct op;        /* op.h */
struct tir_stage; /* tir/tir.h */
struct kernel;    /* plan/plan.h */

struct node {
	struct node *prev, *next;
	struct graph *graph;
	const struct op *op;
	void *attrs;        /* the operator's own struct (op->attrs_size bytes) */
	uint32_t *in, *out; /* value ids; VALUE_NONE where left out */
	int n_in, n_out;
	struct graph **graphs; /* subgraphs, in attribute order */
	int n_graphs;
	struct loc loc;
	/* Fused tail: an elementwise expression of slot 0 (this node's own result) and slots n_in -
	 * n_tail .. n_in - 1 (extra inputs), all shaped as the output. NULL: none. */
	struct tir_stage *tail;
	int n_tail;
	const struct kernel
		*kernel;    /* what will compute it; NULL: loops printed from its definition */
	const char *reason; /* why that kernel, for the report */
};

struct graph {
	struct unit *unit;
	struct node *first, *last; /* topologically ordered, always */
	struct node *owner;        /* the If, Loop or Scan; NULL for the main graph */
	VEC(uint32_t) inputs;
	VEC(uint32_t) outputs;
	VEC(const char *)
	output_names; /* beside outputs; whatever value an output becomes, its name stays */
	VEC(const struct constant *)
	output_keys; /* beside outputs: a map's keys, whatever value the output becomes; NULL: none */
	const char *name;
};

struct opset {
	const char *domain; /* "" for ai.onnx */
	int64_t version;
};

struct dim_setting { /* from the command line */
	const char *name;
	int64_t n;  /* the number or the bound */
	bool bound; /* n is an upper bound */
	bool used;  /* the model has it */
};

struct dim_pair {
	dim a, b;
	const struct graph *scope; /* whose nodes rely on it: they need not run */
};

struct quantization { /* real = (integer - zero) * scale; scale 0: reals are given as they are */
	float scale;
	int64_t zero;
};

/* Where an input or output of the main graph comes from in the model's own list, which may have a sequence or an
 * optional where the graph has tensors. */
struct port {
	size_t number; /* in the model's list */
	enum container container;
	int item; /* of a sequence; of what is stacked, 0: the tensors, 1: their sizes, 2: whether an
		     optional holds them; 0 otherwise */
	int count;  /* of the sequence's items; where only inputs are read, 1: it is a sequence */
	bool mixed; /* of what is stacked: the tensors differ in rank, too */
};
#define STACKED (-1) /* the count that only the run tells */

/* What a node of the model does in float beside quantized tensors, and why: passes/absorb_rest.c. */
struct in_float {
	struct loc loc;
	const char *why;
};

struct unit {
	struct arena *arena;
	struct diag *diag;
	const char *file; /* the model's path, for messages */
	struct graph *main;
	VEC(struct value *) values; /* [0] is NULL */
	VEC(struct dim_expr) dims;
	uint32_t *dim_table;   /* hash table over dims: index + 1, 0 = free */
	size_t dim_table_size; /* a power of two */
	VEC(struct dim_setting) dim_settings;
	VEC(struct dim_pair) assumed; /* dims taken to be equal without proof; once in each graph */
	const struct graph *scope;    /* whose nodes are being inferred: where assumptions hold */
	VEC(struct opset) opsets;
	int64_t ir_version;
	const char *producer;
	int64_t string_length; /* the most bytes of a string that the model makes, without its NUL */
	VEC(const char *)
	input_names; /* of the model, in its order; those that became constants too */
	VEC(struct port) input_ports;  /* beside input_names */
	VEC(struct port) output_ports; /* beside the main graph's outputs as they were imported */
	size_t inputs_declared, outputs_declared; /* by the model: empty sequences have no port */
	/* Of the main graph's inputs and outputs, by position; NULL: all are as the model has them. */
	struct quantization *input_quantization, *output_quantization;
	VEC(struct in_float) in_float;    /* a node of the model once */
	VEC(struct file_map) maps;        /* files that constants borrow from */
	VEC(const char *) external_paths; /* files of external data that were read */
};

struct unit *unit_new(struct arena *a, struct diag *d, const char *file);
struct graph *graph_new(struct unit *u, struct node *owner, const char *name);

static inline struct value *value_of(const struct unit *u, uint32_t id)
{
	return u->values.p[id];
}
/* Input k of n, or NULL when n has fewer or it is left out. */
struct value *node_in(const struct node *n, int k);
struct value *node_out(const struct node *n, int k);
const struct constant *node_const(const struct node *n, int k); /* input k's constant or NULL */

struct value *graph_value(struct graph *g, const char *name, enum dtype t,
			  const struct shape *s);                                          /* new */
struct value *graph_constant(struct graph *g, const char *name, const struct constant *c); /* new */
void graph_add_input(struct graph *g, struct value *v);
void graph_add_output(struct graph *g, struct value *v);
void graph_set_output(struct graph *g, int k, struct value *v);

/* A node of operator op before `before` (NULL: at the end), inputs as given (ids), with n_out new
 * outputs of unknown type. attrs is copied (NULL: the row's defaults). loc is borrowed from the
 * node it replaces. */
struct node *graph_insert(struct graph *g, struct node *before, const struct op *op,
			  const void *attrs, int n_in, const uint32_t *in, int n_out,
			  const struct loc *loc);
/* The same by operator name in ai.onnx or our own domain ("edgecc."), newest version, then
 * inferred; one output; returns its id. Asserts that inference worked: for rewrites, which make
 * legal nodes. */
uint32_t graph_build(struct node *before, const char *op, const void *attrs, int n_in,
		     const uint32_t *in);
#define graph_build1(before, op, attrs, a)                                                         \
	graph_build((before), (op), (attrs), 1, (uint32_t[]){ (a) })
#define graph_build2(before, op, attrs, a, b)                                                      \
	graph_build((before), (op), (attrs), 2, (uint32_t[]){ (a), (b) })
#define graph_build3(before, op, attrs, a, b, c)                                                   \
	graph_build((before), (op), (attrs), 3, (uint32_t[]){ (a), (b), (c) })

void node_set_input(struct node *n, int k, uint32_t id); /* grows the list when k is past the end */
void node_trim_inputs(struct node *n, int n_in);         /* drops inputs from n_in on */
void graph_replace(struct unit *u, uint32_t old,
		   uint32_t with); /* every use and graph output of old */
/* Makes value `old`'s uses read `with`, keeping old's name when it was a graph output. Then old's
 * node may die. */
void graph_remove(struct node *n);                    /* its outputs must be unused */
void graph_move(struct node *n, struct node *before); /* within the same graph; NULL: to the end */
/* Output k, which nobody uses, is left out from now on. */
void node_drop_output(struct node *n, int k);
/* The nodes and constants of sub, a graph without inputs, stand before `before` in its graph now;
 * sub is empty. Its outputs are no graph's outputs any more: the caller has their ids. */
void graph_splice(struct graph *sub, struct node *before);
/* g has no outputs any more. */
void graph_drop_outputs(struct graph *g);
/* g, a subgraph without inputs, has neither nodes nor outputs nor values any more. */
void graph_clear(struct graph *g);
/* All outputs unused: the node can go. */
bool node_is_dead(const struct node *n);

/* Calls f on every graph of the unit, outer before inner; f may change the nodes. */
void unit_each_graph(struct unit *u, void (*f)(struct graph *g, void *data), void *data);

/* -- verify.c: every invariant of this header, used after each pass; asserts by reporting where */
bool unit_verify(struct unit *u, const char *after); /* prints "internal error after PASS: ..." */

/* -- print.c: ONNX's textual syntax out ---------------------------------------------------- */

struct print_options {
	int64_t max_elements; /* longer constants are cut and end in "..."; 0: never cut, the text
				 reads back */
	/* Attributes that this folder cannot print (expressions), each as `sep name = value`, with
	 * sep as given and
	 * ", " from then on. May be NULL. ops.h has it. */
	void (*extra)(struct strbuf *b, struct unit *u, const struct node *n, const char *sep);
};

/* The whole model; types of intermediate values stand in comments. opt NULL: 16 elements, no extra.
 */
void unit_print(struct strbuf *b, struct unit *u, const struct print_options *opt);
/* What the names made up for nameless values begin with, and no name of the model does. */
const char *print_prefix(struct unit *u);
/* One node in one line (subgraphs included in more), for logs. */
void node_print(struct strbuf *b, const struct node *n, const struct print_options *opt);

#endif
