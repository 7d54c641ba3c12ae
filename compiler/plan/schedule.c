/* The order of the main graph's nodes that needs the least memory.
 *
 * Values that share a buffer (views, parts of a Concat) are one class. A class is alive from the
 * first node that touches it to the last; the peak of an order is the most bytes alive while a node
 * runs. Orders are built from the front, all at once: of those that have done the same nodes the one
 * with the lower peak is kept, and of all the BEAM best. The graph is changed only when the peak is
 * below that of the order it has. */
#include "alias.h"

#include <stdlib.h>

enum {
	BEAM = 24,
	ITEMS_MAX = 2000, /* beyond, the search would take longer than all else */
	SIZE_BITS = 40 /* of a tensor: larger ones have no place, and sums of them might overflow */
};

struct item { /* a node */
	struct node *n;
	VEC(int) touches; /* classes, each once */
	VEC(int) next;    /* items that read what it writes, once for each value */
	int waits;        /* how many of such it has before it */
	int over, result; /* its result may be written over that class; -1: over none */
};

struct class
{
	int64_t size; /* 0: not in the workspace */
	int touches;
};

struct order { /* the front of one */
	int64_t peak, alive;
	uint64_t done; /* hash of the set of nodes */
	int *left;     /* by class: how many touches are to come */
	int *waits;    /* by item: how many before it are to come; -1: it is done */
};

struct choice { /* an order, and the next item */
	int order, item;
	int64_t peak, alive;
	uint64_t done;
};

struct scheduler {
	struct unit *u;
	struct aliases a;
	int *class_of; /* by root value id, -1: none */
	VEC(struct item) items;
	VEC(struct class) classes;
};

/* ---- items and classes ------------------------------------------------------------------------- */

static int class_of(struct scheduler *s, uint32_t id)
{
	uint32_t root = alias_root(&s->a, id, NULL);

	if (s->class_of[root] < 0) {
		const struct class_info *c = &s->a.info[root];
		struct class new = { .size = c->region == REGION_WORKSPACE ? c->size : 0 };

		s->class_of[root] = (int)s->classes.n;
		vec_push(s->u->arena, &s->classes, new);
	}
	return s->class_of[root];
}

static void touch(struct scheduler *s, struct item *it, uint32_t id)
{
	int c = class_of(s, id);

	for (size_t i = 0; i < it->touches.n; i++)
		if (it->touches.p[i] == c)
			return;
	vec_push(s->u->arena, &it->touches, c);
	s->classes.p[c].touches++;
}

/* The item reads value id, if that is one of the main graph. */
static void reads(struct scheduler *s, struct item *it, const int *item_of, uint32_t id)
{
	const struct value *v = id == VALUE_NONE ? NULL : value_of(s->u, id);

	if (!v || v->constant || v->graph != s->u->main)
		return;
	touch(s, it, id);
	if (v->producer) {
		vec_push(s->u->arena, &s->items.p[item_of[id]].next, (int)(it - s->items.p));
		it->waits++;
	}
}

static void reads_of_node(struct scheduler *s, struct item *it, const int *item_of,
			  const struct node *n)
{
	for (int k = 0; k < n->n_in; k++)
		reads(s, it, item_of, n->in[k]);
	for (int k = 0; k < n->n_graphs; k++) {
		const struct graph *g = n->graphs[k];

		for (const struct node *inner = g->first; inner; inner = inner->next)
			reads_of_node(s, it, item_of, inner);
		for (size_t i = 0; i < g->outputs.n; i++)
			reads(s, it, item_of, g->outputs.p[i]);
	}
}

static void find_in_place(struct scheduler *s, struct item *it)
{
	const struct node *n = it->n;
	const struct tir_stage *stage = n->tail ? n->tail : loops_stage(n);
	const struct value *out = node_out(n, 0);
	uint32_t slots[64] = { 0 };
	int from = n->tail ? n->n_in - n->n_tail : 0, shift = n->tail ? 1 : 0;
	int count = n->n_in - from + shift, slot;

	it->over = -1;
	if (!stage || !out || count > (int)ARRAY_LEN(slots))
		return;
	for (int k = from; k < n->n_in; k++)
		slots[k - from + shift] = n->in[k];
	slot = stage_in_place_slot(s->u, stage, slots, count, out, shift);
	if (slot < 0 || value_of(s->u, slots[slot])->constant)
		return;
	it->over = class_of(s, slots[slot]);
	it->result = class_of(s, out->id);
	if (s->classes.p[it->over].size != s->classes.p[it->result].size)
		it->over = -1;
}

