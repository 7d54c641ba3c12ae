/* edgecc.QConv and QMatMul of signed bytes by the kernels of runtime/kernels/q128. */
#include "q128.h"
#include "q_numbers.h"

#include <string.h>

enum { FOLD = 16 }; /* of weights of 4 bits so many lie side by side as lower halves of bytes */

int target_q128_taps(const struct target *t)
{
	static const struct {
		const char *feature;
		int taps;
	} rows[] = { { "i8mm", 8 }, { "dotprod", 4 }, { "neon", 16 }, { "simd128", 16 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (target_has(t, rows[i].feature))
			return rows[i].taps;
	return 0;
}

static struct q128_machine machine(const struct target *t)
{
	const struct q128_machine m = {
		.taps = target_q128_taps(t),
		.registers = strcmp(t->arch, "aarch64") == 0 ? 32 : 16,
		.narrow = target_has(t, "neon") && target_q128_taps(t) == 16,
	};

	return m;
}

/* Is there any -128 among the weights? Without, there is no pair of them. */
static bool has_least(const struct node *n)
{
	const struct constant *w = node_const(n, 1);

	return memchr(w->data, 128, w->size) != NULL;
}

static bool accept_conv(struct unit *u, const struct node *n, const struct target *t, enum dtype to,
			const char **reason)
{
	const struct q128_machine m = machine(t);
	struct edgert_conv2d p;
	struct q_conv c;

	*reason = "no vectors of 128 bits";
	if (m.taps == 0 || !q_conv_accept(u, n, DT_I8, to, reason, &p))
		return false;
	*reason = "products of weights that are -128 leave 16 bits";
	if (m.narrow && has_least(n)) {
		q_conv_read(u, n, &c);
		if (!int8_q128_conv2d_fits(&m, &p, c.w))
			return false;
	}
	*reason = "register tiles of byte products over packed weights";
	return true;
}

bool accept_conv2d_s8_q128(struct unit *u, const struct node *n, const struct target *t,
			   const char **reason)
{
	return accept_conv(u, n, t, DT_I8, reason);
}

bool accept_conv2d_s8s32_q128(struct unit *u, const struct node *n, const struct target *t,
			      const char **reason)
{
	return accept_conv(u, n, t, DT_I32, reason);
}

bool accept_conv2d_s8s16_q128(struct unit *u, const struct node *n, const struct target *t,
			      const char **reason)
{
	return accept_conv(u, n, t, DT_I16, reason);
}

static bool accept_dwconv(struct unit *u, const struct node *n, const struct target *t,
			  enum dtype to, const char **reason)
{
	struct edgert_conv2d p;
	struct q_conv c;

	*reason = "no vectors of 128 bits";
	if (target_q128_taps(t) == 0 || !q_conv_accept(u, n, DT_I8, to, reason, &p))
		return false;
	*reason = "not depthwise";
	if (!int8_q128_dwconv2d_fits(&p, NULL))
		return false;
	*reason = "products of weights that are -128 leave 16 bits";
	if (has_least(n)) {
		q_conv_read(u, n, &c);
		if (!int8_q128_dwconv2d_fits(&p, c.w))
			return false;
	}
	*reason = "sixteen channels side by side, two taps at a time";
	return true;
}

bool accept_dwconv2d_s8_q128(struct unit *u, const struct node *n, const struct target *t,
			     const char **reason)
{
	return accept_dwconv(u, n, t, DT_I8, reason);
}

bool accept_dwconv2d_s8s16_q128(struct unit *u, const struct node *n, const struct target *t,
				const char **reason)
{
	return accept_dwconv(u, n, t, DT_I16, reason);
}

static bool accept_gemm(struct unit *u, const struct node *n, const struct target *t, enum dtype to,
			const char **reason)
{
	const struct q128_machine m = machine(t);
	struct edgert_gemm p;
	struct q_gemm g;

	*reason = "no vectors of 128 bits";
	if (m.taps == 0 || !q_gemm_accept(u, n, DT_I8, to, reason, &p))
		return false;
	*reason = "products of weights that are -128 leave 16 bits";
	if (m.narrow && has_least(n)) {
		q_gemm_read(u, n, &g);
		if (!int8_q128_gemm_fits(&m, &p, g.w))
			return false;
	}
	*reason = "register tiles of byte products over packed weights";
	return true;
}

bool accept_gemm_s8_q128(struct unit *u, const struct node *n, const struct target *t,
			 const char **reason)
{
	return accept_gemm(u, n, t, DT_I8, reason);
}

bool accept_gemm_s8s32_q128(struct unit *u, const struct node *n, const struct target *t,
			    const char **reason)
{
	return accept_gemm(u, n, t, DT_I32, reason);
}

bool accept_gemm_s8s16_q128(struct unit *u, const struct node *n, const struct target *t,
			    const char **reason)
{
	return accept_gemm(u, n, t, DT_I16, reason);
}

static bool fits_w4(const struct node *n, const char **reason)
{
	const char *as_before = *reason;

	*reason = "weights of more than 4 bits";
	if (!q_fits_w4(n))
		return false;
	*reason = as_before;
	return true;
}

bool accept_conv2d_s8w4_q128(struct unit *u, const struct node *n, const struct target *t,
			     const char **reason)
{
	return accept_conv(u, n, t, DT_I8, reason) && fits_w4(n, reason);
}

bool accept_gemm_s8w4_q128(struct unit *u, const struct node *n, const struct target *t,
			   const char **reason)
{
	return accept_gemm(u, n, t, DT_I8, reason) && fits_w4(n, reason);
}

/* w4: weights of 4 bits */
static void build_conv(struct unit *u, const struct node *n, const struct target *t, bool w4,
		       struct call *out)
{
	const struct q128_machine m = machine(t);
	edgert_int size, count;
	const int8_t *packed;
	size_t bytes;
	struct q_conv c;
	int8_t *w;
	int32_t *q;

	q_conv_read(u, n, &c);
	int8_q128_conv2d_tile(&m, &c.bound);
	c.p.mr = c.bound.mr;
	c.p.nv = c.bound.nv;
	c.p.block = c.bound.block;
	size = int8_q128_conv2d_pack(&m, &c.bound, c.w, NULL);
	w = arena_array(u->arena, int8_t, (size_t)size);
	int8_q128_conv2d_pack(&m, &c.bound, c.w, w);
	count = int8_q128_conv2d_numbers(&c.bound, c.q, NULL);
	q = arena_array(u->arena, int32_t, (size_t)count);
	int8_q128_conv2d_numbers(&c.bound, c.q, q);
	/* Of other sizes than the bounds, pixels may not be read in place. */
	if (c.p.ih != c.bound.ih || c.p.iw != c.bound.iw || c.p.n != c.bound.n)
		c.bound.ih = 0;
	c.w4 = w4;
	bytes = (size_t)size;
	packed = w4 ? q_folded(u, FOLD, w, bytes, &bytes) : w;
	q_conv_call(u, n, &c, packed, bytes, q, (size_t)count * sizeof *q,
		    (size_t)int8_q128_conv2d_scratch(&c.bound), out);
}

void build_conv2d_s8_q128(struct unit *u, const struct node *n, const struct target *t,
			  struct call *out)
{
	build_conv(u, n, t, false, out);
}

void build_conv2d_s8w4_q128(struct unit *u, const struct node *n, const struct target *t,
			    struct call *out)
{
	build_conv(u, n, t, true, out);
}

void build_dwconv2d_s8_q128(struct unit *u, const struct node *n, const struct target *t,
			    struct call *out)
{
	edgert_int size, count;
	struct q_conv c;
	int8_t *w;
	int32_t *q;

	(void)t;
	q_conv_read(u, n, &c);
	size = int8_q128_dwconv2d_pack(&c.bound, c.w, NULL);
	w = arena_array(u->arena, int8_t, (size_t)size);
	int8_q128_dwconv2d_pack(&c.bound, c.w, w);
	count = int8_q128_dwconv2d_numbers(&c.bound, c.q, NULL);
	q = arena_array(u->arena, int32_t, (size_t)count);
	int8_q128_dwconv2d_numbers(&c.bound, c.q, q);
	q_conv_call(u, n, &c, w, (size_t)size, q, (size_t)count * sizeof *q,
		    (size_t)int8_q128_dwconv2d_scratch(&c.bound), out);
}

/* w4: weights of 4 bits */
static void build_gemm(struct unit *u, const struct node *n, const struct target *t, bool w4,
		       struct call *out)
{
	const struct q128_machine m = machine(t);
	edgert_int size, count;
	const int8_t *packed;
	size_t bytes;
	struct q_gemm g;
	int8_t *w;
	int32_t *q;

	q_gemm_read(u, n, &g);
	int8_q128_gemm_tile(&m, &g.bound);
	g.p.mr = g.bound.mr;
	g.p.nv = g.bound.nv;
	g.p.block = g.bound.block;
	size = int8_q128_gemm_pack(&m, &g.bound, g.w, NULL);
	w = arena_array(u->arena, int8_t, (size_t)size);
	int8_q128_gemm_pack(&m, &g.bound, g.w, w);
	count = int8_q128_gemm_numbers(&g.bound, g.q, NULL);
	q = arena_array(u->arena, int32_t, (size_t)count);
	int8_q128_gemm_numbers(&g.bound, g.q, q);
	g.w4 = w4;
	bytes = (size_t)size;
	packed = w4 ? q_folded(u, FOLD, w, bytes, &bytes) : w;
	q_gemm_call(u, n, &g, packed, bytes, q, (size_t)count * sizeof *q,
		    (size_t)int8_q128_gemm_scratch(&g.bound), out);
}

void build_gemm_s8_q128(struct unit *u, const struct node *n, const struct target *t,
			struct call *out)
{
	build_gemm(u, n, t, false, out);
}

void build_gemm_s8w4_q128(struct unit *u, const struct node *n, const struct target *t,
			  struct call *out)
{
	build_gemm(u, n, t, true, out);
}

bool accept_matmul_s8_q128(struct unit *u, const struct node *n, const struct target *t,
			   const char **reason)
{
	struct edgert_gemm bound;

	*reason = "no vectors of 128 bits";
	if (target_q128_taps(t) == 0 || !q_matmul_accept(u, n, DT_I8, reason, &bound))
		return false;
	*reason = "columns packed for all rows, register tiles of byte products";
	return true;
}

void build_matmul_s8_q128(struct unit *u, const struct node *n, const struct target *t,
			  struct call *out)
{
	const struct q128_machine m = machine(t);
	const char *reason;
	struct edgert_gemm bound;

	q_matmul_accept(u, n, DT_I8, &reason, &bound);
	int8_q128_gemm_tile(&m, &bound);
	q_matmul_call(u, n, &bound, (size_t)int8_q128_matmul_scratch(&bound), out);
}
