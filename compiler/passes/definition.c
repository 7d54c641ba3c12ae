/* Definitions put together: an operand that is one element for each of the result is computed where it is
 * read, a DequantizeLinear always. */
#include "definition.h"
#include "rewrite.h"

#include <math.h>
#include <string.h>

enum { MOST_NODES = 300, MOST_EXPANSIONS = 200 };

void expand_inputs(struct node *n)
{
	for (int k = 0; k < n->n_in; k++)
		for (int i = 0; i < MOST_EXPANSIONS; i++) {
			struct node *p = n->in[k] ? node_in(n, k)->producer : NULL;

			if (!p || p->graph != n->graph || p->op->define || p->op->eval ||
			    !p->op->expand || p->n_graphs || (p->op->flags & OP_VIEW) ||
			    !p->op->expand(n->graph->unit, p))
				break;
		}
}

bool has_definition(const struct graph *g, const struct node *p)
{
	return p && p->graph == g && p->op->define && !p->n_graphs && !(p->op->flags & OP_IMPURE) &&
	       p->n_out <= DEFINITION_OUTPUTS;
}

static int slot_of(struct definition *d, uint32_t v)
{
	for (int i = 0; i < d->count; i++)
		if (d->in[i] == v)
			return i;
	if (d->count == DEFINITION_INPUTS) {
		d->failed = true;
		return 0;
	}
	d->in[d->count] = v;
	return d->count++;
}

/* v's definition is part of its only reader's, which d->points says how often it is evaluated. */
static bool is_inlined(const struct definition *d, const struct value *v)
{
	const struct node *p = v->output == 0 ? v->producer : NULL;

	if (!is_real(v) || v->constant || !has_definition(d->n->graph, p))
		return false;
	if (node_is(p, "DequantizeLinear") || (node_is(p, "Cast") && !is_real(node_in(p, 0))))
		return true;
	return (p->op->flags & OP_ELEMENTWISE) && used_once(v) && d->b.count < MOST_NODES &&
	       d->points == shape_count(d->u, &v->shape);
}

static const struct tir *definition_at(struct definition *d, struct node *p, int k,
				       const struct tir *const *idx);

struct inlining {
	struct definition *d;
	struct node *p;
	const struct tir_stage *stage;
	const struct tir *const *idx;
};

static const struct tir *replace_load(struct tir_builder *b, const struct tir *load,
				      const struct tir *const *idx, void *data)
{
	const struct inlining *i = data;
	const int k = load->u.load.slot;
	const struct value *v = node_in(i->p, k);

	if (is_inlined(i->d, v))
		return definition_at(i->d, v->producer, v->output, idx);
	return tir_load_typed(b, slot_of(i->d, v->id), load->type, load->u.load.rank, idx);
}

static const struct tir *replace_var(struct tir_builder *b, const struct tir *v, void *data)
{
	const struct inlining *i = data;

	(void)b;
	for (int a = 0; a < i->stage->rank; a++)
		if (i->stage->vars[a] == v)
			return i->idx[a];
	return v;
}

/* n tells where a number is infinite; of integers that is nowhere. */
static bool asks_for_infinities(const struct node *n)
{
	const struct loops_attrs *a = n ? n->attrs : NULL;

	if (!n || n->op->domain != DOMAIN_EDGECC || strcmp(n->op->name, "Loops") != 0)
		return node_is(n, "IsInf");
	return a->n == 1 && a->stages[0].value->kind == TIR_INT && a->stages[0].value->u.i == 0;
}

/* Input 1 of n has the greatest of input 0's elements (or 0 where those are infinite). */
static bool subtracts_greatest(const struct node *n)
{
	const struct node *m = input_node(n, 1);

	if (node_is(m, "Where") && asks_for_infinities(input_node(m, 0)))
		m = input_node(m, 2);
	return node_is(n, "Sub") && node_is(m, "ReduceMax") && m->in[0] == n->in[0];
}

/* The greatest of what n adds up is 1. */
static bool adds_exponentials(const struct node *n)
{
	const struct node *e = input_node(n, 0);

	return node_is(n, "ReduceSum") && node_is(e, "Exp") && input_node(e, 0) &&
	       subtracts_greatest(input_node(e, 0));
}

/* Output k of p at idx, of slots of d. */
static const struct tir *definition_at(struct definition *d, struct node *p, int k,
				       const struct tir *const *idx)
{
	struct tir_stage stages[DEFINITION_OUTPUTS];
	struct tir_builder b;
	struct inlining i = { .d = d, .p = p, .stage = &stages[k], .idx = idx };
	const struct tir_map map = { .load = replace_load, .var = replace_var, .data = &i };
	const struct tir *e;

	expand_inputs(p);
	tir_builder_init(&b, d->u, p);
	if (!p->op->define(&b, p, stages)) {
		d->failed = true;
		return tir_number(&d->b, dtype_compute(node_out(p, k)->type), 0);
	}
	d->quantized |= node_is(p, "DequantizeLinear") && !node_const(p, 0);
	e = tir_rebuild(&d->b, stages[k].value, &map);
	/* what intervals do not tell */
	if (subtracts_greatest(p))
		e = tir_min(&d->b, e, tir_number(&d->b, e->type, 0));
	else if (adds_exponentials(p))
		e = tir_max(&d->b, e, tir_number(&d->b, e->type, 1));
	return e;
}

struct reductions {
	int n;
	dim extent;
	struct unit *u;
};

static void see_reduction(const struct tir *e, void *data)
{
	struct reductions *r = data;

	r->n += e->kind == TIR_REDUCE;
	for (int i = 0; e->kind == TIR_REDUCE && i < e->u.reduce.n; i++)
		r->extent = dim_mul(r->u, r->extent, e->u.reduce.vars[i]->u.var.extent);
}

static void see_real(const struct tir *e, void *data)
{
	struct definition *d = data;

	d->whole &= !dtype_is_float(e->type) ||
		    !(e->kind == TIR_LOAD || (e->kind == TIR_CAST && e->a->type != DT_BOOL));
}

bool definition_make(struct definition *d, struct node *n, int k)
{
	struct tir_stage stages[DEFINITION_OUTPUTS];
	struct unit *u = n->graph->unit;
	struct tir_builder b;
	struct reductions over = { .extent = 1, .u = u };

	*d = (struct definition){ .u = u, .n = n, .whole = true };
	expand_inputs(n);
	tir_builder_init(&b, u, n);
	if (!n->op->define(&b, n, stages))
		return false;
	tir_each(stages[k].value, see_reduction, &over);
	d->points =
		over.n > 1 ? -1 : dim_mul(u, shape_count(u, &node_out(n, k)->shape), over.extent);
	d->stage = stages[k];
	tir_builder_init(&d->b, u, n);
	for (int i = 0; i < d->stage.rank; i++)
		d->stage.vars[i] = tir_var(&d->b, stages[k].vars[i]->u.var.extent,
					   stages[k].vars[i]->u.var.name);
	d->stage.value = definition_at(d, n, k, d->stage.vars);
	tir_each(d->stage.value, see_real, d);
	return !d->failed;
}
