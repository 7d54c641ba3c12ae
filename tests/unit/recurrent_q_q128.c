/* Recurrences of integers of the set q128. */
#define EDGERT_KERNEL static
#include "runtime/kernels/q128/gru_q.c"
#include "runtime/kernels/q128/lstm_q.c"
#include "runtime/kernels/q128/rnn_q.c"

#define RQ_SET q128
#define RQ_MANY 1
#define RQ_RUN 8
#define RQ_PAIRS false
#define RQ_BUILD rq_q128
#include "recurrent_q.h"
