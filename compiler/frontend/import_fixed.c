/* Inputs that the caller fixes to a value: they become constants, so that what hangs on them is
 * decided while the model is compiled. */
#include "import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool input_value_parse(struct arena *a, const char *text, struct input_value *out)
{
	const char *eq = strrchr(text, '=');
	if (!eq || eq == text || !eq[1])
		return false;
	*out = (struct input_value){ arena_strndup(a, text, (size_t)(eq - text)), NULL,
				     arena_strdup(a, eq + 1) };
	return true;
}

const struct input_value *fixed_value(const struct import_options *o, const char *name)
{
	for (size_t i = 0; o && i < o->n_fixed; i++)
		if (strcmp(o->fixed[i].name, name) == 0)
			return &o->fixed[i];
	return NULL;
}

static size_t count_numbers(const char *s)
{
	size_t n = 1;
	for (; *s; s++)
		n += *s == ',';
	return n;
}

/* The shape of n numbers for an input of this type: as declared when that has n elements, else a
 * vector. */
static struct shape shape_for(const struct type_info *t, size_t n)
{
	struct shape s = { .rank = 1, .d = { (dim)n } };
	if (shape_is_const(&t->shape) && shape_elements(&t->shape) == (int64_t)n)
		return t->shape;
	if (t->shape.rank < 0 && n == 1)
		s.rank = 0;
	return s;
}

/* One number, up to a comma or the end; false when it is none or does not fit. */
static bool put_number(const char **s, void *data, enum dtype t, int64_t i)
{
	char *end;
	errno = 0;
	if (dtype_is_float(t)) {
		constant_put_f64(data, t, i, strtod(*s, &end));
	} else {
		struct shape scalar = { .rank = 0 };
		int64_t v = strtoll(*s, &end, 10);
		constant_put_i64(data, t, i, v);
		const char *at = (const char *)data + (size_t)i * dtype_size(t);
		struct constant c = { t, scalar, at, dtype_size(t), NULL };
		if (constant_i64(&c, 0) != v)
			return false;
	}
	bool ok = end > *s && errno == 0 && (*end == ',' || *end == '\0');
	*s = *end ? end + 1 : end;
	return ok;
}

static const struct constant *read_numbers(struct import *im, const struct loc *loc,
					   const struct type_info *t, const char *text)
{
	struct arena *a = im->u->arena;
	size_t n = count_numbers(text);
	struct shape shape = shape_for(t, n);
	const char *s = text;
	void *data;
	bool numeric = dtype_is_float(t->type) || dtype_is_int(t->type) || t->type == DT_BOOL;
	if (!t->known || t->container != TENSOR || !numeric) {
		diag_error(im->u->diag, loc, "only an input of numbers can be fixed");
		return NULL;
	}
	struct constant *c = constant_new(a, t->type, &shape, &data);
	for (size_t i = 0; i < n; i++)
		if (!put_number(&s, data, t->type, (int64_t)i)) {
			diag_error(im->u->diag, loc,
				   "the value given for the input, \"%s\", is no %s",
				   printable(a, text, 80), dtype_name(t->type));
			return NULL;
		}
	return c;
}

bool import_fixed(struct env *e, const Onnx__ValueInfoProto *info, const struct input_value *x)
{
	struct import *im = e->im;
	const char *name = text_of(info->name);
	struct loc loc = value_loc(e, own_name(e, name));
	struct type_info t;
	if (!type_read(im, &loc, info->type, &t))
		return false;
	const struct constant *c = x->value ? x->value : read_numbers(im, &loc, &t, x->text);
	if (!c)
		return false;
	bool fits = t.container == TENSOR && (!t.known || t.type == c->type) &&
		    (t.shape.rank < 0 || t.shape.rank == c->shape.rank);
	for (int i = 0; fits && i < t.shape.rank; i++)
		fits = !dim_is_const(t.shape.d[i]) || t.shape.d[i] == c->shape.d[i];
	if (!fits)
		return diag_error(im->u->diag, &loc,
				  "the value given for the input is %s%s, which is not of its type",
				  dtype_name(c->type), shape_text(im->u, &c->shape));
	return bind(e, &loc, name, graph_constant(e->g, loc.node, c)->id);
}
