/* ml_map.c - maps at a model's border: ZipMap, DictVectorizer, CastMap.
 *
 * A sequence of maps that all have the same keys is a matrix whose columns have keys (value.keys). A map
 * that is an input is two inputs, its keys and its values, of one size; edgecc.Map puts them together. */
#include "ml.h"

#include <string.h>

/* -- ZipMap -------------------------------------------------------------------------------- */

struct zipmap_attrs {
	struct ints classlabels_int64s;
	struct strings classlabels_strings;
};
static const struct attr_row zipmap_rows[] = { A_INTS(struct zipmap_attrs, classlabels_int64s),
					       A_STRINGS(struct zipmap_attrs, classlabels_strings),
					       A_END };

static const struct constant *keys_of(struct unit *u, const struct ints *ints,
				      const struct strings *strings)
{
	struct shape s = { .rank = 1, .d = { strings->n ? strings->n : ints->n } };
	struct constant *c;
	void *data;

	c = constant_new(u->arena, strings->n ? DT_STRING : DT_I64, &s, &data);
	if (strings->n)
		memcpy(data, strings->p, (size_t)strings->n * sizeof *strings->p);
	else if (ints->n)
		memcpy(data, ints->p, c->size);
	return c;
}

static bool infer_zipmap(struct unit *u, struct node *n)
{
	const struct zipmap_attrs *a = n->attrs;
	const struct constant *keys = keys_of(u, &a->classlabels_int64s, &a->classlabels_strings);
	struct value *z = node_out(n, 0);
	dim d[2];

	if (!ml_features(u, n, &d[0], &d[1]))
		return false;
	if (keys->shape.d[0] == 0)
		return node_error(u, n, "has no class labels");
	if (!dim_assume_equal(u, d[1], keys->shape.d[0], NULL))
		return node_error(u, n, "X has %s columns, there are %lld labels",
				  dim_text(u, d[1]), (long long)keys->shape.d[0]);
	z->type = DT_F32;
	z->keys = keys;
	set_shape_of(z, 2, d);
	return true;
}

static bool expand_zipmap(struct unit *u, struct node *n)
{
	expand_output(u, n, 0, ml_matrix(u, n, DT_F32));
	return true;
}

/* -- edgecc.Map ---------------------------------------------------------------------------- */

static bool infer_map(struct unit *u, struct node *n)
{
	struct value *y = node_out(n, 0);

	(void)u;
	y->container = MAP;
	y->type = node_in(n, 1)->type;
	y->shape = node_in(n, 1)->shape;
	return true;
}

/* The keys and values that input 0, a map, is made of. */
static bool map_parts(struct unit *u, const struct node *n, const struct value **keys,
		      const struct value **values)
{
	const struct node *made = node_in(n, 0)->producer;

	if (!made || made->op != op_builtin("edgecc.Map"))
		return node_error(u, n, "X must be a map that is an input of the model");
	*keys = node_in(made, 0);
	*values = node_in(made, 1);
	return true;
}

/* edgecc.Loops on keys [E], values [E] and a further input. */
struct map_loops {
	struct node *m;
	struct tir_builder b;
	struct tir_stage stage;
	const struct tir *idx[RANK_MAX], *e; /* e: over the entries */
};

static void begin_loops(struct node *n, const struct value *keys, const struct value *values,
			uint32_t third, const struct shape *s, struct map_loops *l)
{
	uint32_t in[3] = { keys->id, values->id, third };

	l->m = new_loops(n, third ? 3 : 2, in, values->type, s);
	tir_builder_init(&l->b, n->graph->unit, l->m);
	tir_stage_begin(&l->b, 0, &l->stage, l->idx);
	l->e = tir_var(&l->b, keys->shape.d[0], "e");
}

/* The value of the only entry for which `found` holds. Strings cannot be summed up: the entry's position
 * is. */
static uint32_t entry_value(struct map_loops *l, enum dtype t, const struct tir *found)
{
	struct tir_builder *b = &l->b;
	const struct tir *one = tir_index(b, 1), *zero = tir_index(b, 0), *at, *last;

	at = tir_reduce(b, REDUCE_SUM, 1, &l->e, tir_select(b, found, tir_add(b, l->e, one), zero));
	last = tir_max(b, tir_sub(b, at, one), zero);
	l->stage.value = tir_load(b, 1, &last);
	if (t != DT_STRING)
		l->stage.value =
			tir_select(b, tir_eq(b, at, zero), tir_number(b, t, 0), l->stage.value);
	set_loops(l->m, &l->stage);
	return l->m->out[0];
}

/* -- DictVectorizer ------------------------------------------------------------------------ */

struct dict_attrs {
	struct ints int64_vocabulary;
	struct strings string_vocabulary;
};
static const struct attr_row dict_rows[] = { A_INTS(struct dict_attrs, int64_vocabulary),
					     A_STRINGS(struct dict_attrs, string_vocabulary),
					     A_END };

static bool infer_dict(struct unit *u, struct node *n)
{
	const struct dict_attrs *a = n->attrs;
	const struct constant *words = keys_of(u, &a->int64_vocabulary, &a->string_vocabulary);
	const struct value *keys, *values;

	if (!map_parts(u, n, &keys, &values))
		return false;
	if (keys->type != words->type)
		return node_error(u, n, "X has keys of type %s, the vocabulary is of type %s",
				  dtype_name(keys->type), dtype_name(words->type));
	if (values->type == DT_STRING)
		return node_error(u, n, "values that are strings are not supported");
	node_out(n, 0)->type = values->type;
	set_shape_of(node_out(n, 0), 2, (dim[]){ 1, words->shape.d[0] });
	return true;
}

