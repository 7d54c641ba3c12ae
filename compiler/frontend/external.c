/* External data: files beside the model that hold its tensors' elements. A model may name only
 * files below its own folder, whatever it writes and wherever links lead. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "model.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A path that names something below the folder by its words alone. */
static bool check_location(const struct source *s, const struct loc *loc, const char *name)
{
	if (!name || !name[0])
		return diag_error(s->diag, loc, "its external data has no location");
	if (name[0] == '/' || strchr(name, '\\') || (name[0] && name[1] == ':'))
		return diag_error(
			s->diag, loc,
			"external data \"%s\": only a path below the model's folder is allowed",
			printable(s->arena, name, 200));
	for (const char *p = name; *p; p += strcspn(p, "/"), p += *p == '/') {
		size_t n = strcspn(p, "/");
		if (n == 2 && p[0] == '.' && p[1] == '.')
			return diag_error(s->diag, loc,
					  "external data \"%s\": \"..\" is not allowed",
					  printable(s->arena, name, 200));
	}
	return true;
}

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);
	if (n == 1) /* the root */
		return true;
	return strncmp(path, dir, n) == 0 && path[n] == '/';
}

/* The real path of name below dir; NULL after an error. */
static const char *resolve(const struct source *s, const struct loc *loc, const char *dir,
			   const char *name)
{
	const char *shown = printable(s->arena, name, 200), *result = NULL;
	char *folder = realpath(dir, NULL);
	char *file = realpath(path_join(s->arena, dir, name), NULL);
	struct stat st;
	if (!folder || !file || stat(file, &st) != 0)
		diag_error(s->diag, loc,
			   "external data \"%s\" does not exist in the model's folder", shown);
	else if (!is_below(file, folder))
		diag_error(s->diag, loc, "external data \"%s\" leads out of the model's folder",
			   shown);
	else if (!S_ISREG(st.st_mode))
		diag_error(s->diag, loc, "external data \"%s\" is not a file", shown);
	else
		result = arena_strdup(s->arena, file);
	free(folder);
	free(file);
	return result;
}

/* The mapping of name, opened at its first use. */
static const struct file_map *open_external(const struct source *s, struct external_files *ext,
					    const struct loc *loc, const char *name)
{
	for (size_t i = 0; i < ext->files.n; i++)
		if (strcmp(ext->files.p[i].name, name) == 0)
			return &ext->files.p[i].map;
	if (!check_location(s, loc, name))
		return NULL;
	const char *path = resolve(s, loc, ext->dir, name);
	struct external_file f = { .name = arena_strdup(s->arena, name) };
	if (!path || !file_map(s->diag, path, &f.map))
		return NULL;
	vec_push(s->arena, &ext->files, f);
	return &ext->files.p[ext->files.n - 1].map;
}

/* A decimal number without sign. */
static bool read_size(const struct source *s, const struct loc *loc, const char *key,
		      const char *text, uint64_t *out)
{
	uint64_t v = 0;
	const char *p = text ? text : "";
	for (; *p >= '0' && *p <= '9' && v < UINT64_MAX / 16; p++)
		v = v * 10 + (uint64_t)(*p - '0');
	if (*p || p == text || !text)
		return diag_error(s->diag, loc,
				  "%s \"%s\" of its external data is not a number of bytes", key,
				  printable(s->arena, text ? text : "", 40));
	*out = v;
	return true;
}

bool external_data(const struct source *s, struct external_files *ext, const struct loc *loc,
		   const Onnx__TensorProto *t, size_t need, const uint8_t **out)
{
	const char *location = NULL;
	uint64_t offset = 0, length = need;
	if (!ext)
		return diag_error(s->diag, loc, "external data is not allowed here");
	for (size_t i = 0; i < t->n_external_data; i++) {
		const char *key = t->external_data[i]->key, *value = t->external_data[i]->value;
		if (!key)
			continue;
		if (strcmp(key, "location") == 0)
			location = value;
		else if (strcmp(key, "offset") == 0 && !read_size(s, loc, key, value, &offset))
			return false;
		else if (strcmp(key, "length") == 0 && !read_size(s, loc, key, value, &length))
			return false;
	}
	const struct file_map *map = open_external(s, ext, loc, location ? location : "");
	if (!map)
		return false;
	if (length != need)
		return diag_error(s->diag, loc,
				  "its external data has %llu bytes, its shape and type need %zu",
				  (unsigned long long)length, need);
	if (offset > map->size || length > map->size - offset)
		return diag_error(
			s->diag, loc,
			"its external data is bytes %llu to %llu of \"%s\", which has %zu",
			(unsigned long long)offset, (unsigned long long)(offset + length),
			printable(s->arena, location, 200), map->size);
	*out = map->data + offset;
	return true;
}

void external_close(struct external_files *ext)
{
	for (size_t i = 0; i < ext->files.n; i++)
		file_unmap(&ext->files.p[i].map);
	ext->files.n = 0;
}
