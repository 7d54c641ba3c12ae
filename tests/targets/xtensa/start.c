/* QEMU's Xtensa `sim` machine: print and exit through simcalls. RAM is zero at the start and .data
 * is where it belongs. */
#include "../platform.h"

extern uint8_t __stack_low[];
int main(void);
void start(void);

enum { SYS_EXIT = 1, SYS_WRITE = 4, STDOUT = 1 };

/* Number in a2, arguments in a3, a4, a5. */
static void simcall(int number, int a, const void *b, size_t c)
{
	register int a2 __asm__("a2") = number;
	register int a3 __asm__("a3") = a;
	register const void *a4 __asm__("a4") = b;
	register size_t a5 __asm__("a5") = c;

	__asm__ volatile("simcall" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");
}

void platform_write(const char *text)
{
	size_t n = 0;

	while (text[n] != 0)
		n++;
	simcall(SYS_WRITE, STDOUT, text, n);
}

void platform_exit(int status)
{
	for (;;)
		simcall(SYS_EXIT, status, NULL, 0);
}

uintptr_t platform_stack_low(void)
{
	return (uintptr_t)__stack_low;
}

void platform_mark(int begin)
{
	(void)begin;
}

void start(void)
{
	platform_exit(main());
}

__asm__(".section .text.entry,\"ax\"\n"
	".global entry\n"
	".align 4\n"
	"entry:\n"
	"	j 1f\n"
	".align 4\n"
	"top:	.word __stack_top\n"
	"go:	.word start\n"
	"1:	l32r a1, top\n"
	"	l32r a2, go\n"
	"	jx a2\n"
	".text\n");
