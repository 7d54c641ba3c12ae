/* The runtime that a model needs, pasted into its source: whole kernel files, and of the numeric
 * headers the sections ("@fn NAME: needs A, B") that something names. */
#include "emit.h"

#include "../support/embedded.h"

#include <ctype.h>
#include <string.h>

struct section {
	const char *name;
	size_t name_len;
	const char *needs; /* after "needs", to the end of the comment */
	size_t needs_len;
	const char *text;
	size_t len;
	bool printed, asked;
};

struct paste {
	struct strbuf *out;
	struct arena *arena;
	VEC(struct section) sections;
	VEC(const char *) files;  /* pasted or being pasted */
	VEC(const char *) system; /* <headers> */
	struct strbuf body;
	struct diag *d;
	bool failed;
};

void runtime_need(struct runtime_set *r, const char *function)
{
	for (size_t i = 0; i < r->functions.n; i++)
		if (strcmp(r->functions.p[i], function) == 0)
			return;
	vec_push(r->arena, &r->functions, function);
}

void runtime_need_file(struct runtime_set *r, const char *file)
{
	for (size_t i = 0; i < r->files.n; i++)
		if (strcmp(r->files.p[i], file) == 0)
			return;
	vec_push(r->arena, &r->files, file);
}

/* ---- sections ------------------------------------------------------------------------ */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool is_sectioned(const struct embedded_file *f)
{
	return strstr((const char *)f->data, "\n/* @fn ") != NULL;
}

/* Cuts f at its "@fn" and "@end" lines. */
static void find_sections(struct paste *p, const struct embedded_file *f)
{
	const char *at = (const char *)f->data;

	while ((at = strstr(at, "\n/* @fn ")) != NULL) {
		struct section s = { .name = at + 8 };
		const char *close = strstr(s.name, "*/"), *fn, *end;

		if (!close)
			return;
		while (is_word(s.name[s.name_len]))
			s.name_len++;
		s.needs = s.name + s.name_len;
		s.needs_len = (size_t)(close - s.needs);
		s.text = close + 2;
		while (*s.text == '\n')
			s.text++;
		fn = strstr(close, "\n/* @fn ");
		end = strstr(close, "\n/* @end");
		if (end && (!fn || end < fn))
			fn = end;
		s.len = fn ? (size_t)(fn - s.text) + 1 : strlen(s.text);
		vec_push(p->arena, &p->sections, s);
		at = close;
	}
}

static struct section *section_named(struct paste *p, const char *name, size_t len)
{
	for (size_t i = 0; i < p->sections.n; i++)
		if (p->sections.p[i].name_len == len &&
		    memcmp(p->sections.p[i].name, name, len) == 0)
			return &p->sections.p[i];
	return NULL;
}

static void print_section(struct paste *p, struct section *s)
{
	const char *at = s->needs, *end = s->needs + s->needs_len;
	size_t len;

	if (s->printed)
		return;
	s->printed = true;
	while (at < end) {
		const char *word = at;
		struct section *need;

		while (at < end && is_word(*at))
			at++;
		need = at > word ? section_named(p, word, (size_t)(at - word)) : NULL;
		if (need)
			print_section(p, need);
		at += at < end;
	}
	len = s->len;
	while (len > 1 && s->text[len - 1] == '\n' && s->text[len - 2] == '\n')
		len--;
	strbuf_write(p->out, s->text, len);
	strbuf_putc(p->out, '\n');
}

/* Sections whose names occur in text are needed. */
static void scan_names(struct paste *p, const char *text, size_t len)
{
	const char *end = text + len;

	for (const char *at = text; at < end;) {
		const char *word = at;
		struct section *s;

		while (at < end && is_word(*at))
			at++;
		if (at - word > 7 &&
		    (memcmp(word, "edgert_", 7) == 0 || memcmp(word, "EDGERT_", 7) == 0)) {
			s = section_named(p, word, (size_t)(at - word));
			if (s)
				s->asked = true;
		}
		at += at == word;
	}
}

