/* The four functions that a freestanding compiler may call and libgcc does not have. Built with
 * -fno-tree-loop-distribute-patterns, or gcc turns the loops into calls of themselves. */
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

void *memcpy(void *to, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((unsigned char *)to)[i] = ((const unsigned char *)from)[i];
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	if ((const unsigned char *)to < (const unsigned char *)from)
		return memcpy(to, from, n);
	while (n-- > 0)
		((unsigned char *)to)[n] = ((const unsigned char *)from)[n];
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((unsigned char *)to)[i] = (unsigned char)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int difference = ((const unsigned char *)a)[i] - ((const unsigned char *)b)[i];

		if (difference != 0)
			return difference;
	}
	return 0;
}

#if defined(__ARM_EABI__)
/* clang's names for them, for aligned data. */
void __aeabi_memcpy(void *to, const void *from, size_t n);
void __aeabi_memcpy4(void *to, const void *from, size_t n);
void __aeabi_memcpy8(void *to, const void *from, size_t n);
void __aeabi_memclr(void *to, size_t n);
void __aeabi_memclr4(void *to, size_t n);
void __aeabi_memclr8(void *to, size_t n);

void __aeabi_memcpy(void *to, const void *from, size_t n)
{
	memcpy(to, from, n);
}

void __aeabi_memcpy4(void *to, const void *from, size_t n)
{
	memcpy(to, from, n);
}

void __aeabi_memcpy8(void *to, const void *from, size_t n)
{
	memcpy(to, from, n);
}

void __aeabi_memclr(void *to, size_t n)
{
	memset(to, 0, n);
}

void __aeabi_memclr4(void *to, size_t n)
{
	memset(to, 0, n);
}

void __aeabi_memclr8(void *to, size_t n)
{
	memset(to, 0, n);
}
#endif
