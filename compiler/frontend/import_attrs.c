/* Attributes: from the model's list to the operator's own struct, as its rows describe it. */
#include "import.h"

#include <limits.h>
#include <string.h>

const char *const attr_type_names[] = {
	[ATTR_IS(UNDEFINED)] = "nothing",
	[ATTR_IS(FLOAT)] = "a float",
	[ATTR_IS(INT)] = "an int",
	[ATTR_IS(STRING)] = "a string",
	[ATTR_IS(TENSOR)] = "a tensor",
	[ATTR_IS(GRAPH)] = "a graph",
	[ATTR_IS(FLOATS)] = "a list of floats",
	[ATTR_IS(INTS)] = "a list of ints",
	[ATTR_IS(STRINGS)] = "a list of strings",
	[ATTR_IS(TENSORS)] = "a list of tensors",
	[ATTR_IS(GRAPHS)] = "a list of graphs",
	[ATTR_IS(SPARSE_TENSOR)] = "a sparse tensor",
	[ATTR_IS(SPARSE_TENSORS)] = "a list of sparse tensors",
	[ATTR_IS(TYPE_PROTO)] = "a type",
	[ATTR_IS(TYPE_PROTOS)] = "a list of types",
};

static const attr_type_t type_of_kind[] = {
	[ATTR_INT] = ATTR_IS(INT),       [ATTR_FLOAT] = ATTR_IS(FLOAT),
	[ATTR_STRING] = ATTR_IS(STRING), [ATTR_ENUM] = ATTR_IS(STRING),
	[ATTR_TYPE] = ATTR_IS(INT),      [ATTR_INTS] = ATTR_IS(INTS),
	[ATTR_FLOATS] = ATTR_IS(FLOATS), [ATTR_STRINGS] = ATTR_IS(STRINGS),
	[ATTR_TENSOR] = ATTR_IS(TENSOR), [ATTR_TENSORS] = ATTR_IS(TENSORS),
	[ATTR_GRAPH] = ATTR_IS(GRAPH),
};

/* Attributes of old versions that only told an executor how to use memory. */
static const char *const meaningless[] = { "consumed_inputs" };

attr_type_t attr_type(const Onnx__AttributeProto *a)
{
	if (a->has_type && a->type > 0 && (size_t)a->type < ARRAY_LEN(attr_type_names))
		return (attr_type_t)a->type;
	const struct {
		bool has;
		attr_type_t type;
	} fields[] = {
		{ a->has_f, ATTR_IS(FLOAT) },
		{ a->has_i, ATTR_IS(INT) },
		{ a->has_s, ATTR_IS(STRING) },
		{ a->t, ATTR_IS(TENSOR) },
		{ a->g, ATTR_IS(GRAPH) },
		{ a->n_floats, ATTR_IS(FLOATS) },
		{ a->n_ints, ATTR_IS(INTS) },
		{ a->n_strings, ATTR_IS(STRINGS) },
		{ a->n_tensors, ATTR_IS(TENSORS) },
		{ a->n_graphs, ATTR_IS(GRAPHS) },
		{ a->sparse_tensor, ATTR_IS(SPARSE_TENSOR) },
		{ a->tp, ATTR_IS(TYPE_PROTO) },
	};
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (fields[i].has)
			return fields[i].type;
	return ATTR_IS(UNDEFINED);
}

/* -- references ------------------------------------------------------------ */

/* The attribute `name` of the call whose body e is in: the caller's, else the function's default.
 * The caller's may refer to its own caller's; calls nest at most NESTING_MAX deep. */
struct attr_value attr_resolve(const struct env *e, const Onnx__AttributeProto *a)
{
	const char *ref = text_of(a->ref_attr_name);
	if (!ref[0])
		return (struct attr_value){ a, e };
	if (!e->call)
		return (struct attr_value){ NULL, e };
	const Onnx__NodeProto *np = e->call->node;
	for (size_t i = 0; i < np->n_attribute; i++)
		if (strcmp(text_of(np->attribute[i]->name), ref) == 0)
			return attr_resolve(e->call->env, np->attribute[i]);
	const Onnx__FunctionProto *f = e->call->f;
	for (size_t i = 0; i < f->n_attribute_proto; i++)
		if (strcmp(text_of(f->attribute_proto[i]->name), ref) == 0 &&
		    !text_of(f->attribute_proto[i]->ref_attr_name)[0])
			return (struct attr_value){ f->attribute_proto[i], e };
	return (struct attr_value){ NULL, e };
}

/* -- values ---------------------------------------------------------------- */

