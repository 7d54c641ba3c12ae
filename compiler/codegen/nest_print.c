/* A loop nest as C text: values that do not change inside a loop are computed outside it. */
#include "emit.h"

#include <string.h>

/* What one scope of loops knows while its expressions are printed. */
struct use {
	const struct tir *e;
	int users;
	bool always;   /* evaluated whenever the root is: outside every select's branches */
	bool outlives; /* some user changes in more loops than this does */
};

struct scope {
	struct emitter *e;
	VEC(struct use) uses;         /* every node below the roots, operands first */
	VEC(const struct tir *) open; /* variables of the loops that are open, all scopes */
};

static struct use *use_of(struct scope *s, const struct tir *e)
{
	for (size_t i = s->uses.n; i-- > 0;)
		if (s->uses.p[i].e == e)
			return &s->uses.p[i];
	return NULL;
}

static bool mentions(const struct tir *e, const struct tir *var)
{
	if (!e || !e->has_var)
		return false;
	if (e == var)
		return true;
	if (e->kind == TIR_LOAD) {
		for (int i = 0; i < e->u.load.rank; i++)
			if (mentions(e->u.load.idx[i], var))
				return true;
		return false;
	}
	if (e->kind == TIR_REDUCE)
		for (int i = 0; i < e->u.reduce.n; i++)
			if (e->u.reduce.vars[i] == var)
				return false;
	return mentions(e->a, var) || mentions(e->b, var) || mentions(e->c, var);
}

/* How many of the variables vars[0..n) e needs, counted from the outermost: the loop in which it
 * must be. */
static int level_of(const struct tir *e, const struct tir *const *vars, int n)
{
	for (int k = n; k > 0; k--)
		if (mentions(e, vars[k - 1]))
			return k;
	return 0;
}

static bool leaf(const struct tir *e)
{
	return e->kind == TIR_INT || e->kind == TIR_FLOAT || e->kind == TIR_VAR ||
	       e->kind == TIR_DIM;
}

/* Index arithmetic is left to the C compiler: it is cheap, and text with names for it is hard to
 * read. */
static bool worth_a_name(const struct tir *e)
{
	if (leaf(e))
		return false;
	return e->type != DT_INDEX || e->has_load || e->kind == TIR_REDUCE;
}

struct collect {
	struct scope *s;
	const struct tir *const *vars;
	int n;
};

static void collect(struct collect *c, const struct tir *e, bool always, int level)
{
	struct use *u;
	int mine;

	if (!e || leaf(e) || name_of(c->s->e, e))
		return;
	mine = level_of(e, c->vars, c->n);
	u = use_of(c->s, e);
	if (u) {
		bool sooner = always && !u->always;

		u->users++;
		u->outlives |= mine < level;
		u->always |= always;
		if (!sooner)
			return;
	}
	switch (e->kind) {
	case TIR_LOAD:
		for (int i = 0; i < e->u.load.rank; i++)
			collect(c, e->u.load.idx[i], always, mine);
		break;
	case TIR_SELECT:
		collect(c, e->a, always, mine);
		collect(c, e->b, false, mine);
		collect(c, e->c, false, mine);
		break;
	case TIR_AND:
	case TIR_OR: /* C's && and || guard their right side */
		collect(c, e->a, always, mine);
		collect(c, e->b, always && e->type != DT_BOOL, mine);
		break;
	case TIR_REDUCE: /* a scope of its own; only what it takes from outside counts here */
		break;
	default:
		collect(c, e->a, always, mine);
		collect(c, e->b, always, mine);
		collect(c, e->c, always, mine);
	}
	if (!u) {
		struct use fresh = { e, 1, always || e->kind == TIR_REDUCE, mine < level };

		vec_push(c->s->e->arena, &c->s->uses, fresh);
	}
}

static void emit_reduce(struct emitter *e, const struct tir *r);
static void emit_branches(struct emitter *e, const struct tir *x);

/* Branches as long as this, in operations, are statements. */
enum { LONG = 100 };

/* A select whose branches would be long without names: what is used there twice stands there twice. */
static bool is_long_select(const struct emitter *e, const struct use *u)
{
	int64_t size;

	if (u->e->kind != TIR_SELECT || !u->always || e->vector)
		return false;
	size = tir_text_size(u->e);
	return size > LONG && size > 2 * tir_count(u->e);
}

/* Names what must or should be computed at this level: variables vars[0..level) are open. */
static void materialise(struct scope *s, const struct tir *const *vars, int n, int level)
{
	struct emitter *e = s->e;

	for (size_t i = 0; i < s->uses.n; i++) {
		const struct use *u = &s->uses.p[i];
		const char *name;

		if (name_of(e, u->e) || level_of(u->e, vars, n) != level)
			continue;
		if (u->e->kind == TIR_REDUCE) {
			emit_reduce(e, u->e);
			continue;
		}
		if (is_long_select(e, u)) {
			emit_branches(e, u->e);
			continue;
		}
		if (!u->always || !worth_a_name(u->e) || (u->users < 2 && !u->outlives))
			continue;
		name = arena_printf(e->arena, "t%d", e->next_name++);
		emit_begin(e);
		if (e->vector) {
			strbuf_printf(e->out, "const %s %s = ",
				      u->e->type == DT_BOOL ? "edgert_vi" : "edgert_vf", name);
			emit_vector(e, u->e);
		} else {
			strbuf_printf(e->out, "const %s %s = ", ctype_compute(u->e->type), name);
			emit_expr(e, u->e);
		}
		strbuf_puts(e->out, ";\n");
		name_push(e, u->e, name);
	}
}

