/* Recurrences of integers of the set rvv. */
#define EDGERT_KERNEL static
#include "runtime/kernels/rvv/gru_q.c"
#include "runtime/kernels/rvv/lstm_q.c"
#include "runtime/kernels/rvv/rnn_q.c"

#define RQ_SET rvv
#define RQ_MANY 1
#define RQ_RUN 1
#define RQ_PAIRS false
#define RQ_BUILD rq_rvv
#include "recurrent_q.h"
