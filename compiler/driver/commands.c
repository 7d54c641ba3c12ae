/* The subcommands, and the small ones that list what edgecc knows. */
#include "report.h"

#include <string.h>

const struct command commands[] = {
	{ "compile", "MODEL -o DIR", "emit C for a model", COMPILE, run_compile },
	{ "verify", "MODEL [--data DIR]", "build the emitted C here, run it, compare its outputs",
	  VERIFY, run_verify },
	{ "quantize", "MODEL -o FILE", "write a quantized ONNX model", QUANTIZE, run_quantize },
	{ "inspect", "MODEL", "inputs, outputs, operators, layers, memory", INSPECT, run_inspect },
	{ "targets", "", "the target profiles", LISTS, run_targets },
	{ "ops", "", "the operators, their versions, types and limits", LISTS, run_ops },
	{ "passes", "", "the passes, in the order in which they run", LISTS, run_passes },
	{ .name = NULL },
};

/* ---- targets ------------------------------------------------------------------------- */

static int64_t memory_of(const struct target *t, bool flash)
{
	int64_t n = 0;

	for (size_t i = 0; i < t->n_memories; i++)
		if ((t->memories[i].kind == MEMORY_FLASH) == flash)
			n += t->memories[i].size;
	return n;
}

static json_t *target_json(const char *name, const struct target *t)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:s}", "name", name,
			 "profile", t->name, "arch", t->arch, "doc", t->doc, "vec_lanes",
			 (json_int_t)t->vec_lanes, "ram_bytes", (json_int_t)memory_of(t, false),
			 "flash_bytes", (json_int_t)memory_of(t, true), "rounding",
			 t->rounding == ROUNDING_FIXED ? "fixed" : "onnx", "cc", t->cc ? t->cc : "",
			 "cflags", t->cflags ? t->cflags : "");
}

/* False: the profile is wrong, which is said. */
static bool target_row(json_t *list, struct arena *a, struct diag *d, const char *name)
{
	struct target t;

	if (!target_load(a, d, name, &t))
		return false;
	if (list)
		json_array_append_new(list, target_json(name, &t));
	else if (strcmp(name, t.name) != 0)
		printf("%-18s this machine: %s\n", name, t.name);
	else
		printf("%-18s %s\n", name, t.doc);
	return true;
}

int run_targets(const struct options *o)
{
	struct arena a = { 0 };
	struct diag d = { .out = stderr };
	json_t *list = o->json ? json_array() : NULL;
	bool ok = true;

	for (const char *const *names = target_names(&a); *names; names++)
		ok &= target_row(list, &a, &d, *names);
	ok &= target_row(list, &a, &d, "native");
	if (list)
		print_json(list);
	arena_free(&a);
	return ok ? EXIT_OK : EXIT_FAILED;
}

/* ---- ops ----------------------------------------------------------------------------- */

static void print_op(const struct op *op, void *data)
{
	json_t *list = data;
	const char *domain = *domain_names[op->domain] ? domain_names[op->domain] : "ai.onnx";
	char versions[48];

	if (op->flags & OP_INTERNAL)
		return;
	if (op->until)
		snprintf(versions, sizeof versions, "%d-%d", op->since, op->until);
	else
		snprintf(versions, sizeof versions, "%d-", op->since);
	if (list)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:s}", "name",
					op->name, "domain", domain, "since", op->since, "until",
					op->until, "signature", op->sig ? op->sig : "", "types",
					op->types ? op->types : "", "doc", op->doc ? op->doc : "",
					"limits", op->limits ? op->limits : ""));
	else
		printf("%-24s %-12s %-6s %s%s%s%s%s\n", op->name, domain, versions,
		       op->types ? op->types : "", op->doc ? "; " : "", op->doc ? op->doc : "",
		       op->limits ? "; limit: " : "", op->limits ? op->limits : "");
}

int run_ops(const struct options *o)
{
	json_t *list = o->json ? json_array() : NULL;

	op_each(print_op, list);
	op_each_same(print_op, list);
	if (list)
		print_json(list);
	return EXIT_OK;
}

/* ---- passes -------------------------------------------------------------------------- */

static bool stands_before(const struct pass *const *table, const struct pass *const *at)
{
	for (; table < at; table++)
		if (*table == *at)
			return true;
	return false;
}

static json_t *passes_json(const struct pass *const *table)
{
	json_t *list = json_array();

	for (; *table; table++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:b}", "name", (*table)->name, "doc",
						(*table)->doc, "required", (*table)->required));
	return list;
}

/* A pass that runs again has its rewrites listed where it first runs. */
static void print_passes(const struct pass *const *table)
{
	for (const struct pass *const *p = table; *p; p++) {
		printf("%-22s %s%s\n", (*p)->name, (*p)->doc, (*p)->required ? " (always)" : "");
		if (!(*p)->rewrites || stands_before(table, p))
			continue;
		for (const struct rewrite *const *t = (*p)->rewrites; *t; t++)
			for (const struct rewrite *r = *t; r->name; r++)
				printf("  %-22s %s\n", r->name, r->doc);
	}
}

static bool table_has(const struct pass *const *table, const char *name)
{
	for (; *table; table++) {
		if (strcmp((*table)->name, name) == 0)
			return true;
		for (const struct rewrite *const *t = (*table)->rewrites; t && *t; t++)
			for (const struct rewrite *r = *t; r->name; r++)
				if (strcmp(r->name, name) == 0)
					return true;
	}
	return false;
}

bool pass_exists(const char *name)
{
	static const char *const of_quantization[] = { "equalize", "correct-bias", "round-by-error",
						       "widen-small" };

	for (size_t i = 0; i < ARRAY_LEN(of_quantization); i++)
		if (strcmp(of_quantization[i], name) == 0)
			return true;
	return table_has(graph_passes, name) || table_has(lowering_passes, name);
}

int run_passes(const struct options *o)
{
	if (o->json) {
		print_json(json_pack("{s:o, s:o}", "graph", passes_json(graph_passes), "lowering",
				     passes_json(lowering_passes)));
		return EXIT_OK;
	}
	print_passes(graph_passes);
	print_passes(lowering_passes);
	return EXIT_OK;
}
