/* NonZero, Compress, Unique and NonMaxSuppression: kernels that return how many they found, a size
 * of their result. */
#include "build.h"

/* Bytes of an element, 0 of a string: an address is as wide as the target's. */
static dim element_size(const struct value *v)
{
	return v->type == DT_STRING ? 0 : (dim)dtype_size(v->type);
}

static dim result_size(const struct value *v, int axis)
{
	dim d = v->shape.d[axis];

	return d < 0 ? d : 0;
}

/* -- NonZero ----------------------------------------------------------------------------- */

static const struct param_row nonzero_rows[] = { PARAM(edgert_nonzero, type),
						 PARAM(edgert_nonzero, count),
						 PARAM(edgert_nonzero, rank) };

bool accept_nonzero(struct unit *u, const struct node *n, const struct target *t,
		    const char **reason)
{
	(void)u;
	(void)t;
	*reason = "one pass over the elements";
	return node_out(n, 0)->shape.d[1] < 0;
}

void build_nonzero(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	const struct value *x = node_in(n, 0);
	struct edgert_nonzero p = { .type = (edgert_int)x->type,
				    .count = shape_count(u, &x->shape),
				    .rank = x->shape.rank };

	(void)t;
	c->result = result_size(node_out(n, 0), 1);
	call_params(u, c, "edgert_nonzero", nonzero_rows, ARRAY_LEN(nonzero_rows), &p);
	call_sizes(u, c, "shape", x->shape.d, x->shape.rank);
	call_value(u, c, x, false);
	call_value(u, c, node_out(n, 0), true);
}

/* -- Compress ---------------------------------------------------------------------------- */

static const struct param_row compress_rows[] = {
	PARAM(edgert_compress, size),       PARAM(edgert_compress, outer),
	PARAM(edgert_compress, n),          PARAM(edgert_compress, inner),
	PARAM(edgert_compress, conditions),
};

bool accept_compress(struct unit *u, const struct node *n, const struct target *t,
		     const char **reason)
{
	(void)u;
	(void)t;
	*reason = "items moved together";
	return !node_const(n, 1);
}

void build_compress(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	const struct axis_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0);
	bool flat = a->axis == INT64_MIN;
	int axis = flat ? 0 : (int)(a->axis < 0 ? a->axis + x->shape.rank : a->axis);
	struct edgert_compress p = { .size = element_size(x),
				     .outer = 1,
				     .n = shape_count(u, &x->shape),
				     .inner = 1,
				     .conditions = node_in(n, 1)->shape.d[0] };

	(void)t;
	if (!flat) {
		p.outer = shape_count_range(u, &x->shape, 0, axis);
		p.n = x->shape.d[axis];
		p.inner = shape_count_range(u, &x->shape, axis + 1, x->shape.rank);
	}
	c->result = result_size(node_out(n, 0), axis);
	call_params(u, c, "edgert_compress", compress_rows, ARRAY_LEN(compress_rows), &p);
	call_value(u, c, x, false);
	call_value(u, c, node_in(n, 1), false);
	call_value(u, c, node_out(n, 0), true);
}

/* -- Unique ------------------------------------------------------------------------------ */

static const struct param_row unique_rows[] = {
	PARAM(edgert_unique, type), PARAM(edgert_unique, size),  PARAM(edgert_unique, outer),
	PARAM(edgert_unique, n),    PARAM(edgert_unique, inner), PARAM(edgert_unique, sorted),
};

bool accept_unique(struct unit *u, const struct node *n, const struct target *t,
		   const char **reason)
{
	(void)u;
	(void)n;
	(void)t;
	*reason = "items sorted by comparison";
	return true;
}

void build_unique(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	const struct unique_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0);
	bool flat = a->axis == INT64_MIN;
	int axis = flat ? 0 : (int)(a->axis < 0 ? a->axis + x->shape.rank : a->axis);
	struct edgert_unique p = { .type = (edgert_int)x->type,
				   .size = element_size(x),
				   .outer = 1,
				   .n = shape_count(u, &x->shape),
				   .inner = 1,
				   .sorted = (edgert_int)a->sorted };

	(void)t;
	if (!flat) {
		p.outer = shape_count_range(u, &x->shape, 0, axis);
		p.n = x->shape.d[axis];
		p.inner = shape_count_range(u, &x->shape, axis + 1, x->shape.rank);
	}
	c->result = node_out(n, 0) ? result_size(node_out(n, 0), axis)
				   : result_size(node_out(n, node_out(n, 1) ? 1 : 3), 0);
	call_params(u, c, "edgert_unique", unique_rows, ARRAY_LEN(unique_rows), &p);
	call_value(u, c, x, false);
	for (int k = 0; k < 4; k++)
		call_value(u, c, node_out(n, k), true);
	call_scratch(u, c, (size_t)dim_hi(u, p.n) * 3 * sizeof(int64_t));
}

/* -- NonMaxSuppression ------------------------------------------------------------------- */

static const struct param_row nms_rows[] = { PARAM(edgert_nms, batch), PARAM(edgert_nms, classes),
					     PARAM(edgert_nms, n), PARAM(edgert_nms, centre) };

bool accept_nms(struct unit *u, const struct node *n, const struct target *t, const char **reason)
{
	(void)u;
	(void)t;
	*reason = "the best of each class, one after the other";
	return n->n_out == 1;
}

void build_nms(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	const struct value *boxes = node_in(n, 0), *scores = node_in(n, 1);
	struct edgert_nms p = {
		.batch = boxes->shape.d[0],
		.classes = scores->shape.d[1],
		.n = boxes->shape.d[1],
		.centre = (edgert_int)((const struct nms_attrs *)n->attrs)->center_point_box
	};

	(void)t;
	c->result = result_size(node_out(n, 0), 0);
	call_params(u, c, "edgert_nms", nms_rows, ARRAY_LEN(nms_rows), &p);
	for (int k = 0; k < 5; k++)
		call_value(u, c, node_in(n, k), false);
	call_value(u, c, node_out(n, 0), true);
	call_scratch(u, c, (size_t)dim_hi(u, p.n) * sizeof(int64_t));
}
