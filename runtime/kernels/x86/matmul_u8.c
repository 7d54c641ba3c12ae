/* matmul_u8.c - product of two activations, by the register tiles of a product with constant weights
 * (isa/qtile.h): w is packed as that wants it, once for all rows of a, as
 *
 *	v = w - 128		what products of bytes take
 *	v = w - w_zero		in 16 bits
 *
 * so that with z, what v has yet to lose,
 *
 *	sum (a - x_zero) * (w - w_zero)
 *		= sum a * v - x_zero * (sum v) + k * x_zero * z - z * (sum a)
 *
 * whose terms of columns are biases, that of rows is added to a tile's sums. a_col and w_col are 1.
 *
 * scratch: int32 [2][n, rounded up to lanes] biases and factors; w, n rounded up to lanes and k to taps;
 * [k] times x_zero; where products take bytes, int32 [m] terms of rows, else rows of a as gemm_u8.c */
#include "../isa/qtile.h"

EDGERT_INLINE edgert_int edgert_matmul_u8_least(edgert_int a, edgert_int b)
{
	return a < b ? a : b;
}

/* What is left of w's zero point. */
EDGERT_INLINE edgert_int edgert_matmul_u8_zero(const struct edgert_gemm *p)
{
	return EDGERT_VQ_TAPS == 4 ? p->w_zero - 128 : 0;
}

/* n elements of w as they are packed. */
EDGERT_INLINE edgert_vq edgert_matmul_u8_load(const struct edgert_gemm *p, const uint8_t *w,
					      edgert_int n)
{
	const edgert_vq x = edgert_vq_take(w, n);

#if EDGERT_VQ_TAPS == 4
	(void)p;
	return x ^ edgert_vq_all(0x80808080u);
#else
	return (edgert_vq)((edgert_vq_s16)x -
			   (edgert_vq_s16)edgert_vq_all((uint32_t)p->w_zero * 0x10001));
#endif
}

/* One group of rows of w, `taps` of them, for n channels from c on of a panel of nv vectors. */
EDGERT_INLINE void edgert_matmul_u8_group(const struct edgert_gemm *p, const edgert_int nv,
					  const uint8_t *w, edgert_int taps, edgert_int c,
					  edgert_int n, int8_t *out)
{
	int8_t bytes[EDGERT_VQ_BYTES];
	edgert_vq r[EDGERT_VQ_TAPS], q[EDGERT_VQ_TAPS];

	EDGERT_UNROLL
	for (int t = 0; t < EDGERT_VQ_TAPS; t++)
		r[t] = t < taps ? edgert_matmul_u8_load(p, w + t * p->w_row, n) : edgert_vq_all(0);
	edgert_vq_interleave(r, q);
	EDGERT_UNROLL
	for (int t = 0; t < EDGERT_VQ_TAPS; t++) {
		if (nv == EDGERT_VQ_TAPS) {
			edgert_vq_store(out + t * EDGERT_VQ_BYTES, q[t]);
			continue;
		}
		edgert_vq_store(bytes, q[t]);
		EDGERT_UNROLL
		for (edgert_int e = 0; e < EDGERT_VQ_LANES / 4; e++) {
			const edgert_int four = c / 4 + EDGERT_VQ_TAPS * e + t;

			if (four < nv * EDGERT_VQ_LANES / 4)
				memcpy(out + four % nv * EDGERT_VQ_BYTES + four / nv * 16,
				       bytes + 16 * e, 16);
		}
	}
}

/* What packing reads and writes, for the columns from j on. */
struct edgert_matmul_u8_packed {
	const uint8_t *w;
	int8_t *packed;
	int32_t *q, scale;
	const edgert_vq_tap *zeros; /* [k] times x_zero */
};

/* Panels of nv vectors for columns [j, end). */
EDGERT_INLINE void edgert_matmul_u8_panels(const struct edgert_gemm *p, const edgert_int nv,
					   struct edgert_matmul_u8_packed *to, edgert_int j,
					   edgert_int end)
{
	const struct edgert_qtaps taps = { .rows = 1, .cols = 1, .run = p->k };
	const edgert_int width = nv * EDGERT_VQ_LANES;
	const uint32_t constant =
		(uint32_t)p->k * (uint32_t)p->x_zero * (uint32_t)edgert_matmul_u8_zero(p);
	edgert_vq acc[4];

	for (; j < end; j += width, to->q += 2 * width) {
		int8_t *const panel = to->packed;

		for (edgert_int k = 0; k < p->k; k += EDGERT_VQ_TAPS) {
			EDGERT_UNROLL
			for (edgert_int c = 0; c < width; c += EDGERT_VQ_ITEMS) {
				const edgert_int n = edgert_matmul_u8_least(
					edgert_matmul_u8_least(width - c, EDGERT_VQ_ITEMS),
					p->n - j - c);

				edgert_matmul_u8_group(p, nv, to->w + k * p->w_row + j + c,
						       p->k - k, c, n, to->packed);
			}
			to->packed += nv * EDGERT_VQ_BYTES;
		}
		EDGERT_UNROLL
		for (edgert_int v = 0; v < nv; v++) {
			edgert_vq_store(to->q + v * EDGERT_VQ_LANES, edgert_vq_all(0 - constant));
			edgert_vq_store(to->q + width + v * EDGERT_VQ_LANES,
					edgert_vq_all((uint32_t)to->scale));
		}
		edgert_qtile_acc(1, nv, &taps, to->zeros, 0, panel, to->q, acc);
		EDGERT_UNROLL
		for (edgert_int v = 0; v < nv; v++)
			edgert_vq_store(to->q + v * EDGERT_VQ_LANES, edgert_vq_all(0) - acc[v]);
	}
}

