/* signal.c - discrete Fourier transforms: DFT, STFT. The last axis of their tensors holds a complex
 * number's real and imaginary part, or a real number alone.
 *
 *	y[k] = sum over n of x[n] e^(-2 pi i k n / N);  inverse: x[n] = 1/N sum of y[k] e^(2 pi i k n / N)
 *
 * The N powers of e^(-2 pi i / N) are a table, which folds to a constant where N is a number. The
 * sums are written as they stand: N^2 operations. */
#include "family.h"

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

/* The one number of a size input, as a dim; def when it is left out. */
static bool size_input(struct unit *u, const struct node *n, int k, const char *name, dim def,
		       dim *out)
{
	const dim *d;
	int count, known = input_dims(u, n, k, &d, &count);

	*out = def;
	if (known == 0)
		return true;
	if (known < 0)
		return node_error(u, n, "%s must be known at compile time", name);
	if (count != 1 || dim_lo(u, d[0]) < 0)
		return node_error(u, n, "%s must be one number of at least 0", name);
	*out = d[0];
	return true;
}

/* -- DFT ----------------------------------------------------------------------------------- */

struct dft_attrs {
	int64_t inverse, onesided;
};
static const struct attr_row dft_rows[] = { A_FLAG(struct dft_attrs, inverse, 0),
					    A_FLAG(struct dft_attrs, onesided, 0), A_END };

/* The transform's axis and length N. */
static bool dft_size(struct unit *u, const struct node *n, int *axis, dim *length)
{
	const struct dft_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, 0)->shape;
	const int64_t *given;
	bool present;
	int count;
	dim d;

	if (!infer_need_rank(u, n, node_in(n, 0), "input", 2, RANK_MAX) ||
	    !need_ints(u, n, 2, "axis", &given, &count, &present))
		return false;
	if (present && count != 1)
		return node_error(u, n, "axis must be one number");
	if (!axis_resolve(u, &n->loc, present ? given[0] : -2, x->rank, axis))
		return false;
	if (*axis == x->rank - 1)
		return node_error(u, n, "axis %d is that of the complex parts", *axis);
	if (!dim_is_const(x->d[x->rank - 1]) || x->d[x->rank - 1] < 1 || x->d[x->rank - 1] > 2)
		return node_error(u, n, "the last axis of input has size %s, must be 1 or 2",
				  dim_text(u, x->d[x->rank - 1]));
	d = x->d[*axis];
	if (a->inverse && a->onesided) /* of N / 2 + 1 elements; N is taken to be even */
		d = dim_mul(u, dim_add(u, d, dim_number(u, -1)), 2);
	return size_input(u, n, 1, "dft_length", d, length);
}

static bool infer_dft(struct unit *u, struct node *n)
{
	const struct dft_attrs *a = n->attrs;
	struct shape s = node_in(n, 0)->shape;
	int axis;
	dim length;

	if (!dft_size(u, n, &axis, &length))
		return false;
	s.d[s.rank - 1] = a->inverse && a->onesided ? 1 : 2;
	s.d[axis] = a->onesided && !a->inverse ? dim_add(u, dim_floordiv(u, length, 2), 1) : length;
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

static bool expand_dft(struct unit *u, struct node *n)
{
	const struct dft_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0), *y = node_out(n, 0);
	const struct tir *idx[RANK_MAX], *k, *z[2] = { NULL, NULL }, *sum, *part, *power;
	int axis, last = x->shape.rank - 1;
	struct tir_stage stage;
	struct tir_builder b;
	dim length, terms;
	struct node *m;

	if (!dft_size(u, n, &axis, &length))
		return false;
	m = new_loops(n, 2, (uint32_t[]){ x->id, circle(n, length, x->type) }, y->type, &y->shape);
	terms = dim_min(u, length, x->shape.d[axis]);
	if (a->onesided && a->inverse)
		terms = dim_min(u, terms, dim_add(u, dim_floordiv(u, length, 2), 1));
	tir_builder_init(&b, u, m);
	tir_stage_begin(&b, 0, &stage, idx);
	k = tir_var(&b, terms, "k");
	part = idx[last];
	power = power_at(&b, idx[axis], k, length);
	idx[axis] = k;
	for (int i = 0; i < x->shape.d[last]; i++) {
		idx[last] = tir_index(&b, i);
		z[i] = tir_load(&b, 0, idx);
	}
	sum = turned(&b, 1, power, z, a->inverse, part);
	if (a->onesided && a->inverse)
		sum = tir_mul(&b, sum, weight(&b, k, length, sum->type));
	sum = tir_reduce(&b, REDUCE_SUM, 1, &k, sum);
	if (a->inverse)
		sum = tir_div(&b, sum, tir_cast(&b, sum->type, tir_dim(&b, length)));
	stage.value = sum;
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

static bool stft_size(struct unit *u, const struct node *n, int64_t *step, dim *length)
{
	const struct shape *x = &node_in(n, 0)->shape;
	const struct value *window = node_in(n, 2);
	const int64_t *steps;
	bool present;
	int count;

	if (!infer_need_rank(u, n, node_in(n, 0), "signal", 2, 3) ||
	    !need_ints(u, n, 1, "frame_step", &steps, &count, &present) ||
	    (window && !infer_need_rank(u, n, window, "window", 1, 1)))
		return false;
	if (count != 1 || steps[0] < 1)
		return node_error(u, n, "frame_step must be one number of at least 1");
	*step = steps[0];
	if (x->rank == 3 && (!dim_is_const(x->d[2]) || x->d[2] < 1 || x->d[2] > 2))
		return node_error(u, n, "the last axis of signal has size %s, must be 1 or 2",
				  dim_text(u, x->d[2]));
	if (!size_input(u, n, 3, "frame_length", window ? window->shape.d[0] : x->d[1], length))
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
	int64_t step;
	dim length;

	if (!stft_size(u, n, &step, &length))
		return false;
	s.d[0] = x->d[0];
	s.d[1] = dim_add(u, dim_floordiv(u, dim_diff(u, x->d[1], length), step), 1);
	s.d[2] = a->onesided ? dim_add(u, dim_floordiv(u, length, 2), 1) : length;
	s.d[3] = 2;
	set_shape(node_out(n, 0), &s);
	return true;
}

static bool expand_stft(struct unit *u, struct node *n)
{
	const struct value *x = node_in(n, 0), *y = node_out(n, 0);
	const struct tir *idx[RANK_MAX], *k, *at[3], *z[2] = { NULL, NULL }, *w, *sum;
	uint32_t in[3] = { x->id, VALUE_NONE, n->n_in > 2 ? n->in[2] : VALUE_NONE };
	struct tir_stage stage;
	struct tir_builder b;
	struct node *m;
	int64_t step;
	dim length;

	if (!stft_size(u, n, &step, &length))
		return false;
	in[1] = circle(n, length, x->type);
	m = new_loops(n, in[2] ? 3 : 2, in, y->type, &y->shape);
	tir_builder_init(&b, u, m);
	tir_stage_begin(&b, 0, &stage, idx);
	k = tir_var(&b, length, "k");
	at[0] = idx[0];
	at[1] = tir_add(&b, tir_affine(&b, idx[1], step, 0), k);
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
	  .doc = "the discrete Fourier transform along an axis, and its inverse",
	  .limits = "axis must be constant; dft_length must be known at compile time" },
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
	  .doc = "the Fourier transforms of windows that slide over a signal",
	  .limits = "frame_step must be constant; frame_length must be known at compile time" },
	{ .name = NULL }
};
