/* QEMU's AArch64 `virt` machine without an operating system: PL011 for output, semihosting for the
 * exit status. RAM is zero at the start and .data is where it belongs. The MMU is off: memory is
 * device memory to the architecture, which QEMU lets access unaligned all the same. */
#include "../platform.h"

extern uint8_t __stack_low[];
int main(void);
void start(void);
void trap(void);

#define UART (*(volatile uint32_t *)0x09000000)

enum { SYS_EXIT = 0x18, STOPPED_APPLICATION_EXIT = 0x20026, FAULT = 99 };

void platform_write(const char *text)
{
	for (; *text != 0; text++)
		UART = (uint8_t)*text;
}

void platform_exit(int status)
{
	const uint64_t block[2] = { STOPPED_APPLICATION_EXIT, (uint32_t)status };
	register uint64_t x0 __asm__("x0") = SYS_EXIT;
	register const void *x1 __asm__("x1") = block;

	for (;;)
		__asm__ volatile("hlt #0xF000" : "+r"(x0) : "r"(x1) : "memory");
}

uintptr_t platform_stack_low(void)
{
	return (uintptr_t)__stack_low;
}

void platform_mark(int begin)
{
	(void)begin;
}

void trap(void)
{
	platform_exit(FAULT);
}

void start(void)
{
	platform_exit(main());
}

/* All vectors go to trap: 16 of 128 bytes each. */
__asm__(".section .text.entry,\"ax\"\n"
	".global entry\n"
	"entry:\n"
	"	mov x0, #(3 << 20)\n" /* CPACR: floats and vectors on */
	"	msr cpacr_el1, x0\n"
	"	adr x0, vectors\n"
	"	msr vbar_el1, x0\n"
	"	isb\n"
	"	ldr x0, =__stack_top\n"
	"	mov sp, x0\n"
	"	b start\n"
	"	.ltorg\n"
	"	.balign 2048\n"
	"vectors:\n"
	"	.rept 16\n"
	"	b trap\n"
	"	.balign 128\n"
	"	.endr\n"
	"	.text\n");
