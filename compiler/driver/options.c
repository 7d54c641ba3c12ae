/* Every option is one row: parsing, errors and --help come from the table. */
#include "driver.h"

#include "../quant/quant.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum kind { FLAG, TEXT, LIST, NUMBER, COUNT, LENGTH, SIZE };

struct row {
	const char *name; /* long name */
	char letter;      /* short one, 0: none */
	unsigned takers;  /* enum command_set: the commands that read it */
	enum kind kind;
	size_t offset; /* into struct options */
	const char *argument;
	const char *const *choices;
	const char *doc;
};

static const char *const weight_forms[] = { "c", "incbin", "binary", NULL };
static const char *const roundings[] = { "onnx", "fixed", NULL };

#define AT(field) offsetof(struct options, field)

static const struct row rows[] = {
	{ "output", 'o', COMPILE | QUANTIZE, TEXT, AT(output), "DIR", NULL,
	  "folder for the emitted files" },
	{ "target", 0, MODELS, TEXT, AT(target), "NAME", NULL,
	  "target profile: a name `edgecc targets` lists, or a .yaml file (default: generic)" },
	{ "name", 0, COMPILE | VERIFY | INSPECT, TEXT, AT(name), "NAME", NULL,
	  "prefix of files and C names (default: the model's file name)" },
	{ "dim", 0, MODELS, LIST, AT(dims), "NAME=N", NULL,
	  "set a symbolic dimension, or bound it with NAME<=N" },
	{ "fix", 0, MODELS, LIST, AT(fixed), "NAME=NUMBERS", NULL,
	  "set an input to constant numbers (1.5 or 1,3,224): it is no input any more" },
	{ "custom-op", 0, MODELS, LIST, AT(custom), "DOMAIN.NAME=SYMBOL,HEADER", NULL,
	  "an operator that your C function computes (,SOURCE: what verify builds with it)" },
	{ "keep-input", 0, MODELS, LIST, AT(keep_inputs), "NAME", NULL,
	  "an input with a default value stays an input" },
	{ "weights", 0, EMITS, TEXT, AT(weights), "FORM", weight_forms,
	  "constants as c (in NAME.c), incbin (NAME_weights.S) or binary (NAME_weights.bin)" },
	{ "rounding", 0, EMITS, TEXT, AT(rounding), "FORM", roundings,
	  "requantize as onnx does (in float, the default with an FPU) or fixed (integers only)" },
	{ "quantized-io", 0, MODELS, FLAG, AT(quantized_io), NULL, NULL,
	  "inputs and outputs of a quantized model are its integers; the header has their scales" },
	{ "tight", 0, EMITS, FLAG, AT(tight), NULL, NULL,
	  "least workspace, even where more would be faster" },
	{ "quantize", 0, MODELS, TEXT, AT(quantize), "FORM", NULL,
	  "quantize a float model: int8, int8x16, int8w4, weights8, weights4 or dynamic" },
	{ "calibrate", 0, MODELS, TEXT, AT(calibrate), "PATH", NULL,
	  "samples of the inputs: a folder, a .npz, .npy or .pb file" },
	{ "calibration-method", 0, MODELS, TEXT, AT(calibration), "NAME", quant_method_names,
	  "ranges by minmax, average, percentile, entropy, mse, or the best of them (default)" },
	{ "symmetric", 0, MODELS, FLAG, AT(symmetric), NULL, NULL,
	  "zero points of activations are 0 (uint8: 128)" },
	{ "hook", 0, COMPILE, FLAG, AT(hook), NULL, NULL,
	  "call NAME_hook, which you supply, around each step: for profiles and traces" },
	{ "parallel", 0, COMPILE | VERIFY, FLAG, AT(parallel), NULL, NULL,
	  "call NAME_parallel, which you supply, for steps that threads can share" },
	{ "min-snr", 0, MODELS, NUMBER, AT(min_snr), "DB", NULL,
	  "more bits for the layers that lose most, until the outputs have this ratio" },
	{ "max-drop", 0, MODELS, NUMBER, AT(max_drop), "PERCENT", NULL,
	  "the same, until top-1 on the samples has dropped by no more" },
	{ "labels", 0, MODELS, TEXT, AT(labels), "FILE", NULL,
	  "classes of the samples, for --max-drop" },
	{ "ram-budget", 0, COMPILE | INSPECT, SIZE, AT(ram_budget), "BYTES", NULL,
	  "what the model may take of RAM: 64K, 2M (default: what the target's memories hold)" },
	{ "flash-budget", 0, COMPILE, SIZE, AT(flash_budget), "BYTES", NULL,
	  "the same of flash, for code and constants" },
	{ "selftest", 0, COMPILE, FLAG, AT(selftest), NULL, NULL,
	  "also write NAME_test.c: an input, the expected outputs, a main" },
	{ "data", 0, COMPILE | VERIFY, TEXT, AT(data), "DIR", NULL,
	  "test tensors input_K and output_K, .npy or .pb (default: random inputs)" },
	{ "rtol", 0, COMPILE | VERIFY, NUMBER, AT(rtol), "R", NULL,
	  "relative tolerance of verify and selftest (default 1e-3)" },
	{ "atol", 0, COMPILE | VERIFY, NUMBER, AT(atol), "A", NULL,
	  "absolute tolerance of verify and selftest (default 1e-4)" },
	{ "layers", 0, VERIFY, FLAG, AT(layers), NULL, NULL,
	  "verify: name the first node whose result differs from its definition" },
	{ "string-length", 0, MODELS, LENGTH, AT(string_length), "N", NULL,
	  "most bytes of a string that the model makes (default 64)" },
	{ "seed", 0, COMPILE | VERIFY, COUNT, AT(seed), "N", NULL,
	  "seed of random inputs (default 1)" },
	{ "cc", 0, MODELS, TEXT, AT(cc), "CC", NULL, "host C compiler of verify (default cc)" },
	{ "cflags", 0, VERIFY, TEXT, AT(cflags), "FLAGS", NULL,
	  "its flags (default: the target's when the host can run them)" },
	{ "disable-pass", 0, MODELS, LIST, AT(disabled), "PASS", NULL,
	  "leave out a pass (`edgecc passes` lists them)" },
	{ "dump-after", 0, MODELS, LIST, AT(dump_after), "PASS", NULL,
	  "print the graph after a pass, or after all" },
	{ "MF", 0, COMPILE, TEXT, AT(dependencies), "FILE", NULL,
	  "write a make dependency file (-MD: to DIR/NAME.d)" },
	{ "json", 0, ANY, FLAG, AT(json), NULL, NULL, "print the result as one JSON object" },
	{ "verbose", 'v', MODELS, FLAG, AT(verbose), NULL, NULL,
	  "what each pass did and how long it took" },
	{ "quiet", 'q', ANY, FLAG, AT(quiet), NULL, NULL, "no warnings, no progress" },
	{ "help", 'h', ANY, FLAG, AT(help), NULL, NULL, "this text" },
	{ "version", 0, ANY, FLAG, AT(version), NULL, NULL, "the version" },
};

