/* Models: from a file to a unit. What the file is, its versions, its main graph; the parts are in
 * import_*.c. */
#include "import.h"

#include <string.h>

#define IR_OLDEST 3 /* the first with opset imports */
#define IR_NEWEST 14

/* -- what kind of file it is ----------------------------------------------- */

static bool looks_like_text(const struct source *s)
{
	size_t n = s->size < 512 ? s->size : 512;
	for (size_t i = 0; i < n; i++)
		if ((s->data[i] < 0x20 && !memchr("\t\n\r\f", s->data[i], 4)) || s->data[i] == 0x7f)
			return false;
	return n > 0;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);
	return n >= m && strcmp(s + n - m, end) == 0;
}

/* The first byte that is no space and in no # comment. */
static int first_byte(const struct source *s)
{
	for (size_t i = 0; i < s->size; i++) {
		if (s->data[i] == '#')
			while (i < s->size && s->data[i] != '\n')
				i++;
		else if (!memchr(" \t\r\n", s->data[i], 4))
			return s->data[i];
	}
	return -1;
}

static bool is_onnx_text(const struct source *s)
{
	return ends_with(s->path, ".onnxtxt") || ends_with(s->path, ".txt") ||
	       (looks_like_text(s) && first_byte(s) == '<');
}

/* Files that people take for ONNX models. */
static const struct {
	size_t at;
	const char *bytes, *what;
} others[] = {
	{ 4, "TFL3", "a TensorFlow Lite model; convert it with tf2onnx" },
	{ 4, "ORTM", "in ONNX Runtime's own format; use the .onnx file it was made from" },
	{ 0, "PK\3\4", "a zip archive, as PyTorch and Keras save; export the model to ONNX" },
	{ 0, "\x89HDF", "an HDF5 file, as Keras saves; convert it with tf2onnx" },
	{ 0, "version https://git-lfs",
	  "a Git LFS pointer, not the model itself; run git lfs pull" },
	{ 0, "ir_version",
	  "in protobuf's text form; convert it to binary, or write ONNX's own text" },
};

static bool check_kind(const struct source *s)
{
	struct loc loc = { .file = s->path };
	if (s->size == 0)
		return diag_error(s->diag, &loc, "the file is empty");
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		size_t n = strlen(others[i].bytes);
		if (s->size >= others[i].at + n &&
		    memcmp(s->data + others[i].at, others[i].bytes, n) == 0)
			return diag_error(s->diag, &loc, "the file is %s", others[i].what);
	}
	if (looks_like_text(s) && !is_onnx_text(s))
		return diag_error(s->diag, &loc, "the file is text, not an ONNX model");
	return true;
}

/* -- options --------------------------------------------------------------- */

bool dim_option_parse(struct arena *a, const char *text, struct dim_option *out)
{
	const char *eq = strrchr(text, '=');
	if (!eq || eq == text)
		return false;
	bool bound = eq[-1] == '<';
	size_t n = (size_t)(eq - text) - bound;
	int64_t v = 0;
	const char *p = eq + 1;
	for (; *p >= '0' && *p <= '9' && v < INT64_MAX / 16; p++)
		v = v * 10 + (*p - '0');
	if (n == 0 || p == eq + 1 || *p || (bound && v == 0))
		return false;
	*out = (struct dim_option){ arena_strndup(a, text, n), v, bound };
	return true;
}

static void set_dims(struct import *im)
{
	for (size_t i = 0; im->o && i < im->o->n_dims; i++) {
		const struct dim_option *d = &im->o->dims[i];
		if (d->bound)
			dim_set_bound(im->u, d->name, d->value);
		else
			dim_bind(im->u, d->name, d->value);
	}
}

/* Names that --dim could have meant. */
static const char *nearest_dim(struct unit *u, const char *name)
{
	VEC(const char *) names = { 0 };
	for (size_t i = 0; i < u->dims.n; i++)
		if (u->dims.p[i].kind == DIM_SYMBOL)
			vec_push(u->arena, &names, u->dims.p[i].name);
	vec_push(u->arena, &names, NULL);
	const char *near = nearest_name(name, names.p);
	if (near)
		return arena_printf(u->arena, "; did you mean \"%s\"?", near);
	if (names.n == 1)
		return ", nor any other that is not fixed";
	return arena_printf(u->arena, "; it has \"%s\"%s", names.p[0],
			    names.n > 2 ? " and others" : "");
}

static bool check_input_name(const struct unit *u, const struct loc *loc, const char *name)
{
	for (size_t k = 0; k < u->input_names.n; k++)
		if (strcmp(u->input_names.p[k], name) == 0)
			return true;
	return diag_error(u->diag, loc, "the model has no input \"%s\"", name);
}

