/* pass_check.h - a pass against two texts, and against the meaning of the model.
 *
 * The graph `before`, after the pass, must be the graph `after` (names aside); and both must
 * compute the same from the same random inputs. Texts are graphs in ONNX's syntax; the header with
 * the opset is put in front. */
#ifndef EDGECC_PASS_CHECK_H
#define EDGECC_PASS_CHECK_H

#include "unit.h"

#include "compiler/passes/list.h"

struct pass_case {
	const char *name;
	const char *before;
	const char *after;    /* NULL: the pass must change nothing */
	double tolerance;     /* relative to the largest element; 0: the same bits */
	const char *disabled; /* a rewrite that is left out */
	const char *ones;     /* an input that is known to be all ones when the pass runs */
	double lo, hi;        /* of the inputs' elements; both 0: -2 to 2 */
};

#define BECOMES(NAME, BEFORE, AFTER)                                                               \
	{                                                                                          \
		.name = NAME, .before = BEFORE, .after = AFTER                                     \
	}
#define STAYS(NAME, BEFORE)                                                                        \
	{                                                                                          \
		.name = NAME, .before = BEFORE                                                     \
	}

/* Fails the running test when they are not. Models with symbolic sizes are compared as texts only.
 */
void check_pass(const struct pass *p, const struct pass_case *c);
/* The same for results whose text is of no use: p and folding leave one node, an `only`. */
void check_pass_meaning(const struct pass *p, const struct pass_case *c, const char *only);
/* A quantized model's integers in fixed point are at most one step from its own definition; whole: no
 * real is left. */
void check_fixed_point(const struct pass_case *c, bool whole);

#endif
