/* einsum_matmul.c - Einsum while a model is imported: three and more operands become a chain of two
 * each, and what is a product of matrices becomes MatMul, with Transposes and Reshapes around it.
 */
#include "einsum.h"

/* A tensor and what its axes are called. */
struct operand {
	uint32_t id;
	struct term t;
};

static int position(const struct term *t, int label)
{
	for (int i = 0; i < t->rank; i++)
		if (t->label[i] == label)
			return i;
	return -1;
}

static uint32_t transpose(struct unit *u, struct node *n, const struct operand *x,
			  const struct term *to)
{
	int64_t *perm = arena_array(u->arena, int64_t, RANK_MAX);
	struct perm_attrs a = { .perm = { perm, to->rank } };
	bool moved = false;

	for (int i = 0; i < to->rank; i++) {
		perm[i] = position(&x->t, to->label[i]);
		moved = moved || perm[i] != i;
	}
	return moved ? upgrade_node(u, n, "Transpose", &a, 1, &x->id) : x->id;
}

/* The letters of a product of two by where they occur. */
struct roles {
	struct term batch, left, right,
		sum; /* in both and the output; in one and the output; in both only */
};

static bool find_roles(const struct term *a, const struct term *b, const struct term *out,
		       struct roles *r)
{
	*r = (struct roles){ .batch = { .rank = 0 } };
	for (int i = 0; i < out->rank; i++) {
		int l = out->label[i];

		term_push(term_has(a, l) && term_has(b, l) ? &r->batch
			  : term_has(a, l)                 ? &r->left
							   : &r->right,
			  l);
	}
	for (int i = 0; i < a->rank; i++)
		if (!term_has(out, a->label[i]) && term_has(b, a->label[i]))
			term_push(&r->sum, a->label[i]);
	/* as many as there are: none twice, none summed in one operand alone */
	return a->rank == r->batch.rank + r->left.rank + r->sum.rank &&
	       b->rank == r->batch.rank + r->right.rank + r->sum.rank;
}

static void append(struct term *to, const struct term *from)
{
	for (int i = 0; i < from->rank; i++)
		term_push(to, from->label[i]);
}

static bool same_sizes(struct unit *u, const struct operand *a, const struct operand *b,
		       const struct term *labels, bool constant)
{
	for (int i = 0; i < labels->rank; i++) {
		int pa = position(&a->t, labels->label[i]), pb = position(&b->t, labels->label[i]);
		dim d = pa >= 0 ? value_of(u, a->id)->shape.d[pa] : value_of(u, b->id)->shape.d[pb];

		if ((pa >= 0 && pb >= 0 && value_of(u, b->id)->shape.d[pb] != d) ||
		    (constant && d < 1))
			return false;
	}
	return true;
}

/* Reshape of x: the `kept` first axes as they are, then as many as sizes says. */
static uint32_t regroup(struct unit *u, struct node *n, uint32_t x, int kept, int n_sizes,
			const int64_t *sizes)
{
	int64_t shape[RANK_MAX + 2] = { 0 }; /* 0: as it is */
	uint32_t in[2] = { x, VALUE_NONE };

	for (int i = 0; i < n_sizes; i++)
		shape[kept + i] = sizes[i];
	in[1] = new_ints(n, shape, kept + n_sizes);
	return upgrade_node(u, n, "Reshape", NULL, 2, in);
}

static int64_t product_of(const struct einsum *e, const struct term *t)
{
	int64_t size = 1;

	for (int i = 0; i < t->rank; i++)
		size *= e->size[t->label[i]];
	return size;
}

/* a and b, summed over what `out` lacks, as MatMul: [batch, left, sum] times [batch, sum, right].
 * VALUE_NONE when they are no product of matrices. */
