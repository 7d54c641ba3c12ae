/* NAME.h: what a program that runs the model must know. */
#include "source.h"

#include <string.h>

static void port(struct source *s, FILE *f, const char *what, size_t k, uint32_t id,
		 const char *name)
{
	const struct value *v = value_of(s->u, id);
	int64_t count = dim_hi(s->u, shape_count(s->u, &v->shape));
	const char *up = s->names.upper;

	fprintf(f, "/* %s %zu: \"%s\" %s%s */\n", strcmp(what, "INPUT") == 0 ? "Input" : "Output",
		k, printable(s->u->arena, name ? name : "", 80), dtype_name(v->type),
		printable(s->u->arena, shape_text(s->u, &v->shape), 200));
	fprintf(f, "#define %s_%s_%zu_COUNT %lld\n", up, what, k, (long long)count);
	if (v->type == DT_STRING)
		fprintf(f, "#define %s_%s_%zu_BYTES (%lld * sizeof(edgert_string))\n", up, what, k,
			(long long)count);
	else
		fprintf(f, "#define %s_%s_%zu_BYTES %lld\n", up, what, k,
			(long long)count * (long long)dtype_size(v->type));
	fprintf(f, "#define %s_%s_%zu_RANK %d\n", up, what, k, v->shape.rank);
	if (v->shape.rank > 0) {
		fprintf(f, "#define %s_%s_%zu_SHAPE {", up, what, k);
		for (int a = 0; a < v->shape.rank; a++)
			fprintf(f, "%s%lld", a ? ", " : "", (long long)dim_hi(s->u, v->shape.d[a]));
		fprintf(f, "}%s\n", shape_is_const(&v->shape) ? "" : " /* at most */");
	}
}

/* A map's keys, as the elements of an array's initializer. */
static void keys(struct source *s, FILE *f, size_t k, const struct constant *c)
{
	struct strbuf b = { 0 };

	for (int64_t i = 0; i < shape_elements(&c->shape); i++) {
		strbuf_puts(&b, i ? ", " : "");
		if (c->type == DT_STRING)
			emit_string(&b, c->strings[i]);
		else
			emit_int(&b, c->type, constant_i64(c, i));
	}
	fprintf(f, "/* each row is a map from these keys, %s */\n#define %s_OUTPUT_%zu_KEYS {%s}\n",
		dtype_name(c->type), s->names.upper, k, b.s ? b.s : "");
	strbuf_free(&b);
}

/* What the integers of an input or output stand for that the model has as reals. */
static void quantization(struct source *s, FILE *f, const char *what, size_t k,
			 const struct quantization *q)
{
	const char *up = s->names.upper;

	if (!q || q[k].scale == 0)
		return;
	fprintf(f, "/* real = (integer - ZERO_POINT) * SCALE */\n");
	fprintf(f, "#define %s_%s_%zu_SCALE %.9gF\n", up, what, k, (double)q[k].scale);
	fprintf(f, "#define %s_%s_%zu_ZERO_POINT (%lld)\n", up, what, k, (long long)q[k].zero);
}

static void symbols(struct source *s, FILE *f)
{
	for (size_t i = 0; i < s->u->dims.n; i++)
		if (symbol_member(&s->names, i))
			fprintf(f, "\tptrdiff_t %s; /* %lld to %lld: size \"%s\" */\n",
				symbol_member(&s->names, i), (long long)s->u->dims.p[i].lo,
				(long long)s->u->dims.p[i].hi,
				printable(s->u->arena, s->u->dims.p[i].name, 80));
}

static void structs(struct source *s, FILE *f)
{
	const struct graph *g = s->u->main;
	const char *n = s->names.prefix;
	bool any = s->o->weights == WEIGHTS_BINARY && s->p->weights;
	struct c_space space;

	fprintf(f, "struct %s_inputs {\n", n);
	for (size_t i = 0; i < g->inputs.n; i++)
		fprintf(f, "\tconst %s *%s;\n", ctype(value_of(s->u, g->inputs.p[i])->type),
			s->names.inputs[i]);
	symbols(s, f);
	if (any)
		fprintf(f,
			"\tconst void *weights; /* the bytes of %s_weights.bin, aligned to 64 */\n",
			n);
	for (int k = 0; c_space(s->p, k, &space); k++, any = true)
		fprintf(f, "\tvoid *%s; /* %s_%s_SIZE bytes aligned to %s_%s_ALIGN */\n",
			space.member, s->names.upper, space.upper, s->names.upper, space.upper);
	if (!g->inputs.n && !any)
		fprintf(f, "\tint unused; /* the model has no inputs */\n");
	fprintf(f, "};\n\nstruct %s_outputs {\n", n);
	for (size_t i = 0; i < g->outputs.n; i++)
		fprintf(f, "\t%s *%s;\n", ctype(value_of(s->u, g->outputs.p[i])->type),
			s->names.outputs[i]);
	for (size_t i = 0; i < g->outputs.n; i++) {
		const struct shape *shape = &value_of(s->u, g->outputs.p[i])->shape;

		if (!shape_is_const(shape))
			fprintf(f,
				"\tptrdiff_t dim_%s[%d]; /* its sizes, set when %s_run ends */\n",
				s->names.outputs[i], shape->rank, n);
	}
	if (!g->outputs.n)
		fprintf(f, "\tint unused; /* the model has no outputs */\n");
	fprintf(f, "};\n\n");
}

