/*
 * The card on an RP2040, for the line circuits of boards/slic that are driven by pins (RM, F/R, SHK, PD): hook, ringing, polarity,
 * loop current. Sound goes another way: it has no codec. Written for the Pico SDK; see README.md on how far it was tried.
 */

#include "../card.h"
#include "hardware/gpio.h"
#include "hardware/irq.h"
#include "hardware/uart.h"
#include "pico/stdlib.h"

#define BAUD 115200
#define TX_PIN 0
#define RX_PIN 1

struct pins {
  uint8_t ring_mode;
  uint8_t forward_reverse;
  uint8_t hook;
  uint8_t power_down;
};

static const struct pins pins[] = {{2, 3, 4, 5}, {6, 7, 8, 9}, {10, 11, 12, 13}, {14, 15, 16, 17}};
#define PORTS (sizeof pins / sizeof pins[0])

#define TICK 2000u
/* While it rings, a circuit tells the hook late and with a flicker: it counts when it is the same for so long. */
#define RING_TRIP 40000u
/* A circuit goes into and out of its ring mode at rest. */
#define RING_SETTLE 10000u

/* A power of two. */
#define EDGES 64

struct edge {
  uint32_t at;
  uint8_t port;
  bool is_closed;
};

/* Frames on their way out: to wait for the UART would hold the ringing up. */
static uint8_t sent[512];
static uint16_t sent_in;
static uint16_t sent_out;

/* Written by interrupts, read by the loop: one writer and one reader each, both on the same core. */
static volatile uint8_t received[256];
static volatile uint8_t received_in;
static uint8_t received_out;
static volatile struct edge edges[EDGES];
static volatile uint8_t edges_in;
static uint8_t edges_out;

static struct card card;

static struct {
  bool is_ringing;
  bool is_reversed;
  bool is_toggled;
  bool was_closed;
  uint32_t half_period;
  uint32_t toggle_at;
  uint32_t changed_at;
  /* Edges are not believed before that: the bell has just ended. */
  uint32_t quiet_until;
  bool is_quiet;
} line[PORTS];

static void send_bytes(void *context, const uint8_t *bytes, unsigned length) {
  (void) context;
  /* What does not fit is lost whole, as on a wire. */
  if (length > sizeof sent - (uint16_t) (sent_in - sent_out)) return;
  for (unsigned index = 0; index < length; index++) sent[sent_in++ % sizeof sent] = bytes[index];
}

static void send_some(void) {
  while (sent_out != sent_in && uart_is_writable(uart0)) uart_putc_raw(uart0, (char) sent[sent_out++ % sizeof sent]);
}

static void move_polarity(unsigned port) {
  gpio_put(pins[port].forward_reverse, line[port].is_reversed == line[port].is_toggled);
}

static void set_ring(void *context, unsigned port, bool is_on, unsigned tenths) {
  (void) context;
  const uint32_t now = time_us_32();
  if (tenths < 100) tenths = 100;
  line[port].half_period = 5000000u / tenths;
  line[port].toggle_at = now + RING_SETTLE;
  line[port].changed_at = now;
  line[port].is_toggled = false;
  line[port].is_quiet = true;
  line[port].quiet_until = now + RING_TRIP;
  line[port].is_ringing = is_on;
  move_polarity(port);
  gpio_put(pins[port].ring_mode, is_on);
}

static void set_polarity(void *context, unsigned port, bool is_reversed) {
  (void) context;
  line[port].is_reversed = is_reversed;
  move_polarity(port);
}

/* PD is let go of or pulled low; driven high it would destroy the circuit. */
static void set_current(void *context, unsigned port, bool is_fed) {
  (void) context;
  gpio_set_dir(pins[port].power_down, is_fed ? GPIO_IN : GPIO_OUT);
}

static const struct card_hardware hardware = {NULL, send_bytes, set_ring, set_polarity, set_current, NULL};

static void on_uart(void) {
  while (uart_is_readable(uart0)) received[received_in++] = (uint8_t) uart_getc(uart0);
}

