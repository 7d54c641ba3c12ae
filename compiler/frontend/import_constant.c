/* Constant: every kind of value it may have, as a constant of the graph. */
#include "import.h"

#include <string.h>

static struct constant *vector(struct arena *a, enum dtype t, size_t n, void **data)
{
	struct shape s = { .rank = 1, .d = { (dim)n } };
	return constant_new(a, t, &s, data);
}

static const struct constant *strings_constant(struct arena *a, const char *const *p, size_t n,
					       bool scalar)
{
	struct constant *c = arena_new(a, struct constant);
	c->type = DT_STRING;
	c->shape.rank = scalar ? 0 : 1;
	c->shape.d[0] = (dim)n;
	c->strings = p;
	return c;
}

/* Every kind of value that a Constant may have, by the attribute's name. */
static bool read_constant(const struct attr_place *p, const Onnx__AttributeProto *a,
			  const struct constant **out)
{
	struct import *im = p->e->im;
	struct arena *arena = im->u->arena;
	struct strings list;
	const char **one = arena_new(arena, const char *);
	void *data;
	switch (attr_type(a)) {
	case ATTR_IS(TENSOR):
		return attr_tensor(p, a->t, out);
	case ATTR_IS(SPARSE_TENSOR):
		if (!a->sparse_tensor)
			return attr_error(p, "holds no tensor");
		return sparse_constant(&im->src, &im->ext, p->loc, a->sparse_tensor, out);
	case ATTR_IS(INT):
		*out = constant_scalar_i64(arena, DT_I64, a->i);
		return true;
	case ATTR_IS(FLOAT):
		*out = constant_scalar_f64(arena, DT_F32, (double)a->f);
		return true;
	case ATTR_IS(INTS):
		*out = vector(arena, DT_I64, a->n_ints, &data);
		if (a->n_ints)
			memcpy(data, a->ints, a->n_ints * sizeof(int64_t));
		return true;
	case ATTR_IS(FLOATS):
		*out = vector(arena, DT_F32, a->n_floats, &data);
		if (a->n_floats)
			memcpy(data, a->floats, a->n_floats * sizeof(float));
		return true;
	case ATTR_IS(STRING):
		if (!attr_string(p, &a->s, &one[0]))
			return false;
		*out = strings_constant(arena, one, 1, true);
		return true;
	case ATTR_IS(STRINGS):
		if (!attr_strings(p, a, &list))
			return false;
		*out = strings_constant(arena, list.p, (size_t)list.n, false);
		return true;
	default:
		return attr_error(p, "is %s", attr_type_names[attr_type(a)]);
	}
}

bool constant_read(const struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		   const struct constant **out)
{
	static const struct {
		const char *name;
		attr_type_t type;
	} values[] = {
		{ "value", ATTR_IS(TENSOR) },        { "sparse_value", ATTR_IS(SPARSE_TENSOR) },
		{ "value_int", ATTR_IS(INT) },       { "value_ints", ATTR_IS(INTS) },
		{ "value_float", ATTR_IS(FLOAT) },   { "value_floats", ATTR_IS(FLOATS) },
		{ "value_string", ATTR_IS(STRING) }, { "value_strings", ATTR_IS(STRINGS) },
	};
	struct unit *u = e->im->u;
	if (np->n_input || np->n_output != 1)
		return diag_error(u->diag, loc, "a Constant has no input and one output");
	if (np->n_attribute != 1)
		return diag_error(u->diag, loc, "a Constant has one attribute, this has %zu",
				  np->n_attribute);
	struct attr_place p = { e, loc, text_of(np->attribute[0]->name) };
	struct attr_value v = attr_resolve(e, np->attribute[0]);
	if (!attrs_check(e, loc, np))
		return false;
	if (!v.value)
		return attr_error(&p, "is missing");
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		if (strcmp(values[i].name, p.name) != 0)
			continue;
		bool sparse = i == 0 &&
			      attr_type(v.value) ==
				      ATTR_IS(SPARSE_TENSOR); /* in files of ONNX Runtime's tools */
		if (attr_type(v.value) != values[i].type && !sparse)
			return attr_error(&p, "is %s, must be %s",
					  attr_type_names[attr_type(v.value)],
					  attr_type_names[values[i].type]);
		return read_constant(&p, v.value, out);
	}
	return attr_error(&p, "is unknown");
}
