/* Compiles a stage into a program for the interpreter (program.h). */
#include "program.h"

static int emit(struct compile *c, struct block *at, const struct tir *e);

/* -- registers and blocks ------------------------------------------------------------- */

static int reg_new(struct compile *c, struct block *home, enum dtype t, bool uniform)
{
	vec_push(c->p->arena, &c->p->regs, ((struct reg){ uniform, t, home, -1, NULL }));
	return (int)c->p->regs.n - 1;
}

static struct block *block_new(struct compile *c, int kind, struct block *parent,
			       const struct tir *var)
{
	struct block *b = arena_new(c->p->arena, struct block);
	b->kind = kind;
	b->parent = parent;
	b->var = var;
	return b;
}

static void append(struct compile *c, struct block *b, struct instr i)
{
	vec_push(c->p->arena, &b->code, i);
}

static int find_known(const struct block *b, const struct tir *e)
{
	for (; b; b = b->parent)
		for (size_t i = b->known.n; i-- > 0;)
			if (b->known.p[i].e == e)
				return b->known.p[i].reg;
	return -1;
}

/* The block to compute e in when block `at` needs it: outside of the loops that do not concern it.
 */
static struct block *place(const struct compile *c, struct block *at, const struct tir *e)
{
	struct block *best = at;
	for (struct block *b = at; b->parent; b = b->parent) {
		if (b->kind == BLOCK_BRANCH) {
			if (c->guarded[e->id])
				break;
		} else {
			if (compile_depends(c, e, b))
				break;
			best = b->parent;
		}
	}
	return best;
}

/* reg with a value in every lane */
static int as_lanes(struct compile *c, int reg)
{
	struct reg *r = &c->p->regs.p[reg];
	if (!r->uniform)
		return reg;
	if (r->splat < 0) {
		struct block *home = r->home;
		int d = reg_new(c, home, r->type, false);
		append(c, home,
		       (struct instr){ INSTR_SPLAT, .type = c->p->regs.p[reg].type, .d = d,
				       .a = reg });
		c->p->regs.p[reg].splat = d;
	}
	return c->p->regs.p[reg].splat;
}

static int operand(struct compile *c, struct block *at, const struct tir *e, bool uniform)
{
	int r = emit(c, at, e);
	return uniform ? r : as_lanes(c, r);
}

/* -- selections ----------------------------------------------------------------------- */

/* Nodes that computing e computes whatever the data. */
static void always(const struct tir *e, unsigned char *mark, unsigned char bit)
{
	if (!e || (mark[e->id] & bit))
		return;
	mark[e->id] |= bit;
	if (e->kind == TIR_REDUCE)
		return;
	always(e->a, mark, bit);
	if (e->kind == TIR_SELECT)
		return;
	always(e->b, mark, bit);
	if (e->kind == TIR_LOAD)
		for (int i = 0; i < e->u.load.rank; i++)
			always(e->u.load.idx[i], mark, bit);
}

struct shared {
	struct compile *c;
	struct block *at;
	unsigned char *mark;
};

static void emit_shared(const struct tir *e, void *data)
{
	struct shared *s = data;
	if (s->mark[e->id] == 3 && !tir_is_const(e))
		emit(s->c, s->at, e);
}

static int emit_select(struct compile *c, struct block *at, const struct tir *e)
{
	struct arena tmp = { 0 };
	struct shared shared = { c, at, arena_alloc(&tmp, (size_t)e->id + 1) };
	int cond = emit(c, at, e->a);
	always(e->b, shared.mark, 1);
	always(e->c, shared.mark, 2);
	tir_each(e->b, emit_shared, &shared);
	arena_free(&tmp);

	bool uniform = compile_is_uniform(c, e);
	struct block *yes = block_new(c, BLOCK_BRANCH, at, NULL),
		     *no = block_new(c, BLOCK_BRANCH, at, NULL);
	struct instr i = { INSTR_SELECT, .type = e->type, .uniform = uniform,
			   .body = yes,  .other = no,     .c = cond };
	i.a = operand(c, yes, e->b, uniform);
	i.b = operand(c, no, e->c, uniform);
	i.d = reg_new(c, at, e->type, uniform);
	append(c, at, i);
	return i.d;
}

