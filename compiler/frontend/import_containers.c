/* Sequences and optionals at the border of a graph: as many inputs or outputs as they have tensors.
 *
 * How many tensors an input has is known while compiling (--dim NAME.count=N, NAME.present=0 or 1); inside, import
 * turns every operator on sequences into one on tensors (ops/sequence.c). */
#include "import.h"

#include "../ops/ops.h"

#include <string.h>

/* -- inputs ---------------------------------------------------------------- */

/* NAME.what, which options must have set. */
static bool known_size(struct env *e, const struct loc *loc, const char *name, const char *what,
		       const char *is, int64_t hi, int64_t *out)
{
	struct unit *u = e->im->u;
	const char *size = arena_printf(u->arena, "%s.%s", name, what);

	*out = dim_symbol(u, size);
	if (!dim_is_const(*out))
		return diag_error(u->diag, loc, "the input is %s; give it by --dim %s=N", is,
				  printable(u->arena, size, 80));
	return *out <= hi || diag_error(u->diag, loc, "%s is %lld, at most %lld is supported", size,
					(long long)*out, (long long)hi);
}

/* The model gives axis i of a sequence's tensors as a number. A name would be the same for all of them, which may
 * differ in size all the same. */
static bool is_number(const Onnx__TypeProto *t, int i)
{
	if (t && t->value_case == ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE)
		t = t->optional_type->elem_type;
	if (t && t->value_case == ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE)
		t = t->sequence_type->elem_type;
	return t && t->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE &&
	       t->tensor_type->shape->dim[i]->value_case ==
		       ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
}

/* Tensor `name` of a container: an input of its own, or what the caller fixes it to. */
static bool item_input(struct env *e, const char *name, const Onnx__ValueInfoProto *info,
		       const struct type_info *t, const struct port *port, uint32_t *out)
{
	struct unit *u = e->im->u;
	const struct input_value *fixed = fixed_value(e->im->o, name);
	struct type_info own = *t;
	struct value *v;

	note_input(u, name, port);
	if (fixed && fixed->value) {
		*out = graph_constant(e->g, name, fixed->value)->id;
		return true;
	}
	v = graph_value(e->g, name, DT_UNDEF, NULL);
	graph_add_input(e->g, v);
	*out = v->id;
	own.container = TENSOR;
	if (own.shape.rank < 0) {
		own.shape.rank = rank_of_options(u, v);
		for (int i = 0; i < own.shape.rank; i++)
			own.shape.d[i] = DIM_OVERFLOW;
	}
	for (int i = 0; i < t->shape.rank && port->count > 1; i++)
		if (!is_number(info->type, i))
			own.shape.d[i] = DIM_OVERFLOW;
	return type_apply(e->im, &own, v);
}

bool import_container(struct env *e, const Onnx__ValueInfoProto *info, const struct loc *loc,
		      const struct type_info *t, size_t number)
{
	struct unit *u = e->im->u;
	const char *name = own_name(e, text_of(info->name));
	bool sequence = t->container == SEQUENCE || t->of_sequence, ok = true;
	int64_t present = 1, count = 1;
	uint32_t *items;
	struct node *n;

	if (t->container == OPTIONAL)
		ok = known_size(e, loc, name, "present",
				"an optional, which holds something or not", 1, &present);
	if (ok && present && sequence)
		ok = known_size(e, loc, name, "count", "a sequence of a number of tensors",
				INT16_MAX, &count);
	if (!ok) {
		mark_failed(e->im, graph_value(e->g, name, DT_UNDEF, NULL)->id);
		return bind(e, loc, text_of(info->name), (uint32_t)(u->values.n - 1)) && false;
	}
	count = present ? count : 0;
	items = arena_array(u->arena, uint32_t, (size_t)count + 1);
	for (int64_t k = 0; ok && k < count; k++) {
		struct port port = { number, t->container, (int)k, (int)count };

		ok = item_input(e, sequence ? arena_printf(u->arena, "%s.%d", name, (int)k) : name,
				info, t, &port, &items[k]);
	}
	n = graph_insert(e->g, NULL, op_builtin(sequence ? "SequenceConstruct" : "Optional"), NULL,
			 (int)count, items, 1, loc);
	node_out(n, 0)->container = sequence ? SEQUENCE : OPTIONAL;
	node_out(n, 0)->type = t->type;
	if (sequence && t->container == OPTIONAL) {
		n = graph_insert(e->g, NULL, op_builtin("Optional"), NULL, present ? 1 : 0, n->out,
				 1, loc);
		node_out(n, 0)->container = OPTIONAL;
		node_out(n, 0)->type = t->type;
	}
	node_out(n, 0)->name = name;
	return bind(e, loc, text_of(info->name), n->out[0]) && ok;
}

