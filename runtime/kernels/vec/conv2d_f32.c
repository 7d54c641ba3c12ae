/* conv2d_f32.c - dense convolution by register tiles (see isa/tile.h).
 *
 * An output row is cut into tiles of p->mr pixels and one of the rest; output channels into panels
 * of p->nv vectors, the last of a group padded with zeros. Packed weights:
 *
 *	w[group][panel][kh][kw][cig][nv * EDGERT_VF_LANES]
 *
 * In NHWC the kw * cig inputs under a row of the window are one contiguous run (without dilation,
 * when pixels are not padded). Pixels whose window leaves the image sideways are done in a second
 * pass, column by column: there all pixels but the topmost and lowest have the same window, so
 * tiles run downwards. A window that leaves it at top or bottom only has fewer rows. So neither
 * mode of x_halo needs a test inside or a padded copy.
 *
 * p->block rows of y are finished by all panels before the next rows: 1 streams the weights past
 * each row, oh streams the image past each panel. A pointwise convolution over pixels that are
 * evenly apart has one row of n * oh * ow pixels, and blocks of p->block tiles. */
#include "../isa/tile.h"

EDGERT_INLINE edgert_int edgert_conv2d_min(edgert_int a, edgert_int b)
{
	return a < b ? a : b;
}

EDGERT_INLINE edgert_int edgert_conv2d_max(edgert_int a, edgert_int b)
{
	return a > b ? a : b;
}

/* First output position whose window starts inside: smallest o >= 0 with o * stride >= pad. */
EDGERT_INLINE edgert_int edgert_conv2d_first(edgert_int pad, edgert_int stride, edgert_int out)
{
	return pad > 0 ? edgert_conv2d_min((pad + stride - 1) / stride, out) : 0;
}

/* One after the last whose window ends inside, not below first; reach = (k - 1) * dilation. */
EDGERT_INLINE edgert_int edgert_conv2d_last(edgert_int in, edgert_int pad, edgert_int reach,
					    edgert_int stride, edgert_int out, edgert_int first)
{
	const edgert_int room = in - 1 - reach + pad;
	const edgert_int last = room < 0 ? 0 : edgert_conv2d_min(room / stride + 1, out);

	return edgert_conv2d_max(last, first);
}

/* The taps t0 <= t < t1 of a window starting at s that lie in [0, in). */
EDGERT_INLINE void edgert_conv2d_clip(edgert_int s, edgert_int in, edgert_int k,
				      edgert_int dilation, edgert_int *t0, edgert_int *t1)
{
	*t0 = s < 0 ? edgert_conv2d_min((-s + dilation - 1) / dilation, k) : 0;
	*t1 = s >= in ? 0 : edgert_conv2d_min((in - 1 - s) / dilation + 1, k);
	*t1 = edgert_conv2d_max(*t0, *t1);
}

/* cols taps of every row of the window, from one tap on. */
EDGERT_INLINE struct edgert_taps edgert_conv2d_taps(const struct edgert_conv2d *p, edgert_int rows,
						    edgert_int cols)
{
	const edgert_int cig = p->ci / p->groups;
	const edgert_int step = p->nv * EDGERT_VF_LANES;
	const int run = p->dw == 1 && p->x_pixel == cig;
	const struct edgert_taps k = {
		.rows = rows,
		.x_row = p->dh * p->x_row,
		.w_row = p->kw * cig * step,
		.cols = run ? 1 : cols,
		.x_col = p->dw * p->x_pixel,
		.w_col = cig * step,
		.run = run ? cols * cig : cig,
		.w_step = step,
	};
	return k;
}

/* One group of one image, seen as `rows` rows of which the columns [left, right) have windows that
 * are inside sideways. */
struct edgert_conv2d_part {
	const float *x; /* the group's first channel of pixel (0,0) */
	const float *w;
	edgert_int i, c; /* the group's first channel: offset in y of its pixel (0,0), number */
	edgert_int panels, panel; /* how many; weights in each */
	edgert_int rows, left, right;
	int flat;
};

/* Columns [from, to) of row oh by one panel; the tile of the rest where to is the end of the row.
 */
EDGERT_INLINE void edgert_conv2d_row(const struct edgert_conv2d *p, const struct edgert_sink *s,
				     const struct edgert_conv2d_part *g, const float *w,
				     edgert_int i, edgert_int c, edgert_int oh, edgert_int from,
				     edgert_int to)
{
	const edgert_int rest = (g->right - g->left) % p->mr;
	const edgert_int h = oh * p->sh - p->pt;
	const float *x = g->x + h * p->x_row - p->pl * p->x_pixel;
	edgert_int q0 = 0, q1 = p->kh, ow = from;
	struct edgert_taps k;

	if (!p->x_halo && !g->flat)
		edgert_conv2d_clip(h, p->ih, p->kh, p->dh, &q0, &q1);
	k = edgert_conv2d_taps(p, q1 - q0, p->kw);
	x += q0 * k.x_row;
	w += q0 * k.w_row;
	i += oh * p->y_row;
	for (; ow + p->mr <= to; ow += p->mr)
		edgert_tile(p->mr, p->nv, &k, s, x + ow * p->sw * p->x_pixel, p->sw * p->x_pixel, w,
			    i + ow * p->y_pixel, c);
	if (rest && to == g->right)
		edgert_tile(rest, p->nv, &k, s, x + (to - rest) * p->sw * p->x_pixel,
			    p->sw * p->x_pixel, w, i + (to - rest) * p->y_pixel, c);
}

