/* search.h - com.microsoft's searches as text: import_search.c writes the whole, search_call.c
 * what runs the subgraphs, search_text.c a step. */
#ifndef EDGECC_SEARCH_H
#define EDGECC_SEARCH_H

#include "import.h"

#include "../ops/search.h"

struct search {
	struct env *e;
	const struct loc *loc;
	const Onnx__NodeProto *np;
	const struct op *op;
	const struct search_attrs *a;
	const Onnx__GraphProto *decoder, *encoder, *init; /* NULL: not there */
	struct sig sig;                                   /* of op */
	size_t n_in;
	const uint32_t *in;
	bool beams;         /* several a sequence; Sampling and GreedySearch go on with one */
	bool sampled;       /* the word is drawn */
	bool scored;        /* the scores of all steps are an output */
	bool starts;        /* the encoder makes the first logits */
	int batch_axis;     /* of pasts */
	size_t n_past;      /* that the decoder makes of its own words ... */
	size_t n_cross;     /* ... and the encoder of its own */
	struct strbuf text; /* the function */
	char step;          /* 'a': before the Loop, 'b': in it, 'z': behind it */
	int scores;         /* how many pieces of the step have changed them */
};

/* -- import_search.c ----------------------------------------------------------------------- */

void search_put(struct search *s, const char *text);
void search_putf(struct search *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool search_has(const struct search *s, const char *input); /* it is not left out */
bool search_fail(const struct search *s, const char *fmt, ...) PRINTF_LIKE(2, 3); /* false */

/* -- search_call.c ------------------------------------------------------------------------- */

/* The decoder has that input. */
bool search_takes(const struct search *s, const char *input);
/* It takes all words so far, not only the last one. */
bool search_whole_ids(const struct search *s);
/* It takes what there is in the Loop, and as many pasts as it makes; of an encoder's words, too. */
bool search_can_feed(const struct search *s);
bool search_put_first_run(struct search *s); /* the first $logits and pasts */
void search_put_decoder(struct search *s);   /* those in the Loop */

/* -- search_text.c ------------------------------------------------------------------------- */

/* Names of what goes from step to step besides pasts; the last is NULL. */
extern const char *const search_beam_states[], *const search_greedy_states[];

void search_put_start(struct search *s);  /* numbers, prompt, mask */
void search_put_states(struct search *s); /* before the first step */
void search_put_step(struct search *s);   /* $logits to the next word */
void search_put_end(struct search *s);    /* the outputs */

#endif
