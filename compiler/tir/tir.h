/* tir.h - tensor expressions: what an operator computes, as data.
 *
 * A stage defines one output tensor: for every point of its index space (one variable per axis,
 * from 0 to the axis's size), one scalar expression. Expressions are immutable, hash-consed (equal
 * expressions are the same pointer) and simplified as they are built: constants fold, x*1 and x+0
 * vanish, index comparisons that ranges decide become true or false. They read the node's inputs by
 * slot: slot k is input k.
 *
 * From one stage the compiler interprets (tir_eval), prints C (codegen), fuses (tir_substitute) and
 * tests. */
#ifndef EDGECC_TIR_H
#define EDGECC_TIR_H

#include "../ir/op.h"

/* Operators that belong together stand together. */
/* clang-format off */
enum tir_kind {
	/* leaves */
	TIR_INT,   /* i: any integer type, DT_BOOL (0/1) or DT_INDEX; DT_STRING: 0, the empty one */
	TIR_FLOAT, /* f: DT_F32 or DT_F64 */
	TIR_VAR,   /* var: a loop index, DT_INDEX, 0 <= v < extent */
	TIR_DIM,   /* dim: a symbolic size, DT_INDEX */
	TIR_LOAD,  /* slot, idx[rank]: an element; type is dtype_compute of the tensor's */
	/* two operands of one type */
	TIR_ADD, TIR_SUB, TIR_MUL,  /* integers wrap */
	TIR_DIV,                    /* floats: IEEE; integers: toward zero, x/0 = 0 */
	TIR_MOD,                    /* floats: C fmod; integers: C remainder, x%0 = 0 */
	TIR_FLOORDIV, TIR_FLOORMOD, /* integers and DT_INDEX (divisor > 0 there) */
	TIR_MIN, TIR_MAX,           /* a NaN operand gives NaN */
	TIR_POW, TIR_ATAN2,         /* floats */
	TIR_AND, TIR_OR, TIR_XOR,   /* bool: logical; integers: bitwise */
	TIR_SHL, TIR_SHR,           /* unsigned integers; shift >= width gives 0 */
	TIR_EQ, TIR_LT, TIR_LE,     /* result DT_BOOL */
	/* one operand */
	TIR_NEG, TIR_NOT,           /* NOT: bool: logical; integers: bitwise */
	TIR_ABS, TIR_SIGN,
	TIR_FLOOR, TIR_CEIL, TIR_TRUNC,
	TIR_ROUND,                  /* half to even */
	TIR_SQRT, TIR_EXP, TIR_LOG, TIR_LOG1P, TIR_EXPM1,
	TIR_SIN, TIR_COS, TIR_TAN, TIR_ASIN, TIR_ACOS, TIR_ATAN,
	TIR_SINH, TIR_COSH, TIR_TANH, TIR_ASINH, TIR_ACOSH, TIR_ATANH, TIR_ERF, TIR_SIGMOID,
	TIR_ISNAN, TIR_ISINF,       /* bool */
	/* to type; float to integer truncates and saturates, NaN gives 0; to bool: != 0 */
	TIR_CAST,
	/* float rounded to the values of small type `to` (f16, bf16, float8 ...), still f32 */
	TIR_ROUND_TO,
	/* control */
	/* a ? b : c; only the chosen branch is evaluated, so it may guard a load. Emitted code
	 * computes a reduction before the select around it: a load inside one needs a select there. */
	TIR_SELECT,
	TIR_REDUCE, /* a folded over vars, sequentially in loop order; kind below */
	TIR_KIND_COUNT
};

enum tir_reduce {
	REDUCE_SUM, REDUCE_PROD, REDUCE_MAX, REDUCE_MIN, REDUCE_AND, REDUCE_OR,
	/* position (DT_INDEX) along the single variable of the greatest/least value, first or last of
	 * equals; the first value stands until another compares better, so NaN wins only there */
	REDUCE_ARGMAX_FIRST, REDUCE_ARGMAX_LAST, REDUCE_ARGMIN_FIRST, REDUCE_ARGMIN_LAST
};
/* clang-format on */

struct tir {
	enum tir_kind kind;
	enum dtype type; /* a compute type, DT_BOOL or DT_INDEX */
	const struct tir *a, *b, *c;
	union {
		int64_t i;
		double f;
		struct {
			uint32_t id;
			dim extent;
			const char *name;
		} var;
		dim dim;
		struct {
			int slot, rank;
			const struct tir *const *idx;
		} load;
		struct {
			enum tir_reduce kind;
			int n;
			const struct tir *const *vars;
		} reduce;
		struct {
			enum dtype to;
			bool saturate;
		} round_to;
	} u;
	int64_t lo, hi; /* DT_INDEX and DT_BOOL: range of the value (saturated at INT64_MIN/MAX) */
	uint32_t id;    /* dense in the builder, operands before users */
	uint16_t depth; /* reductions nested in it */
	bool has_load, has_reduce, has_var;
};

/* A reduction's variables are its own: tir_reduce gives it fresh names for the ones it is called
 * with, which may be used again. Its a, and nothing outside it, contains u.reduce.vars. */