static void join_aliases(struct scheduler *s)
{
	int64_t offset;

	for (const struct node *n = s->u->main->first; n; n = n->next) {
		if (n->kernel || n->n_graphs)
			continue;
		if (node_is_concat(n))
			for (int k = 0; k < n->n_in; k++)
				alias_join(&s->a, n->in[k], n->out[0], 0);
		else if (node_is_alias(s->u, n, &offset))
			alias_join(&s->a, n->out[0], n->in[0], offset);
	}
}

static void read_graph(struct scheduler *s)
{
	size_t n_values = s->u->values.n;
	int *item_of = arena_array(s->u->arena, int, n_values);

	s->class_of = arena_array(s->u->arena, int, n_values);
	for (size_t i = 0; i < n_values; i++)
		s->class_of[i] = -1;
	for (struct node *n = s->u->main->first; n; n = n->next) {
		struct item it = { .n = n };

		for (int k = 0; k < n->n_out; k++)
			item_of[n->out[k]] = (int)s->items.n;
		vec_push(s->u->arena, &s->items, it);
	}
	for (size_t i = 0; i < s->items.n; i++) {
		struct item *it = &s->items.p[i];

		reads_of_node(s, it, item_of, it->n);
		for (int k = 0; k < it->n->n_out; k++)
			if (it->n->out[k])
				touch(s, it, it->n->out[k]);
		find_in_place(s, it);
	}
}

/* ---- orders -------------------------------------------------------------------------------------- */

