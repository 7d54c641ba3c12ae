/* moves.h - for trial.c and stream.c. */
#ifndef EDGECC_PLAN_MOVES_H
#define EDGECC_PLAN_MOVES_H

#include "planner.h"

/* How what s uses moves with the rows of its output; NULL: s cannot compute some rows only. */
struct band *step_moves(struct unit *u, const struct step *s);
/* s reads `m` just where it writes, so that its output may be written over it. */
bool reads_in_place(struct unit *u, const struct step *s, const struct move *m);
/* s's loops, which belong to a stream, count rows of what they read from where its pointer is. */
void step_rebase(struct unit *u, struct step *s);

/* -- window.c -- */
/* How slot moves with the output's rows, which are stage's variable `axis`; returns which axis of the
 * slot does, -1: all of it may be read for each row. Fills out but for its `row`. */
int slot_window(struct unit *u, const struct step *s, const struct tir_stage *stage, int axis,
		int slot, struct move *out);
/* The first row that row `row` of the output reads; it may be outside. */
int64_t move_first(const struct move *m, int64_t row);

#endif
