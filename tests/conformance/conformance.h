/* conformance.h - what the files of this program share. */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

#include "compiler/frontend/frontend.h"
#include "compiler/host/host.h"
#include "compiler/ops/ops.h"
#include "onnx.pb-c.h"

struct test {
	struct arena *arena;
	const char *dir;    /* of the model */
	const char *set;    /* of the data */
	struct strbuf *why; /* what went wrong */
};

enum outcome { PASSED, FAILED, UNSUPPORTED, CRASHED };

/* -- conformance.c --------------------------------------------------------------------- */

bool matches(struct test *t, size_t output, struct unit *u, const struct constant *have,
	     const struct constant *want);
/* Messages about what `edgecc ops` states as a limit. */
bool is_limit(const char *message);

/* -- containers.c ---------------------------------------------------------------------- */

enum outcome run_containers(struct test *t);

/* -- messages.c: the test's model and tensors as messages, in files -------------------- */

bool read_file(struct arena *a, const char *path, uint8_t **data, size_t *size);
bool write_model(struct arena *a, const Onnx__ModelProto *m, const char *path);
/* The test's inputs as initializers of m. In folders with arrays beside the model, inputs with a
 * default keep it and do not count. False when an input is no tensor. */
bool add_inputs(struct test *t, Onnx__ModelProto *m);
bool all_tensors(size_t n, Onnx__ValueInfoProto *const *infos);
/* A model of no nodes: its outputs are the test's. The importer reads them as it reads
 * initializers. */
bool write_expected(struct test *t, const Onnx__ModelProto *m, const char *path);
/* External data must lie beside the model: files that are none of the test's own are copied. */
bool copy_files(struct arena *a, const char *from, const char *to);

#endif