/* Inputs and sizes that options name but the model does not have. */
static bool check_options(struct import *im)
{
	struct unit *u = im->u;
	struct loc loc = { .file = u->file };
	bool ok = true;
	for (size_t i = 0; i < u->dim_settings.n; i++)
		if (!u->dim_settings.p[i].used)
			ok = diag_error(u->diag, &loc, "the model has no dimension \"%s\"%s",
					u->dim_settings.p[i].name,
					nearest_dim(u, u->dim_settings.p[i].name));
	for (size_t i = 0; im->o && i < im->o->n_keep_inputs; i++)
		ok &= check_input_name(u, &loc, im->o->keep_inputs[i]);
	for (size_t i = 0; im->o && i < im->o->n_fixed; i++)
		ok &= check_input_name(u, &loc, im->o->fixed[i].name);
	return ok;
}

/* -- the model ------------------------------------------------------------- */

static bool check_header(struct import *im, const struct loc *loc)
{
	const Onnx__ModelProto *m = im->model;
	struct diag *d = im->u->diag;
	if (!m->graph)
		return diag_error(d, loc, "it holds no graph; is it an ONNX model?");
	if (m->ir_version < IR_OLDEST || m->ir_version > IR_NEWEST)
		return diag_error(d, loc, "IR version %lld is not supported: edgecc reads %d to %d",
				  (long long)m->ir_version, IR_OLDEST, IR_NEWEST);
	if (!m->n_opset_import)
		return diag_error(d, loc, "the model imports no opset");
	if (!m->graph->n_output)
		return diag_error(d, loc, "the graph has no outputs");
	return true;
}

static void note_producer(struct unit *u, const Onnx__ModelProto *m)
{
	u->ir_version = m->ir_version;
	u->producer = arena_printf(u->arena, "%s%s%s", text_of(m->producer_name),
				   text_of(m->producer_version)[0] ? " " : "",
				   text_of(m->producer_version));
}

static bool import_model(struct import *im)
{
	struct unit *u = im->u;
	struct loc loc = { .file = u->file };
	struct env e = { .im = im, .g = u->main };
	if (!check_header(im, &loc))
		return false;
	note_producer(u, im->model);
	u->inputs_declared = im->model->graph->n_input;
	u->outputs_declared = im->model->graph->n_output;
	if (!opsets_read(im, "the model", im->model->n_opset_import, im->model->opset_import,
			 &e.opsets, &e.n_opsets))
		return false;
	for (size_t i = 0; i < e.n_opsets; i++)
		vec_push(u->arena, &u->opsets, e.opsets[i]);
	if (!functions_register(im))
		return false;
	bool known = check_operators(im, e.opsets, e.n_opsets);
	u->main->name = arena_strdup(u->arena, text_of(im->model->graph->name));
	set_dims(im);
	return import_graph(&e, im->model->graph, NULL, 0) && check_options(im) && known;
}

static bool import_source(struct import *im, bool text)
{
	Onnx__ModelProto *m;
	int errors = im->u->diag->errors;
	im->ext.dir = path_dir(im->u->arena, im->src.path);
	if (text)
		m = model_parse(&im->src);
	else
		m = (Onnx__ModelProto *)message_unpack(&im->src, &onnx__model_proto__descriptor);
	im->model = m;
	bool ok = m && import_model(im) && im->u->diag->errors == errors;
	if (m && !text)
		message_free(&m->base);
	for (size_t i = 0; i < im->ext.files.n; i++) {
		const char *name = path_join(im->u->arena, im->ext.dir, im->ext.files.p[i].name);
		vec_push(im->u->arena, &im->u->maps, im->ext.files.p[i].map);
		vec_push(im->u->arena, &im->u->external_paths, name);
	}
	return ok;
}

bool import_onnx(struct unit *u, const char *path, const struct import_options *o)
{
	struct import im = { .u = u, .o = o };
	struct file_map map;
	if (!file_map(u->diag, path, &map))
		return false;
	vec_push(u->arena, &u->maps, map);
	im.src = (struct source){ u->arena, u->diag, path, map.data, map.size };
	return check_kind(&im.src) && import_source(&im, is_onnx_text(&im.src));
}

bool import_text(struct unit *u, const char *name, const char *text, size_t size,
		 const struct import_options *o)
{
	struct import im = { .u = u, .o = o };
	im.src = (struct source){ u->arena, u->diag, name, (const uint8_t *)text, size };
	return import_source(&im, true);
}

void import_close(struct unit *u)
{
	for (size_t i = 0; i < u->maps.n; i++)
		file_unmap(&u->maps.p[i]);
	u->maps.n = 0;
}
