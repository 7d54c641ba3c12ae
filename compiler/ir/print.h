/* print.h - inside print.c and print_value.c only. */
#ifndef EDGECC_PRINT_H
#define EDGECC_PRINT_H

#include "ir.h"

struct printer {
	struct strbuf *b;
	struct unit *u;
	const struct print_options *opt;
	const char
		*prefix; /* of the names made up for nameless values; begins no name of the model */
};

void print_quoted(struct strbuf *b, const char *s);
void print_name(struct strbuf *b, const char *s); /* quoted where it is no identifier */
void print_value(const struct printer *p, uint32_t id);
void print_type(const struct printer *p, const struct value *v);
/* The fewest digits that read back as the same number. */
void print_float(struct strbuf *b, double v, bool is_double);
void print_elements(const struct printer *p, const struct constant *c); /* "{1, 2}" */
void print_tensor(const struct printer *p, const struct constant *c);   /* "int64[2] {1, 2}" */

#endif
