/* edgert_lstm_f32__vec and edgert_gru_f32__vec: tiles, and packing into panels, see
 * vec/recurrence.h. */
#include <string.h>

#include "vec.h"

/* EDGERT_VEC_RECURRENCE_STEPS */
enum { STEPS = 12 };

static int64_t divide_up(int64_t a, int64_t b)
{
	return (a + b - 1) / b;
}

static int64_t hidden_vectors(const struct edgert_recurrence *p, const struct vec_machine *m)
{
	return divide_up(p->hidden, m->lanes);
}

bool recurrence_f32_vec_accept(const struct edgert_recurrence *p, int gates, bool peepholes)
{
	const int per = gates == 4 ? 3 : 2;

	if (p->clip != 0 || peepholes || p->input_forget || (gates != 3 && gates != 4))
		return false;
	for (int i = 0; i < p->directions * per; i++)
		if (p->act[i] != (i % per == 0 ? EDGERT_SIGMOID : EDGERT_TANH))
			return false;
	return true;
}

static double product_cost(const struct vec_machine *m, int64_t mr, int64_t nv, int64_t rows,
			   int64_t k, int64_t vectors)
{
	const int64_t panels = divide_up(vectors, nv);
	const double tiles =
		(double)(rows / mr) * vec_tile_cost(m, mr, nv, k, 1, k * vectors * m->lanes * 4) +
		(double)(rows % mr) * vec_tile_cost(m, 1, nv, k, 1, k * vectors * m->lanes * 4);

	return tiles * (double)panels;
}

/* The tile of rows x k times `vectors` vectors of columns. */
static double choose(const struct vec_machine *m, int64_t rows, int64_t k, int64_t vectors,
		     edgert_int *mr, edgert_int *nv)
{
	double best = -1;

	*mr = *nv = 1;
	for (int64_t n = 1; n <= 8 && n <= vectors; n++)
		for (int64_t r = 1; r <= 12 && r <= rows; r++) {
			double cost;

			if (!vec_tile_exists(m, r, n) || !vec_tile_exists(m, 1, n))
				continue;
			cost = product_cost(m, r, n, rows, k, vectors);
			if (best >= 0 && cost >= best)
				continue;
			best = cost;
			*mr = (edgert_int)r;
			*nv = (edgert_int)n;
		}
	return best < 0 ? 0 : best;
}

double recurrence_f32_vec_tile(struct edgert_recurrence *p, int gates, bool lens,
			       const struct vec_machine *m)
{
	const int64_t hv = hidden_vectors(p, m), rows = lens ? 1 : p->batch;
	const double in = choose(m, rows == 1 ? STEPS : rows, p->input, gates * hv, &p->mr, &p->nv);
	/* GRU's last gate is a product of its own. */
	const double r =
		choose(m, rows, p->hidden, gates == 3 ? 2 * hv : gates * hv, &p->rr, &p->rv);
	const double cell = 60.0 * (double)(hv * rows);

	return (double)(p->directions * p->seq) * (double)p->batch / (double)(rows > 0 ? rows : 1) *
	       ((rows == 1 ? in / STEPS : in) + (gates == 3 ? 1.5 : 1.0) * r + cell);
}

int64_t recurrence_f32_vec_scratch(const struct edgert_recurrence *p, int gates, bool lens,
				   const struct vec_machine *m)
{
	const int64_t h = hidden_vectors(p, m) * m->lanes, rows = lens ? 1 : p->batch;

	return 4 * rows * h * ((STEPS + 1) * gates + 3);
}

/* Floats of `vectors` vectors of columns in panels of nv, k deep. */
static int64_t panels_size(int64_t vectors, int64_t nv, int64_t k, const struct vec_machine *m)
{
	return divide_up(vectors, nv) * nv * m->lanes * k;
}

int64_t recurrence_f32_vec_w_size(const struct edgert_recurrence *p, int gates,
				  const struct vec_machine *m)
{
	return p->directions * panels_size(gates * hidden_vectors(p, m), p->nv, p->input, m);
}

int64_t recurrence_f32_vec_r_size(const struct edgert_recurrence *p, int gates,
				  const struct vec_machine *m)
{
	const int64_t hv = hidden_vectors(p, m);

	if (gates == 3)
		return p->directions * (panels_size(2 * hv, p->rv, p->hidden, m) +
					panels_size(hv, p->rv, p->hidden, m));
	return p->directions * panels_size(gates * hv, p->rv, p->hidden, m);
}

int64_t recurrence_f32_vec_b_size(const struct edgert_recurrence *p, int gates,
				  const struct vec_machine *m)
{
	return p->directions * 2 * gates * hidden_vectors(p, m) * m->lanes;
}

/* Rows [g0, g1) * hidden of from [gates * hidden][k] become columns, each gate padded; returns the
 * end. */
static float *pack_gates(const struct edgert_recurrence *p, const struct vec_machine *m, int g0,
			 int g1, int64_t k, int64_t nv, const float *from, float *out)
{
	const int64_t h = hidden_vectors(p, m) * m->lanes, width = nv * m->lanes;
	const int64_t size = panels_size((g1 - g0) * hidden_vectors(p, m), nv, k, m);

	memset(out, 0, (size_t)size * sizeof *out);
	for (int g = g0; g < g1; g++)
		for (int64_t j = 0; j < p->hidden; j++) {
			const int64_t column = (g - g0) * h + j;
			float *to = out + column / width * k * width + column % width;

			for (int64_t i = 0; i < k; i++)
				to[i * width] = from[(g * p->hidden + j) * k + i];
		}
	return out + size;
}

void recurrence_f32_vec_pack_w(const struct edgert_recurrence *p, int gates,
			       const struct vec_machine *m, const float *w, float *out)
{
	for (int64_t d = 0; d < p->directions; d++)
		out = pack_gates(p, m, 0, gates, p->input, p->nv,
				 w + d * gates * p->hidden * p->input, out);
}

void recurrence_f32_vec_pack_r(const struct edgert_recurrence *p, int gates,
			       const struct vec_machine *m, const float *r, float *out)
{
	const int split = gates == 3 ? 2 : gates;

	for (int64_t d = 0; d < p->directions; d++) {
		const float *from = r + d * gates * p->hidden * p->hidden;

		out = pack_gates(p, m, 0, split, p->hidden, p->rv, from, out);
		if (split < gates)
			out = pack_gates(p, m, split, gates, p->hidden, p->rv, from, out);
	}
}

void recurrence_f32_vec_pack_b(const struct edgert_recurrence *p, int gates,
			       const struct vec_machine *m, const float *b, float *out)
{
	const int64_t h = hidden_vectors(p, m) * m->lanes;

	memset(out, 0, (size_t)recurrence_f32_vec_b_size(p, gates, m) * sizeof *out);
	for (int64_t d = 0; d < p->directions;
	     d++, b += 2 * gates * p->hidden, out += 2 * gates * h)
		for (int64_t g = 0; g < gates; g++)
			for (int64_t j = 0; j < p->hidden; j++) {
				const float wb = b[g * p->hidden + j];
				const float rb = b[(gates + g) * p->hidden + j];
				/* With linear_before_reset the reset multiplies rbh. */
				const bool apart = gates == 3 && g == 2 && p->linear_before_reset;

				out[g * h + j] = apart ? wb : wb + rb;
				out[(gates + g) * h + j] = apart ? rb : 0;
			}
}
