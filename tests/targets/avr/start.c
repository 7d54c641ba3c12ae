/* An ATmega under runner.c, which watches three plain I/O registers: GPIOR0 takes characters,
 * GPIOR1 the exit status, GPIOR2 marks the region to count. Startup is avr-libc's. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#include "../platform.h"

extern uint8_t __heap_start; /* what follows .bss */
int main(void);

void platform_write(const char *text)
{
	for (; *text != 0; text++)
		GPIOR0 = (uint8_t)*text;
}

void platform_exit(int status)
{
	GPIOR1 = (uint8_t)status;
	cli();
	for (;;) {
		sleep_enable();
		sleep_cpu();
	}
}

uintptr_t platform_stack_low(void)
{
	return (uintptr_t)&__heap_start;
}

void platform_mark(int begin)
{
	GPIOR2 = (uint8_t)begin;
}

/* crt calls main and then exit(); this one runs in its place, just before. */
__attribute__((naked, used, section(".init8"))) static void leave(void)
{
	__asm__ volatile("call main\n call platform_exit\n");
}
