/* signal.c - discrete Fourier transforms: DFT, STFT. The last axis of their tensors holds a complex
 * number's real and imaginary part, or a real number alone.
 *
 *	y[k] = sum over n of x[n] e^(-2 pi i k n / N);  inverse: x[n] = 1/N sum of y[k] e^(2 pi i k n / N)
 *
 * The N powers of e^(-2 pi i / N) are a table, which folds to a constant where N is a number. The
 * sums are written as they stand: N^2 operations. */
#include "family.h"

#include <string.h>

/* The table [N][2] of cos(2 pi k / N) and sin(2 pi k / N) in type t, computed in double. */
static uint32_t circle(struct node *at, dim length, enum dtype t)
{
	struct unit *u = at->graph->unit;
	struct shape s = { .rank = 2, .d = { length, 2 } };
	const struct tir *idx[RANK_MAX], *angle;
	struct node *m = new_loops(at, 0, NULL, t, &s);
	struct tir_stage stage;
	struct tir_builder b;

	tir_builder_init(&b, u, m);
	tir_stage_begin(&b, 0, &stage, idx);
	angle = tir_mul(&b, tir_cast(&b, DT_F64, idx[0]), tir_float(&b, DT_F64, 6.283185307179586));
	angle = tir_div(&b, angle, tir_cast(&b, DT_F64, tir_dim(&b, length)));
	stage.value = tir_select(&b, tir_eq(&b, idx[1], tir_index(&b, 0)),
				 tir_unary(&b, TIR_COS, angle), tir_unary(&b, TIR_SIN, angle));
	stage.value = tir_cast(&b, dtype_compute(t), stage.value);
	set_loops(m, &stage);
	return m->out[0];
}

/* Part `part` (0: real, 1: imaginary) of x e^(+-2 pi i at / N); x[1] NULL: real. Slot `table` has
 * the powers. */
static const struct tir *turned(struct tir_builder *b, int table, const struct tir *at,
				const struct tir *const *x, bool inverse, const struct tir *part)
{
	const struct tir *idx[2] = { at, tir_index(b, 0) }, *c, *s, *re, *im;

	c = tir_load(b, table, idx);
	idx[1] = tir_index(b, 1);
	s = tir_load(b, table, idx);
	if (!inverse)
		s = tir_neg(b, s);
	re = tir_mul(b, x[0], c);
	im = tir_mul(b, x[0], s);
	if (x[1]) {
		re = tir_sub(b, re, tir_mul(b, x[1], s));
		im = tir_add(b, im, tir_mul(b, x[1], c));
	}
	return tir_select(b, tir_eq(b, part, tir_index(b, 0)), re, im);
}

/* k n mod N, k < N and n < N. */
static const struct tir *power_at(struct tir_builder *b, const struct tir *k, const struct tir *n,
				  dim length)
{
	return tir_floormod(b, tir_mul(b, k, n), tir_dim(b, length));
}

/* The one number of a size input, at most `most`, as a dim; def when it is left out. */
static bool size_input(struct unit *u, const struct node *n, int k, const char *name, int64_t most,
		       dim def, dim *out)
{
	const dim *d;
	int count;

	*out = def;
	if (!node_in(n, k))
		return true;
	if (!input_elements(u, n, k, name, 1, most, &d, &count))
		return false;
	if (count != 1 || dim_lo(u, d[0]) < 1)
		return node_error(u, n, "%s must be one number of at least 1", name);
	*out = d[0];
	return true;
}

/* -- DFT ----------------------------------------------------------------------------------- */

static const struct attr_row dft_rows[] = { A_FLAG(struct dft_attrs, inverse, 0),
					    A_FLAG(struct dft_attrs, onesided, 0), A_END };

/* named[i]: axis i is transformed, which may be known at run time only; length[i]: its N then. */
struct transform {
	dim named[RANK_MAX], length[RANK_MAX];
};

