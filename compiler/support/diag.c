/* Messages to the user: one line each, whatever bytes a model's names hold. */
#include "support.h"

#include <stdlib.h>

#define NAME_MAX_SHOWN 160

void unreachable_at(const char *file, int line, const char *what)
{
	fprintf(stderr, "edgecc: internal error at %s:%d: %s\n", file, line, what);
	abort();
}

static const char *const level_names[] = {
	[DIAG_ERROR] = "error",
	[DIAG_WARNING] = "warning",
	[DIAG_NOTE] = "note",
};

static void put_place(struct strbuf *b, const struct loc *loc)
{
	if (!loc || !loc->file)
		return;
	strbuf_puts(b, loc->file);
	if (loc->line > 0)
		strbuf_printf(b, ":%d", loc->line);
	if (loc->line > 0 && loc->column > 0)
		strbuf_printf(b, ":%d", loc->column);
	strbuf_puts(b, ": ");
}

static void put_node(struct strbuf *b, const struct loc *loc)
{
	struct arena names = { 0 };
	const char *node = loc && loc->node ? printable(&names, loc->node, NAME_MAX_SHOWN) : "";
	const char *op = loc && loc->op ? printable(&names, loc->op, NAME_MAX_SHOWN) : "";
	if (node[0] && op[0])
		strbuf_printf(b, "node \"%s\" (%s): ", node, op);
	else if (node[0])
		strbuf_printf(b, "\"%s\": ", node);
	else if (op[0])
		strbuf_printf(b, "%s: ", op);
	arena_free(&names);
}

/* A message may quote the model: no byte of it may move the cursor or start an escape sequence.
 * UTF-8 passes, save for the C1 controls (U+0080 to U+009F), which terminals obey too. */
static void make_safe(char *s, size_t n)
{
	bool utf8 = utf8_valid(s, n);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8))
			s[i] = '?';
		else if (c == 0xc2 && (unsigned char)s[i + 1] < 0xa0)
			s[i] = s[i + 1] = '?';
	}
}

void diag_progress(struct diag *d, const char *fmt, ...)
{
	struct strbuf line = { 0 };
	va_list ap;

	if (!d->progress || !d->out || (!fmt && !d->line))
		return;
	va_start(ap, fmt);
	if (fmt)
		strbuf_vprintf(&line, fmt, ap);
	va_end(ap);
	if (line.n)
		make_safe(line.s, line.n);
	/* back to the first column, so that what others print stands there; to the end of the line
	 * is erased */
	fprintf(d->out, "\r\033[K%.70s\r", line.n ? line.s : "");
	fflush(d->out);
	d->line = fmt != NULL;
	strbuf_free(&line);
}

static void put_text(struct diag *d, const struct strbuf *b)
{
	if (d->text)
		strbuf_write(d->text, b->s, b->n);
	else if (d->out)
		fwrite(b->s, 1, b->n, d->out);
}

static void report(struct diag *d, enum diag_level level, const struct loc *loc, const char *fmt,
		   va_list ap)
{
	struct strbuf line = { 0 };

	diag_progress(d, NULL);
	put_place(&line, loc);
	strbuf_printf(&line, "%s: ", level_names[level]);
	put_node(&line, loc);
	strbuf_vprintf(&line, fmt, ap);
	make_safe(line.s, line.n);
	strbuf_putc(&line, '\n');
	put_text(d, &line);
	strbuf_free(&line);
}

bool diag_error(struct diag *d, const struct loc *loc, const char *fmt, ...)
{
	if (d->errors++ < DIAG_MAX_ERRORS) {
		va_list ap;
		va_start(ap, fmt);
		report(d, DIAG_ERROR, loc, fmt, ap);
		va_end(ap);
	}
	return false;
}

void diag_warning(struct diag *d, const struct loc *loc, const char *fmt, ...)
{
	d->warnings++;
	if (d->quiet)
		return;
	va_list ap;
	va_start(ap, fmt);
	report(d, DIAG_WARNING, loc, fmt, ap);
	va_end(ap);
}

/* A note explains the message before it, so it goes when that one went unprinted. */
void diag_note(struct diag *d, const struct loc *loc, const char *fmt, ...)
{
	if (d->quiet || d->errors > DIAG_MAX_ERRORS)
		return;
	va_list ap;
	va_start(ap, fmt);
	report(d, DIAG_NOTE, loc, fmt, ap);
	va_end(ap);
}

void diag_hold(struct diag *d, struct diag_held *h)
{
	*h = (struct diag_held){ .outer = d->text, .errors = d->errors, .warnings = d->warnings };
	d->text = &h->text;
}

void diag_release(struct diag *d, struct diag_held *h, bool say)
{
	d->text = h->outer;
	if (say && h->text.n) {
		put_text(d, &h->text);
	} else if (!say) {
		d->errors = h->errors;
		d->warnings = h->warnings;
	}
	strbuf_free(&h->text);
}
