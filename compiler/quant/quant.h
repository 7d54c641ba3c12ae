/* quant.h - post-training quantization: what becomes integers, with which ranges, and the
 * QuantizeLinear and DequantizeLinear nodes that say so.
 *
 *	unit -> quant_plan -> samples through the float model -> quant_choose -> quant_apply
 *
 * A plan names values and nodes by ids, which the same model gets again whenever it is imported and
 * put in canonical form. So the float model, the quantized one and their variants are units of their
 * own, made from one plan. Running them is the driver's business. */
#ifndef EDGECC_QUANT_H
#define EDGECC_QUANT_H

#include "../passes/passes.h"

/* -- form.c: what --quantize says ------------------------------------------------------------ */

enum quant_scheme {
	QUANT_STATIC,  /* activations and weights, with calibrated ranges */
	QUANT_DYNAMIC, /* weights; activations by their range in each run */
	QUANT_WEIGHTS  /* weights only: computing stays float */
};

struct quant_form {
	const char *name, *doc;
	enum quant_scheme scheme;
	enum dtype activation; /* DT_I8 stands for either 8-bit type */
	enum dtype weight;
	int64_t block; /* elements that share a scale along the input channels; 0: all of a channel */
};
extern const struct quant_form quant_forms[];                /* name NULL ends it */
const struct quant_form *quant_form_named(const char *name); /* NULL: unknown */

enum quant_method {
	METHOD_BEST, /* of those below, the one with the least squared error */
	METHOD_MINMAX,
	METHOD_AVERAGE, /* moving average of each sample's smallest and largest element */
	METHOD_PERCENTILE,
	METHOD_ENTROPY,
	METHOD_MSE,
	METHOD_COUNT
};
extern const char *const quant_method_names[]; /* NULL-terminated */

/* -- stats.c: what samples tell of one tensor, in constant memory ---------------------------- */

enum { STATS_BINS = 4096 };

/* Bins divide [-reach, reach) evenly; reach is a power of two that grows, merging bins in pairs.
 * Zeros, which every quantization represents, are counted apart. */
struct quant_stats {
	int64_t samples, elements, zeros;
	double min, max, average_min, average_max;
	double reach; /* 0: no element but zeros yet */
	int64_t bins[STATS_BINS];
};

/* False when c has elements that are no numbers; *at is the first. Infinities count as the largest
 * floats. */
bool stats_add(struct quant_stats *s, const struct constant *c, int64_t *at);
double stats_bin_center(const struct quant_stats *s, int i);
double stats_variance(const struct quant_stats *s);

/* -- range.c: from statistics to scale and zero point ---------------------------------------- */

struct quant_range {
	double lo, hi; /* lo <= 0 <= hi */
	enum quant_method method;
	double error; /* mean squared error of elements when quantized so */
};
/* levels: how many steps the type has (255 for int8). */
void range_choose(const struct quant_stats *s, enum quant_method method, int levels, bool symmetric,
		  struct quant_range *out);

struct quant_params {
	enum dtype type;
	float scale;
	int64_t zero;
};
/* A range without extent gets scale 1. */
void params_of_range(const struct quant_range *r, enum dtype t, bool symmetric,
		     struct quant_params *out);

/* -- rules.c: the plan ----------------------------------------------------------------------- */

/* What the results are that only outputs of the model are made of, and what it does with them on the
 * way: the last product, the Softmax behind it. Integers of 8 bits would round there once more, and
 * make scores equal that are not. */
enum quant_ends {
	QUANT_ENDS_REAL, /* reals; also where other operators that stay float alone read a product */
	QUANT_ENDS_MIXED, /* the product's are integers of 16 bits, the others reals */
	QUANT_ENDS_WIDE,  /* all are integers of 16 bits */
	QUANT_ENDS_FORM   /* integers as everywhere */
};

struct quant_config {
	const struct quant_form *form;
	enum dtype byte; /* of 8-bit activations: DT_I8 or DT_U8 */
	bool symmetric;  /* zero points are 0 (of unsigned types 128) */
	enum quant_method method;
	enum quant_ends ends, between; /* between: of products that functions read (wide.c) */
	bool round_by_error; /* weights are rounded so that a layer's sums, not weights, are near */
	bool correct_bias;
	bool widen_small; /* tensors whose bytes would lose most for what 16 bits cost have these */
};

enum quant_kind {
	QUANT_NONE,
	QUANT_WEIGHTED,  /* Conv, Gemm ...: weights in slot 1, bias in slot 2 */
	QUANT_RECURRENT, /* LSTM, GRU, RNN: weights in slots 1 and 2, always of 8 bits */
	QUANT_COMPUTED,  /* the output has a range of its own */
	QUANT_MOVED,     /* the output has the input's elements */
	QUANT_ACTIVATION /* like COMPUTED; may join the node before it */
};

