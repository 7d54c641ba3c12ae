/* lstm_q.c - LSTM of integers for AVX2: params.h, "recurrence_q". */
#include "../isa/lstm_q.h"
#include "cells.h"
#include "rows.h"

EDGERT_LSTM_Q_ALL(x86, edgert_x86_rows, 1, 16, edgert_x86_rq_scale, edgert_x86_rq_curve,
		  edgert_x86_rq_mix)
