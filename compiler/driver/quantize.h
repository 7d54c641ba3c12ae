/* quantize.h - post-training quantization as a step of the pipeline. */
#ifndef EDGECC_QUANTIZE_H
#define EDGECC_QUANTIZE_H

#include "report.h"
#include "variant.h"

#include "../quant/quant.h"

/* Instead of job_import_for, when --quantize is given: imports, calibrates, and leaves j->u
 * quantized by QuantizeLinear and DequantizeLinear nodes. t, or NULL: what it shall run on besides the
 * samples. any_size: the model is for other sizes than theirs, too; j->u cannot be compiled. */
bool job_quantize(struct job *j, const char *model, const struct test_data *t, bool any_size,
		  struct quant_plan *p);
/* -- quantize_measure.c -- */
/* The layers' figures, from a program that computes them. */
bool quantize_measure_layers(struct job *j, const char *model, const struct samples *s,
			     struct quant_plan *p);
/* The whole model's; labels may be NULL. */
bool quantize_measure(struct job *j, const char *model, const struct samples *s,
		      const struct constant *labels, struct quant_plan *p,
		      struct quantize_quality *q);
/* For --max-drop: the samples' classes, or those of their steps; NULL: it is not given. */
bool quantize_load_labels(struct job *j, const struct samples *s, const struct constant **out);

/* -- quantize_search.c -- */
/* Gives layers more bits until --min-snr and --max-drop hold; j->search has the steps. */
bool quantize_search(struct job *j, const char *model, const struct samples *samples,
		     struct quant_plan *p);

/* -- quantize_report.c -- */
/* Ranges and scales, a line or object per layer; the search. */
void quantize_text(const struct job *j, const struct quant_plan *p);
json_t *quantize_json(const struct job *j, const struct quant_plan *p);

#endif
