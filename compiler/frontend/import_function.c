/* Model-local functions: each call becomes the function's nodes, with the caller's inputs and
 * attributes. */
#include "import.h"

#include <string.h>

/* Opsets that edgecc knows; a newer one may have changed what an operator means. */
static const struct {
	const char *domain;
	int64_t newest;
} known_opsets[] = {
	{ "", 28 },
	{ "ai.onnx.ml", 5 },
	{ "com.microsoft", 1 },
};

/* Index of domain in p, n when it is not there. */
static size_t opset_index(const struct opset *p, size_t n, const char *domain)
{
	size_t i = 0;
	while (i < n && strcmp(p[i].domain, domain) != 0)
		i++;
	return i;
}

static int64_t newest_known(const char *domain)
{
	for (size_t k = 0; k < ARRAY_LEN(known_opsets); k++)
		if (strcmp(known_opsets[k].domain, domain) == 0)
			return known_opsets[k].newest;
	return INT64_MAX; /* no operator of it is known, whatever the version */
}

bool opset_version(const struct opset *opsets, size_t n, const char *domain, int64_t *version)
{
	size_t i = opset_index(opsets, n, domain);
	*version = i < n ? opsets[i].version : newest_known(domain);
	return i < n || (domain[0] && *version != INT64_MAX);
}

bool opsets_read(struct import *im, const char *what, size_t n, Onnx__OperatorSetIdProto *const *p,
		 const struct opset **out, size_t *n_out)
{
	struct unit *u = im->u;
	struct loc loc = { .file = u->file };
	struct opset *all = arena_array(u->arena, struct opset, n);
	size_t made = 0;
	bool ok = true;
	for (size_t i = 0; i < n; i++) {
		const char *domain = domain_of(p[i]->domain);
		const char *shown = domain[0] ? printable(u->arena, domain, 80) : "ai.onnx";
		long long version = p[i]->version, newest = newest_known(domain);
		size_t k = opset_index(all, made, domain);
		if (version < 1)
			ok = diag_error(u->diag, &loc, "%s imports version %lld of domain %s", what,
					version, shown);
		if (version > newest)
			ok = diag_error(
				u->diag, &loc,
				"%s imports version %lld of domain %s, %lld is the newest that "
				"edgecc knows",
				what, version, shown, newest);
		if (k < made && all[k].version != version)
			diag_warning(
				u->diag, &loc,
				"%s imports versions %lld and %lld of domain %s: taking the newer",
				what, (long long)all[k].version, version, shown);
		if (k == made)
			all[made++] = (struct opset){ arena_strdup(u->arena, domain), version };
		else if (version > all[k].version)
			all[k].version = version;
	}
	*out = all;
	*n_out = made;
	return ok;
}

/* -- finding --------------------------------------------------------------- */

static const char *function_key(struct arena *a, const char *domain, const char *name,
				const char *overload)
{
	return arena_printf(a, "%s\x1f%s\x1f%s", domain_of(domain), text_of(name),
			    text_of(overload));
}

bool functions_register(struct import *im)
{
	struct unit *u = im->u;
	struct loc loc = { .file = u->file };
	bool ok = true;
	for (size_t i = 0; i < im->model->n_functions; i++) {
		const Onnx__FunctionProto *f = im->model->functions[i];
		const char *key = function_key(u->arena, f->domain, f->name, f->overload);
		if (!name_map_add(u->arena, &im->functions, key, (uint32_t)i))
			ok = diag_error(u->diag, &loc, "function \"%s\" is defined twice",
					printable(u->arena, text_of(f->name), 160));
	}
	return ok;
}

const Onnx__FunctionProto *function_find(const struct import *im, const Onnx__NodeProto *np)
{
	struct arena temporary = { 0 };
	uint32_t i;
	if (!im->functions.n)
		return NULL;
	bool found =
		name_map_get(&im->functions,
			     function_key(&temporary, np->domain, np->op_type, np->overload), &i);
	arena_free(&temporary);
	return found ? im->model->functions[i] : NULL;
}

