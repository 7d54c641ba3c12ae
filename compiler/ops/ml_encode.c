/* ml_encode.c - elements looked up in lists: LabelEncoder, CategoryMapper, OneHotEncoder. */
#include <math.h>
#include <string.h>

#include "ml.h"

/* Keys or values of one type. */
struct list {
	enum dtype type;
	const struct constant *c; /* rank 1 */
};

static struct list list_of(struct unit *u, const struct ints *i, const struct floats *f,
			   const struct strings *s, const struct constant *t)
{
	struct shape shape = { .rank = 1 };
	struct constant *c;
	void *data;

	if (t) {
		c = arena_copy(u->arena, t, sizeof *t);
		c->shape = (struct shape){ .rank = 1, .d = { shape_elements(&t->shape) } };
		return (struct list){ t->type, c };
	}
	if (i && i->p) {
		shape.d[0] = i->n;
		c = constant_new(u->arena, DT_I64, &shape, &data);
		memcpy(data, i->p, c->size);
	} else if (f && f->p) {
		shape.d[0] = f->n;
		c = constant_new(u->arena, DT_F32, &shape, &data);
		memcpy(data, f->p, c->size);
	} else if (s && s->p) {
		shape.d[0] = s->n;
		c = constant_new(u->arena, DT_STRING, &shape, &data);
		memcpy(data, s->p, (size_t)s->n * sizeof *s->p);
	} else {
		return (struct list){ DT_UNDEF, NULL };
	}
	return (struct list){ c->type, c };
}

static bool same_key(const struct constant *c, int64_t i, int64_t j)
{
	double a, b;

	if (c->type == DT_STRING)
		return strcmp(c->strings[i], c->strings[j]) == 0;
	if (!dtype_is_float(c->type))
		return constant_i64(c, i) == constant_i64(c, j);
	a = constant_f64(c, i);
	b = constant_f64(c, j);
	return a == b || (isnan(a) && isnan(b));
}

/* Integers that count up by one: found by subtraction. */
static bool counts_up(const struct constant *c)
{
	if (!dtype_is_int(c->type) || !shape_elements(&c->shape))
		return false;
	for (int64_t i = 1; i < shape_elements(&c->shape); i++)
		if (constant_i64(c, i) != constant_i64(c, 0) + i)
			return false;
	return true;
}

static const struct tir *equal_key(struct tir_builder *b, const struct tir *x,
				   const struct tir *key)
{
	const struct tir *same = tir_eq(b, x, key);

	if (!dtype_is_float(x->type))
		return same;
	return tir_or(b, same,
		      tir_and(b, tir_unary(b, TIR_ISNAN, x), tir_unary(b, TIR_ISNAN, key)));
}

/* int64: 1 + the first position of each element of x among the keys, or 0: it is none of them. */
static uint32_t positions(struct node *at, uint32_t x, const struct constant *keys)
{
	struct unit *u = at->graph->unit;
	uint32_t in[3] = { x, graph_constant(at->graph, NULL, keys)->id };
	int64_t n = shape_elements(&keys->shape),
		*number = arena_array(u->arena, int64_t, (size_t)n);
	const struct tir *idx[RANK_MAX], *k, *e, *zero;
	struct tir_stage stage;
	struct tir_builder b;
	struct node *m;

	for (int64_t i = 0; i < n; i++) { /* a key that stands twice counts once */
		number[i] = i + 1;
		for (int64_t j = 0; j < i && number[i] && n <= 4096; j++)
			if (same_key(keys, i, j))
				number[i] = 0;
	}
	in[2] = new_ints(at, number, (int)n);
	m = new_loops(at, 3, in, DT_I64, &value_of(u, x)->shape);
	tir_builder_init(&b, u, m);
	tir_stage_begin(&b, 0, &stage, idx);
	e = tir_load(&b, 0, idx);
	zero = tir_int(&b, DT_I64, 0);
	if (counts_up(keys)) {
		e = tir_add(&b, tir_cast(&b, DT_I64, e),
			    tir_int(&b, DT_I64, 1 - constant_i64(keys, 0)));
		stage.value = tir_select(
			&b, tir_and(&b, tir_lt(&b, zero, e), tir_le(&b, e, tir_int(&b, DT_I64, n))),
			e, zero);
	} else {
		k = tir_var(&b, n, "k");
		stage.value = tir_reduce(&b, REDUCE_SUM, 1, &k,
					 tir_select(&b, equal_key(&b, e, tir_load(&b, 1, &k)),
						    tir_load(&b, 2, &k), zero));
	}
	set_loops(m, &stage);
	return m->out[0];
}

/* values[position - 1], or the other one where the position is 0. */
static uint32_t picked(struct node *at, uint32_t position, const struct constant *values,
		       const struct constant *other)
{
	struct shape s = { .rank = 1, .d = { shape_elements(&values->shape) + 1 } };
	size_t size = values->type == DT_STRING ? sizeof(char *) : dtype_size(values->type);
	struct constant *table;
	void *data;

	table = constant_new(at->graph->unit->arena, values->type, &s, &data);
	if (values->type == DT_STRING) {
		memcpy(data, other->strings, size);
		memcpy((char *)data + size, values->strings, (size_t)(s.d[0] - 1) * size);
	} else {
		memcpy(data, other->data, size);
		memcpy((char *)data + size, values->data, values->size);
	}
	return graph_build2(at, "Gather", NULL, graph_constant(at->graph, NULL, table)->id,
			    position);
}

