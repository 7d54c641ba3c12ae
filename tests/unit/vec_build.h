/* The vector kernels and tails for them, compiled for one width: vec4.c, vec4_8.c (for a machine of 8
 * registers), vec8.c and vec16.c define EDGERT_VF_LANES and VEC_BUILD and include this. */
#define EDGERT_KERNEL static
#include "runtime/kernels/vec/conv2d_f32.c"
#include "runtime/kernels/vec/conv2d_packed.c"
#include "runtime/kernels/vec/dwconv2d_f32.c"
#include "runtime/kernels/vec/gemm_f32.c"
#include "runtime/kernels/vec/gru_f32.c"
#include "runtime/kernels/vec/layer_norm_f32.c"
#include "runtime/kernels/vec/lstm_f32.c"
#include "runtime/kernels/vec/matmul_f32.c"
#include "runtime/kernels/vec/pointwise_f32.c"
#include "runtime/kernels/vec/pool2d_f32.c"
#include "runtime/kernels/vec/softmax_f32.c"
#include "runtime/kernels/vec/windows_f32.c"
#include "runtime/kernels/vec/winograd_f32.c"

#include "tests/unit/vec.h"

/* tail(v) = 2 v + operand[i] + c, alike in both forms. */
static float tail(float v, const void *const *operands, edgert_int i, edgert_int c)
{
	return 2 * v + ((const float *)operands[0])[i] + (float)c;
}

static edgert_vf vtail(edgert_vf v, const void *const *operands, edgert_int i, edgert_int c)
{
	float lane[EDGERT_VF_LANES];

	for (int l = 0; l < EDGERT_VF_LANES; l++)
		lane[l] = (float)(c + l);
	return v + v + edgert_vf_load((const float *)operands[0] + i) + edgert_vf_load(lane);
}

#define TAILS(operands) (operands) ? tail : NULL, (operands) ? vtail : NULL, (operands)

static void conv2d(const struct edgert_conv2d *p, const float *x, const float *w, const float *b,
		   float *y, void *scratch, const void *const *operands)
{
	edgert_conv2d_f32__vec(p, x, w, b, y, scratch, TAILS(operands));
}

static void dwconv2d(const struct edgert_conv2d *p, const float *x, const float *w, const float *b,
		     float *y, void *scratch, const void *const *operands)
{
	edgert_dwconv2d_f32__vec(p, x, w, b, y, scratch, TAILS(operands));
}

static void pointwise(const struct edgert_conv2d *p, const float *x, const float *w, const float *b,
		      float *y, void *scratch, const void *const *operands)
{
	edgert_conv2d_f32__pointwise(p, x, w, b, y, scratch, TAILS(operands));
}

static void windows(const struct edgert_conv2d *p, const float *x, const float *w, const float *b,
		    float *y, void *scratch, const void *const *operands)
{
	edgert_conv2d_f32__windows(p, x, w, b, y, scratch, TAILS(operands));
}

static void winograd(const struct edgert_conv2d *p, const float *x, const float *w, const float *b,
		     float *y, void *scratch, const void *const *operands)
{
	edgert_conv2d_f32__winograd(p, x, w, b, y, scratch, TAILS(operands));
}

static void gemm(const struct edgert_gemm *p, const float *a, const float *w, const float *bias,
		 float *y, void *scratch, const void *const *operands)
{
	edgert_gemm_f32__vec(p, a, w, bias, y, scratch, TAILS(operands));
}

static void matmul(const struct edgert_gemm *p, const float *a, const float *w, const float *bias,
		   float *y, void *scratch, const void *const *operands)
{
	edgert_matmul_f32__vec(p, a, w, bias, y, scratch, TAILS(operands));
}

#define PACKED(bits)                                                                               \
	static void packed##bits(const struct edgert_conv2d *p, const float *x, const int8_t *w,   \
				 const float *s, const float *z, const float *b, float *y,         \
				 void *scratch, const void *const *operands)                       \
	{                                                                                          \
		edgert_conv2d_f32w##bits##__vec(p, x, w, s, z, b, y, scratch, TAILS(operands));    \
	}
PACKED(8)
PACKED(4)
PACKED(2)

static void maxpool2d(const struct edgert_pool2d *p, const float *x, float *y, void *scratch,
		      const void *const *operands)
{
	edgert_maxpool2d_f32__vec(p, x, y, scratch, TAILS(operands));
}

static void averagepool2d(const struct edgert_pool2d *p, const float *x, float *y, void *scratch,
			  const void *const *operands)
{
	edgert_averagepool2d_f32__vec(p, x, y, scratch, TAILS(operands));
}

#define EACH(name)                                                                                 \
	static void each_##name(const float *x, float *y, int n)                                   \
	{                                                                                          \
		for (int i = 0; i < n; i += EDGERT_VF_LANES)                                       \
			edgert_vf_store(y + i, edgert_vf_##name(edgert_vf_load(x + i)));           \
	}
EACH(exp)
EACH(expm1)
EACH(sigmoid)
EACH(tanh)
EACH(erf)

static void transpose(const float *x, float *y)
{
	edgert_vf v[EDGERT_VF_LANES];

	for (int l = 0; l < EDGERT_VF_LANES; l++)
		v[l] = edgert_vf_load(x + l * EDGERT_VF_LANES);
	edgert_vf_transpose(v);
	for (int l = 0; l < EDGERT_VF_LANES; l++)
		edgert_vf_store(y + l * EDGERT_VF_LANES, v[l]);
}

const struct vec_build VEC_BUILD = {
	.lanes = EDGERT_VF_LANES,
	.registers = EDGERT_VF_REGISTERS,
	.conv2d = conv2d,
	.dwconv2d = dwconv2d,
	.pointwise = pointwise,
	.windows = windows,
	.winograd = winograd,
	.gemm = gemm,
	.matmul = matmul,
	.packed = { packed8, packed4, packed2 },
	.maxpool2d = maxpool2d,
	.averagepool2d = averagepool2d,
	.softmax = edgert_softmax_f32__vec,
	.layer_norm = edgert_layer_norm_f32__vec,
	.lstm = edgert_lstm_f32__vec,
	.gru = edgert_gru_f32__vec,
	.functions = { each_exp, each_expm1, each_sigmoid, each_tanh, each_erf },
	.transpose = transpose,
};
