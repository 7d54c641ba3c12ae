/* Parameters and arguments of kernel calls. */
#include "build.h"

#include <assert.h>
#include <string.h>

static dim *member(const struct param_row *r, void *params)
{
	return (dim *)(void *)((char *)params + r->offset);
}

void call_params(struct unit *u, struct call *c, const char *type, const struct param_row *rows,
		 size_t n, const void *params)
{
	c->params_type = type;
	for (size_t i = 0; i < n; i++) {
		struct field f = { .name = rows[i].name, .number = rows[i].number };

		memcpy(&f.i, (const char *)params + rows[i].offset, sizeof f.i);
		vec_push(u->arena, &c->fields, f);
	}
}

bool params_of_call(const struct call *c, const struct param_row *rows, size_t n, void *params)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < c->fields.n; k++) {
			const struct field *f = &c->fields.p[k];

			if (strcmp(f->name, rows[i].name) != 0)
				continue;
			if (!rows[i].number && !dim_is_const(f->i))
				return false;
			*member(&rows[i], params) = f->i;
			found++;
		}
	assert(found == n);
	return true;
}

void call_sizes(struct unit *u, struct call *c, const char *name, const dim *d, int n)
{
	struct field f = { .name = name, .n = n };

	if (n == 0)
		return;
	f.dims = arena_copy(u->arena, d, (size_t)n * sizeof *d);
	vec_push(u->arena, &c->fields, f);
}

void params_bound(struct unit *u, const struct param_row *rows, size_t n, void *params)
{
	for (size_t i = 0; i < n; i++)
		if (!rows[i].number)
			*member(&rows[i], params) = dim_hi(u, *member(&rows[i], params));
}

const struct field *call_field(const struct call *c, const char *name)
{
	for (size_t i = 0; i < c->fields.n; i++)
		if (strcmp(c->fields.p[i].name, name) == 0)
			return &c->fields.p[i];
	return NULL;
}

dim call_number(const struct call *c, const char *name)
{
	const struct field *f = call_field(c, name);

	return f ? f->i : 0;
}

void call_value(struct unit *u, struct call *c, const struct value *v, bool output)
{
	struct arg a = { .kind = v ? ARG_VALUE : ARG_NULL, .output = output };

	if (v) {
		a.value = v->id;
		a.type = v->type;
	}
	vec_push(u->arena, &c->args, a);
}

void call_weights(struct unit *u, struct call *c, const struct value *v)
{
	call_value(u, c, v, false);
	c->args.p[c->args.n - 1].weights = true;
}

void call_packed(struct unit *u, struct call *c, uint32_t from, enum dtype type, const void *data,
		 size_t size)
{
	struct arg a = {
		.kind = ARG_PACKED, .value = from, .type = type, .data = data, .size = size
	};

	vec_push(u->arena, &c->args, a);
}

void call_packing(struct unit *u, struct call *c, const struct node *n, int k,
		  void (*pack)(const void *params, const void *elements, void *out),
		  const void *params, size_t params_size, size_t size)
{
	struct packing *p = arena_new(u->arena, struct packing);
	struct arg a = { .kind = ARG_PACKED,
			 .value = n->in[k],
			 .type = node_const(n, k)->type,
			 .packing = p,
			 .size = size };

	p->from = node_const(n, k);
	p->pack = pack;
	p->params = arena_copy(u->arena, params, params_size);
	vec_push(u->arena, &c->args, a);
}

void call_scratch(struct unit *u, struct call *c, size_t size)
{
	struct arg a = { .kind = size ? ARG_SCRATCH : ARG_NULL, .type = DT_F32, .size = size };

	vec_push(u->arena, &c->args, a);
}

bool is_f32(const struct node *n, int k)
{
	const struct value *v = node_in(n, k);

	return v && v->type == DT_F32;
}

const float *const_floats(struct unit *u, const struct node *n, int k)
{
	const struct constant *c = node_const(n, k);

	if (!c || c->type != DT_F32)
		return NULL;
	if ((uintptr_t)c->data % sizeof(float) == 0)
		return c->data;
	return arena_copy(u->arena, c->data, c->size);
}

struct vec_machine target_machine(const struct target *t)
{
	struct vec_machine m =
		vec_machine(t->vec_lanes < 4 ? 4 : (int)t->vec_lanes, (int)t->vec_registers);

	m.fma = 4.0 / (double)t->vec_rate;
	m.l1 = t->l1;
	m.l2 = t->l2;
	return m;
}
