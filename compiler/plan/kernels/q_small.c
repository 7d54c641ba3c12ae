/* The integer kernels of small machines and of RISC-V's vectors as rows, of activations in 8 and in 16 bits: weights packed,
 * scratch where their files ask for it (int8.h). */
#include "int8.h"
#include "q_numbers.h"

bool q_is_small(const struct target *t)
{
	return t->memory_mode == MEMORY_TIGHT && !t->progmem;
}

/* fits: of its parameters at the bounds; NULL: any do */
static bool accept_conv(struct unit *u, const struct node *n, enum dtype from, enum dtype to,
			bool depthwise, int (*fits)(const struct edgert_conv2d *p),
			const char **reason)
{
	struct edgert_conv2d p, now;

	if (!q_conv_accept(u, n, from, to, reason, &p))
		return false;
	*reason = depthwise ? "not depthwise" : "groups are left to the reference";
	if (depthwise ? p.groups != p.ci || p.co != p.ci : p.groups != 1)
		return false;
	now = conv_params(u, n);
	if (now.ih != p.ih || now.iw != p.iw)
		p.ih = p.iw = 0;
	*reason = "x_zero or channels are not the kernel's";
	if (fits && !fits(&p))
		return false;
	*reason = depthwise ? "one weight per channel and tap" : "a few channels at a time";
	return true;
}

static bool accept_product(struct unit *u, const struct node *n, enum dtype from, enum dtype to,
			   const char **reason)
{
	struct edgert_gemm p;

	if (!q_gemm_accept(u, n, from, to, reason, &p))
		return false;
	*reason = "a few columns at a time";
	return true;
}

/* With weights of 4 bits. Sums are 16 times as large: 16 * taps * 255 * 8 stay below 2^31. */
static bool accept_w4(const struct node *n, int64_t taps, const char **reason)
{
	const char *as_before = *reason;

	*reason = "weights of more than 4 bits";
	if (!q_fits_w4(n))
		return false;
	*reason = as_before;
	return taps < 1 << 16;
}

static bool accept_conv_w4(struct unit *u, const struct node *n, const char **reason)
{
	return accept_conv(u, n, DT_I8, DT_I8, false, NULL, reason) &&
	       accept_w4(n, shape_elements(&node_in(n, 1)->shape) / node_in(n, 1)->shape.d[0],
			 reason);
}

static bool accept_product_w4(struct unit *u, const struct node *n, const char **reason)
{
	const struct shape *w = &node_in(n, 1)->shape;

	return accept_product(u, n, DT_I8, DT_I8, reason) &&
	       accept_w4(n, w->d[w->rank > 1 ? w->rank - 2 : 0], reason);
}

static bool accept_matmul(struct unit *u, const struct node *n, const char **reason)
{
	struct edgert_gemm bound;

	if (!q_matmul_accept(u, n, DT_I8, reason, &bound))
		return false;
	*reason = "columns packed for all rows, a few at a time";
	return true;
}

/* Of weights of 4 bits, how many lie side by side as lower halves of bytes. */
typedef int64_t fold_fn(int64_t channels, int64_t taps);

static int64_t dsp_fold(int64_t channels, int64_t taps)
{
	(void)channels, (void)taps;
	return 4;
}

static int64_t mve_fold(int64_t channels, int64_t taps)
{
	(void)channels, (void)taps;
	return 16;
}

static int64_t rvv_fold(int64_t channels, int64_t taps)
{
	(void)taps;
	return channels;
}

static int64_t scalar_fold(int64_t channels, int64_t taps)
{
	(void)channels;
	return taps;
}

static const int8_t *fold(struct unit *u, fold_fn *run, int64_t channels, int64_t taps,
			  const int8_t *w, edgert_int *size)
{
	size_t bytes;

	w = q_folded(u, run(channels, taps), w, (size_t)*size, &bytes);
	*size = (edgert_int)bytes;
	return w;
}

/* folded NULL: weights of 8 bits. */
static void build_conv(struct unit *u, const struct node *n, int8_conv2d_pack_fn *pack,
		       int8_conv2d_numbers_fn *numbers, int8_conv2d_scratch_fn *scratch,
		       fold_fn *folded, struct call *out)
{
	struct q_conv c;
	edgert_int size, count;
	const int8_t *packed;
	int8_t *w;
	int32_t *q;

	q_conv_read(u, n, &c);
	size = pack(&c.bound, c.w, NULL);
	w = arena_array(u->arena, int8_t, (size_t)size);
	pack(&c.bound, c.w, w);
	c.w4 = folded != NULL;
	packed = folded ? fold(u, folded, c.p.co, c.p.kh * c.p.kw * c.p.ci, w, &size) : w;
	/* Of other sizes than the bounds, other windows lie inside the image. */
	if (c.p.ih != c.bound.ih || c.p.iw != c.bound.iw)
		c.bound.ih = c.bound.iw = 0;
	count = numbers(&c.bound, c.w, c.q, NULL);
	q = arena_array(u->arena, int32_t, (size_t)count);
	numbers(&c.bound, c.w, c.q, q);
	q_conv_call(u, n, &c, packed, (size_t)size, q, (size_t)count * sizeof *q,
		    (size_t)scratch(&c.bound), out);
}

