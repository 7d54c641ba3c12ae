/* Recurrences of integers of the set mve. */
#define EDGERT_KERNEL static
#include "runtime/kernels/mve/gru_q.c"
#include "runtime/kernels/mve/lstm_q.c"
#include "runtime/kernels/mve/rnn_q.c"

#define RQ_SET mve
#define RQ_MANY 1
#define RQ_RUN 1
#define RQ_PAIRS false
#define RQ_BUILD rq_mve
#include "recurrent_q.h"
