/* quantize.h - post-training quantization as a step of the pipeline. */
#ifndef EDGECC_QUANTIZE_H
#define EDGECC_QUANTIZE_H

#include "variant.h"

#include "../quant/quant.h"

/* Instead of job_import_for, when --quantize is given: imports, calibrates, and leaves j->u
 * quantized by QuantizeLinear and DequantizeLinear nodes. */
bool job_quantize(struct job *j, const char *model, struct quant_plan *p);
/* Ranges and scales, a line per layer. */
void quantize_report(const struct job *j, const struct quant_plan *p);

#endif
