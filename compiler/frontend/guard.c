/* The wire format, checked before protobuf-c reads it.
 *
 * protobuf-c unpacks by recursion, copies every byte of tensor data, and keeps what it does not
 * know. So the file is first scanned without recursion: every length must fit, messages may nest
 * only so deeply, known fields must have their wire type. From the scan a smaller copy is written,
 * in which tensor data is replaced by DataRefs and unknown fields are gone; protobuf-c unpacks
 * that. Which fields exist and which are messages is read from the descriptors that protoc-c made
 * of onnx.proto. */
#include "guard.h"

#include <assert.h>
#include <string.h>

#define FIELD_MAX 0x1fffffffu
#define FIELD_OURS                                                                                 \
	536870000u /* from here on onnx.proto's private fields: unknown when a file holds them */

struct frame {
	const ProtobufCMessageDescriptor *type; /* NULL: a group, which no message of ours has */
	uint32_t group;                         /* its field number */
	size_t end;                             /* offset in the file */
	size_t edit;                            /* the EDIT_MESSAGE of this message */
	size_t copied;                          /* bytes of its body in the copy */
	uint64_t seen;                          /* bit = field index: length-delimited fields met */
};

struct scan {
	const struct source *s;
	struct arena *a; /* temporary */
	size_t at;
	struct frame frames[WIRE_DEPTH_MAX];
	int depth;
	size_t messages;
	struct edits edits;
};

static bool scan_error(struct scan *k, size_t at, const char *fmt, ...) PRINTF_LIKE(3, 4);
static bool scan_error(struct scan *k, size_t at, const char *fmt, ...)
{
	struct loc loc = { .file = k->s->path };
	const struct frame *f = &k->frames[k->depth - 1];
	va_list ap;
	va_start(ap, fmt);
	const char *what = arena_vprintf(k->a, fmt, ap);
	va_end(ap);
	return diag_error(k->s->diag, &loc, "byte %zu: %s (in %s)", at, what,
			  f->type ? f->type->short_name : "an unknown group");
}

/* -- reading --------------------------------------------------------------- */

static bool read_varint(struct scan *k, size_t end, int max, const char *what, uint64_t *out)
{
	uint64_t v = 0;
	size_t start = k->at;
	for (int i = 0; i < max; i++) {
		if (k->at == end)
			return scan_error(k, start, "the %s is cut off", what);
		uint8_t b = k->s->data[k->at++];
		v |= (uint64_t)(b & 0x7f) << (7 * i);
		if (!(b & 0x80)) {
			*out = v;
			return true;
		}
	}
	return scan_error(k, start, "the %s has more than %d bytes", what, max);
}

/* The length of a field, checked against what is left of its message. */
static bool read_length(struct scan *k, const char *name, size_t *out)
{
	size_t start = k->at, end = k->frames[k->depth - 1].end;
	uint64_t n;
	if (!read_varint(k, end, 5, "length", &n))
		return false;
	if (n > end - k->at && end == k->s->size)
		return scan_error(k, start,
				  "the file is truncated: %s needs %llu bytes, %zu are left", name,
				  (unsigned long long)n, end - k->at);
	if (n > end - k->at)
		return scan_error(k, start, "%s is %llu bytes long, %zu are left in its message",
				  name, (unsigned long long)n, end - k->at);
	*out = (size_t)n;
	return true;
}

static bool skip_fixed(struct scan *k, size_t n)
{
	size_t left = k->frames[k->depth - 1].end - k->at;
	if (left < n)
		return scan_error(k, k->at, "a field of %zu bytes is cut off after %zu", n, left);
	k->at += n;
	return true;
}

static enum wire wire_of(const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return WIRE_32;
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return WIRE_64;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return WIRE_BYTES;
	default:
		return WIRE_VARINT;
	}
}

/* -- edits ----------------------------------------------------------------- */

size_t wire_varint_size(uint64_t v)
{
	size_t n = 1;
	for (; v >= 0x80; v >>= 7)
		n++;
	return n;
}

size_t wire_tag_size(uint32_t field)
{
	return wire_varint_size((uint64_t)field << 3);
}

uint32_t wire_ref_field(void)
{
	return protobuf_c_message_descriptor_get_field_by_name(&onnx__tensor_proto__descriptor,
							       "data_ref")
		->id;
}

size_t wire_ref_size(const struct edit *e)
{
	return 3 + wire_varint_size(e->field) + wire_varint_size(e->offset) +
	       wire_varint_size(e->size);
}

