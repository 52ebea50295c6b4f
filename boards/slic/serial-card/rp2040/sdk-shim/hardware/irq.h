/* See pico/stdlib.h. */

#ifndef SHIM_HARDWARE_IRQ_H
#define SHIM_HARDWARE_IRQ_H

#include "pico/stdlib.h"

#define UART0_IRQ 20

typedef void (*irq_handler_t)(void);

void irq_set_exclusive_handler(uint num, irq_handler_t handler);
void irq_set_enabled(uint num, bool enabled);

#endif
