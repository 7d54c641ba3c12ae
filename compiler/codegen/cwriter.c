/* Lines of C: indentation, type names, literals. */
#include "emit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void emit_begin(struct emitter *e)
{
	for (int i = 0; i < e->indent; i++)
		strbuf_putc(e->out, '\t');
}

static void line(struct emitter *e, const char *fmt, va_list ap)
{
	emit_begin(e);
	strbuf_vprintf(e->out, fmt, ap);
	strbuf_putc(e->out, '\n');
}

void emit_line(struct emitter *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(e, fmt, ap);
	va_end(ap);
}

void emit_open(struct emitter *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(e, fmt, ap);
	va_end(ap);
	e->indent++;
}

void emit_close(struct emitter *e, const char *s)
{
	e->indent--;
	emit_line(e, "%s", s);
}

void emit_return_if(struct emitter *e, const char *status, const char *fmt, ...)
{
	va_list ap;

	emit_begin(e);
	strbuf_puts(e->out, "if (");
	va_start(ap, fmt);
	strbuf_vprintf(e->out, fmt, ap);
	va_end(ap);
	strbuf_puts(e->out, ")\n");
	e->indent++;
	emit_line(e, "return %s;", status);
	e->indent--;
}

const char *ctype(enum dtype t)
{
	switch (t) {
	case DT_F32:
		return "float";
	case DT_F64:
		return "double";
	case DT_F16:
	case DT_BF16:
	case DT_U16:
		return "uint16_t";
	case DT_I8:
	case DT_I4:
	case DT_I2:
		return "int8_t";
	case DT_I16:
		return "int16_t";
	case DT_I32:
		return "int32_t";
	case DT_I64:
		return "int64_t";
	case DT_U32:
		return "uint32_t";
	case DT_U64:
		return "uint64_t";
	case DT_INDEX:
		return "edgert_int";
	case DT_STRING:
		return "edgert_string";
	case DT_C64:
		return "float";
	case DT_C128:
		return "double";
	default:
		return "uint8_t"; /* bool, uint8, float8 and float4 bits, uint4, uint2 */
	}
}

const char *ctype_compute(enum dtype t)
{
	return t == DT_BOOL ? "int" : ctype(dtype_compute(t));
}

void emit_dim(struct emitter *e, dim d)
{
	if (d >= 0) {
		strbuf_printf(e->out, "%lld", (long long)d);
		return;
	}
	strbuf_printf(e->out, "%sn%lld", e->dims, (long long)(-1 - d));
	e->dim_used[-1 - d] = true;
}

/* The fewest digits that read back as the same number. */
static void shortest(char *s, size_t size, bool is_float, double v)
{
	int most = is_float ? 9 : 17;

	for (int digits = 1; digits <= most; digits++) {
		snprintf(s, size, "%.*g", digits, v);
		if (is_float ? strtof(s, NULL) == (float)v : strtod(s, NULL) == v)
			return;
	}
}

void emit_float(struct strbuf *out, struct emitter *e, enum dtype t, double v)
{
	bool is_float = t == DT_F32;
	char s[40];

	if (is_float)
		v = (double)(float)v;
	if (isnan(v) || isinf(v)) {
		runtime_need(e->runtime,
			     is_float ? "edgert_f32_from_bits" : "edgert_f64_from_bits");
		if (is_float)
			strbuf_printf(out, "edgert_f32_from_bits(UINT32_C(0x%s))",
				      isnan(v) ? "7fc00000"
				      : v > 0  ? "7f800000"
					       : "ff800000");
		else
			strbuf_printf(out, "edgert_f64_from_bits(UINT64_C(0x%s00000000))",
				      isnan(v) ? "7ff80000"
				      : v > 0  ? "7ff00000"
					       : "fff00000");
		return;
	}
	shortest(s, sizeof s, is_float, fabs(v));
	strbuf_printf(out, "%s%s%s%s%s", signbit(v) ? "(-" : "", s, strpbrk(s, ".e") ? "" : ".0",
		      is_float ? "f" : "", signbit(v) ? ")" : "");
}

/* A C literal; octal escapes have three digits, which nothing lengthens. Cut where compilers may not
 * take more. */
void emit_string(struct strbuf *out, const char *s)
{
	strbuf_putc(out, '"');
	for (size_t i = 0; s[i]; i++) {
		if (i % 1000 == 999)
			strbuf_puts(out, "\" \"");
		if (s[i] >= 32 && s[i] < 127 && s[i] != '"' && s[i] != '\\' && s[i] != '?')
			strbuf_putc(out, s[i]);
		else
			strbuf_printf(out, "\\%03o", (unsigned)(unsigned char)s[i]);
	}
	strbuf_putc(out, '"');
}

void emit_int(struct strbuf *out, enum dtype t, int64_t v)
{
	switch (t) {
	case DT_STRING: /* the only one that an expression has */
		emit_string(out, "");
		return;
	case DT_U64:
		strbuf_printf(out, "UINT64_C(%llu)", (unsigned long long)v);
		return;
	case DT_I64:
		if (v == INT64_MIN)
			strbuf_puts(out, "(-INT64_C(9223372036854775807) - 1)");
		else
			strbuf_printf(out, v < 0 ? "(-INT64_C(%lld))" : "INT64_C(%lld)", llabs(v));
		return;
	case DT_U32:
		strbuf_printf(out, "UINT32_C(%llu)", (unsigned long long)(uint32_t)v);
		return;
	case DT_I32:
		if (v == INT32_MIN)
			strbuf_puts(out, "(-INT32_C(2147483647) - 1)");
		else
			strbuf_printf(out, v < 0 ? "(-INT32_C(%lld))" : "INT32_C(%lld)", llabs(v));
		return;
	default:
		strbuf_printf(out, v < 0 ? "(%lld)" : "%lld", (long long)v);
	}
}

void emit_number(struct strbuf *out, int64_t v)
{
	if (v == INT64_MIN) /* C has no such literal */
		emit_int(out, DT_I64, v);
	else
		strbuf_printf(out, "%lld", (long long)v);
}