static void edit_copy(struct scan *k, size_t from, size_t to)
{
	struct edit *last = k->edits.n ? &k->edits.p[k->edits.n - 1] : NULL;
	if (last && last->kind == EDIT_COPY && last->offset + last->size == from)
		last->size += to - from;
	else
		vec_push(k->a, &k->edits, ((struct edit){ EDIT_COPY, 0, from, to - from, 0 }));
	k->frames[k->depth - 1].copied += to - from;
}

static void edit_ref(struct scan *k, uint32_t field, size_t offset, size_t size)
{
	struct edit e = { EDIT_REF, field, offset, size, 0 };
	vec_push(k->a, &k->edits, e);
	k->frames[k->depth - 1].copied += wire_tag_size(wire_ref_field()) +
					  wire_varint_size(wire_ref_size(&e)) + wire_ref_size(&e);
}

/* One element of a repeated number from start to k->at; its tag ends at `tag_end`. protobuf-c takes
 * 40 bytes for each element that has a tag of its own, and the lists of tree ensembles are long. */
static void edit_pack(struct scan *k, uint32_t field, size_t start, size_t tag_end)
{
	struct frame *f = &k->frames[k->depth - 1];
	struct edit *e = k->edits.n ? &k->edits.p[k->edits.n - 1] : NULL;
	if (e && e->kind == EDIT_PACK && e->field == field && e->offset + e->size == start) {
		f->copied -= wire_varint_size(e->body) + e->body;
	} else {
		vec_push(k->a, &k->edits, ((struct edit){ EDIT_PACK, field, start, 0, 0 }));
		e = &k->edits.p[k->edits.n - 1];
		f->copied += wire_tag_size(field);
	}
	e->size += k->at - start;
	e->body += k->at - tag_end;
	f->copied += wire_varint_size(e->body) + e->body;
}

/* -- the scan -------------------------------------------------------------- */

static bool push(struct scan *k, const ProtobufCMessageDescriptor *type, uint32_t field, size_t end)
{
	if (k->depth == WIRE_DEPTH_MAX)
		return scan_error(k, k->at, "messages nest more than %d levels deep",
				  WIRE_DEPTH_MAX);
	if (k->messages++ == WIRE_MESSAGES_MAX)
		return scan_error(k, k->at, "more than %d messages", WIRE_MESSAGES_MAX);
	struct frame f = { .type = type, .group = field, .end = end, .edit = k->edits.n };
	if (type)
		vec_push(k->a, &k->edits, ((struct edit){ EDIT_MESSAGE, field, 0, 0, 0 }));
	k->frames[k->depth++] = f;
	return true;
}

/* The end of the innermost message: its size in the copy is known. */
static void pop(struct scan *k)
{
	struct frame *f = &k->frames[--k->depth];
	if (!f->type)
		return;
	struct edit *e = &k->edits.p[f->edit];
	e->size = f->copied;
	if (k->depth > 0)
		k->frames[k->depth - 1].copied +=
			wire_tag_size(e->field) + wire_varint_size(e->size) + e->size;
}

/* Elements of a packed field: whole numbers of bytes, or varints that end. */
static bool check_packed(struct scan *k, const ProtobufCFieldDescriptor *field, size_t n)
{
	enum wire w = wire_of(field);
	const uint8_t *p = k->s->data + k->at;
	if (w == WIRE_32 || w == WIRE_64) {
		size_t size = w == WIRE_32 ? 4 : 8;
		if (n % size)
			return scan_error(k, k->at, "%s holds %zu bytes, no multiple of %zu",
					  field->name, n, size);
		return true;
	}
	int run = 0;
	for (size_t i = 0; i < n; i++) {
		run = p[i] & 0x80 ? run + 1 : 0;
		if (run == 10)
			return scan_error(k, k->at + i, "a number in %s has more than 10 bytes",
					  field->name);
	}
	if (run)
		return scan_error(k, k->at + n, "the last number in %s is cut off", field->name);
	return true;
}

/* The fields of TensorProto that DataRefs replace: raw_data and every packed one but dims. */
static bool is_tensor_data(const ProtobufCMessageDescriptor *type,
			   const ProtobufCFieldDescriptor *field)
{
	bool packed = field->label == PROTOBUF_C_LABEL_REPEATED && wire_of(field) != WIRE_BYTES;
	return type == &onnx__tensor_proto__descriptor && strcmp(field->name, "dims") != 0 &&
	       (packed || strcmp(field->name, "raw_data") == 0);
}

/* protobuf merges repetitions of a singular message; nobody writes them, and merging takes
 * quadratic time. */