static void build_product(struct unit *u, const struct node *n, int8_gemm_pack_fn *pack,
			  int8_gemm_scratch_fn *scratch, fold_fn *folded, struct call *out)
{
	struct q_gemm g;
	edgert_int size;
	const int8_t *packed;
	int8_t *w;

	q_gemm_read(u, n, &g);
	size = pack(&g.bound, g.w, NULL);
	w = arena_array(u->arena, int8_t, (size_t)size);
	pack(&g.bound, g.w, w);
	g.w4 = folded != NULL;
	packed = folded ? fold(u, folded, g.p.n, g.p.k, w, &size) : w;
	q_gemm_call(u, n, &g, packed, (size_t)size, g.q, (size_t)g.p.n * 2 * sizeof *g.q,
		    (size_t)scratch(&g.bound), out);
}

static void build_matmul(struct unit *u, const struct node *n, int8_gemm_scratch_fn *scratch,
			 struct call *out)
{
	const char *reason;
	struct edgert_gemm bound;

	q_matmul_accept(u, n, DT_I8, &reason, &bound);
	q_matmul_call(u, n, &bound, (size_t)scratch(&bound), out);
}

#define ROW(NAME, WHERE, ACCEPT, BUILD)                                                            \
	bool accept_##NAME(struct unit *u, const struct node *n, const struct target *t,           \
			   const char **reason)                                                    \
	{                                                                                          \
		(void)t;                                                                           \
		return (WHERE) && (ACCEPT);                                                        \
	}                                                                                          \
	void build_##NAME(struct unit *u, const struct node *n, const struct target *t,            \
			  struct call *out)                                                        \
	{                                                                                          \
		(void)t;                                                                           \
		BUILD;                                                                             \
	}
/* Activations of type FROM, results of type TO, which the kernels' names have as FORM. */
#define CONV(FORM, FROM, TO, NAME, WHERE, FITS, PACK, NUMBERS, SCRATCH)                            \
	ROW(conv2d_##FORM##_##NAME, WHERE, accept_conv(u, n, FROM, TO, false, FITS, reason),       \
	    build_conv(u, n, PACK, NUMBERS, SCRATCH, NULL, out))
#define DWCONV(FORM, FROM, TO, NAME, WHERE, FITS, PACK, NUMBERS, SCRATCH)                          \
	ROW(dwconv2d_##FORM##_##NAME, WHERE, accept_conv(u, n, FROM, TO, true, FITS, reason),      \
	    build_conv(u, n, PACK, NUMBERS, SCRATCH, NULL, out))
#define PRODUCT(FORM, FROM, TO, NAME, WHERE, PACK, SCRATCH)                                        \
	ROW(gemm_##FORM##_##NAME, WHERE, accept_product(u, n, FROM, TO, reason),                   \
	    build_product(u, n, PACK, SCRATCH, NULL, out))
