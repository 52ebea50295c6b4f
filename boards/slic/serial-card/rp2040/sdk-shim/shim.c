/* Empty bodies for what the headers here declare, so that the whole program can be linked. */

#include "hardware/gpio.h"
#include "hardware/irq.h"
#include "hardware/uart.h"
#include "string.h"

uart_inst_t *const shim_uart0 = NULL;

uint32_t time_us_32(void) { return 0; }

void gpio_init(uint gpio) { (void) gpio; }
void gpio_set_dir(uint gpio, bool out) { (void) gpio, (void) out; }
void gpio_put(uint gpio, bool value) { (void) gpio, (void) value; }
bool gpio_get(uint gpio) { return gpio > 99; }
void gpio_pull_down(uint gpio) { (void) gpio; }
void gpio_set_function(uint gpio, enum gpio_function fn) { (void) gpio, (void) fn; }
void gpio_set_irq_enabled_with_callback(uint gpio, uint32_t event_mask, bool enabled, gpio_irq_callback_t callback) {
  (void) gpio, (void) event_mask, (void) enabled, (void) callback;
}

void irq_set_exclusive_handler(uint num, irq_handler_t handler) { (void) num, (void) handler; }
void irq_set_enabled(uint num, bool enabled) { (void) num, (void) enabled; }

uint uart_init(uart_inst_t *uart, uint baudrate) { return (void) uart, baudrate; }
bool uart_is_readable(uart_inst_t *uart) { return uart != NULL; }
char uart_getc(uart_inst_t *uart) { return (void) uart, '\0'; }
bool uart_is_writable(uart_inst_t *uart) { return uart != NULL; }
void uart_putc_raw(uart_inst_t *uart, char c) { (void) uart, (void) c; }
void uart_set_irq_enables(uart_inst_t *uart, bool rx_has_data, bool tx_needs_data) {
  (void) uart, (void) rx_has_data, (void) tx_needs_data;
}

void *memcpy(void *to, const void *from, size_t length) {
  for (size_t index = 0; index < length; index++) ((char *) to)[index] = ((const char *) from)[index];
  return to;
}

void *memset(void *to, int value, size_t length) {
  for (size_t index = 0; index < length; index++) ((unsigned char *) to)[index] = (unsigned char) value;
  return to;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != '\0') length++;
  return length;
}

char *strncpy(char *to, const char *from, size_t length) {
  for (size_t index = 0; index < length; index++) to[index] = index > 0 && to[index - 1] == '\0' ? '\0' : from[index];
  return to;
}
