/* RAM and flash of a planned model, against what the target has. */
#include "budget.h"

#include "../host/host.h"

#include <string.h>

int64_t footprint_ram(const struct footprint *f)
{
	return f->workspace + f->inputs + f->outputs + (f->stack > 0 ? f->stack : 0);
}

int64_t footprint_flash(const struct footprint *f)
{
	return f->constants + f->code;
}

/* -- what the target has ----------------------------------------------------------------------- */

/* The fastest memory of at least `size` bytes for which `takes` is true; the first of equal ones. */
static const struct target_memory *fastest(const struct target *t, int64_t size,
					   bool (*takes)(const struct target_memory *m))
{
	const struct target_memory *best = NULL;

	for (const struct target_memory *m = t->memories; m < t->memories + t->n_memories; m++)
		if (takes(m) && m->size >= size && (!best || m->speed < best->speed))
			best = m;
	return best;
}

/* Where code goes, and constants when there is room: the first that holds weights. */
static const struct target_memory *usual_flash(const struct job *j)
{
	for (size_t i = 0; i < j->target.n_memories; i++)
		if (memory_takes_weights(&j->target.memories[i]))
			return &j->target.memories[i];
	return NULL;
}

const struct target_memory *memory_of_constants(const struct job *j)
{
	const struct target_memory *usual = usual_flash(j), *other;

	if (!usual || footprint_flash(&j->footprint) <= usual->size)
		return usual;
	other = fastest(&j->target, j->footprint.constants, memory_takes_weights);
	return other ? other : usual;
}

const struct target_memory *memory_of_workspace(const struct job *j)
{
	return j->plan->parts.n
		       ? j->plan->parts.p[0].memory
		       : fastest(&j->target, j->footprint.workspace, memory_takes_activations);
}

/* 0: no limit known. Inputs, outputs and stack may lie in other memories than the workspace. */
static int64_t ram_budget(const struct job *j)
{
	int64_t all = 0, largest = 0;

	if (j->o->ram_budget)
		return j->o->ram_budget;
	for (size_t i = 0; i < j->target.n_memories; i++) {
		const struct target_memory *m = &j->target.memories[i];

		if (!memory_takes_activations(m))
			continue;
		all += m->size;
		largest = m->size > largest ? m->size : largest;
	}
	return memory_of_workspace(j) ? all : largest;
}

static int64_t flash_budget(const struct job *j)
{
	const struct target_memory *usual = usual_flash(j);

	return j->o->flash_budget ? j->o->flash_budget : usual ? usual->size : 0;
}

/* -- what the model takes ---------------------------------------------------------------------- */

static int64_t ports_bytes(const struct plan *p, enum region region)
{
	int64_t n = 0;

	for (size_t i = 0; i < p->buffers.n; i++)
		if (p->buffers.p[i].region == region)
			n += p->buffers.p[i].size;
	return n;
}

/* What libgcc's floats and divisions keep on the stack, return addresses included: less than this. */
enum { SOFTWARE_STACK = 128 };

/* Emits into a folder of its own and asks the compiler. */
static void measure(struct job *j, struct footprint *f)
{
	const char *dir = temp_folder(&j->arena, &j->diag);
	struct measurement m;

	if (!dir)
		return;
	if (job_emit(j, dir) &&
	    host_measure(&j->arena, &j->target, dir, job_name(j, j->u->file), &m)) {
		f->code =
			m.flash -
			(j->o->weights && strcmp(j->o->weights, "binary") == 0 ? 0 : f->constants);
		f->stack = m.stack + (j->target.fpu == FPU_NONE ? SOFTWARE_STACK : 0);
		f->measured_by = m.cc;
	}
	remove_folder(dir);
}

/* Where there is room for more code than this, nobody waits for a compiler to hear how much it is. */
enum { SCARCE = 4 << 20 };

static bool is_scarce(int64_t code_budget)
{
	return code_budget && code_budget <= SCARCE;
}

/* An estimate of code may be wrong by half: near the budget it is not enough. */
static bool is_close(int64_t budget, const struct footprint *f)
{
	return budget && budget > f->constants + f->code / 2 && budget < f->constants + f->code * 2;
}

/* The stack is checked where it is known; what a program may spend on it is its own affair. */
static void check_stack(struct job *j, const struct footprint *f)
{
	const struct loc loc = { .file = j->u->file };

	if (f->stack > 0 && j->target.stack_budget && f->stack > j->target.stack_budget)
		diag_warning(
			&j->diag, &loc, "takes up to %lld bytes of stack, the budget of %s is %lld",
			(long long)f->stack, j->target.name, (long long)j->target.stack_budget);
}

static struct footprint of_tensors(const struct plan *p)
{
	return (struct footprint){ .workspace = p->workspace,
				   .inputs = ports_bytes(p, REGION_INPUT),
				   .outputs = ports_bytes(p, REGION_OUTPUT),
				   .constants = p->weights,
				   .stack = -1 };
}

