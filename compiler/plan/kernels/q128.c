/* The kernels in runtime/kernels/q128: tiles, packed weights, scratch. */
#include "q128.h"

enum { STEP = 16, LANES = 4, BYTES_OF_ROWS = 8192 };

static edgert_int round_up(edgert_int n, edgert_int to)
{
	return (n + to - 1) / to * to;
}

static edgert_int taps_of(const struct edgert_conv2d *p)
{
	return p->kh * p->kw * (p->ci / p->groups);
}

/* -- weights that fit -------------------------------------------------------------------- */

/* In none of `channels` rows of `taps` weights are two -128 at k and k + apart, of those k that
 * `apart` divides as often as an even number. */
static int no_pairs(edgert_int channels, edgert_int taps, edgert_int apart, const int8_t *w)
{
	for (; channels > 0; channels--, w += taps)
		for (edgert_int k = 0; k + apart < taps; k++)
			if (k / apart % 2 == 0 && w[k] == -128 && w[k + apart] == -128)
				return 0;
	return 1;
}

int int8_q128_conv2d_fits(const struct q128_machine *m, const struct edgert_conv2d *p,
			  const int8_t *w)
{
	return !m->narrow || !w || no_pairs(p->co, taps_of(p), STEP / 2, w);
}

int int8_q128_gemm_fits(const struct q128_machine *m, const struct edgert_gemm *p, const int8_t *w)
{
	return !m->narrow || !w || no_pairs(p->n, p->k, STEP / 2, w);
}

/* Any machine adds two products in 16 bits. */
int int8_q128_dwconv2d_fits(const struct edgert_conv2d *p, const int8_t *w)
{
	return p->groups == p->ci && p->co == p->ci && (!w || no_pairs(p->co, p->kh * p->kw, 1, w));
}

/* -- tiles ------------------------------------------------------------------------------- */

/* Of `rows` rows of `size` bytes: a tile of at most mr rows and nv vectors, and a block of tiles
 * that stays in the data cache while all weights pass. Blocks are of about one size, for the last
 * one does rows before it once more. */
static void choose(const struct q128_machine *m, edgert_int rows, edgert_int size,
		   edgert_int channels, edgert_int *mr, edgert_int *nv, edgert_int *block)
{
	const int across = m->taps == STEP; /* a sum takes a register of its own */
	const edgert_int high = across && m->registers < 32 ? 2 : 4;
	const edgert_int wide = across ? 1 : m->registers < 32 ? 2 : 4;
	const edgert_int vectors = (channels + LANES - 1) / LANES;
	edgert_int room, blocks;

	*mr = rows >= 4 ? 4 : rows >= 2 ? 2 : 1;
	*mr = *mr < high ? *mr : high;
	*nv = vectors >= 4 ? 4 : vectors >= 2 ? 2 : 1;
	*nv = *nv < wide ? *nv : wide;
	room = size > 0 ? BYTES_OF_ROWS / size / *mr * *mr : rows;
	room = room > *mr ? room : *mr;
	blocks = (rows + room - 1) / room;
	*block = blocks > 0 ? round_up((rows + blocks - 1) / blocks, *mr) : *mr;
}

void int8_q128_conv2d_tile(const struct q128_machine *m, struct edgert_conv2d *p)
{
	choose(m, p->n * p->oh * p->ow, round_up(taps_of(p), STEP), p->co / p->groups, &p->mr,
	       &p->nv, &p->block);
}

void int8_q128_gemm_tile(const struct q128_machine *m, struct edgert_gemm *p)
{
	choose(m, p->m, round_up(p->k, STEP), p->n, &p->mr, &p->nv, &p->block);
}

/* -- packing ----------------------------------------------------------------------------- */

/* w [channels][taps] in panels of nv vectors, then of 2 and of 1 (q128/tile.h). */
static edgert_int pack(const struct q128_machine *m, edgert_int nv, edgert_int channels,
		       edgert_int taps, const int8_t *w, int8_t *out)
{
	const edgert_int padded = round_up(taps, STEP), end = round_up(channels, LANES);
	edgert_int at = 0;

	for (edgert_int j = 0; j < end; j += nv * LANES) {
		edgert_int width;

		while (end - j < nv * LANES)
			nv /= 2;
		width = nv * LANES;
		for (edgert_int i = 0; out && i < width * padded; i++) {
			const edgert_int c = j + i / m->taps % width;
			const edgert_int k = i / (m->taps * width) * m->taps + i % m->taps;

			out[at + i] = (int8_t)(c < channels && k < taps ? w[c * taps + k] : 0);
		}
		at += width * padded;
	}
	return at;
}