/* ---- kernel files -------------------------------------------------------------------- */

/* "kernels/vec/a.c" including "../isa/b.h" means "kernels/isa/b.h". */
static const char *resolve(struct arena *a, const char *from, const char *name, size_t len)
{
	char *path = arena_printf(a, "%.*s/%.*s",
				  (int)(strrchr(from, '/') ? strrchr(from, '/') - from : 0), from,
				  (int)len, name);
	char *up;

	while ((up = strstr(path, "/../")) != NULL) {
		char *start = up;

		while (start > path && start[-1] != '/')
			start--;
		memmove(start, up + 4, strlen(up + 4) + 1);
	}
	return path[0] == '/' ? path + 1 : path;
}

static void paste_file(struct paste *p, const char *name);

/* Lines that are left out leave one empty line, not two. */
static void paste_line(struct paste *p, const char *line, const char *eol)
{
	struct strbuf *b = &p->body;

	if (eol == line && b->n >= 2 && memcmp(b->s + b->n - 2, "\n\n", 2) == 0)
		return;
	strbuf_write(b, line, (size_t)(eol - line));
	strbuf_putc(b, '\n');
}

/* An #include line of a pasted file: its own headers are pasted before, the system's kept,
 * string.h's two functions are declared by hand, as freestanding compilers have no string.h. */
static void include_line(struct paste *p, const char *from, const char *line, const char *eol)
{
	const char *open = line + strcspn(line, "\"<\n");

	if (open >= eol)
		return;
	if (*open == '"') {
		paste_file(p, resolve(p->arena, from, open + 1, strcspn(open + 1, "\"")));
		return;
	}
	if (strncmp(open, "<string.h>", 10) == 0)
		return;
	paste_line(p, line, eol);
}

static void paste_file(struct paste *p, const char *name)
{
	const struct embedded_file *f = embedded_find(name);
	const char *at;

	if (strcmp(name, "edgert.h") == 0)
		return;
	for (size_t i = 0; i < p->files.n; i++)
		if (strcmp(p->files.p[i], name) == 0)
			return;
	vec_push(p->arena, &p->files, name);
	if (!f) {
		p->failed = !diag_error(p->d, NULL,
					"internal error: runtime file %s is not embedded", name);
		return;
	}
	if (is_sectioned(f))
		return;
	at = (const char *)f->data;
	while (*at) {
		const char *eol = at + strcspn(at, "\n");
		const char *hash = at + strspn(at, " \t");

		if (*hash == '#' && strncmp(hash + 1 + strspn(hash + 1, " \t"), "include", 7) == 0)
			include_line(p, name, at, eol);
		else
			paste_line(p, at, eol);
		at = *eol ? eol + 1 : eol;
	}
}

bool runtime_print(struct strbuf *out, struct runtime_set *r, struct diag *d)
{
	struct paste p = { .out = out, .arena = r->arena, .d = d };
	bool ok = true;

	for (size_t i = 0; i < embedded_file_count; i++)
		if (is_sectioned(&embedded_files[i]))
			find_sections(&p, &embedded_files[i]);
	for (size_t i = 0; i < r->files.n; i++)
		paste_file(&p, r->files.p[i]);
	if (p.body.s)
		scan_names(&p, p.body.s, p.body.n);
	for (size_t i = 0; i < r->functions.n; i++) {
		struct section *s = section_named(&p, r->functions.p[i], strlen(r->functions.p[i]));

		if (!s)
			ok = diag_error(d, NULL, "internal error: the runtime has no function %s",
					r->functions.p[i]);
		else
			s->asked = true;
	}
	for (size_t i = 0; i < p.sections.n; i++)
		if (p.sections.p[i].asked)
			print_section(&p, &p.sections.p[i]);
	if (p.body.s)
		strbuf_write(out, p.body.s, p.body.n);
	strbuf_free(&p.body);
	return ok && !p.failed;
}
