/* How much code a plan becomes, where the target's compiler is not asked: bytes of each step by its
 * kernel, of what every model has, and of floats in software. code_size.def has what tools/code_size.py
 * measured for the machines up to XTENSA; the last two are taken for the worst of them. */
#include "budget.h"

#include "../support/embedded.h"

#include <string.h>

enum machine {
	THUMB1,
	THUMB2,
	RISCV,
	RISCV_FPU,
	RISCV_V,
	AVR,
	XTENSA,
	MEASURED,
	AARCH64 = MEASURED,
	OTHER
};

/* Bytes of a step; and of one with a 1x1 window, which needs no clipping, 0 where that is no matter. */
static const struct kernel_size {
	const char *function;
	int16_t bytes[MEASURED][2];
} kernel_sizes[] = {
#define KERNEL(function, ...) { #function, { __VA_ARGS__ } },
#include "code_size.def"
#undef KERNEL
};

/* The rest. A kernel that was not measured is taken for `file` bytes per 1000 characters of its file; a
 * nest of loops has `loops` bytes and `term` for each term of its expression. */
static const struct rates {
	int file, loops, term, step, base, soft_floats;
	int wide;  /* division of 64-bit integers, and floats of them, in software */
	int gates; /* tanh and sigmoid, of recurrences in floats */
	int turn; /* of a step in a stream: where its rows begin and end, what is moved, addresses */
} rates[] = {
#define RATES(machine, ...) [machine] = { __VA_ARGS__ },
#include "code_size.def"
#undef RATES
	[AARCH64] = { 250, 200, 17, 40, 300, 0, .turn = 110 },
	[OTHER] = { 250, 250, 20, 40, 300, 3000, .turn = 110 },
};

static int machine_of(const struct target *t)
{
	if (strcmp(t->arch, "arm") == 0) /* cores with Thumb 2 have a divide instruction */
		return target_has(t, "hwdiv") ? THUMB2 : THUMB1;
	if (strcmp(t->arch, "riscv") == 0)
		return t->fpu == FPU_NONE ? RISCV : target_has(t, "rvv") ? RISCV_V : RISCV_FPU;
	return strcmp(t->arch, "avr") == 0       ? AVR
	       : strcmp(t->arch, "xtensa") == 0  ? XTENSA
	       : strcmp(t->arch, "aarch64") == 0 ? AARCH64
						 : OTHER;
}

static bool is_pointwise(const struct call *c)
{
	bool one = true;

	for (size_t i = 0; i < c->fields.n; i++)
		if (strcmp(c->fields.p[i].name, "kh") == 0 ||
		    strcmp(c->fields.p[i].name, "kw") == 0)
			one &= c->fields.p[i].i == 1;
	return one;
}

static int64_t kernel_bytes(const struct step *s, int machine)
{
	const struct embedded_file *f = embedded_find(s->kernel->file);

	for (size_t i = 0; machine < MEASURED && i < ARRAY_LEN(kernel_sizes); i++) {
		const int16_t *bytes = kernel_sizes[i].bytes[machine];

		if (strcmp(kernel_sizes[i].function, s->kernel->function) == 0 && bytes[0])
			return bytes[bytes[1] && is_pointwise(&s->call)];
	}
	return f ? (int64_t)f->size * rates[machine].file / 1000 : 0;
}

static bool same_call(const struct step *a, const struct step *b)
{
	if (a->kernel != b->kernel || !a->tail != !b->tail || !a->band != !b->band ||
	    a->call.fields.n != b->call.fields.n)
		return false;
	for (size_t i = 0; i < a->call.fields.n; i++) {
		const struct field *x = &a->call.fields.p[i], *y = &b->call.fields.p[i];

		if (x->array || x->farray || x->dims || x->i != y->i || x->f < y->f || x->f > y->f)
			return false;
	}
	return true;
}

struct counted {
	struct arena *arena;
	int machine;
	VEC(const struct step *) kernels; /* so far, each once */
};

/* An equal step before this one has the same function. */
static bool is_repeated(struct counted *c, const struct step *s)
{
	for (size_t i = 0; i < c->kernels.n; i++)
		if (same_call(c->kernels.p[i], s))
			return true;
	vec_push(c->arena, &c->kernels, s);
	return false;
}

static int64_t step_bytes(const struct step *s, int machine)
{
	const struct rates *r = &rates[machine];
	int64_t n = s->kind == STEP_COPY ? r->loops / 3 : 0;

	for (int k = 0; k < s->n_stages; k++)
		if (s->stages[k].value) /* else an output that is left out */
			n += r->loops + (int64_t)tir_count(s->stages[k].value) * r->term;
	return n + (s->kernel ? kernel_bytes(s, machine) : 0);
}

static int64_t block_bytes(struct counted *c, const struct block *b)
{
	int64_t n = 0;

	for (size_t i = 0; i < b->steps.n; i++) {
		const struct step *s = b->steps.p[i];

		n += rates[c->machine].step + (s->band ? rates[c->machine].turn : 0);
		if (!s->kernel || !is_repeated(c, s))
			n += step_bytes(s, c->machine);
		for (int k = 0; k < s->n_blocks; k++)
			n += block_bytes(c, &s->blocks[k]);
	}
	return n;
}

static bool is_wide(const struct tir *e)
{
	return e && (e->type == DT_I64 || is_wide(e->a) || is_wide(e->b) || is_wide(e->c));
}

/* Some loop computes with integers of 64 bits. */
static bool has_wide(const struct block *b)
{
	bool wide = false;

	for (size_t i = 0; i < b->steps.n && !wide; i++) {
		const struct step *s = b->steps.p[i];

		for (int k = 0; k < s->n_stages; k++)
			wide |= is_wide(s->stages[k].value);
		for (int k = 0; k < s->n_blocks; k++)
			wide |= has_wide(&s->blocks[k]);
	}
	return wide;
}

static bool has_gates(const struct block *b)
{
	bool gates = false;

	for (size_t i = 0; i < b->steps.n && !gates; i++) {
		const struct step *s = b->steps.p[i];
		const struct embedded_file *f = s->kernel ? embedded_find(s->kernel->file) : NULL;

		gates = f && strstr((const char *)f->data, "\"recurrence.h\"");
		for (int k = 0; k < s->n_blocks; k++)
			gates |= has_gates(&s->blocks[k]);
	}
	return gates;
}

/* Some tensor is of floats. */
static bool has_floats(const struct plan *p)
{
	for (size_t i = 0; i < p->buffers.n; i++)
		if (dtype_is_float(p->buffers.p[i].type))
			return true;
	return false;
}

const char *estimate_quality(const struct job *j)
{
	return machine_of(&j->target) < MEASURED ? "estimated, right within about a fifth"
						 : "estimated, right within a factor of two";
}

int64_t estimate_code(const struct job *j)
{
	const int machine = machine_of(&j->target);
	struct counted c = { .arena = j->u->arena, .machine = machine };
	bool soft = j->target.fpu == FPU_NONE && has_floats(j->plan);

	return rates[machine].base + (soft ? rates[machine].soft_floats : 0) +
	       (has_wide(&j->plan->main) ? rates[machine].wide : 0) +
	       (has_gates(&j->plan->main) ? rates[machine].gates : 0) +
	       block_bytes(&c, &j->plan->main);
}
