/* random.c - random tensors: RandomUniform, RandomNormal, their Like forms, Bernoulli, Multinomial.
 *
 * The generator has no state: element i of a node draws splitmix64's output number i (or 2i and
 * 2i + 1) for the node's key, so every run gives the same numbers and elements are independent of
 * the order in which they are computed. The key is the seed's bits; a node without a seed gets one
 * from its output's name, so that nodes differ. */
#include "family.h"

#include <string.h>

struct random_attrs {
	int dtype;
	float low, high, mean, scale, seed;
	struct ints shape;
	int64_t sample_size;
};

#define NO_SEED 0x1p-126 /* the default: nobody gives it */
#define ROW_TYPE(D)                                                                                \
	{                                                                                          \
		ATTR(struct random_attrs, dtype), .kind = ATTR_TYPE, .def_int = (D)                \
	}
#define ROW_SEED A_FLOAT(struct random_attrs, seed, NO_SEED)
#define ROW_SHAPE                                                                                  \
	{                                                                                          \
		ATTR(struct random_attrs, shape), .kind = ATTR_INTS, .required = true              \
	}
#define ROWS_UNIFORM A_FLOAT(struct random_attrs, low, 0), A_FLOAT(struct random_attrs, high, 1)
#define ROWS_NORMAL A_FLOAT(struct random_attrs, mean, 0), A_FLOAT(struct random_attrs, scale, 1)

static const struct attr_row uniform_rows[] = { ROW_TYPE(DT_F32), ROWS_UNIFORM, ROW_SEED, ROW_SHAPE,
						A_END };
static const struct attr_row normal_rows[] = { ROW_TYPE(DT_F32), ROWS_NORMAL, ROW_SEED, ROW_SHAPE,
					       A_END };
static const struct attr_row uniform_like_rows[] = { ROW_TYPE(DT_UNDEF), ROWS_UNIFORM, ROW_SEED,
						     A_END };
static const struct attr_row normal_like_rows[] = { ROW_TYPE(DT_UNDEF), ROWS_NORMAL, ROW_SEED,
						    A_END };
static const struct attr_row bernoulli_rows[] = { ROW_TYPE(DT_UNDEF), ROW_SEED, A_END };
static const struct attr_row multinomial_rows[] = {
	ROW_TYPE(DT_I32), A_RANGE(struct random_attrs, sample_size, 1, 1, INT32_MAX), ROW_SEED,
	A_END
};

/* A seed from the output's name (FNV-1a), which may be gone when the node is inferred again. */
static void set_seed(struct node *n)
{
	struct random_attrs *a = n->attrs;
	const char *name = node_out(n, 0)->name;
	uint32_t h = 0x811c9dc5u;

	if (a->seed != (float)NO_SEED)
		return;
	for (; name && *name; name++)
		h = (h ^ (uint8_t)*name) * 0x01000193u;
	a->seed = (float)(h >> 8);
}

static uint64_t key_of(float seed)
{
	uint32_t bits;

	memcpy(&bits, &seed, sizeof bits);
	return bits * UINT64_C(0xd1342543de82ef95);
}

static bool random_type(struct unit *u, struct node *n, enum dtype t, bool integers)
{
	if (!(dtype_is_float(t) && dtype_size(t) > 1) &&
	    !(integers && (dtype_is_int(t) || t == DT_BOOL)))
		return node_error(u, n, "dtype %s is not supported", dtype_name(t));
	node_out(n, 0)->type = t;
	set_seed(n);
	return true;
}

static bool infer_random(struct unit *u, struct node *n)
{
	const struct random_attrs *a = n->attrs;
	dim d[RANK_MAX];

	if (a->shape.n > RANK_MAX)
		return node_error(u, n, "shape has %d axes, at most %d are supported", a->shape.n,
				  RANK_MAX);
	for (int i = 0; i < a->shape.n; i++) {
		d[i] = a->shape.p[i];
		if (d[i] < 0)
			return node_error(u, n, "shape has %lld at axis %d", (long long)d[i], i);
	}
	set_shape_of(node_out(n, 0), a->shape.n, d);
	return random_type(u, n, (enum dtype)a->dtype, false);
}

