/* A Linux program under qemu-user: libc serves this file only, never the model. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../platform.h"

void platform_write(const char *text)
{
	size_t n = strlen(text);

	if (write(STDOUT_FILENO, text, n) != (ssize_t)n)
		_exit(2);
}

void platform_exit(int status)
{
	exit(status);
}

/* More than the bench paints. */
uintptr_t platform_stack_low(void)
{
	return (uintptr_t)__builtin_frame_address(0) - 262144;
}

void platform_mark(int begin)
{
	(void)begin;
}
