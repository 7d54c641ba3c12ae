/* The integer kernels of one set against their definition, bit for bit, over the shapes of int8.def.
 * The unit tests run this on the host, through the ISA headers' portable models, and targets.tap on
 * an emulated machine. Compiled with
 *
 *	INT8_SET	dsp, mve, rvv, scalar, q128: the kernels
 *	INT8_Q128	with q128, whose form is EDGERT_Q128_TAPS: how many registers of 128 bits there are
 *	INT8_MIXED	defined: results have 16 bits where activations have 8, or the other way round
 *	INT8_WIDE	defined: those of activations in 16 bits; then also
 *	INT8_FITS	what says whether a convolution is the set's, where not all are
 *	INT8_DEPTHWISE	defined where the set has a depthwise convolution
 *	INT8_W4		defined where the set has kernels of weights of 4 bits: of so many channels of so
 *			many taps, how many weights are the lower halves of bytes before as many are the
 *			upper ones
 *	INT8_PACK_W4	as what the set packs them, where it is not like other weights
 *	INT8_SUMS	defined where it has kernels that give the sums
 *	INT8_CHECK	the name of the function, which returns NULL or the case that failed
 *	INT8_ADD	defined where the set has an addition
 *	INT8_POOL	defined where the set has pools
 *	INT8_ROWS	defined where it has functions of rows; 2 with those that scale in float, 3 with those of
 *			floats and of exponentials
 *	INT8_NUMBERS	what orders q for convolutions, where it is not int8_conv2d_numbers
 *	EDGERT_FIXED	as emitted code would
 *
 * x and w end where their arrays do, so that a sanitizer sees reads beyond; y lies between guards. */
#ifdef INT8_Q128 /* a file has those of results of other widths, too */
#define EDGERT_KERNEL static __attribute__((unused))
#else
#define EDGERT_KERNEL static
#endif
#include "compiler/plan/kernels/int8.h"
#include "compiler/plan/kernels/q128.h"

#define PASTE_(a, b, c, d) a##b##c##d
#define PASTE(a, b, c, d) PASTE_(a, b, c, d)
#ifdef INT8_WIDE
typedef int16_t element;
#define BITS 16
#define PACK(name) PASTE(int8_wide_, name, PASTE(_, INT8_SET, _pack, ), )
#define SCRATCH(name) no_scratch
#define INT8_NUMBERS int8_conv2d_scalar_numbers
#else
typedef int8_t element;
#define BITS 8
#define PACK(name) PASTE(int8_, name, PASTE(_, INT8_SET, _pack, ), )
#define SCRATCH(name) PASTE(int8_, name, PASTE(_, INT8_SET, _scratch, ), )
#define INT8_DEPTHWISE
#endif
#if defined(INT8_WIDE) == defined(INT8_MIXED)
typedef int8_t result;
#define RESULT_BITS 8
#else
typedef int16_t result;
#define RESULT_BITS 16
#endif
#ifdef INT8_MIXED
#define FORM PASTE(s, BITS, s, RESULT_BITS)
#else
#define FORM PASTE(s, BITS, , )
#endif
#define KERNEL(name) PASTE(edgert_##name##_, FORM, __, INT8_SET)
#define KERNEL_SUMS(name) PASTE(edgert_, name, _s8s32__, INT8_SET)
#ifdef INT8_PACK_W4
#define PACK_W4(name) PASTE(int8_, name, PASTE(_, INT8_PACK_W4, _pack, ), )
#else
#define PACK_W4 PACK
#endif
#define KERNEL_W4(name) PASTE(edgert_, name, _s8w4__, INT8_SET)

/* Does the kernel take this convolution? */
#ifndef INT8_FITS
#define INT8_FITS(p) 1
#endif

/* The set's own order of biases and scales, or the usual. */
#ifdef INT8_Q128
#define INT8_SUMS
#define INT8_NUMBERS(p, w, q, out) q128_numbers_of(p, depthwise, q, out)
#endif
#ifndef INT8_NUMBERS
#define INT8_NUMBERS int8_conv2d_numbers
#endif

#define STRING_(a) #a
#define STRING(a) STRING_(a)
/* Paths, no expressions. */
/* clang-format off */
#ifdef INT8_Q128 /* one file for results of any width */
#define SOURCE(name) STRING(runtime/kernels/INT8_SET/PASTE(name, _, s8, ).c)
#else
#define SOURCE(name) STRING(runtime/kernels/INT8_SET/PASTE(name, _, FORM, ).c)
#endif
#include SOURCE(conv2d)
#include SOURCE(gemm)
#ifdef INT8_DEPTHWISE
#include SOURCE(dwconv2d)
#define int8_wide_dwconv2d_scalar_pack int8_dwconv2d_scalar_pack
#define int8_wide_dwconv2d_rvv_pack int8_dwconv2d_rvv_pack
#define int8_wide_dwconv2d_mve_pack int8_dwconv2d_mve_pack
#define int8_wide_dwconv2d_q128_pack int8_dwconv2d_scalar_pack
#endif
#if BITS == 8 && !defined(INT8_MIXED)
#define INT8_MATMUL
#include SOURCE(matmul)
#endif
#ifdef INT8_ADD
#include SOURCE(add)
#endif
#ifdef INT8_POOL
#include SOURCE(pool2d)
#endif
#ifdef INT8_ROWS
#include SOURCE(rows)
#endif
/* clang-format on */

