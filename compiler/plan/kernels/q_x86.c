/* edgecc.QConv, QMatMul, QAveragePool and MaxPool of unsigned bytes by the kernels of
 * runtime/kernels/x86. */
#include "../../ops/integer.h"
#include "build.h"
#include "qdot.h"

int target_vq_lanes(const struct target *t)
{
	return target_has(t, "avx512") || target_has(t, "vnni") ? 16 : 8;
}

int target_vq_taps(const struct target *t)
{
	return target_has(t, "vnni") || target_has(t, "avxvnni") ? 4 : 2;
}

static struct qdot_machine machine(const struct target *t)
{
	return qdot_machine(target_vq_lanes(t), target_vq_taps(t));
}

/* These kernels scale in float. */
static bool rounds_as_onnx(const struct target *t, const char **reason)
{
	*reason = "the target rounds in fixed point";
	return t->rounding != ROUNDING_FIXED;
}

static bool accept_conv(struct unit *u, const struct node *n, const struct target *t,
			const char **reason, struct edgert_conv2d *p)
{
	return rounds_as_onnx(t, reason) && q_conv_accept(u, n, DT_U8, DT_U8, reason, p);
}

bool accept_conv2d_u8s32_x86(struct unit *u, const struct node *n, const struct target *t,
			     const char **reason)
{
	struct edgert_conv2d p;

	(void)t;
	if (!q_conv_accept(u, n, DT_U8, DT_I32, reason, &p))
		return false;
	*reason = "register tiles of byte products over packed weights";
	return true;
}

bool accept_conv2d_u8_x86(struct unit *u, const struct node *n, const struct target *t,
			  const char **reason)
{
	struct edgert_conv2d p;

	if (!accept_conv(u, n, t, reason, &p))
		return false;
	*reason = "register tiles of byte products over packed weights";
	return true;
}

bool accept_pointwise_u8_x86(struct unit *u, const struct node *n, const struct target *t,
			     const char **reason)
{
	struct edgert_conv2d p;

	if (!accept_conv(u, n, t, reason, &p))
		return false;
	*reason = "a matrix product, by register tiles of byte products";
	return pointwise_u8_x86_accept(&p);
}

bool accept_dwconv2d_u8_x86(struct unit *u, const struct node *n, const struct target *t,
			    const char **reason)
{
	const struct qdot_machine m = machine(t);
	struct edgert_conv2d p;

	if (!accept_conv(u, n, t, reason, &p))
		return false;
	*reason = "one weight per channel and tap, four taps at a time";
	return dwconv2d_u8_x86_accept(&p, &m);
}

static bool accept_winograd(struct unit *u, const struct node *n, const struct target *t, int form,
			    const char **reason)
{
	const struct qdot_machine m = machine(t);
	struct edgert_conv2d p;

	if (!accept_conv(u, n, t, reason, &p))
		return false;
	*reason = "transformed weights need more than 4 bits";
	if (q_fits_w4(n))
		return false;
	*reason = "other tiles are faster";
	return winograd_u8_x86_choose(&p, &m, node_const(n, 1)->data) == form;
}

bool accept_winograd2_u8_x86(struct unit *u, const struct node *n, const struct target *t,
			     const char **reason)
{
	if (!accept_winograd(u, n, t, 2, reason))
		return false;
	*reason = "3x3 by F(2x2, 3x3) in integers, 16 multiplications for 36";
	return true;
}

bool accept_winograd4_u8_x86(struct unit *u, const struct node *n, const struct target *t,
			     const char **reason)
{
	if (!accept_winograd(u, n, t, 4, reason))
		return false;
	*reason = "3x3 by F(4x4, 3x3) in integers, 36 multiplications for 144";
	return true;
}

typedef void tile_fn(struct edgert_conv2d *p, const struct qdot_machine *m);
typedef void pack_fn(const struct edgert_conv2d *p, const struct qdot_machine *m, const int8_t *w,
		     const int32_t *q, struct qdot_packed *out);

static void build_conv(struct unit *u, const struct node *n, const struct target *t, tile_fn *tile,
		       pack_fn *pack, struct call *out)
{
	const struct qdot_machine m = machine(t);
	struct qdot_packed k = { 0 };
	struct q_conv c;

	q_conv_read(u, n, &c);
	tile(&c.bound, &m);
	c.p.mr = c.bound.mr;
	c.p.nv = c.bound.nv;
	c.p.block = c.bound.block;
	pack(&c.bound, &m, NULL, NULL, &k);
	k.w = arena_array(u->arena, int8_t, k.w_size);
	k.q = arena_array(u->arena, int32_t, k.q_count);
	pack(&c.bound, &m, c.w, c.q, &k);
	q_conv_call(u, n, &c, k.w, k.w_size, k.q, k.q_count * sizeof *k.q, k.scratch, out);
}

void build_conv2d_u8_x86(struct unit *u, const struct node *n, const struct target *t,
			 struct call *out)
{
	build_conv(u, n, t, conv2d_u8_x86_tile, conv2d_u8_x86_pack, out);
}

