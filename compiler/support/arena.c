/* Arenas and growable arrays: a list of blocks, the newest one handing out bytes from its front. */
#include "support.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* Blocks grow with the arena so that small arenas stay small. Under AddressSanitizer every
 * allocation is a block of its own, so that an access past its end is seen. */
#if defined(__SANITIZE_ADDRESS__)
#define ONE_BLOCK_EACH 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ONE_BLOCK_EACH 1
#endif
#endif
#ifndef ONE_BLOCK_EACH
#define ONE_BLOCK_EACH 0
#endif

#define BLOCK_MIN ((size_t)4096)
#define BLOCK_MAX ((size_t)1 << 20)

struct arena_block {
	struct arena_block *next;
	size_t size, used; /* of data; used is a multiple of the alignment, or size */
	alignas(max_align_t) unsigned char data[];
};

void out_of_memory(void)
{
	fputs("edgecc: out of memory\n", stderr);
	exit(EXIT_FAILURE);
}

static struct arena_block *block_new(size_t size)
{
	size_t total;
	if (!add_size(size, sizeof(struct arena_block), &total))
		out_of_memory();
	struct arena_block *b = calloc(1, total);
	if (!b)
		out_of_memory();
	b->size = size;
	return b;
}

/* A block for a new allocation of size bytes; it becomes the newest unless the allocation fills it.
 */
static struct arena_block *arena_block_for(struct arena *a, size_t size)
{
	struct arena_block *newest = a->block;
	if (newest && newest->size - newest->used >= size && !ONE_BLOCK_EACH)
		return newest;

	size_t room = newest ? 2 * newest->size : BLOCK_MIN;
	if (room > BLOCK_MAX)
		room = BLOCK_MAX;
	if (room < BLOCK_MIN)
		room = BLOCK_MIN;
	bool alone = ONE_BLOCK_EACH || size > room / 4;
	struct arena_block *b = block_new(alone ? size : room);
	if (alone && newest) { /* the newest keeps handing out what it has left */
		b->next = newest->next;
		newest->next = b;
	} else {
		b->next = newest;
		a->block = b;
	}
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = arena_block_for(a, size);
	void *p = b->data + b->used;
	size_t step = round_up(size, alignof(max_align_t));
	b->used = step < b->size - b->used ? b->used + step : b->size;
	a->used += size;
	return p;
}

void *arena_alloc_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;
	if (!mul_size(n, size, &bytes))
		out_of_memory();
	return arena_alloc(a, bytes);
}

void *arena_copy(struct arena *a, const void *p, size_t size)
{
	void *q = arena_alloc(a, size);
	if (size)
		memcpy(q, p, size);
	return q;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_copy(a, s, strlen(s) + 1);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	const char *end = n ? memchr(s, '\0', n) : NULL;
	size_t len = end ? (size_t)(end - s) : n;
	char *copy = arena_alloc(a, len + 1);
	if (len)
		memcpy(copy, s, len);
	return copy;
}

char *arena_text(struct arena *a, const void *bytes, size_t n)
{
	const char *from = bytes;
	char *text = arena_array(a, char, 2 * n + 1), *to = text;

	for (size_t i = 0; i < n; i++) {
		*to++ = from[i] ? from[i] : '\xc0';
		if (!from[i])
			*to++ = '\x80';
	}
	*to = '\0';
	return text;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		unreachable("bad format");
	char *s = arena_alloc(a, (size_t)len + 1);
	vsnprintf(s, (size_t)len + 1, fmt, ap);
	return s;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

void arena_free(struct arena *a)
{
	for (struct arena_block *b = a->block, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena){ 0 };
}

void *vec_grow(struct arena *a, const void *p, size_t n, size_t *cap, size_t size)
{
	assert(n <= *cap);
	size_t more;
	if (!mul_size(*cap, 2, &more))
		out_of_memory();
	if (more < 8)
		more = 8;
	void *q = arena_alloc_array(a, more, size);
	if (n)
		memcpy(q, p, n * size);
	*cap = more;
	return q;
}
