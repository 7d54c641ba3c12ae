/* cells.h - what recurrences of integers do element by element (isa/recurrence_q.h), as many at a
 * time as vectors have lanes. */
#ifndef EDGERT_RVV_CELLS_H
#define EDGERT_RVV_CELLS_H

#include "../isa/recurrence_q.h"
#include "../isa/rvv.h"

#if EDGERT_RVV

/* As edgert_rvv_store: floor(product / 2^31), then rounded on the way to 2^(32 + shift). */
EDGERT_INLINE void edgert_rvv_rq_scale(int32_t *to, const int32_t *q0, const int32_t *m,
				       const int32_t *b, edgert_int shift, edgert_int n)
{
	if (shift < 0) {
		edgert_rq_scale_each(to, q0, m, b, shift, n);
		return;
	}
	for (size_t j = 0, lanes; j < (size_t)n; j += lanes) {
		vint32m8_t v;

		lanes = __riscv_vsetvl_e32m8((size_t)n - j);
		v = __riscv_vle32_v_i32m8(to + j, lanes);
		if (q0)
			v = __riscv_vadd_vv_i32m8(v, __riscv_vle32_v_i32m8(q0 + j, lanes), lanes);
		v = __riscv_vsmul_vv_i32m8(v, __riscv_vle32_v_i32m8(m + j, lanes), __RISCV_VXRM_RDN,
					   lanes);
		v = __riscv_vssra_vx_i32m8(v, (size_t)shift + 1, __RISCV_VXRM_RNU, lanes);
		v = __riscv_vmin_vx_i32m8(v, (int32_t)1 << 29, lanes);
		v = __riscv_vmax_vx_i32m8(v, -((int32_t)1 << 29), lanes);
		v = __riscv_vadd_vv_i32m8(v, __riscv_vle32_v_i32m8(b + j, lanes), lanes);
		__riscv_vse32_v_i32m8(to + j, v, lanes);
	}
}

EDGERT_INLINE void edgert_rvv_rq_curve(const int16_t *table, const int sigmoid, int32_t *v,
				       edgert_int n)
{
	for (size_t j = 0, lanes; j < (size_t)n; j += lanes) {
		vint32m4_t from, y, rise;
		vuint32m4_t at, i;
		vuint16m2_t where;

		lanes = __riscv_vsetvl_e32m4((size_t)n - j);
		from = __riscv_vle32_v_i32m4(v + j, lanes);
		y = __riscv_vmax_vv_i32m4(from, __riscv_vneg_v_i32m4(from, lanes), lanes);
		at = __riscv_vsrl_vx_u32m4(__riscv_vreinterpret_v_i32m4_u32m4(y), sigmoid ? 1 : 0,
					   lanes);
		at = __riscv_vminu_vx_u32m4(at, (uint32_t)512 << 14, lanes);
		i = __riscv_vminu_vx_u32m4(__riscv_vsrl_vx_u32m4(at, 14, lanes), 511, lanes);
		at = __riscv_vsub_vv_u32m4(at, __riscv_vsll_vx_u32m4(i, 14, lanes), lanes);
		where = __riscv_vncvt_x_x_w_u16m2(__riscv_vsll_vx_u32m4(i, 1, lanes), lanes);
		y = __riscv_vsext_vf2_i32m4(__riscv_vluxei16_v_i16m2(table, where, lanes), lanes);
		rise = __riscv_vsext_vf2_i32m4(__riscv_vluxei16_v_i16m2(table + 1, where, lanes),
					       lanes);
		rise = __riscv_vmul_vv_i32m4(__riscv_vsub_vv_i32m4(rise, y, lanes),
					     __riscv_vreinterpret_v_u32m4_i32m4(at), lanes);
		y = __riscv_vadd_vv_i32m4(
			y, __riscv_vssra_vx_i32m4(rise, 14, __RISCV_VXRM_RNU, lanes), lanes);
		y = __riscv_vneg_v_i32m4_mu(__riscv_vmslt_vx_i32m4_b8(from, 0, lanes), y, y, lanes);
		if (sigmoid)
			y = __riscv_vsra_vx_i32m4(
				__riscv_vadd_vx_i32m4(y, EDGERT_RQ_ONE + 1, lanes), 1, lanes);
		__riscv_vse32_v_i32m4(v + j, y, lanes);
	}
}

#else

#define edgert_rvv_rq_scale edgert_rq_scale_each
#define edgert_rvv_rq_curve edgert_rq_curve_each
#endif

#endif