#ifdef INT8_Q128
/* As functions of the other sets. */
static const struct q128_machine machine = { .taps = EDGERT_Q128_TAPS,
					     .registers = INT8_Q128,
					     .narrow = 1 };

static edgert_int int8_conv2d_q128_pack(const struct edgert_conv2d *p, const int8_t *w, int8_t *out)
{
	return int8_q128_conv2d_pack(&machine, p, w, out);
}

static edgert_int int8_gemm_q128_pack(const struct edgert_gemm *p, const int8_t *w, int8_t *out)
{
	return int8_q128_gemm_pack(&machine, p, w, out);
}

static void q128_numbers_of(const struct edgert_conv2d *p, int depthwise, const int32_t *q,
			    int32_t *out)
{
	if (depthwise)
		int8_q128_dwconv2d_numbers(p, q, out);
	else
		int8_q128_conv2d_numbers(p, q, out);
}

#define int8_dwconv2d_q128_pack int8_q128_dwconv2d_pack
#define int8_conv2d_q128_scratch int8_q128_conv2d_scratch
#define int8_dwconv2d_q128_scratch int8_q128_dwconv2d_scratch
#define int8_gemm_q128_scratch int8_q128_gemm_scratch
#define int8_matmul_q128_scratch int8_q128_matmul_scratch
#endif

#include "int8_data.h"
/* which needs the data */
#include "int8_conv.h"
#include "int8_product.h"
#ifdef INT8_ADD
#include "int8_add.h"
#endif
#ifdef INT8_POOL
#include "int8_pool.h"
#endif
#ifdef INT8_ROWS
#include "int8_rows.h"
#endif

const char *INT8_CHECK(void);

const char *INT8_CHECK(void)
{
	int seed = 1;

	for (size_t i = 0; i < sizeof conv_cases / sizeof *conv_cases; i++) {
		if (!check_conv2d(conv_cases + i, 1, 0, 0, seed++))
			return conv_cases[i].name;
#ifdef INT8_Q128
		if (conv_cases[i].ci % 2 == 0 && conv_cases[i].co % 2 == 0 &&
		    !check_conv2d(conv_cases + i, 2, 0, 0, seed++))
			return conv_cases[i].name;
#endif
#ifdef INT8_DEPTHWISE
		if (!check_conv2d(conv_cases + i, 1, 1, 0, seed++))
			return conv_cases[i].name;
#endif
#ifdef INT8_W4
		if (!check_conv2d(conv_cases + i, 1, 0, 1, seed++))
			return conv_cases[i].name;
#endif
#if defined(INT8_W4) && defined(INT8_Q128)
		if (conv_cases[i].ci % 2 == 0 && conv_cases[i].co % 2 == 0 &&
		    !check_conv2d(conv_cases + i, 2, 0, 1, seed++))
			return conv_cases[i].name;
#endif
	}
	for (size_t i = 0; i < sizeof gemm_cases / sizeof *gemm_cases; i++)
		if (!check_gemm(gemm_cases + i, 0, seed++))
			return gemm_cases[i].name;
#ifdef INT8_W4
	for (size_t i = 0; i < sizeof gemm_cases / sizeof *gemm_cases; i++)
		if (!check_gemm(gemm_cases + i, 1, seed++))
			return gemm_cases[i].name;
#endif
#ifdef INT8_MATMUL
	for (size_t i = 0; i < sizeof gemm_cases / sizeof *gemm_cases; i++)
		if (!check_matmul(gemm_cases + i, 0, 1, seed++) ||
		    !check_matmul(gemm_cases + i, 5 - (int)i * 4, i & 1, seed++))
			return gemm_cases[i].name;
#endif
#ifdef INT8_ADD
	for (int channels = 0; channels < 20; channels++)
		if (!check_add(channels, 0, 0, seed++) || !check_add(channels, 3, 1, seed++))
			return "add";
#endif
#ifdef INT8_ROWS
	if (check_rows(seed))
		return check_rows(seed);
#endif
#ifdef INT8_POOL
	return check_pools(seed);
#else
	return NULL;
#endif
}
