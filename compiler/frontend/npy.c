/* NumPy's .npy files, versions 1 to 3: a magic number, a header that is a Python dictionary in
 * text, the elements. Format: numpy.lib.format. */
#include "npy.h"

#include <inttypes.h>
#include <string.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6

struct header {
	char order;   /* '<', '>', '|' or '=' */
	char kind;    /* f i u b c U S V */
	int64_t size; /* of an element, bytes; U: characters */
	bool fortran;
	struct shape shape;
};

const struct npy_kind npy_kinds[] = {
	{ 'f', 2, DT_F16, 2 },
	{ 'f', 4, DT_F32, 4 },
	{ 'f', 8, DT_F64, 8 },
	{ 'i', 1, DT_I8, 1 },
	{ 'i', 2, DT_I16, 2 },
	{ 'i', 4, DT_I32, 4 },
	{ 'i', 8, DT_I64, 8 },
	{ 'u', 1, DT_U8, 1 },
	{ 'u', 2, DT_U16, 2 },
	{ 'u', 4, DT_U32, 4 },
	{ 'u', 8, DT_U64, 8 },
	{ 'b', 1, DT_BOOL, 1 },
	{ 'c', 8, DT_C64, 4 },
	{ 'c', 16, DT_C128, 8 },
	{ 'V', 1, DT_U8, 1 },
	{ 'V', 2, DT_U16, 2 },
	{ 0 },
};

bool npy_is(const uint8_t *data, size_t size)
{
	return size >= MAGIC_SIZE && memcmp(data, MAGIC, MAGIC_SIZE) == 0;
}

/* -- the header ------------------------------------------------------------ */

/* The dictionary's text being read. */
struct dict {
	struct diag *d;
	const struct loc *loc;
	struct arena *a;
	const char *p, *end;
};

static void skip(struct dict *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\n' || *t->p == '\t' || *t->p == '\r'))
		t->p++;
}

