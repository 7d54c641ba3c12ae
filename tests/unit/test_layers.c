/* Shapes of layers, symbolic sizes included: windows, products, normalizations, recurrences,
 * Resize, quantization, control flow, sequences; and what a wrong layer is told. */
#include "import_fixture.h"

static bool import_nodes(int opset, const char *body)
{
	const char *model = arena_printf(
		&a,
		"<ir_version: 10, opset_import: [\"\" : %d]>\n"
		"m (float[N,4,H,8] x, float[6,4,3,3] w, float[4] c, float[N,5,4] s,\n"
		"   uint8[N,4,H,8] q, float q_scale, uint8 q_zero, bool yes, int64 times,\n"
		"   float[1,8,4] lw, float[1,8,2] lr, float[4,4] m) => (z) {\n%s\n}\n",
		opset, body);

	return import(model, NULL);
}

#define INTS(NAME, ...) NAME " = Constant <value_ints = [" #__VA_ARGS__ "]> ()\n"
#define FLOATS(NAME, ...) NAME " = Constant <value_floats = [" #__VA_ARGS__ "]> ()\n"

static const struct {
	const char *name;
	int opset;
	const char *body, *shape;
} shapes[] = {
	{ "conv_valid", 13, "z = Conv(x, w)", "[N,6,H-2,6]" },
	{ "conv_same", 13, "z = Conv <auto_pad = \"SAME_UPPER\"> (x, w)", "[N,6,H,8]" },
	{ "conv_stride", 13, "z = Conv <pads = [1, 1, 1, 1], strides = [2, 2]> (x, w)",
	  "[N,6,floordiv(H+1,2),4]" },
	{ "conv_dilation", 13, "z = Conv <dilations = [2, 3], pads = [2, 0, 2, 0]> (x, w)",
	  "[N,6,H,2]" },
	{ "pool_floor", 13, "z = MaxPool <kernel_shape = [1, 3], strides = [1, 2]> (x)",
	  "[N,4,H,3]" },
	{ "pool_ceil", 13,
	  "z = MaxPool <kernel_shape = [1, 3], strides = [1, 2], ceil_mode = 1> (x)", "[N,4,H,4]" },
	{ "pool_ceil_starts_in_padding", 22,
	  "z = AveragePool <kernel_shape = [1, 1], strides = [1, 5], pads = [0, 0, 0, 2], ceil_mode = 1> (x)",
	  "[N,4,H,2]" },
	{ "pool_indices", 13, "y, z = MaxPool <kernel_shape = [2, 2]> (x)", "[N,4,H-1,7]" },
	{ "global_pool", 13, "z = GlobalAveragePool(x)", "[N,4,1,1]" },
	{ "matmul_broadcasts", 13, "z = MatMul(s, m)", "[N,5,4]" },
	{ "matmul_by_vector", 13, "z = MatMul(s, c)", "[N,5]" },
	{ "gemm_transposed", 13, "z = Gemm <transA = 1> (m, m, c)", "[4,4]" },
	{ "einsum_attention", 13, "z = Einsum <equation = \"bid,bjd->bij\"> (s, s)", "[N,5,5]" },
	{ "einsum_implicit_output", 13, "z = Einsum <equation = \"bij\"> (s)", "[N,5,4]" },
	{ "einsum_ellipsis", 13, "z = Einsum <equation = \"...i,ij->j...\"> (s, m)", "[4,N,5]" },
	{ "einsum_three", 13, "z = Einsum <equation = \"bij,jk,kl->bil\"> (s, m, m)", "[N,5,4]" },
	{ "layer_norm_mean", 17, "y, z = LayerNormalization <axis = 1> (s, c)", "[N,1,1]" },
	{ "lstm", 14, "y, z = LSTM <hidden_size = 2> (s, lw, lr)", "[1,5,2]" },
	{ "lstm_sequence", 14, "z = LSTM(s, lw, lr)", "[N,1,5,2]" },
	{ "lstm_batch_first", 14, "z = LSTM <layout = 1> (s, lw, lr)", "[N,5,1,2]" },
	{ "resize_scales", 13, FLOATS("k", 1.0, 1.0, 2.0, 0.5) "z = Resize(x, , k)",
	  "[N,4,H*2,4]" },
	{ "resize_axes", 18, FLOATS("k", 1.5) "z = Resize <axes = [-1]> (x, , k)", "[N,4,H,12]" },
	{ "resize_by_a_fraction_of_a_symbol", 13,
	  FLOATS("k", 1.0, 1.0, 0.25, 1.0) "z = Resize(x, , k)", "[N,4,floordiv(H,4),8]" },
	{ "resize_sizes", 18, INTS("k", 5, 6) "z = Resize <axes = [3, 1]> (x, , , k)",
	  "[N,6,H,5]" },
	{ "upsample_7", 7, "z = Upsample <scales = [1.0, 1.0, 2.0, 2.0]> (x)", "[N,4,H*2,16]" },
	{ "quantize_type_of_zero_point", 21, "z = QuantizeLinear(x, q_scale, q_zero)",
	  "[N,4,H,8]" },
	{ "dequantize_axis", 13, "z = DequantizeLinear(q, c)", "[N,4,H,8]" },
	{ "if_of_different_sizes", 16,
	  "z = If(yes) <then_branch = g () => (float[4] p) { p = Identity(c) },\n"
	  "            else_branch = h () => (float[8] p) { p = Concat <axis = 0> (c, c) }>",
	  "[?]" },
	{ "loop_stacks", 16,
	  "t = Constant <value_int = 3> ()\n"
	  "y, z = Loop(t, , c) <body = g (int64 i, bool k, float[4] v) => (bool l, float[4] n, float[4] o)\n"
	  "  { l = Identity(k)\n n = Add(v, v)\n o = Identity(v) }>",
	  "[3,4]" },
	{ "scan_takes_slices", 16,
	  "y, z = Scan <num_scan_inputs = 1, scan_input_axes = [1], scan_output_axes = [1],\n"
	  "  body = g (float[4] v, float[N,4] e) => (float[4] n, float[N,4] o) { n = Add(v, v)\n o = Add(e, v) }>(c, s)",
	  "[N,5,4]" },
	{ "sequence_item", 17,
	  "t = Constant <value_int = 2> ()\ns2 = SplitToSequence <axis = 1> (x, t)\n"
	  "k = Constant <value_int = -1> ()\nz = SequenceAt(s2, k)",
	  "[N,2,H,8]" },
	{ "sequence_joined", 17,
	  "e = SequenceEmpty()\nf = SequenceInsert(e, c)\ng = SequenceInsert(f, c)\n"
	  "z = ConcatFromSequence <axis = 0, new_axis = 1> (g)",
	  "[2,4]" },
	{ "attention_keys", 23,
	  "y, k, v, z = Attention <q_num_heads = 2, kv_num_heads = 2> (s, s, s)", "[N,2,5,5]" },
};

