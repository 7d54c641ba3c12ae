/* Constants as compact C (string literals with octal escapes compile ten times faster than
 * numbers), or as a binary file that an assembler includes or the caller maps. */
#include "source.h"

#include <string.h>

enum { ROW = 2048 }; /* bytes per literal: C99 compilers promise 4095 characters */

static size_t unit_size(enum dtype t)
{
	return t == DT_C64 ? 4 : t == DT_C128 ? 8 : dtype_size(t);
}

static bool host_is_little(void)
{
	const uint16_t one = 1;

	return *(const uint8_t *)&one == 1;
}

/* Packed: in a. The elements may have to be copied because a model file aligns nothing. */
static const uint8_t *packed_bytes(const struct buffer *b, struct arena *a)
{
	const struct constant *c = b->packing->from;
	const void *elements = c->data;
	uint8_t *out = arena_alloc(a, (size_t)b->size);

	if ((uintptr_t)c->data % dtype_size(c->type) != 0)
		elements = arena_copy(a, c->data, c->size);
	b->packing->pack(b->packing->params, elements, out);
	return out;
}

const uint8_t *weight_bytes(struct source *s, const struct buffer *b, struct arena *a)
{
	bool want_little = s->p->target->endian == ENDIAN_LITTLE;
	size_t unit = unit_size(b->type);
	const uint8_t *bytes = b->packing ? packed_bytes(b, a) : b->data;
	uint8_t *copy;

	if (unit == 1 || want_little == host_is_little())
		return bytes;
	copy = arena_alloc(a, (size_t)b->size);
	for (int64_t i = 0; i + (int64_t)unit <= b->size; i += (int64_t)unit)
		for (size_t k = 0; k < unit; k++)
			copy[i + (int64_t)k] = bytes[i + (int64_t)(unit - 1 - k)];
	return copy;
}

/* How a byte is written inside a literal: text[0..n). */
struct escape {
	char text[4];
	uint8_t n;
};

/* [0]: the shortest; [1]: with all three digits, because a digit follows. */
static void escapes_make(struct escape e[2][256])
{
	for (int c = 0; c < 256; c++)
		for (int digit_next = 0; digit_next < 2; digit_next++) {
			struct escape *x = &e[digit_next][c];

			x->n = 0;
			if (c >= 32 && c < 127 && c != '"' && c != '\\' && c != '?') {
				x->text[x->n++] = (char)c;
				continue;
			}
			x->text[x->n++] = '\\';
			if (c >= 64 || digit_next)
				x->text[x->n++] = (char)('0' + (c >> 6));
			if (c >= 8 || digit_next)
				x->text[x->n++] = (char)('0' + (c >> 3 & 7));
			x->text[x->n++] = (char)('0' + (c & 7));
		}
}

static void put_literal(FILE *out, struct escape e[2][256], const uint8_t *p, int64_t n)
{
	char line[4 * ROW + 8];
	size_t at = 0;

	line[at++] = '"';
	for (int64_t i = 0; i < n; i++) {
		bool digit_next = i + 1 < n && p[i + 1] >= '0' && p[i + 1] <= '7';
		const struct escape *x = &e[digit_next][p[i]];

		memcpy(line + at, x->text, sizeof x->text);
		at += x->n;
	}
	line[at++] = '"';
	fwrite(line, 1, at, out);
}

