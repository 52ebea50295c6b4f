/* See pico/stdlib.h. */

#ifndef SHIM_HARDWARE_UART_H
#define SHIM_HARDWARE_UART_H

#include "pico/stdlib.h"

typedef struct uart_inst uart_inst_t;
extern uart_inst_t *const shim_uart0;
#define uart0 shim_uart0

uint uart_init(uart_inst_t *uart, uint baudrate);
bool uart_is_readable(uart_inst_t *uart);
char uart_getc(uart_inst_t *uart);
bool uart_is_writable(uart_inst_t *uart);
void uart_putc_raw(uart_inst_t *uart, char c);
void uart_set_irq_enables(uart_inst_t *uart, bool rx_has_data, bool tx_needs_data);

#endif
