/* Element types: one row each. */
#include "ir.h"

#include <string.h>

enum class { FLOAT = 1, SIGNED, UNSIGNED, OTHER };

static const struct {
	const char *name; /* in ONNX text */
	uint8_t size; /* bytes of one element in memory; sub-byte types are held one to a byte */
	uint8_t class;
	uint8_t compute; /* the type expressions use for it */
} types[] = {
	[DT_UNDEF] = { "undefined", 0, OTHER, DT_UNDEF },
	[DT_F32] = { "float", 4, FLOAT, DT_F32 },
	[DT_U8] = { "uint8", 1, UNSIGNED, DT_U8 },
	[DT_I8] = { "int8", 1, SIGNED, DT_I8 },
	[DT_U16] = { "uint16", 2, UNSIGNED, DT_U16 },
	[DT_I16] = { "int16", 2, SIGNED, DT_I16 },
	[DT_I32] = { "int32", 4, SIGNED, DT_I32 },
	[DT_I64] = { "int64", 8, SIGNED, DT_I64 },
	[DT_STRING] = { "string", sizeof(char *), OTHER, DT_STRING },
	[DT_BOOL] = { "bool", 1, OTHER, DT_BOOL },
	[DT_F16] = { "float16", 2, FLOAT, DT_F32 },
	[DT_F64] = { "double", 8, FLOAT, DT_F64 },
	[DT_U32] = { "uint32", 4, UNSIGNED, DT_U32 },
	[DT_U64] = { "uint64", 8, UNSIGNED, DT_U64 },
	[DT_C64] = { "complex64", 8, OTHER, DT_C64 },
	[DT_C128] = { "complex128", 16, OTHER, DT_C128 },
	[DT_BF16] = { "bfloat16", 2, FLOAT, DT_F32 },
	[DT_F8E4M3FN] = { "float8e4m3fn", 1, FLOAT, DT_F32 },
	[DT_F8E4M3FNUZ] = { "float8e4m3fnuz", 1, FLOAT, DT_F32 },
	[DT_F8E5M2] = { "float8e5m2", 1, FLOAT, DT_F32 },
	[DT_F8E5M2FNUZ] = { "float8e5m2fnuz", 1, FLOAT, DT_F32 },
	[DT_U4] = { "uint4", 1, UNSIGNED, DT_U8 },
	[DT_I4] = { "int4", 1, SIGNED, DT_I8 },
	[DT_F4E2M1] = { "float4e2m1", 1, FLOAT, DT_F32 },
	[DT_F8E8M0] = { "float8e8m0", 1, FLOAT, DT_F32 },
	[DT_U2] = { "uint2", 1, UNSIGNED, DT_U8 },
	[DT_I2] = { "int2", 1, SIGNED, DT_I8 },
	[DT_INDEX] = { "index", sizeof(int64_t), SIGNED, DT_INDEX },
};

size_t dtype_size(enum dtype t)
{
	return types[t].size;
}

unsigned dtype_bits(enum dtype t)
{
	switch (t) {
	case DT_U4:
	case DT_I4:
	case DT_F4E2M1:
		return 4;
	case DT_U2:
	case DT_I2:
		return 2;
	default:
		return 8 * (unsigned)dtype_size(t);
	}
}

const char *dtype_name(enum dtype t)
{
	return types[t].name;
}

enum dtype dtype_from_name(const char *s)
{
	for (int t = DT_UNDEF + 1; t < DT_ONNX_COUNT; t++)
		if (strcmp(types[t].name, s) == 0)
			return (enum dtype)t;
	return DT_UNDEF;
}

bool dtype_is_float(enum dtype t)
{
	return types[t].class == FLOAT;
}

bool dtype_is_signed_int(enum dtype t)
{
	return types[t].class == SIGNED;
}

bool dtype_is_int(enum dtype t)
{
	return types[t].class == SIGNED || types[t].class == UNSIGNED;
}

enum dtype dtype_compute(enum dtype t)
{
	return (enum dtype)types[t].compute;
}
