/* Every option is one row: parsing, errors and --help come from the table. */
#include "driver.h"

#include "../quant/quant.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum kind { FLAG, TEXT, LIST, NUMBER, COUNT, LENGTH, SIZE };

struct row {
	const char *name; /* long name */
	char letter;      /* short one, 0: none */
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
	{ "output", 'o', TEXT, AT(output), "DIR", NULL, "folder for the emitted files" },
	{ "target", 0, TEXT, AT(target), "NAME", NULL,
	  "target profile: a name `edgecc targets` lists, or a .yaml file (default: generic)" },
	{ "name", 0, TEXT, AT(name), "NAME", NULL,
	  "prefix of files and C names (default: the model's file name)" },
	{ "dim", 0, LIST, AT(dims), "NAME=N", NULL,
	  "set a symbolic dimension, or bound it with NAME<=N" },
	{ "fix", 0, LIST, AT(fixed), "NAME=NUMBERS", NULL,
	  "set an input to constant numbers (1.5 or 1,3,224): it is no input any more" },
	{ "custom-op", 0, LIST, AT(custom), "DOMAIN.NAME=SYMBOL,HEADER", NULL,
	  "an operator that your C function computes (,SOURCE: what verify builds with it)" },
	{ "keep-input", 0, LIST, AT(keep_inputs), "NAME", NULL,
	  "an input with a default value stays an input" },
	{ "weights", 0, TEXT, AT(weights), "FORM", weight_forms,
	  "constants as c (in NAME.c), incbin (NAME_weights.S) or binary (NAME_weights.bin)" },
	{ "rounding", 0, TEXT, AT(rounding), "FORM", roundings,
	  "requantize as onnx does (in float, the default with an FPU) or fixed (integers only)" },
	{ "quantized-io", 0, FLAG, AT(quantized_io), NULL, NULL,
	  "inputs and outputs of a quantized model are its integers; the header has their scales" },
	{ "tight", 0, FLAG, AT(tight), NULL, NULL,
	  "least workspace, even where more would be faster" },
	{ "quantize", 0, TEXT, AT(quantize), "FORM", NULL,
	  "quantize a float model: int8, int8x16, int8w4, weights8, weights4 or dynamic" },
	{ "calibrate", 0, TEXT, AT(calibrate), "PATH", NULL,
	  "samples of the inputs: a folder, a .npz, .npy or .pb file" },
	{ "calibration-method", 0, TEXT, AT(calibration), "NAME", quant_method_names,
	  "ranges by minmax, average, percentile, entropy, mse, or the best of them (default)" },
	{ "symmetric", 0, FLAG, AT(symmetric), NULL, NULL,
	  "zero points of activations are 0 (uint8: 128)" },
	{ "hook", 0, FLAG, AT(hook), NULL, NULL,
	  "call NAME_hook, which you supply, around each step: for profiles and traces" },
	{ "parallel", 0, FLAG, AT(parallel), NULL, NULL,
	  "call NAME_parallel, which you supply, for steps that threads can share" },
	{ "min-snr", 0, NUMBER, AT(min_snr), "DB", NULL,
	  "more bits for the layers that lose most, until the outputs have this ratio" },
	{ "max-drop", 0, NUMBER, AT(max_drop), "PERCENT", NULL,
	  "the same, until top-1 on the samples has dropped by no more" },
	{ "labels", 0, TEXT, AT(labels), "FILE", NULL, "classes of the samples, for --max-drop" },
	{ "ram-budget", 0, SIZE, AT(ram_budget), "BYTES", NULL,
	  "what the model may take of RAM: 64K, 2M (default: what the target's memories hold)" },
	{ "flash-budget", 0, SIZE, AT(flash_budget), "BYTES", NULL,
	  "the same of flash, for code and constants" },
	{ "selftest", 0, FLAG, AT(selftest), NULL, NULL,
	  "also write NAME_test.c: an input, the expected outputs, a main" },
	{ "data", 0, TEXT, AT(data), "DIR", NULL,
	  "test tensors input_K and output_K, .npy or .pb (default: random inputs)" },
	{ "rtol", 0, NUMBER, AT(rtol), "R", NULL,
	  "relative tolerance of verify and selftest (default 1e-3)" },
	{ "atol", 0, NUMBER, AT(atol), "A", NULL,
	  "absolute tolerance of verify and selftest (default 1e-4)" },
	{ "layers", 0, FLAG, AT(layers), NULL, NULL,
	  "verify: name the first node whose result differs from its definition" },
	{ "string-length", 0, LENGTH, AT(string_length), "N", NULL,
	  "most bytes of a string that the model makes (default 64)" },
	{ "seed", 0, COUNT, AT(seed), "N", NULL, "seed of random inputs (default 1)" },
	{ "cc", 0, TEXT, AT(cc), "CC", NULL, "host C compiler of verify (default cc)" },
	{ "cflags", 0, TEXT, AT(cflags), "FLAGS", NULL,
	  "its flags (default: the target's when the host can run them)" },
	{ "disable-pass", 0, LIST, AT(disabled), "PASS", NULL,
	  "leave out a pass (`edgecc passes` lists them)" },
	{ "dump-after", 0, LIST, AT(dump_after), "PASS", NULL,
	  "print the graph after a pass, or after all" },
	{ "MF", 0, TEXT, AT(dependencies), "FILE", NULL,
	  "write a make dependency file (-MD: to DIR/NAME.d)" },
	{ "json", 0, FLAG, AT(json), NULL, NULL, "print the result as one JSON object" },
	{ "verbose", 'v', FLAG, AT(verbose), NULL, NULL,
	  "what each pass did and how long it took" },
	{ "quiet", 'q', FLAG, AT(quiet), NULL, NULL, "no warnings, no progress" },
	{ "help", 'h', FLAG, AT(help), NULL, NULL, "this text" },
	{ "version", 0, FLAG, AT(version), NULL, NULL, "the version" },
};

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

