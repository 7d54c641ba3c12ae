/* The interpreter: runs programs (program.h) over a stage's index space, and copies where nothing
 * is computed. */
#include <assert.h>
#include <string.h>

#include "program.h"

struct run {
	struct program *p;
	size_t n;       /* lanes of this chunk */
	int64_t *flags; /* scratch, one per lane */
};

static void run_block(struct run *r, const struct block *b, const unsigned char *act);

static void *data_of(const struct run *r, int reg)
{
	return reg < 0 ? NULL : r->p->regs.p[reg].data;
}

static void copy_result(const struct run *r, const struct instr *i, int from)
{
	memcpy(data_of(r, i->d), data_of(r, from), lane_size(i->type) * (i->uniform ? 1 : r->n));
}

static void run_select(struct run *r, const struct instr *i, const unsigned char *act)
{
	const int64_t *cond = data_of(r, i->c);
	size_t yes = 0, no = 0;
	if (r->p->regs.p[i->c].uniform) {
		run_block(r, *cond ? i->body : i->other, act);
		copy_result(r, i, *cond ? i->a : i->b);
		return;
	}
	for (size_t k = 0; k < r->n; k++) {
		unsigned char on = act ? act[k] : 1;
		i->mask[0][k] = on && cond[k];
		i->mask[1][k] = on && !cond[k];
		yes += i->mask[0][k];
		no += i->mask[1][k];
	}
	if (yes)
		run_block(r, i->body, no || act ? i->mask[0] : NULL);
	if (no)
		run_block(r, i->other, yes || act ? i->mask[1] : NULL);
	if (!yes || !no) {
		copy_result(r, i, no ? i->b : i->a);
	} else if (lane_size(i->type) == sizeof(float)) {
		const float *a = data_of(r, i->a), *b = data_of(r, i->b);
		float *d = data_of(r, i->d);
		for (size_t k = 0; k < r->n; k++)
			d[k] = cond[k] ? a[k] : b[k];
	} else {
		const int64_t *a = data_of(r, i->a), *b = data_of(r, i->b);
		int64_t *d = data_of(r, i->d);
		for (size_t k = 0; k < r->n; k++)
			d[k] = cond[k] ? a[k] : b[k];
	}
}

static void run_loop(struct run *r, const struct instr *i, const unsigned char *act)
{
	int64_t *var = data_of(r, i->d);
	for (int64_t k = 0; k < i->extent; k++) {
		*var = k;
		run_block(r, i->body, act);
	}
}

/* Takes the value where it beats the best so far; the first one always. */
static void run_arg(struct run *r, const struct instr *i, size_t n)
{
	int64_t pos = *(const int64_t *)data_of(r, i->c), *where = data_of(r, i->d);
	void *best = data_of(r, i->a), *value = data_of(r, i->b);
	bool max = i->kind == REDUCE_ARGMAX_FIRST || i->kind == REDUCE_ARGMAX_LAST;
	bool last = i->kind == REDUCE_ARGMAX_LAST || i->kind == REDUCE_ARGMIN_LAST;
	size_t size = lane_size(i->type);
	lanes_binary(last ? TIR_LE : TIR_LT, i->type, n, r->flags, max ? best : value,
		     max ? value : best);
	for (size_t k = 0; k < n; k++) {
		if (pos != 0 && !r->flags[k])
			continue;
		where[k] = pos;
		memcpy((char *)best + k * size, (char *)value + k * size, size);
	}
}

static void run_load(const struct run *r, const struct instr *i, size_t n, const unsigned char *act)
{
	const int64_t *lane = data_of(r, i->a), *uniform = data_of(r, i->b);
	if (lane)
		lanes_load(i->constant, n, data_of(r, i->d), lane, uniform ? *uniform : 0, act);
	else
		lanes_load(i->constant, 1, data_of(r, i->d), uniform, 0, NULL);
}

