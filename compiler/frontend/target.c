/* Target profiles: YAML files, checked key by key, each on top of the one it inherits. */
#include "target_rows.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "../support/embedded.h"

#define INHERIT_MAX 16

/* -- files ----------------------------------------------------------------- */

static bool load(struct profile *p, const char *ref, const struct loc *from);

static bool is_path(const char *ref)
{
	size_t n = strlen(ref);
	return strchr(ref, '/') || (n > 5 && strcmp(ref + n - 5, ".yaml") == 0);
}

/* What the profile starts from, read first whatever its place in the file. */
static bool read_inherited(struct profile *p, const yaml_node_t *root)
{
	for (const yaml_node_pair_t *i = root->data.mapping.pairs.start;
	     i < root->data.mapping.pairs.top; i++) {
		const yaml_node_t *key = yaml_document_get_node(p->doc, i->key);
		const yaml_node_t *value = yaml_document_get_node(p->doc, i->value);
		struct profile base = {
			.a = p->a, .d = p->d, .t = p->t, .heir = p, .depth = p->depth + 1
		};
		struct loc loc = mark_loc(p, &value->start_mark);
		const char *s;
		if (key->type != YAML_SCALAR_NODE ||
		    strcmp((const char *)key->data.scalar.value, "inherits") != 0)
			continue;
		if (!yaml_scalar(p, value, "inherits", &s))
			return false;
		while (strncmp(s, "./", 2) == 0) /* so that a cycle comes back to the same name */
			s += 2;
		if (is_path(s) && !p->t->built_in)
			s = path_join(p->a, path_dir(p->a, p->file), s);
		return load(&base, s, &loc);
	}
	return true;
}

static bool read_document(struct profile *p)
{
	const yaml_node_t *root = yaml_document_get_root_node(p->doc);
	struct loc loc = { .file = p->file };
	if (!root)
		return diag_error(p->d, &loc, "the profile is empty");
	if (root->type != YAML_MAPPING_NODE)
		return yaml_error(p, root, "a profile is a mapping of keys to values");
	const char *file = p->file;
	bool built_in = p->t->built_in;
	if (!read_inherited(p, root))
		return false;
	p->t->file = file;
	p->t->built_in = built_in;
	return yaml_mapping(p, root, target_rows, p->t);
}

static bool parse(struct profile *p, const uint8_t *data, size_t size)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	if (!yaml_parser_initialize(&parser))
		out_of_memory();
	yaml_parser_set_input_string(&parser, data, size);
	bool ok = yaml_parser_load(&parser, &doc);
	if (!ok) {
		struct loc loc = mark_loc(p, &parser.problem_mark);
		diag_error(p->d, &loc, "%s%s%s", parser.context ? parser.context : "",
			   parser.context ? ": " : "",
			   parser.problem ? parser.problem : "not YAML");
	} else {
		p->doc = &doc;
		ok = read_document(p);
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	return ok;
}

/* The built-in profile `name`; NULL when there is none. */
static const struct embedded_file *find_built_in(const char *name)
{
	static const char *const folders[] = { "cpu", "board" };
	struct arena a = { 0 };
	const struct embedded_file *f = NULL;
	for (size_t i = 0; i < ARRAY_LEN(folders) && !f; i++)
		f = embedded_find(arena_printf(&a, "targets/%s/%s.yaml", folders[i], name));
	arena_free(&a);
	return f;
}

static bool unknown_profile(const struct profile *p, const char *name, const struct loc *from)
{
	return diag_error(p->d, from, "there is no target profile \"%s\"%s",
			  printable(p->a, name, 80), did_you_mean(p->a, name, target_names(p->a)));
}

static bool load_file(struct profile *p, const char *path)
{
	struct file_map map;
	if (!file_map(p->d, path, &map))
		return false;
	vec_push(p->a, &p->t->files, arena_strdup(p->a, path));
	bool ok = parse(p, map.data, map.size);
	file_unmap(&map);
	return ok;
}

