/* The words of the graph's text: names, types, numbers and constants. */
#include "print.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -- words --------------------------------------------------------------------------------- */

static bool is_identifier(const char *s)
{
	if (!(*s == '_' || (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z')))
		return false;
	for (; *s; s++)
		if (!(*s == '_' || (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		      (*s >= '0' && *s <= '9')))
			return false;
	return true;
}

void print_quoted(struct strbuf *b, const char *s)
{
	strbuf_putc(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			strbuf_putc(b, '\\');
		strbuf_putc(b, *s);
	}
	strbuf_putc(b, '"');
}

void print_name(struct strbuf *b, const char *s)
{
	if (is_identifier(s))
		strbuf_puts(b, s);
	else
		print_quoted(b, s);
}

void print_value(const struct printer *p, uint32_t id)
{
	const struct value *v = id ? value_of(p->u, id) : NULL;
	if (!v)
		strbuf_puts(p->b, "\"\"");
	else if (v->name)
		print_name(p->b, v->name);
	else
		strbuf_printf(p->b, "%s%" PRIu32, p->prefix, id);
}

/* "_v", or longer when the model has names like that: a dump that was read back has. */
const char *print_prefix(struct unit *u)
{
	static const char underscores[] = "________v";
	for (size_t n = 2; n < sizeof underscores; n++) {
		const char *prefix = underscores + sizeof underscores - 1 - n;
		bool taken = false;
		for (size_t i = 1; i < u->values.n && !taken; i++)
			taken = u->values.p[i]->name &&
				strncmp(u->values.p[i]->name, prefix, n) == 0;
		if (!taken)
			return prefix;
	}
	return "edgecc_v";
}

/* -- types and numbers --------------------------------------------------------------------- */

/* A size: a number, a symbol, or a quoted expression. */
static void put_dim(const struct printer *p, dim d)
{
	if (dim_is_const(d))
		strbuf_printf(p->b, "%" PRId64, d);
	else
		print_name(p->b, dim_text(p->u, d));
}

/* ONNX's text: "float" is a scalar, "float[]" a tensor of unknown rank. */
static void put_tensor_type(const struct printer *p, enum dtype t, const struct shape *s)
{
	strbuf_puts(p->b, dtype_name(t));
	if (s->rank == 0)
		return;
	strbuf_putc(p->b, '[');
	for (int i = 0; i < s->rank; i++) {
		strbuf_puts(p->b, i ? "," : "");
		put_dim(p, s->d[i]);
	}
	strbuf_putc(p->b, ']');
}

void print_type(const struct printer *p, const struct value *v)
{
	static const char *const open[] = { "", "seq(", "optional(", "map(int64, " };
	strbuf_puts(p->b, open[v->container]);
	put_tensor_type(p, v->type, &v->shape);
	if (v->container != TENSOR)
		strbuf_putc(p->b, ')');
}

/* The fewest digits that read back as the same number: 9 are enough for a float, 17 for a double.
 */
void print_float(struct strbuf *b, double v, bool is_double)
{
	char text[32];
	int digits = is_double ? 15 : 6;
	if (isnan(v))
		strbuf_puts(b, "nan");
	else if (isinf(v))
		strbuf_puts(b, v < 0 ? "-inf" : "inf");
	if (!isfinite(v))
		return;
	do {
		snprintf(text, sizeof text, "%.*g", digits++, v);
	} while (is_double ? strtod(text, NULL) != v : (double)strtof(text, NULL) != v);
	strbuf_puts(b, text);
}

static void put_complex(struct strbuf *b, const struct constant *c, int64_t i)
{
	for (int64_t part = 2 * i; part < 2 * i + 2; part++) {
		const char *p = (const char *)c->data;
		double d;
		float f;
		if (c->type == DT_C64) {
			memcpy(&f, p + (size_t)part * sizeof f, sizeof f);
			d = (double)f;
		} else {
			memcpy(&d, p + (size_t)part * sizeof d, sizeof d);
		}
		strbuf_puts(b, part > 2 * i ? ", " : "");
		print_float(b, d, c->type == DT_C128);
	}
}

/* In the text, an integer that stands for a float of 8 or 16 bits is its bit pattern: a value has a point. */
static void put_small_float(struct strbuf *b, const struct constant *c, int64_t i)
{
	double v = constant_f64(c, i);
	size_t at = b->n;

	print_float(b, v, false);
	if (c->type != DT_F4E2M1 && isfinite(v) && !strpbrk(b->s + at, ".e"))
		strbuf_puts(b, ".0");
}

static void put_element(struct strbuf *b, const struct constant *c, int64_t i)
{
	if (c->type == DT_STRING)
		print_quoted(b, c->strings[i]);
	else if (c->type == DT_C64 || c->type == DT_C128)
		put_complex(b, c, i);
	else if (c->type == DT_F32 || c->type == DT_F64)
		print_float(b, constant_f64(c, i), c->type == DT_F64);
	else if (dtype_is_float(c->type))
		put_small_float(b, c, i);
	else if (c->type == DT_U64)
		strbuf_printf(b, "%" PRIu64, (uint64_t)constant_i64(c, i));
	else
		strbuf_printf(b, "%" PRId64, constant_i64(c, i));
}

void print_elements(const struct printer *p, const struct constant *c)
{
	int64_t n = shape_elements(&c->shape), max = p->opt->max_elements;
	strbuf_putc(p->b, '{');
	for (int64_t i = 0; i < n; i++) {
		strbuf_puts(p->b, i ? ", " : "");
		if (max && i == max) {
			strbuf_puts(p->b, "...");
			break;
		}
		put_element(p->b, c, i);
	}
	strbuf_putc(p->b, '}');
}

void print_tensor(const struct printer *p, const struct constant *c)
{
	put_tensor_type(p, c->type, &c->shape);
	strbuf_putc(p->b, ' ');
	print_elements(p, c);
}