static const char *open_loop(struct emitter *e, const struct tir *var)
{
	const char *name =
		arena_printf(e->arena, "%c%d",
			     var->u.var.name && var->u.var.name[0] >= 'a' &&
					     var->u.var.name[0] <= 'z' && var->u.var.name[0] != 't'
				     ? var->u.var.name[0]
				     : 'i',
			     e->next_name++);

	emit_begin(e);
	strbuf_printf(e->out, "for (edgert_int %s = %s; %s < ", name,
		      var == e->ranged ? "begin" : "0", name);
	if (var == e->ranged)
		strbuf_puts(e->out, "end");
	else
		emit_dim(e, var->u.var.extent);
	strbuf_printf(e->out, "; %s++) {\n", name);
	e->indent++;
	name_push(e, var, name);
	return name;
}

/* The loops over vars may run not at all, when what is computed outside them reads tensors that may be
 * empty, too: opens a condition that they do run. */
static bool guard_loops(struct scope *s, const struct tir *const *vars, int n)
{
	struct emitter *e = s->e;
	bool reads = false, open = false;

	for (size_t i = 0; i < s->uses.n; i++)
		reads |= s->uses.p[i].e->has_load && level_of(s->uses.p[i].e, vars, n) < n;
	for (int k = 0; reads && k < n; k++) {
		if (dim_lo(e->u, vars[k]->u.var.extent) > 0)
			continue;
		if (!open)
			emit_begin(e);
		strbuf_puts(e->out, open ? " && " : "if (");
		emit_dim(e, vars[k]->u.var.extent);
		strbuf_puts(e->out, " > 0");
		open = true;
	}
	if (open) {
		strbuf_puts(e->out, ") {\n");
		e->indent++;
	}
	return open;
}

static bool never_run(const struct tir *const *vars, int n)
{
	for (int k = 0; k < n; k++)
		if (vars[k]->u.var.extent == 0)
			return true;
	return false;
}

/* Opens the loops over vars, names what roots need at each level, then prints the innermost
 * statement. */
void emit_around(struct emitter *e, const struct tir *const *vars, int n,
		 const struct tir *const *roots, int n_roots, inside_fn *inside, void *data)
{
	struct scope s = { .e = e };
	struct collect c = { &s, vars, n };
	size_t outside = e->named.n;
	bool guarded;

	if (never_run(vars, n))
		return;
	for (int i = 0; i < n_roots; i++)
		collect(&c, roots[i], true, n);
	guarded = guard_loops(&s, vars, n);
	materialise(&s, vars, n, 0);
	for (int k = 0; k < n; k++) {
		open_loop(e, vars[k]);
		materialise(&s, vars, n, k + 1);
	}
	inside(e, data);
	for (int k = 0; k < n + guarded; k++)
		emit_close(e, "}");
	e->named.n = outside;
}

struct reduction {
	const struct tir *r;
	const char *acc, *best;
};

static void emit_neutral(struct emitter *e, const struct tir *r)
{
	struct tir_builder b;

	tir_builder_init(&b, e->u, NULL);
	emit_expr(e, tir_reduce_neutral(&b, r));
}

/* Integer sums wrap: through unsigned arithmetic, as everywhere. */
static void fold_arithmetic(struct emitter *e, const struct reduction *d, const char *op)
{
	enum dtype t = d->r->type;

	if (dtype_is_float(t) || t == DT_INDEX) {
		strbuf_printf(e->out, "%s %s ", d->acc, op);
		emit_expr(e, d->r->a);
	} else {
		const char *wide = dtype_size(t) == 8 ? "uint64_t" : "uint32_t";

		strbuf_printf(e->out, "(%s)((%s)%s %s (%s)", ctype_compute(t), wide, d->acc, op,
			      wide);
		emit_expr(e, d->r->a);
		strbuf_putc(e->out, ')');
	}
}

static void fold_call(struct emitter *e, const struct reduction *d, const char *what)
{
	enum dtype t = d->r->type;
	const char *f = arena_printf(
		e->arena, "edgert_%s_%s", what,
		t == DT_INDEX ? "index"
		: t == DT_F32 ? "f32"
		: t == DT_F64 ? "f64"
			      : arena_printf(e->arena, "%c%zu", dtype_is_signed_int(t) ? 'i' : 'u',
					     8 * dtype_size(t)));

	runtime_need(e->runtime, f);
	strbuf_printf(e->out, "%s(%s, ", f, d->acc);
	emit_expr(e, d->r->a);
	strbuf_putc(e->out, ')');
}