_Static_assert(ARRAY_LEN(rows) <= 64, "struct options has a bit for each");

static const struct row *row_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	unreachable("no option has this name");
}

static void *member(struct options *o, const struct row *r)
{
	return (char *)o + r->offset;
}

/* No list is longer than the command line. */
static void append(struct options *o, struct string_list *l, const char *s)
{
	if (!l->p)
		l->p = arena_array(&o->arena, const char *, (size_t)o->argc);
	l->p[l->n++] = s;
}

bool usage_error(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "edgecc: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; try edgecc --help\n");
	return false;
}

static const char *choices_text(struct options *o, const struct row *r)
{
	const char *text = r->choices[0];

	for (int i = 1; r->choices[i]; i++)
		text = arena_printf(&o->arena, "%s, %s", text, r->choices[i]);
	return text;
}

static bool set(struct options *o, const struct row *r, const char *value)
{
	char *end;

	o->given |= UINT64_C(1) << (r - rows);
	switch (r->kind) {
	case FLAG:
		*(bool *)member(o, r) = true;
		return true;
	case LIST:
		append(o, member(o, r), value);
		return true;
	case NUMBER:
		*(double *)member(o, r) = strtod(value, &end);
		if (*end || end == value || !(*(double *)member(o, r) >= 0))
			return usage_error("--%s %s: a number that is not negative is needed",
					   r->name, value);
		return true;
	case COUNT:
		errno = 0;
		*(int64_t *)member(o, r) = strtoll(value, &end, 10);
		if (*end || end == value || errno)
			return usage_error("--%s %s: an integer is needed", r->name, value);
		return true;
	case LENGTH:
		errno = 0;
		*(int64_t *)member(o, r) = strtoll(value, &end, 10);
		if (*end || errno || *(int64_t *)member(o, r) < 1 ||
		    *(int64_t *)member(o, r) > INT32_MAX)
			return usage_error("--%s %s: a number from 1 to 2147483647 is needed",
					   r->name, value);
		return true;
	case SIZE:
		if (!size_parse(value, member(o, r)) || *(int64_t *)member(o, r) == 0)
			return usage_error(
				"--%s %s: a number of bytes is needed (64K and 2M are fine)",
				r->name, value);
		return true;
	default:
		for (int i = 0; r->choices && r->choices[i]; i++)
			if (strcmp(r->choices[i], value) == 0)
				break;
			else if (!r->choices[i + 1])
				return usage_error("--%s %s: one of %s is needed", r->name, value,
						   choices_text(o, r));
		*(const char **)member(o, r) = value;
		return true;
	}
}