bool attr_error(const struct attr_place *p, const char *fmt, ...)
{
	struct unit *u = p->e->im->u;
	va_list ap;
	va_start(ap, fmt);
	const char *text = arena_vprintf(u->arena, fmt, ap);
	va_end(ap);
	return diag_error(u->diag, p->loc, "attribute \"%s\" %s", printable(u->arena, p->name, 80),
			  text);
}

bool attr_string(const struct attr_place *p, const ProtobufCBinaryData *b, const char **out)
{
	*out = arena_text(p->e->im->u->arena, b->data, b->len);
	return true;
}

static bool read_choice(const struct attr_place *p, const struct attr_row *r,
			const ProtobufCBinaryData *b, int *out)
{
	struct arena *a = p->e->im->u->arena;
	const char *word, *list = "";
	if (!attr_string(p, b, &word))
		return false;
	for (int i = 0; r->choices[i]; i++) {
		if (strcmp(r->choices[i], word) == 0) {
			*out = i;
			return true;
		}
		list = arena_printf(a, "%s%s%s", list, i ? ", " : "", r->choices[i]);
	}
	const char *near = nearest_name(word, r->choices);
	return attr_error(p, "is \"%s\", must be one of %s%s", printable(a, word, 80), list,
			  near ? arena_printf(a, "; did you mean \"%s\"?", near) : "");
}

static bool in_range(const struct attr_place *p, const struct attr_row *r, int64_t v)
{
	if ((r->lo == 0 && r->hi == 0) || (v >= r->lo && v <= r->hi))
		return true;
	if (r->hi >= INT32_MAX)
		return attr_error(p, "is %lld, must be at least %lld", (long long)v,
				  (long long)r->lo);
	return attr_error(p, "is %lld, must be between %lld and %lld", (long long)v,
			  (long long)r->lo, (long long)r->hi);
}

static bool read_ints(const struct attr_place *p, const struct attr_row *r,
		      const Onnx__AttributeProto *a, struct ints *out)
{
	int64_t *list = arena_array(p->e->im->u->arena, int64_t, a->n_ints);
	for (size_t i = 0; i < a->n_ints; i++) {
		if (!in_range(p, r, a->ints[i]))
			return false;
		list[i] = a->ints[i];
	}
	*out = (struct ints){ list, (int)a->n_ints };
	return true;
}

bool attr_strings(const struct attr_place *p, const Onnx__AttributeProto *a, struct strings *out)
{
	const char **list = arena_array(p->e->im->u->arena, const char *, a->n_strings);
	for (size_t i = 0; i < a->n_strings; i++)
		if (!attr_string(p, &a->strings[i], &list[i]))
			return false;
	*out = (struct strings){ list, (int)a->n_strings };
	return true;
}

bool attr_tensor(const struct attr_place *p, const Onnx__TensorProto *t,
		 const struct constant **out)
{
	struct import *im = p->e->im;
	if (!t)
		return attr_error(p, "holds no tensor");
	return tensor_constant(&im->src, &im->ext, p->loc, t, out);
}

static bool read_tensors(const struct attr_place *p, const Onnx__AttributeProto *a,
			 struct tensors *out)
{
	const struct constant **list =
		arena_array(p->e->im->u->arena, const struct constant *, a->n_tensors);
	for (size_t i = 0; i < a->n_tensors; i++)
		if (!attr_tensor(p, a->tensors[i], &list[i]))
			return false;
	*out = (struct tensors){ list, (int)a->n_tensors };
	return true;
}

/* UNDEFINED is what some rows default to, and so may be written out. */
static bool read_type(const struct attr_place *p, const struct attr_row *r, int64_t v,
		      enum dtype *out)
{
	const bool undefined = v == DT_UNDEF && r->def_int == DT_UNDEF && !r->required;

	if (!undefined && (v <= DT_UNDEF || v >= DT_ONNX_COUNT))
		return attr_error(p, "is %lld, which is no element type", (long long)v);
	*out = (enum dtype)v;
	return true;
}

