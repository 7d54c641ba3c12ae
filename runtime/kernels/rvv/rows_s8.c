/* rows_s8.c - elementwise functions of bytes side by side (params.h, "rows"). */
#include "../isa/rvv.h"

#if EDGERT_RVV && __riscv_v_elen_fp >= 32
#define EDGERT_ROW_FLOATS 1
#else
#define EDGERT_ROW_FLOATS 0
#endif

EDGERT_SHARED void edgert_row_lut_s8__rvv(void *y, const void *x, const void *table, edgert_int n)
{
	uint8_t *to = (uint8_t *)y;
	const uint8_t *from = (const uint8_t *)x, *t = (const uint8_t *)table;

#if EDGERT_RVV
	for (size_t k; n > 0; n -= (edgert_int)k, to += k, from += k) {
		k = __riscv_vsetvl_e8m8((size_t)n);
		__riscv_vse8_v_u8m8(to, __riscv_vluxei8_v_u8m8(t, __riscv_vle8_v_u8m8(from, k), k),
				    k);
	}
#else
	for (; n > 0; n--)
		*to++ = t[*from++];
#endif
}

#if EDGERT_RVV
EDGERT_INLINE void edgert_rvv_row_store(int8_t *y, vint32m8_t s, int32_t lo, int32_t hi, size_t k)
{
	vint8m2_t r = __riscv_vnclip_wx_i8m2(__riscv_vnclip_wx_i16m4(s, 0, __RISCV_VXRM_RNU, k), 0,
					     __RISCV_VXRM_RNU, k);

	if (lo > -128)
		r = __riscv_vmax_vx_i8m2(r, (int8_t)lo, k);
	if (hi < 127)
		r = __riscv_vmin_vx_i8m2(r, (int8_t)hi, k);
	__riscv_vse8_v_i8m2(y, r, k);
}

/* (a - a_zero) * (b - b_zero) */
EDGERT_INLINE vint32m8_t edgert_rvv_row_product(const int8_t *a, const int8_t *b, int32_t a_zero,
						int32_t b_zero, size_t k)
{
	return __riscv_vwmul_vv_i32m8(
		__riscv_vwsub_vx_i16m4(__riscv_vle8_v_i8m2(a, k), (int8_t)a_zero, k),
		__riscv_vwsub_vx_i16m4(__riscv_vle8_v_i8m2(b, k), (int8_t)b_zero, k), k);
}
#endif

EDGERT_KERNEL void edgert_row_add_s8__rvv(int8_t *y, const int8_t *a, const int8_t *b, int32_t p,
					  int32_t q, int32_t c, int shift, int32_t lo, int32_t hi,
					  edgert_int n)
{
#if EDGERT_RVV
	for (size_t k; n > 0; n -= (edgert_int)k, y += k, a += k, b += k) {
		vint32m8_t s;

		k = __riscv_vsetvl_e8m2((size_t)n);
		s = __riscv_vmul_vx_i32m8(__riscv_vsext_vf4_i32m8(__riscv_vle8_v_i8m2(b, k), k), q,
					  k);
		s = __riscv_vmacc_vx_i32m8(
			s, p, __riscv_vsext_vf4_i32m8(__riscv_vle8_v_i8m2(a, k), k), k);
		s = __riscv_vsra_vx_i32m8(__riscv_vadd_vx_i32m8(s, c, k), (size_t)shift, k);
		edgert_rvv_row_store(y, s, lo, hi, k);
	}
#else
	for (edgert_int i = 0; i < n; i++)
		y[i] = (int8_t)edgert_clamp_i32(
			edgert_shift_right_i32(c + b[i] * q + a[i] * p, shift), lo, hi);
#endif
}

