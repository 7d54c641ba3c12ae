/* What emitted C takes on its target, by the target's own compiler: links NAME_run with what it calls
 * (libgcc included, the memory functions left out) and reads the sections of the result, and the
 * frames that the compiler reports. */
#include "host.h"

#include <stdlib.h>
#include <string.h>

/* -- sections of an ELF file ------------------------------------------------------------------- */

enum { EI_CLASS = 4, EI_DATA = 5, ELF_HEADER = 64, SHT_NOBITS = 8, SHF_ALLOC = 2 };

struct elf {
	const uint8_t *data;
	size_t size;
	bool wide, big;
};

/* n bytes at `at`; 0 when they are not there: then nothing is found. */
static uint64_t field(const struct elf *e, uint64_t at, int n)
{
	uint64_t v = 0;

	if (at > e->size || e->size - at < (uint64_t)n)
		return 0;
	for (int i = 0; i < n; i++)
		v = v << 8 | e->data[at + (uint64_t)(e->big ? i : n - 1 - i)];
	return v;
}

/* Bytes that lie in flash: code, constants and the initial values of variables. */
static int64_t elf_flash(const struct elf *e)
{
	uint64_t table = field(e, e->wide ? 40 : 32, e->wide ? 8 : 4);
	uint64_t entry = field(e, e->wide ? 58 : 46, 2), n = field(e, e->wide ? 60 : 48, 2);
	int64_t sum = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t at = table + i * entry;
		uint64_t flags = field(e, at + 8, e->wide ? 8 : 4);
		uint64_t size = field(e, at + (e->wide ? 32 : 20), e->wide ? 8 : 4);

		if (flags & SHF_ALLOC && field(e, at + 4, 4) != SHT_NOBITS && size <= INT64_MAX / 2)
			sum += (int64_t)size;
	}
	return sum;
}

static bool read_flash(const char *path, int64_t *out)
{
	struct diag silent = { 0 };
	struct file_map map;
	bool ok;

	if (!file_map(&silent, path, &map))
		return false;
	ok = map.size > ELF_HEADER && memcmp(map.data, "\177ELF", 4) == 0;
	if (ok) {
		struct elf e = { map.data, map.size, map.data[EI_CLASS] == 2,
				 map.data[EI_DATA] == 2 };

		*out = elf_flash(&e);
	}
	file_unmap(&map);
	return ok && *out > 0;
}

/* -- frames ------------------------------------------------------------------------------------ */

/* Lines of -fstack-usage, "FILE:LINE:COLUMN:FUNCTION<tab>BYTES<tab>static". NAME_run calls one step
 * at a time, and no function twice on the way down: so its frame, the largest of a step and those of
 * all others together are not exceeded. */
static bool read_stack(struct arena *a, const char *path, const char *name, int64_t *out)
{
	const char *run = arena_printf(a, ":%s_run\t", name),
		   *step = arena_printf(a, ":%s_step_", name);
	int64_t largest_step = 0;
	char line[1024];
	FILE *f = fopen(path, "r");

	if (!f)
		return false;
	*out = 0;
	while (fgets(line, sizeof line, f)) {
		const char *tab = strchr(line, '\t');
		int64_t bytes = tab ? strtoll(tab, NULL, 10) : 0;

		if (strstr(line, step) && !strstr(line, run))
			largest_step = bytes > largest_step ? bytes : largest_step;
		else
			*out += bytes;
	}
	*out += largest_step;
	return fclose(f) == 0;
}

/* -- the compiler ------------------------------------------------------------------------------ */

static bool in_path(struct arena *a, const char *program)
{
	const char *path = getenv("PATH");

	if (strchr(program, '/'))
		return path_exists(program);
	for (; path && *path; path += *path == ':') {
		size_t n = strcspn(path, ":");

		if (path_exists(arena_printf(a, "%.*s/%s", (int)n, path, program)))
			return true;
		path += n;
	}
	return false;
}

/* cc and the profile's flags, with room for more. */
static const char **command(struct arena *a, const struct target *t, int *n)
{
	enum { WORDS = 64, MORE = 16 };
	const char **argv = arena_array(a, const char *, WORDS + MORE);

	*n = 0;
	argv[(*n)++] = t->cc;
	split_words(a, t->cflags ? t->cflags : "", argv, n, WORDS);
	return argv;
}

static bool compile(struct arena *a, const struct target *t, const char *c, const char *object)
{
	int n;
	const char **argv = command(a, t, &n);

	argv[n++] = "-ffunction-sections";
	argv[n++] = "-fdata-sections";
	argv[n++] = "-fstack-usage";
	argv[n++] = "-c";
	argv[n++] = c;
	argv[n++] = "-o";
	argv[n++] = object;
	return process_run_quiet(argv) == 0;
}

static bool link_run(struct arena *a, const struct target *t, const char *name, const char *dir,
		     const char *object, const char *elf)
{
	const char *weights = path_join(a, dir, arena_printf(a, "%s_weights.S", name));
	int n;
	const char **argv = command(a, t, &n);

	argv[n++] = "-nostdlib";
	argv[n++] = arena_printf(a, "-Wl,--gc-sections,-e,%s_run", name);
	argv[n++] = "-Wl,--unresolved-symbols=ignore-all,--build-id=none";
	argv[n++] = arena_printf(a, "-Wa,-I%s", dir);
	argv[n++] = object;
	if (path_exists(weights))
		argv[n++] = weights;
	if (strcmp(t->arch, "avr") == 0) /* where avr-libc has its floats */
		argv[n++] = "-lm";
	argv[n++] = "-lgcc";
	argv[n++] = "-o";
	argv[n++] = elf;
	return process_run_quiet(argv) == 0;
}

bool host_measure(struct arena *a, const struct target *t, const char *dir, const char *name,
		  struct measurement *out)
{
	const char *object = path_join(a, dir, "measured.o"),
		   *elf = path_join(a, dir, "measured.elf");

	out->cc = t->cc;
	if (!t->cc || !in_path(a, t->cc) ||
	    !compile(a, t, path_join(a, dir, arena_printf(a, "%s.c", name)), object) ||
	    !read_stack(a, path_join(a, dir, "measured.su"), name, &out->stack))
		return false;
	return read_flash(link_run(a, t, name, dir, object, elf) ? elf : object, &out->flash);
}
