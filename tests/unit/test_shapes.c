/* Shapes and shape data through operators, symbolic sizes included; and what a wrong node is told.
 */
#include "import_fixture.h"

/* A model of opset `opset` with inputs x float[N,6,4], y float[N,6,4], b float[6,1], i int64[3], n
 * int64[N] and output z. */
static bool import_nodes(int opset, const char *body)
{
	const char *model = arena_printf(
		&a,
		"<ir_version: 8, opset_import: [\"\" : %d]>\n"
		"m (float[N,6,4] x, float[N,6,4] y, float[6,1] b, int64[3] i, int64[N] n, float[1,16,2,3] p, bool[6] c)"
		" => (z) {\n%s\n}\n",
		opset, body);

	return import(model, NULL);
}

static const struct value *output(void)
{
	return value_of(u, u->main->outputs.p[0]);
}

static const struct {
	const char *name;
	int opset;
	const char *body, *shape;
} shapes[] = {
	{ "broadcast", 13, "z = Add(x, b)", "[N,6,4]" },
	{ "opset_6_axis", 6,
	  "w = Constant <value_floats = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]> ()\n"
	  "z = Add <axis = 1, broadcast = 1> (x, w)",
	  "[N,6,4]" },
	{ "broadcast_of_what_a_slice_leaves_of_one", 13,
	  "o = Constant <value_ints = [0]> ()\nk = Constant <value_ints = [1]> ()\ne = Shape(n)\n"
	  "v = Slice(b, o, e, k)\nw = Cast <to = 1> (n)\nz = Add(v, w)",
	  "[6,N]" },
	{ "reshape_keeps_symbol", 13, "s = Constant <value_ints = [0, -1]> ()\nz = Reshape(x, s)",
	  "[N,24]" },
	{ "reshape_infers_symbol", 13, "s = Constant <value_ints = [-1, 12]> ()\nz = Reshape(x, s)",
	  "[N*2,12]" },
	{ "reshape_allowzero", 14,
	  "s = Constant <value_ints = [0, 5]> ()\ne = Constant <value_ints = [0]> ()\n"
	  "v = ConstantOfShape(e)\nz = Reshape <allowzero = 1> (v, s)",
	  "[0,5]" },
	{ "reshape_from_shape_arithmetic", 13,
	  "s = Shape(x)\nk = Constant <value_ints = [0]> ()\ng = Gather(s, k)\nm = Constant <value_ints = [-1]> ()\n"
	  "t = Concat <axis = 0> (g, m)\nz = Reshape(x, t)",
	  "[N,24]" },
	{ "reshape_doubles", 13,
	  "s = Shape(x)\none = Constant <value_ints = [0]> ()\nn0 = Gather(s, one)\ntwo = Constant <value_ints = [2]> ()\n"
	  "n2 = Mul(n0, two)\nm = Constant <value_ints = [12]> ()\nt = Concat <axis = 0> (n2, m)\nz = Reshape(x, t)",
	  "[N*2,12]" },
	{ "shape_through_floats", 13,
	  "s = Constant <value_floats = [2.5, 4.0]> ()\nf = Floor(s)\nt = Cast <to = 7> (f)\n"
	  "e = ConstantOfShape(t)\nz = Identity(e)",
	  "[2,4]" },
	{ "expand_by_where", 13,
	  "s = Shape(x)\nm = Constant <value_ints = [-1, -1, 4]> ()\nminus = Constant <value_int = -1> ()\n"
	  "q = Equal(m, minus)\no = Constant <value_ints = [1, 1, 1]> ()\nt = Where(q, o, m)\nw = Expand(b, s)\n"
	  "z = Expand(w, t)",
	  "[N,6,4]" },
	{ "flatten_axis_2", 13, "z = Flatten <axis = 2> (x)", "[N*6,4]" },
	{ "flatten_negative", 13, "z = Flatten <axis = -3> (x)", "[1,N*24]" },
	{ "squeeze_attribute", 11, "z = Squeeze <axes = [0]> (p)", "[16,2,3]" },
	{ "squeeze_all", 13, "z = Squeeze(p)", "[16,2,3]" },
	{ "unsqueeze_negative", 11, "z = Unsqueeze <axes = [-1, 0]> (x)", "[1,N,6,4,1]" },
	{ "transpose_reverses", 13, "z = Transpose(x)", "[4,6,N]" },
	{ "concat_adds_symbols", 13, "z = Concat <axis = 0> (x, y)", "[N*2,6,4]" },
	{ "split_equal", 13, "q, z = Split <axis = 1> (x)", "[N,3,4]" },
	{ "split_last_is_smaller", 18, "q, r, s, z = Split <axis = 1, num_outputs = 4> (x)",
	  "[N,0,4]" },
	{ "split_symbol_by_attribute", 11, "q, z = Split <axis = 1, split = [1, 5]> (x)",
	  "[N,5,4]" },
	{ "slice_to_the_end", 9,
	  "z = Slice <axes = [1], starts = [-2], ends = [9223372036854775807]> (x)", "[N,2,4]" },
	{ "slice_symbol", 9, "z = Slice <axes = [0], starts = [1], ends = [2147483647]> (x)",
	  "[max(N-1,0),6,4]" },
	{ "slice_clamps_symbol", 9, "z = Slice <axes = [0], starts = [0], ends = [5]> (x)",
	  "[min(N,5),6,4]" },
	{ "slice_backwards", 13,
	  "s = Constant <value_ints = [-1]> ()\ne = Constant <value_ints = [-9223372036854775807]> ()\n"
	  "k = Constant <value_ints = [1]> ()\nt = Constant <value_ints = [-2]> ()\nz = Slice(x, s, e, k, t)",
	  "[N,3,4]" },
	{ "pad_attribute", 2, "z = Pad <pads = [0, 1, 2, 0, 1, -1]> (x)", "[N,8,5]" },
	{ "pad_axes", 18,
	  "p1 = Constant <value_ints = [1, 3]> ()\nk = Constant <value_ints = [-1]> ()\nz = Pad(x, p1, , k)",
	  "[N,6,8]" },
	{ "pads_of_exporters", 11, /* F.pad as PyTorch writes it: reversed pairs, turned round */
	  "q = Constant <value_ints = [1, 2]> ()\nn4 = Constant <value_ints = [4]> ()\n"
	  "zeros = ConstantOfShape <value = int64[1] {0}> (n4)\nall = Concat <axis = 0> (q, zeros)\n"
	  "two = Constant <value_ints = [-1, 2]> ()\nr = Reshape(all, two)\ns = Constant <value_ints = [-1]> ()\n"
	  "e = Constant <value_ints = [-9223372036854775807]> ()\nax = Constant <value_ints = [0]> ()\n"
	  "f = Slice(r, s, e, ax, s)\nt = Transpose <perm = [1, 0]> (f)\nflat = Reshape(t, s)\n"
	  "pads = Cast <to = 7> (flat)\nz = Pad <mode = \"constant\"> (x, pads)",
	  "[N,6,7]" },
	{ "tile", 13, "r = Constant <value_ints = [2, 1, 3]> ()\nz = Tile(x, r)", "[N*2,6,12]" },
	{ "depth_to_space", 13, "z = DepthToSpace <blocksize = 2> (p)", "[1,4,4,6]" },
	{ "gather_scalar", 13, "k = Constant <value_int = 0> ()\nz = Gather <axis = 1> (x, k)",
	  "[N,4]" },
	{ "gather_nd", 13,
	  "k = Constant <value = int64[2,1] {0, 1}> ()\nz = GatherND <batch_dims = 0> (b, k)",
	  "[2,1]" },
	{ "reduce_attribute", 12, "z = ReduceSum <axes = [1, -1], keepdims = 0> (x)", "[N]" },
	{ "reduce_all", 13, "z = ReduceSum(x)", "[1,1,1]" },
	{ "reduce_noop", 13, "z = ReduceSum <noop_with_empty_axes = 1> (x)", "[N,6,4]" },
	{ "argmax", 12, "z = ArgMax <axis = -1, keepdims = 0> (x)", "[N,6]" },
	{ "softmax_over_flattened_axes", 12, "z = Softmax <axis = 1> (x)", "[N,6,4]" },
	{ "onehot", 11,
	  "k = Constant <value_int = 7> ()\nv = Constant <value_floats = [0.0, 1.0]> ()\n"
	  "z = OneHot <axis = 0> (n, k, v)",
	  "[7,N]" },
	{ "range_of_a_size", 11,
	  "s = Shape(x)\nq = Constant <value_int = 0> ()\nl = Gather(s, q)\none = Constant <value_int = 1> ()\n"
	  "z = Range(q, l, one)",
	  "[N]" },
	{ "topk_attribute", 9, "q, z = TopK <axis = 1, k = 3> (x)", "[N,3,4]" },
	{ "compress_by_constant", 11,
	  "k = Constant <value = bool[3] {1, 0, 1}> ()\nz = Compress <axis = 1> (x, k)",
	  "[N,2,4]" },
	{ "prelu_opset_6", 6,
	  "w = Constant <value_floats = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]> ()\nz = PRelu(x, w)",
	  "[N,6,4]" },
	{ "prelu_slope_of_a_size_that_n_must_be", 13,
	  "w = Constant <value = float[5,1,1] {1, 2, 3, 4, 5}> ()\nz = PRelu(x, w)", "[5,6,4]" },
	{ "clip_attributes", 6, "z = Clip <min = 0.0, max = 6.0> (x)", "[N,6,4]" },
	{ "centre", 18,
	  "s = Constant <value_ints = [3, 9]> ()\nz = CenterCropPad <axes = [1, 2]> (x, s)",
	  "[N,3,9]" },
};

