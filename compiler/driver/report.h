/* report.h - results as text and as JSON. */
#ifndef EDGECC_REPORT_H
#define EDGECC_REPORT_H

#include "driver.h"

#include <jansson.h>
#include <stdlib.h>

/* Prints j on one line of stdout and drops it. */
void print_json(json_t *j);
/* What a plan needs and does: figures, then each step. */
json_t *plan_json(const struct job *j);
void plan_text(const struct job *j, bool steps);
const char *step_buffers(struct job *j, const struct step *s);

#endif