EDGERT_KERNEL void edgert_row_add_f32_s8__rvv(int8_t *y, const int8_t *a, const int8_t *b, float p,
					      float q, float c, int32_t lo, int32_t hi,
					      edgert_int n)
{
#if EDGERT_ROW_FLOATS
	for (size_t k; n > 0; n -= (edgert_int)k, y += k, a += k, b += k) {
		vfloat32m8_t u, v;

		k = __riscv_vsetvl_e8m2((size_t)n);
		u = __riscv_vfwcvt_f_x_v_f32m8(edgert_rvv_widen(a, k), k);
		v = __riscv_vfwcvt_f_x_v_f32m8(edgert_rvv_widen(b, k), k);
		v = __riscv_vfadd_vf_f32m8(__riscv_vfmul_vf_f32m8(v, q, k), c, k);
		v = __riscv_vfadd_vv_f32m8(v, __riscv_vfmul_vf_f32m8(u, p, k), k);
		edgert_rvv_row_store(y, __riscv_vfcvt_x_f_v_i32m8(v, k), lo, hi, k);
	}
#else
	for (edgert_int i = 0; i < n; i++) {
		const float first = (float)b[i] * q, sum = c + first, second = (float)a[i] * p;

		y[i] = (int8_t)edgert_nearest_f32_i32(sum + second, lo, hi);
	}
#endif
}

/* A product of 2^16 at most is moved up by 14 bits at most; then floor(product / 2^31), rounded on the
 * way to 2^bits. */
EDGERT_KERNEL void edgert_row_mul_s8__rvv(int8_t *y, const int8_t *a, const int8_t *b,
					  int32_t a_zero, int32_t b_zero, int32_t m, int bits,
					  int32_t zero, int32_t lo, int32_t hi, edgert_int n)
{
#if EDGERT_RVV
	for (size_t k; n > 0 && bits >= 18; n -= (edgert_int)k, y += k, a += k, b += k) {
		vint32m8_t s;

		k = __riscv_vsetvl_e8m2((size_t)n);
		s = edgert_rvv_row_product(a, b, a_zero, b_zero, k);
		if (bits < 32)
			s = __riscv_vsll_vx_i32m8(s, (size_t)(32 - bits), k);
		s = __riscv_vsmul_vx_i32m8(s, m, __RISCV_VXRM_RDN, k);
		s = __riscv_vssra_vx_i32m8(s, (size_t)(bits < 32 ? 1 : bits - 31), __RISCV_VXRM_RNU,
					   k);
		edgert_rvv_row_store(y, __riscv_vadd_vx_i32m8(s, zero, k), lo, hi, k);
	}
#endif
	for (edgert_int i = 0; i < n; i++)
		y[i] = (int8_t)(edgert_scaled_i32((a[i] - a_zero) * (b[i] - b_zero), m, bits,
						  lo - zero, hi - zero) +
				zero);
}

EDGERT_KERNEL void edgert_row_mul_f32_s8__rvv(int8_t *y, const int8_t *a, const int8_t *b,
					      int32_t a_zero, int32_t b_zero, float scale,
					      float zero, int32_t lo, int32_t hi, edgert_int n)
{
#if EDGERT_ROW_FLOATS
	for (size_t k; n > 0; n -= (edgert_int)k, y += k, a += k, b += k) {
		vfloat32m8_t v;

		k = __riscv_vsetvl_e8m2((size_t)n);
		v = __riscv_vfcvt_f_x_v_f32m8(edgert_rvv_row_product(a, b, a_zero, b_zero, k), k);
		v = __riscv_vfadd_vf_f32m8(__riscv_vfmul_vf_f32m8(v, scale, k), zero, k);
		edgert_rvv_row_store(y, __riscv_vfcvt_x_f_v_i32m8(v, k), lo, hi, k);
	}
#else
	for (edgert_int i = 0; i < n; i++) {
		const float v = (float)((a[i] - a_zero) * (b[i] - b_zero)) * scale;

		y[i] = (int8_t)edgert_nearest_f32_i32(v + zero, lo, hi);
	}
#endif
}