static void run_block(struct run *r, const struct block *b, const unsigned char *act)
{
	for (size_t at = 0; at < b->code.n; at++) {
		const struct instr *i = &b->code.p[at];
		size_t n = i->uniform ? 1 : r->n;
		void *d = data_of(r, i->d);
		switch (i->op) {
		case INSTR_FILL:
			lanes_fill(i->type, n, d, i->number);
			break;
		case INSTR_SPLAT:
			lanes_fill(i->type, n, d, *(const union lane *)data_of(r, i->a));
			break;
		case INSTR_UNARY:
			lanes_unary((enum tir_kind)i->kind, i->type, n, d, data_of(r, i->a));
			break;
		case INSTR_BINARY:
			lanes_binary((enum tir_kind)i->kind, i->type, n, d, data_of(r, i->a),
				     data_of(r, i->b));
			break;
		case INSTR_CAST:
			lanes_cast(i->type, i->from, n, d, data_of(r, i->a));
			break;
		case INSTR_ROUND:
			lanes_round_to(i->from, i->number.i != 0, n, d, data_of(r, i->a));
			break;
		case INSTR_LOAD:
			run_load(r, i, n, act);
			break;
		case INSTR_SELECT:
			run_select(r, i, act);
			break;
		case INSTR_LOOP:
			run_loop(r, i, act);
			break;
		case INSTR_ARG:
			run_arg(r, i, n);
			break;
		}
	}
}

/* The coordinates along an axis of the elements from flat index `first` on. */
static void fill_axis(int64_t *out, size_t n, int64_t first, int64_t stride, int64_t extent)
{
	int64_t pos = first / stride % extent, rest = first % stride;
	for (size_t k = 0; k < n; k++) {
		out[k] = pos;
		if (++rest < stride)
			continue;
		rest = 0;
		pos = pos + 1 < extent ? pos + 1 : 0;
	}
}

static void run_program(struct program *p, const struct tir_stage *s, const struct shape *shape,
			void *data)
{
	/* What does not depend on the element runs in a chunk of full width: its splats serve every
	 * chunk. */
	struct run r = { .p = p, .n = p->lanes };
	int64_t total = shape_elements(shape);
	r.flags = arena_array(p->arena, int64_t, p->lanes);
	run_block(&r, p->once, NULL);
	for (int64_t first = 0; first < total; first += (int64_t)r.n) {
		int64_t stride = 1;
		r.n = total - first < (int64_t)p->lanes ? (size_t)(total - first) : p->lanes;
		for (int i = s->rank - 1; i >= 0; i--) {
			if (p->axis[i] >= 0)
				fill_axis(data_of(&r, p->axis[i]), r.n, first, stride, shape->d[i]);
			stride *= shape->d[i];
		}
		int64_t *flat = data_of(&r, p->flat);
		for (size_t k = 0; flat && k < r.n; k++)
			flat[k] = first + (int64_t)k;
		run_block(&r, p->chunk, NULL);
		lanes_store(s->type, r.n, data, first, data_of(&r, p->result));
	}
}

/* -- pure movement -------------------------------------------------------------------- */

/* The output's element (i0, i1, ...) is the input's at base + sum of stride*i. */
struct movement {
	int rank;
	int64_t extent[RANK_MAX], stride[RANK_MAX], base;
};

static bool find_movement(const struct tir_stage *s, const struct constant *in,
			  const struct shape *shape, struct movement *m)
{
	const struct tir *e = s->value;
	int64_t step = 1, strides[RANK_MAX] = { 0 };
	*m = (struct movement){ .rank = 0 };
	assert(in->shape.rank == e->u.load.rank);
	for (int i = e->u.load.rank - 1; i >= 0; i--) {
		const struct tir *x = e->u.load.idx[i];
		struct affine f;
		if (x->lo < 0 || x->hi >= in->shape.d[i] || !tir_affine_of(x, &f))
			return false;
		m->base += f.base * step;
		for (int k = 0; k < f.n; k++) {
			int axis = 0;
			while (axis < s->rank && s->vars[axis] != f.term[k].var)
				axis++;
			if (axis == s->rank)
				return false;
			strides[axis] += f.term[k].scale * step;
		}
		step *= in->shape.d[i];
	}
	for (int i = 0; i < s->rank; i++) { /* neighbours that run on become one axis */
		int64_t d = shape->d[i];
		if (d == 1)
			continue;
		if (m->rank && m->stride[m->rank - 1] == strides[i] * d) {
			m->extent[m->rank - 1] *= d;
			m->stride[m->rank - 1] = strides[i];
		} else {
			m->extent[m->rank] = d;
			m->stride[m->rank++] = strides[i];
		}
	}
	return true;
}