static void on_gpio(uint gpio, uint32_t events) {
  const uint32_t now = time_us_32();
  (void) events;
  for (uint8_t port = 0; port < PORTS; port++) {
    if (pins[port].hook != gpio) continue;
    volatile struct edge *edge = &edges[edges_in % EDGES];
    edge->at = now;
    edge->port = port;
    edge->is_closed = gpio_get(gpio);
    edges_in++;
  }
}

static void set_up_pins(void) {
  uart_init(uart0, BAUD);
  gpio_set_function(TX_PIN, GPIO_FUNC_UART);
  gpio_set_function(RX_PIN, GPIO_FUNC_UART);
  for (unsigned port = 0; port < PORTS; port++) {
    gpio_init(pins[port].ring_mode);
    gpio_put(pins[port].ring_mode, false);
    gpio_set_dir(pins[port].ring_mode, GPIO_OUT);
    gpio_init(pins[port].forward_reverse);
    gpio_put(pins[port].forward_reverse, true);
    gpio_set_dir(pins[port].forward_reverse, GPIO_OUT);
    gpio_init(pins[port].power_down);
    gpio_put(pins[port].power_down, false);
    gpio_set_dir(pins[port].power_down, GPIO_IN);
    gpio_init(pins[port].hook);
    gpio_set_dir(pins[port].hook, GPIO_IN);
    gpio_pull_down(pins[port].hook);
    gpio_set_irq_enabled_with_callback(pins[port].hook, GPIO_IRQ_EDGE_RISE | GPIO_IRQ_EDGE_FALL, true, on_gpio);
  }
  irq_set_exclusive_handler(UART0_IRQ, on_uart);
  irq_set_enabled(UART0_IRQ, true);
  uart_set_irq_enables(uart0, true, false);
}

static bool has_come(uint32_t at, uint32_t now) { return (int32_t) (now - at) >= 0; }

/* The ringing voltage is the polarity turned round and round; ring trip is a hook that stays where it is. */
static void drive_line(unsigned port, uint32_t now) {
  const bool is_closed = gpio_get(pins[port].hook);
  if (is_closed != line[port].was_closed) {
    line[port].was_closed = is_closed;
    line[port].changed_at = now;
  }
  if (line[port].is_ringing) {
    if (has_come(line[port].toggle_at, now)) {
      line[port].toggle_at += line[port].half_period;
      line[port].is_toggled = !line[port].is_toggled;
      move_polarity(port);
    }
    if (is_closed && has_come(line[port].changed_at + RING_TRIP, now)) card_loop(&card, port, true, line[port].changed_at, now);
  } else if (line[port].is_quiet && has_come(line[port].quiet_until, now)) {
    line[port].is_quiet = false;
    card_loop(&card, port, is_closed, now, now);
  }
}

int main(void) {
  set_up_pins();
  uint32_t ticked_at = time_us_32();
  card_setup(&card, &hardware, PORTS, 0, "RP2040 line card", ticked_at);
  for (uint8_t port = 0; port < PORTS; port++)
    if (gpio_get(pins[port].hook)) card_loop(&card, port, true, ticked_at, ticked_at);
  for (;;) {
    const uint32_t now = time_us_32();
    for (uint8_t in = received_in; received_out != in; received_out++) {
      const uint8_t byte = received[received_out];
      card_receive(&card, &byte, 1, now);
    }
    /* A contact that chatters faster than it is listened to: the newest count, and the last of them tells how it stands. */
    if ((uint8_t) (edges_in - edges_out) > EDGES / 2) edges_out = (uint8_t) (edges_in - EDGES / 2);
    for (uint8_t in = edges_in; edges_out != in; edges_out++) {
      const volatile struct edge *edge = &edges[edges_out % EDGES];
      if (!line[edge->port].is_ringing && !line[edge->port].is_quiet)
        card_loop(&card, edge->port, edge->is_closed, edge->at, now);
    }
    for (unsigned port = 0; port < PORTS; port++) drive_line(port, now);
    send_some();
    if (has_come(ticked_at + TICK, now)) {
      ticked_at = now;
      card_tick(&card, now);
    }
  }
}
