/* Constants: elements of every type read and written as int64 or double. */
#include "ir.h"

#include "../../runtime/kernels/half.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Borrowed data may be unaligned: elements are copied out. */
static uint64_t load(const void *data, size_t size, int64_t i)
{
	const uint8_t *p = (const uint8_t *)data + (size_t)i * size;
	uint16_t h;
	uint32_t w;
	uint64_t d;

	switch (size) {
	case 1:
		return *p;
	case 2:
		memcpy(&h, p, sizeof h);
		return h;
	case 4:
		memcpy(&w, p, sizeof w);
		return w;
	case 8:
		memcpy(&d, p, sizeof d);
		return d;
	default:
		unreachable("element size");
	}
}

static void store(void *data, size_t size, int64_t i, uint64_t v)
{
	uint8_t *p = (uint8_t *)data + (size_t)i * size;
	uint8_t b = (uint8_t)v;
	uint16_t h = (uint16_t)v;
	uint32_t w = (uint32_t)v;

	memcpy(p,
	       size == 1   ? (void *)&b
	       : size == 2 ? (void *)&h
	       : size == 4 ? (void *)&w
			   : (void *)&v,
	       size);
}

/* The low `bits` bits of v as a signed number. */
static int64_t sign_extend(uint64_t v, int bits)
{
	uint64_t sign = (uint64_t)1 << (bits - 1);
	v &= (sign << 1) - 1; /* for 64 bits: all ones */
	return (int64_t)((v ^ sign) - sign);
}

/* -- floats -------------------------------------------------------------------------------- */

static double float_of(enum dtype t, uint64_t bits)
{
	switch (t) {
	case DT_F64:
		return edgert_f64_from_bits(bits);
	case DT_F32:
		return (double)edgert_f32_from_bits((uint32_t)bits);
	case DT_F16:
		return (double)edgert_f16_to_f32((uint16_t)bits);
	case DT_BF16:
		return (double)edgert_bf16_to_f32((uint16_t)bits);
	case DT_F8E4M3FN:
		return (double)edgert_f8e4m3fn_to_f32((uint8_t)bits);
	case DT_F8E4M3FNUZ:
		return (double)edgert_f8e4m3fnuz_to_f32((uint8_t)bits);
	case DT_F8E5M2:
		return (double)edgert_f8e5m2_to_f32((uint8_t)bits);
	case DT_F8E5M2FNUZ:
		return (double)edgert_f8e5m2fnuz_to_f32((uint8_t)bits);
	case DT_F8E8M0:
		return (double)edgert_f8e8m0_to_f32((uint8_t)bits);
	case DT_F4E2M1:
		return (double)edgert_f4e2m1_to_f32((uint8_t)bits);
	default:
		unreachable("not a float type");
	}
}

static uint64_t bits_of_float(enum dtype t, double v)
{
	float f = (float)v;
	float odd = edgert_f32_odd_from_f64(v); /* rounds once when rounded again to few bits */

	switch (t) {
	case DT_F64:
		return edgert_f64_bits(v);
	case DT_F32:
		return edgert_f32_bits(f);
	case DT_F16:
		return edgert_f16_from_f64(v);
	case DT_BF16:
		return edgert_bf16_from_f64(v);
	case DT_F8E4M3FN:
		return edgert_f8e4m3fn_from_f32(odd, 1);
	case DT_F8E4M3FNUZ:
		return edgert_f8e4m3fnuz_from_f32(odd, 1);
	case DT_F8E5M2:
		return edgert_f8e5m2_from_f32(odd, 1);
	case DT_F8E5M2FNUZ:
		return edgert_f8e5m2fnuz_from_f32(odd, 1);
	case DT_F8E8M0:
		return edgert_f8e8m0_from_f32(f, 1, 1);
	case DT_F4E2M1:
		return edgert_f4e2m1_from_f32(odd);
	default:
		unreachable("not a float type");
	}
}

/* -- reading ------------------------------------------------------------------------------- */