static enum dtype type_like(const struct node *n)
{
	const struct random_attrs *a = n->attrs;

	return a->dtype ? (enum dtype)a->dtype : node_in(n, 0)->type;
}

static bool infer_random_like(struct unit *u, struct node *n)
{
	return random_type(u, n, type_like(n), false) && infer_like_input0(u, n);
}

static bool infer_bernoulli(struct unit *u, struct node *n)
{
	return random_type(u, n, type_like(n), true) && infer_like_input0(u, n);
}

static bool infer_multinomial(struct unit *u, struct node *n)
{
	const struct random_attrs *a = n->attrs;
	struct shape s = node_in(n, 0)->shape;

	if (!infer_need_rank(u, n, node_in(n, 0), "input", 2, 2))
		return false;
	if (a->dtype != DT_I32 && a->dtype != DT_I64)
		return node_error(u, n, "dtype %s must be int32 or int64",
				  dtype_name((enum dtype)a->dtype));
	s.d[1] = a->sample_size;
	set_shape(node_out(n, 0), &s);
	return random_type(u, n, (enum dtype)a->dtype, true);
}

/* -- the generator ------------------------------------------------------------------------- */

static const struct tir *u64(struct tir_builder *b, uint64_t v)
{
	return tir_int(b, DT_U64, (int64_t)v);
}

static const struct tir *mixed(struct tir_builder *b, const struct tir *z, int shift, uint64_t by)
{
	z = tir_binary(b, TIR_XOR, z, tir_binary(b, TIR_SHR, z, u64(b, (uint64_t)shift)));
	return by ? tir_mul(b, z, u64(b, by)) : z;
}

const struct tir *random_draw(struct tir_builder *b, float seed, const struct tir *at,
			      bool positive)
{
	const struct tir *z = tir_add(b, tir_cast(b, DT_U64, at), u64(b, 1));

	z = tir_mul(b, z, u64(b, UINT64_C(0x9e3779b97f4a7c15)));
	z = tir_add(b, z, u64(b, key_of(seed)));
	z = mixed(b, z, 30, UINT64_C(0xbf58476d1ce4e5b9));
	z = mixed(b, z, 27, UINT64_C(0x94d049bb133111eb));
	z = mixed(b, z, 31, 0);
	z = tir_cast(b, DT_F64, tir_binary(b, TIR_SHR, z, u64(b, 11)));
	if (positive)
		z = tir_add(b, z, tir_float(b, DT_F64, 1));
	return tir_mul(b, z, tir_float(b, DT_F64, 0x1p-53));
}

const struct tir *random_number_of(struct tir_builder *b, const struct shape *s,
				   const struct tir *const *idx)
{
	const struct tir *at = tir_index(b, 0);

	for (int i = 0; i < s->rank; i++)
		at = tir_add(b, tir_mul(b, at, tir_dim(b, s->d[i])), idx[i]);
	return at;
}

static float seed_of(const struct node *n)
{
	return ((const struct random_attrs *)n->attrs)->seed;
}

static void finish(struct tir_builder *b, struct tir_stage *out, const struct tir *x, double scale,
		   double offset)
{
	x = tir_mul(b, x, tir_float(b, DT_F64, scale));
	x = tir_add(b, x, tir_float(b, DT_F64, offset));
	out->value = tir_cast(b, dtype_compute(out->type), x);
}

static bool define_uniform(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct random_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *at;

	tir_stage_begin(b, 0, out, idx);
	at = random_number_of(b, &node_out(n, 0)->shape, idx);
	finish(b, out, random_draw(b, seed_of(n), at, false), (double)a->high - (double)a->low,
	       (double)a->low);
	return true;
}