/* a into the member that row r describes. */
static bool read_attr(const struct attr_place *p, const struct attr_row *r, struct attr_value v,
		      void *attrs, struct subgraphs *graphs)
{
	const Onnx__AttributeProto *a = v.value;
	attr_type_t have = attr_type(a), want = type_of_kind[r->kind];
	void *member = (char *)attrs + r->offset;
	if (have != want)
		return attr_error(p, "is %s, must be %s", attr_type_names[have],
				  attr_type_names[want]);
	if (a->n_ints > INT_MAX || a->n_floats > INT_MAX || a->n_strings > INT_MAX)
		return attr_error(p, "is too long");
	switch (r->kind) {
	case ATTR_INT:
		*(int64_t *)member = a->i;
		return in_range(p, r, a->i);
	case ATTR_FLOAT:
		*(float *)member = a->f;
		return true;
	case ATTR_STRING:
		return attr_string(p, &a->s, member);
	case ATTR_ENUM:
		return read_choice(p, r, &a->s, member);
	case ATTR_TYPE:
		return read_type(p, r, a->i, member);
	case ATTR_INTS:
		return read_ints(p, r, a, member);
	case ATTR_FLOATS:
		*(struct floats *)member =
			(struct floats){ arena_copy(p->e->im->u->arena, a->floats,
						    a->n_floats * sizeof(float)),
					 (int)a->n_floats };
		return true;
	case ATTR_STRINGS:
		return attr_strings(p, a, member);
	case ATTR_TENSOR:
		return attr_tensor(p, a->t, member);
	case ATTR_TENSORS:
		return read_tensors(p, a, member);
	case ATTR_GRAPH:
		if (!a->g)
			return attr_error(p, "holds no graph");
		*(int *)member = (int)graphs->graphs.n;
		vec_push(p->e->im->u->arena, &graphs->graphs, v);
		return true;
	}
	unreachable("attribute kind");
}

/* -- a node's list --------------------------------------------------------- */

static const struct attr_row *row_named(const struct op *op, const char *name)
{
	for (const struct attr_row *r = op->attrs; r && r->name; r++)
		if (strcmp(r->name, name) == 0)
			return r;
	return NULL;
}

static bool unknown_attr(const struct attr_place *p, const struct op *op)
{
	struct arena *a = p->e->im->u->arena;
	VEC(const char *) names = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(meaningless); i++)
		if (strcmp(meaningless[i], p->name) == 0)
			return true;
	for (const struct attr_row *r = op->attrs; r && r->name; r++)
		vec_push(a, &names, r->name);
	vec_push(a, &names, NULL);
	const char *near = nearest_name(p->name, names.p);
	const char *hint = near ? arena_printf(a, "; did you mean \"%s\"?", near) : "";
	if (!(op->flags & OP_LENIENT))
		return attr_error(p, "is unknown%s", hint);
	diag_warning(p->e->im->u->diag, p->loc, "attribute \"%s\" is unknown and left out%s",
		     printable(a, p->name, 80), hint);
	return true;
}

bool attrs_check(const struct env *e, const struct loc *loc, const Onnx__NodeProto *np)
{
	struct name_map seen = { 0 };
	bool ok = true;
	for (size_t i = 0; i < np->n_attribute; i++) {
		const Onnx__AttributeProto *a = np->attribute[i];
		struct attr_place p = { e, loc, text_of(a->name) };
		if (!name_map_add(e->im->u->arena, &seen, p.name, 0))
			ok = attr_error(&p, "is given twice");
		if (text_of(a->ref_attr_name)[0] && !e->call)
			ok = attr_error(&p, "refers to \"%s\" of a function, but is in none",
					printable(e->im->u->arena, a->ref_attr_name, 80));
	}
	return ok;
}

static const Onnx__AttributeProto *attr_of(const Onnx__NodeProto *np, const char *name)
{
	for (size_t i = 0; i < np->n_attribute; i++)
		if (strcmp(text_of(np->attribute[i]->name), name) == 0)
			return np->attribute[i];
	return NULL;
}

bool attrs_read(const struct env *e, const struct loc *loc, const struct op *op,
		const Onnx__NodeProto *np, void **out, struct subgraphs *graphs)
{
	void *attrs = op_default_attrs(e->im->u->arena, op);
	bool ok = attrs_check(e, loc, np);
	for (size_t i = 0; i < np->n_attribute; i++) {
		struct attr_place p = { e, loc, text_of(np->attribute[i]->name) };
		/* Optional's type says nothing that its use does not say */
		if (!row_named(op, p.name) && attr_type(np->attribute[i]) != ATTR_IS(TYPE_PROTO))
			ok &= unknown_attr(&p, op);
	}
	for (const struct attr_row *r = op->attrs; r && r->name; r++) {
		struct attr_place p = { e, loc, r->name };
		const Onnx__AttributeProto *a = attr_of(np, r->name);
		struct attr_value v = { NULL, e };
		if (a)
			v = attr_resolve(e, a);
		if (v.value)
			ok &= read_attr(&p, r, v, attrs, graphs);
		else if (r->required)
			ok &= attr_error(&p, "is missing");
	}
	*out = attrs;
	return ok;
}
