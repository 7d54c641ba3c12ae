/* rvv.h - RISC-V vectors (V 1.0, or Zve32x with 128 bits or more) for the integer kernels in rvv/,
 * with the same in C for every other machine.
 *
 * Lanes are output channels, as many as edgert_rvv_lanes gives: no code knows how long a vector is.
 * Sums lie in groups of eight registers of 32 bits, so a tile is at most three pixels; a weight is
 * loaded and widened once for all of them. */
#ifndef EDGERT_RVV_H
#define EDGERT_RVV_H

#include "int8.h"

#if defined(__riscv_v_intrinsic) && defined(__riscv_v_min_vlen) && __riscv_v_min_vlen >= 128 &&    \
	((defined(EDGERT_FIXED) && EDGERT_FIXED) || __riscv_v_elen_fp >= 32)
#define EDGERT_RVV 1
#include <riscv_vector.h>
#else
#define EDGERT_RVV 0
#endif

/* Pixels of a tile, and lanes at most: what the model has, and what is requantized one by one lies
 * on the stack. */
#define EDGERT_RVV_PIXELS 3
#define EDGERT_RVV_LANES 256

/* clang unrolls no loop over vectors of unknown length by itself. */
#if defined(__clang__)
#define EDGERT_RVV_FOURFOLD _Pragma("clang loop unroll_count(4)")
#else
#define EDGERT_RVV_FOURFOLD
#endif

/* How results are requantized (params.h). wide, wide_y: elements of x, and of y, have 16 bits. w4:
 * weights have 4, those of two taps a byte. */
struct edgert_rvv_out {
	edgert_int shift, zero, lo, hi;
	int wide, wide_y, w4;
};

/* The taps of a window: rows * units runs of elements. Strides are in elements, of w in bytes; from one
 * tap of a run to the next w moves w_tap, x 1 (dense) or x_unit (depthwise, whose units are taps). Weights
 * of 4 bits move so after two taps. x - zero is what counts: 0 but where a window leaves the image. */
struct edgert_rvv_taps {
	edgert_int rows, units, run;
	edgert_int x_row, x_unit;
	edgert_int w_row, w_unit, w_tap;
	int32_t zero;
};

/* Biases and scales of a tile's channels, `step` and `scales` apart. */
struct edgert_rvv_numbers {
	const int32_t *bias, *scale;
	edgert_int step, scales;
};

/* Lane c of a pixel, made without vectors. */
EDGERT_INLINE void edgert_rvv_put(const struct edgert_rvv_out *o, int32_t sum, int32_t scale,
				  void *y, edgert_int c)
{
	const int32_t v = edgert_requantize(sum, scale, (int)o->shift, (int32_t)o->zero,
					    (int32_t)o->lo, (int32_t)o->hi);

	if (o->wide_y)
		((int16_t *)y)[c] = (int16_t)v;
	else
		((int8_t *)y)[c] = (int8_t)v;
}

/* Element i of x. */
EDGERT_INLINE int16_t edgert_rvv_get(const void *x, edgert_int i, const int wide)
{
	return wide ? ((const int16_t *)x)[i] : ((const int8_t *)x)[i];
}

#if EDGERT_RVV

/* Channels of the next tile, of n that are left. */
EDGERT_INLINE edgert_int edgert_rvv_lanes(edgert_int n)
{
	const size_t most = n < EDGERT_RVV_LANES ? (size_t)n : EDGERT_RVV_LANES;

	return (edgert_int)__riscv_vsetvl_e8m2(most);
}

EDGERT_INLINE vint16m4_t edgert_rvv_widen(const int8_t *w, size_t n)
{
	return __riscv_vsext_vf2_i16m4(__riscv_vle8_v_i8m2(w, n), n);
}

/* The lower halves of bytes that edgert_rvv_widen loaded, and the upper ones. */
EDGERT_INLINE vint16m4_t edgert_rvv_low(vint16m4_t w, size_t n)
{
	return __riscv_vsra_vx_i16m4(__riscv_vsll_vx_i16m4(w, 12, n), 12, n);
}

EDGERT_INLINE vint16m4_t edgert_rvv_high(vint16m4_t w, size_t n)
{
	return __riscv_vsra_vx_i16m4(w, 4, n);
}

/* Results of n channels whose sums are s. vfcvt rounds as frm says, which is to nearest, ties to
 * even, unless the firmware changed it. */
