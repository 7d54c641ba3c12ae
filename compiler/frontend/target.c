/* Target profiles: YAML files, checked key by key, each on top of the one it inherits. */
#include "target_rows.h"

#include <string.h>
#include <yaml.h>

#include "../support/embedded.h"

#define INHERIT_MAX 16

/* The profile being read, and the chain of those that inherit it. */
struct profile {
	struct arena *a;
	struct diag *d;
	const char *file;            /* for messages */
	yaml_document_t *doc;
	struct target *t;
	const struct profile *heir;  /* NULL: the one asked for */
	int depth;
};

/* -- nodes ---------------------------------------------------------------------------------------------------------- */

static struct loc mark_loc(const struct profile *p, const yaml_mark_t *m)
{
	return (struct loc){ .file = p->file, .line = (int)m->line + 1, .column = (int)m->column + 1 };
}

static bool node_error(const struct profile *p, const yaml_node_t *n, const char *fmt, ...) PRINTF_LIKE(3, 4);
static bool node_error(const struct profile *p, const yaml_node_t *n, const char *fmt, ...)
{
	struct loc loc = mark_loc(p, &n->start_mark);
	va_list ap;
	va_start(ap, fmt);
	const char *text = arena_vprintf(p->a, fmt, ap);
	va_end(ap);
	return diag_error(p->d, &loc, "%s", text);
}

static bool scalar(const struct profile *p, const yaml_node_t *n, const char *key, const char **out)
{
	if (n->type != YAML_SCALAR_NODE)
		return node_error(p, n, "%s must be a single value", key);
	const char *s = (const char *)n->data.scalar.value;
	if (memchr(s, 0, n->data.scalar.length))
		return node_error(p, n, "%s holds a NUL character", key);
	*out = arena_strndup(p->a, s, n->data.scalar.length);
	return true;
}

static const char *did_you_mean(struct arena *a, const char *word, const char *const *names)
{
	const char *near = nearest_name(word, names);
	return near ? arena_printf(a, "; did you mean \"%s\"?", near) : "";
}

/* -- values of each kind ----------------------------------------------------------------------------------------------- */

static bool read_number(const struct profile *p, const yaml_node_t *n, const struct target_row *r, int64_t *out)
{
	static const struct { char letter; int shift; } units[] = { { 'K', 10 }, { 'M', 20 }, { 'G', 30 } };
	const char *s, *c;
	int64_t v = 0;
	if (!scalar(p, n, r->name, &s))
		return false;
	for (c = s; *c >= '0' && *c <= '9' && v < INT64_MAX / 16; c++)
		v = v * 10 + (*c - '0');
	bool digits = c > s;
	for (size_t i = 0; i < ARRAY_LEN(units) && r->kind == TARGET_SIZE; i++)
		if (*c == units[i].letter && digits && mul_i64(v, (int64_t)1 << units[i].shift, &v)) {
			c++;
			break;
		}
	if (!digits || *c)
		return node_error(p, n, "%s must be a number%s, not \"%s\"", r->name,
				  r->kind == TARGET_SIZE ? " of bytes (64K and 2M are fine)" : "", printable(p->a, s, 40));
	if (v < r->lo || v > r->hi)
		return node_error(p, n, "%s is %lld, must be between %lld and %lld", r->name, (long long)v,
				  (long long)r->lo, (long long)r->hi);
	if (r->power_of_two && (v & (v - 1)))
		return node_error(p, n, "%s is %lld, must be a power of two", r->name, (long long)v);
	*out = v;
	return true;
}

static bool read_choice(const struct profile *p, const yaml_node_t *n, const struct target_row *r, int *out)
{
	const char *s, *list = "";
	if (!scalar(p, n, r->name, &s))
		return false;
	for (int i = 0; r->choices[i]; i++) {
		if (strcmp(r->choices[i], s) == 0) {
			*out = i;
			return true;
		}
		list = arena_printf(p->a, "%s%s%s", list, i ? ", " : "", r->choices[i]);
	}
	return node_error(p, n, "%s is \"%s\", must be one of %s%s", r->name, printable(p->a, s, 40), list,
			  did_you_mean(p->a, s, r->choices));
}

static bool read_bool(const struct profile *p, const yaml_node_t *n, const struct target_row *r, bool *out)
{
	const char *s;
	if (!scalar(p, n, r->name, &s))
		return false;
	*out = strcmp(s, "true") == 0;
	if (!*out && strcmp(s, "false") != 0)
		return node_error(p, n, "%s is \"%s\", must be true or false", r->name, printable(p->a, s, 40));
	return true;
}

static bool read_feature(const struct profile *p, const yaml_node_t *n, uint64_t *features)
{
	const char *s;
	VEC(const char *) names = { 0 };
	if (!scalar(p, n, "a feature", &s))
		return false;
	bool take = strncmp(s, "no-", 3) == 0;
	const char *name = take ? s + 3 : s;
	for (size_t i = 0; target_features[i].name; i++) {
		if (strcmp(target_features[i].name, name) == 0) {
			uint64_t bit = (uint64_t)1 << i;
			*features = take ? *features & ~bit : *features | bit;
			return true;
		}
		vec_push(p->a, &names, target_features[i].name);
	}
	vec_push(p->a, &names, NULL);
	return node_error(p, n, "feature \"%s\" is unknown%s", printable(p->a, name, 40),
			  did_you_mean(p->a, name, names.p));
}

static bool read_features(const struct profile *p, const yaml_node_t *n, uint64_t *features)
{
	bool ok = true;
	if (n->type != YAML_SEQUENCE_NODE)
		return node_error(p, n, "features must be a list");
	for (const yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++)
		ok &= read_feature(p, yaml_document_get_node(p->doc, *i), features);
	return ok;
}

