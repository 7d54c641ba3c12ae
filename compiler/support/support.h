/* support.h - what every folder uses and no domain knowledge: memory, text, numbers, errors, files.
 *
 * Out of memory ends the program; nothing here returns NULL for it. */
#ifndef EDGECC_SUPPORT_H
#define EDGECC_SUPPORT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#if defined(__GNUC__)
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN __attribute__((noreturn))
#else
#define PRINTF_LIKE(fmt, args)
#define NORETURN
#endif

/* A branch that a correct program cannot reach: prints where and aborts, also under NDEBUG. */
#define unreachable(what) unreachable_at(__FILE__, __LINE__, (what))
NORETURN void unreachable_at(const char *file, int line, const char *what);
NORETURN void out_of_memory(void); /* says so and ends the program */

/* -- arena.c: memory that is freed all at once --------------------------------------------- */

struct arena {
	struct arena_block *block; /* newest first */
	size_t used;               /* bytes handed out, over all blocks */
};

/* A zeroed struct is an empty arena. */
void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned for any type; size 0 is fine */
/* n * size is checked: overflow ends the program. */
void *arena_alloc_array(struct arena *a, size_t n, size_t size);
void *arena_copy(struct arena *a, const void *p, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
/* n bytes as text that ends with NUL: one among them becomes C0 80, which UTF-8 has not. */
char *arena_text(struct arena *a, const void *bytes, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap);
void arena_free(struct arena *a);

#define arena_new(a, T) ((T *)arena_alloc((a), sizeof(T)))
#define arena_array(a, T, n) ((T *)arena_alloc_array((a), (n), sizeof(T)))

/* -- vec: a growable array in an arena; `struct { T *p; size_t n, cap; }` ------------------ */

#define VEC(T)                                                                                     \
	struct {                                                                                   \
		T *p;                                                                              \
		size_t n;                                                                          \
		size_t cap;                                                                        \
	}

/* Appends x. The old block stays in the arena. */
#define vec_push(a, v, x)                                                                          \
	do {                                                                                       \
		if ((v)->n == (v)->cap)                                                            \
			(v)->p = vec_grow((a), (v)->p, (v)->n, &(v)->cap, sizeof *(v)->p);         \
		(v)->p[(v)->n++] = (x);                                                            \
	} while (0)

void *vec_grow(struct arena *a, const void *p, size_t n, size_t *cap, size_t size);

/* -- strbuf.c: text that grows (heap; strbuf_free) ----------------------------------------- */

struct strbuf {
	char *s; /* always NUL-terminated once something was put; NULL before */
	size_t n, cap;
};

void strbuf_printf(struct strbuf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strbuf_vprintf(struct strbuf *b, const char *fmt, va_list ap);
void strbuf_puts(struct strbuf *b, const char *s);
void strbuf_putc(struct strbuf *b, char c);
void strbuf_write(struct strbuf *b, const void *p, size_t n);
void strbuf_free(struct strbuf *b);

/* -- names.c: identifiers and suggestions -------------------------------------------------- */

/* The nearest of names to word by edit distance, NULL when none is near (more than a third of the
 * word away). Names end with a NULL pointer. */
const char *nearest_name(const char *word, const char *const *names);
/* A C identifier made of s: letters, digits and '_', others become '_'; never empty, never starting
 * with a digit, never a C or C++ keyword; at most max characters. */
char *c_identifier(struct arena *a, const char *s, size_t max);
bool utf8_valid(const char *s, size_t n);
/* s with control characters, quotes, backslashes, non-ASCII and comment ends made harmless, at most
 * max bytes: fit for a message on a terminal and for a C comment. */
char *printable(struct arena *a, const char *s, size_t max);

/* -- checked.c: arithmetic that cannot wrap; false = overflow, *out untouched -------------- */

bool add_i64(int64_t a, int64_t b, int64_t *out);
bool sub_i64(int64_t a, int64_t b, int64_t *out);
bool mul_i64(int64_t a, int64_t b, int64_t *out);
bool mul_size(size_t a, size_t b, size_t *out);
bool add_size(size_t a, size_t b, size_t *out);
int64_t floor_div(int64_t a, int64_t b); /* b != 0; rounds to minus infinity */
int64_t ceil_div(int64_t a, int64_t b);  /* b > 0 */
int64_t floor_mod(int64_t a, int64_t b); /* sign of b */
size_t round_up(size_t n, size_t multiple);
/* A whole string as a number of bytes: 12, 64K, 2M, 1G, 0x400. */
bool size_parse(const char *s, int64_t *out);

/* -- diag.c: messages to the user ---------------------------------------------------------- */

/* Where a thing came from. Every part may be NULL/0. All strings outlive the diagnostics. */
struct loc {
	const char *file; /* "model.onnx" */
	const char *node; /* the node's name in the model, or of the tensor */
	const char *op;   /* operator type; NULL for a thing that is no node */
	int line, column; /* in text inputs; from 1 */
};

enum diag_level { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE };

#define DIAG_MAX_ERRORS 20

struct diag {
	FILE *out;  /* usually stderr; NULL = silent (fuzzing) */
	int errors; /* how many were reported, printed or not */
	int warnings;
	bool quiet;          /* warnings and notes are not printed */
	bool progress;       /* out is a terminal that shows what is going on */
	bool line;           /* it shows something now */
	struct strbuf *text; /* when set, messages go here instead of out */
};

/* With d->progress: the terminal's last line says `fmt` until the next call or message; NULL: nothing
 * more. */
void diag_progress(struct diag *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Prints `FILE:LINE:COL: error: node "NAME" (OP): MESSAGE`, leaving out what loc does not know; loc
 * may be NULL. Messages are lower case with no full stop. Errors past DIAG_MAX_ERRORS are counted,
 * not printed. Always returns false, so that a caller can write `return diag_error(...)`. */
bool diag_error(struct diag *d, const struct loc *loc, const char *fmt, ...) PRINTF_LIKE(3, 4);
void diag_warning(struct diag *d, const struct loc *loc, const char *fmt, ...) PRINTF_LIKE(3, 4);
void diag_note(struct diag *d, const struct loc *loc, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* What is said between hold and release: as if it had been said then, or as if it had not. */
struct diag_held {
	struct strbuf text; /* the messages; valid until release */
	struct strbuf *outer;
	int errors, warnings;
};
void diag_hold(struct diag *d, struct diag_held *h);
void diag_release(struct diag *d, struct diag_held *h, bool say);

/* -- file.c -------------------------------------------------------------------------------- */

/* A whole file, read only: mapped when it can be, else read. */
struct file_map {
	const uint8_t *data; /* non-NULL even when size is 0 */
	size_t size;
	bool mapped;
};

bool file_map(struct diag *d, const char *path,
	      struct file_map *out); /* error: "PATH: cannot open: ..." */
void file_unmap(struct file_map *m);

/* A set of output files: each is written to a temporary beside its place; commit renames all,
 * abandon removes all. Nothing under the final names changes before commit. */
struct file_set;
struct file_set *file_set_new(struct arena *a,
			      const char *dir); /* dir is made at commit or first open */
FILE *file_set_open(struct file_set *s, struct diag *d,
		    const char *name); /* relative to dir; NULL = reported */
FILE *file_set_open_at(struct file_set *s, struct diag *d,
		       const char *path); /* the same, wherever path says */
bool file_set_commit(struct file_set *s, struct diag *d);
void file_set_abandon(struct file_set *s);
const char *path_join(struct arena *a, const char *dir, const char *name);
const char *path_dir(struct arena *a, const char *path); /* "." when there is none */
const char *path_base(const char *path);
bool path_exists(const char *path);
bool path_is_folder(const char *path);
/* Names in a folder, in order, without hidden ones; none where it cannot be read. */
const char **folder_names(struct arena *a, const char *path, size_t *n);

#endif
