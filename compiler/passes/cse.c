/* Equal constants become one; so do nodes that compute the same from the same inputs, and integer
 * tensors whose contents, sizes of the model, are known to be the same. A subgraph may use what is
 * computed before it outside, but not the other way round. */
#include "list.h"
#include "rewrite.h"

#include <string.h>

/* What is known at a point: a hash table whose entries are taken out again when the graph they
 * belong to ends. */
struct entry {
	uint64_t hash;
	uint32_t next;   /* in the bucket; 0 ends it */
	struct value *v; /* a constant or known content; NULL: a node */
	struct node *n;
};

struct table {
	struct arena arena;
	VEC(struct entry) entries; /* [0] is unused */
	uint32_t *buckets;
	size_t size; /* a power of two */
	bool *seen;  /* by value id: a constant that has been looked at */
	size_t n_seen;
	int changes;
};

/* -- hashing -------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ (h >> 29);
}

static uint64_t mix_bytes(uint64_t h, const void *data, size_t size)
{
	const uint8_t *p = data;
	uint64_t word;

	for (; size >= sizeof word; size -= sizeof word, p += sizeof word) {
		memcpy(&word, p, sizeof word);
		h = mix(h, word);
	}
	for (; size; size--)
		h = mix(h, *p++);
	return h;
}

static uint64_t hash_constant(const struct constant *c)
{
	uint64_t h = mix(1, (uint64_t)c->type);

	for (int i = 0; i < c->shape.rank; i++)
		h = mix(h, (uint64_t)c->shape.d[i]);
	if (c->type != DT_STRING)
		return mix_bytes(h, c->data, c->size);
	for (int64_t i = 0; i < shape_elements(&c->shape); i++)
		h = mix_bytes(h, c->strings[i], strlen(c->strings[i]));
	return h;
}

/* Lists, strings and tensors are left to attrs_equal: nodes that differ in these alone and read the
 * same inputs are few. */
static uint64_t hash_attrs(uint64_t h, const struct node *n)
{
	for (const struct attr_row *r = n->op->attrs; r && r->name; r++) {
		const char *p = (const char *)n->attrs + r->offset;
		const struct ints *l = (const void *)p;

		if (r->kind == ATTR_INT)
			h = mix_bytes(h, p, sizeof(int64_t));
		else if (r->kind == ATTR_FLOAT)
			h = mix_bytes(h, p, sizeof(float));
		else if (r->kind == ATTR_INTS)
			h = mix_bytes(h, l->p, (size_t)l->n * sizeof *l->p);
	}
	return h;
}

/* Sizes as data: the same dims are the same numbers, whatever they turn out to be. */
static uint64_t hash_content(const struct value *v)
{
	uint64_t h = mix(4, (uint64_t)v->type);

	for (int i = 0; i < v->shape.rank; i++)
		h = mix(h, (uint64_t)v->shape.d[i]);
	return mix_bytes(h, v->elems, (size_t)shape_elements(&v->shape) * sizeof *v->elems);
}

static bool same_content(const struct value *a, const struct value *b)
{
	return a->elems && !a->constant && same_tensor(a, b) &&
	       memcmp(a->elems, b->elems, (size_t)shape_elements(&b->shape) * sizeof *b->elems) ==
		       0;
}

static bool commutes(const struct node *n)
{
	static const char *const ops[] = { "Add", "Mul", "And", "Or", "Xor", "Equal" };

	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (node_is(n, ops[i]))
			return true;
	return false;
}

static uint64_t hash_node(const struct node *n)
{
	uint64_t h = mix(2, (uint64_t)(uintptr_t)n->op), sum = 0;
	bool any_order = commutes(n);

	for (int k = 0; k < n->n_in; k++) {
		sum += mix(3, n->in[k]);
		h = any_order ? h : mix(h, n->in[k]);
	}
	return hash_attrs(mix(h, sum), n);
}

/* -- the table ------------------------------------------------------------------------ */

static uint32_t *bucket(struct table *t, uint64_t hash)
{
	return &t->buckets[hash & (t->size - 1)];
}

static void enter(struct table *t, uint64_t hash, struct value *v, struct node *n)
{
	struct entry e = { hash, *bucket(t, hash), v, n };

	*bucket(t, hash) = (uint32_t)t->entries.n;
	vec_push(&t->arena, &t->entries, e);
}

static void leave(struct table *t, size_t n)
{
	while (t->entries.n > n) {
		const struct entry *e = &t->entries.p[--t->entries.n];

		*bucket(t, e->hash) = e->next;
	}
}

/* -- constants ------------------------------------------------------------------------ */

