/* rnn_q.c - RNN of integers for RISC-V's vectors: params.h, "recurrence_q". */
#include "../isa/rnn_q.h"
#include "cells.h"
#include "rows.h"

EDGERT_RNN_Q_ALL(rvv, edgert_rvv_rows, 1, 1, edgert_rvv_rq_scale, edgert_rvv_rq_curve,
		 edgert_rq_mix_each)
