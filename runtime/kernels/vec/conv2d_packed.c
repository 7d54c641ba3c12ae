/* conv2d_packed.c - convolution of reals with weights of 8, 4 or 2 bits, which become reals in
 * registers. A matrix product is one over an image of one row.
 *
 *	y[.., oc] = tail(b[oc] + sum over segments g of
 *			 s[g][oc] * (sum of x * q - z[g][oc] * sum of x))
 *
 * A segment is what shares a scale: p->block channels of one tap (or what is left of them), or all
 * taps when block is 0. Weights are unsigned, q in 0 .. 2^bits - 1; z NULL: 2^(bits - 1).
 *
 * A word of 32 bits holds 32 / bits of a channel's q, one k after the other. Item i is masked where
 * it stands, converted, and multiplied by x * 2^(-bits i): no shifts, and no bit is lost (the last,
 * which would be negative, is shifted down). So the window of each of a few pixels is first copied to scratch, cut into segments that end with whole
 * words, scaled so, with the sums of x beside it.
 *
 * Packed, channels of a group in panels of EDGERT_PACKED_VECTORS, the last padded:
 *	w	[group][panel][segment][word][vector][lane]
 *	s, z	[group][panel][segment][vector][lane]
 * scratch, in floats: EDGERT_PACKED_ROWS * ((words of all segments) * 32 / bits + segments) */
#include "../isa/vec.h"

#include <string.h>

#ifndef EDGERT_PACKED_ROWS /* 8 or 4 */
#define EDGERT_PACKED_ROWS (EDGERT_VF_REGISTERS == 32 ? 8 : 4)
#endif
#define EDGERT_PACKED_VECTORS 2
#define EDGERT_PACKED_WIDTH (EDGERT_PACKED_VECTORS * EDGERT_VF_LANES)

typedef uint32_t edgert_packed_word __attribute__((vector_size(4 * EDGERT_VF_LANES)));
typedef uint32_t edgert_packed_mem
	__attribute__((vector_size(4 * EDGERT_VF_LANES), aligned(1), may_alias));

/* The segments of a window: of each tap whole ones of `run` words, then one of `rest` unless that
 * is 0; or one of `run` words. */
struct edgert_packed {
	edgert_int taps, cig;
	edgert_int whole, run, rest;
	edgert_int segments, words; /* of all taps */
};

EDGERT_INLINE struct edgert_packed edgert_packed_cut(const struct edgert_conv2d *p,
						     const edgert_int items)
{
	struct edgert_packed c = { .taps = p->kh * p->kw, .cig = p->ci / p->groups };

	if (p->block == 0) {
		c.cig *= c.taps;
		c.taps = 1;
	}
	if (p->block == 0 || p->block >= c.cig) {
		c.whole = 1;
		c.run = (c.cig + items - 1) / items;
	} else {
		c.whole = c.cig / p->block;
		c.run = (p->block + items - 1) / items;
		c.rest = (c.cig % p->block + items - 1) / items;
	}
	c.segments = c.taps * (c.whole + (c.rest > 0));
	c.words = c.taps * (c.whole * c.run + c.rest);
	return c;
}

/* The window that begins at row h, column v: channels of x from x on, to `to`. */
EDGERT_INLINE void edgert_packed_window(const struct edgert_conv2d *p,
					const struct edgert_packed *c, const edgert_int items,
					const float *x, edgert_int h, edgert_int v, float *to)
{
	const edgert_int cig = p->ci / p->groups;
	const edgert_int block = p->block && p->block < cig ? p->block : cig;

	for (edgert_int kh = 0; kh < p->kh; kh++)
		for (edgert_int kw = 0; kw < p->kw; kw++) {
			const edgert_int r = h + kh * p->dh, u = v + kw * p->dw;
			const int inside = r >= 0 && r < p->ih && u >= 0 && u < p->iw;

			for (edgert_int k = 0; k < cig; k += block) {
				const edgert_int n = cig - k < block ? cig - k : block;
				const edgert_int end = (n + items - 1) / items * items;

				if (inside)
					memcpy(to, x + r * p->x_row + u * p->x_pixel + k,
					       (size_t)n * sizeof *to);
				else
					memset(to, 0, (size_t)n * sizeof *to);
				if (p->block == 0) {
					to += n;
				} else {
					memset(to + n, 0, (size_t)(end - n) * sizeof *to);
					to += end;
				}
			}
		}
	for (edgert_int k = c->cig; p->block == 0 && k % items; k++)
		*to++ = 0.0f;
}

