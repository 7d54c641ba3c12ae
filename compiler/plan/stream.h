/* stream.h - trials of streams: trial.c makes them, stream.c searches among them. */
#ifndef EDGECC_PLAN_STREAM_H
#define EDGECC_PLAN_STREAM_H

#include "moves.h"

enum { LENGTH_MAX = 32 }; /* steps of a stream */

struct life { /* of a class, by its root's id */
	int first, last;
	int members;
};

struct streamer {
	struct planner *pl;
	struct step **steps;
	int n;
	struct life *of;
	struct band **bands;   /* by step */
	VEC(uint32_t) classes; /* roots of those that are in the workspace */
};

/* Steps i to j as one stream. */
struct trial {
	int i, j;
	int64_t bands, memory, work;
	struct band of[LENGTH_MAX];
	uint32_t over; /* the root over which the output is written; VALUE_NONE: over none */
};

/* Fills sm->of and sm->classes. */
void stream_lives(struct streamer *sm);
uint32_t stream_root(const struct streamer *sm, uint32_t id);
const struct class_info *stream_class(const struct streamer *sm, uint32_t root);
/* Bytes alive at some time during steps i to j. */
int64_t stream_alive(const struct streamer *sm, int i, int j);
const struct move *band_output(const struct band *b);
/* Fills t for steps i to j with so many rows of the last one's output in a band; false: they are no stream. */
bool stream_try(const struct streamer *sm, int i, int j, int64_t each, struct trial *t);

#endif
