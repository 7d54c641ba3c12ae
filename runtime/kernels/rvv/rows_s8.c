/* rows_s8.c - elementwise functions of bytes side by side (params.h, "rows"). */
#include "../isa/rows8.h"
#include "../isa/rvv.h"

#if EDGERT_RVV && __riscv_v_elen_fp >= 32
#define EDGERT_ROW_FLOATS 1
#else
#define EDGERT_ROW_FLOATS 0
#endif

EDGERT_SHARED void edgert_row_lut_s8__rvv(void *y, const void *x, const void *table, edgert_int n)
{
#if EDGERT_RVV
	uint8_t *to = (uint8_t *)y;
	const uint8_t *from = (const uint8_t *)x, *t = (const uint8_t *)table;

	for (size_t k; n > 0; n -= (edgert_int)k, to += k, from += k) {
		k = __riscv_vsetvl_e8m8((size_t)n);
		__riscv_vse8_v_u8m8(to, __riscv_vluxei8_v_u8m8(t, __riscv_vle8_v_u8m8(from, k), k),
				    k);
	}
#else
	edgert_rows8_lut(y, x, table, n);
#endif
}

EDGERT_SHARED void edgert_row_flip_s8__rvv(void *y, const void *x, edgert_int n)
{
#if EDGERT_RVV
	uint8_t *to = (uint8_t *)y;
	const uint8_t *from = (const uint8_t *)x;

	for (size_t k; n > 0; n -= (edgert_int)k, to += k, from += k) {
		k = __riscv_vsetvl_e8m8((size_t)n);
		__riscv_vse8_v_u8m8(to, __riscv_vxor_vx_u8m8(__riscv_vle8_v_u8m8(from, k), 128, k),
				    k);
	}
#else
	edgert_rows8_flip(y, x, n);
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
	edgert_rows8_add(y, a, b, p, q, c, shift, lo, hi, n);
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
	edgert_rows8_add_f32(y, a, b, p, q, c, lo, hi, n);
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
	edgert_rows8_mul(y, a, b, a_zero, b_zero, m, bits, zero, lo, hi, n);
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
	edgert_rows8_mul_f32(y, a, b, a_zero, b_zero, scale, zero, lo, hi, n);
#endif
}

#if EDGERT_ROW_FLOATS
/* round(v / by) + zero, or 0 of NaN */
EDGERT_INLINE void edgert_rvv_row_quantize(int8_t *y, vfloat32m8_t v, float by, int32_t zero,
					   size_t k)
{
	vint32m8_t s;

	v = __riscv_vfdiv_vf_f32m8(v, by, k);
	v = __riscv_vfmerge_vfm_f32m8(v, (float)-zero, __riscv_vmfne_vv_f32m8_b4(v, v, k), k);
	s = __riscv_vsadd_vx_i32m8(__riscv_vfcvt_x_f_v_i32m8(v, k), zero, k);
	edgert_rvv_row_store(y, s, -128, 127, k);
}

/* a + (b - a) * w */
EDGERT_INLINE vfloat32m8_t edgert_rvv_row_between(const float *a, const float *b, float w, size_t k)
{
	const vfloat32m8_t u = __riscv_vle32_v_f32m8(a, k);
	const vfloat32m8_t v = __riscv_vfsub_vv_f32m8(__riscv_vle32_v_f32m8(b, k), u, k);

	return __riscv_vfadd_vv_f32m8(u, __riscv_vfmul_vf_f32m8(v, w, k), k);
}

/* table[max - x] */
EDGERT_INLINE vfloat32m8_t edgert_rvv_row_exponentials(const int8_t *x, const float *table,
						       int32_t max, size_t k)
{
	const vint16m4_t d = __riscv_vrsub_vx_i16m4(edgert_rvv_widen(x, k), (int16_t)max, k);

	return __riscv_vluxei16_v_f32m8(
		table, __riscv_vreinterpret_v_i16m4_u16m4(__riscv_vsll_vx_i16m4(d, 2, k)), k);
}
#endif

EDGERT_KERNEL void edgert_row_quantize_f32_s8__rvv(int8_t *y, const float *x, float by,
						   int32_t zero, edgert_int n)
{
#if EDGERT_ROW_FLOATS
	for (size_t k; n > 0; n -= (edgert_int)k, y += k, x += k) {
		k = __riscv_vsetvl_e8m2((size_t)n);
		edgert_rvv_row_quantize(y, __riscv_vle32_v_f32m8(x, k), by, zero, k);
	}
#else
	edgert_rows8_quantize_f32(y, x, by, zero, n);
#endif
}

EDGERT_KERNEL void edgert_row_linear_f32_s8__rvv(int8_t *y, const float *a, const float *b,
						 const float *c, const float *d, float across,
						 float down, float by, int32_t zero, edgert_int n)
{
#if EDGERT_ROW_FLOATS
	for (size_t k; n > 0; n -= (edgert_int)k, y += k, a += k, b += k, c += k, d += k) {
		vfloat32m8_t u, v;

		k = __riscv_vsetvl_e8m2((size_t)n);
		u = edgert_rvv_row_between(a, b, across, k);
		v = __riscv_vfsub_vv_f32m8(edgert_rvv_row_between(c, d, across, k), u, k);
		u = __riscv_vfadd_vv_f32m8(u, __riscv_vfmul_vf_f32m8(v, down, k), k);
		edgert_rvv_row_quantize(y, u, by, zero, k);
	}
#else
	edgert_rows8_linear_f32(y, a, b, c, d, across, down, by, zero, n);
#endif
}

EDGERT_KERNEL void edgert_row_softmax_f32_s8__rvv(int8_t *y, const int8_t *x, const float *table,
						  float by, int32_t zero, int32_t lo, int32_t hi,
						  edgert_int n)
{
#if EDGERT_ROW_FLOATS
	const size_t all = (size_t)n;
	vint8m1_t most = __riscv_vmv_s_x_i8m1(-128, 1);
	vfloat32m1_t sums = __riscv_vfmv_s_f_f32m1(0, 1);
	int32_t max;
	float sum;

	for (size_t i = 0, k; i < all; i += k) {
		k = __riscv_vsetvl_e8m8(all - i);
		most = __riscv_vredmax_vs_i8m8_i8m1(__riscv_vle8_v_i8m8(x + i, k), most, k);
	}
	max = __riscv_vmv_x_s_i8m1_i8(most);
	for (size_t i = 0, k; i < all; i += k) {
		k = __riscv_vsetvl_e8m2(all - i);
		sums = __riscv_vfredosum_vs_f32m8_f32m1(
			edgert_rvv_row_exponentials(x + i, table, max, k), sums, k);
	}
	sum = __riscv_vfmv_f_s_f32m1_f32(sums);
	for (size_t i = 0, k; i < all; i += k) {
		vfloat32m8_t v;

		k = __riscv_vsetvl_e8m2(all - i);
		v = edgert_rvv_row_exponentials(x + i, table, max, k);
		v = __riscv_vfdiv_vf_f32m8(__riscv_vfdiv_vf_f32m8(v, sum, k), by, k);
		edgert_rvv_row_store(
			y + i, __riscv_vsadd_vx_i32m8(__riscv_vfcvt_x_f_v_i32m8(v, k), zero, k), lo,
			hi, k);
	}
#else
	edgert_rows8_softmax_f32(y, x, table, by, zero, lo, hi, n);
#endif
}
