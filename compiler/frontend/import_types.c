/* Types as models declare them, and what is made of them: inputs get theirs, other values are
 * checked. */
#include "import.h"

#include <string.h>

static bool read_shape(struct import *im, const struct loc *loc, const Onnx__TensorShapeProto *s,
		       struct shape *out)
{
	out->rank = -1;
	if (!s)
		return true;
	if (s->n_dim > RANK_MAX)
		return diag_error(im->u->diag, loc, "its rank is %zu, at most %d is supported",
				  s->n_dim, RANK_MAX);
	out->rank = (int)s->n_dim;
	for (size_t i = 0; i < s->n_dim; i++) {
		const Onnx__TensorShapeProto__Dimension *d = s->dim[i];
		out->d[i] = DIM_OVERFLOW;
		if (d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE &&
		    d->dim_value >= 0)
			out->d[i] = d->dim_value; /* some writers put -1 for "unknown" */
		else if (d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM &&
			 d->dim_param[strspn(d->dim_param, "?")]) /* "?" is no name */
			out->d[i] = dim_symbol(im->u, d->dim_param);
	}
	return true;
}

static bool read_tensor(struct import *im, const struct loc *loc, const Onnx__TypeProto__Tensor *t,
			struct type_info *out)
{
	if (!t->elem_type)
		return true; /* not declared */
	out->known = true;
	return dtype_from_onnx(im->u->diag, loc, t->elem_type, &out->type) &&
	       read_shape(im, loc, t->shape, &out->shape);
}

/* A map's keys; its values are scalars. */
static bool read_map(struct import *im, const struct loc *loc, const Onnx__TypeProto__Map *t,
		     struct type_info *out)
{
	return dtype_from_onnx(im->u->diag, loc, t->key_type, &out->keys);
}