bool ram_is_short(struct job *j)
{
	int64_t budget;

	j->footprint = of_tensors(j->plan);
	budget = ram_budget(j);
	return (budget && footprint_ram(&j->footprint) > budget) ||
	       (j->target.pointer_bits <= 16 && j->footprint.workspace > INT16_MAX);
}

bool footprint_make(struct job *j, bool always)
{
	struct footprint *out = &j->footprint;

	*out = of_tensors(j->plan);
	out->code = estimate_code(j);
	if ((always && is_scarce(j->target.code_budget)) || is_close(flash_budget(j), out))
		measure(j, out);
	check_stack(j, out);
	return j->diag.errors == 0;
}

/* -- what does not fit ------------------------------------------------------------------------- */

enum { CONTRIBUTORS = 3 };

static const struct step *step_numbered(const struct block *b, int number)
{
	for (size_t i = 0; i < b->steps.n; i++) {
		const struct step *s = b->steps.p[i], *inner = NULL;

		if (s->number == number)
			return s;
		for (int k = 0; k < s->n_blocks && !inner; k++)
			inner = step_numbered(&s->blocks[k], number);
		if (inner)
			return inner;
	}
	return NULL;
}

/* What the user can find in his model: the tensor, or the node that makes it or reads it first. */
static const char *buffer_text(struct job *j, const struct buffer *b)
{
	const struct step *s = step_numbered(&j->plan->main, b->first);
	const char *what = b->region == REGION_WEIGHTS ? "of" : "for the result of";

	if (b->name && strcmp(b->name, "scratch") == 0)
		what = "for the scratch of";
	else if (b->name)
		return arena_printf(&j->arena, "for \"%s\"", printable(&j->arena, b->name, 80));
	if (!s || !s->loc.node)
		return "made by edgecc";
	return arena_printf(&j->arena, "%s node \"%s\" (%s)", what,
			    printable(&j->arena, s->loc.node, 80),
			    s->what ? printable(&j->arena, s->what, 80) : "copy");
}

/* The largest buffers that are alive at `step`; any step when it is -1. */
static void note_largest(struct job *j, enum region region, int step, const char *what)
{
	const struct plan *p = j->plan;
	bool *told = arena_array(&j->arena, bool, p->buffers.n + 1);

	for (int k = 0; k < CONTRIBUTORS; k++) {
		const struct buffer *most = NULL;

		for (size_t i = 0; i < p->buffers.n; i++) {
			const struct buffer *b = &p->buffers.p[i];

			if (b->region == region && !told[i] && b->size > 0 &&
			    (step < 0 || (b->first <= step && step <= b->last)) &&
			    (!most || b->size > most->size))
				most = b;
		}
		if (!most)
			return;
		told[most - p->buffers.p] = true;
		diag_note(&j->diag, NULL, "%s: %lld bytes %s", what, (long long)most->size,
			  buffer_text(j, most));
	}
}

/* The step at which most bytes of the workspace are alive. */
static int peak_step(const struct plan *p)
{
	int64_t most = -1;
	int at = 0;

	for (int s = 0; s < p->n_steps; s++) {
		int64_t live = 0;

		for (size_t i = 0; i < p->buffers.n; i++) {
			const struct buffer *b = &p->buffers.p[i];

			if (b->region == REGION_WORKSPACE && b->first <= s && s <= b->last)
				live += b->size;
		}
		if (live > most) {
			most = live;
			at = s;
		}
	}
	return at;
}

/* Half of the constants, or more, are floats. */
static bool is_float_model(const struct plan *p)
{
	int64_t floats = 0;

	for (size_t i = 0; i < p->buffers.n; i++)
		if (p->buffers.p[i].region == REGION_WEIGHTS && p->buffers.p[i].type == DT_F32)
			floats += p->buffers.p[i].size;
	return floats * 2 > p->weights;
}

/* What int8 would make of a model of floats: a quarter of its tensors. */
static void note_quantized(struct job *j, const char *what, int64_t bytes, int64_t budget)
{
	if (is_float_model(j->plan))
		diag_note(
			&j->diag, NULL,
			"this is a model of floats: quantized to int8 it takes about %lld bytes of %s, %s",
			(long long)bytes, what,
			bytes <= budget ? "which would fit" : "which would not fit either");
}

