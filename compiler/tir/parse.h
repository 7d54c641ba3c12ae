/* parse.h - between parse.c and parse_token.c: the state of a parse and its tokens. */
#ifndef EDGECC_TIR_PARSE_H
#define EDGECC_TIR_PARSE_H

#include "text.h"

#define DEPTH_MAX 200
#define SLOT_MAX 65535

struct word {
	char s[64];
};

struct scope {
	struct word name;
	const struct tir *e;
};

struct parse {
	struct tir_builder *b;
	struct arena *arena;
	const char *text, *at;
	const struct loc *loc;
	VEC(struct scope) scope; /* innermost last */
	int depth;
	bool failed;
};

/* Reports once and returns NULL; after it tokens are refused, so that everything ends. */
const struct tir *parse_fail(struct parse *p, const char *what);
void parse_space(struct parse *p);
bool parse_take(struct parse *p, const char *token);   /* when it stands here */
bool parse_expect(struct parse *p, const char *token); /* an error when it does not */
bool parse_is_digit(char c);
struct word parse_peek_word(struct parse *p); /* the name at this place, left there; or empty */
bool parse_take_word(struct parse *p, struct word *out);
bool parse_type(struct parse *p, enum dtype *out);
dim parse_size(struct parse *p);
const struct tir *parse_number(struct parse *p);

#endif
