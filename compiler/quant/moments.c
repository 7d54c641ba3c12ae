/* What the inputs of a layer with weights are like, together: of some rows of the matrix that its
 * products read (a window of a convolution, a row of a matrix product) the products of columns. */
#include "matrix.h"

#include "../ops/ops.h"
#include "../passes/rewrite.h"

#include <math.h>
#include <string.h>

enum {
	KEPT = 256,                 /* rows, at most */
	ROWS = 16384,               /* of all samples together; where they are long, fewer, but */
	ROWS_LEAST = 2048,          /* as many; */
	PRODUCTS = 1 << 30,         /* of all rows' columns, when more rows are taken */
	BLOCK = 640,                /* columns at most */
	ELEMENTS = 16 * 1024 * 1024 /* at most, of all blocks */
};

struct quant_moments *moments_new(struct arena *a, const struct quant_matrix *m)
{
	struct quant_moments *s = arena_new(a, struct quant_moments);
	int64_t columns = m->in * m->taps, blocks = ceil_div(columns, BLOCK);

	while (ceil_div(columns, blocks) > ELEMENTS / columns / m->groups && blocks < columns)
		blocks++;
	*s = (struct quant_moments){ .groups = m->groups,
				     .columns = columns,
				     .block = ceil_div(columns, blocks),
				     .random = 1,
				     .stride = 1 };
	s->kept = arena_array(a, float, (size_t)(KEPT * s->groups * columns));
	s->products = arena_array(a, float, (size_t)(s->groups * columns * s->block));
	s->sums = arena_array(a, double, (size_t)(s->groups * columns));
	s->power = arena_array(a, double, (size_t)(s->groups * columns));
	return s;
}

/* -- rows ------------------------------------------------------------------------------------ */

/* A row's columns of one group: the window at position `at` of the output, channels from
 * `channel` on. */
static void read_window(const struct window *w, const struct constant *x, int64_t at,
			int64_t channel, int64_t channels, float *row)
{
	int64_t size = 1, taps = 1, outs = 1, corner[6], image;

	for (int i = 0; i < w->n; i++) {
		size *= w->in[i];
		taps *= w->kernel[i];
		outs *= w->out[i];
	}
	image = at / outs;
	for (int i = w->n - 1; i >= 0; at /= w->out[i], i--)
		corner[i] = at % w->out[i] * w->stride[i] - w->pad_lo[i];
	for (int64_t t = 0; t < taps; t++) {
		const float *from =
			(const float *)x->data + (image * x->shape.d[1] + channel) * size;
		int64_t rest = t, offset = 0, step = 1;
		bool inside = true;

		for (int i = w->n - 1; i >= 0; rest /= w->kernel[i], i--) {
			int64_t p = corner[i] + rest % w->kernel[i] * w->dilation[i];

			inside &= p >= 0 && p < w->in[i];
			offset += p * step;
			step *= w->in[i];
		}
		for (int64_t c = 0; c < channels; c++)
			row[c * taps + t] = inside ? from[c * size + offset] : 0;
	}
}

static void add_row(struct quant_moments *s, int64_t group, const float *row)
{
	float *p = s->products + group * s->columns * s->block;

	for (int64_t i = 0; i < s->columns; i++) {
		const float *from = row + i / s->block * s->block;

		s->sums[group * s->columns + i] += (double)row[i];
		for (int64_t j = 0; row[i] != 0 && from + j <= row + i; j++)
			p[i * s->block + j] += row[i] * from[j];
	}
}

/* Where a row is kept; when there is no room left, every second one makes some. */
static float *keep(struct quant_moments *s, int64_t row)
{
	int64_t size = s->groups * s->columns;

	if (row % s->stride)
		return NULL;
	if (s->n_kept == KEPT) {
		s->n_kept = KEPT / 2;
		s->stride *= 2;
		for (int64_t r = 1; r < s->n_kept; r++)
			memcpy(s->kept + r * size, s->kept + 2 * r * size,
			       (size_t)size * sizeof *s->kept);
	}
	return row % s->stride ? NULL : s->kept + s->n_kept++ * size;
}

