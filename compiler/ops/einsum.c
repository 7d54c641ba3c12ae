/* einsum.c - Einsum: a sum of products whose indices are letters.
 *
 * "bij,bjk->bik": each output element is the sum, over the letters that the output lacks, of the
 * product of the operands' elements at those letters. A letter twice in one operand is its
 * diagonal; "..." is as many axes as are left, aligned at the end, that broadcast. Without "->" the
 * output has the ellipsis and then the letters that occur once, in alphabetical order.
 */
#include "einsum.h"

#include <string.h>

static const struct attr_row einsum_rows[] = {
	{ ATTR(struct einsum_attrs, equation), .kind = ATTR_STRING, .required = true },
	A_END,
};

/* -- the equation ---------------------------------------------------------------------- */

static int letter(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	return c >= 'a' && c <= 'z' ? c - 'a' + 26 : -1;
}

char letter_text(int label)
{
	return (char)(label < 26 ? 'A' + label : 'a' + label - 26);
}

bool term_has(const struct term *t, int label)
{
	for (int i = 0; i < t->rank; i++)
		if (t->label[i] == label)
			return true;
	return false;
}

bool term_push(struct term *t, int label)
{
	if (t->rank == RANK_MAX)
		return false;
	t->label[t->rank++] = (uint8_t)label;
	return true;
}

/* Reads one term from *s up to ',' or "->" or the end. *ellipsis: how many axes "..." stands for;
 * of an operand of `rank` axes, as many as its letters leave. */
static bool read_term(struct unit *u, const struct node *n, const char **s, int rank, int *ellipsis,
		      struct term *t)
{
	const char *e = *s, *p;
	int letters = 0;
	bool dots = false, fits = true;

	for (; *e && *e != ',' && *e != '-'; e++)
		letters += letter(*e) >= 0;
	t->rank = 0;
	for (p = *s; p < e; p++) {
		if (*p == ' ')
			continue;
		if (letter(*p) >= 0) {
			fits = fits && term_push(t, letter(*p));
			continue;
		}
		if (dots || e - p < 3 || strncmp(p, "...", 3) != 0)
			return node_error(
				u, n,
				"character %d of equation is no letter, \"...\", ',' or \"->\"",
				(int)(p - ((const struct einsum_attrs *)n->attrs)->equation));
		dots = true;
		p += 2;
		if (rank >= 0)
			*ellipsis = rank - letters;
		for (int i = *ellipsis - 1; i >= 0; i--)
			fits = fits && term_push(t, LETTERS + i);
	}
	*s = e;
	return fits || node_error(u, n, "a term of equation has more than %d axes", RANK_MAX);
}

/* The output of an equation without "->". */
static bool implicit_output(struct einsum *e, int ellipsis)
{
	for (int i = ellipsis - 1; i >= 0; i--)
		term_push(&e->out, LETTERS + i);
	for (int l = 0; l < LETTERS; l++) {
		int times = 0;

		for (int k = 0; k < e->n; k++)
			for (int i = 0; i < e->in[k].rank; i++)
				times += e->in[k].label[i] == l;
		if (times == 1 && !term_push(&e->out, l))
			return false;
	}
	return true;
}

static bool read_output(struct unit *u, const struct node *n, const char *s, int ellipsis,
			struct einsum *e)
{
	e->out.rank = 0;
	if (!*s)
		return implicit_output(e, ellipsis) ||
		       node_error(u, n, "the output of equation has more than %d axes", RANK_MAX);
	if (strncmp(s, "->", 2) != 0)
		return node_error(u, n, "equation has '-' without '>'");
	s += 2;
	if (!read_term(u, n, &s, -1, &ellipsis, &e->out))
		return false;
	if (*s)
		return node_error(u, n, "equation goes on after its output");
	for (int i = 0; i < e->out.rank; i++) {
		struct term before = { .rank = i };
		bool known = false;

		memcpy(before.label, e->out.label, (size_t)i);
		for (int k = 0; k < e->n; k++)
			known = known || term_has(&e->in[k], e->out.label[i]);
		if (!known || term_has(&before, e->out.label[i]))
			return node_error(u, n, "letter %c of the output %s",
					  letter_text(e->out.label[i]),
					  known ? "stands there twice" : "is in no operand");
	}
	return true;
}

/* Sizes of the labels; 1 broadcasts. */
static bool label_sizes(struct unit *u, const struct node *n, struct einsum *e)
{
	bool seen[LABELS_MAX] = { false };

	for (int k = 0; k < e->n; k++)
		for (int i = 0; i < e->in[k].rank; i++) {
			int l = e->in[k].label[i];
			dim d = node_in(n, k)->shape.d[i], *size = &e->size[l];

			if (!seen[l] || *size == 1)
				*size = d;
			else if (d != 1 && !dim_assume_equal(u, *size, d, size))
				return node_error(
					u, n, "operand %d has size %s on axis %d, others %s there",
					k, dim_text(u, d), i, dim_text(u, *size));
			seen[l] = true;
		}
	return true;
}