/* One output tensor. Reductions' empty ranges give the neutral element (max: -inf or least
 * integer). */
struct tir_stage {
	enum dtype type; /* element type stored; value->type == dtype_compute(type) */
	int rank;
	const struct tir *vars[RANK_MAX]; /* TIR_VAR per axis, extent = the output's dim */
	const struct tir *value;
};

struct tir_bound {
	dim extent;
	int depth, pos;
	const struct tir *var;
};

struct tir_builder {
	struct unit *u;
	const struct node *node; /* whose inputs the slots are */
	struct tir **table;      /* hash-consing */
	size_t table_size, count;
	uint32_t next_var;
	/* The variables reductions are closed over: one per extent, nesting depth and position, so
	 * that equal reductions are one pointer and no variable is bound twice on the way down. */
	VEC(struct tir_bound) bound;
};

void tir_builder_init(struct tir_builder *b, struct unit *u, const struct node *n);

/* -- build.c: constructors; all simplify ---------------------------------------------- */

const struct tir *tir_int(struct tir_builder *b, enum dtype t, int64_t v);
const struct tir *tir_float(struct tir_builder *b, enum dtype t, double v);
const struct tir *tir_bool(struct tir_builder *b, bool v);
/* v as a constant of compute type t, integer or float; of strings, only 0: the empty one. */
const struct tir *tir_number(struct tir_builder *b, enum dtype t, double v);
const struct tir *tir_index(struct tir_builder *b, int64_t v);
const struct tir *tir_dim(struct tir_builder *b, dim d); /* number or symbolic */
const struct tir *tir_var(struct tir_builder *b, dim extent,
			  const char *name); /* a new one each time */
/* Element idx[0..rank) of slot; rank is the input's. A constant scalar input becomes its number.
 * idx must be in range at every point where the load is evaluated. */
const struct tir *tir_load(struct tir_builder *b, int slot, const struct tir *const *idx);
/* The same where rank and compute type are given, not asked of the node: slots that are no inputs,
 * flat offsets. */
const struct tir *tir_load_typed(struct tir_builder *b, int slot, enum dtype t, int rank,
				 const struct tir *const *idx);
/* Element of slot for output indices idx[0..rank) under NumPy broadcasting (axes aligned at the
 * end, size 1 reads 0). */
const struct tir *tir_load_broadcast(struct tir_builder *b, int slot, const struct tir *const *idx,
				     int rank);
const struct tir *tir_binary(struct tir_builder *b, enum tir_kind k, const struct tir *x,
			     const struct tir *y);
const struct tir *tir_unary(struct tir_builder *b, enum tir_kind k, const struct tir *x);
const struct tir *tir_cast(struct tir_builder *b, enum dtype to, const struct tir *x);
const struct tir *tir_round_to(struct tir_builder *b, enum dtype to, bool saturate,
			       const struct tir *x);
const struct tir *tir_select(struct tir_builder *b, const struct tir *c, const struct tir *x,
			     const struct tir *y);
const struct tir *tir_reduce(struct tir_builder *b, enum tir_reduce k, int n,
			     const struct tir *const *vars, const struct tir *body);

#define tir_add(b, x, y) tir_binary((b), TIR_ADD, (x), (y))
#define tir_sub(b, x, y) tir_binary((b), TIR_SUB, (x), (y))
#define tir_mul(b, x, y) tir_binary((b), TIR_MUL, (x), (y))
#define tir_div(b, x, y) tir_binary((b), TIR_DIV, (x), (y))
#define tir_min(b, x, y) tir_binary((b), TIR_MIN, (x), (y))
#define tir_max(b, x, y) tir_binary((b), TIR_MAX, (x), (y))
#define tir_floordiv(b, x, y) tir_binary((b), TIR_FLOORDIV, (x), (y))
#define tir_floormod(b, x, y) tir_binary((b), TIR_FLOORMOD, (x), (y))
#define tir_and(b, x, y) tir_binary((b), TIR_AND, (x), (y))
#define tir_or(b, x, y) tir_binary((b), TIR_OR, (x), (y))
#define tir_eq(b, x, y) tir_binary((b), TIR_EQ, (x), (y))
#define tir_lt(b, x, y) tir_binary((b), TIR_LT, (x), (y))
#define tir_le(b, x, y) tir_binary((b), TIR_LE, (x), (y))
#define tir_not(b, x) tir_unary((b), TIR_NOT, (x))
#define tir_neg(b, x) tir_unary((b), TIR_NEG, (x))
/* lo <= x < hi, for DT_INDEX */
const struct tir *tir_in_range(struct tir_builder *b, const struct tir *x, const struct tir *lo,
			       const struct tir *hi);
/* Index arithmetic with numbers: x*m + a */
const struct tir *tir_affine(struct tir_builder *b, const struct tir *x, int64_t m, int64_t a);
/* An integer element (axis index from data) as DT_INDEX, negative ones counted from the end of an
 * axis of size d, then clamped into [0, d-1] so that a load stays inside. */
const struct tir *tir_data_index(struct tir_builder *b, const struct tir *x, dim d);

