/* edgecc inspect: what a model is, and what it would need. */
#include "budget.h"
#include "quantize.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

struct op_count {
	const char *name;
	int n;
};
typedef VEC(struct op_count) op_counts;

static void count_op(struct arena *a, op_counts *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->p[i].name, name) == 0) {
			c->p[i].n++;
			return;
		}
	vec_push(a, c, ((struct op_count){ name, 1 }));
}

struct model_facts {
	struct arena *a;
	op_counts ops;
	int64_t parameters, parameter_bytes;
	int nodes;
};

static void count_graph(struct graph *g, void *data)
{
	struct model_facts *m = data;

	for (const struct node *n = g->first; n; n = n->next) {
		count_op(m->a, &m->ops, n->loc.op ? n->loc.op : n->op->name);
		m->nodes++;
	}
}

static int more_first(const void *pa, const void *pb)
{
	const struct op_count *a = pa, *b = pb;

	return a->n != b->n ? b->n - a->n : strcmp(a->name, b->name);
}

static void gather(struct job *j, struct model_facts *m)
{
	unit_each_graph(j->u, count_graph, m);
	for (uint32_t id = 1; id < j->u->values.n; id++) {
		const struct value *v = value_of(j->u, id);

		if (!v->constant || (!v->uses.n && !v->outputs) || v->type == DT_STRING)
			continue;
		m->parameters += shape_elements(&v->constant->shape);
		m->parameter_bytes += (int64_t)v->constant->size;
	}
	if (m->ops.n)
		qsort(m->ops.p, m->ops.n, sizeof *m->ops.p, more_first);
}

static json_t *ports_json(struct job *j, const uint32_t *ids, const char *const *names, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct value *v = value_of(j->u, ids[i]);

		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name",
						      names ? names[i] : v->name, "type",
						      dtype_name(v->type), "shape",
						      shape_text(j->u, &v->shape)));
	}
	return list;
}

static void ports_text(struct job *j, const char *kind, const uint32_t *ids,
		       const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct value *v = value_of(j->u, ids[i]);

		printf("%s %zu: %s %s%s\n", kind, i,
		       printable(&j->arena, names ? names[i] : v->name, 80), dtype_name(v->type),
		       printable(&j->arena, shape_text(j->u, &v->shape), 200));
	}
}

static json_t *facts_json(struct job *j, const struct model_facts *m)
{
	const struct graph *g = j->u->main;
	json_t *ops = json_object();

	for (size_t i = 0; i < m->ops.n; i++)
		json_object_set_new(ops, m->ops.p[i].name, json_integer(m->ops.p[i].n));
	return json_pack("{s:s, s:o, s:o, s:o, s:i, s:I, s:I}", "model", j->u->file, "inputs",
			 ports_json(j, g->inputs.p, NULL, g->inputs.n), "outputs",
			 ports_json(j, g->outputs.p, g->output_names.p, g->outputs.n), "operators",
			 ops, "nodes", m->nodes, "parameters", (json_int_t)m->parameters,
			 "parameter_bytes", (json_int_t)m->parameter_bytes);
}

static void facts_text(struct job *j, const struct model_facts *m)
{
	const struct graph *g = j->u->main;

	printf("model %s: IR version %lld, opset", j->u->file, (long long)j->u->ir_version);
	for (size_t i = 0; i < j->u->opsets.n; i++)
		printf(" %s%s%lld", j->u->opsets.p[i].domain, *j->u->opsets.p[i].domain ? ":" : "",
		       (long long)j->u->opsets.p[i].version);
	printf("%s%s\n", j->u->producer && *j->u->producer ? ", made by " : "",
	       j->u->producer ? printable(&j->arena, j->u->producer, 60) : "");
	ports_text(j, "input", g->inputs.p, NULL, g->inputs.n);
	ports_text(j, "output", g->outputs.p, g->output_names.p, g->outputs.n);
	printf("%d nodes:", m->nodes);
	for (size_t i = 0; i < m->ops.n; i++)
		printf(" %s %d%s", m->ops.p[i].name, m->ops.p[i].n, i + 1 < m->ops.n ? "," : "\n");
	printf("%lld parameters in %lld bytes\n", (long long)m->parameters,
	       (long long)m->parameter_bytes);
}

int run_inspect(const struct options *o)
{
	struct job j;
	struct model_facts m = { 0 };
	struct quant_plan quantized = { 0 };
	json_t *facts = NULL;
	const char *model = o->files.n == 1 ? o->files.p[0] : NULL;
	bool ok;

	if (!model) {
		fprintf(stderr, "edgecc: inspect takes one model; try edgecc --help\n");
		return EXIT_USAGE;
	}
	job_begin(&j, o);
	ok = job_import_for(&j, model, NULL);
	if (ok) {
		m.a = &j.arena;
		gather(&j, &m);
		if (o->json)
			facts = facts_json(&j, &m);
		else
			facts_text(&j, &m);
		ok = (!o->quantize || job_quantize(&j, model, NULL, false, &quantized)) &&
		     job_plan(&j) && footprint_make(&j, true);
	}
	if (ok && o->json) {
		json_object_update_new(facts, plan_json(&j));
		print_json(facts);
	} else if (ok) {
		printf("on %s: ", j.target.name);
		plan_text(&j, true);
	}
	if (!ok)
		json_decref(facts);
	job_end(&j);
	return ok ? EXIT_OK : EXIT_FAILED;
}