EDGERT_INLINE void edgert_rvv_store(const struct edgert_rvv_out *o,
				    const struct edgert_rvv_numbers *a, vint32m8_t s, void *y,
				    size_t n)
{
	const vint32m8_t scale = __riscv_vlse32_v_i32m8(a->scale, 4 * a->scales, n);
	vint16m4_t v;
	vint8m2_t b;

#if defined(EDGERT_FIXED) && EDGERT_FIXED
	if (o->shift < 0) {
		int32_t each[EDGERT_RVV_LANES];

		__riscv_vse32_v_i32m8(each, s, n);
		for (size_t c = 0; c < n; c++)
			edgert_rvv_put(o, each[c], a->scale[(edgert_int)c * a->scales], y,
				       (edgert_int)c);
		return;
	}
	/* floor(product / 2^31), then rounded on the way to 2^(32 + shift) */
	s = __riscv_vsmul_vv_i32m8(s, scale, __RISCV_VXRM_RDN, n);
	s = __riscv_vssra_vx_i32m8(s, (size_t)o->shift + 1, __RISCV_VXRM_RNU, n);
#else
	s = __riscv_vfcvt_x_f_v_i32m8(
		__riscv_vfmul_vv_f32m8(__riscv_vfcvt_f_x_v_f32m8(s, n),
				       __riscv_vreinterpret_v_i32m8_f32m8(scale), n),
		n);
#endif
	s = __riscv_vsadd_vx_i32m8(s, (int32_t)o->zero, n);
	v = __riscv_vnclip_wx_i16m4(s, 0, __RISCV_VXRM_RNU, n);
	if (o->wide_y) {
		v = __riscv_vmax_vx_i16m4(v, (int16_t)o->lo, n);
		__riscv_vse16_v_i16m4(y, __riscv_vmin_vx_i16m4(v, (int16_t)o->hi, n), n);
		return;
	}
	b = __riscv_vmax_vx_i8m2(__riscv_vnclip_wx_i8m2(v, 0, __RISCV_VXRM_RNU, n), (int8_t)o->lo,
				 n);
	__riscv_vse8_v_i8m2(y, __riscv_vmin_vx_i8m2(b, (int8_t)o->hi, n), n);
}

/* s + (x[i] - zero) * v */
EDGERT_INLINE vint32m8_t edgert_rvv_mac(vint32m8_t s, const void *x, edgert_int i, const int wide,
					int32_t zero, vint16m4_t v, size_t n)
{
	return __riscv_vwmacc_vx_i32m8(s, (int16_t)(edgert_rvv_get(x, i, wide) - zero), v, n);
}

/* n channels of up to three pixels: y[i] = requantized(bias + sum over the taps of (x[i] - zero) *
 * w). */
EDGERT_INLINE void edgert_rvv_dense(const struct edgert_rvv_out *o, const int pixels,
				    const struct edgert_rvv_taps *t,
				    const struct edgert_rvv_numbers *a, const void *const *x,
				    const int8_t *w, edgert_int lanes, void *const *y)
{
	const size_t n = (size_t)lanes;
	const int32_t z = t->zero;
	vint32m8_t s0 = __riscv_vlse32_v_i32m8(a->bias, 4 * a->step, n);
	vint32m8_t s1 = s0, s2 = s0;

#define EDGERT_RVV_TAP(i, v)                                                                       \
	do {                                                                                       \
		s0 = edgert_rvv_mac(s0, x[0], i, o->wide, z, v, n);                                \
		if (pixels > 1)                                                                    \
			s1 = edgert_rvv_mac(s1, x[1], i, o->wide, z, v, n);                        \
		if (pixels > 2)                                                                    \
			s2 = edgert_rvv_mac(s2, x[2], i, o->wide, z, v, n);                        \
	} while (0)
	for (edgert_int r = 0; r < t->rows; r++)
		for (edgert_int k = 0; k < t->units; k++) {
			const edgert_int at = r * t->x_row + k * t->x_unit;
			const int8_t *from = w + r * t->w_row + k * t->w_unit;
			edgert_int i = 0;

			EDGERT_RVV_FOURFOLD
			for (; o->w4 && i + 2 <= t->run; i += 2, from += t->w_tap) {
				const vint16m4_t v = edgert_rvv_widen(from, n);

				EDGERT_RVV_TAP(at + i, edgert_rvv_low(v, n));
				EDGERT_RVV_TAP(at + i + 1, edgert_rvv_high(v, n));
			}
			if (o->w4 && i < t->run)
				EDGERT_RVV_TAP(at + i,
					       edgert_rvv_low(edgert_rvv_widen(from, n), n));
			EDGERT_RVV_FOURFOLD
			for (; !o->w4 && i < t->run; i++, from += t->w_tap)
				EDGERT_RVV_TAP(at + i, edgert_rvv_widen(from, n));
		}
#undef EDGERT_RVV_TAP
	edgert_rvv_store(o, a, s0, y[0], n);
	if (pixels > 1)
		edgert_rvv_store(o, a, s1, y[1], n);
	if (pixels > 2)
		edgert_rvv_store(o, a, s2, y[2], n);
}

