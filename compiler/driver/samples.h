/* samples.h - calibration data: many values for each input of a model.
 *
 * PATH is a .npz, .npy or .pb file, or a folder of
 *	NAME.npy or .pb, or input_K.npy or .pb (K = position), for each input;
 *	else folders that each hold such files, .npz files, or, when the model has one input, .npy
 *	and .pb files of it under any names.
 * In a .npz file arrays have such names without their endings. A tensor of the input's shape is one
 * sample. Where the first axis is longer, or there is one axis more, it counts samples; other axes
 * of size 1 may be missing then. A free first axis counts samples, too, unless it is time, or another input's
 * only tensor is for all of them. */
#ifndef EDGECC_SAMPLES_H
#define EDGECC_SAMPLES_H

#include "testdata.h"

struct sample_part { /* from one file or folder */
	const char *path;
	const struct constant **in; /* by position of the main graph's inputs */
	struct shape *shape;        /* of one sample */
	size_t n;                   /* samples */
};

struct samples {
	size_t n;
	VEC(struct sample_part) parts;
	struct test_data sizes; /* bounds of the symbolic sizes, for job_import_for */
	bool late;              /* they hold in canonical form only, which is that for any sizes */
};

/* Reads the data and the sizes that it gives the model's inputs. t, or NULL: test data, with which inputs that
 * have a default may stay inputs. */
bool samples_load(struct job *j, const char *model, const char *path, const struct test_data *t,
		  struct samples *out);
/* Sample i, for the inputs in the order of u's main graph. The constants borrow their elements. */
void samples_get(const struct samples *s, struct arena *a, size_t i, const struct constant **in,
		 size_t n_inputs);
/* Where sample i came from. */
const char *samples_path(const struct samples *s, size_t i, size_t *in_part);

/* samples_size.c */
typedef VEC(uint32_t) value_ids;
/* How c splits into samples of v: their number, and the shape of one; 0: it does not fit.
 * stepped: samples_stepped. */
size_t sample_split(const struct unit *u, const struct value *v, const struct constant *c,
		    const bool *stepped, struct shape *one);
/* Whether c, which was split so, can be one sample: *one is its shape then, free first axes and all. */
bool sample_whole(const struct unit *u, const struct value *v, const struct constant *c,
		  struct shape *one);
/* A symbol must have one size in all inputs of a sample. */
bool sample_sizes_agree(struct job *j, const struct unit *u, const value_ids *inputs,
			const struct sample_part *p);
/* Bounds each symbol that the command line leaves open by its largest size. */
void sample_bounds(struct job *j, const struct unit *u, const value_ids *inputs, struct samples *s);

/* -- samples_axes.c -- */
/* By inputs' dims: is it a size that a recurrence of the model, or a Scan, steps along? inputs: a
 * unit of the model's inputs. */
bool *samples_stepped(struct job *j, const char *model, const struct unit *inputs);

#endif