static void emit_object(struct source *s, FILE *out, int index)
{
	const struct buffer *b = &s->p->buffers.p[index];
	struct arena tmp = { 0 };
	const uint8_t *bytes = weight_bytes(s, b, &tmp);
	int64_t size = b->size ? b->size : 1; /* an empty tensor has an address too */
	int64_t rows = (size + ROW - 1) / ROW;
	int64_t row = (size + rows - 1) / rows; /* wastes < rows bytes */
	const char *section = s->p->target->progmem ? " PROGMEM" : "";
	struct escape escapes[2][256];

	if (s->o->constants_section)
		section = arena_printf(s->u->arena, " EDGERT_SECTION(\"%s\")",
				       printable(s->u->arena, s->o->constants_section, 80));
	escapes_make(escapes);
	fprintf(out, "/* %s: %lld bytes of %s */\n",
		printable(s->u->arena, b->name ? b->name : "made by edgecc", 80),
		(long long)b->size, dtype_name(b->type));
	fprintf(out,
		"static const union {\n\tunsigned char bytes[%lld][%lld];\n\t%s type;\n} %s_w%d%s EDGERT_ALIGNED(%lld) = {{\n",
		(long long)rows, (long long)row, ctype(b->type), s->names.prefix, index, section,
		(long long)b->align);
	if (!b->size)
		fputs("\t\"\\0\"", out);
	for (int64_t at = 0; at < b->size; at += row) {
		putc('\t', out);
		put_literal(out, escapes, bytes + at, b->size - at < row ? b->size - at : row);
		fputs(",\n", out);
	}
	fputs("}};\n\n", out);
	arena_free(&tmp);
}

static void emit_strings(struct source *s, FILE *out, int index)
{
	const struct buffer *b = &s->p->buffers.p[index];
	const char *const *strings = b->data;
	int64_t n = b->size / (int64_t)dtype_size(DT_STRING);

	fprintf(out, "/* %s: %lld strings */\n",
		printable(s->u->arena, b->name ? b->name : "made by edgecc", 80), (long long)n);
	fprintf(out, "static const edgert_string %s_w%d[%lld] = {\n", s->names.prefix, index,
		(long long)(n ? n : 1));
	for (int64_t i = 0; i < n; i++) {
		struct strbuf text = { 0 };

		emit_string(&text, strings[i]);
		fprintf(out, "\t%s,\n", text.s);
		strbuf_free(&text);
	}
	fputs(n ? "};\n\n" : "\t\"\"\n};\n\n", out);
}

void emit_program_memory(struct source *s, struct strbuf *b)
{
	const char *n = s->names.prefix;

	strbuf_puts(b, "#include <avr/pgmspace.h>\n#define EDGERT_PROGMEM_WEIGHTS\n");
	if (!s->far) {
		strbuf_puts(b, "#define EDGERT_PGM(type, p) pgm_read_##type(p)\n");
		return;
	}
	strbuf_printf(
		b,
		"/* More constants than pointers reach: those of a step are distances from two bytes before the\n"
		" * first of them. So two calls of %s_step must not interrupt each other. */\n"
		"extern const unsigned char %s_weights[];\n"
		"static uint32_t edgert_far;\n"
		"#define EDGERT_PGM(type, p) pgm_read_##type##_far(edgert_far + (uint16_t)(p))\n"
		"static uint32_t %s_constants(void)\n{\n\tuint32_t a;\n\n"
		"\t__asm__(\"ldi %%A0, lo8(%%1)\\n\\tldi %%B0, hi8(%%1)\\n\\tldi %%C0, hh8(%%1)\\n\\tclr %%D0\"\n"
		"\t\t: \"=d\"(a) : \"i\"(%s_weights));\n\treturn a - %d;\n}\n\n",
		n, n, n, n, FAR_NULL);
}

/* Constants by their place, which is the order of the buffers but for far ones. */
static const struct buffer **in_order(struct source *s, size_t *n)
{
	const struct plan *p = s->p;
	const struct buffer **all =
		arena_array(s->u->arena, const struct buffer *, p->buffers.n + 1);

	*n = 0;
	for (int step = 0; step < (s->far ? p->n_steps : 1); step++)
		for (size_t i = 0; i < p->buffers.n; i++) {
			const struct buffer *b = &p->buffers.p[i];

			if (b->region == REGION_WEIGHTS && b->type != DT_STRING &&
			    (!s->far || b->first == step))
				all[(*n)++] = b;
		}
	return all;
}