static bool accept(struct dict *t, char c)
{
	skip(t);
	if (t->p == t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

static bool bad_header(const struct dict *t)
{
	return diag_error(t->d, t->loc, "its .npy header is malformed");
}

static bool read_quoted(struct dict *t, const char **out)
{
	skip(t);
	if (t->p == t->end || (*t->p != '\'' && *t->p != '"'))
		return bad_header(t);
	char quote = *t->p++;
	const char *start = t->p;
	while (t->p < t->end && *t->p != quote)
		t->p++;
	if (t->p == t->end)
		return bad_header(t);
	*out = arena_strndup(t->a, start, (size_t)(t->p - start));
	t->p++;
	return true;
}

static bool read_count(const char **p, const char *end, int64_t *out)
{
	const char *start = *p;
	*out = 0;
	for (; *p < end && **p >= '0' && **p <= '9'; (*p)++)
		if (!mul_i64(*out, 10, out) || !add_i64(*out, **p - '0', out))
			return false;
	return *p > start;
}

/* "<f4", "|b1", "<U12" */
static bool read_descr(struct dict *t, struct header *h)
{
	const char *s, *whole;
	skip(t);
	if (t->p < t->end && *t->p == '[')
		return diag_error(t->d, t->loc, "arrays of records are not supported");
	if (!read_quoted(t, &whole))
		return false;
	s = whole;
	const char *end = s + strlen(s);
	h->order = '|';
	if (s < end && strchr("<>|=", *s))
		h->order = *s++;
	h->kind = s < end ? *s++ : '\0';
	if (h->kind == 'O')
		return diag_error(t->d, t->loc, "arrays of Python objects are not supported");
	if (h->kind == '\0' || !read_count(&s, end, &h->size) || *s)
		return diag_error(t->d, t->loc, "arrays of type \"%s\" are not supported",
				  printable(t->a, whole, 40));
	return true;
}

static bool read_bool(struct dict *t, bool *out)
{
	skip(t);
	size_t n = (size_t)(t->end - t->p);
	if (n >= 4 && memcmp(t->p, "True", 4) == 0) {
		*out = true;
		t->p += 4;
		return true;
	}
	*out = false;
	if (n < 5 || memcmp(t->p, "False", 5) != 0)
		return bad_header(t);
	t->p += 5;
	return true;
}

static bool read_shape(struct dict *t, struct shape *out)
{
	out->rank = 0;
	if (!accept(t, '('))
		return bad_header(t);
	while (!accept(t, ')')) {
		int64_t n;
		skip(t);
		if (!read_count(&t->p, t->end, &n))
			return bad_header(t);
		accept(t, 'L'); /* Python 2 */
		if (out->rank == RANK_MAX)
			return diag_error(t->d, t->loc, "its rank is more than %d", RANK_MAX);
		out->d[out->rank++] = n;
		if (!accept(t, ',') && t->p < t->end && *t->p != ')')
			return bad_header(t);
	}
	return true;
}

static bool read_dict(struct dict *t, struct header *h)
{
	bool descr = false, order = false, shape = false;
	const char *key;
	if (!accept(t, '{'))
		return bad_header(t);
	while (!accept(t, '}')) {
		if (!read_quoted(t, &key))
			return false;
		if (!accept(t, ':'))
			return bad_header(t);
		bool ok = false;
		if (strcmp(key, "descr") == 0)
			ok = descr = read_descr(t, h);
		else if (strcmp(key, "fortran_order") == 0)
			ok = order = read_bool(t, &h->fortran);
		else if (strcmp(key, "shape") == 0)
			ok = shape = read_shape(t, &h->shape);
		else
			ok = bad_header(t);
		if (!ok)
			return false;
		accept(t, ',');
	}
	return (descr && order && shape) || bad_header(t);
}

/* -- the elements ---------------------------------------------------------- */

static bool must_swap(const struct header *h)
{
	return (h->order == '<' && npy_host_is_big()) || (h->order == '>' && !npy_host_is_big());
}

/* Position in the file of the element that has row-major number i. */
static size_t position(const struct header *h, size_t i)
{
	size_t at = 0, stride = 1, index[RANK_MAX];
	if (!h->fortran)
		return i;
	for (int k = h->shape.rank - 1; k >= 0; k--) {
		index[k] = i % (size_t)h->shape.d[k];
		i /= (size_t)h->shape.d[k];
	}
	for (int k = 0; k < h->shape.rank; k++) {
		at += index[k] * stride;
		stride *= (size_t)h->shape.d[k];
	}
	return at;
}

static void copy_element(uint8_t *to, const uint8_t *from, size_t size, size_t part, bool swap)
{
	if (!swap) {
		memcpy(to, from, size);
		return;
	}
	for (size_t i = 0; i < size; i += part)
		for (size_t k = 0; k < part; k++)
			to[i + k] = from[i + part - 1 - k];
}

static void put_utf8(struct strbuf *b, uint32_t c)
{
	if (c < 0x80) {
		strbuf_putc(b, (char)c);
	} else if (c < 0x800) {
		strbuf_putc(b, (char)(0xc0 | c >> 6));
		strbuf_putc(b, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		strbuf_putc(b, (char)(0xe0 | c >> 12));
		strbuf_putc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		strbuf_putc(b, (char)(0x80 | (c & 0x3f)));
	} else {
		strbuf_putc(b, (char)(0xf0 | c >> 18));
		strbuf_putc(b, (char)(0x80 | (c >> 12 & 0x3f)));
		strbuf_putc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		strbuf_putc(b, (char)(0x80 | (c & 0x3f)));
	}
}

/* n characters of UTF-32, zeros at the end cut off, as UTF-8. */
static const char *read_utf32(struct arena *a, const uint8_t *p, size_t n, bool swap)
{
	struct strbuf b = { 0 };
	strbuf_puts(&b, "");
	for (size_t i = 0; i < n; i++) {
		uint32_t c;
		uint8_t bytes[4];
		copy_element(bytes, p + 4 * i, 4, 4, swap);
		memcpy(&c, bytes, 4);
		if (c == 0)
			break;
		bool surrogate = c >= 0xd800 && c < 0xe000;
		put_utf8(&b, c > 0x10ffff || surrogate ? 0xfffd : c);
	}
	const char *s = arena_strdup(a, b.s);
	strbuf_free(&b);
	return s;
}

static void read_strings(struct arena *a, const struct header *h, const uint8_t *p, size_t count,
			 struct constant *c)
{
	const char **strings = arena_array(a, const char *, count);
	size_t width = (size_t)h->size * (h->kind == 'U' ? 4 : 1);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *from = p + position(h, i) * width;
		if (h->kind == 'U')
			strings[i] = read_utf32(a, from, (size_t)h->size, must_swap(h));
		else
			strings[i] = arena_strndup(a, (const char *)from, (size_t)h->size);
	}
	c->strings = strings;
}

static const struct npy_kind *kind_of(const struct header *h)
{
	for (const struct npy_kind *k = npy_kinds; k->kind; k++)
		if (k->kind == h->kind && k->size == h->size)
			return k;
	return NULL;
}

static bool read_elements(struct arena *a, struct diag *d, const struct loc *loc,
			  const struct header *h, const uint8_t *p, size_t size,
			  struct constant **out)
{
	bool text = h->kind == 'U' || h->kind == 'S';
	const struct npy_kind *k = kind_of(h);
	int64_t bytes = text ? h->size * (h->kind == 'U' ? 4 : 1) : h->size, count = 1;
	if (!k && !text)
		return diag_error(d, loc, "arrays of type \"%c%lld\" are not supported", h->kind,
				  (long long)h->size);
	for (int i = 0; i < h->shape.rank; i++)
		if (!mul_i64(count, h->shape.d[i], &count))
			return diag_error(d, loc, "its shape is too large");
	int64_t need;
	if (!mul_i64(count, bytes, &need) || (uint64_t)need != size)
		return diag_error(
			d, loc,
			"it holds %zu bytes of elements, its shape and type need %lld times %lld",
			size, (long long)count, (long long)bytes);
	if (text && bytes == 0 && count > (int64_t)1 << 24)
		return diag_error(d, loc, "it has %lld empty strings", (long long)count);
	struct constant *c = arena_new(a, struct constant);
	*out = c;
	c->shape = h->shape;
	c->type = text ? DT_STRING : k->type;
	if (text) {
		read_strings(a, h, p, (size_t)count, c);
		return true;
	}
	uint8_t *data = arena_alloc(a, size);
	c->size = size;
	c->data = data;
	for (size_t i = 0; i < (size_t)count; i++)
		copy_element(data + i * (size_t)bytes, p + position(h, i) * (size_t)bytes,
			     (size_t)bytes, k->part, must_swap(h));
	for (size_t i = 0; k->type == DT_BOOL && i < (size_t)count; i++)
		data[i] = data[i] != 0;
	return true;
}

bool npy_read(struct arena *a, struct diag *d, const struct loc *loc, const uint8_t *data,
	      size_t size, struct constant **out)
{
	struct header h = { 0 };
	if (size < 10)
		return diag_error(d, loc, "the file is truncated");
	unsigned version = data[6];
	size_t start = version == 1 ? 10 : 12;
	if (version < 1 || version > 3)
		return diag_error(d, loc, ".npy version %u is not supported", version);
	if (size < start)
		return diag_error(d, loc, "the file is truncated");
	size_t n = data[8] | (size_t)data[9] << 8;
	if (version > 1)
		n |= (size_t)data[10] << 16 | (size_t)data[11] << 24;
	if (n > size - start)
		return diag_error(d, loc,
				  "the file is truncated: its header has %zu bytes, %zu are left",
				  n, size - start);
	struct dict t = { d, loc, a, (const char *)data + start, (const char *)data + start + n };
	return read_dict(&t, &h) &&
	       read_elements(a, d, loc, &h, data + start + n, size - start - n, out);
}
