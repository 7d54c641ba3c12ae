/* onnx_write.h - inside the writer of ONNX files only. */
#ifndef EDGECC_ONNX_WRITE_H
#define EDGECC_ONNX_WRITE_H

#include "import.h"

struct onnx_writer {
	struct unit *u;
	struct arena *arena;   /* of the messages; elements are borrowed from constants */
	const char **names;    /* of values by id, each of them once */
	struct name_map nodes; /* names of nodes, each of them once */
	bool ok;               /* false: an error was reported */
};

/* n pointers to messages: repeated fields are arrays of those. */
#define MESSAGES(w, n) arena_alloc_array((w)->arena, (n), sizeof(void *))

/* -- onnx_write_tensor.c -- */
/* c as a tensor: raw little-endian elements, types of less than a byte packed from the low bits on,
 * strings one by one. name may be NULL. */
Onnx__TensorProto *tensor_message(struct onnx_writer *w, const struct constant *c,
				  const char *name);
/* v's name and type; sizes that are no number and no plain symbol are left open. */
Onnx__ValueInfoProto *value_message(struct onnx_writer *w, const struct value *v, const char *name);
Onnx__TypeProto *type_message(struct onnx_writer *w, const struct value *v);

/* -- onnx_write_node.c -- */
Onnx__NodeProto *node_message(struct onnx_writer *w, const struct node *n);

/* -- onnx_write_refuse.c -- */
/* Branches of If that end the run do so by operators of ONNX. */
void write_refusals(struct unit *u);

/* -- onnx_write.c -- */
/* What v is called in the file: "" for no value. */
const char *written_name(struct onnx_writer *w, uint32_t id);
Onnx__GraphProto *graph_message(struct onnx_writer *w, const struct graph *g);

#endif
