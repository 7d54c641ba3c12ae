/* From reset to main on a Cortex-M4: vectors, FPU, .data and .bss; print and exit. */
#include "board.h"

extern uint32_t __data_start[], __data_end[], __data_load[], __bss_start[], __bss_end[];
extern uint32_t __stack_top[];
int main(void);

/* The debugger's or emulator's ear: operation in r0, argument in r1. */
static void semihost(uint32_t operation, const void *argument)
{
	register uint32_t r0 __asm__("r0") = operation;
	register const void *r1 __asm__("r1") = argument;

	__asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void board_print(const char *text)
{
	semihost(0x04, text); /* SYS_WRITE0 */
}

void board_exit(int status)
{
	const uint32_t block[2] = { 0x20026, (uint32_t)status }; /* ADP_Stopped_ApplicationExit */

	for (;;)
		semihost(0x20, block); /* SYS_EXIT_EXTENDED */
}

static void fault(void)
{
	board_exit(99);
}

static void reset(void)
{
	const uint32_t *load = __data_load;

	*(volatile uint32_t *)0xE000ED88 |= 0xFu << 20; /* CPACR: the FPU on, before it is used */
	__asm__ volatile("dsb\n isb" ::: "memory");
	for (uint32_t *p = __data_start; p < __data_end; p++)
		*p = *load++;
	for (uint32_t *p = __bss_start; p < __bss_end; p++)
		*p = 0;
	board_exit(main());
}

typedef void handler(void);

__attribute__((section(".vectors"), used)) handler *const vectors[16] = {
	(handler *)(uintptr_t)__stack_top,
	reset,
	fault,
	fault,
	fault,
	fault,
	fault,
	fault,
	fault,
	fault,
	fault,
	fault,
	fault,
	fault,
	fault,
	fault,
};

/* gcc may call these two without being asked, even from here: hence the option in the Makefile. */
void *memcpy(void *to, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((char *)to)[i] = ((const char *)from)[i];
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((char *)to)[i] = (char)byte;
	return to;
}