static bool check_ram(struct job *j, const struct footprint *f)
{
	int64_t budget = ram_budget(j), need = footprint_ram(f);
	const struct loc loc = { .file = j->u->file };

	if (!budget || need <= budget)
		return true;
	diag_error(
		&j->diag, &loc,
		"does not fit: it takes %lld bytes of RAM (workspace %lld, inputs %lld, outputs %lld, stack %s), %s has %lld",
		(long long)need, (long long)f->workspace, (long long)f->inputs,
		(long long)f->outputs,
		f->stack < 0 ? "not known" : arena_printf(&j->arena, "%lld", (long long)f->stack),
		j->o->ram_budget ? "the budget" : j->target.name, (long long)budget);
	note_largest(j, REGION_WORKSPACE, peak_step(j->plan),
		     "largest in the workspace at its peak");
	if (j->whole)
		diag_note(
			&j->diag, NULL,
			"steps take turns at bands of rows: without, the workspace has %lld bytes",
			(long long)j->whole);
	if (!j->o->tight && j->target.memory_mode != MEMORY_TIGHT)
		diag_note(&j->diag, NULL, "--tight plans for the least workspace");
	if (f->workspace > budget && j->plan->workspace_bound > budget)
		diag_note(&j->diag, NULL,
			  "no placement of these tensors takes less than %lld bytes of workspace",
			  (long long)j->plan->workspace_bound);
	note_quantized(j, "RAM", need - (f->workspace + f->inputs + f->outputs) * 3 / 4, budget);
	return false;
}

static bool check_flash(struct job *j, const struct footprint *f)
{
	int64_t budget = flash_budget(j), need = footprint_flash(f);
	const struct loc loc = { .file = j->u->file };

	if (!budget || need <= budget)
		return true;
	if (!j->o->flash_budget && memory_of_constants(j) != usual_flash(j) && f->code <= budget)
		return true;
	diag_error(
		&j->diag, &loc,
		"does not fit: it takes %lld bytes of flash (constants %lld, code %lld %s), %s has %lld",
		(long long)need, (long long)f->constants, (long long)f->code,
		f->measured_by ? "measured" : estimate_quality(j),
		j->o->flash_budget ? "the budget" : j->target.name, (long long)budget);
	note_largest(j, REGION_WEIGHTS, -1, "largest of the constants");
	if (!j->o->small && f->code * 4 > need)
		diag_note(&j->diag, NULL, "-Os shares code between layers");
	note_quantized(j, "flash", need - f->constants * 3 / 4, budget);
	return false;
}

/* The constants of one step of b, or of a step inside it, that are more than pointers of 16 bits reach. */
static const struct step *beyond_reach(const struct plan *p, const struct block *b)
{
	for (size_t i = 0; i < b->steps.n; i++) {
		const struct step *s = b->steps.p[i], *inner;
		struct span c = step_constants(p, s);

		if (c.to - c.from > UINT16_MAX - 2)
			return s;
		for (int k = 0; k < s->n_blocks; k++)
			if ((inner = beyond_reach(p, &s->blocks[k])) != NULL)
				return inner;
	}
	return NULL;
}

/* AVR's double is float, and what makes and takes doubles apart is not for that. */
static bool check_double(struct job *j)
{
	if (strcmp(j->target.arch, "avr") != 0)
		return true;
	for (size_t i = 0; i < j->u->values.n; i++) {
		const struct value *v = j->u->values.p[i];

		if (v && v->graph && v->type == DT_F64 && (v->uses.n || v->outputs))
			return diag_error(&j->diag, v->producer ? &v->producer->loc : &v->loc,
					  "has double elements, and %s has floats of 32 bits only",
					  j->target.name);
	}
	return true;
}

/* Pointers of 16 bits: an object has at most 32767 bytes, and a step's constants are within 64 KB. */
static bool check_pointers(struct job *j, const struct footprint *f)
{
	const struct loc loc = { .file = j->u->file };
	const struct plan *p = j->plan;
	const struct step *step;

	if (j->target.pointer_bits > 16)
		return true;
	if (f->workspace > INT16_MAX)
		return diag_error(
			&j->diag, &loc,
			"does not fit: the workspace has %lld bytes, an object of %s at most %d",
			(long long)f->workspace, j->target.name, INT16_MAX);
	for (size_t i = 0; i < p->buffers.n; i++)
		if (p->buffers.p[i].size > INT16_MAX)
			return diag_error(
				&j->diag, &loc,
				"does not fit: \"%s\" has %lld bytes, an object of %s at most %d",
				printable(&j->arena,
					  p->buffers.p[i].name ? p->buffers.p[i].name : "", 80),
				(long long)p->buffers.p[i].size, j->target.name, INT16_MAX);
	if (!j->target.progmem && f->constants > UINT16_MAX)
		return diag_error(
			&j->diag, &loc,
			"does not fit: constants have %lld bytes, pointers of %s reach %d",
			(long long)f->constants, j->target.name, UINT16_MAX);
	if ((step = beyond_reach(p, &p->main)) != NULL) {
		struct span c = step_constants(p, step);

		return diag_error(
			&j->diag, &step->loc,
			"does not fit: its constants lie within %lld bytes, pointers of %s "
			"reach %d",
			(long long)(c.to - c.from), j->target.name, UINT16_MAX - 2);
	}
	return true;
}

bool budget_check(struct job *j)
{
	bool ram = check_ram(j, &j->footprint), flash = check_flash(j, &j->footprint);

	return ram && flash && check_pointers(j, &j->footprint) && check_double(j);
}
