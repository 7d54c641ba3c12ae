/* rnn_q.c - RNN of integers for vectors of 128 bits: params.h, "recurrence_q". */
#include "../isa/rnn_q.h"
#include "cells.h"
#include "rows.h"

EDGERT_RNN_Q_ALL(q128, edgert_q128_rows, 1, 8, edgert_q128_rq_scale, edgert_q128_rq_curve,
		 edgert_q128_rq_mix)