START_TEST(shape)
{
	ck_assert_msg(import_nodes(shapes[_i].opset, shapes[_i].body), "%s: %s", shapes[_i].name,
		      text.s);
	ck_assert_msg(unit_verify(u, "import"), "%s: %s", shapes[_i].name, text.s);
	ck_assert_msg(strcmp(shape_text(u, &output()->shape), shapes[_i].shape) == 0,
		      "%s: %s, must be %s", shapes[_i].name, shape_text(u, &output()->shape),
		      shapes[_i].shape);
}
END_TEST

/* Integer content: each element as text. */
static const struct {
	const char *name, *body, *content;
} contents[] = {
	{ "shape", "z = Shape(x)", "N 6 4" },
	{ "shape_from_the_end", "z = Shape <start = -2> (x)", "6 4" },
	{ "size", "z = Size(x)", "N*24" },
	{ "sum", "s = Shape(x)\nt = Shape(y)\nz = Add(s, t)", "N*2 12 8" },
	{ "difference", "s = Shape(x)\nk = Constant <value_ints = [1, 7, 0]> ()\nz = Sub(s, k)",
	  "N-1 -1 4" },
	{ "quotient", "s = Shape(x)\nk = Constant <value_int = 2> ()\nz = Div(s, k)",
	  "floordiv(N,2) 3 2" },
	{ "rest", "s = Shape(x)\nk = Constant <value_int = 4> ()\nz = Mod(s, k)",
	  "N-4*floordiv(N,4) 2 0" },
	{ "maximum", "s = Shape(x)\nk = Constant <value_int = 5> ()\nz = Max(s, k)",
	  "max(N,5) 6 5" },
	{ "equality_of_a_size", "s = Shape(x)\nk = Constant <value_int = -1> ()\nz = Equal(s, k)",
	  "0 0 0" },
	{ "product", "s = Shape(x)\nz = ReduceProd <keepdims = 0> (s)", "N*24" },
	{ "reversed",
	  "s = Shape(x)\nq = Constant <value_ints = [-1]> ()\ne = Constant <value_ints = [-100]> ()\n"
	  "k = Constant <value_ints = [0]> ()\nz = Slice(s, q, e, k, q)",
	  "4 6 N" },
	{ "matrix_transposed",
	  "s = Shape(x)\nt = Concat <axis = 0> (s, s)\nk = Constant <value_ints = [2, 3]> ()\n"
	  "m = Reshape(t, k)\nr = Transpose(m)\nf = Constant <value_ints = [-1]> ()\nz = Reshape(r, f)",
	  "N N 6 6 4 4" },
	{ "repeated", "s = Shape(x)\nk = Constant <value_ints = [2]> ()\nz = Tile(s, k)",
	  "N 6 4 N 6 4" },
	{ "padded", "s = Shape(x)\nk = Constant <value_ints = [1, 0]> ()\nz = Pad(s, k)",
	  "0 N 6 4" },
	{ "counted",
	  "s = Shape(b)\nk = Constant <value_int = 0> ()\nl = Gather(s, k)\none = Constant <value_int = 2> ()\n"
	  "z = Range(k, l, one)",
	  "0 2 4" },
	{ "cast", "s = Shape(x)\nz = Cast <to = 6> (s)", "N 6 4" },
	{ "least_of_floats",
	  "s = Shape(x)\nf = Cast <to = 1> (s)\nk = Constant <value_floats = [999.0, 9.0, 2.5]> ()\n"
	  "m = Min(f, k)\nz = Cast <to = 7> (m)",
	  "min(N,999) 6 2" },
	{ "most_of_floats_of_a_known_size",
	  "s = Shape(x)\nf = Cast <to = 1> (s)\nk = Constant <value_floats = [0.0, 9.0, 2.5]> ()\n"
	  "o = Constant <value_floats = [7.0]> ()\ng = Min(f, o)\nm = Max(g, k)\nz = Cast <to = 7> (m)",
	  "min(N,7) 9 4" },
};