static bool encloses(const struct graph *outer, const struct graph *g)
{
	while (g != outer && g && g->owner)
		g = g->owner->graph;
	return g == outer;
}

static void merge_constant(struct unit *u, struct table *t, struct value *v)
{
	uint64_t hash;

	if (!v || !v->constant || v->producer || v->is_input || v->id >= t->n_seen ||
	    t->seen[v->id])
		return;
	t->seen[v->id] = true;
	hash = hash_constant(v->constant);
	for (uint32_t i = *bucket(t, hash); i; i = t->entries.p[i].next) {
		const struct entry *e = &t->entries.p[i];

		if (e->hash != hash || e->n || !encloses(e->v->graph, v->graph) ||
		    !constant_equal(e->v->constant, v->constant))
			continue;
		graph_replace(u, v->id, e->v->id);
		t->changes++;
		return;
	}
	enter(t, hash, v, NULL);
}

static void merge_content(struct unit *u, struct table *t, struct value *v)
{
	uint64_t hash;

	if (!v || !v->elems || v->constant || v->container != TENSOR)
		return;
	hash = hash_content(v);
	for (uint32_t i = *bucket(t, hash); i; i = t->entries.p[i].next) {
		const struct entry *e = &t->entries.p[i];

		if (e->hash != hash || e->n || !same_content(e->v, v))
			continue;
		t->changes += v->uses.n || v->outputs;
		graph_replace(u, v->id, e->v->id);
		return;
	}
	enter(t, hash, v, NULL);
}

/* -- nodes ---------------------------------------------------------------------------- */

static bool same_inputs(const struct node *a, const struct node *b)
{
	if (a->n_in != b->n_in)
		return false;
	if (a->n_in == 2 && commutes(a) && a->in[0] == b->in[1] && a->in[1] == b->in[0])
		return true;
	return a->n_in == 0 || memcmp(a->in, b->in, (size_t)a->n_in * sizeof *a->in) == 0;
}

/* Every result of n stands among a's, of the same type and shape (a size that only a run tells is
 * each node's own). */
static bool gives_all(const struct node *a, const struct node *n)
{
	if (a->n_out != n->n_out)
		return false;
	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k) &&
		    (!node_out(a, k) || !same_tensor(node_out(a, k), node_out(n, k))))
			return false;
	return true;
}

static bool merge_node(struct unit *u, struct table *t, struct node *n)
{
	uint64_t hash;

	if (n->n_graphs || n->tail || n->kernel || (n->op->flags & OP_IMPURE))
		return false;
	hash = hash_node(n);
	for (uint32_t i = *bucket(t, hash); i; i = t->entries.p[i].next) {
		const struct entry *e = &t->entries.p[i];

		if (e->hash != hash || !e->n || e->n->op != n->op || !same_inputs(e->n, n) ||
		    !attrs_equal(n->op, e->n->attrs, n->attrs) || !gives_all(e->n, n))
			continue;
		for (int k = 0; k < n->n_out; k++)
			if (node_out(n, k))
				graph_replace(u, n->out[k], e->n->out[k]);
		return true;
	}
	enter(t, hash, NULL, n);
	return false;
}

static void merge_graph(struct table *t, struct graph *g)
{
	struct unit *u = g->unit;
	size_t entered = t->entries.n;

	for (struct node *n = g->first, *next; n; n = next) {
		next = n->next;
		for (int k = 0; k < n->n_in; k++)
			merge_constant(u, t, node_in(n, k));
		if (merge_node(u, t, n)) {
			graph_remove(n);
			t->changes++;
			continue;
		}
		for (int k = 0; k < n->n_out && !(n->op->flags & OP_IMPURE); k++)
			merge_content(u, t, node_out(n, k));
		for (int i = 0; i < n->n_graphs; i++)
			merge_graph(t, n->graphs[i]);
	}
	leave(t, entered);
}

static int run(struct unit *u, const struct pass_context *c)
{
	struct table t = { .n_seen = u->values.n, .size = 64 };
	int changes;

	(void)c;
	while (t.size < u->values.n)
		t.size *= 2;
	t.buckets = arena_array(&t.arena, uint32_t, t.size);
	t.seen = arena_array(&t.arena, bool, t.n_seen);
	vec_push(&t.arena, &t.entries, (struct entry){ 0 });
	merge_graph(&t, u->main);
	changes = t.changes;
	arena_free(&t.arena);
	return changes;
}

const struct pass pass_cse = {
	.name = "merge-equal",
	.doc = "compute equal subexpressions once, store equal constants once",
	.level = 1,
	.run = run,
};