/* Sizes known only when the model runs are written "?". */
static const char *shape_of(const struct value *v)
{
	struct strbuf b = { 0 };
	const char *s;

	for (int i = 0; i < v->shape.rank; i++) {
		dim n = v->shape.d[i];
		bool element = n < 0 && (dim_expr(u, n)->kind == DIM_ELEMENT ||
					 dim_expr(u, n)->kind == DIM_SIZE);

		strbuf_printf(&b, "%s%s", i ? "," : "[", element ? "?" : dim_text(u, n));
	}
	strbuf_puts(&b, "]");
	s = arena_strdup(&a, b.s);
	strbuf_free(&b);
	return s;
}

START_TEST(shape)
{
	const char *have;

	ck_assert_msg(import_nodes(shapes[_i].opset, shapes[_i].body), "%s: %s", shapes[_i].name,
		      text.s);
	have = shape_of(value_of(u, u->main->outputs.p[0]));
	ck_assert_msg(strcmp(have, shapes[_i].shape) == 0, "%s: %s, must be %s", shapes[_i].name,
		      have, shapes[_i].shape);
	ck_assert(unit_verify(u, "import"));
}
END_TEST

static const struct {
	const char *name;
	int opset;
	const char *body, *error;
} errors[] = {
	{ "conv_channels", 13, "z = Conv(s, lr)", "W expects 8 channels, X has 5" },
	{ "conv_kernel_shape", 13, "z = Conv <kernel_shape = [3, 2]> (x, w)",
	  "kernel_shape does not agree with W" },
	{ "conv_group", 13, "z = Conv <group = 3> (x, w)", "W expects 12 channels, X has 4" },
	{ "pool_kernel_rank", 13, "z = MaxPool <kernel_shape = [2]> (x)",
	  "kernel_shape has 1 values" },
	{ "pool_window_too_large", 13, "z = MaxPool <kernel_shape = [1, 10]> (x)",
	  "the window spans 10 on spatial axis 1, the padded input has 8" },
	{ "lp_pool_of_half", 1, "z = LpPool <kernel_shape = [1, 1], p = 0.5> (x)", "p is 0.5" },
	{ "unpool_smaller", 13,
	  "k = Constant <value = float[1,1,1,2] {1.0, 2.0}> ()\ni = Constant <value = int64[1,1,1,2] {1, 3}> ()\n" INTS(
		  "o", 1, 1, 1,
		  3) "z = MaxUnpool <kernel_shape = [1, 2], strides = [1, 2]> (k, i, o)",
	  "output_shape has 3 for axis 3, at least 4 is needed" },
	{ "matmul_inner", 13, "z = MatMul(m, s)", "A of shape [4,4] has rows of 4" },
	{ "gemm_bias", 13, "k = Concat <axis = 0> (c, c)\nz = Gemm(m, m, k)",
	  "C of shape [8] does not broadcast" },
	{ "einsum_rank", 13, "z = Einsum <equation = \"ij->ji\"> (s)", "gives operand 0 2 axes" },
	{ "einsum_operands", 13, "z = Einsum <equation = \"bij->b\"> (s, s)",
	  "for fewer operands than the 2" },
	{ "einsum_output", 13, "z = Einsum <equation = \"bij->bk\"> (s)",
	  "letter k of the output is in no operand" },
	{ "einsum_character", 13, "z = Einsum <equation = \"b.j->b\"> (s)",
	  "character 1 of equation" },
	{ "einsum_sizes", 13, "z = Einsum <equation = \"bij,ij->b\"> (s, m)",
	  "has size 4 on axis 0" },
	{ "batch_norm_channels", 15,
	  "k = Concat <axis = 0> (c, c)\nz = BatchNormalization(x, k, c, c, c)",
	  "scale has 8 elements, X has 4 channels" },
	{ "batch_norm_old_training", 9, "z, p, q2 = BatchNormalization(x, c, c, c, c)",
	  "outputs for training are not supported" },
	{ "group_norm_groups", 21, "z = GroupNormalization <num_groups = 3> (x, c, c)",
	  "num_groups 3 does not divide the 4 channels" },
	{ "layer_norm_scale", 17, "k = Concat <axis = 0> (c, c)\nz = LayerNormalization(s, k)",
	  "[8]" },
	{ "lstm_gates", 14, "z = LSTM(s, lr, lr)", "W has shape [1,8,2], [1,8,4] is needed" },
	{ "lstm_activation", 14,
	  "z = LSTM <activations = [\"Sigmoid\", \"Tanh\", \"Swish\"]> (s, lw, lr)",
	  "activation \"Swish\" does not exist" },
	{ "lstm_too_few_activations", 14, "z = LSTM <activations = [\"Sigmoid\"]> (s, lw, lr)",
	  "activations has 1 names, 3 are needed" },
	{ "resize_both", 13,
	  FLOATS("k", 1.0, 1.0, 2.0, 2.0) INTS("o", 1, 4, 5, 5) "z = Resize(x, , k, o)",
	  "either scales or sizes" },
	{ "resize_scale_count", 13, FLOATS("k", 2.0, 2.0) "z = Resize(x, , k)",
	  "scales has 2 elements, 4 are needed" },
	{ "resize_negative", 13, FLOATS("k", 1.0, 1.0, -2.0, 2.0) "z = Resize(x, , k)",
	  "scales has -2" },
	{ "resize_symbol_by_odd_scale", 13, FLOATS("k", 1.0, 1.0, 1.2345, 2.0) "z = Resize(x, , k)",
	  "needs that size at compile time" },
	{ "resize_without_roi", 13,
	  FLOATS("k", 1.0, 1.0, 2.0,
		 2.0) "z = Resize <coordinate_transformation_mode = \"tf_crop_and_resize\"> (x, , k)",
	  "needs roi" },
	{ "quantize_scales", 13, "k = Concat <axis = 0> (c, c)\nz = QuantizeLinear(x, k, q_zero)",
	  "y_scale has shape [8], axis 1 of x has size 4" },
	{ "quantize_types", 21, "z = QuantizeLinear <output_dtype = 3> (x, q_scale, q_zero)",
	  "output_dtype is int8, y_zero_point has type uint8" },
	{ "if_of_types", 16,
	  "z = If(yes) <then_branch = g () => (float[4] p) { p = Identity(c) },\n"
	  "            else_branch = h () => (int64 p) { p = Identity(times) }>",
	  "output 0 has type float in one place and int64 in another" },
	{ "if_of_ranks", 16,
	  "z = If(yes) <then_branch = g () => (float[4] p) { p = Identity(c) },\n"
	  "            else_branch = h () => (float[4,4] p) { p = Identity(m) }>",
	  "output 0 has shape [4] in one branch, [4,4] in the other" },
	{ "loop_that_gains_axes", 16,
	  "z = Loop(times, , c) <body = g (int64 i, bool k, float[4] v) => (bool l, float[1,4] n)\n"
	  "  { l = Identity(k)\n a = Constant <value_ints = [0]> ()\n n = Unsqueeze (v, a) }>",
	  "number 0 is [4] before an iteration and [1,4] after it" },
	{ "scan_8_lengths", 8,
	  "z = Scan <num_scan_inputs = 1, body = g (float[4] e) => (float[4] o) { o = Identity(e) }>(times, s)",
	  "sequence_lens is not supported" },
	{ "sequence_by_data", 17, "f = SequenceConstruct(m, c)\nz = SequenceAt(f, times)",
	  "the tensors differ in rank, that of the result must be known at compile time" },
	{ "sequence_past_the_end", 17,
	  "f = SequenceConstruct(c, c)\nk = Constant <value_int = 2> ()\nz = SequenceAt(f, k)",
	  "position is outside the sequence of 2 tensors" },
	{ "attention_without_heads", 23, "z = Attention(s, s, s)",
	  "q_num_heads and kv_num_heads are needed" },
};

START_TEST(error)
{
	ck_assert_msg(!import_nodes(errors[_i].opset, errors[_i].body), "%s was accepted",
		      errors[_i].name);
	ck_assert_msg(strstr(text.s, errors[_i].error) != NULL, "%s: %s", errors[_i].name, text.s);
	ck_assert_msg(d.errors == 1, "%s: %s", errors[_i].name, text.s);
}
END_TEST

Suite *suite_layers(void)
{
	const struct unit_test tests[] = {
		{ "shape", shape, ARRAY_LEN(shapes) },
		{ "error", error, ARRAY_LEN(errors) },
	};

	return unit_suite("layers", tests, ARRAY_LEN(tests), set_up, tear_down);
}
