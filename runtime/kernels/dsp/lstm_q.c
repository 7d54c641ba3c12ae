/* lstm_q.c - LSTM of integers for Arm's DSP instructions: params.h, "recurrence_q". */
#include "../isa/lstm_q.h"
#include "rows.h"

EDGERT_LSTM_Q_ALL(dsp, edgert_dsp_rows, 4, 4, edgert_rq_scale_each, edgert_rq_curve_each,
		  edgert_rq_mix_each)