bool tir_reduce_is_arg(enum tir_reduce k); /* the result is a position */
/* What reduction e gives over an empty range. */
const struct tir *tir_reduce_neutral(struct tir_builder *b, const struct tir *e);
/* x <= y, x < y at every point: true when ranges, extents and symbolic sizes prove it. DT_INDEX. */
bool tir_proves_le(struct tir_builder *b, const struct tir *x, const struct tir *y);
bool tir_proves_lt(struct tir_builder *b, const struct tir *x, const struct tir *y);

/* Starts the stage of output k of b->node: type, rank and one variable per axis from the output's
 * shape; idx[] receives them. Set s->value afterwards. */
void tir_stage_begin(struct tir_builder *b, int k, struct tir_stage *s, const struct tir **idx);

/* -- substitute.c --------------------------------------------------------------------- */

/* e rebuilt with each load of a slot mapped by f (NULL result: keep, with its indices rebuilt), and
 * each variable v by var(v) when not NULL. Reductions' variables are renamed, not asked for. e may
 * be of another builder when var maps every variable. */
struct tir_map {
	const struct tir *(*load)(struct tir_builder *b, const struct tir *load,
				  const struct tir *const *idx, void *data);
	const struct tir *(*var)(struct tir_builder *b, const struct tir *var, void *data);
	void *data;
};
const struct tir *tir_rebuild(struct tir_builder *b, const struct tir *e, const struct tir_map *m);
/* e with slot k read as slots[k]. */
const struct tir *tir_reslot(struct tir_builder *b, const struct tir *e, const int *slots);
/* A stage of any builder as one of b, its slots renumbered by slots[] (NULL: as they are). */
void tir_import(struct tir_builder *b, const struct tir_stage *s, const int *slots,
		struct tir_stage *out);
/* producer's value at the point idx[0..rank): its variables replaced, its slots renumbered by
 * slots[]. */
const struct tir *tir_at(struct tir_builder *b, const struct tir_stage *producer,
			 const struct tir *const *idx, const int *slots);

/* -- affine.c: index expressions as sums over variables ------------------------------- */

struct affine {
	int n;
	struct {
		const struct tir *var;
		int64_t scale;
	} term[16];
	int64_t base;
};
/* e as base + sum of scale*var; false when it is not of that form. */
bool tir_affine_of(const struct tir *e, struct affine *out);
/* How far e moves when var does by 1, which is stored: false when that is not always the same. */
bool tir_step(const struct tir *e, const struct tir *var, int64_t *step);

/* -- query.c: questions about expressions --------------------------------------------- */

/* Calls f on every distinct node of e once, operands before users; reductions' variables are not
 * visited unless used. */
void tir_each(const struct tir *e, void (*f)(const struct tir *e, void *data), void *data);
bool tir_uses_var(const struct tir *e, const struct tir *var);
/* A size that only the run tells occurs in e. */
bool tir_uses_sizes(const struct tir *e);
bool tir_uses_slot(const struct tir *e, int slot);
/* The distinct slots e loads, ascending, into out (NULL: only counted); returns how many. */
int tir_slots(const struct tir *e, int *out, int cap);
/* Distinct operations in e; a reduction's body counts once. */
int64_t tir_count(const struct tir *e);
/* How long e's text is, in operations: what is computed in branches of selects only has no name there
 * and stands again wherever it is used, and so does index arithmetic. */
int64_t tir_text_size(const struct tir *e);
/* How many distinct loads of slot e has. */
int64_t tir_load_count(const struct tir *e, int slot);
/* Every load of slot reads the very point that s computes: the slot has s's rank and each index is
 * the axis's variable (or 0 where its extent is 1). */
bool tir_slot_is_pointwise(const struct tir_stage *s, int slot);
/* The stage copies slot's element as it is, wherever from: no arithmetic. */
bool tir_is_movement(const struct tir_stage *s);
/* Multiply-accumulates of s over its whole index space: sums of products. */
dim tir_macs(struct unit *u, const struct tir_stage *s);
/* What values of an integer type, DT_INDEX or DT_BOOL can be. */
void tir_type_range(enum dtype t, int64_t *lo, int64_t *hi);
/* x is one of the values that the reduction folds; false where that is not seen. */
bool tir_is_reduced(const struct tir *x, const struct tir *reduction);
/* e is a number: stores it. */
bool tir_is_number(const struct tir *e, double *v);

/* -- eval.c: the interpreter ---------------------------------------------------------- */

/* Computes s over its whole index space. in[slot] are the inputs' constants. Symbolic sizes must
 * not occur. */
struct constant *tir_eval(struct arena *a, const struct tir_stage *s,
			  const struct constant *const *in);
/* An estimate of scalar operations tir_eval would take. */
int64_t tir_work(const struct tir_stage *s);

/* -- text.c --------------------------------------------------------------------------- */
/* "float[i:4,j:8] = x0[i,j] + sum(k:3, x1[i,k] * x2[k,j])", and back; slots are x0, x1 ... */
void tir_print(struct strbuf *b, struct unit *u, const struct tir_stage *s);
bool tir_parse(struct tir_builder *b, const char *text, const struct loc *loc,
	       struct tir_stage *out);

#endif
