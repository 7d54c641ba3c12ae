/* planner.h - the plan while it is made, shared by plan.c and control.c. */
#ifndef EDGECC_PLANNER_H
#define EDGECC_PLANNER_H

#include "alias.h"

struct planner {
	struct plan *p;
	struct unit *u;
	struct aliases a;
	VEC(struct step *) steps; /* every step, in number order */
	const struct step *loop;  /* whose body is being planned */
	bool tight;               /* plan_options' */
	bool failed;
};

struct step *new_step(struct planner *pl, struct block *b, enum step_kind kind,
		      const struct node *n);
/* to: a value, or VALUE_NONE: then the model's output number `output`. */
struct step *add_copy(struct planner *pl, struct block *b, const struct node *n, uint32_t from,
		      uint32_t to, int output);
void add_graph(struct planner *pl, struct block *b, struct graph *g);
/* From the end of what b has now, value id is there. */
void set_made(struct planner *pl, const struct block *b, uint32_t id);

/* Returns its index. */
int add_buffer(struct planner *pl, const struct buffer *b);

/* -- in_place.c: all steps have lifetimes -- */
/* s writes its result over an input that dies in it, where it may. */
void step_in_place(struct planner *pl, const struct step *s);
/* s's kernel reads or writes value id, beside what its tail does. */
bool step_has_argument(const struct step *s, uint32_t id);

/* -- fold.c: all buffers are there, none is placed -- */
void fold_weights(struct planner *pl);

/* -- stream.c: all steps are there, none has a lifetime -- */
void add_streams(struct planner *pl);

/* -- control.c -- */
void add_if(struct planner *pl, struct block *b, const struct node *n);
void add_iterated(struct planner *pl, struct block *b, const struct node *n);

#endif