/* n elements, whole words, times what their items lack; returns their sum before. */
EDGERT_INLINE float edgert_packed_scale(const int bits, float *x, edgert_int n)
{
	const edgert_int items = 32 / bits;
	edgert_vf sum = edgert_vf_zero();
	float factor[16], rest = 0.0f;
	edgert_int i = 0;

	EDGERT_UNROLL
	for (edgert_int k = 0; k < 16; k++)
		factor[k] = k % items == items - 1
				    ? 1.0f
				    : 1.0f / (float)((uint32_t)1 << bits * (k % items));
	for (; i + EDGERT_VF_LANES <= n; i += EDGERT_VF_LANES) {
		const edgert_vf v = edgert_vf_load(x + i);

		sum = edgert_vf_add(sum, v);
		edgert_vf_store(x + i, edgert_vf_mul(v, edgert_vf_load(factor + i % 16)));
	}
	for (; i < n; i++) {
		rest += x[i];
		x[i] *= factor[i % 16];
	}
	return edgert_vf_sum(sum) + rest;
}

/* acc of one panel: row r of x begins at x + r * xs, its sums follow after the words. */
EDGERT_INLINE void edgert_packed_tile(const int bits, const edgert_int rows,
				      const struct edgert_packed *c, const float *x, edgert_int xs,
				      const int8_t *w, const float *s, const float *z,
				      edgert_vf *acc)
{
	const edgert_int items = 32 / bits, n = rows * EDGERT_PACKED_VECTORS;
	/* One row alone does not hide the latency of its sums. */
	const edgert_int phases = rows == 1 ? 2 : 1;
	const float *sums = x + c->words * items;
	edgert_int left = c->whole;

	EDGERT_UNROLL
	for (edgert_int r = 0; r < n; r++)
		acc[r] = edgert_vf_zero();
	for (edgert_int g = 0; g < c->segments; g++) {
		const edgert_int words = left > 0 ? c->run : c->rest;
		edgert_vf part[2 * EDGERT_PACKED_ROWS * EDGERT_PACKED_VECTORS];

		left = left > (c->rest ? 0 : 1) ? left - 1 : c->whole;
		EDGERT_UNROLL
		for (edgert_int r = 0; r < n * phases; r++)
			part[r] = edgert_vf_zero();
		for (edgert_int k = 0; k < words; k++) {
			edgert_packed_word q[EDGERT_PACKED_VECTORS];

			EDGERT_UNROLL
			for (edgert_int v = 0; v < EDGERT_PACKED_VECTORS; v++)
				q[v] = *(const edgert_packed_mem
						 *)(const void *)(w + v * 4 * EDGERT_VF_LANES);
			EDGERT_UNROLL
			for (edgert_int i = 0; i < items; i++) {
				const uint32_t mask = (((uint32_t)1 << bits) - 1) << bits * i;

				EDGERT_UNROLL
				for (edgert_int v = 0; v < EDGERT_PACKED_VECTORS; v++) {
					const edgert_vi e =
						i + 1 < items ? (edgert_vi)q[v] &
									edgert_vi_all((int32_t)mask)
							      : (edgert_vi)(q[v] >> (32 - bits));
					const edgert_vf f = __builtin_convertvector(e, edgert_vf);

					EDGERT_UNROLL
					for (edgert_int r = 0; r < rows; r++) {
						edgert_vf *to = part + i % phases * n +
								r * EDGERT_PACKED_VECTORS + v;

						*to = edgert_vf_fma_all(x[r * xs + i], f, *to);
					}
				}
			}
			x += items;
			w += 4 * EDGERT_PACKED_WIDTH;
		}
		EDGERT_UNROLL
		for (edgert_int r = 0; r < n; r++) {
			const edgert_int v = r % EDGERT_PACKED_VECTORS * EDGERT_VF_LANES;
			const float sum = sums[r / EDGERT_PACKED_VECTORS * xs + g];
			const edgert_vf zero = z ? edgert_vf_load(z + g * EDGERT_PACKED_WIDTH + v)
						 : edgert_vf_all((float)(1 << (bits - 1)));
			const edgert_vf p =
				phases == 2 ? edgert_vf_add(part[r], part[n + r]) : part[r];

			acc[r] = edgert_vf_fma(edgert_vf_load(s + g * EDGERT_PACKED_WIDTH + v),
					       edgert_vf_fma_all(-sum, zero, p), acc[r]);
		}
	}
}

/* rows is EDGERT_PACKED_ROWS, 4 or 1. One copy for all calls, which differ in lengths of loops. */
#define EDGERT_PACKED_SUMS(bits)                                                                   \
	EDGERT_SHARED void edgert_packed_sums##bits(                                               \
		edgert_int rows, const struct edgert_packed *c, const float *x, edgert_int xs,     \
		const int8_t *w, const float *s, const float *z, edgert_vf *acc)                   \
	{                                                                                          \
		if (rows == 1)                                                                     \
			edgert_packed_tile(bits, 1, c, x, xs, w, s, z, acc);                       \
		else if (EDGERT_PACKED_ROWS > 4 && rows == 4)                                      \
			edgert_packed_tile(bits, 4, c, x, xs, w, s, z, acc);                       \
		else                                                                               \
			edgert_packed_tile(bits, EDGERT_PACKED_ROWS, c, x, xs, w, s, z, acc);      \
	}