/* -O2, -Os; -MD as compilers have them. */
static bool level(struct options *o, const char *s)
{
	if (strcmp(s, "s") == 0) {
		o->small = true;
		o->level = 2;
		return true;
	}
	if (strlen(s) != 1 || *s < '0' || *s > '3')
		return usage_error("-O%s: -O0, -O1, -O2, -O3 or -Os is needed", s);
	o->level = *s - '0';
	return true;
}

static const char *suggestion(const char *word)
{
	const char *names[ARRAY_LEN(rows) + 1] = { NULL };
	const char *near;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		names[i] = rows[i].name;
	while (*word == '-')
		word++;
	near = nearest_name(word, names);
	return near ? near : "";
}

static bool unknown(const char *word)
{
	const char *near = suggestion(word);

	if (*near)
		return usage_error("unknown option %s, did you mean --%s", word, near);
	return usage_error("unknown option %s", word);
}

const struct command *command_of(const struct options *o)
{
	for (const struct command *c = commands; o->command && c->name; c++)
		if (strcmp(c->name, o->command) == 0)
			return c;
	return NULL;
}

bool option_given(const struct options *o, const char *name)
{
	return o->given >> (row_named(name) - rows) & 1;
}

static const char *takers_text(struct options *o, unsigned takers)
{
	const char *text = NULL;

	for (const struct command *c = commands; c->name; c++)
		if (c->is & takers)
			text = text ? arena_printf(&o->arena, "%s, %s", text, c->name) : c->name;
	return text;
}

/* Options that the command does not read. */
static bool command_takes(struct options *o, const struct command *c)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (o->given >> i & 1 && !(rows[i].takers & c->is))
			return usage_error("%s takes no --%s (%s: %s)", c->name, rows[i].name,
					   "what takes it", takers_text(o, rows[i].takers));
	return true;
}

