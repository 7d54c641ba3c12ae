/* NAME_test.c: one input with the outputs it must give, and a main whose status tells. */
#include "source.h"

static void array(struct source *s, FILE *f, const char *kind, size_t k, const struct constant *c)
{
	struct strbuf b = { 0 };
	int64_t n = shape_elements(&c->shape);

	fprintf(f, "static const %s %s_%zu[%lld] = {", ctype(c->type), kind, k,
		(long long)(n ? n : 1));
	for (int64_t i = 0; i < n; i++) {
		b.n = 0;
		if (c->type == DT_STRING)
			emit_string(&b, c->strings[i]);
		else if (c->type == DT_F32 || c->type == DT_F64)
			emit_float(&b, &s->e, c->type, constant_f64(c, i));
		else if (dtype_compute(c->type) == DT_F32)
			strbuf_printf(&b, "%u",
				      dtype_size(c->type) == 2 ? ((const uint16_t *)c->data)[i]
							       : ((const uint8_t *)c->data)[i]);
		else
			emit_int(&b, c->type, constant_i64(c, i));
		fprintf(f, "%s%s", i % 8 ? ", " : i ? ",\n\t" : "\n\t", b.s);
	}
	fprintf(f, "%s\n};\n\n", n ? "" : "0");
	strbuf_free(&b);
}

/* step: integers that stand for reals, which may be one step away */
static void compare(FILE *f, const struct value *v, const char *name, size_t k, int64_t n,
		    const char *t, bool step)
{
	bool number = v->type == DT_F32 || v->type == DT_F64;

	fprintf(f, "\tfor (i = 0; i < %lld; i++) {\n", (long long)n);
	if (number)
		fprintf(f,
			"\t\tconst %s a = y_%zu[i], b = expected_%zu[i], d = a > b ? a - b : b - a;\n\n"
			"\t\tif ((float)d > worst)\n\t\t\tworst = (float)d;\n"
			"\t\tif (!(d <= (%s)ATOL + (%s)RTOL * (b < 0 ? -b : b)) && a != b && !(a != a && b != b))\n"
			"\t\t\twrong = 1;\n",
			t, k, k, t, t);
	else if (v->type == DT_STRING)
		fprintf(f,
			"\t\tconst char *a = y_%zu[i], *b = expected_%zu[i];\n\n"
			"\t\tfor (; *a && *a == *b; a++)\n\t\t\tb++;\n"
			"\t\tif (*a != *b)\n\t\t\twrong = 1;\n",
			k, k);
	else if (step)
		fprintf(f,
			"\t\tconst long d = (long)y_%zu[i] - (long)expected_%zu[i];\n\n"
			"\t\tif (d < -1 || d > 1)\n\t\t\twrong = 1;\n",
			k, k);
	else
		fprintf(f, "\t\tif (y_%zu[i] != expected_%zu[i])\n\t\t\twrong = 1;\n", k, k);
	fprintf(f, "\t}\n");
	(void)name;
}

static void set_sizes(struct source *s, FILE *f)
{
	const struct graph *g = s->u->main;

	for (size_t i = 0; i < s->u->dims.n; i++) {
		bool found = false;

		if (!symbol_member(&s->names, i))
			continue;
		for (size_t k = 0; k < g->inputs.n && !found; k++) {
			const struct value *v = value_of(s->u, g->inputs.p[k]);

			for (int a = 0; a < v->shape.rank && !found; a++)
				if (v->shape.d[a] == -1 - (dim)i) {
					fprintf(f, "\tin.%s = %lld;\n", symbol_member(&s->names, i),
						(long long)s->o->test_inputs[k]->shape.d[a]);
					found = true;
				}
		}
	}
}

