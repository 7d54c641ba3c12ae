/* Recurrences of integers of the set x86. */
#define EDGERT_KERNEL static
#include "runtime/kernels/x86/gru_q.c"
#include "runtime/kernels/x86/lstm_q.c"
#include "runtime/kernels/x86/rnn_q.c"

#define RQ_SET x86
#define RQ_MANY 1
#define RQ_RUN 16
#define RQ_PAIRS false
#define RQ_BUILD rq_x86
#include "recurrent_q.h"
