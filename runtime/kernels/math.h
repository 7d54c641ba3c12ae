/* math.h - the numeric functions of kernels and emitted code, all in one. Include it by its path: a
 * folder of this name on the include path would hide the C library's. */
#ifndef EDGERT_MATH_H
#define EDGERT_MATH_H

#include "exact.h"
#include "math_exp.h"
#include "math_pow.h"
#include "math_trig.h"
#include "math_f64.h"
#include "math_trig_f64.h"

#endif