EDGERT_INLINE void edgert_matmul_u8_pack(const struct edgert_gemm *p,
					 struct edgert_matmul_u8_packed to)
{
	const edgert_int vectors = (p->n + EDGERT_VQ_LANES - 1) / EDGERT_VQ_LANES;
	const edgert_int fours = p->nv == 4 ? vectors / 4 * 4 : 0;
	const edgert_int twos = p->nv >= 2 ? vectors / 2 * 2 : 0;

	edgert_matmul_u8_panels(p, 4, &to, 0, fours * EDGERT_VQ_LANES);
	edgert_matmul_u8_panels(p, 2, &to, fours * EDGERT_VQ_LANES, twos * EDGERT_VQ_LANES);
	edgert_matmul_u8_panels(p, 1, &to, twos * EDGERT_VQ_LANES, vectors * EDGERT_VQ_LANES);
}

#if EDGERT_VQ_TAPS == 4
/* -z * (sum of a row) of each row. */
EDGERT_INLINE void edgert_matmul_u8_terms(const struct edgert_gemm *p, const uint8_t *a,
					  int32_t *terms)
{
	const edgert_vq ones = edgert_vq_all(0x01010101);

	for (edgert_int i = 0; i < p->m; i++, a += p->a_row) {
		uint32_t lanes[EDGERT_VQ_LANES], sum = 0;
		edgert_vq acc = edgert_vq_all(0);
		edgert_int k = 0;

		for (; k + EDGERT_VQ_BYTES <= p->k; k += EDGERT_VQ_BYTES)
			acc = edgert_vq_dot(acc, edgert_vq_load(a + k), ones);
		if (k < p->k)
			acc = edgert_vq_dot(acc, edgert_vq_load_part(a + k, p->k - k), ones);
		edgert_vq_store(lanes, acc);
		for (int e = 0; e < EDGERT_VQ_LANES; e++)
			sum += lanes[e];
		terms[i] = (int32_t)(0 - (uint32_t)edgert_matmul_u8_zero(p) * sum);
	}
}
#endif

EDGERT_KERNEL void edgert_matmul_u8__x86(const struct edgert_gemm *p, const uint8_t *a,
					 const uint8_t *w, const int32_t *scale, uint8_t *y,
					 void *scratch)
{
	const edgert_int end = (p->n + EDGERT_VQ_LANES - 1) / EDGERT_VQ_LANES * EDGERT_VQ_LANES;
	const edgert_int groups = (p->k + EDGERT_VQ_TAPS - 1) / EDGERT_VQ_TAPS;
	int32_t *const q = (int32_t *)scratch;
	int32_t *const terms = q + 2 * end;
	int8_t *const packed = (int8_t *)(terms + (EDGERT_VQ_TAPS == 4 ? p->m : 0));
	edgert_vq_tap *const zeros = (edgert_vq_tap *)(void *)(packed + 4 * end * groups);
	struct edgert_qsink s = {
		.pixel = p->y_row,
		.channels = p->n,
		.out = edgert_vq_out(p->y_zero, p->lo, p->hi, p->fits),
	};

	edgert_vq_fill(zeros, p->x_zero, p->k);
	for (edgert_int b = 0; b < p->batch; b++) {
		const struct edgert_matmul_u8_packed to = { w + b * p->w_batch, packed, q, *scale,
							    zeros };
		const struct edgert_qmatrix rows = {
			.x = a + b * p->a_batch, .m = p->m, .k = p->k, .xs = p->a_row, .strips = 1
		};

		edgert_matmul_u8_pack(p, to);
		s.y = y + b * p->y_batch;
#if EDGERT_VQ_TAPS == 4
		if (edgert_matmul_u8_zero(p) != 0) {
			edgert_matmul_u8_terms(p, rows.x, terms);
			s.terms = terms;
		}
#endif
		edgert_qtile_matrix(p->mr, p->nv, p->block, &rows, &s, packed, q, zeros + p->k);
	}
}
