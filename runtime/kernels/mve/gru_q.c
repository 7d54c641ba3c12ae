/* gru_q.c - GRU of integers for Helium: params.h, "recurrence_q". */
#include "../isa/gru_q.h"
#include "cells.h"
#include "rows.h"

EDGERT_GRU_Q_ALL(mve, edgert_mve_rows, 1, 1, edgert_mve_rq_scale, edgert_mve_rq_curve,
		 edgert_rq_mix_each)
