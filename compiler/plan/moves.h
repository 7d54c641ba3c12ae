/* moves.h - for trial.c and stream.c. */
#ifndef EDGECC_PLAN_MOVES_H
#define EDGECC_PLAN_MOVES_H

#include "planner.h"

/* The axis of a tensor whose rows bands are made of, and the rank that such a tensor has. */
enum { ROW_AXIS = 2, ROW_RANK = 4 };

/* How what s uses moves with the rows of its output; NULL: s cannot compute some rows only. */
struct band *step_moves(struct unit *u, const struct step *s);
/* s reads `m` just where it writes, so that its output may be written over it. */
bool reads_in_place(struct unit *u, const struct step *s, const struct move *m);
/* Loops over one row, the first, of what s computes; pointers move instead. */
void step_do_one_row(struct unit *u, struct step *s);

#endif
