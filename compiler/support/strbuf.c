/* Text that grows on the heap. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

/* Room for n more bytes and the NUL. */
static void strbuf_reserve(struct strbuf *b, size_t n)
{
	size_t need;
	if (!add_size(b->n, n, &need) || !add_size(need, 1, &need))
		out_of_memory();
	if (need <= b->cap)
		return;
	size_t cap = b->cap + b->cap / 2;
	if (cap < need)
		cap = need;
	if (cap < 64)
		cap = 64;
	char *s = realloc(b->s, cap);
	if (!s)
		out_of_memory();
	b->s = s;
	b->cap = cap;
}

void strbuf_write(struct strbuf *b, const void *p, size_t n)
{
	strbuf_reserve(b, n);
	if (n)
		memcpy(b->s + b->n, p, n);
	b->n += n;
	b->s[b->n] = '\0';
}

void strbuf_puts(struct strbuf *b, const char *s)
{
	strbuf_write(b, s, strlen(s));
}

void strbuf_putc(struct strbuf *b, char c)
{
	strbuf_write(b, &c, 1);
}

void strbuf_vprintf(struct strbuf *b, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	strbuf_reserve(b, 0);
	size_t room = b->cap - b->n;
	int len = vsnprintf(b->s + b->n, room, fmt, ap);
	if (len < 0)
		unreachable("bad format");
	if ((size_t)len >= room) {
		strbuf_reserve(b, (size_t)len);
		vsnprintf(b->s + b->n, (size_t)len + 1, fmt, again);
	}
	va_end(again);
	b->n += (size_t)len;
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	strbuf_vprintf(b, fmt, ap);
	va_end(ap);
}

void strbuf_free(struct strbuf *b)
{
	free(b->s);
	*b = (struct strbuf){ 0 };
}
