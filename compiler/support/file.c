/* Input files, mapped or read, and sets of output files that appear together or not at all. */
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* -- input --------------------------------------------------------------------------------- */

static bool file_error(struct diag *d, const char *path, const char *what)
{
	struct loc loc = { .file = path };
	return diag_error(d, &loc, "cannot %s: %s", what, strerror(errno));
}

/* What cannot be mapped (an empty file, one whose size is not known before) is read into the heap. */
static bool read_all(struct diag *d, int fd, const char *path, struct file_map *out)
{
	struct strbuf b = { 0 };
	char chunk[16384];
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			strbuf_free(&b);
			return file_error(d, path, "read");
		}
		strbuf_write(&b, chunk, (size_t)n); /* of 0 bytes too: b.s becomes non-NULL */
		if (n == 0)
			break;
	}
	*out = (struct file_map){ (const uint8_t *)b.s, b.n, false };
	return true;
}

bool file_map(struct diag *d, const char *path, struct file_map *out)
{
	struct loc loc = { .file = path };
	struct stat st;
	bool ok = false;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe would wait */
	if (fd < 0)
		return file_error(d, path, "open");
	if (fstat(fd, &st) != 0) {
		file_error(d, path, "open");
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		diag_error(d, &loc,
			   S_ISDIR(st.st_mode) ? "is a directory, not a file"
					       : "is not a regular file");
		goto out;
	}
	if (st.st_size > 0 && (uintmax_t)st.st_size <= SIZE_MAX) {
		size_t size = (size_t)st.st_size;
		void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (p != MAP_FAILED) {
			*out = (struct file_map){ p, size, true };
			ok = true;
			goto out;
		}
	}
	ok = read_all(d, fd, path, out);
out:
	close(fd);
	return ok;
}

void file_unmap(struct file_map *m)
{
	if (m->mapped)
		munmap((void *)(uintptr_t)m->data, m->size);
	else
		free((void *)(uintptr_t)m->data);
	*m = (struct file_map){ 0 };
}

/* -- paths --------------------------------------------------------------------------------- */

const char *path_join(struct arena *a, const char *dir, const char *name)
{
	size_t n = strlen(dir);
	if (n == 0 || strcmp(dir, ".") == 0 || name[0] == '/')
		return arena_strdup(a, name);
	return arena_printf(a, "%s%s%s", dir, dir[n - 1] == '/' ? "" : "/", name);
}

