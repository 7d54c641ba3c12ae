/* rnn_q.c - RNN of integers for Helium: params.h, "recurrence_q". */
#include "../isa/rnn_q.h"
#include "rows.h"

EDGERT_RNN_Q_ALL(mve, edgert_mve_rows, 1, 1, edgert_rq_scale_each, edgert_rq_curve_each,
		 edgert_rq_mix_each)