static int64_t below(struct quant_moments *s, int64_t n)
{
	s->random = s->random * 1664525 + 1013904223; /* Numerical Recipes' generator */
	return (int64_t)((uint64_t)s->random * (uint64_t)n >> 32);
}

static int64_t rows_wanted(const struct quant_moments *s)
{
	int64_t rows = PRODUCTS / (s->groups * s->columns * s->block);

	return rows > ROWS ? ROWS : rows < ROWS_LEAST ? ROWS_LEAST : rows;
}

/* Of a sample's rows some, spread evenly, each at a random place of its part. */
void moments_add(struct unit *u, const struct node *n, struct quant_moments *s,
		 const struct constant *x, size_t n_samples)
{
	bool conv = node_is(n, "Conv");
	int64_t all, wanted = ceil_div(rows_wanted(s), (int64_t)n_samples), channels = 0;
	struct window w = { 0 };
	struct arena a = { 0 };
	float *row = arena_array(&a, float, (size_t)(s->groups * s->columns));

	if (conv) {
		conv_window(u, n, &w);
		all = x->shape.d[0];
		channels = x->shape.d[1] / s->groups;
		for (int i = 0; i < w.n; i++)
			all *= dim_is_const(w.in[i]) && dim_is_const(w.out[i]) ? w.out[i] : 0;
	} else {
		all = shape_elements(&x->shape) / s->columns;
	}
	wanted = wanted < all ? wanted : all;
	for (int64_t r = 0; r < wanted; r++) {
		int64_t from = all * r / wanted, to = all * (r + 1) / wanted,
			at = from + below(s, to - from);
		float *to_keep;

		if (!conv)
			memcpy(row, (const float *)x->data + at * s->columns,
			       (size_t)s->columns * sizeof *row);
		for (int64_t g = 0; g < s->groups && conv; g++)
			read_window(&w, x, at, g * channels, channels, row + g * s->columns);
		for (int64_t g = 0; g < s->groups; g++)
			add_row(s, g, row + g * s->columns);
		to_keep = keep(s, s->rows++);
		if (to_keep)
			memcpy(to_keep, row, (size_t)(s->groups * s->columns) * sizeof *row);
	}
	arena_free(&a);
}

/* -- the factor ------------------------------------------------------------------------------ */

/* Of n rows p's matrix tells less than it seems to: the best mix with a multiple of the identity
 * (Chen et al., "Shrinkage algorithms for MMSE covariance estimation", 2010: OAS). */
static double shrinkage(const float *p, int64_t stride, int64_t n, double rows)
{
	double trace = 0, squares = 0, size = (double)n, above, under;

	for (int64_t i = 0; i < n; i++) {
		trace += (double)p[i * stride + i];
		for (int64_t j = 0; j <= i; j++) {
			double v = (double)p[i * stride + j];

			squares += v * v * (i == j ? 1 : 2);
		}
	}
	above = (1 - 2 / size) * squares + trace * trace;
	under = (rows + 1 - 2 / size) * (squares - trace * trace / size);
	return under > 0 ? fmin(above / under, 1) : 1;
}

/* In place, the lower triangle only. */
static void cholesky(float *p, int64_t stride, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		for (int64_t j = 0; j <= i; j++) {
			double v = (double)p[i * stride + j];

			for (int64_t k = 0; k < j; k++)
				v -= (double)p[i * stride + k] * (double)p[j * stride + k];
			p[i * stride + j] = (float)(i == j ? sqrt(fmax(v, 1e-30))
							   : v / (double)p[j * stride + j]);
		}
}

static void finish_block(struct quant_moments *s, float *p, const double *sums, double *power,
			 int64_t n, bool centered, double noise)
{
	double rows = (double)s->rows, mean = 0, keep;

	for (int64_t i = 0; i < n; i++)
		for (int64_t j = 0; j <= i; j++) {
			double m = centered ? sums[i] / rows * sums[j] / rows : 0;

			p[i * s->block + j] = (float)((double)p[i * s->block + j] / rows - m);
		}
	keep = 1 - shrinkage(p, s->block, n, rows);
	for (int64_t i = 0; i < n; i++)
		mean += (double)p[i * s->block + i] / (double)n;
	for (int64_t i = 0; i < n; i++)
		for (int64_t j = 0; j <= i; j++) {
			double v = keep * (double)p[i * s->block + j];

			if (i == j)
				v += (1 - keep + 1e-3) * mean + noise;
			p[i * s->block + j] = (float)v;
			if (i == j)
				power[i] = v;
		}
	cholesky(p, s->block, n);
}