/* -- reductions ----------------------------------------------------------------------- */

static const enum tir_kind folds[] = {
	[REDUCE_SUM] = TIR_ADD, [REDUCE_PROD] = TIR_MUL, [REDUCE_MAX] = TIR_MAX,
	[REDUCE_MIN] = TIR_MIN, [REDUCE_AND] = TIR_AND,  [REDUCE_OR] = TIR_OR,
};

static int emit_number(struct compile *c, struct block *at, const struct tir *e, bool uniform)
{
	int d = reg_new(c, at, e->type, uniform);
	union lane v = { .i = 0 };
	if (e->type == DT_STRING)
		v.i = (int64_t)(intptr_t) "";
	else if (e->kind == TIR_INT)
		v.i = e->u.i;
	else if (e->type == DT_F32)
		v.f = (float)e->u.f;
	else
		v.d = e->u.f;
	append(c, at,
	       (struct instr){ INSTR_FILL, .type = e->type, .d = d, .uniform = uniform,
			       .number = v });
	return d;
}

static int emit_reduce(struct compile *c, struct block *at, const struct tir *e)
{
	bool uniform = compile_is_uniform(c, e), arg = tir_reduce_is_arg(e->u.reduce.kind);
	int acc = emit_number(c, at, tir_reduce_neutral(&c->b, e), uniform);
	int best = arg ? reg_new(c, at, e->a->type, uniform) : -1;
	struct block *outer = at, *in[RANK_MAX * 2];
	int var[RANK_MAX * 2], n = e->u.reduce.n;
	for (int i = 0; i < n; i++) {
		outer = in[i] = block_new(c, BLOCK_LOOP, outer, e->u.reduce.vars[i]);
		var[i] = reg_new(c, in[i], DT_INDEX, true);
		vec_push(c->p->arena, &in[i]->known,
			 ((struct known){ e->u.reduce.vars[i], var[i] }));
	}
	struct instr fold = { INSTR_BINARY, .type = e->type, .uniform = uniform, .d = acc,
			      .a = acc };
	fold.b = operand(c, outer, e->a, uniform);
	if (arg) {
		fold.op = INSTR_ARG;
		fold.kind = (int)e->u.reduce.kind;
		fold.type = e->a->type;
		fold.a = best;
		fold.c = var[0];
	} else {
		fold.kind = (int)folds[e->u.reduce.kind];
	}
	append(c, outer, fold);
	for (int i = n; i-- > 0;)
		append(c, i ? in[i - 1] : at,
		       (struct instr){ INSTR_LOOP, .d = var[i], .body = in[i],
				       .extent = e->u.reduce.vars[i]->u.var.extent });
	return acc;
}

/* -- the rest ------------------------------------------------------------------------- */

static int emit_load(struct compile *c, struct block *at, const struct tir *e)
{
	const struct offset *o = &c->offsets[e->id];
	struct instr i = { INSTR_LOAD, .type = e->type, .uniform = !o->lane };
	i.constant = c->in[e->u.load.slot];
	i.a = o->lane ? operand(c, at, o->lane, false) : -1;
	i.b = o->uniform ? operand(c, at, o->uniform, true) : -1;
	i.d = reg_new(c, at, e->type, i.uniform);
	append(c, at, i);
	return i.d;
}

/* Among equals (zeros) a float minimum or maximum gives its second operand; emitted C bounds x by a
 * number as `x < number ? number : x`, so the number goes first. */
static bool is_bound(const struct tir *e)
{
	return (e->kind == TIR_MIN || e->kind == TIR_MAX) && e->b->kind == TIR_FLOAT &&
	       e->b->u.f == e->b->u.f;
}

