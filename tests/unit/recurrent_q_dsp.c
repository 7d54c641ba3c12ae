/* Recurrences of integers of the set dsp. */
#define EDGERT_KERNEL static
#include "runtime/kernels/dsp/gru_q.c"
#include "runtime/kernels/dsp/lstm_q.c"
#include "runtime/kernels/dsp/rnn_q.c"

#define RQ_SET dsp
#define RQ_MANY 4
#define RQ_RUN 4
#define RQ_PAIRS true
#define RQ_BUILD rq_dsp
#include "recurrent_q.h"
