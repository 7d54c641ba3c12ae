/* Writing NumPy's .npy files, version 1. */
#include "npy.h"

#include <inttypes.h>
#include <string.h>

static size_t utf8_length(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* The character at *s, which moves past it. Bytes that are no UTF-8 stand for themselves. */
static uint32_t next_char(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	static const unsigned char masks[] = { 0x7f, 0x1f, 0x0f, 0x07 };
	int more = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : p[0] >= 0xc0 ? 1 : 0;
	uint32_t c = p[0] & (more || p[0] < 0x80 ? masks[more] : 0xffu);
	int i = 1;
	for (; i <= more && (p[i] & 0xc0) == 0x80; i++)
		c = c << 6 | (p[i] & 0x3fu);
	*s += i;
	return c;
}

/* What NumPy calls a type of this size; types it does not have go as unsigned integers. */
static void put_descr(struct strbuf *b, const struct constant *c, size_t width)
{
	char order = npy_host_is_big() ? '>' : '<';
	if (c->type == DT_STRING) {
		strbuf_printf(b, "%cU%zu", order, width);
		return;
	}
	for (const struct npy_kind *k = npy_kinds; k->kind; k++)
		if (k->type == c->type) {
			strbuf_printf(b, "%c%c%lld", k->size == 1 ? '|' : order, k->kind,
				      (long long)k->size);
			return;
		}
	bool is_signed = dtype_is_signed_int(c->type);
	size_t size = dtype_size(c->type);
	strbuf_printf(b, "%c%c%zu", size == 1 ? '|' : order, is_signed ? 'i' : 'u', size);
}

static bool write_strings(FILE *f, const struct constant *c, int64_t count, size_t width)
{
	for (int64_t i = 0; i < count; i++) {
		const char *s = c->strings[i];
		for (size_t k = 0; k < width; k++) {
			uint32_t ch = *s ? next_char(&s) : 0;
			fwrite(&ch, sizeof ch, 1, f);
		}
	}
	return !ferror(f);
}

bool npy_write(FILE *f, const struct constant *c)
{
	struct strbuf b = { 0 };
	int64_t count = shape_elements(&c->shape);
	size_t width = 0;
	for (int64_t i = 0; c->type == DT_STRING && i < count; i++) {
		size_t n = utf8_length(c->strings[i]);
		width = n > width ? n : width;
	}
	strbuf_puts(&b, "{'descr': '");
	put_descr(&b, c, width);
	strbuf_puts(&b, "', 'fortran_order': False, 'shape': (");
	for (int i = 0; i < c->shape.rank; i++)
		strbuf_printf(&b, "%" PRId64 ",%s", c->shape.d[i],
			      i + 1 < c->shape.rank ? " " : "");
	strbuf_puts(&b, "), }");
	while ((10 + b.n + 1) % 64) /* elements begin aligned */
		strbuf_putc(&b, ' ');
	strbuf_putc(&b, '\n');
	const uint8_t start[] = { 0x93, 'N', 'U', 'M',          'P',
				  'Y',  1,   0,   (uint8_t)b.n, (uint8_t)(b.n >> 8) };
	fwrite(start, 1, sizeof start, f);
	fwrite(b.s, 1, b.n, f);
	strbuf_free(&b);
	if (c->type == DT_STRING)
		return write_strings(f, c, count, width);
	if (c->size)
		fwrite(c->data, 1, c->size, f);
	return !ferror(f);
}