static bool dft_axis(struct unit *u, const struct node *n, dim *named)
{
	int rank = node_in(n, 0)->shape.rank, count = 1;

	for (int i = 0; i < rank; i++)
		named[i] = i == rank - 2;
	if (node_in(n, 2) && !axes_named(u, n, 2, rank, named, &count))
		return false;
	if (count != 1)
		return node_error(u, n, "axis must be one number");
	if (named[rank - 1] == 1)
		return node_error(u, n, "axis %d is that of the complex parts", rank - 1);
	return true;
}

static bool read_transform(struct unit *u, const struct node *n, struct transform *t)
{
	const struct dft_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, 0)->shape;
	dim parts;

	if (!infer_need_rank(u, n, node_in(n, 0), "input", 2, RANK_MAX) ||
	    !dft_axis(u, n, t->named))
		return false;
	parts = x->d[x->rank - 1];
	if (!dim_is_const(parts) || parts < 1 || parts > 2)
		return node_error(u, n, "the last axis of input has size %s, must be 1 or 2",
				  dim_text(u, parts));
	for (int i = 0; i < x->rank - 1; i++) {
		dim d = x->d[i];

		if (a->inverse && a->onesided) /* of N / 2 + 1 elements; N is taken to be even */
			d = dim_mul(u, dim_add(u, d, dim_number(u, -1)), 2);
		if (!size_input(u, n, 1, "dft_length", DIM_UNBOUNDED, d, &t->length[i]))
			return false;
	}
	return true;
}

static bool infer_dft(struct unit *u, struct node *n)
{
	const struct dft_attrs *a = n->attrs;
	struct transform t;
	struct shape s;

	if (!read_transform(u, n, &t))
		return false;
	s = node_in(n, 0)->shape;
	s.d[s.rank - 1] = a->inverse && a->onesided ? 1 : 2;
	for (int i = 0; i < s.rank - 1; i++) {
		dim d = a->onesided && !a->inverse ? dim_add(u, dim_floordiv(u, t.length[i], 2), 1)
						   : t.length[i];

		if (d != s.d[i])
			s.d[i] = dim_add(u, dim_mul(u, d, t.named[i]),
					 dim_mul(u, s.d[i], dim_diff(u, 1, t.named[i])));
	}
	set_shape(node_out(n, 0), &s);
	return true;
}

/* One-sided and inverse: what is left out is the conjugate of what is there, so the real parts of
 * all but y[0] and y[N/2] count twice. */
static const struct tir *weight(struct tir_builder *b, const struct tir *k, dim length,
				enum dtype t)
{
	const struct tir *twice = tir_affine(b, k, 2, 0), *one = tir_number(b, t, 1);
	const struct tir *alone =
		tir_or(b, tir_eq(b, k, tir_index(b, 0)), tir_eq(b, twice, tir_dim(b, length)));

	return tir_select(b, alone, one, tir_number(b, t, 2));
}

/* The transform along an axis, at point `point` of the output; slot `table` has the powers. Sums are made
 * also where another axis is the transformed one, so they stay inside of the input there. */
static const struct tir *transformed(struct tir_builder *b, const struct dft_attrs *a, int axis,
				     dim length, int table, const struct tir *const *point)
{
	const struct shape *x = &node_in(b->node, 0)->shape;
	const struct tir *idx[RANK_MAX], *k, *z[2] = { NULL, NULL }, *sum, *power;
	dim terms = dim_min(b->u, length, x->d[axis]);
	int last = x->rank - 1;

	if (a->onesided && a->inverse)
		terms = dim_min(b->u, terms, dim_add(b->u, dim_floordiv(b->u, length, 2), 1));
	memcpy(idx, point, (size_t)x->rank * sizeof *idx);
	for (int i = 0; i < last; i++)
		if (i != axis)
			idx[i] = tir_min(b, idx[i], tir_affine(b, tir_dim(b, x->d[i]), 1, -1));
	k = tir_var(b, terms, "k");
	power = power_at(b, idx[axis], k, length);
	idx[axis] = k;
	for (int i = 0; i < x->d[last]; i++) {
		idx[last] = tir_index(b, i);
		z[i] = tir_load(b, 0, idx);
	}
	sum = turned(b, table, power, z, a->inverse, point[last]);
	if (a->onesided && a->inverse)
		sum = tir_mul(b, sum, weight(b, k, length, sum->type));
	sum = tir_reduce(b, REDUCE_SUM, 1, &k, sum);
	if (a->inverse)
		sum = tir_div(b, sum, tir_cast(b, sum->type, tir_dim(b, length)));
	return sum;
}