#define SET8(FORM, TO, NAME, WHERE, NUMBERS)                                                       \
	CONV(FORM, DT_I8, TO, NAME, WHERE, NULL, int8_conv2d_##NAME##_pack, NUMBERS,               \
	     int8_conv2d_##NAME##_scratch)                                                         \
	DWCONV(FORM, DT_I8, TO, NAME, WHERE, NULL, int8_dwconv2d_##NAME##_pack, NUMBERS,           \
	       int8_dwconv2d_##NAME##_scratch)                                                     \
	PRODUCT(FORM, DT_I8, TO, NAME, WHERE, int8_gemm_##NAME##_pack, int8_gemm_##NAME##_scratch)
#define SET16(FORM, TO, NAME, WHERE, FITS)                                                         \
	CONV(FORM, DT_I16, TO, NAME, WHERE, FITS, int8_wide_conv2d_##NAME##_pack,                  \
	     int8_conv2d_scalar_numbers, int8_conv2d_scalar_scratch)                               \
	PRODUCT(FORM, DT_I16, TO, NAME, WHERE, int8_wide_gemm_##NAME##_pack,                       \
		int8_gemm_scalar_scratch)
/* PACK: of the packing functions' names */
#define SET_W4(NAME, WHERE, PACK, NUMBERS)                                                         \
	ROW(conv2d_s8w4_##NAME, WHERE, accept_conv_w4(u, n, reason),                               \
	    build_conv(u, n, int8_conv2d_##PACK##_pack, NUMBERS, int8_conv2d_##NAME##_scratch,     \
		       NAME##_fold, out))                                                          \
	ROW(gemm_s8w4_##NAME, WHERE, accept_product_w4(u, n, reason),                              \
	    build_product(u, n, int8_gemm_##PACK##_pack, int8_gemm_##NAME##_scratch, NAME##_fold,  \
			  out))
#define BOTH(NAME, WHERE)                                                                          \
	ROW(matmul_s8_##NAME, WHERE, accept_matmul(u, n, reason),                                  \
	    build_matmul(u, n, int8_matmul_##NAME##_scratch, out))

SET8(s8, DT_I8, dsp, true, int8_conv2d_numbers)
SET8(s8, DT_I8, mve, true, int8_conv2d_numbers)
SET8(s8, DT_I8, rvv, true, int8_conv2d_scalar_numbers)
SET8(s8, DT_I8, scalar, q_is_small(t), int8_conv2d_scalar_numbers)
SET8(s8s16, DT_I16, dsp, true, int8_conv2d_numbers)
SET8(s8s16, DT_I16, mve, true, int8_conv2d_numbers)
SET8(s8s16, DT_I16, rvv, true, int8_conv2d_scalar_numbers)
SET8(s8s16, DT_I16, scalar, q_is_small(t), int8_conv2d_scalar_numbers)
SET8(s8s32, DT_I32, dsp, true, int8_conv2d_numbers)
SET8(s8s32, DT_I32, scalar, q_is_small(t), int8_conv2d_scalar_numbers)
SET_W4(dsp, true, dsp, int8_conv2d_numbers)
SET_W4(mve, true, mve, int8_conv2d_numbers)
SET_W4(rvv, true, rvv_w4, int8_conv2d_scalar_numbers)
SET_W4(scalar, q_is_small(t), scalar, int8_conv2d_scalar_numbers)
BOTH(dsp, true)
BOTH(mve, true)
BOTH(rvv, true)
BOTH(scalar, q_is_small(t))
SET16(s16, DT_I16, dsp, true, int8_wide_conv2d_dsp_fits)
SET16(s16, DT_I16, mve, true, int8_wide_conv2d_vector_fits)
SET16(s16, DT_I16, rvv, true, int8_wide_conv2d_vector_fits)
SET16(s16, DT_I16, q128, target_q128_taps(t) != 0, int8_wide_conv2d_vector_fits)
SET16(s16, DT_I16, scalar, q_is_small(t), NULL)
SET16(s16s8, DT_I8, dsp, true, int8_wide_conv2d_dsp_fits)
SET16(s16s8, DT_I8, mve, true, int8_wide_conv2d_vector_fits)
SET16(s16s8, DT_I8, rvv, true, int8_wide_conv2d_vector_fits)
SET16(s16s8, DT_I8, q128, target_q128_taps(t) != 0, int8_wide_conv2d_vector_fits)
SET16(s16s8, DT_I8, scalar, q_is_small(t), NULL)
#define DWCONV16(NAME, WHERE, PACK, NUMBERS)                                                       \
	DWCONV(s16, DT_I16, DT_I16, NAME, WHERE, int8_wide_conv2d_vector_fits, PACK, NUMBERS,      \
	       int8_conv2d_scalar_scratch)                                                         \
	DWCONV(s16s8, DT_I16, DT_I8, NAME, WHERE, int8_wide_conv2d_vector_fits, PACK, NUMBERS,     \
	       int8_conv2d_scalar_scratch)
DWCONV16(mve, true, int8_dwconv2d_mve_pack, int8_conv2d_numbers)
DWCONV16(rvv, true, int8_dwconv2d_rvv_pack, int8_conv2d_scalar_numbers)
DWCONV16(q128, target_q128_taps(t) != 0, int8_dwconv2d_scalar_pack, int8_conv2d_numbers)
DWCONV(s16, DT_I16, DT_I16, scalar, q_is_small(t), NULL, int8_dwconv2d_scalar_pack,
       int8_conv2d_scalar_numbers, int8_conv2d_scalar_scratch)
DWCONV(s16s8, DT_I16, DT_I8, scalar, q_is_small(t), NULL, int8_dwconv2d_scalar_pack,
       int8_conv2d_scalar_numbers, int8_conv2d_scalar_scratch)
