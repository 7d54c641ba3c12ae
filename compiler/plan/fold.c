/* Weights that 4 bits hold, of kernels that read bytes: they lie in constant memory as 4 bits each, and
 * become bytes, or pairs of them, in the workspace before each call (edgert_unfold_w4).
 *
 * Where memory is tight only those do for which there is room while the step runs: its activations
 * and these bytes are together no more than what other steps need anyway. */
#include "planner.h"

#include "kernels/int8.h"

enum { RUN = 16 }; /* edgert_unfold_w4's: halves of so many bytes are a run */

static bool in_workspace(const struct buffer *b)
{
	return b->region == REGION_WORKSPACE;
}

/* Bytes of workspace in use while each step runs. */
static int64_t *used_by_step(const struct planner *pl)
{
	int64_t *used = arena_array(pl->u->arena, int64_t, pl->steps.n + 1);

	for (size_t i = 0; i < pl->p->buffers.n; i++) {
		const struct buffer *b = &pl->p->buffers.p[i];

		for (int n = b->first; in_workspace(b) && n <= b->last; n++)
			used[n] += ceil_div(b->size, b->align) * b->align;
	}
	return used;
}

/* Argument k of s. */
static void fold(struct planner *pl, struct step *s, size_t k, int64_t count)
{
	const struct arg *a = &s->call.args.p[k];
	const struct buffer bytes = { .region = REGION_WORKSPACE,
				      .first = s->number,
				      .last = s->number,
				      .size = count * s->call.args.p[k].folds,
				      .align = pl->p->target->alignment,
				      .type = DT_I8,
				      .name = "scratch" };
	int8_t *bytes_of = arena_array(pl->u->arena, int8_t, (size_t)count),
	       *folded = arena_array(pl->u->arena, int8_t, (size_t)count / 2);
	struct buffer *b = &pl->p->buffers.p[s->packed[k]];

	for (size_t i = 0; i < a->size; i += (size_t)a->folds)
		bytes_of[i / (size_t)a->folds] = ((const int8_t *)a->data)[i];
	int8_fold(RUN, (edgert_int)count, bytes_of, folded);
	b->data = folded;
	b->size = count / 2;
	s->unfolded_arg = (int)k;
	s->unfolded = add_buffer(pl, &bytes);
}

void fold_weights(struct planner *pl)
{
	int64_t *used = used_by_step(pl), most = 0;

	for (size_t i = 0; i < pl->steps.n; i++)
		most = used[i] > most ? used[i] : most;
	for (size_t i = 0; i < pl->steps.n; i++) {
		struct step *s = pl->steps.p[i];

		for (size_t k = 0; k < s->call.args.n; k++) {
			const struct arg *a = &s->call.args.p[k];
			const int64_t numbers = a->folds ? (int64_t)a->size / a->folds : 0,
				      count = ceil_div(numbers, 2 * RUN) * 2 * RUN;

			if (numbers > 2 * RUN && (!pl->tight || used[i] + count * a->folds <= most))
				fold(pl, s, k, count);
		}
	}
}
