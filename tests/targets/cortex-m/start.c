/* Any Cortex-M machine of QEMU: vectors, FPU, .data and .bss; print and exit through
 * semihosting. */
#include "../platform.h"

extern uint32_t __stack_top[], __stack_low[];
extern uint32_t __data_start[], __data_end[], __data_load[], __bss_start[], __bss_end[];
int main(void);
void reset(void);

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define CCR REGISTER(0xE000ED14)   /* configuration and control; bit 3: unaligned accesses fault */
#define CPACR REGISTER(0xE000ED88) /* coprocessor access; bits 20-23: the FPU */

enum {
	SYS_WRITE0 = 0x04,
	SYS_EXIT_EXTENDED = 0x20,
	STOPPED_APPLICATION_EXIT = 0x20026,
	FAULT = 99
};

/* The semihosting trap: operation in r0, argument in r1. */
static void semihost(uint32_t operation, const void *argument)
{
	register uint32_t r0 __asm__("r0") = operation;
	register const void *r1 __asm__("r1") = argument;

	__asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void platform_write(const char *text)
{
	semihost(SYS_WRITE0, text);
}

void platform_exit(int status)
{
	const uint32_t block[2] = { STOPPED_APPLICATION_EXIT, (uint32_t)status };

	for (;;)
		semihost(SYS_EXIT_EXTENDED, block);
}

uintptr_t platform_stack_low(void)
{
	return (uintptr_t)__stack_low;
}

void platform_mark(int begin)
{
	(void)begin;
}

/* A fault of any kind ends the run, or the test would hang. */
static void fault(void)
{
	platform_exit(FAULT);
}

void reset(void)
{
	const uint32_t *load = __data_load;

#if defined(__ARM_FP)
	CPACR |= 0xFu << 20;
	__asm__ volatile("dsb\n isb" ::: "memory");
#endif
#if defined(__ARM_ARCH_6M__)
	CCR |= 1u << 3;
#endif
	for (uint32_t *p = __data_start; p < __data_end; p++)
		*p = *load++;
	for (uint32_t *p = __bss_start; p < __bss_end; p++)
		*p = 0;
	platform_exit(main());
}

typedef void handler(void);

__attribute__((section(".vectors"), used)) static handler *const vectors[16] = {
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
