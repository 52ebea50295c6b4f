/*
 * Throws garbage at the card: noise, frames with a right CRC and any content, damaged frames, contacts that chatter, clocks that
 * jump. Built with the sanitizers of the compiler, it ends with 1 at the first thing that is not as it should be.
 *   garbage SEED ROUNDS
 */

#include "../card.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct card card;
static uint32_t state;
static unsigned long sent;
static unsigned long rings;

static void check(bool is_right, const char *what) {
  if (is_right) return;
  fprintf(stderr, "garbage: %s\n", what);
  exit(1);
}

/* The xorshift generator of G. Marsaglia (2003). */
static uint32_t bits(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

static unsigned below(unsigned limit) { return (bits() >> 8) % limit; }

/* What the card sends is always one whole frame. */
static void take_frame(void *context, const uint8_t *bytes, unsigned length) {
  static struct frame_reader reader;
  (void) context;
  check(length <= FRAME_ON_WIRE, "a frame is too long");
  frame_reset(&reader);
  for (unsigned index = 0; index + 1 < length; index++)
    check(frame_read(&reader, bytes[index]) == FRAME_NOTHING, "a frame ends too early");
  check(frame_read(&reader, bytes[length - 1]) == FRAME_WHOLE, "a frame is not whole");
  sent++;
}

static void take_ring(void *context, unsigned port, bool is_on, unsigned tenths) {
  (void) context;
  check(port < card.ports && tenths <= UINT16_MAX, "a bell that is not there");
  if (is_on) rings++;
}

static void take_switch(void *context, unsigned port, bool is_on) {
  (void) context;
  (void) is_on;
  check(port < card.ports, "a port that is not there");
}

static void take_sound(void *context, unsigned port, bool is_on, bool is_a_law) {
  (void) is_a_law;
  take_switch(context, port, is_on);
}

static const struct card_hardware hardware = {NULL, take_frame, take_ring, take_switch, take_switch, take_sound};

static void throw_noise(uint32_t now) {
  uint8_t bytes[300];
  const unsigned length = below(sizeof bytes);
  for (unsigned index = 0; index < length; index++) bytes[index] = (uint8_t) (below(8) == 0 ? 0 : bits() >> 8);
  card_receive(&card, bytes, length, now);
}

static void throw_frame(uint32_t now) {
  uint8_t content[FRAME_MAX];
  uint8_t wire[FRAME_ON_WIRE];
  const unsigned body = below(3) == 0 ? below(FRAME_MAX - FRAME_CRC - FRAME_HEAD + 1) : below(20);
  for (unsigned index = 0; index < sizeof content; index++) content[index] = (uint8_t) (bits() >> 8);
  content[0] = (uint8_t) (below(7) << 4 | below(10));
  /* Mostly of the link that is, or the version that is spoken. */
  if (below(8) != 0) {
    content[1] = (uint8_t) card.link;
    content[2] = (uint8_t) (card.link >> 8);
  }
  if (below(4) != 0) content[4] = content[0] >> 4 == 1 ? CARD_VERSION : content[4];
  const unsigned length = frame_write(content, FRAME_HEAD + body, wire);
  if (below(6) == 0) wire[below(length)] ^= (uint8_t) (1u << below(8));
  card_receive(&card, wire, below(10) == 0 ? below(length) : length, now);
}

static void check_card(void) {
  check((uint8_t) (card.next - card.oldest) <= CARD_EDGES, "more edges than there is room for");
  check((uint8_t) (card.unsent - card.oldest) <= (uint8_t) (card.next - card.oldest), "edges sent that never were");
  for (unsigned port = 0; port < card.ports; port++) {
    const struct card_port *line = &card.port[port];
    check((uint16_t) (line->written - line->played) <= CARD_WAITING, "more sound waits than there is room for");
    check(!(line->is_ringing && line->is_closed), "it rings while the handset is lifted");
    check((line->ordered & ~PORT_ORDERS) == 0, "an order that is none");
  }
}

int main(int count, char **words) {
  if (count != 3) {
    fprintf(stderr, "usage: garbage SEED ROUNDS\n");
    return 2;
  }
  state = (uint32_t) strtoul(words[1], NULL, 10) * 2654435761u | 1;
  const unsigned long rounds = strtoul(words[2], NULL, 10);
  uint32_t now = bits();
  card_setup(&card, &hardware, 1 + below(CARD_PORTS), CARD_MU_LAW, "garbage", now);
  for (unsigned long round = 0; round < rounds; round++) {
    uint8_t from_phone[CARD_FRAME];
    uint8_t to_phone[CARD_FRAME];
    memset(from_phone, (int) below(256), sizeof from_phone);
    switch (below(6)) {
      case 0: throw_noise(now); break;
      case 1: card_loop(&card, below(10), below(2) == 0, now - below(1000), now); break;
      case 2: card_sound(&card, below(10), from_phone, to_phone, now); break;
      case 3: card_tick(&card, now); break;
      default: throw_frame(now);
    }
    now += below(1000) == 0 ? bits() : below(20000);
    check_card();
  }
  check(sent > rounds / 100 && rings > 0 && card.link != 0, "the card did nothing: the garbage is too clean");
  printf("%lu frames sent, %lu rings, %u frames refused, %u edges lost\n", sent, rings, card.bad_frames, card.lost_edges);
  return 0;
}