/* -- calling --------------------------------------------------------------- */

static bool has_name(char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static const Onnx__AttributeProto *attr_named(size_t n, Onnx__AttributeProto *const *p,
					      const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(text_of(p[i]->name), name) == 0)
			return p[i];
	return NULL;
}

static bool check_call(struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		       const Onnx__FunctionProto *f)
{
	struct diag *d = e->im->u->diag;
	struct arena *a = e->im->u->arena;
	if (np->n_input > f->n_input)
		return diag_error(d, loc, "has %zu inputs, the function takes %zu", np->n_input,
				  f->n_input);
	if (np->n_output > f->n_output)
		return diag_error(d, loc, "has %zu outputs, the function makes %zu", np->n_output,
				  f->n_output);
	for (size_t i = 0; i < np->n_attribute; i++) {
		const char *name = text_of(np->attribute[i]->name);
		if (!has_name(f->attribute, f->n_attribute, name) &&
		    !attr_named(f->n_attribute_proto, f->attribute_proto, name))
			return diag_error(d, loc, "the function has no attribute \"%s\"",
					  printable(a, name, 80));
	}
	for (const struct env *up = e; up; up = up->call ? up->call->env : NULL)
		if (up->call && up->call->f == f)
			return diag_error(d, loc, "the function calls itself");
	if (e->depth >= NESTING_MAX)
		return diag_error(d, loc, "functions and subgraphs nest more than %d levels deep",
				  NESTING_MAX);
	return true;
}

bool bind_result(struct env *e, const struct loc *loc, const char *name, uint32_t id, size_t first)
{
	struct value *v = value_of(e->im->u, id);
	bool ok = true;
	if (!is_failed(e->im, id)) {
		if (id >= first)
			v->name = own_name(e, name);
		ok = type_check(e, name, v);
	}
	return bind(e, loc, name, id) && ok;
}

static bool bind_outputs(struct env *e, const struct env *body, const struct loc *loc,
			 const Onnx__NodeProto *np, const Onnx__FunctionProto *f, size_t first)
{
	struct unit *u = e->im->u;
	bool ok = true;
	for (size_t k = 0; k < np->n_output && !e->im->stopped; k++) {
		uint32_t id;
		if (!np->output[k][0])
			continue;
		if (!name_map_get(&body->names, f->output[k], &id) || id == VALUE_NONE) {
			ok = diag_error(u->diag, loc,
					"output \"%s\" of the function is made by no node",
					printable(u->arena, f->output[k], 160));
			id = graph_value(e->g, NULL, DT_UNDEF, NULL)->id;
			mark_failed(e->im, id);
		}
		ok &= bind_result(e, loc, np->output[k], id, first);
	}
	return ok;
}

bool inline_function(struct env *e, const Onnx__NodeProto *np, const Onnx__FunctionProto *f,
		     const uint32_t *in, size_t n_in)
{
	struct unit *u = e->im->u;
	struct loc loc = node_loc(e, np);
	struct call call = { f, np, e };
	struct env body = { .im = e->im, .g = e->g, .call = &call, .depth = e->depth + 1 };
	if (!check_call(e, &loc, np, f) ||
	    !opsets_read(e->im, "the function", f->n_opset_import, f->opset_import, &body.opsets,
			 &body.n_opsets)) {
		bind_failed(e, np);
		return false;
	}
	body.prefix = loc.node;
	body.results = (const char **)f->output;
	body.n_results = f->n_output;
	bool ok = true;
	for (size_t k = 0; k < f->n_input; k++)
		if (!name_map_add(u->arena, &body.names, f->input[k],
				  k < n_in ? in[k] : VALUE_NONE))
			ok = diag_error(u->diag, &loc, "the function declares input \"%s\" twice",
					printable(u->arena, f->input[k], 160));
	size_t first = u->values.n;
	ok &= import_nodes(&body, f->n_node, f->node);
	return bind_outputs(e, &body, &loc, np, f, first) && ok;
}
