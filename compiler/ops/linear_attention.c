/* linear_attention.c - LinearAttention: an expansion into its recurrence in float, edgecc.LinearRecurrence, with the
 * scale in the queries and the decay as a factor. */
#include "../../runtime/kernels/params.h"
#include "family.h"

#include <math.h>

enum { LINEAR, GATED, DELTA, GATED_DELTA };
static const char *const rule_names[] = { "linear", "gated", "delta", "gated_delta", NULL };
enum { IN_QUERY, IN_KEY, IN_VALUE, IN_PAST, IN_DECAY, IN_BETA };

static const struct attr_row linear_rows[] = {
	A_INT(struct linear_rule_attrs, chunk_size, 64),
	{ ATTR(struct linear_rule_attrs, kv_num_heads), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	{ ATTR(struct linear_rule_attrs, q_num_heads), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	A_FLOAT(struct linear_rule_attrs, scale, 0),
	A_ENUM(struct linear_rule_attrs, update_rule, rule_names, GATED_DELTA),
	A_END,
};
static const struct attr_row heads_rows[] = {
	A_RANGE(struct linear_attention_attrs, heads, 1, 1, INT32_MAX),
	A_RANGE(struct linear_attention_attrs, group, 1, 1, INT32_MAX), A_END
};

struct sizes {
	dim batch, time, size, value;
};

/* Input k, [batch, time, d]: d must be `each` for each of the heads; its size then. */
static bool packed(struct unit *u, const struct node *n, int k, const char *name, int64_t heads,
		   struct sizes *s, dim *each)
{
	const struct value *v = node_in(n, k);

	if (!infer_need_rank(u, n, v, name, 3, 3))
		return false;
	*each = dim_exact_div(u, v->shape.d[2], heads);
	if (*each == DIM_OVERFLOW)
		return node_error(u, n, "%s of shape %s does not split into %lld heads", name,
				  shape_text(u, &v->shape), (long long)heads);
	if (dim_assume_equal(u, v->shape.d[0], s->batch, NULL) &&
	    dim_assume_equal(u, v->shape.d[1], s->time, NULL))
		return true;
	return node_error(u, n, "%s of shape %s does not fit query of shape %s", name,
			  shape_text(u, &v->shape), shape_text(u, &node_in(n, IN_QUERY)->shape));
}

static bool read_sizes(struct unit *u, const struct node *n, int64_t heads, int64_t queries,
		       struct sizes *s)
{
	const struct value *q = node_in(n, IN_QUERY), *past = node_in(n, IN_PAST);
	dim size;

	if (!infer_need_rank(u, n, q, "query", 3, 3))
		return false;
	s->batch = q->shape.d[0];
	s->time = q->shape.d[1];
	if (!packed(u, n, IN_QUERY, "query", queries, s, &s->size) ||
	    !packed(u, n, IN_KEY, "key", heads, s, &size) ||
	    !packed(u, n, IN_VALUE, "value", heads, s, &s->value))
		return false;
	if (!dim_is_const(s->size) || !dim_is_const(s->value))
		return node_error(
			u, n,
			"the sizes of a head must be known at compile time, they are %s and %s",
			dim_text(u, s->size), dim_text(u, s->value));
	if (size != s->size)
		return node_error(u, n, "a head of key has %s elements, one of query has %s",
				  dim_text(u, size), dim_text(u, s->size));
	if (!past)
		return true;
	if (!infer_need_rank(u, n, past, "past_state", 4, 4))
		return false;
	if (dim_assume_equal(u, past->shape.d[0], s->batch, NULL) && past->shape.d[1] == heads &&
	    past->shape.d[2] == s->size && past->shape.d[3] == s->value)
		return true;
	return node_error(u, n, "past_state of shape %s must be [%s,%lld,%s,%s]",
			  shape_text(u, &past->shape), dim_text(u, s->batch), (long long)heads,
			  dim_text(u, s->size), dim_text(u, s->value));
}

/* The rule's inputs, and no others, are there, with `many` elements per step or few. */
static bool check_gate(struct unit *u, const struct node *n, int k, const char *name, bool used,
		       dim few, dim many, const struct sizes *s)
{
	const struct linear_rule_attrs *a = n->attrs;
	const struct value *v = node_in(n, k);
	struct sizes same = *s;
	dim d;

	if (!v != !used)
		return node_error(u, n, "update_rule %s %s %s", rule_names[a->update_rule],
				  used ? "needs" : "has no", name);
	if (!used)
		return true;
	if (!packed(u, n, k, name, 1, &same, &d))
		return false;
	if (d == few || d == many)
		return true;
	return node_error(u, n, "the last axis of %s is %s, must be %s or %s", name, dim_text(u, d),
			  dim_text(u, few), dim_text(u, many));
}

static bool infer_linear(struct unit *u, struct node *n)
{
	const struct linear_rule_attrs *a = n->attrs;
	int64_t heads = a->kv_num_heads;
	bool gated = a->update_rule == GATED || a->update_rule == GATED_DELTA;
	bool delta = a->update_rule == DELTA || a->update_rule == GATED_DELTA;
	struct sizes s;

	if (a->q_num_heads % heads)
		return node_error(u, n, "%lld heads of key do not divide %lld heads of query",
				  (long long)heads, (long long)a->q_num_heads);
	if (!read_sizes(u, n, heads, a->q_num_heads, &s) ||
	    !check_gate(u, n, IN_DECAY, "decay", gated, heads, dim_mul(u, heads, s.size), &s) ||
	    !check_gate(u, n, IN_BETA, "beta", delta, 1, heads, &s))
		return false;
	set_shape_of(node_out(n, 0), 3,
		     (dim[]){ s.batch, s.time, dim_mul(u, a->q_num_heads, s.value) });
	if (!node_out(n, 1))
		return true;
	/* Without a past nothing names the state's type: it is the query's then. */
	if (!node_in(n, IN_PAST))
		node_out(n, 1)->type = node_in(n, IN_QUERY)->type;
	set_shape_of(node_out(n, 1), 4, (dim[]){ s.batch, heads, s.size, s.value });
	return true;
}

static bool expand_linear(struct unit *u, struct node *n)
{
	const struct linear_rule_attrs *a = n->attrs;
	struct linear_attention_attrs r = { a->kv_num_heads, a->q_num_heads / a->kv_num_heads };
	uint32_t in[6] = { VALUE_NONE }, y;
	struct sizes s;
	struct node *m;
	double scale;

	if (!read_sizes(u, n, a->kv_num_heads, a->q_num_heads, &s))
		return false;
	scale = a->scale != 0 ? (double)a->scale : 1 / sqrt((double)s.size);
	for (int k = 0; k < n->n_in; k++)
		if (node_in(n, k))
			in[k] = new_cast(n, DT_F32, n->in[k]);
	in[IN_QUERY] = graph_build2(n, "Mul", NULL, in[IN_QUERY], new_scalar(n, DT_F32, scale));
	if (in[IN_DECAY] != VALUE_NONE)
		in[IN_DECAY] = graph_build1(n, "Exp", NULL, in[IN_DECAY]);
	m = graph_insert(n->graph, n, op_builtin("edgecc.LinearRecurrence"), &r, 6, in, 2, &n->loc);
	if (!node_infer(u, m))
		return false;
	y = m->out[0];
	expand_output(u, n, 0, new_cast(n, node_in(n, IN_QUERY)->type, y));
	if (node_out(n, 1))
		expand_output(u, n, 1, new_cast(n, node_out(n, 1)->type, m->out[1]));
	return true;
}

/* -- edgecc.LinearRecurrence ------------------------------------------------------------ */

static bool infer_recurrence(struct unit *u, struct node *n)
{
	const struct linear_attention_attrs *a = n->attrs;
	struct sizes s;

	if (!read_sizes(u, n, a->heads, a->heads * a->group, &s))
		return false;
	set_shape_of(node_out(n, 0), 3,
		     (dim[]){ s.batch, s.time, dim_mul(u, a->heads * a->group, s.value) });
	set_shape_of(node_out(n, 1), 4, (dim[]){ s.batch, a->heads, s.size, s.value });
	return true;
}

static dim macs_recurrence(struct unit *u, const struct node *n)
{
	const struct linear_attention_attrs *a = n->attrs;
	struct edgert_linear_attention p = linear_attention_params(u, n);
	dim steps = dim_mul(u, dim_mul(u, p.batch, p.time), a->heads);

	return dim_mul(u, steps, (dim)p.size * p.value * (1 + p.group + (p.delta > 0)));
}

struct edgert_linear_attention linear_attention_params(struct unit *u, const struct node *n)
{
	const struct linear_attention_attrs *a = n->attrs;
	const struct value *decay = node_in(n, IN_DECAY), *beta = node_in(n, IN_BETA);
	struct sizes s;

	if (!read_sizes(u, n, a->heads, a->heads * a->group, &s))
		unreachable("sizes that inference accepted");
	return (struct edgert_linear_attention){
		.batch = (edgert_int)s.batch,
		.time = (edgert_int)s.time,
		.heads = (edgert_int)a->heads,
		.group = (edgert_int)a->group,
		.size = (edgert_int)s.size,
		.value = (edgert_int)s.value,
		.decay = !decay                          ? 0
			 : decay->shape.d[2] == a->heads ? 1
							 : 2,
		.delta = !beta                          ? 0
			 : beta->shape.d[2] == a->heads ? 2
							: 1,
	};
}

void edgert_linear_attention_f32__ref(const struct edgert_linear_attention *p, const float *q,
				      const float *k, const float *v, const float *past,
				      const float *decay, const float *beta, float *y, float *state,
				      void *scratch);

static bool eval_recurrence(struct unit *u, const struct node *n, const struct constant *const *in,
			    struct constant **out)
{
	struct edgert_linear_attention p = linear_attention_params(u, n);
	const void *x[6];
	void *y, *state;

	for (int k = 0; k < 6; k++)
		x[k] = k < n->n_in && in[k] ? constant_aligned(u, in[k]) : NULL;
	out[0] = constant_new(u->arena, DT_F32, &node_out(n, 0)->shape, &y);
	out[1] = constant_new(u->arena, DT_F32, &node_out(n, 1)->shape, &state);
	edgert_linear_attention_f32__ref(&p, x[0], x[1], x[2], x[3], x[4], x[5], y, state,
					 arena_array(u->arena, float, (size_t)p.value));
	return true;
}

const struct op ops_recurrence[] = {
	{ .name = "LinearAttention",
	  .since = 27,
	  .sig = "query:T key:T value:T past_state?:S decay?:T beta?:T -> output:T present_state?:S",
	  .types = "T=float,float16,bfloat16 S=float,float16,bfloat16",
	  .attrs = linear_rows,
	  .attrs_size = sizeof(struct linear_rule_attrs),
	  .infer = infer_linear,
	  .expand = expand_linear,
	  .doc = "attention whose keys and values are kept as one matrix per head",
	  .limits = "the sizes of a head must be known at compile time" },
	{ .name = "LinearRecurrence",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "query:float key:float value:float past_state?:float decay?:float beta?:float -> "
		 "output:float present_state:float",
	  .attrs = heads_rows,
	  .attrs_size = sizeof(struct linear_attention_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_recurrence,
	  .eval = eval_recurrence,
	  .macs = macs_recurrence,
	  .doc = "LinearAttention's recurrence, its factors applied" },
	{ .name = NULL }
};
