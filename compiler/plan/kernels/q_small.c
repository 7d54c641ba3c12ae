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

	if (!q_conv_accept(u, n, DT_I8, reason, &p))
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

	if (!q_gemm_accept(u, n, DT_I8, reason, &p))
		return false;
	*reason = "a few columns at a time";
	return true;
}

static void build_conv(struct unit *u, const struct node *n, int8_conv2d_pack_fn *pack,
		       int8_conv2d_scratch_fn *scratch, struct call *out)
{
	struct q_conv c;
	edgert_int size;
	int8_t *w;

	q_conv_read(u, n, &c);
	size = pack(&c.bound, c.w, NULL);
	w = arena_array(u->arena, int8_t, (size_t)size);
	pack(&c.bound, c.w, w);
	/* Of other sizes than the bounds, other windows lie inside the image. */
	if (c.p.ih != c.bound.ih || c.p.iw != c.bound.iw)
		c.bound.ih = c.bound.iw = 0;
	q_conv_call(u, n, &c, w, (size_t)size, c.q, (size_t)c.p.co * 2 * sizeof *c.q,
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
#define BUILD(NAME, SET, HOW)                                                                      \
	void build_##NAME##_s8_##SET(struct unit *u, const struct node *n, const struct target *t, \
				     struct call *out)                                             \
	{                                                                                          \
		(void)t;                                                                           \
		build_##HOW(u, n, int8_##NAME##_##SET##_pack, int8_##NAME##_##SET##_scratch, out); \
	}
#define SET(NAME, WHERE)                                                                           \
	ACCEPT(conv2d, NAME, WHERE, accept_conv(u, n, false, reason))                              \
	BUILD(conv2d, NAME, conv)                                                                  \
	ACCEPT(dwconv2d, NAME, WHERE, accept_conv(u, n, true, reason))                             \
	BUILD(dwconv2d, NAME, conv)                                                                \
	ACCEPT(gemm, NAME, WHERE, accept_product(u, n, reason))                                    \
	BUILD(gemm, NAME, product)

SET(dsp, true)
SET(mve, true)
SET(scalar, q_is_small(t))
