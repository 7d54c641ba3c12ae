/* matrix.c - Det, and com.microsoft's Inverse. Half types are computed in float. */
#include "../../runtime/kernels/params.h"
#include "family.h"

/* Input 0 is [..., n, n]; *s gets the axes before them. */
static bool square(struct unit *u, const struct node *n, struct shape *s)
{
	const struct value *x = node_in(n, 0);

	if (!infer_need_rank(u, n, x, "X", 2, RANK_MAX))
		return false;
	*s = x->shape;
	s->rank -= 2;
	if (!dim_assume_equal(u, s->d[s->rank], s->d[s->rank + 1], NULL))
		return node_error(u, n, "X of shape %s has no square matrices",
				  shape_text(u, &x->shape));
	return true;
}

static bool infer_det(struct unit *u, struct node *n)
{
	struct shape s;

	if (!square(u, n, &s))
		return false;
	set_shape(node_out(n, 0), &s);
	return true;
}

static bool infer_inverse(struct unit *u, struct node *n)
{
	struct shape s;

	return square(u, n, &s) && infer_like_input0(u, n);
}

static bool expand_as(struct unit *u, struct node *n, const char *op)
{
	enum dtype type = node_in(n, 0)->type;
	uint32_t x = new_cast(n, dtype_compute(type), n->in[0]);

	expand_output(u, n, 0, new_cast(n, type, graph_build1(n, op, NULL, x)));
	return true;
}

static bool expand_det(struct unit *u, struct node *n)
{
	return expand_as(u, n, "edgecc.Determinant");
}

static bool expand_inverse(struct unit *u, struct node *n)
{
	return expand_as(u, n, "edgecc.InvertedMatrix");
}

/* -- what the kernels compute ---------------------------------------------------------- */

struct edgert_matrices matrices_params(struct unit *u, const struct node *n)
{
	const struct shape *s = &node_in(n, 0)->shape;

	return (struct edgert_matrices){
		.count = (edgert_int)shape_count_range(u, s, 0, s->rank - 2),
		.n = (edgert_int)s->d[s->rank - 1],
	};
}

void edgert_determinant_f32__ref(const struct edgert_matrices *p, const float *x, float *y,
				 void *scratch);
void edgert_determinant_f64__ref(const struct edgert_matrices *p, const double *x, double *y,
				 void *scratch);
void edgert_inverse_f32__ref(const struct edgert_matrices *p, const float *x, float *y,
			     void *scratch);
void edgert_inverse_f64__ref(const struct edgert_matrices *p, const double *x, double *y,
			     void *scratch);

/* Output 0 of the shape that was inferred, and room for one matrix. */
static struct constant *prepare(struct unit *u, const struct node *n,
				const struct edgert_matrices *p, void **y, void **scratch)
{
	*scratch = arena_alloc_array(u->arena, (size_t)p->n * sizeof(double), (size_t)p->n);
	return constant_new(u->arena, node_in(n, 0)->type, &node_out(n, 0)->shape, y);
}

static bool eval_determinant(struct unit *u, const struct node *n, const struct constant *const *in,
			     struct constant **out)
{
	struct edgert_matrices p = matrices_params(u, n);
	const void *x = constant_aligned(u, in[0]);
	void *y, *scratch;

	out[0] = prepare(u, n, &p, &y, &scratch);
	if (in[0]->type == DT_F64)
		edgert_determinant_f64__ref(&p, x, y, scratch);
	else
		edgert_determinant_f32__ref(&p, x, y, scratch);
	return true;
}

static bool eval_inverse(struct unit *u, const struct node *n, const struct constant *const *in,
			 struct constant **out)
{
	struct edgert_matrices p = matrices_params(u, n);
	const void *x = constant_aligned(u, in[0]);
	void *y, *scratch;

	out[0] = prepare(u, n, &p, &y, &scratch);
	if (in[0]->type == DT_F64)
		edgert_inverse_f64__ref(&p, x, y, scratch);
	else
		edgert_inverse_f32__ref(&p, x, y, scratch);
	return true;
}

const struct op ops_matrix[] = {
	{ .name = "Det",
	  .since = 11,
	  .sig = "X:T -> Y:T",
	  .types = "T=floats",
	  .infer = infer_det,
	  .expand = expand_det,
	  .doc = "determinants of the square matrices in the last two axes" },
	{ .name = "Inverse",
	  .domain = DOMAIN_MS,
	  .since = 1,
	  .sig = "X:T -> Y:T",
	  .types = "T=floats",
	  .infer = infer_inverse,
	  .expand = expand_inverse,
	  .doc = "inverses of the square matrices in the last two axes" },
	{ .name = "Determinant",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "X:T -> Y:T",
	  .types = "T=float,double",
	  .flags = OP_INTERNAL,
	  .infer = infer_det,
	  .eval = eval_determinant,
	  .doc = "Det by elimination" },
	{ .name = "InvertedMatrix",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "X:T -> Y:T",
	  .types = "T=float,double",
	  .flags = OP_INTERNAL,
	  .infer = infer_inverse,
	  .eval = eval_inverse,
	  .doc = "inverses by elimination" },
	{ .name = NULL }
};