/* s + (x - zero) * v, lane by lane. */
EDGERT_INLINE vint32m8_t edgert_rvv_tap(vint32m8_t s, const void *x, edgert_int i, const int wide,
					int32_t zero, vint16m4_t v, size_t n)
{
	vint16m4_t u;

	if (wide)
		u = __riscv_vsub_vx_i16m4(__riscv_vle16_v_i16m4((const int16_t *)x + i, n),
					  (int16_t)zero, n);
	else
		u = __riscv_vwsub_vx_i16m4(__riscv_vle8_v_i8m2((const int8_t *)x + i, n),
					   (int8_t)zero, n);
	return __riscv_vwmacc_vv_i32m8(s, u, v, n);
}

/* The same of a depthwise convolution: lane c of x goes to lane c of y. */
EDGERT_INLINE void edgert_rvv_depthwise(const struct edgert_rvv_out *o, const int pixels,
					const struct edgert_rvv_taps *t,
					const struct edgert_rvv_numbers *a, const void *const *x,
					const int8_t *w, edgert_int lanes, void *const *y)
{
	const size_t n = (size_t)lanes;
	vint32m8_t s0 = __riscv_vlse32_v_i32m8(a->bias, 4 * a->step, n);
	vint32m8_t s1 = s0;

	for (edgert_int r = 0; r < t->rows; r++) {
		EDGERT_UNROLL_FEW
		for (edgert_int k = 0; k < t->units; k++) {
			const edgert_int i = r * t->x_row + k * t->x_unit;
			const vint16m4_t v = edgert_rvv_widen(w + r * t->w_row + k * t->w_unit, n);

			s0 = edgert_rvv_tap(s0, x[0], i, o->wide, t->zero, v, n);
			if (pixels > 1)
				s1 = edgert_rvv_tap(s1, x[1], i, o->wide, t->zero, v, n);
		}
	}
	edgert_rvv_store(o, a, s0, y[0], n);
	if (pixels > 1)
		edgert_rvv_store(o, a, s1, y[1], n);
}

/* n elements of a sum (params.h, "add"). */
EDGERT_INLINE void edgert_rvv_add(const struct edgert_add *p, const int8_t *a, const int8_t *b,
				  const int32_t *q, int8_t *y, edgert_int elements)
{
	const size_t n = (size_t)elements;
	const vint16m4_t u = edgert_rvv_widen(a, n), v = edgert_rvv_widen(b, n);
	vint32m8_t s;
	vint8m2_t r;

#if defined(EDGERT_FIXED) && EDGERT_FIXED
	s = __riscv_vadd_vx_i32m8(__riscv_vmul_vx_i32m8(__riscv_vsext_vf2_i32m8(v, n), q[1], n),
				  q[2], n);
	s = __riscv_vmacc_vx_i32m8(s, q[0], __riscv_vsext_vf2_i32m8(u, n), n);
	s = __riscv_vsra_vx_i32m8(s, (size_t)p->shift, n);
#else
	const float fa = edgert_f32_from_bits((uint32_t)q[0]);
	const float fb = edgert_f32_from_bits((uint32_t)q[1]);
	const float one = edgert_f32_from_bits((uint32_t)q[2]);
	const vfloat32m8_t af = __riscv_vfwcvt_f_x_v_f32m8(u, n);
	vfloat32m8_t bf = __riscv_vfwcvt_f_x_v_f32m8(v, n);

	if (p->fused) {
		bf = __riscv_vfmadd_vf_f32m8(bf, fb, __riscv_vfmv_v_f_f32m8(one, n), n);
		bf = __riscv_vfmacc_vf_f32m8(bf, fa, af, n);
	} else {
		bf = __riscv_vfadd_vf_f32m8(__riscv_vfmul_vf_f32m8(bf, fb, n), one, n);
		bf = __riscv_vfadd_vv_f32m8(__riscv_vfmul_vf_f32m8(af, fa, n), bf, n);
	}
	s = __riscv_vfcvt_x_f_v_i32m8(bf, n);
#endif
	r = __riscv_vnclip_wx_i8m2(__riscv_vnclip_wx_i16m4(s, 0, __RISCV_VXRM_RNU, n), 0,
				   __RISCV_VXRM_RNU, n);
	r = __riscv_vmin_vx_i8m2(__riscv_vmax_vx_i8m2(r, (int8_t)p->lo, n), (int8_t)p->hi, n);
	__riscv_vse8_v_i8m2(y, r, n);
}