/* -- outputs --------------------------------------------------------------- */

static void add_output(struct env *e, uint32_t id, const char *name, const struct port *port)
{
	struct unit *u = e->im->u;

	graph_add_output(e->g, local_value(e, value_of(u, id)));
	e->g->output_names.p[e->g->output_names.n - 1] = name;
	if (e->g == u->main)
		vec_push(u->arena, &u->output_ports, *port);
}

bool add_bundle(struct env *e, const struct loc *loc, struct value *v, const char *name)
{
	struct unit *u = e->im->u;
	struct bundle b = { v->container, v->type, (int)e->g->outputs.n, 1 };
	struct port port = { .number = e->bundles.n, .container = v->container };
	const struct value *inner = v;
	const uint32_t *items = &v->id;

	if (v->container == SEQUENCE || v->container == OPTIONAL) {
		bool known = value_items(v, &items, &b.count);

		if (known && b.count == 1 && v->container == OPTIONAL &&
		    value_of(u, items[0])->container == SEQUENCE) {
			inner = value_of(u, items[0]);
			known = value_items(inner, &items, &b.count);
			b.container = SEQUENCE;
		}
		if (!known)
			return diag_error(u->diag, loc,
					  "how many tensors it has must be known at compile time");
		if (e->g == u->main && b.count == 0)
			diag_warning(u->diag, loc,
				     "it has no tensors: the emitted code has no output for it");
	}
	port.count = b.count;
	for (; port.item < b.count; port.item++) {
		bool part = inner->container == SEQUENCE;

		add_output(e, items[port.item],
			   part ? arena_printf(u->arena, "%s.%d", name, port.item) : name, &port);
	}
	vec_push(u->arena, &e->bundles, b);
	return true;
}

/* -- If -------------------------------------------------------------------- */

static bool bind_bundle(struct env *e, const Onnx__NodeProto *np, size_t k, struct node *m,
			const struct bundle *b)
{
	uint32_t id = b->container == TENSOR ? m->out[b->first] : VALUE_NONE;

	if (b->container != TENSOR) {
		struct node *c = graph_insert(
			e->g, NULL,
			op_builtin(b->container == SEQUENCE ? "SequenceConstruct" : "Optional"),
			NULL, b->count, m->out + b->first, 1, &m->loc);

		node_out(c, 0)->container = b->container;
		node_out(c, 0)->type = b->type;
		id = c->out[0];
	}
	value_of(e->im->u, id)->name = own_name(e, np->output[k]);
	return bind(e, &m->loc, np->output[k], id);
}

bool import_bundled_if(struct env *e, const Onnx__NodeProto *np, struct node *n,
		       const struct env branch[2])
{
	struct unit *u = e->im->u;
	const struct env *a = &branch[0], *b = &branch[1];
	int total = (int)n->graphs[0]->outputs.n, errors = u->diag->errors;
	struct node *m;
	bool ok = a->bundles.n == b->bundles.n;

	for (size_t k = 0; ok && k < a->bundles.n; k++)
		ok = a->bundles.p[k].container == b->bundles.p[k].container &&
		     a->bundles.p[k].count == b->bundles.p[k].count;
	if (!ok) {
		bind_failed(e, np);
		return diag_error(
			u->diag, &n->loc,
			"a sequence or optional must have as many tensors in one branch as in the other, "
			"or the condition be known at compile time");
	}
	m = graph_insert(e->g, NULL, n->op, n->attrs, n->n_in, n->in, total, &n->loc);
	m->graphs = n->graphs;
	m->n_graphs = n->n_graphs;
	for (int i = 0; i < m->n_graphs; i++)
		m->graphs[i]->owner = m;
	n->n_graphs = 0;
	graph_remove(n);
	ok = node_check_sig(u, m) && m->op->upgrade(u, m) && node_infer(u, m);
	e->im->misfits += u->diag->errors - errors;
	for (size_t k = 0; k < np->n_output && k < a->bundles.n; k++)
		if (np->output[k][0])
			ok &= bind_bundle(e, np, k, m, &a->bundles.p[k]);
	return ok;
}
