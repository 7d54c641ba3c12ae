/* How much code a plan becomes, where the target's compiler is not asked: bytes of each step by its
 * kernel, of what every model has, and of floats in software.
 *
 * Measured for nine networks (an autoencoder, DS-CNN, ResNet-8 and MobileNet in int8, DS-CNN, ResNet-8,
 * digits, a GRU and an LSTM in float) with gcc 12 and the profiles' flags for Cortex-M0, M3, M4F and M55,
 * rv32imc and rv32imafc; the sizes of a kernel's steps lie within a quarter of their mean. */
#include "budget.h"

#include "../support/embedded.h"

#include <string.h>

enum machine { THUMB1, THUMB2, RISCV, RISCV_FPU, MACHINES };

/* Bytes of a step; conv: those of a 1x1 window, which needs no clipping. */
static const struct kernel_size {
	const char *function;
	int16_t bytes[MACHINES], pointwise[MACHINES];
} kernel_sizes[] = {
	{ "edgert_conv2d_f32__ref", { 480, 530, 660, 480 }, { 300, 310, 460, 270 } },
	{ "edgert_maxpool2d_f32__ref", { 200, 170, 242, 138 } },
	{ "edgert_averagepool2d_f32__ref", { 84, 83, 144, 85 } },
	{ "edgert_gemm_f32__ref", { 300, 280, 410, 235 } },
	{ "edgert_softmax_f32__ref", { 384, 405, 634, 374 } },
	{ "edgert_gru_f32__ref", { 1230, 1540, 2340, 1556 } },
	{ "edgert_lstm_f32__ref", { 1090, 2050, 3140, 1946 } },
	{ "edgert_conv2d_s8__scalar", { 770, 1350, 1850, 2400 }, { 300, 810, 1162, 1602 } },
	{ "edgert_dwconv2d_s8__scalar", { 565, 560, 580, 690 } },
	{ "edgert_gemm_s8__scalar", { 211, 330, 385, 465 } },
	{ "edgert_matmul_s8__scalar", { 695, 693, 669, 867 } },
	{ "edgert_conv2d_s8__dsp", { 0, 1450 }, { 0, 965 } },
	{ "edgert_dwconv2d_s8__dsp", { 0, 1098 } },
	{ "edgert_gemm_s8__dsp", { 0, 346 } },
	{ "edgert_matmul_s8__dsp", { 0, 701 } },
	{ "edgert_conv2d_s8__mve", { 0, 490 }, { 0, 242 } },
	{ "edgert_dwconv2d_s8__mve", { 0, 674 } },
	{ "edgert_gemm_s8__mve", { 0, 277 } },
	{ "edgert_matmul_s8__mve", { 0, 565 } },
	{ "edgert_add_s8__mve", { 0, 136 } },
	{ "edgert_conv2d_f32__vec", { 0, 5500 }, { 0, 3800 } },
	{ "edgert_conv2d_f32__pointwise", { 0, 3580 }, { 0, 3580 } },
	{ "edgert_dwconv2d_f32__vec", { 0, 1132 } },
	{ "edgert_gemm_f32__vec", { 0, 250 } },
	{ "edgert_softmax_f32__vec", { 0, 1625 } },
	{ "edgert_maxpool2d_f32__vec", { 0, 1222 } },
	{ "edgert_averagepool2d_f32__vec", { 0, 386 } },
	{ "edgert_gru_f32__vec", { 0, 3932 } },
	{ "edgert_lstm_f32__vec", { 0, 4812 } },
};

/* The rest. A kernel that was not measured is taken for `file` bytes per 1000 characters of its file; a
 * nest of loops has `loops` bytes and `term` for each term of its expression. */
static const struct rates {
	const char *arch;
	int file, loops, term, step, base, soft_floats;
	int wide; /* division of 64-bit integers, and floats of them, in software */
} rates[MACHINES + 3] = {
	[THUMB1] = { "arm", 120, 110, 10, 25, 60, 3500, 4400 },
	[THUMB2] = { "arm", 120, 160, 11, 25, 70, 1700 },
	[RISCV_FPU] = { "riscv", 150, 170, 9, 33, 140, 0 },
	[RISCV] = { "riscv", 150, 150, 14, 33, 140, 4500, 3300 },
	[MACHINES] = { "avr", 250, 250, 22, 50, 500, 1000 },
	[MACHINES + 1] = { "aarch64", 250, 200, 17, 40, 300, 0 },
	[MACHINES + 2] = { NULL, 250, 250, 20, 40, 300, 3000 },
};

/* Cores with Thumb 2 have a divide instruction. */
static int machine_of(const struct target *t)
{
	int m = MACHINES;

	if (strcmp(t->arch, "arm") == 0)
		return target_has(t, "hwdiv") ? THUMB2 : THUMB1;
	if (strcmp(t->arch, "riscv") == 0)
		return t->fpu == FPU_NONE ? RISCV : RISCV_FPU;
	while (rates[m].arch && strcmp(rates[m].arch, t->arch) != 0)
		m++;
	return m;
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

	for (size_t i = 0; machine < MACHINES && i < ARRAY_LEN(kernel_sizes); i++) {
		const struct kernel_size *k = &kernel_sizes[i];

		if (strcmp(k->function, s->kernel->function) != 0 || !k->bytes[machine])
			continue;
		return k->pointwise[machine] && is_pointwise(&s->call) ? k->pointwise[machine]
								       : k->bytes[machine];
	}
	return f ? (int64_t)f->size * rates[machine].file / 1000 : 0;
}

static bool same_call(const struct step *a, const struct step *b)
{
	if (a->kernel != b->kernel || !a->tail != !b->tail || a->call.fields.n != b->call.fields.n)
		return false;
	for (size_t i = 0; i < a->call.fields.n; i++) {
		const struct field *x = &a->call.fields.p[i], *y = &b->call.fields.p[i];

		if (x->array || x->farray || x->dims || x->i != y->i || x->f < y->f || x->f > y->f)
			return false;
	}
	return true;
}

/* An equal step before this one has the same function. */
static bool is_repeated(const struct block *b, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (b->steps.p[i]->kernel && same_call(b->steps.p[i], b->steps.p[at]))
			return true;
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

static int64_t block_bytes(const struct block *b, int machine)
{
	int64_t n = 0;

	for (size_t i = 0; i < b->steps.n; i++) {
		const struct step *s = b->steps.p[i];

		n += rates[machine].step;
		if (!s->kernel || !is_repeated(b, i))
			n += step_bytes(s, machine);
		for (int k = 0; k < s->n_blocks; k++)
			n += block_bytes(&s->blocks[k], machine);
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
	return machine_of(&j->target) < MACHINES ? "estimated, right within about a fifth"
						 : "estimated, right within a factor of two";
}

int64_t estimate_code(const struct job *j)
{
	const int machine = machine_of(&j->target);
	bool soft = j->target.fpu == FPU_NONE && has_floats(j->plan);

	return rates[machine].base + (soft ? rates[machine].soft_floats : 0) +
	       (has_wide(&j->plan->main) ? rates[machine].wide : 0) +
	       block_bytes(&j->plan->main, machine);
}
