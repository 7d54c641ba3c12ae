/* Recurrences of integers of the set ref. */
#define EDGERT_KERNEL static
#include "runtime/kernels/ref/gru_q.c"
#include "runtime/kernels/ref/lstm_q.c"
#include "runtime/kernels/ref/rnn_q.c"

#define RQ_SET ref
#define RQ_MANY 1
#define RQ_RUN 1
#define RQ_PAIRS false
#define RQ_BUILD rq_ref
#include "recurrent_q.h"
