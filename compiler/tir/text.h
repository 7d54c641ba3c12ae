/* text.h - words and operators of the text form, for print.c and parse.c.
 *
 *	stage   = TYPE "[" [binder {"," binder}] "]" "=" {"let" NAME "=" sum ";"} expr
 *	binder  = NAME ":" size
 *	expr    = unary {OPERATOR unary}           by precedence, left to right; parentheses
 *	unary   = "-" unary | "!" unary | primary
 *	primary = NUMBER [":" TYPE] | "true" | "false" | NAME | "dim" "(" size ")"
 *	        | "x"SLOT [":" TYPE] "[" exprs "]" | FUNCTION "(" exprs ")" | TYPE "(" expr ")"
 *	        | REDUCTION "(" binder {"," binder} "," expr ")"
 *	        | ("round_to" | "saturate_to") "(" TYPE "," expr ")"
 *
 * A number is an index when whole and a float when not; "3:int8" and "0.5:double" say otherwise. A
 * load is of the element type the builder's node has there, of float without a node, or as ":TYPE"
 * says. */
#ifndef EDGECC_TIR_TEXT_H
#define EDGECC_TIR_TEXT_H

#include "internal.h"

enum operand_class {
	CLASS_FLOAT = 1,
	CLASS_INT = 2,
	CLASS_UINT = 4,
	CLASS_INDEX = 8,
	CLASS_BOOL = 16
};

#define CLASS_INTS (CLASS_INT | CLASS_UINT)

struct text_kind {
	const char *name; /* function or operator */
	int precedence;   /* infix: 1 binds least; 0: a function */
	unsigned classes; /* of the operands */
};

extern const struct text_kind text_kinds[TIR_KIND_COUNT]; /* name NULL: not written so */
extern const char *const text_reduces[];                  /* by enum tir_reduce */
#define TEXT_REDUCES 10

enum operand_class text_class(enum dtype t); /* 0: no arithmetic */
/* A word that no variable may be called. */
bool text_is_reserved(const char *word);

#endif