static bool is_summed(const struct einsum *e, int label)
{
	for (int k = 0; k < e->n; k++)
		if (term_has(&e->in[k], label))
			return !term_has(&e->out, label);
	return false;
}

static int count_sums(const struct einsum *e)
{
	int n = 0;

	for (int l = 0; l < LABELS_MAX; l++)
		n += is_summed(e, l);
	return n;
}

bool einsum_read(struct unit *u, const struct node *n, struct einsum *e)
{
	const char *s = ((const struct einsum_attrs *)n->attrs)->equation;
	int ellipsis = 0;

	if (n->n_in > OPERANDS_MAX)
		return node_error(u, n, "has %d operands, at most %d are supported", n->n_in,
				  OPERANDS_MAX);
	*e = (struct einsum){ .n = n->n_in };
	for (int k = 0; k < e->n; k++) {
		const struct shape *x = &node_in(n, k)->shape;
		int own = 0;

		if (!read_term(u, n, &s, x->rank, &own, &e->in[k]))
			return false;
		if (e->in[k].rank != x->rank)
			return node_error(u, n,
					  "equation gives operand %d %d axes, its shape is %s", k,
					  e->in[k].rank, shape_text(u, x));
		if (own > ellipsis)
			ellipsis = own;
		if ((*s == ',') != (k + 1 < e->n))
			return node_error(u, n, "equation is for %s operands than the %d there are",
					  *s == ',' ? "more" : "fewer", e->n);
		s += *s == ',';
	}
	if (!read_output(u, n, s, ellipsis, e) || !label_sizes(u, n, e))
		return false;
	if (count_sums(e) <= SUMS_MAX)
		return true;
	return node_error(u, n, "equation sums over more than %d axes", SUMS_MAX);
}

/* -- definition ------------------------------------------------------------------------ */

static bool infer_einsum(struct unit *u, struct node *n)
{
	struct einsum e;
	struct shape s;

	for (int k = 0; k < n->n_in; k++)
		if (!infer_need_shape(u, n, node_in(n, k), "Inputs"))
			return false;
	if (!einsum_read(u, n, &e))
		return false;
	s.rank = e.out.rank;
	for (int i = 0; i < s.rank; i++)
		s.d[i] = e.size[e.out.label[i]];
	set_shape(node_out(n, 0), &s);
	return true;
}

static const struct tir *operand(struct tir_builder *b, const struct einsum *e, int k,
				 const struct tir *const *at)
{
	const struct shape *x = &node_in(b->node, k)->shape;
	const struct tir *idx[RANK_MAX];

	for (int i = 0; i < x->rank; i++)
		idx[i] = x->d[i] == 1 ? tir_index(b, 0) : at[e->in[k].label[i]];
	return tir_load(b, k, idx);
}

static bool define_einsum(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *at[LABELS_MAX] = { NULL }, *vars[SUMS_MAX], *x;
	struct einsum e;
	int n_vars = 0;

	if (!einsum_read(b->u, n, &e))
		return false;
	tir_stage_begin(b, 0, out, idx);
	for (int i = 0; i < e.out.rank; i++)
		at[e.out.label[i]] = idx[i];
	for (int l = 0; l < LABELS_MAX; l++)
		if (is_summed(&e, l))
			at[l] = vars[n_vars++] = tir_var(b, e.size[l], "k");
	x = operand(b, &e, 0, at);
	for (int k = 1; k < e.n; k++)
		x = tir_mul(b, x, operand(b, &e, k, at));
	out->value = n_vars ? tir_reduce(b, REDUCE_SUM, n_vars, vars, x) : x;
	return true;
}

static dim macs_einsum(struct unit *u, const struct node *n)
{
	struct einsum e;
	dim macs = 1;

	if (n->n_in < 2 || !einsum_read(u, n, &e))
		return 0;
	for (int l = 0; l < LABELS_MAX; l++)
		if (is_summed(&e, l) || term_has(&e.out, l))
			macs = dim_mul(u, macs, e.size[l]);
	return macs;
}

const struct op ops_einsum[] = { { .name = "Einsum",
				   .since = 12,
				   .sig = "Inputs+:T -> Output:T",
				   .types = "T=num",
				   .attrs = einsum_rows,
				   .attrs_size = sizeof(struct einsum_attrs),
				   .upgrade = upgrade_einsum,
				   .infer = infer_einsum,
				   .define = define_einsum,
				   .macs = macs_einsum,
				   .doc = "the sum of products that the equation's letters say" },
				 { .name = NULL } };