void moments_finish(struct quant_moments *s, bool centered, double noise)
{
	for (int64_t g = 0; g < s->groups && s->rows; g++)
		for (int64_t c = 0; c < s->columns; c += s->block) {
			int64_t at = g * s->columns + c,
				n = s->columns - c < s->block ? s->columns - c : s->block;

			finish_block(s, s->products + at * s->block, s->sums + at, s->power + at, n,
				     centered, noise);
		}
	s->finished = s->rows > 0;
}

double moments_mean(const struct quant_moments *s, int64_t group, int64_t column)
{
	return s->sums[group * s->columns + column] / (double)s->rows;
}

double moments_power(const struct quant_moments *s, int64_t group, const double *w)
{
	double power = 0;

	for (int64_t c = 0; c < s->columns; c++) { /* term c of L^T w */
		int64_t first = c / s->block * s->block;
		double sum = 0;

		for (int64_t k = c; k < s->columns && k < first + s->block; k++)
			sum += w[k] *
			       (double)s->products[(group * s->columns + k) * s->block + c - first];
		power += sum * sum;
	}
	return power;
}

/* What v loses when it is quantized as x. */
static double lost(double v, const struct quant_params *x)
{
	double least = dtype_is_signed_int(x->type) ? -ldexp(1, (int)dtype_bits(x->type) - 1) : 0,
	       most = least + ldexp(1, (int)dtype_bits(x->type)) - 1, zero = (double)x->zero,
	       q = fmin(fmax(nearbyint(v / (double)x->scale) + zero, least), most);

	return v - (q - zero) * (double)x->scale;
}

double *moments_shift(struct arena *a, const struct quant_moments *s, const struct quant_params *x)
{
	int64_t size = s->groups * s->columns;
	double *shift = arena_array(a, double, (size_t)size);

	for (int64_t r = 0; r < s->n_kept; r++)
		for (int64_t c = 0; c < size; c++)
			shift[c] += lost((double)s->kept[r * size + c], x) / (double)s->n_kept;
	return shift;
}

/* Sum of squares of what outputs make of rows [n][groups][columns], less their means. */
static double power_of(struct arena *a, const struct quant_moments *s, const struct quant_matrix *m,
		       const double *rows, int64_t n)
{
	double power = 0, *w = arena_array(a, double, (size_t)s->columns);

	for (int64_t o = 0; o < m->out; o++) {
		int64_t group = o / (m->out / m->groups);
		double sum = 0, squares = 0;

		for (int64_t k = 0; k < s->columns; k++)
			w[k] = constant_f64(m->w, quant_matrix_at(m, o, k / m->taps, k % m->taps));
		for (int64_t r = 0; r < n; r++) {
			const double *row = rows + (r * s->groups + group) * s->columns;
			double y = 0;

			for (int64_t k = 0; k < s->columns; k++)
				y += row[k] * w[k];
			sum += y;
			squares += y * y;
		}
		power += squares - sum * sum / (double)n;
	}
	return power;
}

double moments_loss(struct arena *a, const struct quant_moments *s, const struct quant_matrix *m,
		    const struct quant_params *x)
{
	enum { ROWS_OF_LOSS = 64 };
	int64_t size = s->groups * s->columns,
		n = s->n_kept < ROWS_OF_LOSS ? s->n_kept : ROWS_OF_LOSS;
	double *in = arena_array(a, double, (size_t)(n * size)),
	       *out = arena_array(a, double, (size_t)(n * size)), signal;

	for (int64_t r = 0; r < n; r++)
		for (int64_t c = 0; c < size; c++) {
			in[r * size + c] = (double)s->kept[r * s->n_kept / n * size + c];
			out[r * size + c] = lost(in[r * size + c], x);
		}
	signal = power_of(a, s, m, in, n);
	return signal > 0 ? power_of(a, s, m, out, n) / signal : 0;
}
