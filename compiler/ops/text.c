/* Expressions on nodes, as attributes of the graph's text: `edgecc_stages = ["float[i:4] = ..."]`,
 * `edgecc_tail = "..."`. Slots in them are the node's inputs; a tail's slot 0 is the node's own
 * result. */
#include "ops.h"

#include <string.h>

static void put_stage(struct strbuf *b, struct unit *u, const struct tir_stage *s)
{
	strbuf_putc(b, '"');
	tir_print(b, u, s);
	strbuf_putc(b, '"');
}

void op_print_extra(struct strbuf *b, struct unit *u, const struct node *n, const char *sep)
{
	if (n->op->domain == DOMAIN_EDGECC && strcmp(n->op->name, "Loops") == 0) {
		const struct loops_attrs *a = n->attrs;
		strbuf_printf(b, "%sedgecc_stages: strings = [", sep);
		for (int i = 0; i < a->n; i++) {
			strbuf_puts(b, i ? ", " : "");
			put_stage(b, u, &a->stages[i]);
		}
		strbuf_putc(b, ']');
		sep = ", ";
	}
	if (n->tail) {
		strbuf_printf(b, "%sedgecc_tail: string = ", sep);
		put_stage(b, u, n->tail);
	}
}