EDGERT_PACKED_SUMS(8)
EDGERT_PACKED_SUMS(4)
EDGERT_PACKED_SUMS(2)

typedef void edgert_packed_sums(edgert_int rows, const struct edgert_packed *c, const float *x,
				edgert_int xs, const int8_t *w, const float *s, const float *z,
				edgert_vf *acc);

/* Pixel r of y, counted over all images: where it lies in y, its window to `to`. */
EDGERT_INLINE edgert_int edgert_packed_pixel(const struct edgert_conv2d *p,
					     const struct edgert_packed *c, const int bits,
					     const float *x, edgert_int r, float *to)
{
	const edgert_int ow = r % p->ow, oh = r / p->ow % p->oh, n = r / p->ow / p->oh;
	const edgert_int items = 32 / bits;
	float *sums = to + c->words * items;

	edgert_packed_window(p, c, items, x + n * p->x_image, oh * p->sh - p->pt,
			     ow * p->sw - p->pl, to);
	for (edgert_int t = 0; t < c->taps; t++) {
		for (edgert_int g = 0; g < c->whole; g++, to += c->run * items)
			*sums++ = edgert_packed_scale(bits, to, c->run * items);
		if (c->rest > 0) {
			*sums++ = edgert_packed_scale(bits, to, c->rest * items);
			to += c->rest * items;
		}
	}
	return n * p->y_image + oh * p->y_row + ow * p->y_pixel;
}

EDGERT_INLINE void edgert_packed(const int bits, edgert_packed_sums *sums,
				 const struct edgert_conv2d *p, const float *x, const int8_t *w,
				 const float *s, const float *z, const float *b, float *y,
				 float *scratch, edgert_tail_f32 tail, edgert_tail_vf vtail,
				 const void *const *operands)
{
	const struct edgert_packed c = edgert_packed_cut(p, 32 / bits);
	const edgert_int cog = p->co / p->groups, m = p->n * p->oh * p->ow;
	const edgert_int xs = c.words * (32 / bits) + c.segments;
	edgert_vf acc[EDGERT_PACKED_ROWS * EDGERT_PACKED_VECTORS];
	edgert_int at[EDGERT_PACKED_ROWS];

	for (edgert_int r = 0, rows; r < m; r += rows) {
		const int8_t *wp = w;
		const float *sp = s, *zp = z;

		rows = m - r >= EDGERT_PACKED_ROWS ? EDGERT_PACKED_ROWS : m - r >= 4 ? 4 : 1;
		for (edgert_int g = 0; g < p->groups; g++) {
			for (edgert_int i = 0; i < rows; i++)
				at[i] = edgert_packed_pixel(p, &c, bits,
							    x + g * (p->ci / p->groups), r + i,
							    scratch + i * xs);
			for (edgert_int j = 0; j < cog; j += EDGERT_PACKED_WIDTH) {
				sums(rows, &c, scratch, xs, wp, sp, zp, acc);
				wp += c.words * 4 * EDGERT_PACKED_WIDTH;
				sp += c.segments * EDGERT_PACKED_WIDTH;
				zp = zp ? zp + c.segments * EDGERT_PACKED_WIDTH : zp;
				for (edgert_int i = 0; i < rows * EDGERT_PACKED_VECTORS; i++) {
					const edgert_int e =
						j + i % EDGERT_PACKED_VECTORS * EDGERT_VF_LANES;
					const edgert_int oc = g * cog + e, n = cog - e;
					const edgert_vf bias =
						!b || n <= 0 ? edgert_vf_zero()
						: n < EDGERT_VF_LANES
							? edgert_vf_load_part(b + oc, n)
							: edgert_vf_load(b + oc);

					if (n > 0)
						edgert_vf_finish(y, edgert_vf_add(acc[i], bias),
								 at[i / EDGERT_PACKED_VECTORS] + oc,
								 oc, 0, n, tail, vtail, operands);
				}
			}
		}
	}
}

#define EDGERT_PACKED_KERNEL(bits)                                                                 \
	EDGERT_KERNEL void edgert_conv2d_f32w##bits##__vec(                                        \
		const struct edgert_conv2d *p, const float *x, const int8_t *w, const float *s,    \
		const float *z, const float *b, float *y, void *scratch, edgert_tail_f32 tail,     \
		edgert_tail_vf vtail, const void *const *operands)                                 \
	{                                                                                          \
		edgert_packed(bits, edgert_packed_sums##bits, p, x, w, s, z, b, y,                 \
			      (float *)scratch, tail, vtail, operands);                            \
	}
EDGERT_PACKED_KERNEL(8)
EDGERT_PACKED_KERNEL(4)
EDGERT_PACKED_KERNEL(2)
