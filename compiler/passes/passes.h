/* passes.h - the pass manager and the passes that know no target.
 *
 * A pass is one file and one row. It changes the graph only through graph_*, keeps every location,
 * and leaves unit_verify passing; the manager checks that, times it, and dumps on request. */
#ifndef EDGECC_PASSES_H
#define EDGECC_PASSES_H

#include "../frontend/frontend.h"
#include "../ops/ops.h"

struct pass_context {
	const struct target *target; /* never NULL */
	int level;                   /* -O0, -O1, -O2 (the default), -O3 */
	bool small;                  /* -Os */
	bool quantized_io;           /* inputs and outputs of quantized models as integers */
};

/* A local change at one node. apply looks at n and its neighbours and returns false when there is
 * nothing to do. Else it has either changed n in place or replaced all uses of n's outputs; nodes
 * it makes stand before n. It removes no node: whoever drives it removes the dead ones. */
struct rewrite {
	const char *name; /* "transpose-of-transpose": for --disable-pass, and -v counts it; NULL
			     ends a table */
	const char *
		ops; /* the operators it begins at ("Mul edgecc.Lut"), separated by spaces; NULL: any */
	const char *doc;
	bool (*apply)(struct unit *u, struct node *n);
};

struct pass_options;

struct pass {
	const char *name; /* "fold-constants": for --disable-pass, --dump-after */
	const char *doc;
	int level;     /* runs from this -O level on */
	bool fixed;    /* only where the target rounds in fixed point */
	bool required; /* cannot be disabled: later stages rely on it */
	/* Returns how many changes it made, -1 after reporting an error. */
	int (*run)(struct unit *u, const struct pass_context *c);
	/* Instead of run: tables of local rewrites (NULL ends the list), applied until none has
	 * anything to do. */
	const struct rewrite *const *rewrites;
};

struct pass_options {
	const char *const *disabled;
	int n_disabled; /* names, of passes and of rewrites */
	const char *const *dump_after;
	int n_dump_after; /* names, or "all"; printed to stderr */
	int verbose;      /* 1: what each pass did and how long it took */
};

/* Runs the passes of table (NULL ends it) in order. */
bool passes_run(struct unit *u, const struct pass *const *table, const struct pass_context *c,
		const struct pass_options *o);
/* Drives local rewrites over all graphs of u; rows named in o->disabled are left out. Returns how
 * many changes. o may be NULL. */
int rewrites_run(struct unit *u, const struct rewrite *const *tables, const struct pass_options *o);
/* The rows of this folder in order: they leave a canonical, folded graph of ONNX operators. */
extern const struct pass *const graph_passes[];
/* Those of them that leave operators of ONNX only, for what is to be written as ONNX. */
extern const struct pass *const canonical_passes[];
/* Only folding: interprets a model whose inputs are all constant. */
extern const struct pass *const folding_passes[];

/* -- used by other folders too -------------------------------------------------------- */

/* Computes n's outputs when all its inputs are constant: through its definition, its eval, or its
 * expansion. out[k] for each output. False when that is not possible (nothing is reported, n is
 * unchanged). */
bool fold_node(struct unit *u, const struct node *n, struct constant **out);
/* Removes nodes none of whose outputs are used, in every graph. Returns how many. */
int remove_dead(struct unit *u);

#endif
