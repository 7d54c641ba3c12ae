/* What some steps take as a stream: how far each is ahead, which rows are kept, memory and work. */
#include "stream.h"

enum { CALL = 64 }; /* instructions to call a step for a band */

int64_t band_done(const struct band *b, int64_t i)
{
	const int64_t n = b->each * (i + 1) + b->ahead;

	return i < 0 || n < 0 ? 0 : n < b->rows ? n : b->rows;
}

int64_t band_first(const struct band *b, int64_t i)
{
	const int64_t n = b->each * i + b->keep, done = band_done(b, i - 1);

	return n < 0 ? 0 : n < done ? n : done;
}

/* ---- lives ------------------------------------------------------------------------------------- */

uint32_t stream_root(const struct streamer *sm, uint32_t id)
{
	return alias_root(&sm->pl->a, id, NULL);
}

const struct class_info *stream_class(const struct streamer *sm, uint32_t root)
{
	return &sm->pl->a.info[root];
}

static void touch(struct streamer *sm, uint32_t id, int step)
{
	const uint32_t root = id ? stream_root(sm, id) : VALUE_NONE;
	struct life *l = &sm->of[root];

	if (!id || stream_class(sm, root)->region != REGION_WORKSPACE)
		return;
	if (l->last < 0) {
		vec_push(sm->pl->u->arena, &sm->classes, root);
		l->first = step;
	}
	l->last = step;
}

void stream_lives(struct streamer *sm)
{
	const size_t n = sm->pl->u->values.n;

	sm->of = arena_array(sm->pl->u->arena, struct life, n);
	for (uint32_t id = 0; id < n; id++)
		sm->of[id].last = -1;
	for (uint32_t id = 1; id < n; id++)
		sm->of[stream_root(sm, id)].members++;
	for (int k = 0; k < sm->n; k++) {
		const struct step *s = sm->steps[k];

		for (int i = 0; i < s->n_slots; i++)
			touch(sm, s->slots[i], k);
		for (int i = 0; i < s->n_outputs; i++)
			touch(sm, s->outputs[i], k);
		for (size_t i = 0; i < s->call.args.n; i++)
			if (s->call.args.p[i].kind == ARG_VALUE)
				touch(sm, s->call.args.p[i].value, k);
	}
}

static int64_t scratch_of(const struct step *s)
{
	int64_t n = 0;

	for (size_t k = 0; k < s->call.args.n; k++)
		if (s->call.args.p[k].kind == ARG_SCRATCH)
			n += (int64_t)s->call.args.p[k].size;
	return n;
}

int64_t stream_alive(const struct streamer *sm, int i, int j)
{
	int64_t sum = 0, scratch = 0;

	for (size_t k = 0; k < sm->classes.n; k++) {
		const uint32_t root = sm->classes.p[k];

		if (sm->of[root].first <= j && sm->of[root].last >= i)
			sum += stream_class(sm, root)->size;
	}
	for (int k = i; k <= j; k++)
		if (scratch_of(sm->steps[k]) > scratch)
			scratch = scratch_of(sm->steps[k]);
	return sum + scratch;
}

/* ---- results over dying inputs --------------------------------------------------------------- */

const struct move *band_output(const struct band *b)
{
	return &b->moves[b->n_moves - 1];
}

/* Input m dies in steps i to j and is as the output of j is. */
static bool could_be_over(const struct streamer *sm, int i, int j, const struct move *m)
{
	const struct value *in = value_of(sm->pl->u, m->value),
			   *out = value_of(sm->pl->u, band_output(sm->bands[j])->value);
	const uint32_t ri = stream_root(sm, in->id), ro = stream_root(sm, out->id);
	const struct life *li = &sm->of[ri], *lo = &sm->of[ro];

	return stream_class(sm, ri)->region == REGION_WORKSPACE &&
	       stream_class(sm, ro)->region == REGION_WORKSPACE && ri == in->id && ro == out->id &&
	       li->members == 1 && lo->members == 1 && li->first < i && li->last <= j &&
	       lo->first == j && m->row == band_output(sm->bands[j])->row &&
	       stream_class(sm, ri)->size == stream_class(sm, ro)->size;
}

/* What reads m before has no need of rows that are overwritten. */
static bool stays_behind(const struct trial *t, const struct move *m, int reader)
{
	const struct band *r = &t->of[reader - t->i], *w = &t->of[t->j - t->i];

	for (int64_t i = 0; i + 1 < t->bands; i++) {
		const int64_t done = band_done(r, i);

		if (done < r->rows && band_done(w, i) > move_first(m, done))
			return false;
	}
	return true;
}