static bool expand_dft(struct unit *u, struct node *n)
{
	const struct value *x = node_in(n, 0), *y = node_out(n, 0);
	const struct tir *idx[RANK_MAX], *value = NULL;
	uint32_t in[RANK_MAX] = { x->id };
	int n_in = 1, slot[RANK_MAX];
	struct tir_stage stage;
	struct tir_builder b;
	struct transform t;
	struct node *m;

	if (!read_transform(u, n, &t))
		return false;
	for (int i = 0; i < x->shape.rank - 1; i++)
		if (t.named[i] != 0)
			in[slot[i] = n_in++] = circle(n, t.length[i], x->type);
	m = new_loops(n, n_in, in, y->type, &y->shape);
	tir_builder_init(&b, u, m);
	tir_stage_begin(&b, 0, &stage, idx);
	for (int i = 0; i < x->shape.rank - 1; i++) {
		const struct tir *along;

		if (t.named[i] == 0)
			continue;
		along = transformed(&b, n->attrs, i, t.length[i], slot[i], idx);
		value = value ? tir_select(&b,
					   tir_eq(&b, tir_dim(&b, t.named[i]), tir_index(&b, 1)),
					   along, value)
			      : along;
	}
	stage.value = value;
	set_loops(m, &stage);
	expand_output(u, n, 0, m->out[0]);
	return true;
}

struct dft17_attrs {
	int64_t axis, inverse, onesided;
};
static const struct attr_row dft17_rows[] = { A_INT(struct dft17_attrs, axis, 1),
					      A_FLAG(struct dft17_attrs, inverse, 0),
					      A_FLAG(struct dft17_attrs, onesided, 0), A_END };

static bool upgrade_dft17(struct unit *u, struct node *n)
{
	struct dft17_attrs old = *(const struct dft17_attrs *)n->attrs;
	struct dft_attrs a = { .inverse = old.inverse, .onesided = old.onesided };

	upgrade_to_newest(u, n, &a);
	upgrade_ints_input(u, n, 2, "axis", &old.axis, 1);
	return true;
}

/* -- STFT ---------------------------------------------------------------------------------- */

struct stft_attrs {
	int64_t onesided;
};
static const struct attr_row stft_rows[] = { A_FLAG(struct stft_attrs, onesided, 1), A_END };

static bool stft_size(struct unit *u, const struct node *n, dim *step, dim *length)
{
	const struct shape *x = &node_in(n, 0)->shape;
	const struct value *window = node_in(n, 2);

	if (!infer_need_rank(u, n, node_in(n, 0), "signal", 2, 3) ||
	    !size_input(u, n, 1, "frame_step", DIM_UNBOUNDED, 1, step) ||
	    (window && !infer_need_rank(u, n, window, "window", 1, 1)))
		return false;
	if (x->rank == 3 && (!dim_is_const(x->d[2]) || x->d[2] < 1 || x->d[2] > 2))
		return node_error(u, n, "the last axis of signal has size %s, must be 1 or 2",
				  dim_text(u, x->d[2]));
	if (!size_input(u, n, 3, "frame_length", dim_hi(u, x->d[1]),
			window ? window->shape.d[0] : x->d[1], length))
		return false;
	if (window && !dim_assume_equal(u, window->shape.d[0], *length, NULL))
		return node_error(u, n, "window has %s elements, frame_length is %s",
				  dim_text(u, window->shape.d[0]), dim_text(u, *length));
	if (dim_lo(u, *length) > dim_hi(u, x->d[1]))
		return node_error(u, n, "frame_length is %s, signal has %s elements",
				  dim_text(u, *length), dim_text(u, x->d[1]));
	return true;
}

