/* The 8-bit kernels of small machines as rows: weights packed, scratch where their files ask for
 * it (int8.h). */
#include "int8.h"
#include "q_numbers.h"

bool q_is_small(const struct target *t)
{
	return t->memory_mode == MEMORY_TIGHT && !t->progmem;
}

static bool accept_conv(struct unit *u, const struct node *n, bool depthwise, const char **reason)
{
	struct edgert_conv2d p;

	if (!q_conv_accept(u, n, DT_I8, DT_I8, reason, &p))
		return false;
	*reason = depthwise ? "not depthwise" : "groups are left to the reference";
	if (depthwise ? p.groups != p.ci || p.co != p.ci : p.groups != 1)
		return false;
	*reason = depthwise ? "one weight per channel and tap" : "a few channels at a time";
	return true;
}

static bool accept_product(struct unit *u, const struct node *n, const char **reason)
{
	struct edgert_gemm p;

	if (!q_gemm_accept(u, n, DT_I8, DT_I8, reason, &p))
		return false;
	*reason = "a few columns at a time";
	return true;
}

static void build_conv(struct unit *u, const struct node *n, int8_conv2d_pack_fn *pack,
		       int8_conv2d_numbers_fn *numbers, int8_conv2d_scratch_fn *scratch,
		       struct call *out)
{
	struct q_conv c;
	edgert_int size, count;
	int8_t *w;
	int32_t *q;

	q_conv_read(u, n, &c);
	size = pack(&c.bound, c.w, NULL);
	w = arena_array(u->arena, int8_t, (size_t)size);
	pack(&c.bound, c.w, w);
	/* Of other sizes than the bounds, other windows lie inside the image. */
	if (c.p.ih != c.bound.ih || c.p.iw != c.bound.iw)
		c.bound.ih = c.bound.iw = 0;
	count = numbers(&c.bound, c.w, c.q, NULL);
	q = arena_array(u->arena, int32_t, (size_t)count);
	numbers(&c.bound, c.w, c.q, q);
	q_conv_call(u, n, &c, w, (size_t)size, q, (size_t)count * sizeof *q,
		    (size_t)scratch(&c.bound), out);
}

static void build_product(struct unit *u, const struct node *n, int8_gemm_pack_fn *pack,
			  int8_gemm_scratch_fn *scratch, struct call *out)
{
	struct q_gemm g;
	edgert_int size;
	int8_t *w;

	q_gemm_read(u, n, &g);
	size = pack(&g.bound, g.w, NULL);
	w = arena_array(u->arena, int8_t, (size_t)size);
	pack(&g.bound, g.w, w);
	q_gemm_call(u, n, &g, w, (size_t)size, g.q, (size_t)g.p.n * 2 * sizeof *g.q,
		    (size_t)scratch(&g.bound), out);
}

#define ACCEPT(NAME, SET, WHERE, CALL)                                                             \
	bool accept_##NAME##_s8_##SET(struct unit *u, const struct node *n,                        \
				      const struct target *t, const char **reason)                 \
	{                                                                                          \
		(void)t;                                                                           \
		return (WHERE) && (CALL);                                                          \
	}
#define BUILD(NAME, SET, CALL)                                                                     \
	void build_##NAME##_s8_##SET(struct unit *u, const struct node *n, const struct target *t, \
				     struct call *out)                                             \
	{                                                                                          \
		(void)t;                                                                           \
		CALL;                                                                              \
	}
#define BUILD_CONV(NAME, SET, NUMBERS)                                                             \
	BUILD(NAME, SET,                                                                           \
	      build_conv(u, n, int8_##NAME##_##SET##_pack, NUMBERS, int8_##NAME##_##SET##_scratch, \
			 out))
#define SET(NAME, WHERE, NUMBERS)                                                                  \
	ACCEPT(conv2d, NAME, WHERE, accept_conv(u, n, false, reason))                              \
	BUILD_CONV(conv2d, NAME, NUMBERS)                                                          \
	ACCEPT(dwconv2d, NAME, WHERE, accept_conv(u, n, true, reason))                             \
	BUILD_CONV(dwconv2d, NAME, NUMBERS)                                                        \
	ACCEPT(gemm, NAME, WHERE, accept_product(u, n, reason))                                    \
	BUILD(gemm, NAME,                                                                          \
	      build_product(u, n, int8_gemm_##NAME##_pack, int8_gemm_##NAME##_scratch, out))

SET(dsp, true, int8_conv2d_numbers)
SET(mve, true, int8_conv2d_numbers)
SET(scalar, q_is_small(t), int8_conv2d_scalar_numbers)