static int emit_operation(struct compile *c, struct block *at, const struct tir *e)
{
	struct instr i = { INSTR_UNARY, .kind = (int)e->kind, .type = e->a->type };
	i.uniform = compile_is_uniform(c, e);
	i.a = operand(c, at, e->a, i.uniform);
	if (e->b) {
		i.op = INSTR_BINARY;
		i.b = operand(c, at, e->b, i.uniform);
		if (is_bound(e)) {
			int number = i.b;
			i.b = i.a;
			i.a = number;
		}
	} else if (e->kind == TIR_CAST) {
		i.op = INSTR_CAST;
		i.from = e->a->type;
		i.type = e->type;
	} else if (e->kind == TIR_ROUND_TO) {
		i.op = INSTR_ROUND;
		i.from = e->u.round_to.to;
		i.number.i = e->u.round_to.saturate;
	}
	i.d = reg_new(c, at, e->type, i.uniform);
	append(c, at, i);
	return i.d;
}

static int emit_var(struct compile *c, const struct tir *e)
{
	int *reg = e == c->flat ? &c->p->flat : NULL;
	for (int i = 0; i < c->s.rank; i++)
		if (c->s.vars[i] == e)
			reg = &c->p->axis[i];
	if (!reg)
		unreachable("unbound variable");
	if (*reg < 0)
		*reg = reg_new(c, c->p->chunk, DT_INDEX, false);
	return *reg;
}

/* The register with e, computed as far out as may be. */
static int emit(struct compile *c, struct block *at, const struct tir *e)
{
	int r = find_known(at, e);
	if (r >= 0)
		return r;
	at = place(c, at, e);
	switch (e->kind) {
	case TIR_INT:
	case TIR_FLOAT:
		r = emit_number(c, at, e, true);
		break;
	case TIR_VAR:
		r = emit_var(c, e);
		break;
	case TIR_DIM:
		unreachable("symbolic size in the interpreter");
	case TIR_LOAD:
		r = emit_load(c, at, e);
		break;
	case TIR_SELECT:
		r = emit_select(c, at, e);
		break;
	case TIR_REDUCE:
		r = emit_reduce(c, at, e);
		break;
	default:
		r = emit_operation(c, at, e);
		break;
	}
	vec_push(c->p->arena, &at->known, ((struct known){ e, r }));
	return r;
}

/* Registers of a program stay within the cache. */
#define CACHE_BYTES ((size_t)256 * 1024)
#define LANES_MAX ((size_t)512)
#define LANES_MIN ((size_t)16)

static void allocate(struct program *p, struct block *b)
{
	for (size_t i = 0; i < b->code.n; i++) {
		struct instr *in = &b->code.p[i];
		if (in->op == INSTR_SELECT)
			for (int k = 0; k < 2; k++)
				in->mask[k] = arena_alloc(p->arena, p->lanes);
		if (in->body)
			allocate(p, in->body);
		if (in->other)
			allocate(p, in->other);
	}
}

void program_compile(struct program *p, struct arena *a, const struct tir_stage *s,
		     const struct constant *const *in)
{
	*p = (struct program){ .arena = a };
	struct unit *u = arena_new(a, struct unit);
	u->arena = a;
	struct compile c = { .p = p, .in = in };
	tir_builder_init(&c.b, u, NULL);
	tir_import(&c.b, s, NULL, &c.s);
	c.flat = tir_var(&c.b, DIM_UNBOUNDED, "flat");
	p->flat = -1;
	for (int i = 0; i < s->rank; i++)
		p->axis[i] = -1;
	compile_analyse(&c);
	p->once = block_new(&c, BLOCK_ONCE, NULL, NULL);
	p->chunk = block_new(&c, BLOCK_CHUNK, p->once, NULL);
	p->result = as_lanes(&c, emit(&c, p->chunk, c.s.value));

	size_t vectors = 1;
	for (size_t i = 0; i < p->regs.n; i++)
		vectors += !p->regs.p[i].uniform;
	p->lanes = CACHE_BYTES / sizeof(union lane) / vectors;
	p->lanes = p->lanes < LANES_MIN ? LANES_MIN : p->lanes > LANES_MAX ? LANES_MAX : p->lanes;
	for (size_t i = 0; i < p->regs.n; i++)
		p->regs.p[i].data = arena_array(a, union lane, p->regs.p[i].uniform ? 1 : p->lanes);
	allocate(p, p->once);
	allocate(p, p->chunk);
}
