/* text.h - inside the parser of ONNX's textual syntax. */
#ifndef EDGECC_TEXT_H
#define EDGECC_TEXT_H

#include "model.h"

#define TEXT_DEPTH_MAX 100 /* nested graphs, lists and types */

struct text {
	const struct source *s;
	struct arena *a;
	const char *at, *end;
	int line;
	const char *line_start;
	int depth;
};

/* -- text_lex.c ------------------------------------------------------------ */

bool text_error(struct text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Past white space and comments, which run from '#' to the end of the line. */
void text_skip(struct text *t);
/* The next character, 0 at the end. */
char text_peek(struct text *t);
bool text_accept(struct text *t, char c);
bool text_expect(struct text *t, char c);
/* `=>` */
bool text_accept_arrow(struct text *t);
/* An identifier, when one comes next: borrowed, *n bytes; the text does not move. */
bool text_word(struct text *t, const char **s, size_t *n);
/* Moves past the word when it is this one. */
bool text_accept_word(struct text *t, const char *word);
/* An identifier or a quoted string; false without an error when neither comes. */
bool text_accept_name(struct text *t, char **out);
bool text_name(struct text *t, const char *what, char **out);
/* "..." with \" and \\ inside. */
bool text_string(struct text *t, char **out);

struct text_number {
	bool is_int; /* written without point or exponent, and in the range of i or u */
	int64_t i;
	uint64_t u; /* i's bits, or a number above INT64_MAX */
	double d;
	float f; /* rounded once */
};
bool text_is_number(struct text *t);
bool text_number(struct text *t, struct text_number *out);
bool text_int(struct text *t, int64_t *out);

/* -- text_tensor.c --------------------------------------------------------- */

/* An element type's name. */
bool text_is_type(struct text *t);
bool text_type(struct text *t, Onnx__TypeProto **out);
/* The elements `{...}` or the place `["location": "..."]` of a tensor of this type. */
bool text_data(struct text *t, const Onnx__TypeProto *type, Onnx__TensorProto **out);

/* -- text_attrs.c ---------------------------------------------------------- */

bool text_attribute(struct text *t, Onnx__AttributeProto **out);
/* What follows the name of a: ": kind = value". */
bool text_attribute_rest(struct text *t, Onnx__AttributeProto *a);

/* -- onnx_text.c: graphs --------------------------------------------------- */

struct values {
	VEC(Onnx__ValueInfoProto *) infos;
	VEC(Onnx__TensorProto *) tensors;
};
typedef VEC(char *) names_vec;

bool text_graph(struct text *t, Onnx__GraphProto **out);
/* "float[N] x", "x", "float[2] x = {1, 2}": values up to `close`. Those with elements are tensors
 * too, or, when `either`, only. */
bool text_values(struct text *t, char close, bool either, struct values *out);
bool text_nodes(struct text *t, size_t *n, Onnx__NodeProto ***out);

/* -- text_model.c ---------------------------------------------------------- */

/* `"key" : "value", ...` and the closing bracket. */
bool text_pairs(struct text *t, size_t *n, Onnx__StringStringEntryProto ***out);

#endif