struct quant_tensor {
	uint32_t value;
	enum dtype type;
	uint32_t like;      /* index of the tensor whose parameters it has; itself: its own */
	double least, most; /* what it ought to be within; both 0: anything */
	bool real;          /* no integer after all */
	bool end;   /* only outputs are made of it: it may have 16 bits, whatever the form says */
	bool cheap; /* 16 bits, which cost little for what they save: see spend.c */
	bool state; /* 16 bits: a recurrence's, see wide.c */
	bool end_real; /* real: a recurrence's that no integer layer reads */
	bool joins;    /* an input of a Concat, which may have its result's range */
	struct quant_stats *stats;
	struct quant_range range;
	struct quant_params params;
};

struct quant_layer {
	uint32_t output; /* value id of its node's first output (quant_first) */
	enum quant_kind kind;
	struct loc loc;
	bool skip;       /* stays float */
	bool masked;     /* it does because it makes or reads scores of which some are masked */
	bool joined;     /* its result goes to its only user, an activation, as it is */
	bool real;       /* its result is no integer, what it multiplies are */
	bool raised;     /* has more bits than the form says, or is float */
	bool eight;      /* its weights have 8 bits, whatever the form says (eight.c) */
	int64_t weights; /* how many, where the form has less than 8 bits for them */
	struct quant_moments *moments; /* of its inputs (matrix.h); NULL: not known */
	bool measured;
	double signal, noise_alone, noise_so_far; /* sums of squares over all samples */
	double snr_alone, snr_so_far;             /* dB, when measured */
};

struct quant_input { /* an input of the model that is a tensor of the plan */
	uint32_t value;
	bool measured;
	double signal, noise, snr; /* as of a layer */
};

struct quant_rest { /* a node with a float result that no layer is of */
	struct loc loc;
	const char *reason;
};

/* Two layers with weights whose channels between them may be scaled (equalize.c). */
struct quant_pair_of_layers {
	uint32_t from, to, x; /* value ids: of their nodes' outputs 0; the second one's input 0 */
	int64_t channels;
	int64_t samples;
	double *most,
		*power; /* by channel of x: largest magnitude; sum of the samples' mean squares */
	double *factor; /* by channel, 0 to 1: x and what stands before become x / factor;
				 NULL: they stay */
};

struct quant_plan {
	struct arena *arena;
	struct quant_config config;
	VEC(struct quant_tensor) tensors;
	VEC(struct quant_layer) layers;
	VEC(struct quant_input) inputs;
	VEC(struct quant_pair_of_layers) pairs;
	VEC(struct quant_rest) rest; /* only of QUANT_STATIC: else computing stays float anyway */
	VEC(uint32_t) watched;       /* value ids: what quant_watch wants to see of each sample */
	bool eight_chosen;           /* which layers have 8-bit weights for fewer */
	bool cheap_chosen;           /* which tensors are cheap */
	uint32_t *tensor_of;         /* by value id: index in tensors + 1; 0: stays float */
	size_t n_values;
};

/* Decides from u, in canonical form, what is quantized. Error when there is nothing, or the model
 * is quantized already. */
bool quant_plan_make(struct unit *u, const struct quant_config *c, struct quant_plan *out);
/* Takes in a watched value of a sample, of which there are n_samples. u: the plan's. False when it
 * has elements that are no finite numbers; *at is the first. */
bool quant_watch(struct unit *u, struct quant_plan *p, uint32_t value, const struct constant *c,
		 size_t n_samples, int64_t *at);
/* Forgets what was watched. */
void quant_forget(const struct unit *u, struct quant_plan *p);
/* NULL: it stays float. */
struct quant_tensor *quant_tensor_at(const struct quant_plan *p, uint32_t value);
/* Input k of a quantized node is a tensor of the plan. */
bool quant_takes(const struct node *n, int k);
/* The first of n's outputs that is not left out; VALUE_NONE: it has none. */
uint32_t quant_first(const struct node *n);

/* -- wide.c ---------------------------------------------------------------------------------- */

/* What t is unless it is raised. */
enum dtype quant_form_type(const struct quant_plan *p, const struct quant_tensor *t);
/* Which tensors are states. */
void quant_widen_states(const struct unit *u, struct quant_plan *p);
/* Ends have 16 bits only where they are no larger than the largest tensor of bytes: types of all. */
void quant_spare_memory(const struct unit *u, struct quant_plan *p);
/* The same for products that a function reads whose rounding would be most of the function's error:
 * they stay real, or get 16 bits. By the parameters that all tensors have. */
