/* lstm_q.c - LSTM of integers for Helium: params.h, "recurrence_q". */
#include "../isa/lstm_q.h"
#include "cells.h"
#include "rows.h"

EDGERT_LSTM_Q_ALL(mve, edgert_mve_rows, 1, 1, edgert_mve_rq_scale, edgert_mve_rq_curve,
		  edgert_rq_mix_each)
