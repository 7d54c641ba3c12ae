/* Prints C that runs each layer of layers.def with the kernels specialised, as emitted code would
 * have it. usage: print [lanes [model [mr nv block]]]: for one model; in a forced tile */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/plan/kernels/vec.h"

static const char *only;
static int force[3], number;
static int halo; /* from the environment: HALO=1 gives x the pads in memory */
static struct vec_machine machine;

static void print_function(const char *kernel, long origin)
{
	printf("static __attribute__((noinline)) void f%d(const float *x, const float *w, "
	       "const float *b, float *y, void *s) "
	       "{ %s(&P%d, x + %ld, w, b, y, s, relu1, relu, NULL); }\n",
	       number, kernel, number, origin);
}

static void print_conv(const struct edgert_conv2d *p, const char *kernel, long origin)
{
	printf("static const struct edgert_conv2d P%d = {%td,%td,%td,%td,%td,%td,%td,%td,%td,"
	       "%td,%td,%td,%td,%td,%td,%td,"
	       "%td,%td,%td,%td,%td,%td,%td,%td,%td,%td};\n",
	       number, p->n, p->ih, p->iw, p->ci, p->oh, p->ow, p->co, p->kh, p->kw, p->sh, p->sw,
	       p->dh, p->dw, p->pt, p->pl, p->groups, p->x_image, p->x_row, p->x_pixel, p->y_image,
	       p->y_row, p->y_pixel, p->x_halo, p->mr, p->nv, p->block);
	print_function(kernel, origin);
}

static void row(const char *model, int times, const char *what, double macs, double cost, long x,
		long w, long c, long y, long scratch)
{
	fprintf(stderr, "{ \"%s\", \"%s\", %d, %.0f, %.0f, %ld, %ld, %ld, %ld, %ld, f%d },\n",
		model, what, times, macs, cost, x, w, c, y, scratch, number++);
}

/* A kernel of the interface conv2d. */
static const struct conv_kernel {
	const char *function, *mark;
	bool (*accept)(const struct edgert_conv2d *p);
	double (*tile)(struct edgert_conv2d *p, const struct vec_machine *m);
	double (*cost)(const struct edgert_conv2d *p, const struct vec_machine *m);
	int64_t (*weights)(const struct edgert_conv2d *p, const struct vec_machine *m);
	int64_t (*scratch)(const struct edgert_conv2d *p, const struct vec_machine *m);
} dense = { "edgert_conv2d_f32__vec",
	    "",
	    conv2d_f32_vec_accept,
	    conv2d_f32_vec_tile,
	    conv2d_f32_vec_cost,
	    conv2d_f32_vec_weights,
	    NULL },
  pointwise = { "edgert_conv2d_f32__pointwise",
		"",
		pointwise_f32_vec_accept,
		conv2d_f32_vec_tile,
		conv2d_f32_vec_cost,
		conv2d_f32_vec_weights,
		NULL },
  depthwise = { "edgert_dwconv2d_f32__vec",
		"",
		dwconv2d_f32_vec_accept,
		dwconv2d_f32_vec_tile,
		dwconv2d_f32_vec_cost,
		dwconv2d_f32_vec_weights,
		NULL },
  windows = { "edgert_conv2d_f32__windows", " windows",           windows_f32_vec_accept,
	      windows_f32_vec_tile,         windows_f32_vec_cost, conv2d_f32_vec_weights,
	      windows_f32_vec_scratch },
  winograd = { "edgert_conv2d_f32__winograd", " winograd",           winograd_f32_vec_accept,
	       winograd_f32_vec_tile,         winograd_f32_vec_cost, winograd_f32_vec_weights,
	       winograd_f32_vec_scratch };

static void conv_by(const char *model, int times, const struct conv_kernel *k,
		    struct edgert_conv2d p, long origin, double macs)
{
	char what[80];
	double cost = k->tile(&p, &machine);

	if (force[0]) {
		p.mr = force[0];
		p.nv = force[1];
		p.block = force[2];
		cost = k->cost(&p, &machine);
	}
	print_conv(&p, k->function, origin);
	snprintf(what, sizeof what, "%tdx%td s%td %td->%td @%tdx%td %tdx%td/%td%s", p.kh, p.kw,
		 p.sh, p.ci, p.co, p.oh, p.ow, p.mr, p.nv, p.block, k->mark);
	row(model, times, what, macs, cost, p.x_image, (long)k->weights(&p, &machine), p.co,
	    p.y_image, k->scratch ? (long)k->scratch(&p, &machine) : 0);
}

