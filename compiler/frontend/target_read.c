/* Values of target profiles: YAML nodes, checked against the rows of their keys. */
#include "target_rows.h"

#include <string.h>

/* -- nodes ----------------------------------------------------------------- */

struct loc mark_loc(const struct profile *p, const yaml_mark_t *m)
{
	return (struct loc){ .file = p->file,
			     .line = (int)m->line + 1,
			     .column = (int)m->column + 1 };
}

bool yaml_error(const struct profile *p, const yaml_node_t *n, const char *fmt, ...)
{
	struct loc loc = mark_loc(p, &n->start_mark);
	va_list ap;
	va_start(ap, fmt);
	const char *text = arena_vprintf(p->a, fmt, ap);
	va_end(ap);
	return diag_error(p->d, &loc, "%s", text);
}

bool yaml_scalar(const struct profile *p, const yaml_node_t *n, const char *key, const char **out)
{
	if (n->type != YAML_SCALAR_NODE)
		return yaml_error(p, n, "%s must be a single value", key);
	const char *s = (const char *)n->data.scalar.value;
	if (memchr(s, 0, n->data.scalar.length))
		return yaml_error(p, n, "%s holds a NUL character", key);
	*out = arena_strndup(p->a, s, n->data.scalar.length);
	return true;
}

const char *did_you_mean(struct arena *a, const char *word, const char *const *names)
{
	const char *near = nearest_name(word, names);
	return near ? arena_printf(a, "; did you mean \"%s\"?", near) : "";
}

/* -- values of each kind --------------------------------------------------- */

static bool read_number(const struct profile *p, const yaml_node_t *n, const struct target_row *r,
			int64_t *out)
{
	const char *s;
	int64_t v;
	if (!yaml_scalar(p, n, r->name, &s))
		return false;
	bool plain = s[strspn(s, "0123456789")] == 0;
	if ((r->kind == TARGET_INT && !plain) || !size_parse(s, &v))
		return yaml_error(p, n, "%s must be a number%s, not \"%s\"", r->name,
				  r->kind == TARGET_SIZE ? " of bytes (64K and 2M are fine)" : "",
				  printable(p->a, s, 40));
	if (v < r->lo || v > r->hi)
		return yaml_error(p, n, "%s is %lld, must be between %lld and %lld", r->name,
				  (long long)v, (long long)r->lo, (long long)r->hi);
	if (r->power_of_two && (v & (v - 1)))
		return yaml_error(p, n, "%s is %lld, must be a power of two", r->name,
				  (long long)v);
	*out = v;
	return true;
}

static bool read_choice(const struct profile *p, const yaml_node_t *n, const struct target_row *r,
			int *out)
{
	const char *s, *list = "";
	if (!yaml_scalar(p, n, r->name, &s))
		return false;
	for (int i = 0; r->choices[i]; i++) {
		if (strcmp(r->choices[i], s) == 0) {
			*out = i;
			return true;
		}
		list = arena_printf(p->a, "%s%s%s", list, i ? ", " : "", r->choices[i]);
	}
	return yaml_error(p, n, "%s is \"%s\", must be one of %s%s", r->name,
			  printable(p->a, s, 40), list, did_you_mean(p->a, s, r->choices));
}

static bool read_bool(const struct profile *p, const yaml_node_t *n, const struct target_row *r,
		      bool *out)
{
	const char *s;
	if (!yaml_scalar(p, n, r->name, &s))
		return false;
	*out = strcmp(s, "true") == 0;
	if (!*out && strcmp(s, "false") != 0)
		return yaml_error(p, n, "%s is \"%s\", must be true or false", r->name,
				  printable(p->a, s, 40));
	return true;
}

static bool read_feature(const struct profile *p, const yaml_node_t *n, uint64_t *features)
{
	const char *s;
	VEC(const char *) names = { 0 };
	if (!yaml_scalar(p, n, "a feature", &s))
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
	return yaml_error(p, n, "feature \"%s\" is unknown%s", printable(p->a, name, 40),
			  did_you_mean(p->a, name, names.p));
}

static bool read_features(const struct profile *p, const yaml_node_t *n, uint64_t *features)
{
	bool ok = true;
	if (n->type != YAML_SEQUENCE_NODE)
		return yaml_error(p, n, "features must be a list");
	for (const yaml_node_item_t *i = n->data.sequence.items.start;
	     i < n->data.sequence.items.top; i++)
		ok &= read_feature(p, yaml_document_get_node(p->doc, *i), features);
	return ok;
}

static bool read_memories(const struct profile *p, const yaml_node_t *n)
{
	bool ok = true;
	if (n->type != YAML_SEQUENCE_NODE)
		return yaml_error(p, n, "memories must be a list of mappings");
	size_t count = (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
	p->t->memories = arena_array(p->a, struct target_memory, count);
	p->t->n_memories = count;
	for (size_t i = 0; i < count; i++) {
		const yaml_node_t *item =
			yaml_document_get_node(p->doc, n->data.sequence.items.start[i]);
		struct target_memory *m = &p->t->memories[i];
		*m = (struct target_memory){
			.kind = MEMORY_RAM, .speed = 1, .address = -1, .holds = -1
		};
		bool read = yaml_mapping(p, item, target_memory_rows, m);
		if (read && (!m->name || !m->size))
			read = yaml_error(p, item, "a memory needs a name and a size");
		if (m->holds < 0)
			m->holds = m->kind == MEMORY_FLASH ? HOLDS_WEIGHTS : HOLDS_ACTIVATIONS;
		ok &= read;
	}
	return ok;
}

static bool read_value(const struct profile *p, const yaml_node_t *n, const struct target_row *r,
		       void *to)
{
	void *member = (char *)to + r->offset;
	int choice;
	switch (r->kind) {
	case TARGET_TEXT:
		return yaml_scalar(p, n, r->name, member);
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

/* -- mappings -------------------------------------------------------------- */

static const struct target_row *row_of(const struct profile *p, const yaml_node_t *key,
				       const struct target_row *rows)
{
	const char *s;
	VEC(const char *) names = { 0 };
	if (!yaml_scalar(p, key, "a key", &s))
		return NULL;
	for (const struct target_row *r = rows; r->name; r++) {
		if (strcmp(r->name, s) == 0)
			return r;
		vec_push(p->a, &names, r->name);
	}
	vec_push(p->a, &names, NULL);
	yaml_error(p, key, "key \"%s\" is unknown%s", printable(p->a, s, 40),
		   did_you_mean(p->a, s, names.p));
	return NULL;
}

bool yaml_mapping(const struct profile *p, const yaml_node_t *n, const struct target_row *rows,
		  void *to)
{
	uint64_t seen = 0;
	bool ok = true;
	if (n->type != YAML_MAPPING_NODE)
		return yaml_error(p, n, "must be a mapping of keys to values");
	for (const yaml_node_pair_t *i = n->data.mapping.pairs.start; i < n->data.mapping.pairs.top;
	     i++) {
		const yaml_node_t *key = yaml_document_get_node(p->doc, i->key);
		const struct target_row *r = row_of(p, key, rows);
		uint64_t bit = r ? (uint64_t)1 << (r - rows) : 0;
		if (r && seen & bit)
			ok = yaml_error(p, key, "key \"%s\" is given twice", r->name);
		else if (r)
			ok &= read_value(p, yaml_document_get_node(p->doc, i->value), r, to);
		seen |= bit;
		ok &= r != NULL;
	}
	return ok;
}