void build_pointwise_u8_x86(struct unit *u, const struct node *n, const struct target *t,
			    struct call *out)
{
	build_conv(u, n, t, pointwise_u8_x86_tile, pointwise_u8_x86_pack, out);
}

void build_winograd2_u8_x86(struct unit *u, const struct node *n, const struct target *t,
			    struct call *out)
{
	build_conv(u, n, t, winograd2_u8_x86_tile, winograd2_u8_x86_pack, out);
}

void build_winograd4_u8_x86(struct unit *u, const struct node *n, const struct target *t,
			    struct call *out)
{
	build_conv(u, n, t, winograd4_u8_x86_tile, winograd4_u8_x86_pack, out);
}

void build_dwconv2d_u8_x86(struct unit *u, const struct node *n, const struct target *t,
			   struct call *out)
{
	build_conv(u, n, t, dwconv2d_u8_x86_tile, dwconv2d_u8_x86_pack, out);
}

bool accept_gemm_u8s32_x86(struct unit *u, const struct node *n, const struct target *t,
			   const char **reason)
{
	struct edgert_gemm p;

	(void)t;
	if (!q_gemm_accept(u, n, DT_U8, DT_I32, reason, &p))
		return false;
	*reason = "register tiles of byte products over packed weights";
	return true;
}

bool accept_gemm_u8_x86(struct unit *u, const struct node *n, const struct target *t,
			const char **reason)
{
	struct edgert_gemm p;

	if (!rounds_as_onnx(t, reason) || !q_gemm_accept(u, n, DT_U8, DT_U8, reason, &p))
		return false;
	*reason = "register tiles of byte products over packed weights";
	return true;
}

void build_gemm_u8_x86(struct unit *u, const struct node *n, const struct target *t,
		       struct call *out)
{
	const struct qdot_machine m = machine(t);
	struct qdot_packed k = { 0 };
	struct q_gemm g;

	q_gemm_read(u, n, &g);
	gemm_u8_x86_tile(&g.bound, &m);
	g.p.mr = g.bound.mr;
	g.p.nv = g.bound.nv;
	g.p.block = g.bound.block;
	gemm_u8_x86_pack(&g.bound, &m, NULL, NULL, &k);
	k.w = arena_array(u->arena, int8_t, k.w_size);
	k.q = arena_array(u->arena, int32_t, k.q_count);
	gemm_u8_x86_pack(&g.bound, &m, g.w, g.q, &k);
	q_gemm_call(u, n, &g, k.w, k.w_size, k.q, k.q_count * sizeof *k.q, k.scratch, out);
}

bool accept_matmul_u8_x86(struct unit *u, const struct node *n, const struct target *t,
			  const char **reason)
{
	struct edgert_gemm bound;

	if (!rounds_as_onnx(t, reason) || !q_matmul_accept(u, n, DT_U8, reason, &bound))
		return false;
	*reason = "columns packed for all rows, register tiles of byte products";
	return true;
}

void build_matmul_u8_x86(struct unit *u, const struct node *n, const struct target *t,
			 struct call *out)
{
	const struct qdot_machine m = machine(t);
	const char *reason;
	struct edgert_gemm bound;

	q_matmul_accept(u, n, DT_U8, &reason, &bound);
	gemm_u8_x86_tile(&bound, &m);
	q_matmul_call(u, n, &bound, matmul_u8_x86_scratch(&bound, &m), out);
}

/* -- parts of rows (--parallel) -------------------------------------------------------- */

/* The largest block, by tiles or by one, whose scratch is within `bytes`; 0: there is none. */
static int64_t block_of_conv(const struct call *c, const struct target *t, int64_t bytes,
			     pack_fn *pack, bool by_tiles)
{
	const struct qdot_machine m = machine(t);
	struct edgert_conv2d p = { 0 };

	if (!params_of_call(c, conv_param_rows, conv_param_count, &p))
		return 0;
	for (; p.block > 0; p.block -= by_tiles ? p.mr : 1) {
		struct qdot_packed k = { 0 };

		pack(&p, &m, NULL, NULL, &k);
		if (k.scratch <= (size_t)bytes)
			return p.block;
	}
	return 0;
}

#define BLOCK(NAME, BY_TILES)                                                                      \
	int64_t block_##NAME##_u8_x86(const struct call *c, const struct target *t, int64_t bytes) \
	{                                                                                          \
		return block_of_conv(c, t, bytes, NAME##_u8_x86_pack, BY_TILES);                   \
	}
BLOCK(conv2d, false)
BLOCK(dwconv2d, false)
BLOCK(winograd2, false)
BLOCK(winograd4, false)
BLOCK(pointwise, true)

int64_t block_gemm_u8_x86(const struct call *c, const struct target *t, int64_t bytes)
{
	const struct qdot_machine m = machine(t);
	struct edgert_gemm p = { 0 };

	if (!params_of_call(c, gemm_param_rows, gemm_param_count, &p))
		return 0;
	for (; p.block > 0; p.block -= p.mr) {
		struct qdot_packed k = { 0 };

		gemm_u8_x86_pack(&p, &m, NULL, NULL, &k);
		if (k.scratch <= (size_t)bytes)
			return p.block;
	}
	return 0;
}