static bool usage(const char *fmt, const char *a, const char *b)
{
	fprintf(stderr, "edgecc: ");
	fprintf(stderr, fmt, a, b);
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
			return usage("--%s %s: a number that is not negative is needed", r->name,
				     value);
		return true;
	case COUNT:
		errno = 0;
		*(int64_t *)member(o, r) = strtoll(value, &end, 10);
		if (*end || end == value || errno)
			return usage("--%s %s: an integer is needed", r->name, value);
		return true;
	case LENGTH:
		errno = 0;
		*(int64_t *)member(o, r) = strtoll(value, &end, 10);
		if (*end || errno || *(int64_t *)member(o, r) < 1 ||
		    *(int64_t *)member(o, r) > INT32_MAX)
			return usage("--%s %s: a number from 1 to 2147483647 is needed", r->name,
				     value);
		return true;
	case SIZE:
		if (!size_parse(value, member(o, r)) || *(int64_t *)member(o, r) == 0)
			return usage("--%s %s: a number of bytes is needed (64K and 2M are fine)",
				     r->name, value);
		return true;
	default:
		for (int i = 0; r->choices && r->choices[i]; i++)
			if (strcmp(r->choices[i], value) == 0)
				break;
			else if (!r->choices[i + 1])
				return usage("--%s: one of %s is needed",
					     arena_printf(&o->arena, "%s %s", r->name, value),
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
		return usage("-O%s: -O0, -O1, -O2, -O3 or -Os is needed%s", s, "");
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
		return usage("unknown option %s, did you mean --%s", word, near);
	return usage("unknown option %s%s", word, "");
}

static bool passes_exist(const char *option, const struct string_list *l)
{
	for (int i = 0; i < l->n; i++)
		if (!pass_exists(l->p[i]) && strcmp(l->p[i], "all") != 0)
			return usage("%s %s: there is no such pass", option, l->p[i]);
	return true;
}

/* What only quantization reads, given without it. */
static bool quantization_is_asked(const struct options *o)
{
	const struct {
		bool given;
		const char *name;
	} reads[] = {
		{ o->calibrate != NULL, "--calibrate" },
		{ o->calibration != NULL, "--calibration-method" },
		{ o->symmetric, "--symmetric" },
		{ o->min_snr >= 0, "--min-snr" },
		{ o->max_drop >= 0, "--max-drop" },
		{ o->labels != NULL, "--labels" },
	};

	if (o->quantize || !o->command || strcmp(o->command, "quantize") == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(reads); i++)
		if (reads[i].given)
			return usage("%s says nothing without --quantize%s", reads[i].name, "");
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
				return usage("-M%s: -MD or -MF FILE is needed%s", optarg, "");
			o->dependencies = o->dependencies ? o->dependencies : "";
			continue;
		}
		if (c == ':')
			return usage("option %s needs an argument%s", argv[index], "");
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
	return quantization_is_asked(o) && passes_exist("--disable-pass", &o->disabled) &&
	       passes_exist("--dump-after", &o->dump_after);
}

void options_free(struct options *o)
{
	arena_free(&o->arena);
}

void options_help(FILE *f)
{
	fprintf(f,
		"usage: edgecc COMMAND [OPTION...] [FILE...]\n\nCompiles trained ONNX models to C99 that depends on nothing.\n\nCommands:\n");
	for (const struct command *c = commands; c->name; c++)
		fprintf(f, "  %-9s %-22s %s\n", c->name, c->arguments, c->doc);
	fprintf(f, "\nOptions:\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char left[64];

		snprintf(left, sizeof left, "%c%c%s--%s%s%s", rows[i].letter ? '-' : ' ',
			 rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? ", " : "  ",
			 rows[i].name, rows[i].argument ? " " : "",
			 rows[i].argument ? rows[i].argument : "");
		fprintf(f, "  %-26s %s\n", left, rows[i].doc);
	}
	fprintf(f, "  %-26s %s\n  %-26s %s\n", "-O0 ... -O3, -Os",
		"optimization level (default -O2; -Os: least code)", "-MD",
		"write DIR/NAME.d, for make");
	fprintf(f,
		"\nExit status: 0 success, 1 an error in the input or a comparison that failed, 2 wrong usage.\n");
}
