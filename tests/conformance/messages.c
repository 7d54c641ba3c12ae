/* messages.c - a test's model and tensors as protobuf messages, and its files. */
#define _GNU_SOURCE
#include <dirent.h>
#include <string.h>

#include "conformance.h"

/* -- messages in files --------------------------------------------------------------------- */

bool read_file(struct arena *a, const char *path, uint8_t **data, size_t *size)
{
	FILE *f = fopen(path, "rb");
	long n;

	if (!f)
		return false;
	fseek(f, 0, SEEK_END);
	n = ftell(f);
	rewind(f);
	*data = arena_alloc(a, (size_t)n + 1);
	*size = fread(*data, 1, (size_t)n, f);
	fclose(f);
	return *size == (size_t)n;
}

bool write_model(struct arena *a, const Onnx__ModelProto *m, const char *path)
{
	size_t size = onnx__model_proto__get_packed_size(m);
	uint8_t *data = arena_alloc(a, size);
	FILE *f = fopen(path, "wb");
	bool ok;

	if (!f)
		return false;
	onnx__model_proto__pack(m, data);
	ok = fwrite(data, 1, size, f) == size;
	return fclose(f) == 0 && ok;
}

static bool has_bits(enum dtype t)
{
	return t == DT_U4 || t == DT_I4 || t == DT_U2 || t == DT_I2 || t == DT_F4E2M1;
}

/* An array file as a message; NULL when a message cannot hold it. */
static Onnx__TensorProto *tensor_of_npy(struct test *t, const char *path,
					const Onnx__ValueInfoProto *info)
{
	struct value like = { .container = TENSOR };
	Onnx__TensorProto *p = arena_new(t->arena, Onnx__TensorProto);
	struct diag d = { .text = t->why };
	const struct constant *c;
	struct test_value v;

	if (info->type && info->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
		like.type = (enum dtype)info->type->tensor_type->elem_type;
	if (!test_value_load(t->arena, &d, path, like.type ? &like : NULL, &v) || v.items.n != 1)
		return NULL;
	c = v.items.p[0];
	if (has_bits(c->type))
		return NULL;
	onnx__tensor_proto__init(p);
	p->has_data_type = 1;
	p->data_type = (int32_t)c->type;
	p->n_dims = (size_t)c->shape.rank;
	p->dims = arena_copy(t->arena, c->shape.d, sizeof c->shape.d);
	if (c->type == DT_STRING) {
		p->n_string_data = (size_t)shape_elements(&c->shape);
		p->string_data = arena_array(t->arena, ProtobufCBinaryData, p->n_string_data);
		for (size_t i = 0; i < p->n_string_data; i++) {
			p->string_data[i].len = strlen(c->strings[i]);
			p->string_data[i].data =
				arena_copy(t->arena, c->strings[i], p->string_data[i].len);
		}
		return p;
	}
	p->has_raw_data = 1;
	p->raw_data.len = c->size;
	p->raw_data.data = arena_copy(t->arena, c->data, c->size);
	return p;
}

/* SET/input_K.pb or output_K.pb (or .npy) for K = 0, 1 ... named as infos[K]; those that are left
 * out are NULL, those passed over do not count for K. False when one is no tensor. */
static bool read_tensors(struct test *t, const char *kind, size_t n,
			 Onnx__ValueInfoProto *const *infos, const bool *passed_over,
			 Onnx__TensorProto **out)
{
	uint8_t *data;
	size_t size, number = 0;

	for (size_t k = 0; k < n; k++) {
		const char *base = arena_printf(t->arena, "%s/%s_%zu", t->set, kind, number);
		const char *npy = arena_printf(t->arena, "%s.npy", base);

		out[k] = NULL;
		if (passed_over && passed_over[k])
			continue;
		number++;
		if (path_exists(npy))
			out[k] = tensor_of_npy(t, npy, infos[k]);
		else if (read_file(t->arena, arena_printf(t->arena, "%s.pb", base), &data, &size))
			out[k] = onnx__tensor_proto__unpack(NULL, size, data);
		else
			continue;
		if (!out[k] || !out[k]->has_data_type)
			return false;
		out[k]->name = infos[k]->name;
	}
	return true;
}

/* -- the model with its inputs as constants ------------------------------------------------ */

static bool has_default(const Onnx__GraphProto *g, const char *name)
{
	bool found = false;

	for (size_t i = 0; i < g->n_initializer; i++)
		found = found || strcmp(g->initializer[i]->name, name) == 0;
	for (size_t i = 0; i < g->n_sparse_initializer; i++)
		found = found || strcmp(g->sparse_initializer[i]->values->name, name) == 0;
	return found;
}

bool add_inputs(struct test *t, Onnx__ModelProto *m)
{
	Onnx__GraphProto *g = m->graph;
	Onnx__TensorProto **in = arena_array(t->arena, Onnx__TensorProto *, g->n_input);
	Onnx__TensorProto **all =
		arena_array(t->arena, Onnx__TensorProto *, g->n_input + g->n_initializer);
	bool *passed_over = arena_array(t->arena, bool, g->n_input);
	size_t n = g->n_initializer;

	for (size_t k = 0; k < g->n_input; k++)
		passed_over[k] = has_default(g, g->input[k]->name);
	if (!read_tensors(t, "input", g->n_input, g->input, passed_over, in))
		return false;
	if (n)
		memcpy(all, g->initializer, n * sizeof *all);
	for (size_t k = 0; k < g->n_input; k++)
		if (in[k])
			all[n++] = in[k];
	g->initializer = all;
	g->n_initializer = n;
	return true;
}

bool all_tensors(size_t n, Onnx__ValueInfoProto *const *infos)
{
	for (size_t k = 0; k < n; k++)
		if (infos[k]->type &&
		    infos[k]->type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
			return false;
	return true;
}

bool write_expected(struct test *t, const Onnx__ModelProto *m, const char *path)
{
	Onnx__ModelProto out = *m;
	Onnx__GraphProto g = ONNX__GRAPH_PROTO__INIT;

	g.name = m->graph->name;
	g.n_output = m->graph->n_output;
	g.output = m->graph->output;
	g.n_initializer = m->graph->n_output;
	g.initializer = arena_array(t->arena, Onnx__TensorProto *, g.n_initializer);
	if (!read_tensors(t, "output", g.n_output, g.output, NULL, g.initializer))
		return false;
	for (size_t k = 0; k < g.n_initializer; k++)
		if (!g.initializer[k])
			return false;
	out.graph = &g;
	out.n_functions = 0;
	return write_model(t->arena, &out, path);
}

/* -- folders ------------------------------------------------------------------------------- */

bool copy_files(struct arena *a, const char *from, const char *to)
{
	DIR *d = opendir(from);
	struct dirent *e;
	bool ok = d != NULL;

	while (ok && (e = readdir(d))) {
		const char *dot = strrchr(e->d_name, '.');
		uint8_t *data;
		size_t size;
		FILE *f;

		if (e->d_name[0] == '.' || e->d_type == DT_DIR ||
		    (dot && (!strcmp(dot, ".onnx") || !strcmp(dot, ".npy") ||
			     !strcmp(dot, ".json") || !strcmp(dot, ".txt"))))
			continue;
		f = fopen(path_join(a, to, e->d_name), "wb");
		ok = f && read_file(a, path_join(a, from, e->d_name), &data, &size) &&
		     fwrite(data, 1, size, f) == size;
		if (f && fclose(f) != 0)
			ok = false;
	}
	if (d)
		closedir(d);
	return ok;
}
