/* Streams: steps that take turns at bands of rows, so that what one makes for the next needs room for
 * some rows only.
 *
 *	for each band i		for each step, first to last
 *		its rows up to min(each * (i + 1) + ahead, all)
 *
 * The last step does `each` rows a band; the others what it takes, once: a step is as far `ahead` as those that
 * read its output need. Rows that are still read are moved to the beginning of their room before a step adds others.
 * So nothing is computed twice. An output that has the size of an input, dead behind the stream, is written over it when it
 * never gets ahead of its readers.
 *
 * Which steps: of all ways to cut the plan into single steps and streams those with the least memory at their
 * worst, and among them the one that costs the least time. Plans of one block without symbolic sizes only. */
#include "moves.h"

enum {
	LENGTH_MAX = 32, /* steps of a stream */
	STEPS_MAX = 500, /* of a plan: beyond, the search would take longer than all else */
	CALL = 64,       /* instructions to call a step for a band */
	SLACK = 8,       /* bands may be higher for an eighth more than the least memory */
	MOST_EACH = 64
};

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

struct life { /* of a class, by its root's id */
	int first, last;
	int members;
};

struct streamer {
	struct planner *pl;
	struct step **steps;
	int n;
	struct life *of;
	struct band **bands;   /* by step */
	VEC(uint32_t) classes; /* roots of those that are in the workspace */
};

/* Steps i to j as one stream. */
struct trial {
	int i, j;
	int64_t bands, memory, work;
	struct band of[LENGTH_MAX];
	uint32_t over; /* the root over which the output is written; VALUE_NONE: over none */
};

/* ---- lives ------------------------------------------------------------------------------------- */

static uint32_t root_of(const struct streamer *sm, uint32_t id)
{
	return alias_root(&sm->pl->a, id, NULL);
}

static const struct class_info *class_of(const struct streamer *sm, uint32_t root)
{
	return &sm->pl->a.info[root];
}

static void touch(struct streamer *sm, uint32_t id, int step)
{
	const uint32_t root = id ? root_of(sm, id) : VALUE_NONE;
	struct life *l = &sm->of[root];

	if (!id || class_of(sm, root)->region != REGION_WORKSPACE)
		return;
	if (l->last < 0) {
		vec_push(sm->pl->u->arena, &sm->classes, root);
		l->first = step;
	}
	l->last = step;
}