/* Rows of n elements, the input's `step` apart within a row and `next` apart from row to row. */
static void copy_rows(unsigned char *to, const unsigned char *from, size_t size, int64_t rows,
		      int64_t next, int64_t n, int64_t step)
{
#define ROWS(T)                                                                                    \
	case sizeof(T):                                                                            \
		for (int64_t j = 0; j < n; j++)                                                    \
			for (int64_t i = 0; i < rows; i++)                                         \
				memcpy(to + (i * n + j) * (int64_t)sizeof(T),                      \
				       from + (i * next + j * step) * (int64_t)sizeof(T),          \
				       sizeof(T));                                                 \
		break

	if (step == 1) {
		for (int64_t i = 0; i < rows; i++)
			memcpy(to + i * n * (int64_t)size, from + i * next * (int64_t)size,
			       (size_t)n * size);
		return;
	}
	switch (size) {
		ROWS(uint8_t);
		ROWS(uint16_t);
		ROWS(uint32_t);
		ROWS(uint64_t);
		ROWS(uint64_t[2]);
	default:
		unreachable("element size");
	}
#undef ROWS
}

#define TILE                                                                                       \
	16 /* rows of a transposition at a time: what a cache line of the input holds, or more */

static unsigned char *copy_axes(const struct movement *m, int axis, unsigned char *to,
				const unsigned char *from, size_t size)
{
	if (axis == m->rank - 1 || m->rank == 0) {
		int64_t n = m->rank ? m->extent[axis] : 1;
		copy_rows(to, from, size, 1, 0, n, m->rank ? m->stride[axis] : 1);
		return to + n * (int64_t)size;
	}
	int64_t rows = m->extent[axis], next = m->stride[axis];
	if (axis < m->rank - 2) {
		for (int64_t i = 0; i < rows; i++)
			to = copy_axes(m, axis + 1, to, from + i * next * (int64_t)size, size);
		return to;
	}
	int64_t n = m->extent[axis + 1];
	for (int64_t i = 0; i < rows; i += TILE) {
		int64_t some = rows - i < TILE ? rows - i : TILE;
		copy_rows(to, from + i * next * (int64_t)size, size, some, next, n,
			  m->stride[axis + 1]);
		to += some * n * (int64_t)size;
	}
	return to;
}

/* -- the entry points ----------------------------------------------------------------- */

struct constant *tir_eval(struct arena *a, const struct tir_stage *s,
			  const struct constant *const *in)
{
	struct shape shape = { .rank = s->rank };
	for (int i = 0; i < s->rank; i++) {
		shape.d[i] = s->vars[i]->u.var.extent;
		assert(dim_is_const(shape.d[i]));
	}
	void *data;
	struct constant *out = constant_new(a, s->type, &shape, &data);
	if (shape_elements(&shape) == 0)
		return out;

	const struct tir *e = s->value;
	struct movement m;
	if (e->kind == TIR_LOAD && in[e->u.load.slot]->type == s->type &&
	    find_movement(s, in[e->u.load.slot], &shape, &m)) {
		const struct constant *c = in[e->u.load.slot];
		const void *from = s->type == DT_STRING ? (const void *)c->strings : c->data;
		size_t size = s->type == DT_STRING ? sizeof(char *) : dtype_size(s->type);
		copy_axes(&m, 0, data, (const unsigned char *)from + m.base * (int64_t)size, size);
		return out;
	}
	struct arena tmp = { 0 };
	struct program p;
	struct tir_stage rows;
	tir_hoist_rows(&tmp, s, in, &rows, &in);
	program_compile(&p, &tmp, &rows, in);
	run_program(&p, &rows, &shape, data);
	arena_free(&tmp);
	return out;
}

/* Operations to compute e once, in a context that has computed what is seen. */
static int64_t work(const struct tir *e, unsigned char *seen)
{
	if (!e || seen[e->id])
		return 0;
	seen[e->id] = 1;
	int64_t n = sat_add(work(e->a, seen), sat_add(work(e->b, seen), work(e->c, seen)));
	if (e->kind == TIR_LOAD)
		for (int i = 0; i < e->u.load.rank; i++)
			n = sat_add(n, work(e->u.load.idx[i], seen));
	if (e->kind == TIR_REDUCE)
		for (int i = 0; i < e->u.reduce.n; i++) {
			dim d = e->u.reduce.vars[i]->u.var.extent;
			n = sat_mul(n, dim_is_const(d) ? d : 1);
		}
	return sat_add(n, e->kind >= TIR_LOAD ? 1 : 0);
}

int64_t tir_work(const struct tir_stage *s)
{
	struct arena tmp = { 0 };
	int64_t n = work(s->value, arena_alloc(&tmp, (size_t)s->value->id + 1));
	arena_free(&tmp);
	for (int i = 0; i < s->rank; i++) {
		dim d = s->vars[i]->u.var.extent;
		n = sat_mul(n, dim_is_const(d) ? d : 1);
	}
	return n;
}