static int64_t to_integer(double v, int64_t lo, uint64_t hi)
{
	if (isnan(v))
		return 0;
	if (v <= (double)lo)
		return lo;
	if (v >= (double)hi)
		return (int64_t)hi;
	return v < 9223372036854775808.0 ? (int64_t)v : (int64_t)(uint64_t)v;
}

int64_t constant_i64(const struct constant *c, int64_t i)
{
	enum dtype t = c->type;
	assert(i >= 0 && (size_t)i < c->size / dtype_size(t));
	uint64_t bits = load(c->data, dtype_size(t), i);
	if (dtype_is_float(t))
		return to_integer(float_of(t, bits), INT64_MIN, INT64_MAX);
	return dtype_is_signed_int(t) ? sign_extend(bits, (int)dtype_size(t) * 8) : (int64_t)bits;
}

double constant_f64(const struct constant *c, int64_t i)
{
	enum dtype t = c->type;
	if (dtype_is_float(t)) {
		assert(i >= 0 && (size_t)i < c->size / dtype_size(t));
		return float_of(t, load(c->data, dtype_size(t), i));
	}
	int64_t v = constant_i64(c, i);
	return t == DT_U64 ? (double)(uint64_t)v : (double)v;
}

/* -- writing ------------------------------------------------------------------------------- */

void constant_put_i64(void *data, enum dtype t, int64_t i, int64_t v)
{
	uint64_t bits = (uint64_t)v;
	if (t == DT_BOOL)
		bits = v != 0;
	else if (t == DT_F64)
		bits = bits_of_float(t, (double)v);
	else if (dtype_is_float(t))
		bits = bits_of_float(t, (double)(float)v); /* Cast computes in float */
	else if (dtype_is_signed_int(t))
		bits = (uint64_t)sign_extend(bits, (int)dtype_bits(t));
	else if (dtype_bits(t) < 8)
		bits &= ((uint64_t)1 << dtype_bits(t)) - 1;
	store(data, dtype_size(t), i, bits);
}

void constant_put_f64(void *data, enum dtype t, int64_t i, double v)
{
	if (dtype_is_float(t)) {
		store(data, dtype_size(t), i, bits_of_float(t, v));
		return;
	}
	if (t == DT_BOOL) {
		store(data, 1, i, v != 0);
		return;
	}
	int bits = (int)dtype_bits(t);
	bool is_signed = dtype_is_signed_int(t);
	uint64_t hi = ~(uint64_t)0 >> (64 - bits + is_signed);
	int64_t lo = is_signed ? -(int64_t)hi - 1 : 0;
	store(data, dtype_size(t), i, (uint64_t)to_integer(v, lo, hi));
}

struct constant *constant_new(struct arena *a, enum dtype t, const struct shape *s, void **data)
{
	struct constant *c = arena_new(a, struct constant);
	size_t n = (size_t)shape_elements(s);
	void *p = arena_alloc_array(a, n, dtype_size(t));
	c->type = t;
	c->shape = *s;
	if (t == DT_STRING) {
		c->strings = p;
	} else {
		c->data = p;
		c->size = n * dtype_size(t); /* cannot wrap: it was allocated */
	}
	*data = p;
	return c;
}

static const struct shape scalar = { .rank = 0 };

struct constant *constant_scalar_i64(struct arena *a, enum dtype t, int64_t v)
{
	void *data;
	struct constant *c = constant_new(a, t, &scalar, &data);
	constant_put_i64(data, t, 0, v);
	return c;
}

struct constant *constant_scalar_f64(struct arena *a, enum dtype t, double v)
{
	void *data;
	struct constant *c = constant_new(a, t, &scalar, &data);
	constant_put_f64(data, t, 0, v);
	return c;
}

struct constant *constant_vector_i64(struct arena *a, const int64_t *v, int64_t n)
{
	struct shape s = { .rank = 1, .d = { n } };
	void *data;
	struct constant *c = constant_new(a, DT_I64, &s, &data);
	if (n)
		memcpy(data, v, c->size);
	return c;
}