static void read_lives(struct streamer *sm)
{
	const size_t n = sm->pl->u->values.n;

	sm->of = arena_array(sm->pl->u->arena, struct life, n);
	for (uint32_t id = 0; id < n; id++)
		sm->of[id].last = -1;
	for (uint32_t id = 1; id < n; id++)
		sm->of[root_of(sm, id)].members++;
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

/* Bytes alive at some time during steps i to j. */
static int64_t alive(const struct streamer *sm, int i, int j)
{
	int64_t sum = 0, scratch = 0;

	for (size_t k = 0; k < sm->classes.n; k++) {
		const uint32_t root = sm->classes.p[k];

		if (sm->of[root].first <= j && sm->of[root].last >= i)
			sum += class_of(sm, root)->size;
	}
	for (int k = i; k <= j; k++)
		if (scratch_of(sm->steps[k]) > scratch)
			scratch = scratch_of(sm->steps[k]);
	return sum + scratch;
}

/* ---- results over dying inputs --------------------------------------------------------------- */

static const struct move *output_of(const struct band *b)
{
	return &b->moves[b->n_moves - 1];
}

/* Input m dies in steps i to j and is as the output of j is. */
static bool could_be_over(const struct streamer *sm, int i, int j, const struct move *m)
{
	const struct value *in = value_of(sm->pl->u, m->value),
			   *out = value_of(sm->pl->u, output_of(sm->bands[j])->value);
	const uint32_t ri = root_of(sm, in->id), ro = root_of(sm, out->id);
	const struct life *li = &sm->of[ri], *lo = &sm->of[ro];

	return class_of(sm, ri)->region == REGION_WORKSPACE &&
	       class_of(sm, ro)->region == REGION_WORKSPACE && ri == in->id && ro == out->id &&
	       li->members == 1 && lo->members == 1 && li->first < i && li->last <= j &&
	       lo->first == j && m->row == output_of(sm->bands[j])->row &&
	       class_of(sm, ri)->size == class_of(sm, ro)->size;
}

/* What reads m before has no need of rows that are overwritten. */
static bool stays_behind(const struct trial *t, const struct move *m, int reader)
{
	const struct band *r = &t->of[reader - t->i], *w = &t->of[t->j - t->i];

	for (int64_t i = 0; i + 1 < t->bands; i++) {
		const int64_t done = band_done(r, i);

		if (done < r->rows && band_done(w, i) > done * m->stride - m->pad)
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

			if (root_of(sm, o->value) != root_of(sm, m->value))
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
	const uint32_t out = output_of(own)->value;
	bool read = false;

	for (int c = k + 1; c <= t->j; c++) {
		const struct band *b = &t->of[c - t->i];

		for (int a = 0; a + 1 < b->n_moves; a++) {
			const struct move *m = &b->moves[a];
			const int64_t each = b->each * m->stride,
				      first = b->ahead * m->stride - m->pad,
				      ahead = first - m->stride + m->reach;

			if (root_of(sm, m->value) != root_of(sm, out))
				continue;
			if (m->value != out || !m->row || (read && own->each != each))
				return false;
			own->each = each;
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
	const struct move *out = output_of(own);
	const uint32_t root = root_of(sm, out->value);
	const struct life *l = &sm->of[root];
	int64_t most = 0;

	own->kept = 0;
	if (class_of(sm, root)->region != REGION_WORKSPACE || l->members > 1 || l->first < t->i ||
	    l->last > t->j || class_of(sm, root)->size != own->rows * out->row)
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
	return rows * output_of(b)->row;
}

/* Fills t for steps i to j with so many rows of the last one's output in a band; false: they are no stream. */
static bool try(const struct streamer *sm, int i, int j, int64_t each, struct trial *t)
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
	t->memory = alive(sm, i, j);
	t->work = t->bands * (j - i + 1) * CALL;
	for (int k = i; k <= j; k++) {
		struct band *b = &t->of[k - i];

		if (k < j)
			keep_rows(sm, t, b);
		if (!b->kept && band_done(b, t->bands - 1) < b->rows)
			return false;
		if (b->kept)
			t->memory -= (b->rows - b->kept) * output_of(b)->row - align;
		t->work += moved(b, t->bands);
	}
	t->over = find_over(sm, t);
	if (t->over)
		t->memory -= class_of(sm, root_of(sm, t->over))->size;
	return true;
}

/* ---- all streams ------------------------------------------------------------------------------- */

/* Bytes that step k alone saves by writing over an input. */
static int64_t saved_in_place(const struct streamer *sm, int k)
{
	const struct step *s = sm->steps[k];
	const struct value *out =
		s->n_outputs == 1 && s->outputs[0] ? value_of(sm->pl->u, s->outputs[0]) : NULL;
	const struct tir_stage *stage =
		s->kind == STEP_LOOPS && s->n_stages == 1 ? s->stages : s->tail;
	uint32_t in = VALUE_NONE;
	int slot;

	if (!out)
		return 0;
	if (stage) {
		slot = stage_in_place_slot(sm->pl->u, stage, s->slots, s->n_slots, out,
					   s->tail ? 1 : 0);
		in = slot < 0 ? VALUE_NONE : s->slots[slot];
	} else if (s->kind == STEP_KERNEL && s->call.in_place && s->call.args.n &&
		   s->call.args.p[0].kind == ARG_VALUE) {
		in = s->call.args.p[0].value;
	}
	if (!in || class_of(sm, root_of(sm, in))->region != REGION_WORKSPACE ||
	    sm->of[root_of(sm, in)].last != k ||
	    class_of(sm, root_of(sm, in))->size != class_of(sm, root_of(sm, out->id))->size)
		return 0;
	return class_of(sm, root_of(sm, in))->size;
}

static int first_of_streams(const struct streamer *sm, int j)
{
	int i = j + 1;

	while (i > 0 && j - i + 2 <= LENGTH_MAX && sm->bands[i - 1])
		i--;
	return i;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The least memory in which all steps run. */
static int64_t least_memory(const struct streamer *sm, struct trial *t)
{
	int64_t *best = arena_array(sm->pl->u->arena, int64_t, (size_t)sm->n + 1);

	for (int j = 0; j < sm->n; j++) {
		best[j + 1] = most(best[j], alive(sm, j, j) - saved_in_place(sm, j));
		for (int i = first_of_streams(sm, j); i < j; i++)
			if (try(sm, i, j, 1, t))
				best[j + 1] = least(best[j + 1], most(best[i], t->memory));
	}
	return best[sm->n];
}

/* Bands as high as `limit` allows. */
static bool try_high(const struct streamer *sm, int i, int j, int64_t limit, struct trial *t)
{
	int64_t each = 1;

	if (!try(sm, i, j, 1, t) || t->memory > limit)
		return false;
	while (each < MOST_EACH && try(sm, i, j, 2 * each, t) && t->memory <= limit)
		each *= 2;
	return try(sm, i, j, each, t);
}

/* from[j + 1]: where the last piece of steps 0 to j begins, within limit and with the least work. */
static void cut(const struct streamer *sm, int64_t limit, struct trial *t, int *from)
{
	int64_t *work = arena_array(sm->pl->u->arena, int64_t, (size_t)sm->n + 1);

	for (int j = 0; j < sm->n; j++) {
		const bool alone = alive(sm, j, j) - saved_in_place(sm, j) <= limit;

		work[j + 1] = alone ? work[j] : INT64_MAX;
		from[j + 1] = j;
		for (int i = first_of_streams(sm, j); i < j; i++) {
			if (work[i] == INT64_MAX || !try_high(sm, i, j, limit, t) ||
			    work[i] + t->work >= work[j + 1])
				continue;
			work[j + 1] = work[i] + t->work;
			from[j + 1] = i;
		}
	}
}

/* ---- into the plan ----------------------------------------------------------------------------- */

static void hold(struct streamer *sm, struct iterations *it, const struct trial *t)
{
	VEC(uint32_t) held = { 0 };

	for (int k = t->i; k <= t->j; k++)
		for (int a = 0; a < sm->bands[k]->n_moves; a++)
			vec_push(sm->pl->u->arena, &held, sm->bands[k]->moves[a].value);
	it->held = held.p;
	it->n_held = (int)held.n;
}

/* The steps that keep what a step reads. */
static void set_kept_by(struct streamer *sm, const struct trial *t, struct band *b)
{
	struct move *moves =
		arena_copy(sm->pl->u->arena, b->moves, (size_t)b->n_moves * sizeof *b->moves);

	for (int a = 0; a < b->n_moves; a++)
		for (int k = t->i; k <= t->j; k++)
			if (t->of[k - t->i].kept &&
			    output_of(sm->bands[k])->value == moves[a].value)
				moves[a].kept_by = sm->steps[k];
	b->moves = moves;
}

static void add_stream(struct streamer *sm, const struct trial *t)
{
	struct planner *pl = sm->pl;
	struct step *st = new_step(pl, &pl->p->main, STEP_STREAM, NULL);
	struct iterations *it = arena_new(pl->u->arena, struct iterations);

	st->what = "bands of rows";
	st->reason = "in turns, for less memory";
	st->bands = t->bands;
	st->blocks = arena_new(pl->u->arena, struct block);
	st->n_blocks = 1;
	st->iterations = it;
	it->items = 1;
	hold(sm, it, t);
	for (int k = t->i; k <= t->j; k++) {
		struct step *s = sm->steps[k];
		struct band *b = arena_copy(pl->u->arena, &t->of[k - t->i], sizeof *b);

		set_kept_by(sm, t, b);
		s->band = b;
		s->loop = st;
		s->number = s->end = st->end = (int)pl->steps.n;
		vec_push(pl->u->arena, &st->blocks->steps, s);
		vec_push(pl->u->arena, &pl->steps, s);
		if (b->kept)
			pl->a.info[root_of(sm, output_of(b)->value)].size =
				b->kept * output_of(b)->row;
		if (s->kind == STEP_LOOPS)
			step_do_one_row(pl->u, s);
	}
	if (t->over && !alias_join(&pl->a, output_of(sm->bands[t->j])->value, t->over, 0))
		unreachable("an output of a stream that has a place of its own");
}

/* All are found before the first goes into the plan, which changes what they are found from. */
static void rebuild(struct streamer *sm, int64_t limit, const int *from)
{
	struct planner *pl = sm->pl;
	VEC(struct trial *) streams = { 0 };
	int next = 0;

	for (int j = sm->n; j > 0; j = from[j])
		if (from[j] < j - 1) {
			struct trial *t = arena_new(pl->u->arena, struct trial);

			if (!try_high(sm, from[j], j - 1, limit, t))
				unreachable("a stream that was one before");
			vec_push(pl->u->arena, &streams, t);
		}
	pl->steps.n = pl->p->main.steps.n = 0;
	for (size_t k = streams.n + 1; k-- > 0;) { /* those before stream k, and it */
		const struct trial *t = k ? streams.p[k - 1] : NULL;

		for (; next < (t ? t->i : sm->n); next++) {
			struct step *s = sm->steps[next];

			s->number = s->end = (int)pl->steps.n;
			vec_push(pl->u->arena, &pl->p->main.steps, s);
			vec_push(pl->u->arena, &pl->steps, s);
		}
		if (t) {
			add_stream(sm, t);
			next = t->j + 1;
		}
	}
}

static bool sizes_stay(const struct unit *u)
{
	for (uint32_t id = 1; id < u->values.n; id++)
		if (value_of(u, id)->measured)
			return false;
	return u->dims.n == 0;
}

void add_streams(struct planner *pl)
{
	struct streamer sm = { .pl = pl, .n = (int)pl->steps.n };
	struct trial *t = arena_new(pl->u->arena, struct trial);
	int64_t limit, now = 0;
	int *from;

	if (sm.n > STEPS_MAX || pl->p->main.steps.n != pl->steps.n || !sizes_stay(pl->u))
		return;
	sm.steps = arena_copy(pl->u->arena, pl->steps.p, pl->steps.n * sizeof *pl->steps.p);
	sm.bands = arena_array(pl->u->arena, struct band *, (size_t)sm.n + 1);
	from = arena_array(pl->u->arena, int, (size_t)sm.n + 1);
	read_lives(&sm);
	for (int k = 0; k < sm.n; k++) {
		sm.bands[k] = step_moves(pl->u, sm.steps[k]);
		now = most(now, alive(&sm, k, k) - saved_in_place(&sm, k));
	}
	limit = least_memory(&sm, t);
	limit += limit / SLACK;
	if (limit >= now)
		return;
	cut(&sm, limit, t, from);
	rebuild(&sm, limit, from);
}
