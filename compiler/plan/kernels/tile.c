/* The cost of register tiles: cycles per step of k are the largest of the multiply-adds, the loads
 * (two a cycle), the latency of a multiply-add over the phases that the tile keeps in flight, and
 * the stream of weights, which comes from L2 unless what lies between two uses of a weight fits L1.
 * Within 10 % of what was measured on Zen 3 for the layers of bench/kernels. */
#include "vec.h"

struct vec_machine vec_machine(int lanes, int registers)
{
	struct vec_machine m = {
		.lanes = lanes,
		.registers = registers,
		.fma = 0.5,
		.l1 = 32 * 1024,
		.l2 = 512 * 1024,
	};
	return m;
}

bool vec_tile_exists(const struct vec_machine *m, int64_t mr, int64_t nv)
{
	if (m->registers == 8)
		return mr >= 1 && nv >= 1 && mr * nv + nv <= 8;
	if (mr == 1)
		return nv >= 1 && nv <= 8;
	if (mr < 1 || mr > (m->registers == 32 ? 14 : 12) || nv < 1 || nv > 4)
		return false;
	return mr * nv + nv + 1 <= m->registers && mr * nv <= 28;
}

static double largest(double a, double b)
{
	return a > b ? a : b;
}

double vec_tile_cost(const struct vec_machine *m, int64_t mr, int64_t nv, int64_t k, int64_t runs,
		     int64_t w)
{
	const double n = (double)(mr * nv), latency = 4.3, l2_rate = 22;
	const double phases = n <= 2 ? 4 : n <= 4 ? 2 : 1;
	const double stream = w > m->l1 * 3 / 4 ? (double)(nv * m->lanes * 4) / l2_rate : 0;
	const double step = largest(largest(n * m->fma, (double)(mr + nv) * 0.54),
				    largest(latency / phases, stream));

	return step * (double)k + 3 * (double)runs + 2 * n + 10;
}

double vec_stream_cost(const struct vec_machine *m, int64_t w)
{
	/* Bytes a cycle: 5 to 8 on servers, whose caches are far away; half of it beyond the 2000 pages
	 * or so whose addresses a core remembers. */
	const double l3_rate = 6, paged_rate = 3;
	const int64_t remembered = w < 8 << 20 ? w : 8 << 20;

	return w > m->l2 ? (double)remembered / l3_rate + (double)(w - remembered) / paged_rate : 0;
}

double vec_strip_cost(const struct vec_machine *m, int64_t mr, int64_t nv, int64_t count, int64_t k,
		      int64_t runs, int64_t w)
{
	const int64_t rest = count % mr;

	return (double)(count / mr) * vec_tile_cost(m, mr, nv, k, runs, w) +
	       (rest ? vec_tile_cost(m, rest, nv, k, runs, w) : 0);
}
