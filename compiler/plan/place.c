/* Offsets for the workspace's buffers: several orders of first fit, the best kept, then a seeded
 * search over orders while the result is above the bound. Same input, same result, always. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

struct item {
	int64_t size, align, offset;
	int first, last;
	int buffer;
};

enum { SEARCH_ROUNDS = 400, SEARCH_MAX_ITEMS = 300 };

static bool lives_overlap(const struct item *a, const struct item *b)
{
	return a->first <= b->last && b->first <= a->last;
}

static int64_t align_up(int64_t n, int64_t align)
{
	return (n + align - 1) / align * align;
}

/* Offsets for items in the order given; returns the peak. placed[] is scratch, kept sorted by
 * offset. */
static int64_t first_fit(struct item *const *order, int n, struct item **placed)
{
	int64_t peak = 0;
	int count = 0;

	for (int i = 0; i < n; i++) {
		struct item *it = order[i];
		int64_t at = 0;
		int pos = 0;

		for (int k = 0; k < count; k++) {
			if (!lives_overlap(placed[k], it))
				continue;
			if (align_up(at, it->align) + it->size <= placed[k]->offset)
				break;
			if (placed[k]->offset + placed[k]->size > at)
				at = placed[k]->offset + placed[k]->size;
		}
		it->offset = align_up(at, it->align);
		while (pos < count && placed[pos]->offset <= it->offset)
			pos++;
		memmove(&placed[pos + 1], &placed[pos], (size_t)(count - pos) * sizeof *placed);
		placed[pos] = it;
		count++;
		if (it->offset + it->size > peak)
			peak = it->offset + it->size;
	}
	return peak;
}

static int by_size(const void *pa, const void *pb)
{
	const struct item *a = *(struct item *const *)pa, *b = *(struct item *const *)pb;

	if (a->size != b->size)
		return a->size < b->size ? 1 : -1;
	return (a->first > b->first) - (a->first < b->first);
}

static int by_first(const void *pa, const void *pb)
{
	const struct item *a = *(struct item *const *)pa, *b = *(struct item *const *)pb;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return by_size(pa, pb);
}

static int by_life(const void *pa, const void *pb)
{
	const struct item *a = *(struct item *const *)pa, *b = *(struct item *const *)pb;
	int la = a->last - a->first, lb = b->last - b->first;

	if (la != lb)
		return la < lb ? 1 : -1;
	return by_size(pa, pb);
}

static void keep(const struct item *items, int n, int64_t *best)
{
	for (int i = 0; i < n; i++)
		best[i] = items[i].offset;
}

/* Swaps two seeded random positions at a time and keeps what does not get worse. */
static int64_t search(struct item *items, struct item **order, struct item **placed, int n,
		      int64_t peak, int64_t bound, int64_t *best)
{
	uint32_t seed = 1;

	for (int round = 0; round < SEARCH_ROUNDS && peak > bound; round++) {
		int i, j;
		struct item *t;
		int64_t p;

		seed = seed * 1664525u + 1013904223u;
		i = (int)(seed >> 8) % n;
		seed = seed * 1664525u + 1013904223u;
		j = (int)(seed >> 8) % n;
		t = order[i], order[i] = order[j], order[j] = t;
		p = first_fit(order, n, placed);
		if (p > peak) {
			t = order[i], order[i] = order[j], order[j] = t;
			continue;
		}
		peak = p;
		keep(items, n, best);
	}
	return peak;
}

/* Most bytes alive at any one step. */
static int64_t live_bound(const struct item *items, int n, int n_steps)
{
	int64_t most = 0, live = 0;
	int64_t *delta = calloc((size_t)n_steps + 2, sizeof *delta);

	if (!delta)
		abort();
	for (int i = 0; i < n; i++) {
		delta[items[i].first] += items[i].size;
		delta[items[i].last + 1] -= items[i].size;
	}
	for (int s = 0; s <= n_steps; s++) {
		live += delta[s];
		if (live > most)
			most = live;
	}
	free(delta);
	return most;
}

void plan_place(struct plan *p)
{
	static int (*const orders[])(const void *, const void *) = { by_size, by_life, by_first };
	struct arena tmp = { 0 };
	struct item *items = arena_array(&tmp, struct item, p->buffers.n + 1);
	struct item **order = arena_array(&tmp, struct item *, p->buffers.n + 1);
	struct item **placed = arena_array(&tmp, struct item *, p->buffers.n + 1);
	int64_t *best = arena_array(&tmp, int64_t, p->buffers.n + 1);
	int64_t peak = INT64_MAX;
	int n = 0;

	p->workspace_align = 1;
	for (size_t i = 0; i < p->buffers.n; i++) {
		const struct buffer *b = &p->buffers.p[i];

		if (b->region != REGION_WORKSPACE || b->size == 0)
			continue;
		items[n] = (struct item){ b->size, b->align, 0, b->first, b->last, (int)i };
		order[n] = &items[n];
		n++;
		if (b->align > p->workspace_align)
			p->workspace_align = b->align;
	}
	p->workspace_bound = live_bound(items, n, p->n_steps);
	p->workspace = 0;
	for (size_t k = 0; n && k < ARRAY_LEN(orders) && peak > p->workspace_bound; k++) {
		int64_t got;

		qsort(order, (size_t)n, sizeof *order, orders[k]);
		got = first_fit(order, n, placed);
		if (got < peak) {
			peak = got;
			keep(items, n, best);
		}
	}
	if (n && n <= SEARCH_MAX_ITEMS)
		peak = search(items, order, placed, n, peak, p->workspace_bound, best);
	if (n)
		p->workspace = peak;
	for (int i = 0; i < n; i++)
		p->buffers.p[items[i].buffer].offset = best[i];
	arena_free(&tmp);
}