/* Blocks nest as deep as subgraphs do. */
static bool block_makes_strings(const struct block *b)
{
	bool any = false;

	for (size_t i = 0; i < b->steps.n && !any; i++) {
		const struct step *s = b->steps.p[i];

		for (size_t k = 0; k < s->call.args.n; k++)
			any |= s->call.args.p[k].kept;
		for (int k = 0; k < s->n_blocks; k++)
			any |= block_makes_strings(&s->blocks[k]);
	}
	return any;
}

static void section(struct source *s, FILE *f, const char *name, const char *section)
{
	if (section)
		fprintf(f, "#define %s_%s_SECTION \"%s\"\n", s->names.upper, name,
			printable(s->u->arena, section, 80));
}

/* The workspace, and what there is besides. */
static void spaces(struct source *s, FILE *f)
{
	const char *up = s->names.upper;
	int64_t size = plan_part_size(s->p, 0);
	struct c_space space;

	fprintf(f,
		"#define %s_WORKSPACE_SIZE %lld /* bytes; at least one, so that it can size an array */\n",
		up, (long long)(size ? size : 1));
	fprintf(f, "#define %s_WORKSPACE_ALIGN %lld\n", up, (long long)s->p->workspace_align);
	if (s->o->workspace_section)
		fprintf(f, "/* The section for it in the fastest memory that holds it. */\n");
	section(s, f, "WORKSPACE", s->o->workspace_section);
	for (int k = 0; c_space(s->p, k, &space); k++) {
		fprintf(f, "/* in->%s: %s, in \"%s\" */\n", space.member,
			strcmp(space.member, "hot") == 0 ? "copies of constants"
							 : "more of the workspace",
			printable(s->u->arena, space.memory->name, 80));
		fprintf(f, "#define %s_%s_SIZE %lld\n#define %s_%s_ALIGN %lld\n", up, space.upper,
			(long long)space.size, up, space.upper, (long long)space.align);
		section(s, f, space.upper, space.memory->section);
	}
}

/* Declares NAME_load. */
static void declare_load(struct source *s, FILE *f)
{
	const char *n = s->names.prefix;

	fprintf(f,
		"/* Once, before %s_run: copies the constants that are read most to %s_HOT_SIZE bytes of fast memory,\n"
		" * which in->hot names then. Nothing writes to them. Returns an enum edgert_status. */\n"
		"int %s_load(void *hot%s);\n\n",
		n, s->names.upper, n,
		s->o->weights == WEIGHTS_BINARY ? ", const void *weights" : "");
}

void write_header(struct source *s, FILE *f)
{
	const struct graph *g = s->u->main;
	const char *n = s->names.prefix, *up = s->names.upper;

	fprintf(f, "/* %s.h - made by edgecc from %s for %s; do not edit. */\n", n,
		printable(s->u->arena, s->o->model_file, 80),
		printable(s->u->arena, s->p->target->name, 80));
	fprintf(f,
		"#ifndef EDGECC_MODEL_%s_H\n#define EDGECC_MODEL_%s_H\n\n#include \"edgert.h\"\n\n",
		up, up);
	fprintf(f, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
	spaces(s, f);
	fprintf(f, "#define %s_WEIGHTS_SIZE %lld\n", up, (long long)s->p->weights);
	if (block_makes_strings(&s->p->main))
		fprintf(f,
			"#define %s_STRING_LENGTH %lld /* bytes of a string that the model makes, at most */\n",
			up, (long long)s->u->string_length);
	fprintf(f, "#define %s_INPUTS %zu\n#define %s_OUTPUTS %zu\n\n", up, g->inputs.n, up,
		g->outputs.n);
	for (size_t i = 0; i < g->inputs.n; i++) {
		port(s, f, "INPUT", i, g->inputs.p[i], value_of(s->u, g->inputs.p[i])->name);
		quantization(s, f, "INPUT", i, s->u->input_quantization);
	}
	for (size_t i = 0; i < g->outputs.n; i++) {
		port(s, f, "OUTPUT", i, g->outputs.p[i], g->output_names.p[i]);
		quantization(s, f, "OUTPUT", i, s->u->output_quantization);
		if (g->output_keys.p[i])
			keys(s, f, i, g->output_keys.p[i]);
	}
	fprintf(f, "\n");
	structs(s, f);
	if (s->p->hot)
		declare_load(s, f);
	fprintf(f,
		"/* Runs the model once. workspace: %s_WORKSPACE_SIZE bytes aligned to %s_WORKSPACE_ALIGN, nothing in it\n"
		" * is kept between calls. Inputs, outputs and workspace must not overlap. %s.\n"
		" * Returns an enum edgert_status: EDGERT_OK, or why nothing was computed. */\n"
		"int %s_run(void *workspace, const struct %s_inputs *in, %sstruct %s_outputs *out);\n\n",
		up, up, s->far ? "Not reentrant" : "Reentrant", n, n, outputs_qualifier(s), n);
	declare_stepped(s, f);
	fprintf(f, "#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}
