/* Streams: steps that take turns at bands of rows, so that what one makes for the next needs room
 * for some rows only.
 *
 *	for each band i		for each step, first to last
 *		its rows up to min(each * (i + 1) + ahead, all)
 *
 * The last step does `each` rows a band; the others what it takes, once: a step is as far `ahead` as
 * those that read its output need. Rows that are still read are moved to the beginning of their room
 * before a step adds others, so nothing is computed twice. An output that has the size of an input,
 * dead behind the stream, is written over it when it never gets ahead of its readers.
 *
 * Which steps: of all ways to cut the plan into single steps and streams those with the least memory
 * at their worst, and among them the one that costs the least time. Plans of one block without
 * symbolic sizes only. */
#include "stream.h"

enum {
	STEPS_MAX = 500, /* of a plan: beyond, the search would take longer than all else */
	SLACK = 8,       /* bands may be higher for an eighth more than the least memory */
	LOW_EACH = 8,    /* rows of the last step's output in a band: at least, at most */
	MOST_EACH = 64
};

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
		in = slot < 0 || step_has_argument(s, s->slots[slot]) ? VALUE_NONE : s->slots[slot];
	} else if (s->kind == STEP_KERNEL && s->call.in_place && s->call.args.n &&
		   s->call.args.p[0].kind == ARG_VALUE) {
		in = s->call.args.p[0].value;
	}
	if (!in || stream_class(sm, stream_root(sm, in))->region != REGION_WORKSPACE ||
	    sm->of[stream_root(sm, in)].last != k ||
	    stream_class(sm, stream_root(sm, in))->size !=
		    stream_class(sm, stream_root(sm, out->id))->size)
		return 0;
	return stream_class(sm, stream_root(sm, in))->size;
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

/* Bands as low as steps allow that read fewer rows than they make: t->of[j - i].each rows; false: none are. */
static bool try_low(const struct streamer *sm, int i, int j, struct trial *t)
{
	for (int64_t each = 1; each <= LOW_EACH; each *= 2)
		if (stream_try(sm, i, j, each, t))
			return true;
	return false;
}

/* The least memory in which all steps run. */
static int64_t least_memory(const struct streamer *sm, struct trial *t)
{
	int64_t *best = arena_array(sm->pl->u->arena, int64_t, (size_t)sm->n + 1);

	for (int j = 0; j < sm->n; j++) {
		best[j + 1] = most(best[j], stream_alive(sm, j, j) - saved_in_place(sm, j));
		for (int i = first_of_streams(sm, j); i < j; i++)
			if (try_low(sm, i, j, t))
				best[j + 1] = least(best[j + 1], most(best[i], t->memory));
	}
	return best[sm->n];
}

/* Bands as high as `limit` allows. */
static bool try_high(const struct streamer *sm, int i, int j, int64_t limit, struct trial *t)
{
	int64_t each;

	if (!try_low(sm, i, j, t) || t->memory > limit)
		return false;
	each = t->of[j - i].each;
	for (int64_t more = MOST_EACH / 2; more >= each; more /= 2)
		if (stream_try(sm, i, j, each + more, t) && t->memory <= limit)
			each += more;
	return stream_try(sm, i, j, each, t);
}

/* from[j + 1]: where the last piece of steps 0 to j begins, within limit and with the least work. */
static void cut(const struct streamer *sm, int64_t limit, struct trial *t, int *from)
{
	int64_t *work = arena_array(sm->pl->u->arena, int64_t, (size_t)sm->n + 1);

	for (int j = 0; j < sm->n; j++) {
		const bool alone = stream_alive(sm, j, j) - saved_in_place(sm, j) <= limit;

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
			    band_output(sm->bands[k])->value == moves[a].value)
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
			pl->a.info[stream_root(sm, band_output(b)->value)].size =
				b->kept * band_output(b)->row;
		if (s->kind == STEP_LOOPS)
			step_rebase(pl->u, s);
	}
	if (t->over && !alias_join(&pl->a, band_output(sm->bands[t->j])->value, t->over, 0))
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

/* No size is found out at run time. */
static bool sizes_stay(const struct unit *u)
{
	for (uint32_t id = 1; id < u->values.n; id++) {
		const struct value *v = value_of(u, id);

		if (!v->graph || v->constant)
			continue;
		if (v->measured)
			return false;
		for (int a = 0; a < v->shape.rank; a++)
			if (!dim_is_const(v->shape.d[a]))
				return false;
	}
	return true;
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
	stream_lives(&sm);
	for (int k = 0; k < sm.n; k++) {
		sm.bands[k] = step_moves(pl->u, sm.steps[k]);
		now = most(now, stream_alive(&sm, k, k) - saved_in_place(&sm, k));
	}
	limit = least_memory(&sm, t);
	limit += limit / SLACK;
	if (limit >= now)
		return;
	cut(&sm, limit, t, from);
	rebuild(&sm, limit, from);
}
