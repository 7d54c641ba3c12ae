/* An If one of whose branches cannot take the sizes at hand.
 *
 * A model for two rates, or for images with and without a batch, has a branch for each. Compiled for
 * the sizes of one, the operators of the other do not fit together; that is no error of the model, as
 * long as the condition never takes it. Its nodes give way to edgecc.Refuse. */
#include "import.h"

#include "../ops/ops.h"

#include <string.h>

/* bad's content becomes one node, with the other branch's outputs. */
static void refuse(struct node *n, struct graph *bad, const struct graph *good,
		   const char *const *names)
{
	struct unit *u = bad->unit;
	int count = (int)good->outputs.n;
	struct node *r;

	graph_clear(bad);
	r = graph_insert(bad, NULL, op_builtin("edgecc.Refuse"), NULL, 0, NULL, count, &n->loc);
	for (int k = 0; k < count; k++) {
		const struct value *like = value_of(u, good->outputs.p[k]);
		struct value *v = node_out(r, k);

		v->container = like->container;
		v->type = like->type;
		v->shape = like->shape;
		layout_identity(&v->layout, v->shape.rank);
		graph_add_output(bad, v);
		bad->output_names.p[k] = names[k];
	}
}

/* The first error of h, from its node on. */
static const char *first_error(struct arena *a, const struct diag_held *h)
{
	static const char mark[] = "error: ";
	const char *s = strstr(h->text.s, mark);

	s = s ? s + strlen(mark) : h->text.s;
	return arena_strndup(a, s, strcspn(s, "\n"));
}

void refuse_branch(struct env inner[2], int bad, struct node *n, const char *why)
{
	struct graph *good = n->graphs[1 - bad];

	refuse(n, n->graphs[bad], good, good->output_names.p);
	inner[bad].bundles = inner[1 - bad].bundles;
	inner[bad].refused = true;
	diag_warning(inner[0].im->u->diag, &n->loc,
		     "a branch does not fit these sizes and is refused at run time: %s", why);
}

bool import_branches(struct env inner[2], const Onnx__GraphProto *const gp[2], struct node *n)
{
	struct import *im = inner[0].im;
	struct diag *d = im->u->diag;
	struct diag_held held[2];
	bool ok[2], misfit[2];
	const char *why = NULL;
	bool split = false;
	int bad;

	for (int i = 0; i < 2; i++) {
		int errors = d->errors, misfits = im->misfits;
		bool stopped = im->stopped;

		im->split = false;
		diag_hold(d, &held[i]);
		ok[i] = import_graph(&inner[i], gp[i], NULL, 0);
		misfit[i] =
			!ok[i] && d->errors > errors && d->errors - errors == im->misfits - misfits;
		if (misfit[i]) {
			im->stopped = stopped;
			im->misfits = misfits;
		}
		split |= im->split;
		d->text = held[i].outer; /* the other one's are apart from these */
	}
	im->split = split;
	bad = misfit[0] ? 0 : 1;
	if (!misfit[bad] || !ok[1 - bad] || split || gp[0]->n_output != gp[1]->n_output) {
		diag_release(d, &held[0], true);
		diag_release(d, &held[1], true);
		return ok[0] && ok[1];
	}
	why = first_error(im->u->arena, &held[bad]);
	diag_release(d, &held[1 - bad], true);
	diag_release(d, &held[bad], false);
	refuse_branch(inner, bad, n, why);
	return true;
}