void quant_widen_arguments(const struct unit *u, struct quant_plan *p);

/* The most elements that v has; of a batch of 1 where nothing bounds it. */
double quant_elements(const struct unit *u, const struct value *v);

/* -- spend.c --------------------------------------------------------------------------------- */

/* Which tensors are cheap; once. By the parameters that all tensors have. */
void quant_spend(const struct unit *u, struct quant_plan *p);

/* -- choose.c -------------------------------------------------------------------------------- */

/* Ranges and parameters of all tensors, from their statistics. */
void quant_choose(const struct unit *u, struct quant_plan *p);

/* -- weights.c ------------------------------------------------------------------------------- */

/* Symmetric integers of n's weights, or of constant c: a scale per index of axis, or per block of
 * `block` along block_axis as well. */
struct quant_weights {
	const struct constant *q, *scale;
	int axis; /* of DequantizeLinear */
	int64_t block;
	double *lost; /* by output: mean of what its sums lose; NULL: not known */
};
struct quant_weights_how {
	enum dtype type;
	int axis;               /* -1: one scale */
	int64_t block;          /* 0: none; else axis is the one that blocks lie along, and there is
				   a scale for each block and index of other axes */
	const double *smallest; /* per index of axis, what no scale may be under; NULL: nothing */
	bool nearest;           /* each weight alone, also where moments are known */
	const struct node *node;             /* whose weights c are, and */
	const struct quant_moments *moments; /* of its inputs: NULL: not known */
	const struct quant_params *x;        /* how these are quantized; NULL: not at all */
};
void weights_quantize(struct arena *a, const struct constant *c,
		      const struct quant_weights_how *how, struct quant_weights *out);
/* What sums lose with such weights, rounded to nearest: noise over signal, of all outputs. */
double weights_loss(struct arena *a, const struct constant *c, const struct quant_weights_how *how);
/* Axis of n's weights that runs over its output channels; -1: none alone does. */
int weights_channel_axis(const struct node *n);

/* -- equalize.c: channels between two layers ------------------------------------------------- */

void quant_find_pairs(const struct unit *u, struct quant_plan *p);
/* A sample's tensor. */
void quant_pairs_add(struct quant_plan *p, uint32_t value, const struct constant *c);
/* From what was added; returns how many pairs got factors. Tensors have other ranges then: their
 * statistics are to be taken again, of a unit after quant_equalize. */
size_t quant_choose_factors(const struct unit *u, struct quant_plan *p);
/* Scales the weights: u, in canonical form, computes the same in reals. */
void quant_equalize(struct unit *u, const struct quant_plan *p);

/* -- apply.c: the nodes ---------------------------------------------------------------------- */

/* n has a bias that can take the mean of what quantized weights lose, or room for one. */
bool quant_is_correctable(const struct node *n);
/* u: after quant_equalize. */
void quant_apply(struct unit *u, const struct quant_plan *p);

/* -- probe.c: what a plan loses -------------------------------------------------------------- */

/* u, in canonical form, becomes the float and the quantized model: its outputs are those of the
 * first, then those of the second. */
bool quant_pair(struct unit *u, const struct quant_plan *p);
/* u becomes a program with three outputs of one element for each layer: sums of squares of its
 * float result, of the error when only it is quantized, and of that when all are; then two for each
 * input: of it and of its error. */
bool quant_probe(struct unit *u, const struct quant_plan *p);
/* Adds such outputs to the figures. */
void quant_probe_add(struct quant_plan *p, struct constant *const *out);

/* -- raise.c: mixed precision ---------------------------------------------------------------- */

/* Indices of the layers that compute, those that lose most first. Returns how many. order has room
 * for all layers. */
size_t quant_rank(const struct quant_plan *p, size_t *order);
/* The layer, and an activation joined to it, get 8-bit weights when the form has fewer, else 16-bit
 * tensors; or they stay float. quant_choose then gives the tensors parameters. */
void quant_raise(const struct unit *u, struct quant_plan *p, size_t layer, bool to_float);
/* Scores that become int8 with steps of more than SOFTMAX_STEP_MAX, because large negative numbers
 * among them mask others, stay float with their Softmax. After parameters are chosen. */
#define SOFTMAX_STEP_MAX 16
void quant_spare_scores(const struct unit *u, struct quant_plan *p);
/* As the form says again. */
void quant_lower_all(struct quant_plan *p);

#endif
