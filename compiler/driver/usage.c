/* Wrong usage: what the command line alone shows, before any file is read. Words that nothing knows,
 * values that are none, and options that would be read by nobody. */
#include "driver.h"

#include "../quant/quant.h"

#include <string.h>

/* -- options that say nothing by themselves -------------------------------------------------- */

static const struct {
	const char *option;
	enum command_set of;
	const char *without;
} dependents[] = {
	{ "calibrate", EMITS, "quantize" },
	{ "symmetric", EMITS, "quantize" },
	{ "min-snr", EMITS, "quantize" },
	{ "max-drop", EMITS, "quantize" },
	{ "labels", EMITS, "quantize" },
	{ "calibration-method", EMITS, "quantize" },
	{ "calibration-method", MODELS, "calibrate" },
	{ "min-snr", MODELS, "calibrate" },
	{ "max-drop", MODELS, "calibrate" },
	{ "max-drop", MODELS, "labels" },
	{ "labels", MODELS, "max-drop" },
	{ "data", COMPILE, "selftest" },
	{ "seed", COMPILE, "selftest" },
	{ "rtol", COMPILE, "selftest" },
	{ "atol", COMPILE, "selftest" },
	{ "cc", COMPILE | QUANTIZE | INSPECT, "calibrate" },
};

static bool nothing_is_ignored(const struct options *o, enum command_set command)
{
	for (size_t i = 0; i < ARRAY_LEN(dependents); i++)
		if ((dependents[i].of & command) && option_given(o, dependents[i].option) &&
		    !option_given(o, dependents[i].without))
			return usage_error("--%s says nothing without --%s", dependents[i].option,
					   dependents[i].without);
	return true;
}

/* -- quantization ---------------------------------------------------------------------------- */

static const char *forms_text(struct options *o)
{
	const char *text = quant_forms[0].name;

	for (const struct quant_form *f = quant_forms + 1; f->name; f++)
		text = arena_printf(&o->arena, "%s, %s", text, f->name);
	return text;
}

/* What each form of quantization reads. */
static bool form_fits(struct options *o, enum command_set command)
{
	static const char *const of_ranges[] = { "calibration-method", "symmetric",
						 "quantized-io" };
	const char *name = o->quantize ? o->quantize : "int8";
	const struct quant_form *f = quant_form_named(name);

	if (!o->quantize && command != QUANTIZE)
		return true;
	if (!f)
		return usage_error("--quantize %s: one of %s is needed", name, forms_text(o));
	if (f->scheme == QUANT_STATIC && !o->calibrate)
		return usage_error("--quantize %s needs samples of the inputs: give --calibrate",
				   name);
	for (size_t i = 0; i < ARRAY_LEN(of_ranges) && f->scheme != QUANT_STATIC; i++)
		if (option_given(o, of_ranges[i]))
			return usage_error("--%s says nothing with --quantize %s", of_ranges[i],
					   name);
	if (f->scheme == QUANT_DYNAMIC && (o->min_snr >= 0 || o->max_drop >= 0))
		return usage_error("%s raises layers, --quantize %s has one precision",
				   o->max_drop >= 0 ? "--max-drop" : "--min-snr", name);
	return true;
}

/* -- NAME=VALUE ------------------------------------------------------------------------------ */

/* The NAME, up to the last '=' or "<=". */
static size_t name_length(const char *s)
{
	const char *eq = strrchr(s, '=');

	return !eq ? strlen(s) : (size_t)(eq - s) - (eq > s && eq[-1] == '<');
}

/* A name given twice would have two meanings. */
static bool named_once(const char *option, const struct string_list *l)
{
	for (int i = 0; i < l->n; i++)
		for (int k = 0; k < i; k++) {
			size_t n = name_length(l->p[i]);

			if (n == name_length(l->p[k]) && strncmp(l->p[i], l->p[k], n) == 0)
				return usage_error("%s %s: \"%s\" sets it, too", option, l->p[i],
						   l->p[k]);
		}
	return true;
}

static bool assignments_parse(struct options *o)
{
	struct dim_option size;
	struct input_value input;
	struct custom_op custom;

	for (int i = 0; i < o->dims.n; i++)
		if (!dim_option_parse(&o->arena, o->dims.p[i], &size))
			return usage_error("--dim %s: NAME=N or NAME<=N is needed", o->dims.p[i]);
	for (int i = 0; i < o->fixed.n; i++)
		if (!input_value_parse(&o->arena, o->fixed.p[i], &input))
			return usage_error("--fix %s: NAME=NUMBERS is needed", o->fixed.p[i]);
	for (int i = 0; i < o->custom.n; i++)
		if (!custom_op_parse(&o->arena, o->custom.p[i], &custom))
			return usage_error("--custom-op %s: DOMAIN.NAME=SYMBOL,HEADER is needed",
					   o->custom.p[i]);
	return named_once("--dim", &o->dims) && named_once("--fix", &o->fixed);
}

/* -- all ------------------------------------------------------------------------------------- */

static bool passes_exist(const char *option, const struct string_list *l)
{
	for (int i = 0; i < l->n; i++)
		if (!pass_exists(l->p[i]) && strcmp(l->p[i], "all") != 0)
			return usage_error("%s %s: there is no such pass", option, l->p[i]);
	return true;
}

bool usage_check(struct options *o, enum command_set command)
{
	/* test vectors would be those of the quantized model */
	if (o->selftest && o->quantize)
		return usage_error(
			"--selftest says nothing with --quantize: quantize to a file first, then compile that");
	return nothing_is_ignored(o, command) && form_fits(o, command) && assignments_parse(o) &&
	       passes_exist("--disable-pass", &o->disabled) &&
	       passes_exist("--dump-after", &o->dump_after);
}