static bool read_mapping(const struct profile *p, const yaml_node_t *n, const struct target_row *rows, void *to);

static bool read_memories(const struct profile *p, const yaml_node_t *n)
{
	bool ok = true;
	if (n->type != YAML_SEQUENCE_NODE)
		return node_error(p, n, "memories must be a list of mappings");
	size_t count = (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
	p->t->memories = arena_array(p->a, struct target_memory, count);
	p->t->n_memories = count;
	for (size_t i = 0; i < count; i++) {
		const yaml_node_t *item = yaml_document_get_node(p->doc, n->data.sequence.items.start[i]);
		struct target_memory *m = &p->t->memories[i];
		*m = (struct target_memory){ .kind = MEMORY_RAM, .speed = 1 };
		bool read = read_mapping(p, item, target_memory_rows, m);
		if (read && (!m->name || !m->size))
			read = node_error(p, item, "a memory needs a name and a size");
		ok &= read;
	}
	return ok;
}

static bool read_value(const struct profile *p, const yaml_node_t *n, const struct target_row *r, void *to)
{
	void *member = (char *)to + r->offset;
	int choice;
	switch (r->kind) {
	case TARGET_TEXT:
		return scalar(p, n, r->name, member);
	case TARGET_INT:
	case TARGET_SIZE:
		return read_number(p, n, r, member);
	case TARGET_CHOICE:
		return read_choice(p, n, r, member);
	case TARGET_NAME:
		if (!read_choice(p, n, r, &choice))
			return false;
		*(const char **)member = r->choices[choice];
		return true;
	case TARGET_BOOL:
		return read_bool(p, n, r, member);
	case TARGET_FEATURES:
		return read_features(p, n, member);
	case TARGET_MEMORIES:
		return read_memories(p, n);
	case TARGET_INHERITS:
		return true; /* read before all others */
	}
	unreachable("kind of profile key");
}

/* -- mappings ----------------------------------------------------------------------------------------------------------- */

static const struct target_row *row_of(const struct profile *p, const yaml_node_t *key, const struct target_row *rows)
{
	const char *s;
	VEC(const char *) names = { 0 };
	if (!scalar(p, key, "a key", &s))
		return NULL;
	for (const struct target_row *r = rows; r->name; r++) {
		if (strcmp(r->name, s) == 0)
			return r;
		vec_push(p->a, &names, r->name);
	}
	vec_push(p->a, &names, NULL);
	node_error(p, key, "key \"%s\" is unknown%s", printable(p->a, s, 40), did_you_mean(p->a, s, names.p));
	return NULL;
}

static bool read_mapping(const struct profile *p, const yaml_node_t *n, const struct target_row *rows, void *to)
{
	uint64_t seen = 0;
	bool ok = true;
	if (n->type != YAML_MAPPING_NODE)
		return node_error(p, n, "must be a mapping of keys to values");
	for (const yaml_node_pair_t *i = n->data.mapping.pairs.start; i < n->data.mapping.pairs.top; i++) {
		const yaml_node_t *key = yaml_document_get_node(p->doc, i->key);
		const struct target_row *r = row_of(p, key, rows);
		uint64_t bit = r ? (uint64_t)1 << (r - rows) : 0;
		if (r && seen & bit)
			ok = node_error(p, key, "key \"%s\" is given twice", r->name);
		else if (r)
			ok &= read_value(p, yaml_document_get_node(p->doc, i->value), r, to);
		seen |= bit;
		ok &= r != NULL;
	}
	return ok;
}

/* -- files --------------------------------------------------------------------------------------------------------------- */

static bool load(struct profile *p, const char *ref, const struct loc *from);

static bool is_path(const char *ref)
{
	size_t n = strlen(ref);
	return strchr(ref, '/') || (n > 5 && strcmp(ref + n - 5, ".yaml") == 0);
}

/* What the profile starts from, read first whatever its place in the file. */
static bool read_inherited(struct profile *p, const yaml_node_t *root)
{
	for (const yaml_node_pair_t *i = root->data.mapping.pairs.start; i < root->data.mapping.pairs.top; i++) {
		const yaml_node_t *key = yaml_document_get_node(p->doc, i->key);
		const yaml_node_t *value = yaml_document_get_node(p->doc, i->value);
		struct profile base = { .a = p->a, .d = p->d, .t = p->t, .heir = p, .depth = p->depth + 1 };
		struct loc loc = mark_loc(p, &value->start_mark);
		const char *s;
		if (key->type != YAML_SCALAR_NODE || strcmp((const char *)key->data.scalar.value, "inherits") != 0)
			continue;
		if (!scalar(p, value, "inherits", &s))
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
		return node_error(p, root, "a profile is a mapping of keys to values");
	const char *file = p->file;
	bool built_in = p->t->built_in;
	if (!read_inherited(p, root))
		return false;
	p->t->file = file;
	p->t->built_in = built_in;
	return read_mapping(p, root, target_rows, p->t);
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
			   parser.context ? ": " : "", parser.problem ? parser.problem : "not YAML");
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
	return diag_error(p->d, from, "there is no target profile \"%s\"%s", printable(p->a, name, 80),
			  did_you_mean(p->a, name, target_names(p->a)));
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

/* -- checks over several keys ---------------------------------------------------------------------------------------------- */

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
		return "x86-64-v4";
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"))
		return "x86-64-v3";
	return __builtin_cpu_supports("sse4.2") ? "x86-64-v2" : "x86-64-v1";
#elif defined(__aarch64__)
	return "aarch64";
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
	*out = (struct target){ .vec_lanes = 1, .pointer_bits = 32, .int_bits = 32, .alignment = 8, .fpu = FPU_DOUBLE,
				.memory_mode = MEMORY_FAST, .doc = "" };
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