#else

/* As a machine of 128 bits. */
EDGERT_INLINE edgert_int edgert_rvv_lanes(edgert_int n)
{
	return n < 32 ? n : 32;
}

/* As instructions do it: floor(product / 2^31), then rounded on the way to 2^(32 + shift). */
EDGERT_INLINE void edgert_rvv_store(const struct edgert_rvv_out *o,
				    const struct edgert_rvv_numbers *a, const int32_t *s, void *y,
				    edgert_int n)
{
	for (edgert_int c = 0; c < n; c++) {
#if defined(EDGERT_FIXED) && EDGERT_FIXED
		if (o->shift >= 0) {
			const int32_t v = (int32_t)edgert_shift_right_i64(
				(int64_t)s[c] * a->scale[c * a->scales], 31);
			const int32_t r =
				edgert_clamp_i32(edgert_rounding_shift_right(v, (int)o->shift + 1) +
							 (int32_t)o->zero,
						 (int32_t)o->lo, (int32_t)o->hi);

			if (o->wide_y)
				((int16_t *)y)[c] = (int16_t)r;
			else
				((int8_t *)y)[c] = (int8_t)r;
			continue;
		}
#endif
		edgert_rvv_put(o, s[c], a->scale[c * a->scales], y, c);
	}
}

/* Tap i of a run's weights at w. */
EDGERT_INLINE int32_t edgert_rvv_weight(const struct edgert_rvv_out *o, const int8_t *w,
					edgert_int i, edgert_int w_tap)
{
	int32_t v;

	if (!o->w4)
		return w[i * w_tap];
	v = w[i / 2 * w_tap] & 255;
	v = i % 2 ? v >> 4 : v & 15;
	return v - 2 * (v & 8);
}

EDGERT_INLINE void edgert_rvv_dense(const struct edgert_rvv_out *o, const int pixels,
				    const struct edgert_rvv_taps *t,
				    const struct edgert_rvv_numbers *a, const void *const *x,
				    const int8_t *w, edgert_int lanes, void *const *y)
{
	for (int p = 0; p < pixels; p++) {
		int32_t s[32];

		for (edgert_int c = 0; c < lanes; c++)
			s[c] = a->bias[c * a->step];
		for (edgert_int r = 0; r < t->rows; r++)
			for (edgert_int k = 0; k < t->units; k++)
				for (edgert_int i = 0; i < t->run; i++)
					for (edgert_int c = 0; c < lanes; c++)
						s[c] += (int16_t)(edgert_rvv_get(
									  x[p],
									  r * t->x_row +
										  k * t->x_unit + i,
									  o->wide) -
								  t->zero) *
							edgert_rvv_weight(o,
									  w + r * t->w_row +
										  k * t->w_unit + c,
									  i, t->w_tap);
		edgert_rvv_store(o, a, s, y[p], lanes);
	}
}

EDGERT_INLINE void edgert_rvv_depthwise(const struct edgert_rvv_out *o, const int pixels,
					const struct edgert_rvv_taps *t,
					const struct edgert_rvv_numbers *a, const void *const *x,
					const int8_t *w, edgert_int lanes, void *const *y)
{
	for (int p = 0; p < pixels; p++) {
		int32_t s[32];

		for (edgert_int c = 0; c < lanes; c++) {
			s[c] = a->bias[c * a->step];
			for (edgert_int r = 0; r < t->rows; r++)
				for (edgert_int k = 0; k < t->units; k++)
					s[c] += (int16_t)(edgert_rvv_get(x[p],
									 r * t->x_row +
										 k * t->x_unit + c,
									 o->wide) -
							  t->zero) *
						w[r * t->w_row + k * t->w_unit + c];
		}
		edgert_rvv_store(o, a, s, y[p], lanes);
	}
}

EDGERT_INLINE void edgert_rvv_add(const struct edgert_add *p, const int8_t *a, const int8_t *b,
				  const int32_t *q, int8_t *y, edgert_int elements)
{
	for (edgert_int i = 0; i < elements; i++)
		y[i] = edgert_int8_add(p, a[i], b[i], q);
}
#endif

#endif