edgert_int int8_q128_conv2d_pack(const struct q128_machine *m, const struct edgert_conv2d *p,
				 const int8_t *w, int8_t *out)
{
	const edgert_int cog = p->co / p->groups, taps = taps_of(p);
	edgert_int size = 0;

	for (edgert_int g = 0; g < p->groups; g++)
		size += pack(m, p->nv, cog, taps, w ? w + g * cog * taps : w,
			     out ? out + size : out);
	return size;
}

edgert_int int8_q128_gemm_pack(const struct q128_machine *m, const struct edgert_gemm *p,
			       const int8_t *w, int8_t *out)
{
	return pack(m, p->nv, p->n, p->k, w, out);
}

edgert_int int8_q128_dwconv2d_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	const edgert_int taps = p->kh * p->kw, padded = round_up(taps, 2);
	const edgert_int size = round_up(p->ci, 8) * padded;

	for (edgert_int i = 0; out && i < size; i++) {
		const edgert_int block = i / (16 * padded) * 16;
		const edgert_int width = round_up(p->ci, 8) - block < 16 ? 8 : 16;
		const edgert_int c = block + i % width;
		const edgert_int k = (i - block * padded) / width;

		out[i] = (int8_t)(c < p->ci && k < taps ? w[c * taps + k] : 0);
	}
	return size;
}

/* Biases and scales of n channels apart, with room for `padded` each. */
static edgert_int split(edgert_int n, edgert_int padded, const int32_t *pairs, int32_t *out)
{
	for (edgert_int i = 0; out && i < 2 * padded; i++)
		out[i] = i % padded < n ? pairs[2 * (i % padded) + i / padded] : 0;
	return 2 * padded;
}

edgert_int int8_q128_conv2d_numbers(const struct edgert_conv2d *p, const int32_t *pairs,
				    int32_t *out)
{
	const edgert_int cog = p->co / p->groups;
	edgert_int n = 0;

	for (edgert_int g = 0; g < p->groups; g++)
		n += split(cog, round_up(cog, LANES), pairs ? pairs + g * cog * 2 : pairs,
			   out ? out + n : out);
	return n;
}

edgert_int int8_q128_dwconv2d_numbers(const struct edgert_conv2d *p, const int32_t *pairs,
				      int32_t *out)
{
	return split(p->ci, round_up(p->ci, 8), pairs, out);
}

edgert_int int8_q128_gemm_numbers(const struct edgert_gemm *p, const int32_t *pairs, int32_t *out)
{
	return split(p->n, round_up(p->n, LANES), pairs, out);
}

/* -- scratch ----------------------------------------------------------------------------- */

static int in_place(const struct edgert_conv2d *p)
{
	return p->kh == 1 && p->kw == 1 && p->pt == 0 && p->pl == 0 && p->sh == 1 && p->sw == 1 &&
	       p->oh == p->ih && p->ow == p->iw && p->groups == 1 && p->ci % STEP == 0 &&
	       p->x_row == p->iw * p->x_pixel && (p->n == 1 || p->x_image == p->ih * p->x_row);
}

edgert_int int8_q128_conv2d_scratch(const struct edgert_conv2d *p)
{
	return in_place(p) ? 0 : p->block * round_up(taps_of(p), STEP);
}

edgert_int int8_q128_dwconv2d_scratch(const struct edgert_conv2d *p)
{
	return p->kh * p->kw * p->ci + 8;
}

edgert_int int8_q128_gemm_scratch(const struct edgert_gemm *p)
{
	return p->k % STEP == 0 ? 0 : p->block * round_up(p->k, STEP);
}

edgert_int int8_q128_matmul_scratch(const struct edgert_gemm *p)
{
	const edgert_int columns = round_up(p->n, LANES);

	return (edgert_int)sizeof(int32_t) * (2 * columns + p->m) + columns * round_up(p->k, STEP) +
	       int8_q128_gemm_scratch(p);
}