/* The tensor inside a sequence, optional or map. Of a sequence of maps only the keys' type is known. */
static bool read_inner(struct import *im, const struct loc *loc, const Onnx__TypeProto *t,
		       const char *of, struct type_info *out)
{
	if (!t || t->value_case == ONNX__TYPE_PROTO__VALUE__NOT_SET)
		return true;
	if (t->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
		return read_tensor(im, loc, t->tensor_type, out);
	if (out->container == OPTIONAL && t->value_case == ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE) {
		const Onnx__TypeProto *e = t->sequence_type->elem_type;
		out->of_sequence = true;
		if (e && e->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
			return read_tensor(im, loc, e->tensor_type, out);
	}
	if (out->container == SEQUENCE && t->value_case == ONNX__TYPE_PROTO__VALUE_MAP_TYPE)
		return read_map(im, loc, t->map_type, out);
	return diag_error(im->u->diag, loc, "%s of anything but tensors are not supported", of);
}

bool type_read(struct import *im, const struct loc *loc, const Onnx__TypeProto *t,
	       struct type_info *out)
{
	*out = (struct type_info){ .container = TENSOR, .shape.rank = -1 };
	if (!t)
		return true;
	switch (t->value_case) {
	case ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE:
		return read_tensor(im, loc, t->tensor_type, out);
	case ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE:
		out->container = SEQUENCE;
		return read_inner(im, loc, t->sequence_type->elem_type, "sequences", out);
	case ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE:
		out->container = OPTIONAL;
		return read_inner(im, loc, t->optional_type->elem_type, "optionals", out);
	case ONNX__TYPE_PROTO__VALUE_MAP_TYPE:
		out->container = MAP;
		return read_map(im, loc, t->map_type, out) &&
		       read_inner(im, loc, t->map_type->value_type, "maps", out);
	case ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE:
		return diag_error(im->u->diag, loc, "sparse inputs and outputs are not supported");
	default:
		return true; /* no type, or one (opaque) that the guard left out */
	}
}

/* The symbol of an axis without a name. */
static dim axis_symbol(struct unit *u, const struct value *v, int axis)
{
	return dim_symbol(u, arena_printf(u->arena, "%s.%d", text_of(v->name), axis));
}

int rank_of_options(const struct unit *u, const struct value *v)
{
	int rank = 0;
	for (bool found = true; found && rank < RANK_MAX;) {
		struct arena a = { 0 };
		const char *name = arena_printf(&a, "%s.%d", text_of(v->name), rank);
		found = false;
		for (size_t i = 0; i < u->dim_settings.n; i++)
			found |= strcmp(u->dim_settings.p[i].name, name) == 0;
		rank += found;
		arena_free(&a);
	}
	return rank;
}

bool type_apply(struct import *im, const struct type_info *t, struct value *v)
{
	struct unit *u = im->u;
	v->container = t->container;
	v->type = t->type;
	v->shape = t->shape;
	if (v->shape.rank < 0 && v->container == TENSOR && v->graph == u->main) {
		int rank = rank_of_options(u, v);
		if (!rank)
			return diag_error(u->diag, &v->loc,
					  "the input has no shape; give it by --dim %s.0=N --dim "
					  "%s.1=N ...",
					  printable(u->arena, v->name, 80),
					  printable(u->arena, v->name, 80));
		v->shape.rank = rank;
		for (int i = 0; i < rank; i++)
			v->shape.d[i] = DIM_OVERFLOW;
	}
	for (int i = 0; i < v->shape.rank; i++)
		if (v->shape.d[i] == DIM_OVERFLOW)
			v->shape.d[i] = axis_symbol(u, v, i);
	if (v->shape.rank >= 0 && shape_overflows(u, &v->shape, v->type))
		return diag_error(u->diag, &v->loc, "its size, %s, overflows",
				  shape_text(u, &v->shape));
	return true;
}

void type_vary(struct unit *u, const struct type_info *seed, struct value *v)
{
	for (int i = 0; i < v->shape.rank; i++)
		if (seed->varies[i])
			v->shape.d[i] = dim_size(u, v->id, i, seed->most[i]);
}

/* -- declarations as a check ----------------------------------------------- */

static bool of_other_type(const struct type_info *t, const struct value *v)
{
	return t->container != v->container || (v->type != DT_UNDEF && t->type != v->type);
}

static bool contradicts(const struct unit *u, const struct type_info *t, const struct value *v)
{
	if (of_other_type(t, v))
		return true;
	if (t->shape.rank < 0 || v->shape.rank < 0)
		return false;
	if (t->shape.rank != v->shape.rank)
		return true;
	for (int i = 0; i < v->shape.rank; i++) {
		dim want = t->shape.d[i], have = v->shape.d[i];
		if (dim_is_const(want) && (want < dim_lo(u, have) || want > dim_hi(u, have)))
			return true;
	}
	return false;
}

/* "float[1,?,N]" */
static const char *type_text(struct unit *u, enum container c, enum dtype t, const struct shape *s)
{
	static const char *const containers[] = { "", "sequence of ", "optional ", "map to " };
	const char *text = arena_printf(u->arena, "%s%s", containers[c], dtype_name(t));
	if (s->rank < 0)
		return text;
	for (int i = 0; i < s->rank; i++)
		text = arena_printf(u->arena, "%s%s%s", text, i ? "," : "[",
				    s->d[i] == DIM_OVERFLOW ? "?" : dim_text(u, s->d[i]));
	return arena_printf(u->arena, "%s%s", text, s->rank ? "]" : "[]");
}

static bool all_numbers(const struct shape *s)
{
	for (int i = 0; i < s->rank; i++)
		if (!dim_is_const(s->d[i]))
			return false;
	return s->rank >= 0;
}

/* A declared size is a promise that nothing proves: for a size found at run time it becomes the
 * bound, which emitted code checks. */
static void fill(struct unit *u, const struct type_info *t, struct value *v)
{
	if (v->type == DT_UNDEF)
		v->type = t->type;
	if (v->shape.rank < 0) {
		if (all_numbers(&t->shape))
			v->shape = t->shape;
		return;
	}
	for (int i = 0; i < v->shape.rank && t->shape.rank == v->shape.rank; i++) {
		dim want = t->shape.d[i], have = v->shape.d[i];
		if (dim_is_const(want))
			dim_limit(u, have, want);
	}
}

bool type_check(const struct env *e, const char *name, struct value *v)
{
	struct unit *u = e->im->u;
	struct type_info t;
	uint32_t i;
	if (!name_map_get(&e->infos, name, &i))
		return true;
	struct loc loc = { .file = u->file, .node = v->name };
	if (!type_read(e->im, &loc, e->info[i]->type, &t) || !t.known)
		return true;
	if (!contradicts(u, &t, v)) {
		fill(u, &t, v);
		return true;
	}
	const char *want = type_text(u, t.container, t.type, &t.shape);
	const char *have = type_text(u, v->container, v->type, &v->shape);
	if (of_other_type(&t, v))
		return diag_error(u->diag, &loc, "the model declares %s, inference finds %s", want,
				  have);
	diag_warning(u->diag, &loc, "the model declares %s, inference finds %s", want, have);
	return true;
}
