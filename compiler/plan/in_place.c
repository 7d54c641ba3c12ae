/* Results written over inputs that die. */
#include "planner.h"

static bool is_text(const struct planner *pl, uint32_t id)
{
	return value_of(pl->u, id)->type == DT_STRING;
}

/* out may be written over in when in is read for the last time by this step and out is born in it.
 */
static bool overwrite(struct planner *pl, const struct step *s, uint32_t in, uint32_t out)
{
	int64_t at_in, at_out;
	uint32_t ri = alias_root(&pl->a, in, &at_in), ro = alias_root(&pl->a, out, &at_out);
	const struct class_info *ci = &pl->a.info[ri], *co = &pl->a.info[ro];

	if (is_text(pl, in) != is_text(pl, out)) /* addresses may be narrower than planned */
		return false;
	if (s->loop && ci->first <= s->loop->number) /* the next iteration reads it again */
		return false;
	if (ri == ro || ci->region != REGION_WORKSPACE || ci->last != s->number ||
	    co->first != s->number || ci->size != co->size || at_in != at_out)
		return false;
	for (int k = 0; k < s->n_slots; k++) /* nothing else of this class may be read */
		if (s->slots[k] && s->slots[k] != in && alias_root(&pl->a, s->slots[k], NULL) == ri)
			return false;
	for (size_t k = 0; k < s->call.args.n; k++) {
		const struct arg *a = &s->call.args.p[k];

		if (a->kind == ARG_VALUE && a->value != in && a->value != out &&
		    alias_root(&pl->a, a->value, NULL) == ri)
			return false;
	}
	return alias_join(&pl->a, out, in, 0);
}

bool step_has_argument(const struct step *s, uint32_t id)
{
	for (size_t k = 0; k < s->call.args.n; k++)
		if (s->call.args.p[k].kind == ARG_VALUE && s->call.args.p[k].value == id)
			return true;
	return false;
}

void step_in_place(struct planner *pl, const struct step *s)
{
	const struct value *out =
		s->n_outputs && s->outputs[0] ? value_of(pl->u, s->outputs[0]) : NULL;

	if (!out)
		return;
	if (s->kind == STEP_LOOPS && s->n_stages == 1) {
		for (int k = 0; k < s->n_slots; k++) {
			k = stage_in_place_slot(pl->u, s->stages, s->slots, s->n_slots, out, k);
			if (k < 0 || overwrite(pl, s, s->slots[k], out->id))
				return;
		}
	} else if (s->kind == STEP_KERNEL && s->tail) {
		for (int k = 1; k < s->n_slots;
		     k++) { /* a residual: read just before its element is written */
			k = stage_in_place_slot(pl->u, s->tail, s->slots, s->n_slots, out, k);
			if (k < 0)
				return;
			if (!step_has_argument(s, s->slots[k]) &&
			    overwrite(pl, s, s->slots[k], out->id))
				return;
		}
	}
	if (s->kind == STEP_KERNEL && s->call.in_place && s->call.args.n &&
	    s->call.args.p[0].kind == ARG_VALUE) {
		const struct value *in = value_of(pl->u, s->call.args.p[0].value);

		if (!in->constant && shape_equal(&in->shape, &out->shape) &&
		    in->type == out->type &&
		    layout_equal(&in->layout, &out->layout, out->shape.rank))
			overwrite(pl, s, in->id, out->id);
	}
}
