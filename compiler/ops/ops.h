/* ops.h - what the operator families share: inference helpers, attribute structs that other folders
 * read, and the list of tables. One file per family; one row per operator and version range. */
#ifndef EDGECC_OPS_H
#define EDGECC_OPS_H

#include "../tir/tir.h"

/* -- the tables (each ends with a row whose name is NULL); listed in ops.c ------------- */
extern const struct op ops_elementwise[], ops_power[], ops_unary[], ops_cast[], ops_activation[],
	ops_softmax[], ops_logic[], ops_reduce[], ops_cumulate[], ops_view[], ops_shape[],
	ops_slice[], ops_concat[], ops_pad[], ops_movement[], ops_gather[], ops_scatter[],
	ops_conv[], ops_pool[], ops_pool_same[], ops_pool_global[], ops_matmul[], ops_einsum[],
	ops_norm[], ops_norm_batch[], ops_norm_layer[], ops_recurrent[], ops_resize[],
	ops_attention[], ops_rotary[], ops_grid[], ops_quant[], ops_quant_product[], ops_control[],
	ops_sequence[], ops_optional[], ops_generate[], ops_loss[], ops_training[], ops_col2im[],
	ops_cache[], ops_random[], ops_signal_window[], ops_signal[], ops_select[], ops_unique[],
	ops_suppress[], ops_quant_ms[], ops_matmul_nbits[], ops_packed[], ops_q_product[],
	ops_q_elementwise[], ops_q_reduce[], ops_q_fixed[], ops_q_recurrent[], ops_internal[];
extern const struct op ops_ml_linear[], ops_ml_svm[], ops_ml_scale[], ops_ml_encode[],
	ops_ml_tree[], ops_ml_ensemble[], ops_ml_tree_pack[], ops_ml_map[], ops_ms_activation[],
	ops_ms_norm[], ops_ms_attention[], ops_ms_mha[], ops_vectorize[], ops_strings[],
	ops_matrix[], ops_roi[], ops_recurrence[], ops_deform[], ops_flex[], ops_tokens[],
	ops_cast_text[], ops_ms_gqa[], ops_ms_bias[], ops_ms_shape[], ops_ms_gated[],
	ops_ms_numeric[], ops_ms_position[], ops_ms_moe[], ops_matmul_bnb4[], ops_ms_tokens[],
	ops_gradient[], ops_ms_search[], ops_ms_text[], ops_ms_ngram[], ops_ms_delta[];

/* -- infer.c: inference helpers. Each reports and returns false on a user's error. ----- */

/* Types: all outputs named by sig are set before infer runs. Shapes: */
bool infer_like_input0(struct unit *u, struct node *n); /* every output has input 0's shape */
bool infer_broadcast(struct unit *u, struct node *n); /* output 0: all inputs broadcast together */
/* v: NULL where an output is left out */
void set_shape(struct value *v, const struct shape *s);
void set_shape_of(struct value *v, int rank, const dim *d);
/* Error "the shape of NAME is not known" when v's rank is not known. */
bool infer_need_shape(struct unit *u, const struct node *n, const struct value *v,
		      const char *input);
bool infer_need_rank(struct unit *u, const struct node *n, const struct value *v, const char *input,
		     int lo, int hi);
/* The integers of input k when they are known numbers: from its constant or its elems. out gets
 * them (arena); n their count. Returns 0 = absent or left out, 1 = known, -1 = present but not
 * known at compile time. */
int input_ints(struct unit *u, const struct node *n, int k, const int64_t **out, int *count);
/* The same as dims, which may be symbolic. */
int input_dims(struct unit *u, const struct node *n, int k, const dim **out, int *count);
/* The same where the input decides sizes: elements that are known at run time only become dims too,
 * each within [lo, hi]; those of floats truncated. */
bool input_elements(struct unit *u, const struct node *n, int k, const char *name, int64_t lo,
		    int64_t hi, const dim **out, int *count);
/* For operators that need input k at compile time: as input_ints, but -1 becomes the error "NAME
 * must be constant". */
bool need_ints(struct unit *u, const struct node *n, int k, const char *name, const int64_t **out,
	       int *count, bool *present);
/* Constant scalar (or one-element) input as double; def when left out; error when not constant. */
bool need_scalar(struct unit *u, const struct node *n, int k, const char *name, double def,
		 double *out);
