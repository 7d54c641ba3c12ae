/* cast_text.c - Cast between numbers and text. Numbers go through int64, uint64 or double. */
#include "string_ops.h"

enum edgert_number_kind number_kind(enum dtype t)
{
	return t == DT_F64   ? EDGERT_NUMBER_FLOAT
	       : t == DT_U64 ? EDGERT_NUMBER_UNSIGNED
			     : EDGERT_NUMBER_SIGNED;
}

/* The one of the three that holds all of t. */
static enum dtype carrier(enum dtype t)
{
	if (dtype_is_float(t))
		return DT_F64;
	return dtype_is_int(t) && !dtype_is_signed_int(t) ? DT_U64 : DT_I64;
}

/* x as type `to` before n; VALUE_NONE: an error was reported. */
static uint32_t cast(struct unit *u, struct node *n, uint32_t x, enum dtype to, bool saturate)
{
	struct cast_attrs a = { .to = (int)to, .saturate = saturate };

	return value_of(u, x)->type == to ? x : upgrade_node(u, n, "Cast", &a, 1, &x);
}

bool cast_text(struct unit *u, struct node *n, enum dtype to)
{
	enum dtype from = node_in(n, 0)->type;
	uint32_t x = n->in[0];

	if (from == to) {
		upgrade_become(n, "Identity", NULL, 1, &x);
	} else if (to == DT_STRING) {
		x = cast(u, n, x, carrier(from), true);
		if (x == VALUE_NONE)
			return false;
		upgrade_become(n, "edgecc.NumberText", NULL, 1, &x);
	} else {
		struct cast_attrs a = { .to = (int)carrier(to) };
		struct cast_attrs last = { .to = (int)to, .saturate = 1 };

		x = upgrade_node(u, n, "edgecc.TextNumber", &a, 1, &x);
		if (x == VALUE_NONE)
			return false;
		upgrade_become(n, "Cast", &last, 1, &x);
	}
	return true;
}

int edgert_numbertext_any__ref(const struct edgert_number_text *p, const void *x, edgert_string *z,
			       void *text);
int edgert_textnumber_any__ref(const struct edgert_number_text *p, const edgert_string *x, void *y);

#define NUMBER_BYTES 32 /* of the longest number as text */

static bool eval_number_text(struct unit *u, const struct node *n, const struct constant *const *in,
			     struct constant **out)
{
	struct edgert_number_text p = { .count = shape_elements(&in[0]->shape),
					.slot = NUMBER_BYTES,
					.kind = number_kind(in[0]->type) };
	void *data;

	(void)n;
	out[0] = constant_new(u->arena, DT_STRING, &in[0]->shape, &data);
	return edgert_numbertext_any__ref(&p, constant_aligned(u, in[0]), data,
					  string_slots(u, p.count, p.slot)) == EDGERT_OK;
}

static bool infer_text_number(struct unit *u, struct node *n)
{
	node_out(n, 0)->type = (enum dtype)((const struct cast_attrs *)n->attrs)->to;
	return infer_like_input0(u, n);
}

/* False, which leaves it to the model's run: a string is no number. */
static bool eval_text_number(struct unit *u, const struct node *n, const struct constant *const *in,
			     struct constant **out)
{
	struct edgert_number_text p = { .count = shape_elements(&in[0]->shape),
					.kind = number_kind(node_out(n, 0)->type) };
	void *data;

	out[0] = constant_new(u->arena, node_out(n, 0)->type, &in[0]->shape, &data);
	return edgert_textnumber_any__ref(&p, in[0]->strings, data) == EDGERT_OK;
}

static const struct attr_row text_number_rows[] = {
	{ ATTR(struct cast_attrs, to), .kind = ATTR_TYPE, .required = true }, A_END
};

const struct op ops_cast_text[] = { { .name = "NumberText",
				      .domain = DOMAIN_EDGECC,
				      .since = 1,
				      .sig = "x:T -> z:string",
				      .types = "T=int64,uint64,double",
				      .flags = OP_INTERNAL,
				      .infer = infer_like_input0,
				      .eval = eval_number_text,
				      .doc = "numbers as text" },
				    { .name = "TextNumber",
				      .domain = DOMAIN_EDGECC,
				      .since = 1,
				      .sig = "x:string -> y:*",
				      .attrs = text_number_rows,
				      .attrs_size = sizeof(struct cast_attrs),
				      .flags = OP_INTERNAL,
				      .infer = infer_text_number,
				      .eval = eval_text_number,
				      .doc = "text as numbers, int64, uint64 or double" },
				    { .name = NULL } };
