/* Every parser of files that nobody vouches for, fed with bytes. FUZZ in the environment names which:
 *
 *	FUZZ=model tests/fuzz/fuzz FILE...
 *
 * Configured with --enable-fuzz for a clang that has libFuzzer, that is the main program, and folders
 * are its corpus (tests/fuzz/run.sh); else each file is fed once. */
#define _XOPEN_SOURCE 700
#include "../../compiler/frontend/frontend.h"
#include "../../compiler/plan/plan.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct target target = { .name = "fuzz",
				      .arch = "generic",
				      .vec_lanes = 1,
				      .pointer_bits = 64,
				      .int_bits = 32,
				      .alignment = 8 };

static void plan(struct unit *u)
{
	const struct pass_context c = { .target = &target, .level = 2 };
	const struct pass_options o = { 0 };
	const struct plan_options po = { 0 };

	if (passes_run(u, graph_passes, &c, &o) && passes_run(u, lowering_passes, &c, &o))
		plan_make(u, &target, &po);
}

/* A model as far as its plan: it is verified after each pass, and the placement at the end. */
static void feed_model(struct arena *a, struct diag *d, const char *path)
{
	struct unit *u = unit_new(a, d, path);

	if (import_onnx(u, path, NULL))
		plan(u);
	import_close(u);
}

static void feed_profile(struct arena *a, struct diag *d, const char *path)
{
	struct target t;

	target_load(a, d, path, &t);
}

static void feed_array(struct arena *a, struct diag *d, const char *path)
{
	struct test_value v;

	test_value_load(a, d, path, NULL, &v);
}

static void feed_archive(struct arena *a, struct diag *d, const char *path)
{
	npz_entries entries = { 0 };

	npz_read(a, d, path, &entries);
}

static const struct parser {
	const char *name, *suffix;
	void (*feed)(struct arena *a, struct diag *d, const char *path);
} parsers[] = {
	{ "model", "onnx", feed_model },     { "text", "onnxtxt", feed_model },
	{ "profile", "yaml", feed_profile }, { "npy", "npy", feed_array },
	{ "npz", "npz", feed_archive },      { "tensor", "pb", feed_array },
};

static const struct parser *chosen(void)
{
	const char *name = getenv("FUZZ");

	for (size_t i = 0; name && i < sizeof parsers / sizeof *parsers; i++)
		if (strcmp(parsers[i].name, name) == 0)
			return &parsers[i];
	fprintf(stderr, "fuzz: FUZZ is to be model, text, profile, npy, npz or tensor\n");
	exit(2);
}

static char input_dir[256], input_path[300];

static void remove_input(void)
{
	unlink(input_path);
	rmdir(input_dir);
}

/* The parsers map files: one, written anew, in a folder without others. */
static const char *input_file(const struct parser *p)
{
	const char *tmp = getenv("TMPDIR");

	if (input_path[0])
		return input_path;
	snprintf(input_dir, sizeof input_dir, "%s/edgecc-fuzz.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(input_dir)) {
		perror(input_dir);
		exit(2);
	}
	snprintf(input_path, sizeof input_path, "%s/input.%s", input_dir, p->suffix);
	atexit(remove_input);
	return input_path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct parser *p = chosen();
	const char *path = input_file(p);
	struct arena a = { 0 };
	struct diag d = { 0 };
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(data, 1, size, f) != size || fclose(f) != 0) {
		perror(path);
		exit(2);
	}
	p->feed(&a, &d, path);
	arena_free(&a);
	return 0;
}

#ifndef EDGECC_LIBFUZZER
int main(int argc, char **argv)
{
	struct diag d = { .out = stderr };

	for (int i = 1; i < argc; i++) {
		struct file_map m;

		if (!file_map(&d, argv[i], &m))
			return 2;
		LLVMFuzzerTestOneInput(m.data, m.size);
		file_unmap(&m);
	}
	return 0;
}
#endif
