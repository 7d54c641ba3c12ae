/* q_numbers.h - for q_conv.c and q_gemm.c: constants of integer operators. */
#ifndef EDGECC_PLAN_KERNELS_Q_NUMBERS_H
#define EDGECC_PLAN_KERNELS_Q_NUMBERS_H

#include "../../ops/integer.h"
#include "build.h"

/* Inputs x, of type `from`, w, scale, bias? and a result of type `to` of an operator whose sums need
 * 64 bits (wide) or not: false, with *reason, where 8-bit kernels cannot serve. */
bool q_inputs_accept(const struct node *n, enum dtype from, enum dtype to, bool wide,
		     const char **reason);
/* Are the factors of n known, in float, and below 1? */
bool q_factors_fit(const struct node *n);
/* [channels][2]: bias - x_zero * (weights of the channel), then the scale; w [channels][taps]. */
const int32_t *q_numbers(struct unit *u, const struct node *n, const int8_t *w, int64_t channels,
			 int64_t taps, int64_t x_zero);

/* Packed weights of 8 bits as bytes of two (int8.h, int8_fold). */
const int8_t *q_folded(struct unit *u, int64_t run, const int8_t *w, size_t n, size_t *size);

/* The arguments of an integer kernel after its parameters: see q_conv_call. w4: w is of 4 bits. */
void q_arguments(struct unit *u, const struct node *n, bool w4, const int8_t *w, size_t w_size,
		 const int32_t *q, size_t q_size, size_t scratch, struct call *out);

/* accept_INTERFACE_FORM_ref for all forms, with W behind their names: what ACCEPT, which fills a
 * PARAMS, accepts, and where FITS. */
#define Q_ACCEPT_FORM(INTERFACE, FORM, FROM, TO, ACCEPT, PARAMS, FITS, REASON)                     \
	bool accept_##INTERFACE##_##FORM##_ref(struct unit *u, const struct node *n,               \
					       const struct target *t, const char **reason)        \
	{                                                                                          \
		PARAMS bound;                                                                      \
                                                                                                   \
		(void)t;                                                                           \
		if (!ACCEPT(u, n, FROM, TO, reason, &bound))                                       \
			return false;                                                              \
		*reason = "weights of more than 4 bits";                                           \
		if (!(FITS))                                                                       \
			return false;                                                              \
		*reason = REASON;                                                                  \
		return true;                                                                       \
	}
#define Q_ACCEPT_REF(INTERFACE, W, ACCEPT, PARAMS, FITS, REASON)                                   \
	Q_ACCEPT_FORM(INTERFACE, s8##W, DT_I8, DT_I8, ACCEPT, PARAMS, FITS, REASON)                \
	Q_ACCEPT_FORM(INTERFACE, u8##W, DT_U8, DT_U8, ACCEPT, PARAMS, FITS, REASON)                \
	Q_ACCEPT_FORM(INTERFACE, s8s32##W, DT_I8, DT_I32, ACCEPT, PARAMS, FITS, REASON)            \
	Q_ACCEPT_FORM(INTERFACE, u8s32##W, DT_U8, DT_I32, ACCEPT, PARAMS, FITS, REASON)

/* Has it plain memory that is read byte by byte, and none of the instructions of wider machines? */
bool q_is_small(const struct target *t);

/* The scale of channel i as kernels read it: a multiplier, or a factor's bits. */
int32_t q_scale(const struct constant *c, int64_t i);

#endif
