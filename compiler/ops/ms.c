/* ms.c - building com.microsoft's operators from those of ai.onnx. */
#include "ms.h"

#include <string.h>

enum { MOST_OUTPUTS = 8 };

bool fused_infer(struct unit *u, struct node *n, fused_fn *make)
{
	struct fused f = { u, n, false };
	uint32_t out[MOST_OUTPUTS] = { VALUE_NONE };
	struct node *before = n->prev;

	make(&f, out);
	for (int k = 0; !f.failed && k < n->n_out; k++) {
		struct value *v = node_out(n, k);

		if (!v || out[k] == VALUE_NONE)
			continue;
		v->type = value_of(u, out[k])->type;
		set_shape(v, &value_of(u, out[k])->shape);
	}
	while (n->prev != before)
		graph_remove(n->prev);
	return !f.failed;
}

bool fused_expand(struct unit *u, struct node *n, fused_fn *make)
{
	struct fused f = { u, n, false };
	uint32_t out[MOST_OUTPUTS] = { VALUE_NONE };

	make(&f, out);
	for (int k = 0; !f.failed && k < n->n_out; k++)
		if (out[k] != VALUE_NONE)
			expand_output(u, n, k, out[k]);
	return !f.failed;
}

void fused_ops(struct fused *f, const char *op, const void *attrs, int n_in, const uint32_t *in,
	       int n_out, uint32_t *out)
{
	struct node *m;

	if (f->failed)
		return;
	while (n_in > 0 && in[n_in - 1] == VALUE_NONE)
		n_in--;
	m = graph_insert(f->n->graph, f->n, op_builtin(op), attrs, n_in, in, n_out, &f->n->loc);
	f->failed = !node_infer(f->u, m);
	memcpy(out, m->out, (size_t)n_out * sizeof *out);
}

uint32_t fused_op(struct fused *f, const char *op, const void *attrs, int n_in, const uint32_t *in)
{
	uint32_t out = VALUE_NONE;

	fused_ops(f, op, attrs, n_in, in, 1, &out);
	return out;
}

uint32_t fused_in(const struct fused *f, int k)
{
	return k < f->n->n_in ? f->n->in[k] : VALUE_NONE;
}

uint32_t fused_cast(struct fused *f, enum dtype t, uint32_t x)
{
	struct cast_attrs a = { .to = (int)t, .saturate = 1 };

	return f->failed || value_of(f->u, x)->type == t ? x : fused1(f, "Cast", &a, x);
}

uint32_t fused_reshape(struct fused *f, uint32_t x, int rank, const int64_t *sizes)
{
	return fused2(f, "Reshape", NULL, x, new_ints(f->n, sizes, rank));
}

uint32_t fused_transpose(struct fused *f, uint32_t x, int rank, const int *order)
{
	int64_t *p = arena_array(f->u->arena, int64_t, RANK_MAX);
	struct perm_attrs perm = { { p, rank } };

	for (int i = 0; i < rank; i++)
		p[i] = order[i];
	return fused1(f, "Transpose", &perm, x);
}

uint32_t fused_axes(struct fused *f, const char *op, uint32_t x, int64_t axis)
{
	return fused2(f, op, NULL, x, new_ints(f->n, &axis, 1));
}

uint32_t fused_concat(struct fused *f, int axis, uint32_t a, uint32_t b)
{
	return fused2(f, "Concat", &(struct axis_attrs){ axis }, a, b);
}

uint32_t fused_heads(struct fused *f, uint32_t x, int64_t heads)
{
	int64_t sizes[4] = { 0, 0, heads, -1 };

	if (f->failed || fused_shape(f, x)->rank == 4)
		return x;
	return fused_transpose(f, fused_reshape(f, x, 4, sizes), 4, (int[]){ 0, 2, 1, 3 });
}

const struct shape *fused_shape(const struct fused *f, uint32_t x)
{
	return &value_of(f->u, x)->shape;
}

void fused_error(struct fused *f, const char *text)
{
	if (!f->failed)
		f->failed = !node_error(f->u, f->n, "%s", text);
}

bool fused_rank(struct fused *f, uint32_t x, const char *name, int lo, int hi)
{
	if (!f->failed)
		f->failed = !infer_need_rank(f->u, f->n, value_of(f->u, x), name, lo, hi);
	return !f->failed;
}

void fused_loops_begin(struct fused *f, struct fused_loops *w, int n_in, const uint32_t *in,
		       enum dtype t, const struct shape *shape)
{
	w->m = new_loops(f->n, n_in, in, t, shape);
	tir_builder_init(&w->b, f->u, w->m);
	tir_stage_begin(&w->b, 0, &w->stage, w->idx);
}

uint32_t fused_loops_end(struct fused_loops *w, const struct tir *value)
{
	w->stage.value = value;
	set_loops(w->m, &w->stage);
	return w->m->out[0];
}
