/* budget.h - what a model takes of its target's memories, and whether they have it. */
#ifndef EDGECC_BUDGET_H
#define EDGECC_BUDGET_H

#include "driver.h"

int64_t footprint_ram(const struct footprint *f);
int64_t footprint_flash(const struct footprint *f);

/* code_size.c: bytes of code, without asking a compiler. */
int64_t estimate_code(const struct job *j);
const char *estimate_quality(const struct job *j);
/* What is known of j->plan without its code: more RAM than there is, or an object that pointers do not reach? */
bool ram_is_short(struct job *j);
/* j->footprint, after job_plan. measure: ask the target's compiler, if it is installed, whatever the budget. */
bool footprint_make(struct job *j, bool measure);
/* Of j->footprint against --ram-budget and --flash-budget, else the target's memories. What does not fit is
 * reported, with what takes most and what would help. */
bool budget_check(struct job *j);

/* Where they are to lie; NULL: the profile has no memory for them. The workspace goes to the fastest
 * that holds it; constants beside the code, or, where that is too small, to the fastest other. */
const struct target_memory *memory_of_constants(const struct job *j);
const struct target_memory *memory_of_workspace(const struct job *j);

#endif
