/* A line card at the end of a serial line: README.md describes every byte. No memory but struct card, no clock but the
 * times it is given, no hardware but struct card_hardware: it runs the same on a microcontroller and in a test. */

#ifndef TIPRING_CARD_H
#define TIPRING_CARD_H

#include "frame.h"

#define CARD_VERSION 1
#define CARD_PORTS 8
#define CARD_NAME 32
/* Edges that wait until the host has taken them. */
#define CARD_EDGES 32
/* Samples of a codec's frame: 10 ms. */
#define CARD_FRAME 80
/* Samples that a frame of the host's may have. */
#define CARD_SOUND 160
/* Samples that wait for the phone's ear at most, 80 ms, and room for them; a power of two. */
#define CARD_WAITING 640
#define CARD_SAMPLES 1024

/* What the card can do with sound. */
#define CARD_MU_LAW 0x01
#define CARD_A_LAW 0x02

/* State of a port. */
#define PORT_RING 0x01
#define PORT_REVERSED 0x02
#define PORT_FED 0x04
#define PORT_SOUND 0x08
#define PORT_A_LAW 0x10
#define PORT_CLOSED 0x80
#define PORT_ORDERS 0x1f

/* What the card moves. Called from within the card's functions; none of them may call the card. */
struct card_hardware {
  void *context;
  void (*send)(void *context, const uint8_t *bytes, unsigned length);
  /* Ringing voltage; tenths of a hertz. It is off before the loop current or the polarity changes. */
  void (*ring)(void *context, unsigned port, bool is_on, unsigned tenths);
  void (*polarity)(void *context, unsigned port, bool is_reversed);
  void (*current)(void *context, unsigned port, bool is_fed);
  /* Sound wanted or not; may be NULL when there is none. */
  void (*sound)(void *context, unsigned port, bool is_on, bool is_a_law);
};

struct card_edge {
  uint32_t at;
  uint8_t port;
  bool is_closed;
};

struct card_port {
  uint8_t ordered;
  uint8_t order;
  bool has_order;
  uint16_t tenths;
  /* What the hardware was told last. */
  bool is_ringing;
  /* Lifted while it was to ring: it rings no more until it is ordered to anew. */
  bool is_answered;
  /* What the hardware sees, and what was told as an edge. */
  bool is_closed;
  bool is_told_closed;
  bool is_settling;
  uint32_t settled_at;
  /* Of the microphone's next sample. */
  uint16_t said;
  /* Positions of the host's next sample, of the next one that is played, and of the one that is at the ear; the samples between. */
  bool has_heard;
  uint32_t heard_at;
  uint16_t written;
  uint16_t played;
  uint16_t at_ear;
  uint8_t samples[CARD_SAMPLES];
  /* Silence played since the host's last sample, and how often it came to that. */
  uint16_t silent;
  uint8_t dry;
};

struct card {
  const struct card_hardware *hardware;
  unsigned ports;
  uint8_t abilities;
  char name[CARD_NAME + 1];
  uint16_t link;
  uint32_t heard_at;
  bool is_alone;
  struct frame_reader reader;
  struct card_port port[CARD_PORTS];
  struct card_edge edges[CARD_EDGES];
  /* Numbers of the oldest edge kept, of the next one to send, of the next one to come. */
  uint8_t oldest;
  uint8_t unsent;
  uint8_t next;
  uint32_t edges_sent_at;
  uint16_t lost_edges;
  uint16_t bad_frames;
};

/* All times are microseconds of the card's own clock; they wrap around. */

void card_setup(struct card *card, const struct card_hardware *hardware, unsigned ports, uint8_t abilities,
                const char *name, uint32_t now);

/* Bytes that the serial line has brought. */
void card_receive(struct card *card, const uint8_t *bytes, unsigned length, uint32_t now);

/* The loop of a port closed or opened at `at`, bounce and all. In the order in which it happened. */
void card_loop(struct card *card, unsigned port, bool is_closed, uint32_t at, uint32_t now);

/* To be called every few milliseconds. */
void card_tick(struct card *card, uint32_t now);

/*
 * To be called every 10 ms while the port's sound is on: the frame of G.711 that the phone's microphone gave in the last 10 ms, and
 * the one that its ear gets in the next.
 */
void card_sound(struct card *card, unsigned port, const uint8_t *from_phone, uint8_t *to_phone, uint32_t now);

#endif