void write_selftest(struct source *s, FILE *f)
{
	const struct graph *g = s->u->main;
	const char *n = s->names.prefix, *up = s->names.upper;
	struct c_space space;

	fprintf(f,
		"/* %s_test.c - made by edgecc from %s: the model's own test; do not edit.\n *\n"
		" * %s_selftest returns 0 when every output is as expected; *max_error gets the largest difference of a\n"
		" * floating-point element. main returns the same, unless EDGERT_SELFTEST_NO_MAIN is defined. */\n"
		"#include \"%s.h\"\n\n",
		n, printable(s->u->arena, s->o->model_file, 80), n, n);
	fprintf(f, "#ifdef EDGERT_SELFTEST_PRINT\n#include <stdio.h>\n#endif\n\n");
	fprintf(f, "#define RTOL %g\n#define ATOL %g\n\n", s->o->rtol, s->o->atol);
	for (size_t i = 0; i < g->inputs.n; i++)
		array(s, f, "input", i, s->o->test_inputs[i]);
	for (size_t i = 0; i < g->outputs.n; i++) {
		array(s, f, "expected", i, s->o->test_outputs[i]);
		fprintf(f, "static %s y_%zu[%s_OUTPUT_%zu_COUNT + 1];\n",
			ctype(value_of(s->u, g->outputs.p[i])->type), i, up, i);
	}
	fprintf(f,
		"static union {\n\tunsigned char bytes[%s_WORKSPACE_SIZE];\n\tlong long align;\n} workspace EDGERT_ALIGNED(%s_WORKSPACE_ALIGN);\n\n",
		up, up);
	for (int k = 0; c_space(s->p, k, &space); k++)
		fprintf(f,
			"static union {\n\tunsigned char bytes[%s_%s_SIZE];\n\tlong long align;\n} %s EDGERT_ALIGNED(%s_%s_ALIGN);\n\n",
			up, space.upper, space.member, up, space.upper);
	fprintf(f,
		"int %s_selftest(float *max_error);\n\nint %s_selftest(float *max_error)\n{\n"
		"\tstruct %s_inputs in;\n\tstruct %s_outputs out;\n\tfloat worst = 0;\n\tint wrong = 0, status;\n"
		"\tptrdiff_t i;\n\n",
		n, n, n, n);
	for (size_t i = 0; i < g->inputs.n; i++)
		fprintf(f, "\tin.%s = input_%zu;\n", s->names.inputs[i], i);
	set_sizes(s, f);
	for (size_t i = 0; i < g->outputs.n; i++)
		fprintf(f, "\tout.%s = y_%zu;\n", s->names.outputs[i], i);
	for (int k = 0; c_space(s->p, k, &space); k++)
		fprintf(f, "\tin.%s = %s.bytes;\n", space.member, space.member);
	if (s->p->hot)
		fprintf(f, "\tif (%s_load(hot.bytes%s) != EDGERT_OK)\n\t\treturn 2;\n", n,
			s->o->weights == WEIGHTS_BINARY ? ", in.weights" : "");
	fprintf(f,
		"\tstatus = %s_run(workspace.bytes, &in, &out);\n\tif (status != EDGERT_OK)\n\t\treturn 2;\n",
		n);
	for (size_t i = 0; i < g->outputs.n; i++)
		compare(f, value_of(s->u, g->outputs.p[i]), s->names.outputs[i], i,
			shape_elements(&s->o->test_outputs[i]->shape),
			ctype(value_of(s->u, g->outputs.p[i])->type),
			s->u->output_quantization && s->u->output_quantization[i].scale != 0);
	fprintf(f, "\tif (max_error)\n\t\t*max_error = worst;\n\treturn wrong;\n}\n\n");
	fprintf(f,
		"#ifndef EDGERT_SELFTEST_NO_MAIN\nint main(void)\n{\n\tfloat worst = 0;\n"
		"\tconst int wrong = %s_selftest(&worst);\n\n"
		"#ifdef EDGERT_SELFTEST_PRINT\n\tprintf(\"%%s: largest error %%g\\n\", wrong ? \"wrong\" : \"right\", (double)worst);\n#endif\n"
		"\treturn wrong;\n}\n#endif\n",
		n);
}
