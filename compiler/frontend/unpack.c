/* A file that has passed the guard, unpacked by protobuf-c: from a copy without tensor data. */
#include "guard.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *put_varint(uint8_t *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (uint8_t)(v | 0x80);
	*p++ = (uint8_t)v;
	return p;
}

static uint8_t *put_tag(uint8_t *p, uint32_t field, enum wire w)
{
	return put_varint(p, (uint64_t)field << 3 | (unsigned)w);
}

static size_t skip_varint(const uint8_t *p)
{
	size_t n = 0;
	while (p[n++] & 0x80)
		;
	return n;
}

/* The elements of e without their tags. */
static uint8_t *put_packed(uint8_t *p, const uint8_t *from, const struct edit *e)
{
	p = put_varint(put_tag(p, e->field, WIRE_BYTES), e->body);
	for (const uint8_t *end = from + e->size; from < end;) {
		unsigned w = from[0] & 7; /* of the tag, whose first byte has it */
		from += skip_varint(from);
		size_t n = w == WIRE_32 ? 4 : w == WIRE_64 ? 8 : skip_varint(from);
		memcpy(p, from, n);
		p += n;
		from += n;
	}
	return p;
}

static void write_copy(const struct source *s, const struct edits *edits, uint8_t *p, size_t size)
{
	const uint8_t *end = p + size;
	uint32_t ours = wire_ref_field();
	for (size_t i = 1; i < edits->n; i++) { /* 0 is the root, which has no tag */
		const struct edit *e = &edits->p[i];
		switch (e->kind) {
		case EDIT_COPY:
			memcpy(p, s->data + e->offset, e->size);
			p += e->size;
			break;
		case EDIT_PACK:
			p = put_packed(p, s->data + e->offset, e);
			break;
		case EDIT_MESSAGE:
			p = put_varint(put_tag(p, e->field, WIRE_BYTES), e->size);
			break;
		case EDIT_REF:
			p = put_varint(put_tag(p, ours, WIRE_BYTES), wire_ref_size(e));
			p = put_varint(put_tag(p, 1, WIRE_VARINT), e->field);
			p = put_varint(put_tag(p, 2, WIRE_VARINT), e->offset);
			p = put_varint(put_tag(p, 3, WIRE_VARINT), e->size);
			break;
		}
	}
	assert(p == end);
	(void)end;
}

static void *heap_alloc(void *unused, size_t size)
{
	(void)unused;
	void *p = malloc(size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

static void heap_free(void *unused, void *p)
{
	(void)unused;
	free(p);
}

ProtobufCMessage *message_unpack(const struct source *s, const ProtobufCMessageDescriptor *type)
{
	ProtobufCAllocator heap = { heap_alloc, heap_free, NULL };
	ProtobufCMessage *m = NULL;
	struct arena temporary = { 0 };
	struct edits edits;
	if (guard_scan(&temporary, s, type, &edits)) {
		size_t size = edits.p[0].size;
		uint8_t *copy = heap_alloc(NULL, size);
		write_copy(s, &edits, copy, size);
		m = protobuf_c_message_unpack(type, &heap, size, copy);
		free(copy);
		struct loc loc = { .file = s->path };
		if (!m)
			diag_error(s->diag, &loc, "protobuf-c cannot read it as a %s",
				   type->short_name);
	}
	arena_free(&temporary);
	return m;
}

void message_free(ProtobufCMessage *m)
{
	ProtobufCAllocator heap = { heap_alloc, heap_free, NULL };
	if (m)
		protobuf_c_message_free_unpacked(m, &heap);
}