static bool check_single(struct scan *k, const ProtobufCFieldDescriptor *field, size_t start)
{
	struct frame *f = &k->frames[k->depth - 1];
	uint64_t bit = (uint64_t)1 << (field - f->type->fields);
	bool may_repeat =
		field->label == PROTOBUF_C_LABEL_REPEATED || field->type == PROTOBUF_C_TYPE_STRING;
	assert(f->type->n_fields <= 64);
	if (f->seen & bit && !may_repeat)
		return scan_error(k, start, "a second %s", field->name);
	f->seen |= bit;
	return true;
}

/* A length-delimited field that we know; start is where its tag begins. */
static bool scan_bytes(struct scan *k, const ProtobufCFieldDescriptor *field, size_t start)
{
	struct frame *f = &k->frames[k->depth - 1];
	size_t n;
	if (!read_length(k, field->name, &n) || !check_single(k, field, start))
		return false;
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return push(k, field->descriptor, field->id, k->at + n);
	const uint8_t *nul = n ? memchr(k->s->data + k->at, 0, n) : NULL;
	if (field->type == PROTOBUF_C_TYPE_STRING && nul)
		return scan_error(k, (size_t)(nul - k->s->data), "a NUL byte in %s", field->name);
	bool packed = wire_of(field) != WIRE_BYTES;
	if (packed && !check_packed(k, field, n))
		return false;
	if (is_tensor_data(f->type, field))
		edit_ref(k, field->id, k->at, n);
	else
		edit_copy(k, start, k->at + n);
	k->at += n;
	return true;
}

/* The rest of a field after its tag; field NULL: unknown, left out of the copy. */
static bool scan_field(struct scan *k, const ProtobufCFieldDescriptor *field, uint32_t number,
		       enum wire w, size_t start)
{
	struct frame *f = &k->frames[k->depth - 1];
	size_t tag_end = k->at, n;
	uint64_t ignored;
	switch (w) {
	case WIRE_VARINT:
		if (!read_varint(k, f->end, 10, "number", &ignored))
			return false;
		break;
	case WIRE_64:
	case WIRE_32:
		if (!skip_fixed(k, w == WIRE_64 ? 8 : 4))
			return false;
		break;
	case WIRE_BYTES:
		if (field)
			return scan_bytes(k, field, start);
		if (!read_length(k, "an unknown field", &n))
			return false;
		k->at += n;
		break;
	case WIRE_GROUP:
		return push(k, NULL, number, f->end);
	case WIRE_GROUP_END:
		if (f->type || f->group != number)
			return scan_error(k, start, "a group ends that did not begin");
		pop(k);
		return true;
	}
	if (field && field->label == PROTOBUF_C_LABEL_REPEATED)
		edit_pack(k, field->id, start, tag_end);
	else if (field)
		edit_copy(k, start, k->at);
	return true;
}

static bool scan_next(struct scan *k)
{
	struct frame *f = &k->frames[k->depth - 1];
	size_t start = k->at;
	uint64_t tag;
	if (!read_varint(k, f->end, 5, "field number", &tag))
		return false;
	uint64_t number = tag >> 3;
	unsigned w = (unsigned)(tag & 7);
	if (number == 0 || number > FIELD_MAX)
		return scan_error(k, start, "field number %llu", (unsigned long long)number);
	if (w > WIRE_32)
		return scan_error(k, start, "wire type %u", w);

	const ProtobufCFieldDescriptor *field = NULL;
	if (f->type && number < FIELD_OURS)
		field = protobuf_c_message_descriptor_get_field(f->type, (unsigned)number);
	if (field) {
		bool packed = w == WIRE_BYTES && field->label == PROTOBUF_C_LABEL_REPEATED;
		if (w != (unsigned)wire_of(field) && !packed)
			return scan_error(k, start, "%s has wire type %u", field->name, w);
	}
	return scan_field(k, field, (uint32_t)number, (enum wire)w, start);
}

static bool scan_all(struct scan *k)
{
	while (k->depth > 0) {
		struct frame *f = &k->frames[k->depth - 1];
		if (k->at < f->end) {
			if (!scan_next(k))
				return false;
		} else if (f->type) {
			pop(k);
		} else {
			return scan_error(k, k->at, "a group has no end");
		}
	}
	return true;
}

bool guard_scan(struct arena *a, const struct source *s, const ProtobufCMessageDescriptor *type,
		struct edits *out)
{
	struct scan *k = arena_new(a, struct scan);
	k->s = s;
	k->a = a;
	push(k, type, 0, s->size);
	bool ok = scan_all(k);
	*out = k->edits;
	return ok;
}
