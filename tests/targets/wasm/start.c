/* WebAssembly under run.mjs, which supplies two functions. */
#include "../platform.h"

int main(void);
void start(void);
__attribute__((import_module("env"), import_name("put"))) void env_put(int c);
__attribute__((import_module("env"), import_name("leave"))) void env_leave(int status);

void platform_write(const char *text)
{
	for (; *text != 0; text++)
		env_put(*text);
}

void platform_exit(int status)
{
	env_leave(status);
	__builtin_trap();
}

/* The stack lies below everything else (--stack-first), down to address 0, which C cannot name. */
uintptr_t platform_stack_low(void)
{
	return 16;
}

void platform_mark(int begin)
{
	(void)begin;
}

__attribute__((export_name("start"))) void start(void)
{
	platform_exit(main());
}
