/* window.h - which taps of a window lie inside the image. */
#ifndef EDGERT_REF_WINDOW_H
#define EDGERT_REF_WINDOW_H

#include "../params.h"

/* Taps t0 <= t < t1 of k, `step` apart from coordinate `start`, that lie in [0, end). */
struct edgert_ref_taps {
	edgert_int t0, t1;
};

EDGERT_INLINE struct edgert_ref_taps edgert_ref_clip(edgert_int start, edgert_int step,
						     edgert_int k, edgert_int end)
{
	struct edgert_ref_taps t = { 0, k };

	if (start < 0)
		t.t0 = step == 1 ? -start : (step - 1 - start) / step;
	if (start + (k - 1) * step >= end)
		t.t1 = start >= end ? 0 : step == 1 ? end - start : (end - 1 - start) / step + 1;
	if (t.t1 < t.t0)
		t.t1 = t.t0;
	return t;
}

#endif
