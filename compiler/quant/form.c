/* The forms of quantized models. */
#include "quant.h"

#include <string.h>

const struct quant_form quant_forms[] = {
	{ "int8", "8-bit activations and weights", QUANT_STATIC, DT_I8, DT_I8, 0 },
	{ "int8x16", "16-bit activations, 8-bit weights", QUANT_STATIC, DT_I16, DT_I8, 0 },
	{ "int8w4", "8-bit activations, 4-bit weights", QUANT_STATIC, DT_I8, DT_I4, 0 },
	{ "weights8", "8-bit weights, float computing", QUANT_WEIGHTS, DT_UNDEF, DT_I8, 0 },
	{ "weights4", "4-bit weights in blocks of 32, float computing", QUANT_WEIGHTS, DT_UNDEF,
	  DT_I4, 32 },
	{ "dynamic", "8-bit weights; activations by their range in each run", QUANT_DYNAMIC, DT_U8,
	  DT_I8, 0 },
	{ .name = NULL },
};

const struct quant_form *quant_form_named(const char *name)
{
	for (const struct quant_form *f = quant_forms; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

const char *const quant_method_names[] = { "best",    "minmax", "average", "percentile",
					   "entropy", "mse",    NULL };
