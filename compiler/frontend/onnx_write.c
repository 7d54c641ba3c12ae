/* A unit as an ONNX file. The same unit gives the same bytes.
 *
 * Nodes are in the newest form of their operators, so the file imports the lowest opset in which
 * all of these forms exist. */
#include "frontend.h"

#include "onnx_write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* -- names ----------------------------------------------------------------------------------- */

/* Names of the interface come first, then those of values in order of their ids; a name that is
 * taken, or none, becomes one that begins with what no name of the model begins with. */
static void name_values(struct onnx_writer *w)
{
	struct unit *u = w->u;
	const char *prefix = print_prefix(u);
	struct name_map taken = { 0 };
	struct graph *g = u->main;

	w->names = arena_array(w->arena, const char *, u->values.n);
	w->names[VALUE_NONE] = "";
	for (size_t k = 0; k < g->inputs.n; k++) {
		const struct value *v = value_of(u, g->inputs.p[k]);

		if (v->name && name_map_add(w->arena, &taken, v->name, v->id))
			w->names[v->id] = v->name;
	}
	for (size_t k = 0; k < g->outputs.n; k++) {
		uint32_t id = g->outputs.p[k];

		if (g->output_names.p[k] &&
		    name_map_add(w->arena, &taken, g->output_names.p[k], id) && !w->names[id])
			w->names[id] = g->output_names.p[k];
	}
	for (uint32_t id = 1; id < u->values.n; id++) {
		const struct value *v = value_of(u, id);

		if (w->names[id] || !v->graph)
			continue;
		w->names[id] = v->name && *v->name && name_map_add(w->arena, &taken, v->name, id)
				       ? v->name
				       : arena_printf(w->arena, "%s%" PRIu32, prefix, id);
	}
}

const char *written_name(struct onnx_writer *w, uint32_t id)
{
	return w->names[id];
}

/* -- graphs ---------------------------------------------------------------------------------- */

static bool is_initializer(const struct graph *g, const struct value *v)
{
	return v->graph == g && v->constant && !v->producer && (v->uses.n || v->outputs);
}

static size_t count_nodes(const struct graph *g)
{
	size_t n = 0;

	for (const struct node *p = g->first; p; p = p->next)
		n++;
	return n;
}

static void put_initializers(struct onnx_writer *w, const struct graph *g, Onnx__GraphProto *m)
{
	m->initializer = MESSAGES(w, w->u->values.n);
	for (uint32_t id = 1; id < w->u->values.n; id++) {
		const struct value *v = value_of(w->u, id);

		if (is_initializer(g, v))
			m->initializer[m->n_initializer++] =
				tensor_message(w, v->constant, written_name(w, id));
	}
}

/* Types of what nodes compute, as far as they are tensors of known rank. */
static void put_infos(struct onnx_writer *w, const struct graph *g, Onnx__GraphProto *m)
{
	size_t most = 0;

	for (const struct node *n = g->first; n; n = n->next)
		most += (size_t)n->n_out;
	m->value_info = MESSAGES(w, most);
	for (const struct node *n = g->first; n; n = n->next)
		for (int k = 0; k < n->n_out; k++) {
			const struct value *v = node_out(n, k);

			if (v && !v->outputs && v->container == TENSOR && v->shape.rank >= 0)
				m->value_info[m->n_value_info++] =
					value_message(w, v, written_name(w, v->id));
		}
}

/* The main graph's outputs keep their names. A subgraph's need none of the model, but ONNX wants
 * them to be its own values, each once. */
static const char *output_name(struct onnx_writer *w, const struct graph *g, size_t k)
{
	uint32_t id = g->outputs.p[k];
	bool again = value_of(w->u, id)->graph != g;

	for (size_t i = 0; i < k; i++)
		again |= g->outputs.p[i] == id;
	if (g == w->u->main && g->output_names.p[k])
		return g->output_names.p[k];
	return again ? arena_printf(w->arena, "%s_%zu_%s", print_prefix(w->u), k,
				    written_name(w, id))
		     : written_name(w, id);
}

/* An output whose value goes by another name is an Identity of it. */
static Onnx__NodeProto *alias_message(struct onnx_writer *w, uint32_t id, const char *name)
{
	Onnx__NodeProto *m = arena_new(w->arena, Onnx__NodeProto);

	onnx__node_proto__init(m);
	m->op_type = (char *)(uintptr_t) "Identity";
	m->n_input = m->n_output = 1;
	m->input = arena_array(w->arena, char *, 1);
	m->output = arena_array(w->arena, char *, 1);
	m->input[0] = (char *)(uintptr_t)written_name(w, id);
	m->output[0] = (char *)(uintptr_t)name;
	return m;
}

Onnx__GraphProto *graph_message(struct onnx_writer *w, const struct graph *g)
{
	Onnx__GraphProto *m = arena_new(w->arena, Onnx__GraphProto);

	onnx__graph_proto__init(m);
	m->name = (char *)(uintptr_t)(g->name && *g->name ? g->name : "graph");
	m->n_input = g->inputs.n;
	m->input = MESSAGES(w, m->n_input);
	for (size_t k = 0; k < g->inputs.n; k++)
		m->input[k] = value_message(w, value_of(w->u, g->inputs.p[k]),
					    written_name(w, g->inputs.p[k]));
	put_initializers(w, g, m);
	put_infos(w, g, m);
	m->node = MESSAGES(w, count_nodes(g) + g->outputs.n);
	for (const struct node *n = g->first; n; n = n->next)
		m->node[m->n_node++] = node_message(w, n);
	m->n_output = g->outputs.n;
	m->output = MESSAGES(w, m->n_output);
	for (size_t k = 0; k < g->outputs.n; k++) {
		uint32_t id = g->outputs.p[k];
		const char *name = output_name(w, g, k);

		if (strcmp(name, written_name(w, id)) != 0)
			m->node[m->n_node++] = alias_message(w, id, name);
		m->output[k] = value_message(w, value_of(w->u, id), name);
	}
	return m;
}

