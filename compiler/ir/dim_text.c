/* Dimensions as text: "2*N+1". */
#include "dim.h"

/* Sharing makes a text exponentially longer than the expression: it is cut. */
#define TEXT_MAX 120

static void put(struct strbuf *b, const struct unit *u, dim d);

/* Whether the text of a sum's term begins with '-'. */
static bool is_negative(const struct unit *u, dim d)
{
	int64_t v = 0;
	if (!dim_is_number(u, d, &v) && dim_expr(u, d)->kind == DIM_MUL)
		dim_is_number(u, dim_expr(u, d)->b, &v);
	return v < 0;
}

static void put_sum(struct strbuf *b, const struct unit *u, const struct dim_expr *e)
{
	if (dim_is_expr(e->a) && dim_expr(u, e->a)->kind == DIM_ADD)
		put_sum(b, u, dim_expr(u, e->a));
	else
		put(b, u, e->a);
	strbuf_puts(b, is_negative(u, e->b) ? "" : "+");
	put(b, u, e->b);
}

/* A negative coefficient goes first: "-2*N" reads well in a sum. */
static void put_product(struct strbuf *b, const struct unit *u, const struct dim_expr *e)
{
	int64_t v;
	bool first = dim_is_number(u, e->b, &v) && v < 0;
	if (first && v == -1)
		strbuf_putc(b, '-');
	else if (first)
		strbuf_printf(b, "%lld*", (long long)v);
	put(b, u, e->a);
	if (first)
		return;
	strbuf_putc(b, '*');
	put(b, u, e->b);
}

static void put_call(struct strbuf *b, const struct unit *u, const char *name,
		     const struct dim_expr *e)
{
	strbuf_printf(b, "%s(", name);
	put(b, u, e->a);
	strbuf_putc(b, ',');
	put(b, u, e->b);
	strbuf_putc(b, ')');
}

static void put(struct strbuf *b, const struct unit *u, dim d)
{
	int64_t v;
	if (b->n > TEXT_MAX) {
		strbuf_puts(b, "...");
		return;
	}
	if (d == DIM_OVERFLOW) {
		strbuf_puts(b, "overflow");
		return;
	}
	if (dim_is_number(u, d, &v)) {
		strbuf_printf(b, "%lld", (long long)v);
		return;
	}
	const struct dim_expr *e = dim_expr(u, d);
	switch (e->kind) {
	case DIM_SYMBOL:
		strbuf_puts(b, e->name);
		break;
	case DIM_ELEMENT:
		strbuf_printf(b, "_v%u[%lld]", e->value, (long long)e->element);
		break;
	case DIM_SIZE:
		strbuf_printf(b, "_v%u.%lld", e->value, (long long)e->element);
		break;
	case DIM_ADD:
		put_sum(b, u, e);
		break;
	case DIM_MUL:
		put_product(b, u, e);
		break;
	case DIM_FLOORDIV:
		put_call(b, u, "floordiv", e);
		break;
	case DIM_MAX:
		put_call(b, u, "max", e);
		break;
	case DIM_MIN:
		put_call(b, u, "min", e);
		break;
	case DIM_NUMBER:
		unreachable("printed above");
	}
}

const char *dim_text(struct unit *u, dim d)
{
	struct strbuf b = { 0 };
	put(&b, u, d);
	const char *s = arena_strdup(u->arena, b.s);
	strbuf_free(&b);
	return s;
}
