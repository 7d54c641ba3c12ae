/* Recurrences of integers of the set x86, with instructions where the compiler can be told so in the file. */
#if defined(__x86_64__) && !defined(__clang__)
#pragma GCC target("avx2")
#define RQ_RUNS __builtin_cpu_supports("avx2")
#endif
#define EDGERT_KERNEL static
#include "runtime/kernels/x86/gru_q.c"
#include "runtime/kernels/x86/lstm_q.c"
#include "runtime/kernels/x86/rnn_q.c"

#define RQ_SET x86
#define RQ_MANY 1
#define RQ_RUN 16
#define RQ_PAIRS false
#define RQ_BUILD rq_avx2
#include "recurrent_q.h"
