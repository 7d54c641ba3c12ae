/* model.h - inside the frontend: protobuf messages of a file that has passed the guard, and where
 * the elements of their tensors lie. */
#ifndef EDGECC_MODEL_H
#define EDGECC_MODEL_H

#include "../ir/op.h"
#include "onnx.pb-c.h"

/* The bytes of a model file, or of a .pb test tensor. DataRefs point into them. */
struct source {
	struct arena *arena;
	struct diag *diag;
	const char *path;
	const uint8_t *data;
	size_t size;
};

/* -- guard.c, unpack.c: the wire format ---------------------------------------------- */

/* How deeply messages may nest: protobuf's own default. 100 allow 32 levels of If. */
#define WIRE_DEPTH_MAX 100
/* How many messages a file may hold: protobuf-c needs about 100 bytes for an empty one. */
#define WIRE_MESSAGES_MAX 8000000

/* Checks s as a message of this type and unpacks it without its documentation, unknown fields and
 * tensor data, for which it holds DataRefs. NULL after an error. Free with message_free. */
ProtobufCMessage *message_unpack(const struct source *s, const ProtobufCMessageDescriptor *type);
void message_free(ProtobufCMessage *m); /* NULL is fine */

/* -- tensor_proto.c -------------------------------------------------------- */

/* Where external data may come from: only files below dir. */
struct external_files {
	const char *dir; /* the model's folder */
	VEC(struct external_file) files;
};
struct external_file {
	const char *name; /* as the model calls it */
	struct file_map map;
};

/* t as a constant, its elements borrowed from s or ext where their form allows. loc is for errors.
 */
bool tensor_constant(const struct source *s, struct external_files *ext, const struct loc *loc,
		     const Onnx__TensorProto *t, const struct constant **out);
/* dims[0..n) as a shape of `count` elements; error when one is negative or they are too many. */
bool tensor_dims(struct diag *d, const struct loc *loc, size_t n, const int64_t *dims,
		 struct shape *out, size_t *count);
/* ONNX element type number to dtype; error when unknown. */
bool dtype_from_onnx(struct diag *d, const struct loc *loc, int64_t number, enum dtype *out);

/* -- sparse.c -------------------------------------------------------------- */

bool sparse_constant(const struct source *s, struct external_files *ext, const struct loc *loc,
		     const Onnx__SparseTensorProto *t, const struct constant **out);
/* -- external.c ------------------------------------------------------------ */

/* The bytes that t's external_data names: at *out, *size of them (of which `need` are wanted). */
bool external_data(const struct source *s, struct external_files *ext, const struct loc *loc,
		   const Onnx__TensorProto *t, size_t need, const uint8_t **out);
void external_close(struct external_files *ext);

/* -- text_model.c ---------------------------------------------------------- */

/* ONNX's textual syntax as messages in s->arena (not to be freed); NULL after an error. */
Onnx__ModelProto *model_parse(const struct source *s);

#endif
