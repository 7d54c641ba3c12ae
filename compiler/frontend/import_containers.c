/* Sequences and optionals at the border of a graph: as many inputs or outputs as they have tensors.
 *
 * How many tensors an input has is known while compiling (--dim NAME.count=N, NAME.present=0 or 1); inside, import
 * turns every operator on sequences into one on tensors (ops/sequence.c). */
#include "import.h"

#include "../ops/sequence.h"

#include <string.h>

/* -- inputs ---------------------------------------------------------------- */

/* The tensors of input or output `number` are stacked in the unit that this one shall be like. */
static int stacked_there(const struct unit *like, bool input, size_t number)
{
	size_t n = !like ? 0 : input ? like->input_ports.n : like->output_ports.n;

	for (size_t k = 0; k < n; k++) {
		const struct port *p = input ? &like->input_ports.p[k] : &like->output_ports.p[k];

		if (p->number == number && p->count == STACKED)
			return (int)k;
	}
	return -1;
}

/* NAME.what, which options must have set, to a number or to the most there can be: STACKED. */
static bool known_size(struct env *e, const struct loc *loc, const char *name, const char *what,
		       const char *is, int64_t hi, size_t number, int64_t *out)
{
	struct unit *u = e->im->u;
	const char *size = arena_printf(u->arena, "%s.%s", name, what);

	*out = dim_symbol(u, size);
	if (dim_is_const(*out))
		return *out <= hi ||
		       diag_error(u->diag, loc, "%s is %lld, at most %lld is supported", size,
				  (long long)*out, (long long)hi);
	if (dim_hi(u, *out) == DIM_UNBOUNDED &&
	    stacked_there(e->im->o ? e->im->o->like : NULL, true, number) < 0)
		return diag_error(
			u->diag, loc,
			"the input is %s; give it by --dim %s=N, or the most there can be by "
			"--dim '%s<=N'",
			is, printable(u->arena, size, 80), printable(u->arena, size, 80));
	*out = STACKED;
	return true;
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

/* Part `name` of a stacked container: an input, or what the caller fixes it to. */
static uint32_t part_input(struct env *e, const char *name, enum dtype t, const struct shape *s,
			   const struct port *port)
{
	const struct input_value *fixed = fixed_value(e->im->o, name);
	struct value *v;

	note_input(e->im->u, name, port);
	if (fixed && fixed->value)
		return graph_constant(e->g, name, fixed->value)->id;
	v = graph_value(e->g, name, t, s);
	graph_add_input(e->g, v);
	return v->id;
}

static struct node *stacked_of(struct env *e, enum container c, enum dtype t, int n_in,
			       const uint32_t *in, const struct loc *loc)
{
	struct node *n =
		graph_insert(e->g, NULL, op_builtin("edgecc.Stacked"), NULL, n_in, in, 1, loc);

	node_out(n, 0)->container = c;
	node_out(n, 0)->type = t;
	return n;
}

/* A sequence of as many tensors as the caller of the emitted code says, or an optional, which is a sequence of one or
 * none, or holds a sequence: its tensors stacked (NAME), and, when they may differ, their sizes (NAME.sizes); whether
 * it holds a sequence NAME.holds says. */
static bool stacked_input(struct env *e, const Onnx__ValueInfoProto *info, const struct loc *loc,
			  const struct type_info *t, size_t number, dim length)
{
	struct unit *u = e->im->u;
	const char *name = own_name(e, text_of(info->name));
	struct port port = { number, t->container, 0, STACKED };
	struct shape all = { .rank = t->shape.rank + 1, .d = { length } },
		     sizes = { .rank = 2, .d = { length, t->shape.rank } }, scalar = { 0 };
	bool differ = false, sequence = t->container == SEQUENCE || t->of_sequence;
	bool holds = sequence && t->container == OPTIONAL;
	uint32_t in[STACKED_PARTS] = { 0 };
	struct node *n;

	if (t->shape.rank < 0 || t->shape.rank >= RANK_MAX)
		return diag_error(u->diag, loc,
				  "the rank of its tensors must be known, and at most %d",
				  RANK_MAX - 1);
	for (int i = 0; i < t->shape.rank; i++) {
		differ |= sequence && !is_number(info->type, i);
		all.d[i + 1] = dim_is_const(t->shape.d[i])
				       ? t->shape.d[i]
				       : dim_symbol(u, arena_printf(u->arena, "%s.%d", name, i));
	}
	in[0] = part_input(e, name, t->type, &all, &port);
	port.item = 1;
	if (differ)
		in[1] = part_input(e, arena_printf(u->arena, "%s.sizes", name), DT_I64, &sizes,
				   &port);
	port.item = 2;
	if (holds)
		in[2] = part_input(e, arena_printf(u->arena, "%s.holds", name), DT_BOOL, &scalar,
				   &port);
	n = stacked_of(e, t->container, t->type, holds ? 3 : 1 + differ, in, loc);
	node_out(n, 0)->name = name;
	return bind(e, loc, text_of(info->name), n->out[0]);
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
				"an optional, which holds something or not", 1, number, &present);
	if (ok && present == STACKED && !sequence)
		return stacked_input(e, info, loc, t, number,
				     dim_symbol(u, arena_printf(u->arena, "%s.present", name)));
	if (ok && present && sequence)
		ok = known_size(e, loc, name, "count", "a sequence of a number of tensors",
				INT16_MAX, number, &count);
	if (ok && (present == STACKED || (present && count == STACKED)))
		return stacked_input(e, info, loc, t, number,
				     dim_symbol(u, arena_printf(u->arena, "%s.count", name)));
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

/* Outputs of a sequence or optional that is stacked. */
static void add_parts(struct env *e, const struct stacked *run, const char *name, struct port port,
		      struct bundle *b)
{
	static const char *const ending[STACKED_PARTS] = { "", ".sizes", ".holds" };
	uint32_t part[STACKED_PARTS];

	stacked_parts(run, part);
	port.count = STACKED;
	port.mixed = b->mixed = run->mixed;
	b->count = 0;
	for (port.item = 0; port.item < STACKED_PARTS; port.item++) {
		b->has[port.item] = part[port.item] != VALUE_NONE;
		if (!b->has[port.item])
			continue;
		add_output(e, part[port.item],
			   arena_printf(e->im->u->arena, "%s%s", name, ending[port.item]), &port);
		b->count++;
	}
}

/* v as the outputs that its tensors are. */
static bool add_as_it_is(struct env *e, const struct loc *loc, const struct value *v,
			 const char *name)
{
	struct unit *u = e->im->u;
	const struct value *inner = sequence_in(v);
	struct bundle b = { .container = inner->container,
			    .type = v->type,
			    .first = (int)e->g->outputs.n,
			    .count = 1,
			    .value = v->id,
			    .name = name };
	struct port port = { .number = e->bundles.n, .container = v->container };
	const uint32_t *items = &v->id;
	struct stacked run;

	b.stacked = value_stacked(inner, &run);
	if (!b.stacked && (v->container == SEQUENCE || v->container == OPTIONAL)) {
		if (!value_items(inner, &items, &b.count))
			return diag_error(u->diag, loc,
					  "how many tensors it has must be known at compile time");
		if (e->g == u->main && b.count == 0)
			diag_warning(u->diag, loc,
				     "it has no tensors: the emitted code has no output for it");
	}
	port.count = b.count;
	if (b.stacked)
		add_parts(e, &run, name, port, &b);
	for (; !b.stacked && port.item < b.count; port.item++) {
		bool part = inner->container == SEQUENCE;

		add_output(e, items[port.item],
			   part ? arena_printf(u->arena, "%s.%d", name, port.item) : name, &port);
	}
	vec_push(u->arena, &e->bundles, b);
	return true;
}

/* v, an output of the main graph, stacked as it is in `like`, or itself. */
static bool stack_like(struct env *e, const struct loc *loc, struct value **v)
{
	const struct unit *like = e->im->o ? e->im->o->like : NULL;
	int at = e->g == e->im->u->main ? stacked_there(like, false, e->bundles.n) : -1;
	struct stack_form f = stack_form_none();
	const struct shape *all;
	struct node *n;
	bool fits;

	if (at < 0 || (*v)->container == TENSOR)
		return true;
	all = &value_of(like, like->main->outputs.p[at])->shape;
	for (size_t k = (size_t)at; k < like->output_ports.n; k++) {
		const struct port *p = &like->output_ports.p[k];

		f.differ |= p->number == e->bundles.n && p->item == 1;
		f.optional |= p->number == e->bundles.n && p->item == 2;
	}
	f.mixed = like->output_ports.p[at].mixed;
	f.rank = f.differ ? all->rank - 1 : -1;
	for (int i = 0; f.differ && i < f.rank; i++) {
		const dim hi = dim_hi(like, all->d[i + 1]); /* its expressions are not ours */

		f.d[i] = hi == DIM_UNBOUNDED ? DIM_OVERFLOW : hi;
	}
	n = graph_insert(e->g, NULL, op_builtin("Identity"), NULL, 0, NULL, 0,
			 loc); /* for errors */
	fits = stack_form_add(e->im->u, n, &f, *v);
	graph_remove(n);
	if (!fits)
		return false;
	n = stacked_node(e->g, NULL, *v, &f, loc);
	*v = n ? node_out(n, 0) : NULL;
	return n != NULL;
}

bool add_bundle(struct env *e, const struct loc *loc, struct value *v, const char *name)
{
	return stack_like(e, loc, &v) && add_as_it_is(e, loc, v, name);
}

bool has_containers(const struct env *e)
{
	for (size_t k = 0; k < e->bundles.n; k++)
		if (e->bundles.p[k].container != TENSOR)
			return true;
	return false;
}

bool stack_bundles(struct env *e, const struct stack_form *const *forms, const struct loc *loc)
{
	struct unit *u = e->im->u;
	size_t n = e->bundles.n;
	bool ok = true;

	graph_drop_outputs(e->g);
	e->bundles.n = 0;
	for (size_t k = 0; ok && k < n; k++) {
		struct bundle b = e->bundles.p[k];
		struct value *v = value_of(u, b.value);

		if (forms[k]) {
			struct node *s = stacked_node(e->g, NULL, v, forms[k], loc);

			ok = s != NULL;
			v = ok ? node_out(s, 0) : v;
		}
		ok = ok && add_bundle(e, loc, v, b.name);
	}
	return ok;
}

/* -- loops' bodies --------------------------------------------------------- */

bool import_parts(struct env *e, const char *name, const char *own, const struct loc *loc,
		  const struct type_info *t)
{
	struct unit *u = e->im->u;
	uint32_t in[STACKED_PARTS] = { 0 };
	struct node *n;
	bool ok = true;

	for (int k = 0; k < t->n_parts; k++) {
		struct value *v;

		if (!t->parts[k].known)
			continue;
		v = graph_value(e->g, k == 1 ? arena_printf(u->arena, "%s.sizes", own) : own,
				DT_UNDEF, NULL);
		graph_add_input(e->g, v);
		ok &= type_apply(e->im, &t->parts[k], v);
		type_vary(u, &t->parts[k], v);
		in[k] = v->id;
	}
	n = stacked_of(e, in[2] ? OPTIONAL : t->container, t->type, t->n_parts, in, loc);
	((struct stacked_attrs *)n->attrs)->mixed = t->mixed;
	return bind(e, loc, name, n->out[0]) && ok;
}

/* -- If and loops ---------------------------------------------------------- */

/* The sequence or optional that b is, of m's outputs from `out` on. */
static struct node *bundled(struct env *e, struct node *m, const struct bundle *b,
			    const uint32_t *out)
{
	const char *maker = b->container == SEQUENCE ? "SequenceConstruct" : "Optional";
	uint32_t in[STACKED_PARTS] = { 0 };
	struct node *c;

	for (int i = 0; b->stacked && i < STACKED_PARTS; i++)
		in[i] = b->has[i] ? *out++ : VALUE_NONE;
	if (b->is_sequence)
		in[2] = VALUE_NONE;
	if (b->stacked)
		c = stacked_of(e, b->is_sequence ? SEQUENCE : b->container, b->type, in[2] ? 3 : 2,
			       in, &m->loc);
	else
		c = graph_insert(e->g, NULL, op_builtin(maker), NULL, b->count, out, 1, &m->loc);
	if (b->stacked)
		((struct stacked_attrs *)c->attrs)->mixed = b->mixed;
	node_out(c, 0)->container = b->is_sequence ? SEQUENCE : b->container;
	node_out(c, 0)->type = b->type;
	return c;
}

static bool bind_bundle(struct env *e, const Onnx__NodeProto *np, size_t k, struct node *m,
			const struct bundle *b, int first)
{
	const uint32_t *out = m->out + b->first - first;
	uint32_t id = b->container == TENSOR ? *out : bundled(e, m, b, out)->out[0];

	value_of(e->im->u, id)->name = own_name(e, np->output[k]);
	if (b->container == TENSOR && !type_check(e, np->output[k], value_of(e->im->u, id)))
		return false;
	return bind(e, &m->loc, np->output[k], id);
}

/* Whether both branches give as many tensors for output k. */
static bool match(const struct bundle *a, const struct bundle *b)
{
	return a->container == b->container && a->count == b->count && !a->stacked && !b->stacked;
}

bool match_branches(const struct node *n, struct env branch[2])
{
	struct unit *u = branch[0].im->u;
	size_t count = branch[0].bundles.n;
	struct stack_form *forms = arena_array(u->arena, struct stack_form, count + 1);
	const struct stack_form **used =
		arena_array(u->arena, const struct stack_form *, count + 1);
	bool all = count == branch[1].bundles.n, ok = true;

	if (branch[0].refused || branch[1].refused)
		return true;
	for (size_t k = 0; all && ok && k < count; k++) {
		const struct bundle *a = &branch[0].bundles.p[k], *b = &branch[1].bundles.p[k];

		used[k] = NULL;
		if (match(a, b))
			continue;
		forms[k] = stack_form_none();
		used[k] = &forms[k];
		for (int i = 0; ok && i < 2; i++)
			ok = stack_form_add(u, n, &forms[k],
					    value_of(u, branch[i].bundles.p[k].value));
		if (ok && (forms[k].optional ? 0 : a->container != b->container))
			ok = node_error(u, n, "output %zu is a sequence in one branch only", k);
	}
	return all && ok && stack_bundles(&branch[0], used, &n->loc) &&
	       stack_bundles(&branch[1], used, &n->loc);
}

/* Its first tensor bears the name that bounds are given to. */
static bool named(const struct bundle *b)
{
	return b->stacked || b->container == TENSOR;
}

bool import_bundled(struct env *e, const Onnx__NodeProto *np, struct node *n,
		    const struct env *inner, int first)
{
	struct unit *u = e->im->u;
	int total = (int)n->graphs[0]->outputs.n - first, errors = u->diag->errors;
	struct node *m;
	bool ok;

	m = graph_insert(e->g, NULL, n->op, n->attrs, n->n_in, n->in, total, &n->loc);
	m->graphs = n->graphs;
	m->n_graphs = n->n_graphs;
	for (int i = 0; i < m->n_graphs; i++)
		m->graphs[i]->owner = m;
	for (size_t k = 0; k < np->n_output && k + (size_t)first < inner->bundles.n; k++)
		if (np->output[k][0] && named(&inner->bundles.p[k + (size_t)first]))
			node_out(m, inner->bundles.p[k + (size_t)first].first - first)->name =
				own_name(e, np->output[k]);
	n->n_graphs = 0;
	graph_remove(n);
	ok = node_upgrade(u, m) && node_infer(u, m);
	e->im->misfits += u->diag->errors - errors;
	for (size_t k = 0; k < np->n_output && k + (size_t)first < inner->bundles.n; k++)
		if (np->output[k][0])
			ok &= bind_bundle(e, np, k, m, &inner->bundles.p[k + (size_t)first], first);
	return ok;
}