/* May j's output be written over value m->value, which a step of the stream reads? */
static bool goes_over(const struct streamer *sm, const struct trial *t, const struct move *m)
{
	if (!could_be_over(sm, t->i, t->j, m))
		return false;
	for (int k = t->i; k <= t->j; k++) {
		const struct band *b = sm->bands[k];

		for (int a = 0; a + 1 < b->n_moves; a++) {
			const struct move *o = &b->moves[a];

			if (stream_root(sm, o->value) != stream_root(sm, m->value))
				continue;
			if (!o->row || (k == t->j ? !reads_in_place(sm->pl->u, sm->steps[k], o)
						  : !stays_behind(t, o, k)))
				return false;
		}
	}
	return true;
}

static uint32_t find_over(const struct streamer *sm, const struct trial *t)
{
	for (int k = t->i; k <= t->j; k++)
		for (int a = 0; a + 1 < sm->bands[k]->n_moves; a++)
			if (goes_over(sm, t, &sm->bands[k]->moves[a]))
				return sm->bands[k]->moves[a].value;
	return VALUE_NONE;
}

/* ---- one stream -------------------------------------------------------------------------------- */

/* How far step k is ahead: as those behind it need. False when they disagree, or read all of it. */
static bool get_ahead(const struct streamer *sm, struct trial *t, int k)
{
	struct band *own = &t->of[k - t->i];
	const uint32_t out = band_output(own)->value;
	bool read = false;

	for (int c = k + 1; c <= t->j; c++) {
		const struct band *b = &t->of[c - t->i];

		for (int a = 0; a + 1 < b->n_moves; a++) {
			const struct move *m = &b->moves[a];
			int64_t first, ahead;

			if (stream_root(sm, m->value) != stream_root(sm, out))
				continue;
			if (m->value != out || m->row != band_output(own)->row ||
			    b->each * m->stride % m->per ||
			    (read && own->each != b->each * m->stride / m->per))
				return false;
			first = move_first(m, b->ahead);
			ahead = move_first(m, b->ahead - 1) + m->reach;
			own->each = b->each * m->stride / m->per;
			own->ahead = read && own->ahead > ahead ? own->ahead : ahead;
			own->keep = read && own->keep < first ? own->keep : first;
			read = true;
		}
	}
	return read;
}

/* Of step k's output: how many rows must be there at once; all of them where others use it. */
static void keep_rows(const struct streamer *sm, const struct trial *t, struct band *own)
{
	const struct move *out = band_output(own);
	const uint32_t root = stream_root(sm, out->value);
	const struct life *l = &sm->of[root];
	int64_t most = 0;

	own->kept = 0;
	if (stream_class(sm, root)->region != REGION_WORKSPACE || l->members > 1 ||
	    l->first < t->i || l->last > t->j ||
	    stream_class(sm, root)->size != own->rows * out->row)
		return;
	for (int64_t i = 0; i < t->bands; i++)
		if (band_done(own, i) - band_first(own, i) > most)
			most = band_done(own, i) - band_first(own, i);
	own->kept = most < own->rows ? most : 0;
}

/* Bytes that are moved to the beginning of their room. */
static int64_t moved(const struct band *b, int64_t bands)
{
	int64_t rows = 0;

	for (int64_t i = 1; b->kept && i < bands; i++)
		if (band_first(b, i) > band_first(b, i - 1))
			rows += band_done(b, i - 1) - band_first(b, i);
	return rows * band_output(b)->row;
}

bool stream_try(const struct streamer *sm, int i, int j, int64_t each, struct trial *t)
{
	const int64_t align = sm->pl->p->target->alignment;

	t->i = i;
	t->j = j;
	for (int k = j; k >= i; k--) {
		struct band *b = &t->of[k - i];

		*b = *sm->bands[k];
		b->each = each;
		if (k < j && !get_ahead(sm, t, k))
			return false;
	}
	t->bands = (t->of[j - i].rows + each - 1) / each;
	t->memory = stream_alive(sm, i, j);
	t->work = t->bands * (j - i + 1) * CALL;
	for (int k = i; k <= j; k++) {
		struct band *b = &t->of[k - i];

		if (k < j)
			keep_rows(sm, t, b);
		if (!b->kept && band_done(b, t->bands - 1) < b->rows)
			return false;
		if (b->kept)
			t->memory -= (b->rows - b->kept) * band_output(b)->row - align;
		t->work += moved(b, t->bands);
	}
	t->over = find_over(sm, t);
	if (t->over)
		t->memory -= stream_class(sm, stream_root(sm, t->over))->size;
	return true;
}
