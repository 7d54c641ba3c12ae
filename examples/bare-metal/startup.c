/* From reset to main on a Cortex-M4: vectors, FPU, .data and .bss; print and exit through semihosting. */
#include <stddef.h>
#include <stdint.h>

extern uint32_t __data_start[], __data_end[], __data_load[], __bss_start[], __bss_end[];
extern uint32_t __stack_top[];
int main(void);
void board_print(const char *text);
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);

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

static void leave(int status)
{
	const uint32_t block[2] = { 0x20026, (uint32_t)status }; /* ADP_Stopped_ApplicationExit */

	for (;;)
		semihost(0x20, block); /* SYS_EXIT_EXTENDED */
}

static void fault(void)
{
	leave(99);
}

static void reset(void)
{
	*(volatile uint32_t *)0xE000ED88 |= 0xFu << 20; /* CPACR: the FPU on, before it is used */
	__asm__ volatile("dsb\n isb" ::: "memory");
	memcpy(__data_start, __data_load, (size_t)(__data_end - __data_start) * 4);
	memset(__bss_start, 0, (size_t)(__bss_end - __bss_start) * 4);
	leave(main());
}

/* Stack, reset, NMI and the four faults; interrupts would follow. */
typedef void handler(void);
__attribute__((section(".vectors"), used)) handler *const vectors[7] = {
	(handler *)(uintptr_t)__stack_top, reset, fault, fault, fault, fault, fault
};

/* All that a model wants of a C library. -fno-tree-loop-distribute-patterns keeps gcc from making calls
 * of themselves out of these loops. */
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
