/* C names of a model's inputs, outputs and symbolic sizes: identifiers, each once. */
#include "codegen.h"

#include <ctype.h>
#include <string.h>

static bool taken(const char *const *names, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (names[i] && strcmp(names[i], s) == 0)
			return true;
	return false;
}

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool ends(const char *s, const char *with)
{
	size_t n = strlen(s), m = strlen(with);

	return n > m && strcmp(s + n - m, with) == 0;
}

/* Macros without arguments that would replace a member: of C's headers (C11, annex B), of gcc's GNU
 * dialects, and of avr/pgmspace.h. */
static const char macros[] =
	" BUFSIZ CHAR_BIT EOF EXIT_FAILURE EXIT_SUCCESS HUGE_VAL HUGE_VALF HUGE_VALL I INFINITY M_E "
	"M_LN2 M_PI NAN NULL PGM_P PGM_VOID_P PROGMEM SEEK_CUR SEEK_END SEEK_SET errno i386 linux "
	"math_errhandling stderr stdin stdout unix ";

/* Members that are no tensors, and what macros replace, those of NAME.h too. */
static bool is_taken(struct arena *a, const char *s, const char *upper)
{
	static const char *const heads[] = { "dim_", "workspace_", "EDGERT_", "EDGECC_",
					     "FLT_", "DBL_",       "LDBL_",   "FP_" };
	size_t n = strlen(upper);

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		if (starts(s, heads[i]))
			return true;
	return strcmp(s, "weights") == 0 || strcmp(s, "hot") == 0 || ends(s, "_MAX") ||
	       ends(s, "_MIN") || (starts(s, upper) && s[n] == '_') ||
	       strstr(macros, arena_printf(a, " %s ", s));
}

static const char *const *members(struct unit *u, const char *upper, const char *const *from,
				  size_t n)
{
	const char **names = arena_array(u->arena, const char *, n + 1);

	for (size_t i = 0; i < n; i++) {
		char *base = c_identifier(u->arena, from[i] ? from[i] : "value", 48);

		names[i] = base;
		for (int k = 2; taken(names, i, names[i]) || is_taken(u->arena, names[i], upper);
		     k++)
			names[i] = arena_printf(u->arena, "t%s_%d", base, k);
	}
	return names;
}

/* Callers set the sizes of inputs; a symbol that no input has (of a declared output, say) means
 * nothing. */
static bool is_input_size(struct unit *u, dim d)
{
	for (size_t i = 0; i < u->main->inputs.n; i++) {
		const struct value *v = value_of(u, u->main->inputs.p[i]);

		for (int a = 0; a < v->shape.rank; a++)
			if (v->shape.d[a] == d)
				return true;
	}
	return false;
}

const char *symbol_member(const struct c_names *n, size_t i)
{
	return i < n->n_symbols ? n->symbols[i] : NULL; /* printing makes dims, too */
}

void c_names_make(struct unit *u, const char *prefix, struct c_names *out)
{
	const char **symbols = arena_array(u->arena, const char *, u->dims.n + 1);
	const char **inputs = arena_array(u->arena, const char *, u->main->inputs.n + 1);
	char *upper = arena_strdup(u->arena, prefix);

	for (char *p = upper; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	out->prefix = prefix;
	out->upper = upper;
	for (size_t i = 0; i < u->main->inputs.n; i++)
		inputs[i] = value_of(u, u->main->inputs.p[i])->name;
	out->inputs = members(u, upper, inputs, u->main->inputs.n);
	out->outputs = members(u, upper, u->main->output_names.p, u->main->outputs.n);
	for (size_t i = 0; i < u->dims.n; i++) {
		char *base;

		if (u->dims.p[i].kind != DIM_SYMBOL || !is_input_size(u, -1 - (dim)i))
			continue;
		base = c_identifier(u->arena, u->dims.p[i].name, 40);
		symbols[i] = arena_printf(u->arena, "dim_%s", base);
		for (int k = 2; taken(symbols, i, symbols[i]); k++)
			symbols[i] = arena_printf(u->arena, "dim_%s_%d", base, k);
	}
	out->symbols = symbols;
	out->n_symbols = u->dims.n;
}

const char *part_name(struct arena *a, int k)
{
	return k ? arena_printf(a, "workspace_%d", k + 1) : "workspace";
}

bool c_space(const struct plan *p, int k, struct c_space *out)
{
	int parts = p->parts.n ? (int)p->parts.n - 1 : 0;

	if (k < parts) {
		*out = (struct c_space){ part_name(p->u->arena, k + 1),
					 arena_printf(p->u->arena, "WORKSPACE_%d", k + 2),
					 p->parts.p[k + 1].size, p->workspace_align,
					 p->parts.p[k + 1].memory };
		return true;
	}
	if (k > parts || !p->hot)
		return false;
	*out = (struct c_space){ "hot", "HOT", p->hot, p->hot_align, p->hot_memory };
	return true;
}
