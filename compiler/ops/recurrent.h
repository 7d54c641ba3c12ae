/* recurrent.h - for recurrent.c, q_recurrent.c and ms_lstm.c. */
#ifndef EDGECC_OPS_RECURRENT_H
#define EDGECC_OPS_RECURRENT_H

#include "../../runtime/kernels/params.h"
#include "family.h"

enum { RECURRENT_FORWARD, RECURRENT_REVERSE, RECURRENT_BIDIRECTIONAL };
extern const char *const recurrent_directions[]; /* NULL-terminated */

/* Sizes of everything, from X, W and R. */
struct recurrent_sizes {
	dim seq, batch, input, hidden, dirs;
};
bool recurrent_sizes(struct unit *u, const struct node *n, struct recurrent_sizes *s);
/* Checks inputs 1, 2 and 4 to 6, and sets the outputs' shapes. Input 3, `name`, has `numbers` of each
 * of the gates' rows. */
bool recurrent_infer(struct unit *u, struct node *n, int gates, const char *name, int numbers,
		     struct recurrent_sizes *s);
/* The attributes activations and clip say something that there is. */
bool recurrent_check_activations(struct unit *u, const struct node *n);
/* Attributes of DynamicQuantizeLSTM. */
extern const struct attr_row recurrent_dynamic_rows[];
/* Multiply-accumulates of a run. */
dim recurrent_macs(struct unit *u, const struct node *n, int gates);
/* Input k's shape is want, where it is present. */
bool recurrent_same(struct unit *u, const struct node *n, int k, const char *name, int rank,
		    const dim *want);

#endif
