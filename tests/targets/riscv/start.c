/* QEMU's RISC-V `virt` machines: NS16550 UART for output, the test finisher for the exit
 * status. */
#include "../platform.h"

extern uint32_t __data_start[], __data_end[], __data_load[], __bss_start[], __bss_end[];
extern uint32_t __stack_low[];
int main(void);
void start(void);
void trap(void);

#define UART (*(volatile uint8_t *)0x10000000)
#define FINISHER (*(volatile uint32_t *)0x100000)

enum { FINISHER_FAIL = 0x3333, FINISHER_PASS = 0x5555, FAULT = 99 };

void platform_write(const char *text)
{
	for (; *text != 0; text++)
		UART = (uint8_t)*text;
}

void platform_exit(int status)
{
	FINISHER = status == 0 ? FINISHER_PASS : (uint32_t)status << 16 | FINISHER_FAIL;
	for (;;)
		;
}

uintptr_t platform_stack_low(void)
{
	return (uintptr_t)__stack_low;
}

void platform_mark(int begin)
{
	(void)begin;
}

/* mtvec takes a multiple of 4; a trap of any kind ends the run. */
__attribute__((aligned(4))) void trap(void)
{
	platform_exit(FAULT);
}

void start(void)
{
	const uint32_t *load = __data_load;

	for (uint32_t *p = __data_start; p < __data_end; p++)
		*p = *load++;
	for (uint32_t *p = __bss_start; p < __bss_end; p++)
		*p = 0;
	platform_exit(main());
}

/* -march must not name zicsr, or gcc 12 picks libgcc of another ABI; so the assembler is told
 * here. */
__asm__(".section .text.entry\n"
	".option push\n"
	".option arch, +zicsr\n"
	".global entry\n"
	"entry:\n"
	".option norelax\n"
	"	la gp, __global_pointer\n"
	"	la sp, __stack_top\n"
	"	la t0, trap\n"
	"	csrw mtvec, t0\n"
	"	li t0, 0x6600\n" /* mstatus: floats and vectors on; nothing where there are none */
	"	csrs mstatus, t0\n"
	"	j start\n"
	".option pop\n"
	".text\n");
