/* The lowering passes in order, and the node forms they share. */
#include "lower.h"

#include "../passes/list.h"

static int run_clean(struct unit *u, const struct pass_context *c)
{
	(void)c;
	return remove_dead(u);
}

static const struct pass pass_clean = {
	.name = "remove-dead-lowered",
	.doc = "drop what lowering left without use",
	.required = true,
	.run = run_clean,
};

const struct tir_stage *loops_stage(const struct node *n)
{
	const struct loops_attrs *a;

	if (!node_is_loops(n))
		return NULL;
	a = n->attrs;
	return a->n == 1 ? a->stages : NULL;
}

void node_make_loops(struct unit *u, struct node *n, const struct tir_stage *stages)
{
	struct loops_attrs *a = arena_new(u->arena, struct loops_attrs);

	a->n = n->n_out;
	a->stages = arena_copy(u->arena, stages, (size_t)n->n_out * sizeof *stages);
	n->op = op_builtin("edgecc.Loops");
	n->attrs = a;
}

struct value *insert_copy(struct node *before, struct graph *g, struct value *v,
			  const struct loc *loc)
{
	struct unit *u = g->unit;
	struct node *n = graph_insert(g, before, op_builtin("Identity"), NULL, 1, &v->id, 1, loc);
	struct tir_builder b;
	struct tir_stage stage;
	const struct tir *idx[RANK_MAX];
	struct value *out = node_out(n, 0);

	n->loc.op = "Layout";
	out->type = v->type;
	set_shape(out, &v->shape);
	tir_builder_init(&b, u, n);
	tir_stage_begin(&b, 0, &stage, idx);
	stage.value = tir_load(&b, 0, idx);
	node_make_loops(u, n, &stage);
	return out;
}

/* Expansions leave constants to be computed (parts of a bias, sizes), and what folds may expand further. */
const struct pass *const lowering_passes[] = {
	&pass_control, &pass_measure, &pass_select,   &pass_fold,   &pass_select,
	&pass_measure, &pass_loops,   &pass_follow,   &pass_loops,  &pass_tails,
	&pass_fuse,    &pass_tails,   &pass_clean,    &pass_layout, &pass_concat,
	&pass_carried, &pass_ram,     &pass_schedule, NULL,
};