static uint64_t hash(int item)
{
	uint64_t x = ((uint64_t)item + 1) * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* What o becomes by item i. */
static struct choice weigh(const struct scheduler *s, const struct order *o, int i)
{
	const struct item *it = &s->items.p[i];
	int64_t new = 0, freed = 0, shared = 0;

	for (size_t k = 0; k < it->touches.n; k++) {
		int c = it->touches.p[k];

		if (o->left[c] == s->classes.p[c].touches)
			new += s->classes.p[c].size;
		if (o->left[c] == 1)
			freed += s->classes.p[c].size;
	}
	if (it->over >= 0 && o->left[it->over] == 1 &&
	    o->left[it->result] == s->classes.p[it->result].touches)
		shared = s->classes.p[it->over].size;
	return (struct choice){
		.item = i,
		.peak = o->alive + new - shared > o->peak ? o->alive + new - shared : o->peak,
		.alive = o->alive + new - freed,
		.done = o->done ^ hash(i),
	};
}

static void advance(const struct scheduler *s, struct order *o, const struct choice *c)
{
	const struct item *it = &s->items.p[c->item];

	o->peak = c->peak;
	o->alive = c->alive;
	o->done = c->done;
	o->waits[c->item] = -1;
	for (size_t k = 0; k < it->touches.n; k++)
		o->left[it->touches.p[k]]--;
	for (size_t k = 0; k < it->next.n; k++)
		o->waits[it->next.p[k]]--;
}

static struct order order_new(struct scheduler *s)
{
	struct order o = { .left = arena_array(s->u->arena, int, s->classes.n + 1),
			   .waits = arena_array(s->u->arena, int, s->items.n + 1) };

	for (size_t c = 0; c < s->classes.n; c++)
		o.left[c] = s->classes.p[c].touches;
	for (size_t i = 0; i < s->items.n; i++)
		o.waits[i] = s->items.p[i].waits;
	return o;
}

static void order_copy(const struct scheduler *s, struct order *to, const struct order *from)
{
	int *left = to->left, *waits = to->waits;

	*to = *from;
	to->left = memcpy(left, from->left, s->classes.n * sizeof *left);
	to->waits = memcpy(waits, from->waits, s->items.n * sizeof *waits);
}

/* The peak of the order that the graph has. */
static int64_t present_peak(struct scheduler *s)
{
	struct order o = order_new(s);

	for (size_t i = 0; i < s->items.n; i++) {
		struct choice c = weigh(s, &o, (int)i);

		advance(s, &o, &c);
	}
	return o.peak;
}

/* No order can be below what one node touches. */
static int64_t least_peak(const struct scheduler *s)
{
	int64_t least = 0;

	for (size_t i = 0; i < s->items.n; i++) {
		const struct item *it = &s->items.p[i];
		int64_t sum = 0;

		for (size_t k = 0; k < it->touches.n; k++)
			sum += s->classes.p[it->touches.p[k]].size;
		if (it->over >= 0)
			sum -= s->classes.p[it->over].size;
		if (sum > least)
			least = sum;
	}
	return least;
}

/* ---- the search ---------------------------------------------------------------------------------- */

static int by_peak(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;

	if (x->peak != y->peak)
		return x->peak < y->peak ? -1 : 1;
	if (x->alive != y->alive)
		return x->alive < y->alive ? -1 : 1;
	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* The best BEAM of n choices, of one set of nodes only the first; returns how many. */
static int keep_best(struct choice *c, size_t n)
{
	int kept = 0;

	if (n)
		qsort(c, n, sizeof *c, by_peak);
	for (size_t i = 0; i < n && kept < BEAM; i++) {
		bool known = false;

		for (int k = 0; k < kept; k++)
			known |= c[k].done == c[i].done;
		if (!known)
			c[kept++] = c[i];
	}
	return kept;
}

/* Fills items in the order found; false when none is below `limit`. */
static bool search(struct scheduler *s, int64_t limit, int *found)
{
	size_t n = s->items.n;
	struct order now[BEAM], then[BEAM];
	struct step_back {
		int order, item;
	} *back = arena_array(s->u->arena, struct step_back, n * BEAM);
	VEC(struct choice) choices = { 0 };
	int width = 1, at = 0;

	for (int k = 0; k < BEAM; k++) {
		now[k] = order_new(s);
		then[k] = order_new(s);
	}
	for (size_t level = 0; level < n; level++) {
		choices.n = 0;
		for (int k = 0; k < width; k++)
			for (size_t i = 0; i < n; i++)
				if (now[k].waits[i] == 0) {
					struct choice c = weigh(s, &now[k], (int)i);

					c.order = k;
					if (c.peak < limit)
						vec_push(s->u->arena, &choices, c);
				}
		width = keep_best(choices.p, choices.n);
		if (!width)
			return false;
		for (int k = 0; k < width; k++) {
			struct choice *c = &choices.p[k];

			order_copy(s, &then[k], &now[c->order]);
			advance(s, &then[k], c);
			back[level * BEAM + (size_t)k] = (struct step_back){ c->order, c->item };
		}
		for (int k = 0; k < BEAM; k++) {
			struct order o = now[k];

			now[k] = then[k];
			then[k] = o;
		}
	}
	for (size_t level = n; level-- > 0;) {
		found[level] = back[level * BEAM + (size_t)at].item;
		at = back[level * BEAM + (size_t)at].order;
	}
	return true;
}

/* A node's sizes may be read from a tensor that is no input of it: then it has to stay behind. */
static bool sizes_are_read(struct unit *u)
{
	for (size_t i = 0; i < u->dims.n; i++) {
		const struct dim_expr *x = &u->dims.p[i];

		if (x->kind == DIM_SIZE ||
		    (x->kind == DIM_ELEMENT && !value_of(u, x->value)->is_input))
			return true;
	}
	return false;
}

static bool sizes_have_place(const struct scheduler *s)
{
	for (size_t c = 0; c < s->classes.n; c++)
		if (s->classes.p[c].size >> SIZE_BITS)
			return false;
	return true;
}

static int run_schedule(struct unit *u, const struct pass_context *c)
{
	struct scheduler s = { .u = u };
	int64_t peak;
	int *found, moved = 0;

	(void)c;
	if (sizes_are_read(u))
		return 0;
	aliases_init(&s.a, u);
	join_aliases(&s);
	read_graph(&s);
	if (s.items.n > ITEMS_MAX || !sizes_have_place(&s))
		return 0;
	peak = present_peak(&s);
	found = arena_array(u->arena, int, s.items.n + 1);
	if (peak == least_peak(&s) || !search(&s, peak, found))
		return 0;
	for (size_t i = 0; i < s.items.n; i++) {
		graph_move(s.items.p[found[i]].n, NULL);
		moved += found[i] != (int)i;
	}
	return moved;
}

const struct pass pass_schedule = {
	.name = "order-for-memory",
	.doc = "order the nodes so that the least memory is alive at once",
	.level = 1,
	.run = run_schedule,
};