/* Box and Muller: sqrt(-2 log u) cos(2 pi v) */
static bool define_normal(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct random_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *at, *x, *y;

	tir_stage_begin(b, 0, out, idx);
	at = random_number_of(b, &node_out(n, 0)->shape, idx);
	x = tir_unary(b, TIR_LOG, random_draw(b, seed_of(n), tir_affine(b, at, 2, 0), true));
	x = tir_unary(b, TIR_SQRT, tir_mul(b, x, tir_float(b, DT_F64, -2)));
	y = tir_mul(b, random_draw(b, seed_of(n), tir_affine(b, at, 2, 1), false),
		    tir_float(b, DT_F64, 6.283185307179586));
	finish(b, out, tir_mul(b, x, tir_unary(b, TIR_COS, y)), (double)a->scale, (double)a->mean);
	return true;
}

static bool define_bernoulli(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx), *hit;
	enum dtype t = dtype_compute(out->type);

	x = tir_cast(b, DT_F64, x);
	hit = tir_lt(
		b,
		random_draw(b, seed_of(n), random_number_of(b, &node_out(n, 0)->shape, idx), false),
		x);
	out->value = tir_select(b, hit, tir_number(b, t, 1), tir_number(b, t, 0));
	return true;
}

/* Class c with probability exp(x[c]) / sum: the greatest of x[c] - log(-log(u)), a u for each. */
static bool define_multinomial(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct shape *x = &node_in(n, 0)->shape;
	const struct tir *idx[RANK_MAX], *class = tir_var(b, x->d[1], "c"), *at, *u, *v;

	tir_stage_begin(b, 0, out, idx);
	at = random_number_of(b, &node_out(n, 0)->shape, idx);
	at = tir_add(b, tir_mul(b, at, tir_dim(b, x->d[1])), class);
	u = tir_neg(b, tir_unary(b, TIR_LOG, random_draw(b, seed_of(n), at, true)));
	u = tir_unary(b, TIR_LOG, tir_max(b, u, tir_float(b, DT_F64, 0x1p-1022)));
	v = tir_cast(b, DT_F64, tir_load(b, 0, (const struct tir *[]){ idx[0], class }));
	out->value = tir_reduce(b, REDUCE_ARGMAX_FIRST, 1, &class, tir_sub(b, v, u));
	out->value = tir_cast(b, out->type, out->value);
	return true;
}

#define RANDOM(NAME, SINCE, SIG, TYPES, ROWS, INFER, DEFINE, DOC)                                  \
	{                                                                                          \
		.name = NAME, .since = SINCE, .sig = SIG, .types = TYPES, .attrs = ROWS,           \
		.attrs_size = sizeof(struct random_attrs), .infer = INFER, .define = DEFINE,       \
		.doc = DOC "; by splitmix64, the same in every run"                                \
	}

const struct op ops_random[] = {
	RANDOM("RandomUniform", 1, "-> output:*", NULL, uniform_rows, infer_random, define_uniform,
	       "numbers spread evenly from low up to high"),
	RANDOM("RandomNormal", 1, "-> output:*", NULL, normal_rows, infer_random, define_normal,
	       "normally distributed numbers"),
	RANDOM("RandomUniformLike", 1, "input:T1 -> output:*", "T1=all", uniform_like_rows,
	       infer_random_like, define_uniform, "RandomUniform in the input's shape"),
	RANDOM("RandomNormalLike", 1, "input:T1 -> output:*", "T1=all", normal_like_rows,
	       infer_random_like, define_normal, "RandomNormal in the input's shape"),
	RANDOM("Bernoulli", 15, "input:T1 -> output:*", "T1=floats", bernoulli_rows,
	       infer_bernoulli, define_bernoulli, "1 with the probability that the input gives"),
	RANDOM("Multinomial", 7, "input:T1 -> output:*", "T1=floats", multinomial_rows,
	       infer_multinomial, define_multinomial,
	       "classes drawn by the logarithms of their probabilities"),
	{ .name = NULL }
};
