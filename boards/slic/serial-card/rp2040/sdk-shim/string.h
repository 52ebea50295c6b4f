/* The C library, as far as the card uses it: for a cross compiler that came without one. */

#ifndef SHIM_STRING_H
#define SHIM_STRING_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t length);
void *memset(void *to, int value, size_t length);
size_t strlen(const char *text);
char *strncpy(char *to, const char *from, size_t length);

#endif