/* The best so far and where: a new one must be strictly better (FIRST) or at least as good (LAST).
 */
static void fold_position(struct emitter *e, const struct reduction *d)
{
	static const char *const better[] = { ">", ">=", "<", "<=" };
	const char *at = name_of(e, d->r->u.reduce.vars[0]);
	const char *v = arena_printf(e->arena, "t%d", e->next_name++);

	emit_begin(e);
	strbuf_printf(e->out, "const %s %s = ", ctype_compute(d->r->a->type), v);
	emit_expr(e, d->r->a);
	strbuf_puts(e->out, ";\n");
	emit_open(e, "if (%s == 0 || %s %s %s) {", at, v,
		  better[d->r->u.reduce.kind - REDUCE_ARGMAX_FIRST], d->best);
	emit_line(e, "%s = %s;", d->best, v);
	emit_line(e, "%s = %s;", d->acc, at);
	emit_close(e, "}");
}

static void fold(struct emitter *e, void *data)
{
	const struct reduction *d = data;

	if (d->best) {
		fold_position(e, d);
		return;
	}
	emit_begin(e);
	strbuf_printf(e->out, "%s = ", d->acc);
	switch (d->r->u.reduce.kind) {
	case REDUCE_SUM:
		fold_arithmetic(e, d, "+");
		break;
	case REDUCE_PROD:
		fold_arithmetic(e, d, "*");
		break;
	case REDUCE_MAX:
		fold_call(e, d, "max");
		break;
	case REDUCE_MIN:
		fold_call(e, d, "min");
		break;
	default:
		strbuf_printf(e->out, "%s %s ", d->acc,
			      d->r->u.reduce.kind == REDUCE_AND ? "&&" : "||");
		emit_expr(e, d->r->a);
	}
	strbuf_puts(e->out, ";\n");
}

static void emit_reduce(struct emitter *e, const struct tir *r)
{
	struct reduction d = { r, arena_printf(e->arena, "r%d", e->next_name++), NULL };
	bool position = r->u.reduce.kind >= REDUCE_ARGMAX_FIRST;

	if (position) {
		d.best = arena_printf(e->arena, "r%d", e->next_name++);
		emit_line(e, "%s %s = 0;", ctype_compute(r->a->type), d.best);
		emit_line(e, "edgert_int %s = 0;", d.acc);
	} else {
		emit_begin(e);
		strbuf_printf(e->out, "%s %s = ", ctype_compute(r->type), d.acc);
		emit_neutral(e, r);
		strbuf_puts(e->out, ";\n");
	}
	emit_around(e, r->u.reduce.vars, r->u.reduce.n, &r->a, 1, fold, &d);
	name_push(e, r, d.acc);
}

/* -- selects ----------------------------------------------------------------------------- */

struct branch {
	const struct tir *x;
	const char *name;
};

static void assign(struct emitter *e, void *data)
{
	const struct branch *b = data;

	emit_begin(e);
	strbuf_printf(e->out, "%s = ", b->name);
	emit_expr(e, b->x);
	strbuf_puts(e->out, ";\n");
}

static void emit_branch(struct emitter *e, const struct tir *x, const char *name)
{
	struct branch b = { x, name };

	emit_around(e, NULL, 0, &x, 1, assign, &b);
}

static void emit_branches(struct emitter *e, const struct tir *x)
{
	const char *name = arena_printf(e->arena, "t%d", e->next_name++);

	emit_line(e, "%s %s;", ctype_compute(x->type), name);
	emit_begin(e);
	strbuf_puts(e->out, "if (");
	emit_expr(e, x->a);
	strbuf_puts(e->out, ") {\n");
	e->indent++;
	emit_branch(e, x->b, name);
	e->indent--;
	emit_open(e, "} else {");
	emit_branch(e, x->c, name);
	emit_close(e, "}");
	name_push(e, x, name);
}

struct store {
	const struct nest *n;
	const char *pointer;
};

static void store(struct emitter *e, void *data)
{
	const struct store *s = data;

	emit_begin(e);
	strbuf_printf(e->out, "%s[", s->pointer);
	emit_expr(e, s->n->offset);
	strbuf_puts(e->out, "] = ");
	emit_stored(e, s->n->type, s->n->value);
	strbuf_puts(e->out, ";\n");
}

void emit_nest(struct emitter *e, struct tir_builder *b, const struct nest *n, const char *pointer)
{
	struct store s = { n, pointer };
	const struct tir *roots[2] = { n->value, n->offset };

	if (emit_row(e, b, n, pointer))
		return;
	emit_around(e, n->vars, n->n, roots, 2, store, &s);
}

static void result(struct emitter *e, void *data)
{
	const struct tir *root = data;

	emit_begin(e);
	strbuf_puts(e->out, "return ");
	if (e->vector)
		emit_vector(e, root);
	else
		emit_expr(e, root);
	strbuf_puts(e->out, ";\n");
}

void emit_straight(struct emitter *e, const struct tir *root)
{
	const struct tir *const roots[1] = { root };

	emit_around(e, NULL, 0, roots, 1, result, (void *)(uintptr_t)root);
}