static void conv(const char *model, int times, int ih, int iw, int ci, int co, int kh, int kw,
		 int s, int pt, int pl, int pb, int pr, int groups)
{
	const int oh = (ih + pt + pb - kh) / s + 1, ow = (iw + pl + pr - kw) / s + 1;
	const long rows = ih + (halo ? pt + pb : 0), cols = iw + (halo ? pl + pr : 0);
	struct edgert_conv2d p = {
		.n = 1,
		.ih = ih,
		.iw = iw,
		.ci = ci,
		.oh = oh,
		.ow = ow,
		.co = co,
		.kh = kh,
		.kw = kw,
		.sh = s,
		.sw = s,
		.dh = 1,
		.dw = 1,
		.pt = pt,
		.pl = pl,
		.groups = groups,
		.x_halo = halo,
		.x_image = rows * cols * ci,
		.x_row = cols * ci,
		.x_pixel = ci,
		.y_image = oh * ow * co,
		.y_row = ow * co,
		.y_pixel = co,
	};
	const long origin = halo ? pt * cols * ci + pl * ci : 0;
	const double macs = (double)oh * ow * co * kh * kw * (ci / groups);
	const bool dw = dwconv2d_f32_vec_accept(&p);

	if (only && strcmp(only, model) != 0)
		return;
	conv_by(model, times,
		dw                     ? &depthwise
		: pointwise.accept(&p) ? &pointwise
				       : &dense,
		p, origin, macs);
	/* For comparison, not in the total. */
	if (windows.accept(&p))
		conv_by(model, 0, &windows, p, origin, macs);
	if (winograd.accept(&p))
		conv_by(model, 0, &winograd, p, origin, macs);
}

static void gemm(const char *model, int times, int m, int n, int k, int batch, bool constant)
{
	struct edgert_gemm p = {
		.batch = batch,
		.m = m,
		.n = n,
		.k = k,
		.a_batch = m * k,
		.a_row = k,
		.a_col = 1,
		.w_batch = constant ? 0 : k * n,
		.w_row = constant ? n : 1,
		.w_col = constant ? 1 : k,
		.y_batch = m * n,
		.y_row = n,
	};
	double cost;
	char what[80];

	if (only && strcmp(only, model) != 0)
		return;
	cost = constant ? gemm_f32_vec_tile(&p, &machine) : matmul_f32_vec_tile(&p, &machine);
	if (force[0]) {
		p.mr = force[0];
		p.nv = force[1];
		p.block = force[2];
		cost = constant ? gemm_f32_vec_cost(&p, &machine)
				: matmul_f32_vec_cost(&p, &machine);
	}
	printf("static const struct edgert_gemm P%d = {%td,%td,%td,%td,%td,%td,%td,%td,%td,"
	       "%td,%td,%td,"
	       "%td,%td,%td,%td};\n",
	       number, p.batch, p.m, p.n, p.k, p.a_batch, p.a_row, p.a_col, p.w_batch, p.w_row,
	       p.w_col, p.y_batch, p.y_row, p.mr, p.nv, p.block, p.direct);
	print_function(constant ? "edgert_gemm_f32__vec" : "edgert_matmul_f32__vec", 0);
	snprintf(what, sizeof what, "%s %dx[%d,%d]x[%d,%d] %dx%d/%d", constant ? "gemm" : "matmul",
		 batch, m, k, k, n, (int)p.mr, (int)p.nv, (int)p.block);
	row(model, times, what, (double)batch * m * n * k, cost, (long)batch * m * k,
	    constant ? (long)gemm_f32_vec_weights(&p, &machine) : (long)batch * k * n, n,
	    (long)batch * m * n, constant ? 0 : (long)matmul_f32_vec_scratch(&p, &machine));
}

