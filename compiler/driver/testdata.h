/* testdata.h - input_K and output_K of a folder, as a model's inputs and expected outputs. */
#ifndef EDGECC_TESTDATA_H
#define EDGECC_TESTDATA_H

#include "driver.h"

#include "../host/host.h"

struct test_data {
	const char *dir;               /* NULL: random */
	VEC(struct dim_option) dims;   /* what the shapes of the inputs say of symbolic sizes */
	VEC(struct dim_option) counts; /* of these, how many tensors sequences and optionals have */
	bool compact;                  /* input_K counts only the inputs without a default */
	struct string_list given; /* names of inputs that have a file: defaults stay inputs then */
	const struct constant **inputs; /* by position of the imported main graph's inputs */
	const struct constant *
		*outputs; /* by position of its outputs; NULL where there is no file */
};

/* Folders of dir that hold such files, when dir itself has none; none otherwise. */
typedef VEC(const char *) data_sets;
void test_data_sets(struct arena *a, const char *dir, data_sets *out);
/* The first of them, or dir itself, which may be NULL. */
const char *test_data_first(struct arena *a, const char *dir);
/* Reads model's inputs and dir's files enough to know the sizes. */
bool test_data_sizes(struct job *j, const char *model, const char *dir, struct test_data *t);
/* After job_import: loads or makes the inputs, loads the expected outputs. */
bool test_data_load(struct job *j, struct test_data *t);
/* After the passes: reals of what has become integers at the model's border (--quantized-io) as
 * those. */
void test_data_as_compiled(struct job *j, struct test_data *t);
/* testmaps.c: a file of maps as a matrix whose columns have these keys; NULL: reported. */
const struct constant *test_maps_load(struct job *j, const char *path, const struct constant *keys);
/* Expected outputs by interpreting the model as it was imported: for what has no file. all: of
 * every node, as further outputs of a unit of its own; out gets name and constant of each in order.
 */
struct named_result {
	const char *name;
	struct loc loc;
	const struct constant *value;
};
/* teststack.c */
/* The tensors of t as the main graph has them stacked in v, or their sizes, or whether there are any: the port's
 * item. */
const struct constant *test_stack(struct arena *a, const struct test_value *t,
				  const struct port *port, const struct value *v);

/* Random tensors stacked in `all`, and *sizes, as they can be: shapes that fit, and nothing behind them. */
const struct constant *test_stack_cut(struct arena *a, const struct constant *all,
				      const struct constant **sizes);

typedef VEC(struct named_result) named_results;
bool interpret_model(struct job *j, const char *model, const struct test_data *t, bool all,
		     named_results *out);

#endif
