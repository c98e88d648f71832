#ifndef LIBRTMP_RS_CALLBACK_H
#define LIBRTMP_RS_CALLBACK_H

#include <stdint.h>

/* A function of the program that takes up to four words, as the registers have them. */
typedef uintptr_t callee_fn(uintptr_t, uintptr_t, uintptr_t, uintptr_t);

/* What `function` returns; 0 when an exception leaves it. */
uintptr_t librtmp_rs_call(callee_fn *function, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d);

#endif