bool options_parse(int argc, char **argv, struct options *o)
{
	struct option longs[ARRAY_LEN(rows) + 1];
	char shorts[2 * ARRAY_LEN(rows) + 8] = "-:O:M:";
	int c, index;

	*o = (struct options){ .argc = argc,
			       .level = 2,
			       .rtol = -1,
			       .max_drop = -1,
			       .min_snr = -1,
			       .atol = -1,
			       .seed = 1,
			       .string_length = 64 };
	memset(longs, 0, sizeof longs);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		longs[i] = (struct option){ rows[i].name,
					    rows[i].kind == FLAG ? no_argument : required_argument,
					    NULL, 256 + (int)i };
		if (rows[i].letter)
			strncat(shorts,
				(const char[]){ rows[i].letter, rows[i].kind == FLAG ? '\0' : ':',
						'\0' },
				3);
	}
	opterr = 0;
	optind = 0; /* glibc's word for: from the beginning, whatever was parsed before */
	for (int i = 1; i < argc; i++) /* compilers' spelling, which getopt reads as -M D */
		if (strcmp(argv[i], "-MF") == 0)
			argv[i] = arena_strdup(&o->arena, "--MF");
	while ((index = optind ? optind : 1, c = getopt_long(argc, argv, shorts, longs, NULL)) !=
	       -1) {
		const struct row *r = NULL;

		if (c == 1) {
			if (!o->command)
				o->command = optarg;
			else
				append(o, &o->files, optarg);
			continue;
		}
		if (c == 'O') {
			if (!level(o, optarg))
				return false;
			continue;
		}
		if (c == 'M') {
			if (strcmp(optarg, "D") != 0)
				return usage_error("-M%s: -MD or -MF FILE is needed", optarg);
			if (!o->dependencies)
				set(o, row_named("MF"), "");
			continue;
		}
		if (c == ':')
			return usage_error("option %s needs an argument", argv[index]);
		if (c == '?')
			return unknown(argv[index]);
		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			if (c == 256 + (int)i || c == rows[i].letter)
				r = &rows[i];
		if (!set(o, r, optarg))
			return false;
	}
	while (optind < argc) { /* after "--" */
		if (!o->command)
			o->command = argv[optind++];
		else
			append(o, &o->files, argv[optind++]);
	}
	if (o->help || o->version || !command_of(o))
		return true;
	return command_takes(o, command_of(o)) && usage_check(o, command_of(o)->is);
}

void options_free(struct options *o)
{
	arena_free(&o->arena);
}

static void help_line(FILE *f, const struct row *r)
{
	char left[64];

	snprintf(left, sizeof left, "%c%c%s--%s%s%s", r->letter ? '-' : ' ',
		 r->letter ? r->letter : ' ', r->letter ? ", " : "  ", r->name,
		 r->argument ? " " : "", r->argument ? r->argument : "");
	fprintf(f, "  %-26s %s\n", left, r->doc);
}

void options_help(FILE *f, const struct command *c)
{
	const unsigned of = c ? c->is : ANY;

	if (c) {
		fprintf(f, "usage: edgecc %s %s%s[OPTION...]\n\n%s\n", c->name, c->arguments,
			*c->arguments ? " " : "", c->doc);
	} else {
		fprintf(f,
			"usage: edgecc COMMAND [OPTION...] [FILE...]\n\nCompiles trained ONNX models to C99 that depends on nothing.\n\nCommands (edgecc COMMAND --help: what it takes):\n");
		for (c = commands; c->name; c++)
			fprintf(f, "  %-9s %-22s %s\n", c->name, c->arguments, c->doc);
	}
	fprintf(f, "\nOptions:\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].takers & of)
			help_line(f, &rows[i]);
	if (of & MODELS)
		fprintf(f, "  %-26s %s\n", "-O0 ... -O3, -Os",
			"optimization level (default -O2; -Os: least code)");
	if (of & COMPILE)
		fprintf(f, "  %-26s %s\n", "-MD", "write DIR/NAME.d, for make");
	fprintf(f,
		"\nExit status: 0 success; 1 an error in what is read, or a comparison that failed; 2 wrong usage.\n");
}