static uint32_t as_matmul(struct unit *u, struct node *n, const struct einsum *e,
			  const struct operand *a, const struct operand *b, const struct term *out)
{
	struct operand y = { .t = { .rank = 0 } };
	uint32_t in[2];
	struct roles r;
	bool grouped;

	if (!find_roles(&a->t, &b->t, out, &r) || !r.sum.rank || (!r.left.rank && !r.right.rank) ||
	    r.batch.rank + 2 > RANK_MAX)
		return VALUE_NONE;
	grouped = r.left.rank != 1 || r.right.rank != 1 || r.sum.rank != 1;
	if (!same_sizes(u, a, b, &r.sum, grouped) ||
	    (grouped &&
	     (!same_sizes(u, a, b, &r.left, true) || !same_sizes(u, a, b, &r.right, true))))
		return VALUE_NONE;
	append(&y.t, &r.batch);
	append(&y.t, &r.left);
	append(&y.t, &r.sum);
	in[0] = transpose(u, n, a, &y.t);
	y.t = r.batch;
	append(&y.t, &r.sum);
	append(&y.t, &r.right);
	in[1] = transpose(u, n, b, &y.t);
	if (grouped) {
		int64_t m = product_of(e, &r.left), k = product_of(e, &r.sum),
			c = product_of(e, &r.right);

		in[0] = regroup(u, n, in[0], r.batch.rank, 2, (int64_t[]){ m, k });
		in[1] = regroup(u, n, in[1], r.batch.rank, 2, (int64_t[]){ k, c });
	}
	y.id = upgrade_node(u, n, "MatMul", NULL, 2, in);
	y.t = r.batch;
	append(&y.t, &r.left);
	append(&y.t, &r.right);
	if (grouped) {
		int64_t sizes[RANK_MAX];

		for (int i = r.batch.rank; i < y.t.rank; i++)
			sizes[i - r.batch.rank] = e->size[y.t.label[i]];
		y.id = regroup(u, n, y.id, r.batch.rank, y.t.rank - r.batch.rank, sizes);
	}
	return transpose(u, n, &y, out);
}

static void write_term(struct strbuf *s, const struct term *t, const uint8_t *names)
{
	for (int i = 0; i < t->rank; i++)
		strbuf_printf(s, "%c", letter_text(names[t->label[i]]));
}

/* The product of two as an equation of letters only. */
static uint32_t as_einsum(struct unit *u, struct node *n, const struct operand *a,
			  const struct operand *b, const struct term *out)
{
	struct strbuf s = { 0 };
	struct einsum_attrs attrs;
	uint8_t names[LABELS_MAX] = { 0 }, used = 0;
	uint32_t in[2] = { a->id, b->id };

	for (int l = 0; l < LABELS_MAX; l++)
		if (term_has(&a->t, l) || term_has(&b->t, l))
			names[l] = used++;
	write_term(&s, &a->t, names);
	strbuf_puts(&s, ",");
	write_term(&s, &b->t, names);
	strbuf_puts(&s, "->");
	write_term(&s, out, names);
	attrs.equation = arena_strdup(u->arena, s.s);
	strbuf_free(&s);
	return upgrade_node(u, n, "Einsum", &attrs, 2, in);
}

/* What is left of a and b when they are multiplied: the labels that the output or a later operand
 * has. */
static bool remaining(const struct einsum *e, const struct operand *a, int next, struct term *out)
{
	const struct term *sources[2] = { &a->t, &e->in[next] };

	out->rank = 0;
	for (int s = 0; s < 2; s++)
		for (int i = 0; i < sources[s]->rank; i++) {
			int l = sources[s]->label[i];
			bool needed = term_has(&e->out, l);

			for (int k = next + 1; k < e->n; k++)
				needed = needed || term_has(&e->in[k], l);
			if (needed && !term_has(out, l) && !term_push(out, l))
				return false;
		}
	return true;
}

static bool matmul_type(enum dtype t)
{
	return t == DT_F32 || t == DT_F64 || t == DT_F16 || t == DT_BF16 || t == DT_I32 ||
	       t == DT_I64 || t == DT_U32 || t == DT_U64;
}

/* From the left, two at a time. What inference will refuse is left to it. */
bool upgrade_einsum(struct unit *u, struct node *n)
{
	struct operand x, next;
	struct einsum e;
	bool whole = true;

	for (int k = 0; k < n->n_in; k++) {
		const struct value *v = node_in(n, k);

		if (!v || v->container != TENSOR || v->shape.rank < 0 || !matmul_type(v->type) ||
		    v->type != node_in(n, 0)->type)
			return true;
	}
	if (n->n_in < 2)
		return true;
	if (!einsum_read(u, n, &e))
		return false;
	x = (struct operand){ n->in[0], e.in[0] };
	for (int k = 1; whole && k < e.n; k++) {
		struct term out = e.out;
		uint32_t y;

		next = (struct operand){ n->in[k], e.in[k] };
		if (k + 1 < e.n && !remaining(&e, &x, k, &out))
			return true;
		y = as_matmul(u, n, &e, &x, &next, &out);
		if (y == VALUE_NONE && e.n == 2)
			return true;
		x.id = y != VALUE_NONE ? y : as_einsum(u, n, &x, &next, &out);
		x.t = out;
		whole = x.id != VALUE_NONE;
	}
	if (whole)
		upgrade_become(n, "Identity", NULL, 1, &x.id);
	return whole;
}
