/* Times the layers that `print` printed (layers.inc, rows.inc), against the multiply-add peak of
 * this core. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "layers.inc"

static const struct row {
	const char *model, *what;
	int times;
	double macs, cost;
	long x, w, c, y, scratch;
	void (*run)(const float *x, const float *w, const float *b, float *y, void *s);
} rows[] = {
#include "rows.inc"
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Multiply-adds per second: 12 chains, so that neither latency nor memory counts. */
static double peak(void)
{
	double best = 0;

	for (int round = 0; round < 12; round++) {
		const int n = 200000;
		edgert_vf a[12];
		double t;
		float sum = 0;

		EDGERT_UNROLL
		for (int i = 0; i < 12; i++)
			a[i] = edgert_vf_all((float)i);
		t = now();
		for (int k = 0; k < n; k++) {
			EDGERT_UNROLL
			for (int i = 0; i < 12; i++)
				a[i] = edgert_vf_fma(a[i], edgert_vf_all(0.5f),
						     edgert_vf_all(1.0f));
			__asm__ volatile("");
		}
		t = now() - t;
		EDGERT_UNROLL
		for (int i = 0; i < 12; i++)
			sum += edgert_vf_sum(a[i]);
		if (sum == 12345.0f)
			puts("");
		t = 12.0 * n * EDGERT_VF_LANES / t;
		best = t > best ? t : best;
	}
	return best;
}

static float *floats(long n)
{
	float *p = aligned_alloc(64, ((size_t)n * 4 + 127) / 64 * 64);

	for (long i = 0; i < n; i++)
		p[i] = (float)(i % 13 - 6) * 0.01f;
	return p;
}

int main(int argc, char **argv)
{
	const double budget = argc > 1 ? atof(argv[1]) : 0.05;
	double top = peak();
	double total = 0, ideal = 0;

	printf("peak %.1f GFLOP/s\n", 2e-9 * top);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		float *x = floats(r->x), *w = floats(r->w), *b = floats(r->c), *y = floats(r->y);
		void *s = floats(r->scratch / 4 + 16);
		double best = 1e9, start = now(), again;

		do {
			const int n = r->macs < 1e6 ? 20 : 1;
			double t = now();

			for (int k = 0; k < n; k++)
				r->run(x, w, b, y, s);
			t = (now() - t) / n;
			best = t < best ? t : best;
		} while (now() - start < budget);
		again = peak();
		top = again > top ? again : top;
		printf("%-20s %-36s %9.1f us x%d %6.1f GFLOP/s %5.1f %% of peak, "
		       "estimate %4.2f of time\n",
		       r->model, r->what, best * 1e6, r->times, 2e-9 * r->macs / best,
		       100 * r->macs / best / top, r->cost / (top / EDGERT_VF_LANES / 2) / best);
		total += r->times * best;
		ideal += r->times * r->macs / top;
		free(x);
		free(w);
		free(b);
		free(y);
		free(s);
	}
	printf("total %.1f us, %.1f %% of peak (%.1f GFLOP/s)\n", total * 1e6, 100 * ideal / total,
	       2e-9 * top);
	return 0;
}