const char *path_dir(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return ".";
	while (slash > path && slash[-1] == '/')
		slash--;
	return slash == path ? "/" : arena_strndup(a, path, (size_t)(slash - path));
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

bool path_exists(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0;
}

bool path_is_folder(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **folder_names(struct arena *a, const char *path, size_t *n)
{
	VEC(const char *) names = { 0 };
	DIR *d = opendir(path);

	for (struct dirent *e; d && (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.')
			vec_push(a, &names, arena_strdup(a, e->d_name));
	if (d)
		closedir(d);
	if (names.n)
		qsort(names.p, names.n, sizeof *names.p, compare_names);
	*n = names.n;
	return names.p;
}

/* -- output -------------------------------------------------------------------------------- */

struct out_file {
	FILE *f; /* NULL once closed */
	const char *temporary, *final;
};

struct file_set {
	struct arena *arena;
	const char *dir;
	VEC(struct out_file) files;
	VEC(const char *) made; /* directories that this set made, parents first */
};

struct file_set *file_set_new(struct arena *a, const char *dir)
{
	struct file_set *s = arena_new(a, struct file_set);
	s->arena = a;
	s->dir = arena_strdup(a, dir);
	return s;
}

/* Leaves errno as it is: it says why mkdir failed. */
static bool is_dir(const char *path)
{
	int saved = errno;
	struct stat st;
	bool yes = stat(path, &st) == 0 && S_ISDIR(st.st_mode);

	errno = saved;
	return yes;
}

/* mkdir -p, remembering what was new. */
static bool make_dirs(struct file_set *s, struct diag *d, const char *dir)
{
	char *path = arena_strdup(s->arena, dir);
	for (size_t i = 1; i <= strlen(dir); i++) {
		if (dir[i] != '/' && dir[i] != '\0')
			continue;
		path[i] = '\0';
		if (mkdir(path, 0777) == 0)
			vec_push(s->arena, &s->made, arena_strdup(s->arena, path));
		else if (!is_dir(path))
			return file_error(d, path, "make the directory");
		path[i] = dir[i];
	}
	return true;
}

/* A new file beside final; its name ends in the process id, so that two runs do not meet. */
static FILE *open_temporary(struct file_set *s, struct out_file *out)
{
	const char *dir = path_dir(s->arena, out->final);
	for (unsigned i = 0; i < 100; i++) {
		const char *name = arena_printf(s->arena, ".%s.%ld.%u", path_base(out->final),
						(long)getpid(), i);
		out->temporary = path_join(s->arena, dir, name);
		int fd = open(out->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd >= 0)
			return fdopen(fd, "wb");
		if (errno != EEXIST)
			break;
	}
	return NULL;
}

FILE *file_set_open_at(struct file_set *s, struct diag *d, const char *path)
{
	struct out_file out = { .final = arena_strdup(s->arena, path) };
	for (size_t i = 0; i < s->files.n; i++)
		assert(strcmp(s->files.p[i].final, out.final) != 0);
	if (!make_dirs(s, d, path_dir(s->arena, out.final)))
		return NULL;
	out.f = open_temporary(s, &out);
	if (!out.f) {
		file_error(d, out.final, "write");
		return NULL;
	}
	vec_push(s->arena, &s->files, out);
	return out.f;
}

FILE *file_set_open(struct file_set *s, struct diag *d, const char *name)
{
	assert(name[0] && name[0] != '/');
	return file_set_open_at(s, d, path_join(s->arena, s->dir, name));
}

static bool close_all(struct file_set *s, struct diag *d)
{
	bool ok = true;
	for (size_t i = 0; i < s->files.n; i++) {
		struct out_file *o = &s->files.p[i];
		bool failed = ferror(o->f) != 0;
		errno = failed ? EIO : 0;
		failed |= fclose(o->f) != 0;
		o->f = NULL;
		if (failed)
			ok = file_error(d, o->final, "write");
	}
	return ok;
}

/* What would make a rename fail halfway through the set is looked for before the first. */
static bool can_replace_all(struct file_set *s, struct diag *d)
{
	bool ok = true;
	for (size_t i = 0; i < s->files.n; i++) {
		struct loc loc = { .file = s->files.p[i].final };
		struct stat st;
		if (stat(loc.file, &st) == 0 && S_ISDIR(st.st_mode))
			ok = diag_error(d, &loc, "cannot write: a directory has this name");
		else if (stat(loc.file, &st) == 0 && !S_ISREG(st.st_mode))
			ok = diag_error(d, &loc, "cannot write: a device or pipe has this name");
	}
	return ok;
}

static void abandon_from(struct file_set *s, size_t first)
{
	for (size_t i = first; i < s->files.n; i++) {
		if (s->files.p[i].f)
			fclose(s->files.p[i].f);
		unlink(s->files.p[i].temporary);
	}
	while (s->made.n > 0)
		rmdir(s->made.p[--s->made.n]); /* stays when it is not empty */
	s->files.n = 0;
}

bool file_set_commit(struct file_set *s, struct diag *d)
{
	bool ok = make_dirs(s, d, s->dir) && close_all(s, d) && can_replace_all(s, d);
	size_t done = 0;
	while (ok && done < s->files.n) {
		const struct out_file *o = &s->files.p[done];
		if (rename(o->temporary, o->final) != 0)
			ok = file_error(d, o->final, "write");
		else
			done++;
	}
	if (!ok)
		abandon_from(s, done);
	s->files.n = s->made.n = 0;
	return ok;
}

void file_set_abandon(struct file_set *s)
{
	abandon_from(s, 0);
}
