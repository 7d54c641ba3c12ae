/* Innermost loops over bytes side by side that the runtime has as one function of the target's set
 * (runtime/kernels/params.h, "rows"), with the same result for every element:
 *
 *	for (i < n) y[i] = table[(uint8_t)x[i]]  =>  edgert_row_lut_s8__dsp(y, x, table, n)
 *
 * It is decided when fusion and layouts are, so it costs neither: only another way to print a loop. The
 * loops around it, bands and threads' shares stay as they are; what does not change along a row is
 * computed before it.
 *
 * To add a function: its contract in params.h, the function in kernels/SET/rows_s8.c, a line of `forms`
 * for each set that has it, before those of sets that its machines could run as well; where the shape
 * is new, a function in row_shapes.c that recognizes it and lists the arguments. */
#include "rows.h"

#include "../plan/kernels/q_numbers.h"

#include <string.h>

static bool has_dsp(const struct target *t)
{
	return target_has(t, "dsp") && !target_has(t, "mve");
}

static bool has_mve(const struct target *t)
{
	return target_has(t, "mve");
}

static bool has_rvv(const struct target *t)
{
	return target_has(t, "rvv");
}

static bool has_q128(const struct target *t)
{
	return target_q128_taps(t) != 0;
}

/* Tables in registers are AArch64's. */
static bool has_tables(const struct target *t)
{
	return has_q128(t) && strcmp(t->arch, "aarch64") == 0;
}

/* Machines whose integers are not computed in vectors, neither by kernels nor by their C compilers. */
static bool is_scalar(const struct target *t)
{
	return q_is_small(t) && !target_has(t, "mve") && !target_has(t, "rvv");
}

/* Armv6-M has registers for eight numbers: the loop as it is printed takes as few instructions. */
static bool is_scalar_of_registers(const struct target *t)
{
	return is_scalar(t) && (strcmp(t->arch, "arm") != 0 || target_has(t, "hwdiv"));
}

/* In order: the first that the target takes and whose shape the loop has is called. */
static const struct form {
	const char *function, *file;
	bool (*takes)(const struct target *t);
	row_shape_fn *shape;
} forms[] = {
#define FORM(name, set, takes, shape)                                                              \
	{                                                                                          \
		"edgert_row_" #name "__" #set, "kernels/" #set "/rows_s8.c", takes, shape          \
	}
	FORM(lut_s8, dsp, has_dsp, row_lut),
	FORM(add_s8, dsp, has_dsp, row_add),
	FORM(add_f32_s8, dsp, has_dsp, row_add_f32),
	FORM(mul_s8, dsp, has_dsp, row_mul),
	FORM(mul_f32_s8, dsp, has_dsp, row_mul_f32),
	FORM(lut_s8, mve, has_mve, row_lut),
	FORM(flip_s8, mve, has_mve, row_flip),
	FORM(add_s8, mve, has_mve, row_add),
	FORM(add_f32_s8, mve, has_mve, row_add_f32),
	FORM(mul_s8, mve, has_mve, row_mul),
	FORM(mul_f32_s8, mve, has_mve, row_mul_f32),
	FORM(quantize_f32_s8, mve, has_mve, row_quantize_f32),
	FORM(linear_f32_s8, mve, has_mve, row_linear_f32),
	FORM(softmax_f32_s8, mve, has_mve, row_softmax_f32),
	FORM(lut_s8, rvv, has_rvv, row_lut),
	FORM(flip_s8, rvv, has_rvv, row_flip),
	FORM(add_s8, rvv, has_rvv, row_add),
	FORM(add_f32_s8, rvv, has_rvv, row_add_f32),
	FORM(mul_s8, rvv, has_rvv, row_mul),
	FORM(mul_f32_s8, rvv, has_rvv, row_mul_f32),
	FORM(quantize_f32_s8, rvv, has_rvv, row_quantize_f32),
	FORM(linear_f32_s8, rvv, has_rvv, row_linear_f32),
	FORM(softmax_f32_s8, rvv, has_rvv, row_softmax_f32),
	FORM(lut_s8, q128, has_tables, row_lut),
	FORM(add_s8, q128, has_q128, row_add),
	FORM(add_f32_s8, q128, has_q128, row_add_f32),
	FORM(mul_s8, q128, has_q128, row_mul),
	FORM(mul_f32_s8, q128, has_q128, row_mul_f32),
	FORM(lut_s8, scalar, is_scalar, row_lut),
	FORM(add_s8, scalar, is_scalar_of_registers, row_add),
	FORM(mul_s8, scalar, is_scalar, row_mul),
};

/* Shorter rows are done before a call has begun. */
enum { LEAST = 8 };

struct row_call {
	struct row row;
	const struct form *form;
	const char *pointer; /* the output's */
	bool ranged;         /* the row is part of a range that the step's function takes */
};

static const struct tir *first_of(struct tir_builder *b, const struct tir *var, void *data)
{
	return var == data ? tir_index(b, 0) : var;
}

/* The arguments as they are at the row's first element, which a range leaves to be named. */
static void begin_row(struct row *r)
{
	struct tir_map map = { .var = first_of, .data = (void *)(uintptr_t)r->var };

	for (int k = 0; k < r->n; k++)
		r->arg[k].e = tir_rebuild(r->b, r->arg[k].e, &map);
}

static const struct form *form_of(struct row *r)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (!forms[i].takes(r->e->target))
			continue;
		r->n = 0;
		r->arg[r->n++] = (struct row_arg){ ROW_OUTPUT, r->nest->offset };
		if (forms[i].shape(r))
			return &forms[i];
	}
	return NULL;
}

static void print_call(struct emitter *e, void *data)
{
	const struct row_call *c = data;
	const struct row *r = &c->row;

	emit_begin(e);
	strbuf_printf(e->out, "%s(", c->form->function);
	for (int k = 0; k < r->n; k++) {
		const struct row_arg *a = &r->arg[k];

		if (a->slot != ROW_VALUE) {
			strbuf_puts(e->out,
				    a->slot == ROW_OUTPUT ? c->pointer : e->slots[a->slot].pointer);
			strbuf_puts(e->out, " + ");
		}
		emit_expr(e, a->e);
		strbuf_puts(e->out, ", ");
	}
	if (c->ranged)
		strbuf_puts(e->out, "end - begin");
	else
		emit_dim(e, r->var->u.var.extent);
	strbuf_puts(e->out, ");\n");
}

bool emit_row(struct emitter *e, struct tir_builder *b, const struct nest *n, const char *pointer)
{
	struct row_call c = { .row = { .e = e, .b = b, .nest = n }, .pointer = pointer };
	struct row *r = &c.row;
	const struct tir *roots[ARRAY_LEN(r->arg)];
	const size_t outside = e->named.n;
	int64_t step;

	if (e->compact || n->n == 0)
		return false;
	r->var = n->vars[n->n - 1];
	/* What is computed in front of a row that has no elements might not be there. */
	if (dim_lo(e->u, r->var->u.var.extent) < 1 || dim_hi(e->u, r->var->u.var.extent) < LEAST ||
	    !tir_step(n->offset, r->var, &step) || step != 1)
		return false;
	c.form = form_of(r);
	if (!c.form)
		return false;
	c.ranged = r->var == e->ranged;
	if (c.ranged)
		name_push(e, r->var, "begin");
	else
		begin_row(r);
	for (int k = 0; k < r->n; k++)
		roots[k] = r->arg[k].e;
	runtime_need_file(e->runtime, c.form->file);
	emit_around(e, n->vars, n->n - 1, roots, r->n, print_call, &c);
	e->named.n = outside;
	return true;
}
