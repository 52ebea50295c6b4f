/* As much of the Pico SDK's interface as main.c uses, so that a compiler without the SDK can check it. Nothing here runs. */

#ifndef SHIM_PICO_STDLIB_H
#define SHIM_PICO_STDLIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned int uint;

uint32_t time_us_32(void);

#endif