/* -- LabelEncoder -------------------------------------------------------------------------- */

struct encoder_attrs {
	struct ints keys_int64s, values_int64s, cats_int64s;
	struct floats keys_floats, values_floats;
	struct strings keys_strings, values_strings, cats_strings, classes_strings;
	const struct constant *keys_tensor, *values_tensor, *default_tensor;
	int64_t default_int64;
	float default_float;
	const char *default_string;
};
#define DEFAULT_ROWS                                                                               \
	A_INT(struct encoder_attrs, default_int64, -1),                                            \
		A_STRING(struct encoder_attrs, default_string, "_Unused")
#define LIST_ROWS                                                                                  \
	DEFAULT_ROWS, A_FLOAT(struct encoder_attrs, default_float, -0.0),                          \
		A_INTS(struct encoder_attrs, keys_int64s),                                         \
		A_INTS(struct encoder_attrs, values_int64s),                                       \
		A_FLOATS(struct encoder_attrs, keys_floats),                                       \
		A_FLOATS(struct encoder_attrs, values_floats),                                     \
		A_STRINGS(struct encoder_attrs, keys_strings),                                     \
		A_STRINGS(struct encoder_attrs, values_strings)

static const struct attr_row encoder_rows[] = { LIST_ROWS,
						A_TENSOR(struct encoder_attrs, keys_tensor),
						A_TENSOR(struct encoder_attrs, values_tensor),
						A_TENSOR(struct encoder_attrs, default_tensor),
						A_END };
static const struct attr_row encoder2_rows[] = { LIST_ROWS, A_END };
static const struct attr_row encoder1_rows[] = { DEFAULT_ROWS,
						 A_STRINGS(struct encoder_attrs, classes_strings),
						 A_END };
static const struct attr_row mapper_rows[] = { DEFAULT_ROWS,
					       A_INTS(struct encoder_attrs, cats_int64s),
					       A_STRINGS(struct encoder_attrs, cats_strings),
					       A_END };

/* What a node maps to what: its keys, its values, and what everything else becomes. */
struct mapping {
	struct list keys, values;
	const struct constant *other;
};

static const struct constant *other_of(struct unit *u, const struct encoder_attrs *a, enum dtype t)
{
	struct shape s = { .rank = 1, .d = { 1 } };
	struct constant *c;
	void *data;

	if (a->default_tensor)
		return a->default_tensor;
	c = constant_new(u->arena, t, &s, &data);
	if (t == DT_STRING)
		memcpy(data, &a->default_string, sizeof a->default_string);
	else if (t == DT_F32)
		constant_put_f64(data, t, 0, (double)a->default_float);
	else if (t == DT_I64)
		constant_put_i64(data, t, 0, a->default_int64);
	else if (dtype_is_int(t))
		constant_put_i64(data, t, 0, -1);
	return c;
}

static bool mapping_of(struct unit *u, const struct node *n, struct mapping *m)
{
	const struct encoder_attrs *a = n->attrs;
	enum dtype t = node_in(n, 0)->type;

	if (a->cats_strings.p && a->cats_int64s.p) {
		struct list text = list_of(u, NULL, NULL, &a->cats_strings, NULL);
		struct list numbers = list_of(u, &a->cats_int64s, NULL, NULL, NULL);

		m->keys = t == DT_STRING ? text : numbers;
		m->values = t == DT_STRING ? numbers : text;
	} else {
		m->keys = list_of(u, &a->keys_int64s, &a->keys_floats, &a->keys_strings,
				  a->keys_tensor);
		m->values = list_of(u, &a->values_int64s, &a->values_floats, &a->values_strings,
				    a->values_tensor);
	}
	if (!m->keys.c || !m->values.c)
		return node_error(u, n, "has no list of %s", m->keys.c ? "values" : "keys");
	if (m->keys.type != t)
		return node_error(u, n, "X is %s, the keys are %s", dtype_name(t),
				  dtype_name(m->keys.type));
	if (m->keys.c->shape.d[0] != m->values.c->shape.d[0])
		return node_error(u, n, "there are %lld keys and %lld values",
				  (long long)m->keys.c->shape.d[0],
				  (long long)m->values.c->shape.d[0]);
	m->other = other_of(u, a, m->values.type);
	if (m->other->type != m->values.type || shape_elements(&m->other->shape) != 1)
		return node_error(u, n, "default_tensor is %s%s, must be one %s",
				  dtype_name(m->other->type), shape_text(u, &m->other->shape),
				  dtype_name(m->values.type));
	return true;
}

static bool upgrade_encoder2(struct unit *u, struct node *n)
{
	upgrade_to_newest(u, n, n->attrs);
	return true;
}