/* Column ow, downwards, by one panel. Rows [top, bottom) have all rows of the window inside. */
EDGERT_INLINE void edgert_conv2d_column(const struct edgert_conv2d *p,
					const struct edgert_sink *sink,
					const struct edgert_conv2d_part *g, const float *w,
					edgert_int i, edgert_int c, edgert_int ow)
{
	const edgert_int top = edgert_conv2d_first(p->pt, p->sh, p->oh);
	const edgert_int bottom =
		edgert_conv2d_last(p->ih, p->pt, (p->kh - 1) * p->dh, p->sh, p->oh, top);
	const edgert_int at = ow * p->sw - p->pl;
	struct edgert_sink s = *sink;
	edgert_int t0, t1, oh = 0;
	const float *x;

	edgert_conv2d_clip(at, p->iw, p->kw, p->dw, &t0, &t1);
	x = g->x + (at + t0 * p->dw) * p->x_pixel;
	i += ow * p->y_pixel;
	s.pixel = p->y_row;
	while (oh < p->oh) {
		const edgert_int h = oh * p->sh - p->pt;
		struct edgert_taps k;
		edgert_int q0, q1;

		if (oh >= top && oh + p->mr <= bottom) {
			k = edgert_conv2d_taps(p, p->kh, t1 - t0);
			edgert_tile(p->mr, p->nv, &k, &s, x + h * p->x_row, p->sh * p->x_row,
				    w + t0 * k.w_col, i + oh * p->y_row, c);
			oh += p->mr;
			continue;
		}
		edgert_conv2d_clip(h, p->ih, p->kh, p->dh, &q0, &q1);
		k = edgert_conv2d_taps(p, q1 - q0, t1 - t0);
		edgert_tile(1, p->nv, &k, &s, x + h * p->x_row + q0 * k.x_row, 0,
			    w + q0 * k.w_row + t0 * k.w_col, i + oh * p->y_row, c);
		oh++;
	}
}

EDGERT_INLINE void edgert_conv2d_group(const struct edgert_conv2d *p, const struct edgert_sink *s,
				       const struct edgert_conv2d_part *g)
{
	const edgert_int width = p->nv * EDGERT_VF_LANES;
	const edgert_int step = g->flat ? p->block * p->mr : p->block;
	const edgert_int end = g->flat ? g->right : g->rows;

	for (edgert_int u = 0; u < end; u += step)
		for (edgert_int n = 0; n < g->panels; n++) {
			const edgert_int v = edgert_conv2d_min(u + step, end);
			const edgert_int r1 = g->flat ? 1 : v;

			for (edgert_int r = g->flat ? 0 : u; r < r1; r++)
				edgert_conv2d_row(p, s, g, g->w + n * g->panel, g->i + n * width,
						  g->c + n * width, r, g->flat ? u : g->left,
						  g->flat ? v : g->right);
		}
	if (g->flat || p->x_halo)
		return;
	for (edgert_int n = 0; n < g->panels; n++)
		for (edgert_int ow = 0; ow < p->ow; ow++)
			if (ow < g->left || ow >= g->right)
				edgert_conv2d_column(p, s, g, g->w + n * g->panel, g->i + n * width,
						     g->c + n * width, ow);
}

EDGERT_KERNEL void edgert_conv2d_f32__vec(const struct edgert_conv2d *p, const float *x,
					  const float *w, const float *b, float *y, void *scratch,
					  edgert_tail_f32 tail, edgert_tail_vf vtail,
					  const void *const *operands)
{
	const edgert_int cig = p->ci / p->groups, cog = p->co / p->groups;
	const edgert_int width = p->nv * EDGERT_VF_LANES;
	const edgert_int panels = (cog + width - 1) / width, panel = p->kh * p->kw * cig * width;
	const int even =
		p->n == 1 || (p->x_image == p->oh * p->x_row && p->y_image == p->oh * p->y_row);
	const int flat = p->kh == 1 && p->kw == 1 && p->sh == 1 && p->sw == 1 && p->pt == 0 &&
			 p->pl == 0 && p->groups == 1 && p->ih == p->oh && p->iw == p->ow &&
			 (p->oh == 1 ||
			  (p->x_row == p->iw * p->x_pixel && p->y_row == p->ow * p->y_pixel)) &&
			 even;
	const edgert_int left = p->x_halo || flat ? 0 : edgert_conv2d_first(p->pl, p->sw, p->ow);
	const edgert_int right = flat        ? p->n * p->oh * p->ow
				 : p->x_halo ? p->ow
					     : edgert_conv2d_last(p->iw, p->pl, (p->kw - 1) * p->dw,
								  p->sw, p->ow, left);

	(void)scratch;
	for (edgert_int n = 0; n < (flat ? 1 : p->n); n++)
		for (edgert_int g = 0; g < p->groups; g++) {
			const struct edgert_sink s = {
				.y = y,
				.pixel = p->y_pixel,
				.channels = (g + 1) * cog,
				.exact = cog % width == 0,
				.whole = cog % EDGERT_VF_LANES == 0,
				.b = b,
				.tail = tail,
				.vtail = vtail,
				.operands = operands,
			};
			const struct edgert_conv2d_part part = {
				.x = x + n * p->x_image + g * cig,
				.w = w + g * panels * panel,
				.i = n * p->y_image + g * cog,
				.c = g * cog,
				.panels = panels,
				.panel = panel,
				.rows = p->oh,
				.left = left,
				.right = right,
				.flat = flat,
			};
			edgert_conv2d_group(p, &s, &part);
		}
}