START_TEST(content)
{
	struct strbuf have = { 0 };
	const struct value *z;

	ck_assert_msg(import_nodes(14, contents[_i].body), "%s: %s", contents[_i].name, text.s);
	z = output();
	for (int k = 0; k < (z->shape.rank ? (int)z->shape.d[0] : 1); k++) {
		dim e = z->constant ? dim_number(u, constant_i64(z->constant, k))
			: z->elems  ? z->elems[k]
				    : DIM_OVERFLOW;

		strbuf_printf(&have, "%s%s", k ? " " : "", dim_text(u, e));
	}
	ck_assert_msg(strcmp(have.s, contents[_i].content) == 0, "%s: %s, must be %s",
		      contents[_i].name, have.s, contents[_i].content);
	strbuf_free(&have);
}
END_TEST

static const struct {
	const char *name, *body, *error;
} errors[] = {
	{ "shapes_do_not_broadcast", "w = Constant <value_floats = [1.0, 2.0]> ()\nz = Add(x, w)",
	  "[N,6,4] and [2]" },
	{ "reshape_to_other_count", "s = Constant <value_ints = [5, 5]> ()\nz = Reshape(b, s)",
	  "data [6,1] cannot have 25 elements" },
	{ "reshape_two_unknown", "s = Constant <value_ints = [-1, -1]> ()\nz = Reshape(b, s)",
	  "shape has -1 at axes 0 and 1" },
	{ "axis_outside", "z = Concat <axis = 3> (x, y)", "axis 3 is outside [-3, 2]" },
	{ "concat_of_unequal", "w = ReduceSum(x)\nz = Concat <axis = 0> (x, w)",
	  "inputs 1 is [1,1,1]" },
	{ "split_sum", "s = Constant <value_ints = [1, 2]> ()\nq, z = Split <axis = 1> (x, s)",
	  "split sums to 3, axis 1 of input has size 6" },
	{ "squeeze_of_larger", "s = Constant <value_ints = [1]> ()\nz = Squeeze(x, s)",
	  "is not of size 1" },
	{ "perm_twice", "z = Transpose <perm = [0, 0, 1]> (x)", "perm has 0 twice" },
	{ "slice_by_step_0", "s = Constant <value_ints = [0]> ()\nz = Slice(x, s, s, s, s)",
	  "steps has 0" },
	{ "pads_too_few", "s = Constant <value_ints = [1, 1]> ()\nz = Pad(x, s)",
	  "pads has 2 elements, must have 6" },
	{ "crops_too_much", "s = Constant <value_ints = [0, -9, 0, 0, 0, 0]> ()\nz = Pad(x, s)",
	  "size" },
	{ "depth_no_multiple", "z = DepthToSpace <blocksize = 3> (p)", "not a multiple of 9" },
	{ "onehot_depth", "k = Constant <value_int = 7> ()\nz = OneHot(n, k, i)",
	  "values must have 2 elements" },
	{ "topk_too_many", "k = Constant <value_ints = [7]> ()\nq, z = TopK <axis = 1> (x, k)",
	  "K is 7, axis 1 of X has size 6" },
	{ "types_mixed", "z = Add(x, n)", "has type int64" },
	{ "range_without_step", "q = Constant <value_int = 0> ()\nz = Range(q, q, q)",
	  "delta is 0" },
	{ "scatter_shapes", "z = ScatterElements(x, n, y)", "indices has rank 1" },
	{ "bits", "z = BitShift <direction = \"UP\"> (i, i)", "UP" },
};

START_TEST(error)
{
	ck_assert_msg(!import_nodes(14, errors[_i].body), "%s was accepted", errors[_i].name);
	ck_assert_msg(strstr(text.s, errors[_i].error) != NULL, "%s: %s", errors[_i].name, text.s);
	ck_assert_int_eq(d.errors, 1);
}
END_TEST

Suite *suite_shapes(void)
{
	const struct unit_test tests[] = {
		{ "shape", shape, ARRAY_LEN(shapes) },
		{ "content", content, ARRAY_LEN(contents) },
		{ "error", error, ARRAY_LEN(errors) },
	};

	return unit_suite("shapes", tests, ARRAY_LEN(tests), set_up, tear_down);
}
