/* driver.h - the command line: options as a table, one file per subcommand, and the pipeline they
 * share. */
#ifndef EDGECC_DRIVER_H
#define EDGECC_DRIVER_H

#include "../codegen/codegen.h"
#include "../plan/plan.h"

enum exit_code { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct string_list {
	const char **p;
	int n;
};

/* The subcommands, as sets: who takes an option. */
enum command_set {
	COMPILE = 1,
	VERIFY = 2,
	QUANTIZE = 4,
	INSPECT = 8,
	LISTS = 16, /* targets, ops, passes */
	EMITS = COMPILE | VERIFY | INSPECT,
	MODELS = EMITS | QUANTIZE,
	ANY = MODELS | LISTS
};

/* Every option of every subcommand, filled by the rows of options.c. */
struct options {
	struct arena arena;
	int argc;
	uint64_t given; /* a bit for each row */
	const char *command;
	struct string_list files; /* what is not an option */
	const char *output;       /* -o */
	const char *target;       /* --target */
	const char *name;         /* --name */
	const char *weights;      /* --weights c|incbin|binary */
	const char *dependencies; /* -MF; NULL: none */
	const char *data;         /* --data */
	const char *cc, *cflags;  /* --cc, --cflags */
	struct string_list dims, fixed, custom, disabled, dump_after, keep_inputs;
	int level;            /* -O0 ... -O3 */
	bool small;           /* -Os */
	bool tight;           /* --tight */
	bool quantized_io;    /* --quantized-io */
	const char *rounding; /* --rounding onnx|fixed */
	bool hook;            /* --hook */
	bool parallel;        /* --parallel */
	bool selftest, json, layers, verbose, quiet, help, version;
	const char *quantize;             /* --quantize */
	const char *calibrate;            /* --calibrate */
	const char *calibration;          /* --calibration-method */
	bool symmetric;                   /* --symmetric */
	double max_drop, min_snr;         /* --max-drop, --min-snr; negative: not given */
	const char *labels;               /* --labels */
	double rtol, atol;                /* --rtol, --atol; negative: by the model's types */
	int64_t string_length;            /* --string-length */
	int64_t seed;                     /* --seed */
	int64_t runs;                     /* --runs */
	int64_t ram_budget, flash_budget; /* bytes; 0: the target's memories say */
};

struct quantize_quality {
	double snr;              /* of the output that has least, dB */
	double top1_float, top1; /* percent */
	size_t judged;           /* the output that these are of */
};
struct quantize_step { /* of the search for a mix of precisions */
	size_t layers; /* with more bits */
	bool to_float; /* they stay float, else they have 16 bits */
	struct quantize_quality quality;
};

/* Bytes. RAM is workspace, inputs and outputs, exactly; flash is constants, exactly, and code. */
struct footprint {
	int64_t workspace, inputs, outputs, constants, code;
	int64_t stack; /* at most; -1: not known */
	const char
		*measured_by; /* the compiler that told code and stack; NULL: code is an estimate */
};

/* One compilation. Everything lives in arena. */
struct job {
	struct arena arena;
	struct diag diag;
	const struct options *o;
	struct target target;
	struct unit *u;
	struct plan *plan;
	int64_t whole; /* bytes of workspace that did not fit before steps took turns; 0: they need not */
	struct footprint footprint;
	VEC(struct custom_op) custom; /* --custom-op */
	VEC(struct quantize_step) search;
};

void job_begin(struct job *j, const struct options *o);
void job_end(struct job *j);
struct test_data; /* testdata.h */
/* Reads the model; NULL, or what test data tells of its sizes: that applies where the command line
 * says nothing. */
bool job_import_for(struct job *j, const char *model, const struct test_data *t);
/* What the command line, which usage.c has checked, and t say of the import; t may be NULL. */
void job_import_options(struct job *j, const struct test_data *t, struct import_options *io);
struct pass_context job_pass_context(const struct job *j);
struct pass_options job_pass_options(const struct job *j);
/* Passes, lowering and planning, after job_import. */
bool job_plan(struct job *j);
/* Writes the emitted files, without test tensors, to dir. */
bool job_emit(struct job *j, const char *dir);
/* The same into a set, with test tensors as in codegen.h; then the set appears when all is well. */
bool job_write(struct job *j, struct file_set *files, const struct constant *const *test_inputs,
	       const struct constant *const *test_outputs);
bool job_commit(struct job *j, struct file_set *files, bool ok);
/* The C prefix: --name or the model's file name. */
const char *job_name(struct job *j, const char *model);

struct command {
	const char *name;
	const char *arguments; /* "MODEL -o DIR" */
	const char *doc;
	enum command_set is;
	int (*run)(const struct options *o); /* an exit_code */
};
extern const struct command commands[]; /* name NULL ends it */
int run_compile(const struct options *o), run_verify(const struct options *o),
	run_inspect(const struct options *o), run_targets(const struct options *o),
	run_ops(const struct options *o), run_passes(const struct options *o),
	run_quantize(const struct options *o);
/* commands.c: a pass, a rewrite, or a step of quantization that --disable-pass leaves out */
bool pass_exists(const char *name);

/* Fills o; reports to stderr. False: usage error. Free with options_free. */
bool options_parse(int argc, char **argv, struct options *o);
void options_free(struct options *o);
/* Of one command; c NULL: of all. */
void options_help(FILE *f, const struct command *c);
/* The row of o->command; NULL: there is none. */
const struct command *command_of(const struct options *o);
/* Whether the command line has --name. */
bool option_given(const struct options *o, const char *name);
/* Prints the sentence, and where help is; returns false. */
bool usage_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* usage.c: what the command line alone shows to be wrong, beyond the option rows. */
bool usage_check(struct options *o, enum command_set command);

#endif