/* Far constants are one object, larger than any that C has there: the assembler's. */
static void emit_far(struct source *s, FILE *out)
{
	enum {
		BYTES = 512
	}; /* of a literal that C99 promises to take, with four characters each */
	const char *open = arena_printf(
		s->u->arena, "__asm__(\".pushsection .text.%s_weights,\\\"ax\\\",@progbits\\n",
		s->names.prefix);
	size_t n;
	const struct buffer **all = in_order(s, &n);

	fprintf(out, "%s%s_weights:\\n.popsection\");\n", open, s->names.prefix);
	for (size_t i = 0; i < n; i++) {
		const struct buffer *b = all[i];
		struct arena tmp = { 0 };
		const uint8_t *bytes = weight_bytes(s, b, &tmp);

		fprintf(out, "/* %s: %lld bytes of %s */\n",
			printable(s->u->arena, b->name ? b->name : "made by edgecc", 80),
			(long long)b->size, dtype_name(b->type));
		for (int64_t at = 0; at < b->size; at += BYTES) {
			fprintf(out, "%s.ascii \\\"", open);
			for (int64_t k = at; k < at + BYTES && k < b->size; k++)
				fprintf(out, "\\\\%03o", (unsigned)bytes[k]);
			fputs("\\\"\\n.popsection\");\n", out);
		}
		arena_free(&tmp);
	}
	fprintf(out, "%s.balign 2\\n.popsection\");\n\n", open);
}

/* Strings are C whatever form the other constants have. */
void emit_weights(struct source *s, FILE *out)
{
	for (size_t i = 0; i < s->p->buffers.n; i++) {
		const struct buffer *b = &s->p->buffers.p[i];

		if (b->region == REGION_WEIGHTS && b->type == DT_STRING)
			emit_strings(s, out, (int)i);
		else if (b->region == REGION_WEIGHTS && s->o->weights == WEIGHTS_C && !s->far)
			emit_object(s, out, (int)i);
	}
	if (s->far && s->o->weights == WEIGHTS_C)
		emit_far(s, out);
	if (!s->far && s->o->weights == WEIGHTS_INCBIN)
		fprintf(out,
			"/* in %s_weights.S */\nextern const unsigned char %s_weights[%lld];\n\n",
			s->names.prefix, s->names.prefix,
			(long long)(s->p->weights ? s->p->weights : 1));
}

static bool write_binary(struct source *s, struct file_set *files, struct diag *d, const char *name)
{
	FILE *f = file_set_open(files, d, name);
	int64_t at = 0;
	size_t n;
	const struct buffer **all = in_order(s, &n);

	if (!f)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct buffer *b = all[i];
		struct arena tmp = { 0 };

		for (; at < b->offset; at++)
			putc(0, f);
		fwrite(weight_bytes(s, b, &tmp), 1, (size_t)b->size, f);
		at += b->size;
		arena_free(&tmp);
	}
	return true;
}

static const char *assembler_section(struct source *s)
{
	struct arena *a = s->u->arena;

	if (s->far)
		return arena_printf(a, ".text.%s_weights,\"ax\"", s->names.prefix);
	if (s->o->constants_section)
		return arena_printf(a, "%s,\"a\"", printable(a, s->o->constants_section, 80));
	return s->p->target->progmem ? ".progmem.data,\"a\"" : ".rodata";
}

bool write_weight_files(struct source *s, struct file_set *files, struct diag *d)
{
	const char *bin = arena_printf(s->u->arena, "%s_weights.bin", s->names.prefix);
	FILE *f;

	if (!s->p->weights || s->o->weights == WEIGHTS_C)
		return true;
	if (!write_binary(s, files, d, bin))
		return false;
	if (s->o->weights == WEIGHTS_BINARY)
		return true;
	f = file_set_open(files, d, arena_printf(s->u->arena, "%s_weights.S", s->names.prefix));
	if (!f)
		return false;
	fprintf(f,
		"/* The model's constants. Assemble where the compiler finds %s (-I DIR). */\n"
		"\t.section %s\n\t.globl %s_weights\n\t.balign %d\n%s_weights:\n\t.incbin \"%s\"\n"
		"#if defined(__ELF__)\n\t.size %s_weights, . - %s_weights\n"
		"\t.section .note.GNU-stack,\"\",%%progbits\n#endif\n",
		bin, assembler_section(s), s->names.prefix, s->p->target->progmem ? 2 : 64,
		s->names.prefix, bin, s->names.prefix, s->names.prefix);
	return true;
}