/* Error at n's place; returns false. */
bool node_error(struct unit *u, const struct node *n, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Propagates known integer content: sets v's elems (and its constant when all are numbers). count
 * must equal v's element count. */
void set_elems(struct unit *u, struct value *v, const dim *elems, int count);

/* Is d the size of v along an axis that v's node finds out when it runs. */
bool dim_is_found(const struct unit *u, dim d, const struct value *v);

/* sequence.c: the tensors of a sequence, or what an optional holds (count 0: nothing; a tensor holds itself). False:
 * that is not known while compiling. */
bool value_items(const struct value *v, const uint32_t **items, int *count);

/* -- upgrade.c: older versions to the newest form -------------------------------------- */

/* Appends a constant int64 vector / scalar as input k of n (inputs between are left out). */
void upgrade_ints_input(struct unit *u, struct node *n, int k, const char *name, const int64_t *v,
			int count);
void upgrade_scalar_input(struct unit *u, struct node *n, int k, const char *name, enum dtype t,
			  double v);
/* Replaces n's operator row by the newest one and its attributes by `attrs` (copied; NULL:
 * defaults). */
void upgrade_to_newest(struct unit *u, struct node *n, const void *attrs);

/* -- text.c: for print_options.extra: stages of edgecc.Loops and fused tails as attributes - */

void op_print_extra(struct strbuf *b, struct unit *u, const struct node *n, const char *sep);

/* -- fold.c: constants from constants -------------------------------------------------- */

/* n's outputs, when its inputs are constant and its row has a definition or a portable kernel:
 * out[k] for output k. False, with nothing reported, when it has neither or would take more than
 * max_work scalar operations. */
bool op_evaluate(struct unit *u, const struct node *n, int64_t max_work, struct constant **out);
/* After inference: gives n's outputs their constants when they are small and cheap to compute, so
 * that later nodes can read shapes and the like from them. */
void fold_small(struct unit *u, struct node *n);

/* -- attribute structs read outside ops/ (kernel selection, passes) -------------------- */

enum auto_pad { PAD_NOTSET, PAD_SAME_UPPER, PAD_SAME_LOWER, PAD_VALID };
extern const char *const auto_pad_names[]; /* NULL-terminated */

struct conv_attrs { /* Conv, ConvTranspose */
	int auto_pad;
	struct ints dilations, kernel_shape, pads, strides, output_padding, output_shape;
	int64_t group;
};
struct pool_attrs { /* MaxPool, AveragePool, LpPool */
	int auto_pad;
	struct ints dilations, kernel_shape, pads, strides;
	int64_t ceil_mode, count_include_pad, storage_order, p;
};
/* A window's geometry along each spatial axis with auto_pad resolved; pads in elements. */
struct window {
	int n; /* spatial axes */
	int64_t kernel[6], stride[6], dilation[6], pad_lo[6], pad_hi[6];
	dim in[6], out[6];
};
/* Fills w from a Conv, ConvTranspose or pool node whose inference has succeeded. */
void conv_window(struct unit *u, const struct node *n, struct window *w);
void pool_window(struct unit *u, const struct node *n, struct window *w);

struct gemm_attrs {
	float alpha, beta;
	int64_t transA, transB;
};
struct axis_attrs {
	int64_t axis;
};                        /* Softmax, LogSoftmax, Concat, Gather, Flatten ... */
struct layer_norm_attrs { /* LayerNormalization, RMSNormalization */
	int64_t axis, stash_type;
	float epsilon;
};
struct perm_attrs {
	struct ints perm;
}; /* Transpose; absent: reversed */
struct cast_attrs {
	int to;
	int64_t saturate;
	int round_mode;
};
struct alpha_attrs {
	float alpha;
}; /* LeakyRelu, Elu, ThresholdedRelu ... */
struct alpha_beta_attrs {
	float alpha, beta;
}; /* HardSigmoid */
struct epsilon_attrs {
	float epsilon;
};
struct reduce_attrs {
	int64_t keepdims, noop_with_empty_axes;
};                       /* axes is input 1 in the newest form */
struct recurrent_attrs { /* LSTM, GRU, RNN */
	struct floats activation_alpha, activation_beta;
	struct strings activations;
	float clip;
	int direction; /* 0 forward, 1 reverse, 2 bidirectional */
	int64_t hidden_size, input_forget, layout, linear_before_reset;
	int64_t output_sequence; /* opset < 7 only */
};
struct topk_attrs {
	int64_t axis, largest, sorted;
};
struct cumulate_attrs { /* CumSum, CumProd */
	int64_t exclusive, reverse;
};
enum scatter_reduction { SCATTER_NONE, SCATTER_ADD, SCATTER_MUL, SCATTER_MAX, SCATTER_MIN };
struct scatter_attrs { /* ScatterElements, ScatterND */
	int64_t axis;
	int reduction; /* enum scatter_reduction */
};
struct unique_attrs {
	int64_t axis, sorted;
};
struct string_normalizer_attrs {
	int case_change_action; /* 0 none, 1 lower, 2 upper */
	int64_t is_case_sensitive;
	const char *locale;
	struct strings stopwords;
};
struct string_split_attrs {
	const char *delimiter;
	int64_t maxsplit;
};
struct tokens_attrs {
	int64_t mark, mincharnum, mode; /* mode: enum edgert_tokens_mode */
	struct ints programs;           /* their first words in input 1 */
};
struct custom_attribute {
	const char *name;
	struct ints ints;
	struct floats floats;
	struct strings strings;
};
struct custom_attrs {
	const char *symbol, *header;
	const struct custom_attribute *list;
	int n;
	const struct value *outputs; /* types and shapes, as the model declares them */
};
struct nms_attrs {
	int64_t center_point_box;
};
/* The fields of p that a LSTM, GRU or RNN decides by its attributes: directions ... beta, but no
 * sizes or strides. */
struct edgert_recurrence;
void recurrent_settings(const struct node *n, struct edgert_recurrence *p);
struct couple_attrs { /* edgecc.CoupleProbabilities */
	int64_t classes;
};
struct roi_attrs { /* edgecc.AlignRegions, edgecc.MaxRegions */
	int64_t out_height, out_width, sampling, maximum, half_pixel;
};
struct causal_attrs { /* CausalConvWithState */
	int activation;
};
extern const char *const causal_activations[];
struct linear_rule_attrs { /* LinearAttention */
	int64_t chunk_size, kv_num_heads, q_num_heads;
	float scale; /* 0: 1 / sqrt(size of a head) */
	int update_rule;
};
struct linear_attention_attrs { /* edgecc.LinearRecurrence: of keys, and queries that share one */
	int64_t heads, group;
};
/* What the kernels of edgecc.Determinant and InvertedMatrix, AlignRegions and MaxRegions,
 * LinearRecurrence are told; symbolic sizes as dims. */
struct edgert_matrices;
struct edgert_roi;
struct edgert_linear_attention;
struct edgert_matrices matrices_params(struct unit *u, const struct node *n);
struct edgert_roi roi_params(const struct node *n);
struct edgert_linear_attention linear_attention_params(struct unit *u, const struct node *n);
struct trees_attrs { /* edgecc.Trees */
	int64_t targets, aggregate, plain;
};
struct if_attrs {
	int then_branch, else_branch;
}; /* indices into node.graphs */
struct loop_attrs {
	int body;
};
struct scan_attrs {
	int body;
	int64_t num_scan_inputs;
	struct ints scan_input_axes, scan_output_axes, scan_input_directions,
		scan_output_directions;
};
struct quant_attrs { /* QuantizeLinear, DequantizeLinear */
	int64_t axis, block_size, saturate;
	int output_dtype, precision;
};
/* A Loop whose condition is always true: it runs as often as input M says. */
bool loop_runs_to_count(const struct node *n);
/* Loop or Scan: a body that runs several times. */
bool node_is_iterated(const struct node *n);
/* Where the parts of a Loop or Scan stand in its lists and its body's. */
struct iterated {
	struct graph *body;
	bool is_loop;
	int states;
	int first_in;  /* of the states among inputs, the node's and the body's alike */
	int first_out; /* of the states among the body's outputs */
	int scanned, stacked;
};
struct iterated iterated_parts(const struct node *n);
/* The most iterations there can be; DIM_UNBOUNDED: nothing limits them. */
int64_t iterations_most(struct unit *u, const struct node *n);
/* The size of v, a body's input, along axis is another one in each iteration. */
bool state_varies(const struct unit *u, const struct value *v, int axis);
/* ours */
struct loops_attrs { /* edgecc.Loops: stages over its inputs as slots */
	const struct tir_stage *stages;
	int n;
	bool must_copy; /* a copy that may not become an alias of its input */
};

#endif