/* -- the model ------------------------------------------------------------------------------- */

/* The first opset written: all that these operators' newest forms have is in it, but for what the
 * tables below list. (With a newer one, versions of ONNX Runtime fail to optimize int8 models.) */
enum { OLDEST_OPSET = 20 };

/* The IR version that came with each opset of ai.onnx, from that on. */
static const int ir_versions[] = { 9, 10, 10, 11, 12, 13, 13, 13, 14 };

static const struct {
	enum dtype type;
	int opset;
} late_types[] = {
	{ DT_U4, 21 },     { DT_I4, 21 }, { DT_F4E2M1, 23 },
	{ DT_F8E8M0, 24 }, { DT_U2, 25 }, { DT_I2, 25 },
};

static const struct {
	const char *op, *attr;
	int opset;
} late_attrs[] = {
	{ "QuantizeLinear", "block_size", 21 },     { "QuantizeLinear", "output_dtype", 21 },
	{ "QuantizeLinear", "precision", 23 },      { "DequantizeLinear", "block_size", 21 },
	{ "DequantizeLinear", "output_dtype", 23 },
};

static void need(int *since, int opset)
{
	if (*since < opset)
		*since = opset;
}

static void need_attrs(const struct node *n, int *since)
{
	struct arena scratch = { 0 };

	for (const struct attr_row *r = n->op->attrs; r && r->name; r++)
		for (size_t i = 0; i < ARRAY_LEN(late_attrs); i++)
			if (strcmp(late_attrs[i].op, n->op->name) == 0 &&
			    strcmp(late_attrs[i].attr, r->name) == 0 &&
			    !attr_is_default(&scratch, n->op, r, n->attrs))
				need(since, late_attrs[i].opset);
	arena_free(&scratch);
}

static void need_operators(struct graph *g, void *data)
{
	int *since = data;

	for (const struct node *n = g->first; n; n = n->next) {
		need(&since[n->op->domain], n->op->since);
		if (n->op->domain != DOMAIN_ONNX || !strstr(n->op->name, "uantizeLinear"))
			continue;
		need_attrs(n, since);
		if (dtype_bits(node_in(n, 0)->type) == 16 && n->op->name[0] == 'D')
			need(since, 21); /* of int16 and uint16 */
	}
}

static void need_types(const struct unit *u, int *since)
{
	for (uint32_t id = 1; id < u->values.n; id++)
		for (size_t i = 0; i < ARRAY_LEN(late_types); i++)
			if (value_of(u, id)->graph && value_of(u, id)->type == late_types[i].type)
				need(since, late_types[i].opset);
}

static void put_opsets(struct onnx_writer *w, Onnx__ModelProto *m)
{
	int since[DOMAIN_COUNT] = { [DOMAIN_ONNX] = OLDEST_OPSET };

	unit_each_graph(w->u, need_operators, since);
	need_types(w->u, &since[DOMAIN_ONNX]);
	for (size_t i = 0; i < w->u->opsets.n; i++)
		for (int d = 0; d < DOMAIN_COUNT; d++)
			if (since[d] && strcmp(w->u->opsets.p[i].domain, domain_names[d]) == 0 &&
			    w->u->opsets.p[i].version > since[d])
				since[d] = (int)w->u->opsets.p[i].version;
	m->opset_import = MESSAGES(w, DOMAIN_COUNT);
	for (int d = 0; d < DOMAIN_COUNT; d++) {
		Onnx__OperatorSetIdProto *o;

		if (!since[d])
			continue;
		o = arena_new(w->arena, Onnx__OperatorSetIdProto);
		onnx__operator_set_id_proto__init(o);
		o->domain = (char *)(uintptr_t)domain_names[d];
		o->has_version = 1;
		o->version = since[d];
		m->opset_import[m->n_opset_import++] = o;
	}
	m->has_ir_version = 1;
	m->ir_version = since[DOMAIN_ONNX] - OLDEST_OPSET < (int)ARRAY_LEN(ir_versions)
				? ir_versions[since[DOMAIN_ONNX] - OLDEST_OPSET]
				: ir_versions[ARRAY_LEN(ir_versions) - 1];
}

bool onnx_write(struct unit *u, FILE *f)
{
	struct arena arena = { 0 };
	struct onnx_writer w = { .u = u, .arena = &arena, .ok = true };
	Onnx__ModelProto m = ONNX__MODEL_PROTO__INIT;
	struct loc loc = { .file = u->file };
	size_t size;
	uint8_t *bytes;

	write_refusals(u);
	name_values(&w);
	m.producer_name = (char *)(uintptr_t) "edgecc";
	put_opsets(&w, &m);
	m.graph = graph_message(&w, u->main);
	size = w.ok ? protobuf_c_message_get_packed_size(&m.base) : 0;
	if (size > INT32_MAX)
		w.ok = diag_error(u->diag, &loc, "the model has %zu bytes, a protobuf message 2^31",
				  size);
	if (w.ok) {
		bytes = malloc(size);
		if (!bytes)
			out_of_memory();
		protobuf_c_message_pack(&m.base, bytes);
		fwrite(bytes, 1, size, f);
		free(bytes);
	}
	arena_free(&arena);
	return w.ok;
}
