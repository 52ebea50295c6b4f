/* See pico/stdlib.h. */

#ifndef SHIM_HARDWARE_GPIO_H
#define SHIM_HARDWARE_GPIO_H

#include "pico/stdlib.h"

#define GPIO_IN false
#define GPIO_OUT true

enum gpio_function { GPIO_FUNC_UART = 2 };
enum gpio_irq_level { GPIO_IRQ_EDGE_FALL = 0x4u, GPIO_IRQ_EDGE_RISE = 0x8u };
typedef void (*gpio_irq_callback_t)(uint gpio, uint32_t event_mask);

void gpio_init(uint gpio);
void gpio_set_dir(uint gpio, bool out);
void gpio_put(uint gpio, bool value);
bool gpio_get(uint gpio);
void gpio_pull_down(uint gpio);
void gpio_set_function(uint gpio, enum gpio_function fn);
void gpio_set_irq_enabled_with_callback(uint gpio, uint32_t event_mask, bool enabled, gpio_irq_callback_t callback);

#endif
