/* platform.h - what the bench needs of a machine: one start.c per folder supplies it. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stddef.h>
#include <stdint.h>

void platform_write(const char *text);
void platform_exit(int status) __attribute__((noreturn));

/* The lowest address that the stack may grow down to. */
uintptr_t platform_stack_low(void);

/* Tells a simulator that NAME_run begins (1) or has ended (0). QEMU needs no telling: its
 * plugin counts from bench_begin to bench_end. */
void platform_mark(int begin);

#endif