/* Version 1: names and their positions, in the direction that X's type says. */
static bool upgrade_encoder1(struct unit *u, struct node *n)
{
	struct encoder_attrs a = *(const struct encoder_attrs *)n->attrs;
	int count = a.classes_strings.n;
	int64_t *p = arena_array(u->arena, int64_t, (size_t)count + 1);

	for (int i = 0; i < count; i++)
		p[i] = i;
	if (node_in(n, 0)->type == DT_STRING) {
		a.keys_strings = a.classes_strings;
		a.values_int64s = (struct ints){ p, count };
	} else {
		a.keys_int64s = (struct ints){ p, count };
		a.values_strings = a.classes_strings;
	}
	a.classes_strings = (struct strings){ NULL, 0 };
	upgrade_to_newest(u, n, &a);
	return true;
}

static bool infer_encoder(struct unit *u, struct node *n)
{
	struct mapping m;

	if (!mapping_of(u, n, &m))
		return false;
	node_out(n, 0)->type = m.values.type;
	return infer_like_input0(u, n);
}

static bool expand_encoder(struct unit *u, struct node *n)
{
	struct mapping m;

	if (!mapping_of(u, n, &m))
		return false;
	expand_output(u, n, 0, picked(n, positions(n, n->in[0], m.keys.c), m.values.c, m.other));
	return true;
}

/* -- OneHotEncoder ------------------------------------------------------------------------- */

struct onehot_attrs {
	struct ints cats_int64s;
	struct strings cats_strings;
	int64_t zeros;
};
static const struct attr_row onehot_rows[] = { A_INTS(struct onehot_attrs, cats_int64s),
					       A_STRINGS(struct onehot_attrs, cats_strings),
					       A_FLAG(struct onehot_attrs, zeros, 1), A_END };

static bool infer_onehot(struct unit *u, struct node *n)
{
	const struct onehot_attrs *a = n->attrs;
	struct shape s = node_in(n, 0)->shape;
	bool text = node_in(n, 0)->type == DT_STRING;

	if (!infer_need_rank(u, n, node_in(n, 0), "X", 0, RANK_MAX - 1))
		return false;
	if (text ? !a->cats_strings.n : !a->cats_int64s.n)
		return node_error(u, n, "attribute %s is missing",
				  text ? "cats_strings" : "cats_int64s");
	s.d[s.rank++] = text ? a->cats_strings.n : a->cats_int64s.n;
	set_shape(node_out(n, 0), &s);
	return true;
}

static bool expand_onehot(struct unit *u, struct node *n)
{
	const struct onehot_attrs *a = n->attrs;
	bool text = node_in(n, 0)->type == DT_STRING;
	struct list cats = text ? list_of(u, NULL, NULL, &a->cats_strings, NULL)
				: list_of(u, &a->cats_int64s, NULL, NULL, NULL);
	uint32_t x = text ? n->in[0] : new_cast(n, DT_I64, n->in[0]), hot;

	x = graph_build2(n, "Unsqueeze", NULL, x, new_ints(n, (int64_t[]){ -1 }, 1));
	hot = graph_build2(n, "Equal", NULL, x, graph_constant(n->graph, NULL, cats.c)->id);
	expand_output(u, n, 0, new_cast(n, DT_F32, hot));
	return true;
}

#define ENCODER(SINCE, UNTIL, ROWS, TYPES)                                                         \
	.name = "LabelEncoder", .domain = DOMAIN_ML, .since = SINCE, .until = UNTIL,               \
	.sig = "X:T1 -> Y:*", .types = "T1=" TYPES, .attrs = ROWS,                                 \
	.attrs_size = sizeof(struct encoder_attrs)

const struct op ops_ml_encode[] = {
	{ ENCODER(4, 0, encoder_rows, "string,int64,float,int32,int16,double"),
	  .infer = infer_encoder, .expand = expand_encoder,
	  .doc = "each element's value by its key, or the default" },
	{ ENCODER(2, 3, encoder2_rows, "string,int64,float"), .upgrade = upgrade_encoder2 },
	{ ENCODER(1, 1, encoder1_rows, "string,int64"), .upgrade = upgrade_encoder1 },
	{ .name = "CategoryMapper",
	  .domain = DOMAIN_ML,
	  .since = 1,
	  .sig = "X:T1 -> Y:*",
	  .types = "T1=string,int64",
	  .attrs = mapper_rows,
	  .attrs_size = sizeof(struct encoder_attrs),
	  .infer = infer_encoder,
	  .expand = expand_encoder,
	  .doc = "strings to numbers by two lists, or numbers to strings" },
	{ .name = "OneHotEncoder",
	  .domain = DOMAIN_ML,
	  .since = 1,
	  .sig = "X:T -> Y:float",
	  .types = "T=string,int64,int32,float,double",
	  .attrs = onehot_rows,
	  .attrs_size = sizeof(struct onehot_attrs),
	  .infer = infer_onehot,
	  .expand = expand_onehot,
	  .doc = "1 at the element's category along a new last axis; zeros for an unknown one, whatever attribute zeros says" },
	{ .name = NULL }
};
