/* guard.h - inside the guard: what the scan of a file finds, from which the smaller copy is
 * written. */
#ifndef EDGECC_GUARD_H
#define EDGECC_GUARD_H

#include "model.h"

enum wire {
	WIRE_VARINT = 0,
	WIRE_64 = 1,
	WIRE_BYTES = 2,
	WIRE_GROUP = 3,
	WIRE_GROUP_END = 4,
	WIRE_32 = 5
};

/* What the copy is made of, in order. */
enum edit_kind {
	EDIT_COPY,
	EDIT_MESSAGE,
	EDIT_REF,
	EDIT_PACK /* elements of a repeated field, each with a tag: one packed field in the copy */
};
struct edit {
	enum edit_kind kind;
	uint32_t field;
	size_t offset, size; /* in the file; MESSAGE: size of its body in the copy */
	size_t body;         /* PACK: bytes of the elements without their tags */
};
struct edits {
	struct edit *p;
	size_t n, cap;
};

/* -- guard.c --------------------------------------------------------------------- */

/* Checks s as a message of this type; the edits, in a, begin with the message itself. */
bool guard_scan(struct arena *a, const struct source *s, const ProtobufCMessageDescriptor *type,
		struct edits *out);
size_t wire_varint_size(uint64_t v);
size_t wire_tag_size(uint32_t field);
/* The field in which TensorProto holds its DataRefs. */
uint32_t wire_ref_field(void);
/* Bytes of the DataRef message of e, without its tag and length. */
size_t wire_ref_size(const struct edit *e);

#endif