/* from: where the reference stands; NULL: on the command line. */
static bool load(struct profile *p, const char *ref, const struct loc *from)
{
	const struct embedded_file *f = is_path(ref) ? NULL : find_built_in(ref);
	if (!is_path(ref) && !f)
		return unknown_profile(p, ref, from);
	p->file = f ? f->name : arena_strdup(p->a, ref);
	for (const struct profile *h = p->heir; h; h = h->heir)
		if (strcmp(h->file, p->file) == 0)
			return diag_error(p->d, from, "the profile inherits itself through \"%s\"",
					  printable(p->a, ref, 80));
	if (p->depth > INHERIT_MAX)
		return diag_error(p->d, from, "profiles inherit more than %d deep", INHERIT_MAX);
	p->t->built_in = f != NULL;
	p->t->file = p->file;
	return f ? parse(p, f->data, f->size) : load_file(p, p->file);
}

/* -- checks over several keys ---------------------------------------------- */

static uint64_t feature_bit(const char *name)
{
	size_t i = 0;
	while (strcmp(target_features[i].name, name) != 0)
		i++;
	return (uint64_t)1 << i;
}

static bool finish(struct diag *d, struct target *t)
{
	struct loc loc = { .file = t->file };
	if (!t->arch)
		return diag_error(d, &loc, "the profile sets no arch");
	if (t->vec_lanes == 2)
		return diag_error(d, &loc, "vec_lanes is 2, must be 1, 4, 8 or 16");
	if (t->progmem && strcmp(t->arch, "avr") != 0)
		return diag_error(d, &loc, "progmem is for arch avr");
	uint64_t vec = feature_bit("vec");
	t->features = t->vec_lanes > 1 ? t->features | vec : t->features & ~vec;
	return true;
}

/* The closest profile to the machine that runs this. */
static const char *native_profile(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
		return __builtin_cpu_supports("avx512vnni") ? "x86-64-v4-vnni" : "x86-64-v4";
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
	    __builtin_cpu_supports("bmi2")) {
		unsigned eax = 0, ebx, ecx, edx;
		bool vnni = __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) && eax >> 4 & 1;
		return vnni ? "x86-64-v3-avxvnni" : "x86-64-v3";
	}
	return __builtin_cpu_supports("sse4.2") ? "x86-64-v2" : "x86-64-v1";
#elif defined(__aarch64__) && defined(__linux__)
	bool dotprod = getauxval(AT_HWCAP) & HWCAP_ASIMDDP;
	bool i8mm = dotprod && getauxval(AT_HWCAP2) & HWCAP2_I8MM;
	return i8mm ? "aarch64-i8mm" : dotprod ? "aarch64-dotprod" : "aarch64";
#elif defined(__s390x__)
	return "s390x";
#else
	return "generic";
#endif
}

static const char *name_of(struct arena *a, const char *file)
{
	const char *base = path_base(file);
	size_t n = strlen(base);
	return arena_strndup(a, base, n > 5 && strcmp(base + n - 5, ".yaml") == 0 ? n - 5 : n);
}

bool target_load(struct arena *a, struct diag *d, const char *name, struct target *out)
{
	struct profile p = { .a = a, .d = d, .t = out };
	bool native = strcmp(name, "native") == 0;
	*out = (struct target){ .vec_lanes = 1,
				.vec_registers = 16,
				.vec_rate = 8,
				.l1 = 32 * 1024,
				.l2 = 512 * 1024,
				.pointer_bits = 32,
				.int_bits = 32,
				.alignment = 8,
				.fpu = FPU_DOUBLE,
				.memory_mode = MEMORY_FAST,
				.doc = "" };
	if (!load(&p, native ? native_profile() : name, NULL))
		return false;
	out->name = name_of(a, out->file);
	return finish(d, out);
}

const char *const *target_names(struct arena *a)
{
	VEC(const char *) names = { 0 };
	for (size_t i = 0; i < embedded_file_count; i++)
		if (strncmp(embedded_files[i].name, "targets/", 8) == 0)
			vec_push(a, &names, name_of(a, embedded_files[i].name));
	for (size_t i = 1; i < names.n; i++) /* cpu/ and board/ are sorted each; a few names */
		for (size_t k = i; k > 0 && strcmp(names.p[k - 1], names.p[k]) > 0; k--) {
			const char *t = names.p[k];
			names.p[k] = names.p[k - 1];
			names.p[k - 1] = t;
		}
	vec_push(a, &names, NULL);
	return names.p;
}
