/* sequence.h - sequences and optionals whose length only the run tells: their tensors stacked in one. */
#ifndef EDGECC_OPS_SEQUENCE_H
#define EDGECC_OPS_SEQUENCE_H

#include "family.h"

/* edgecc.Stacked(all, sizes?, holds?): the tensors along a new first axis of `all`, whose size is the length. Tensors
 * that differ in shape begin at its elements 0, 0 ...; sizes, int64 [length, rank], has their shapes. VALUE_NONE: they
 * are as large as the axes of all. An optional of a tensor has the length 0 or 1; one of a sequence has a bool `holds`,
 * and the length 0 when that is false. */
struct stacked {
	uint32_t all, sizes, holds;
	bool mixed; /* ranks differ, too: all has the greatest, sizes -1 behind a tensor's last axis */
};
struct stacked_attrs {
	int64_t mixed;
};
/* What tensors there is room for. */
struct stack_form {
	enum dtype type; /* of their elements; DT_UNDEF: nothing told it */
	int rank;        /* of each, or at most; -1: there was none to tell it */
	dim d[RANK_MAX]; /* of each, or, when they differ, at most: numbers then */
	bool differ, mixed;
	bool optional, of_sequence; /* one of these, or both: an optional of a sequence */
	bool empty; /* of something without any tensor, whose sizes nothing but numbers could tell */
};
enum { STACKED_PARTS = 3 }; /* that edgecc.Stacked has at most */

/* Its inputs, VALUE_NONE for what it has not. */
void stacked_parts(const struct stacked *s, uint32_t part[STACKED_PARTS]);
/* The sequence that v, an optional, is known to hold; else v. */
const struct value *sequence_in(const struct value *v);
/* False: v is not made by edgecc.Stacked. */
bool value_stacked(const struct value *v, struct stacked *out);
/* Nothing is known yet. */
struct stack_form stack_form_none(void);
/* f has room for the tensors of v, of any number, too. Errors are n's. */
bool stack_form_add(struct unit *u, const struct node *n, struct stack_form *f,
		    const struct value *v);
bool stack_form_equal(const struct stack_form *a, const struct stack_form *b);
/* v's tensors in that form, by nodes before `at`. */
bool stack_as(struct unit *u, struct node *at, const struct value *v, const struct stack_form *f,
	      struct stacked *out);
/* The same as a node before `before` (NULL: at the end); NULL: an error was reported. */
struct node *stacked_node(struct graph *g, struct node *before, const struct value *v,
			  const struct stack_form *f, const struct loc *loc);

/* -- sequence_run.c: operators on them; n is turned into others ----------------------------- */

/* Input k, a position among `length` (int64 [1]), as int64 [1] that is not negative; left out: the last one, or with
 * at_end the place behind it. Emitted code checks it. */
uint32_t sequence_position(struct unit *u, struct node *n, int k, uint32_t length, bool at_end);
bool become_stacked(struct node *n, const struct stacked *s);
bool stacked_at(struct unit *u, struct node *n, const struct stacked *s, uint32_t position);
bool stacked_insert(struct unit *u, struct node *n);
bool stacked_erase(struct unit *u, struct node *n);
bool stacked_length(struct unit *u, struct node *n, const struct stacked *s);
uint32_t stacked_count(struct unit *u, struct node *n, uint32_t all); /* int64 [1] */
bool stacked_concat(struct unit *u, struct node *n, const struct stacked *s, int64_t axis,
		    bool new_axis);
bool stacked_split(struct unit *u, struct node *n, int axis, bool keepdims);

/* What is left of sequences when all that can be is resolved. */
bool expand_sequence(struct unit *u, struct node *n);

/* A step of an upgrade; VALUE_NONE when an input is, or an error was reported. */
uint32_t sequence_step(struct unit *u, struct node *n, const char *op, const void *attrs, int n_in,
		       const uint32_t *in);
#define step1(u, n, op, a) sequence_step(u, n, op, NULL, 1, (uint32_t[]){ a })
#define step2(u, n, op, a, b) sequence_step(u, n, op, NULL, 2, (uint32_t[]){ a, b })
#define step3(u, n, op, a, b, c) sequence_step(u, n, op, NULL, 3, (uint32_t[]){ a, b, c })
uint32_t sequence_zero(struct unit *u, struct node *n,
		       enum dtype t); /* a scalar; of strings an empty one */
/* The only element of an integer value. */
dim sequence_element(struct unit *u, uint32_t id);
uint32_t sequence_cast(struct unit *u, struct node *n, uint32_t x); /* to int64 */

#endif
