/* NumPy's .npz: a zip archive of .npy files. */
#include "frontend.h"
#include "npy.h"

#include <string.h>
#include <zip.h>

/* The name without ".npy", which NumPy appends. */
static const char *entry_name(struct arena *a, const char *name)
{
	size_t n = strlen(name);

	return arena_strndup(a, name, n > 4 && strcmp(name + n - 4, ".npy") == 0 ? n - 4 : n);
}

/* The archive says how long an entry is, but only reading it tells. */
static bool read_entry(struct arena *a, struct diag *d, const struct loc *loc, zip_t *z,
		       zip_uint64_t i, struct npz_entry *out)
{
	zip_stat_t st;
	zip_file_t *f = zip_stat_index(z, i, 0, &st) == 0 ? zip_fopen_index(z, i, 0) : NULL;
	struct strbuf bytes = { 0 };
	char part[16384];
	zip_int64_t n = -1;
	struct constant *c = NULL;
	bool ok;

	while (f && (n = zip_fread(f, part, sizeof part)) > 0)
		strbuf_write(&bytes, part, (size_t)n);
	if (f)
		zip_fclose(f);
	if (n < 0)
		ok = diag_error(d, loc, "entry %llu of the archive cannot be read",
				(unsigned long long)i);
	else if (!npy_is((const uint8_t *)(bytes.s ? bytes.s : ""), bytes.n))
		ok = diag_error(d, loc, "\"%s\" in the archive is not in NumPy's .npy format",
				printable(a, st.name, 80));
	else
		ok = npy_read(a, d, loc, (const uint8_t *)(bytes.s ? bytes.s : ""), bytes.n, &c);
	if (ok)
		*out = (struct npz_entry){ entry_name(a, st.name), c };
	strbuf_free(&bytes);
	return ok;
}

bool npz_read(struct arena *a, struct diag *d, const char *path, npz_entries *out)
{
	struct loc loc = { .file = path };
	int error = 0;
	zip_t *z = zip_open(path, ZIP_RDONLY, &error);
	zip_int64_t n = z ? zip_get_num_entries(z, 0) : 0;
	bool ok = z != NULL;

	if (!z) {
		zip_error_t e;

		zip_error_init_with_code(&e, error);
		diag_error(d, &loc, "cannot read the archive: %s", zip_error_strerror(&e));
		zip_error_fini(&e);
		return false;
	}
	for (zip_int64_t i = 0; i < n && ok; i++) {
		struct npz_entry e;

		ok = read_entry(a, d, &loc, z, (zip_uint64_t)i, &e);
		if (ok)
			vec_push(a, out, e);
	}
	zip_discard(z);
	return ok;
}