static bool infer_stft(struct unit *u, struct node *n)
{
	const struct stft_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, 0)->shape;
	struct shape s = { .rank = 4 };
	dim step, length, last;

	if (!stft_size(u, n, &step, &length))
		return false;
	s.d[0] = x->d[0];
	last = dim_diff(u, x->d[1], length); /* where the last window may begin */
	if (dim_is_const(step))
		s.d[1] = dim_add(u, dim_floordiv(u, last, step), 1);
	else
		s.d[1] = dim_size(u, node_out(n, 0)->id, 1, dim_hi(u, dim_add(u, last, 1)));
	s.d[2] = a->onesided ? dim_add(u, dim_floordiv(u, length, 2), 1) : length;
	s.d[3] = 2;
	set_shape(node_out(n, 0), &s);
	return true;
}

/* The number of windows, when the step is known at run time only. */
static const struct tir *size_stft(struct tir_builder *b, const struct node *n, int k, int axis)
{
	const struct tir *last;
	dim step, length;

	(void)k;
	(void)axis;
	if (!stft_size(b->u, n, &step, &length))
		unreachable("sizes that were read before");
	last = tir_sub(b, tir_dim(b, node_in(n, 0)->shape.d[1]), tir_dim(b, length));
	return tir_affine(b, tir_floordiv(b, last, tir_dim(b, step)), 1, 1);
}

static bool expand_stft(struct unit *u, struct node *n)
{
	const struct value *x = node_in(n, 0), *y = node_out(n, 0);
	const struct tir *idx[RANK_MAX], *k, *at[3], *z[2] = { NULL, NULL }, *w, *sum;
	uint32_t in[3] = { x->id, VALUE_NONE, n->n_in > 2 ? n->in[2] : VALUE_NONE };
	struct tir_stage stage;
	struct tir_builder b;
	struct node *m;
	dim step, length;

	if (!stft_size(u, n, &step, &length))
		return false;
	in[1] = circle(n, length, x->type);
	m = new_loops(n, in[2] ? 3 : 2, in, y->type, &y->shape);
	tir_builder_init(&b, u, m);
	tir_stage_begin(&b, 0, &stage, idx);
	k = tir_var(&b, length, "k");
	at[0] = idx[0];
	at[1] = tir_add(&b, tir_mul(&b, idx[1], tir_dim(&b, step)), k);
	for (int i = 0; i < (x->shape.rank == 3 && x->shape.d[2] == 2 ? 2 : 1); i++) {
		at[2] = tir_index(&b, i);
		z[i] = tir_load(&b, 0, at);
		w = in[2] ? tir_load(&b, 2, &k) : NULL;
		z[i] = w ? tir_mul(&b, z[i], w) : z[i];
	}
	sum = turned(&b, 1, power_at(&b, idx[2], k, length), z, false, idx[3]);
	stage.value = tir_reduce(&b, REDUCE_SUM, 1, &k, sum);
	set_loops(m, &stage);
	expand_output(u, n, 0, m->out[0]);
	return true;
}

const struct op ops_signal[] = {
	{ .name = "DFT",
	  .since = 20,
	  .sig = "input:T1 dft_length?:T2 axis?:int64 -> output:T1",
	  .types = "T1=floats T2=int32,int64",
	  .attrs = dft_rows,
	  .attrs_size = sizeof(struct dft_attrs),
	  .infer = infer_dft,
	  .expand = expand_dft,
	  .doc = "the discrete Fourier transform along an axis, and its inverse" },
	{ .name = "DFT",
	  .since = 17,
	  .until = 19,
	  .sig = "input:T1 dft_length?:T2 -> output:T1",
	  .types = "T1=floats T2=int32,int64",
	  .attrs = dft17_rows,
	  .attrs_size = sizeof(struct dft17_attrs),
	  .upgrade = upgrade_dft17 },
	{ .name = "STFT",
	  .since = 17,
	  .sig = "signal:T1 frame_step:T2 window?:T1 frame_length?:T2 -> output:T1",
	  .types = "T1=floats T2=int32,int64",
	  .attrs = stft_rows,
	  .attrs_size = sizeof(struct stft_attrs),
	  .infer = infer_stft,
	  .expand = expand_stft,
	  .size = size_stft,
	  .doc = "the Fourier transforms of windows that slide over a signal" },
	{ .name = NULL }
};