static bool expand_dict(struct unit *u, struct node *n)
{
	const struct dict_attrs *a = n->attrs;
	const struct constant *words = keys_of(u, &a->int64_vocabulary, &a->string_vocabulary);
	const struct value *keys, *values;
	struct map_loops l;

	if (!map_parts(u, n, &keys, &values))
		return false;
	begin_loops(n, keys, values, graph_constant(n->graph, NULL, words)->id,
		    &node_out(n, 0)->shape, &l);
	expand_output(
		u, n, 0,
		entry_value(&l, values->type,
			    tir_eq(&l.b, tir_load(&l.b, 0, &l.e), tir_load(&l.b, 2, &l.idx[1]))));
	return true;
}

/* -- CastMap ------------------------------------------------------------------------------- */

enum { MAP_DENSE, MAP_SPARSE };
static const char *const form_names[] = { "DENSE", "SPARSE", NULL };
static const char *const cast_names[] = { "TO_FLOAT", "TO_STRING", "TO_INT64", NULL };
static const enum dtype cast_types[] = { DT_F32, DT_STRING, DT_I64 };
struct castmap_attrs {
	int cast_to, map_form;
	int64_t max_map;
};
static const struct attr_row castmap_rows[] = {
	A_ENUM(struct castmap_attrs, cast_to, cast_names, 0),
	A_ENUM(struct castmap_attrs, map_form, form_names, MAP_DENSE),
	A_RANGE(struct castmap_attrs, max_map, 1, 1, INT32_MAX), A_END
};

static bool infer_castmap(struct unit *u, struct node *n)
{
	const struct castmap_attrs *a = n->attrs;
	const struct value *keys, *values;

	if (!map_parts(u, n, &keys, &values))
		return false;
	if (keys->type != DT_I64)
		return node_error(u, n, "X has keys of type %s, must be int64",
				  dtype_name(keys->type));
	if ((values->type == DT_STRING) != (cast_types[a->cast_to] == DT_STRING))
		return node_error(
			u, n,
			"casting strings to numbers or numbers to strings is not supported: %s to %s",
			dtype_name(values->type), dtype_name(cast_types[a->cast_to]));
	if (values->type == DT_STRING && a->map_form == MAP_SPARSE)
		return node_error(u, n, "a sparse form of strings is not supported");
	node_out(n, 0)->type = cast_types[a->cast_to];
	set_shape_of(node_out(n, 0), 2,
		     (dim[]){ 1, a->map_form == MAP_DENSE ? keys->shape.d[0] : a->max_map });
	return true;
}

/* DENSE: values in the order of their keys; SPARSE: at the position that the key says. */
static bool expand_castmap(struct unit *u, struct node *n)
{
	const struct castmap_attrs *a = n->attrs;
	const struct value *keys, *values;
	const struct tir *key, *at, *other, *rank;
	struct map_loops l;
	uint32_t y;

	if (!map_parts(u, n, &keys, &values))
		return false;
	begin_loops(n, keys, values, VALUE_NONE, &node_out(n, 0)->shape, &l);
	key = tir_load(&l.b, 0, &l.e);
	at = tir_cast(&l.b, DT_I64, l.idx[1]);
	rank = key;
	if (a->map_form == MAP_DENSE) {
		other = tir_var(&l.b, keys->shape.d[0], "other");
		rank = tir_reduce(
			&l.b, REDUCE_SUM, 1, &other,
			tir_cast(&l.b, DT_I64, tir_lt(&l.b, tir_load(&l.b, 0, &other), key)));
	}
	y = entry_value(&l, values->type, tir_eq(&l.b, rank, at));
	expand_output(u, n, 0,
		      values->type == DT_STRING ? y : new_cast(n, cast_types[a->cast_to], y));
	return true;
}

const struct op ops_ml_map[] = {
	{ .name = "ZipMap",
	  .domain = DOMAIN_ML,
	  .since = 1,
	  .sig = "X:float -> Z:*",
	  .attrs = zipmap_rows,
	  .attrs_size = sizeof(struct zipmap_attrs),
	  .infer = infer_zipmap,
	  .expand = expand_zipmap,
	  .doc = "rows as maps from labels: the values stay a matrix, the labels are the output's KEYS" },
	{ .name = "DictVectorizer",
	  .domain = DOMAIN_ML,
	  .since = 1,
	  .sig = "X:* -> Y:*",
	  .attrs = dict_rows,
	  .attrs_size = sizeof(struct dict_attrs),
	  .infer = infer_dict,
	  .expand = expand_dict,
	  .doc = "the map's values in the order of the vocabulary, 0 where there is none",
	  .limits = "values that are strings are not supported" },
	{ .name = "CastMap",
	  .domain = DOMAIN_ML,
	  .since = 1,
	  .sig = "X:* -> Y:*",
	  .attrs = castmap_rows,
	  .attrs_size = sizeof(struct castmap_attrs),
	  .infer = infer_castmap,
	  .expand = expand_castmap,
	  .doc = "the map's values in the order of their keys, or at the positions that keys say",
	  .limits = "casting strings to numbers or numbers to strings is not supported; "
		    "a sparse form of strings is not supported" },
	{ .name = "Map",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "keys:K values:V -> Y:*",
	  .types = "K=int64,string V=float,double,int64,string",
	  .flags = OP_INTERNAL,
	  .infer = infer_map,
	  .doc = "a map from its entries" },
	{ .name = NULL }
};