static void lstm(const char *model, int times, int seq, int batch, int input, int hidden)
{
	struct edgert_recurrence p = {
		.seq = seq,
		.batch = batch,
		.input = input,
		.hidden = hidden,
		.directions = 1,
		.x_step = batch * input,
		.x_row = input,
		.y_step = batch * hidden,
		.y_row = hidden,
		.h_row = hidden,
		.act = { EDGERT_SIGMOID, EDGERT_TANH, EDGERT_TANH },
	};
	double cost;
	char what[80];
	long w, r;

	if (only && strcmp(only, model) != 0)
		return;
	cost = recurrence_f32_vec_tile(&p, 4, false, &machine);
	w = (long)recurrence_f32_vec_w_size(&p, 4, &machine);
	r = (long)recurrence_f32_vec_r_size(&p, 4, &machine);
	printf("static const struct edgert_recurrence P%d = {%td,%td,%td,%td,1,0,%td,%td,%td,0,"
	       "%td,0,%td,"
	       "0,0,0,{0,1,1},{0},{0},%td,%td,%td,%td};\n",
	       number, p.seq, p.batch, p.input, p.hidden, p.x_step, p.x_row, p.y_step, p.y_row,
	       p.h_row, p.mr, p.nv, p.rr, p.rv);
	printf("static __attribute__((noinline)) void f%d(const float *x, const float *w, "
	       "const float *b, float *y, void *s) { edgert_lstm_f32__vec(&P%d, x, w, w + %ld, b, "
	       "NULL, "
	       "NULL, NULL, NULL, y, NULL, NULL, s); }\n",
	       number, number, w);
	snprintf(what, sizeof what, "lstm %d of %d->%d %dx%d %dx%d", seq, input, hidden, (int)p.mr,
		 (int)p.nv, (int)p.rr, (int)p.rv);
	row(model, times, what, 4.0 * seq * batch * hidden * (input + hidden), cost,
	    (long)seq * batch * input, w + r, (long)recurrence_f32_vec_b_size(&p, 4, &machine),
	    (long)seq * batch * hidden, (long)recurrence_f32_vec_scratch(&p, 4, false, &machine));
}

int main(int argc, char **argv)
{
	machine = vec_machine(argc > 1 ? atoi(argv[1]) : 8,
			      argc > 1 && atoi(argv[1]) == 16 ? 32 : 16);
	halo = getenv("HALO") != NULL;
	only = argc > 2 && *argv[2] ? argv[2] : NULL;
	for (int i = 0; i < 3 && argc > 5; i++)
		force[i] = atoi(argv[3 + i]);
	puts("#define EDGERT_KERNEL EDGERT_INLINE\n"
	     "#include \"runtime/kernels/vec/conv2d_f32.c\"\n"
	     "#include \"runtime/kernels/vec/dwconv2d_f32.c\"\n"
	     "#include \"runtime/kernels/vec/gemm_f32.c\"\n"
	     "#include \"runtime/kernels/vec/lstm_f32.c\"\n"
	     "#include \"runtime/kernels/vec/matmul_f32.c\"\n"
	     "#include \"runtime/kernels/vec/pointwise_f32.c\"\n"
	     "#include \"runtime/kernels/vec/windows_f32.c\"\n"
	     "#include \"runtime/kernels/vec/winograd_f32.c\"\n"
	     "EDGERT_INLINE edgert_vf relu(edgert_vf v, const void *const *o, edgert_int i, "
	     "edgert_int c)\n"
	     "{ (void)o; (void)i; (void)c; return edgert_vf_relu(v); }\n"
	     "EDGERT_INLINE float relu1(float v, const void *const *o, edgert_int i, "
	     "edgert_int c)\n"
	     "{ (void)o; (void)i; (void)c; return v < 0 ? 0 : v; }");
#define CONV(model, times, ih, iw, ci, co, k, s, p0, p1)                                           \
	conv(#model, times, ih, iw, ci, co, k, k, s, p0, p0, p1, p1, 1);
#define CONV2(model, times, ih, iw, ci, co, kh, kw, s, pt, pl, pb, pr)                             \
	conv(#model, times, ih, iw, ci, co, kh, kw, s, pt, pl, pb, pr, 1);
#define DEPTHWISE(model, times, ih, iw, c, k, s, p0, p1)                                           \
	conv(#model, times, ih, iw, c, c, k, k, s, p0, p0, p1, p1, c);
#define GEMM(model, times, m, n, k) gemm(#model, times, m, n, k, 1, true);
#define LSTM(model, times, seq, batch, input, hidden)                                              \
	lstm(#model, times, seq, batch, input, hidden);
#define MATMUL(model, times, batch, m, n, k) gemm(#model, times, m, n, k, batch, false);
#include "layers.def"
	return 0;
}
