#include <stddef.h>
#include <stdint.h>

void board_print(const char *text);
void board_exit(int status) __attribute__((noreturn));
