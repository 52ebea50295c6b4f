/* The card's half of the protocol: see card.h. */

#include "card.h"
#include <string.h>

enum { HELLO = 1, POLL = 2, ORDER = 3, TAKEN = 4, SOUND_DOWN = 5, WELCOME = 9, STATUS = 10, EDGES = 11, DONE = 12, SOUND_UP = 13 };

/* Microseconds. */
#define RESEND_AFTER 40000u
#define HOST_LOST_AFTER 2000000u
/* A line circuit takes that long to feed the loop and to see what is there. */
#define SETTLE 50000u
#define SAMPLE 125u
/* A host that sends no sound takes none either: what would wait for it would be in the way of edges. */
#define SOUND_LOST_AFTER 100000u

#define SAFE_STATE PORT_FED
#define EDGE_BYTES 5u
static void send(struct card *card, unsigned kind, unsigned port, uint8_t number, uint8_t *content, unsigned length) {
  uint8_t wire[FRAME_ON_WIRE];
  content[0] = (uint8_t) (kind << 4 | port);
  content[1] = (uint8_t) card->link;
  content[2] = (uint8_t) (card->link >> 8);
  content[3] = number;
  card->hardware->send(card->hardware->context, wire, frame_write(content, length, wire));
}

static uint8_t *put16(uint8_t *to, uint16_t value) {
  *to++ = (uint8_t) value;
  *to++ = (uint8_t) (value >> 8);
  return to;
}

static uint8_t *put32(uint8_t *to, uint32_t value) { return put16(put16(to, (uint16_t) value), (uint16_t) (value >> 16)); }

static uint16_t get16(const uint8_t *from) { return (uint16_t) (from[0] | from[1] << 8); }

static uint8_t state_of(const struct card_port *port) {
  return (uint8_t) (port->ordered | (port->is_told_closed ? PORT_CLOSED : 0));
}

static void send_welcome(struct card *card) {
  uint8_t content[FRAME_MAX];
  const unsigned length = (unsigned) strlen(card->name);
  content[4] = CARD_VERSION;
  content[5] = (uint8_t) card->ports;
  content[6] = card->abilities;
  memcpy(content + 7, card->name, length);
  send(card, WELCOME, 0, 0, content, 7 + length);
}

static void send_status(struct card *card, uint8_t poll, uint32_t now) {
  uint8_t content[FRAME_MAX];
  uint8_t *to = put32(content + 4, now);
  *to++ = card->next;
  to = put16(to, card->lost_edges);
  to = put16(to, card->bad_frames);
  for (unsigned port = 0; port < card->ports; port++) {
    *to++ = state_of(&card->port[port]);
    *to++ = card->port[port].order;
  }
  send(card, STATUS, 0, poll, content, (unsigned) (to - content));
}

static void send_edges(struct card *card, uint8_t from, uint32_t now) {
  uint8_t content[FRAME_MAX];
  uint8_t *to = content + 4;
  *to++ = card->oldest;
  for (uint8_t number = from; number != card->next; number++) {
    const struct card_edge *edge = &card->edges[number % CARD_EDGES];
    *to++ = (uint8_t) (edge->port | (edge->is_closed ? PORT_CLOSED : 0));
    to = put32(to, edge->at);
  }
  send(card, EDGES, 0, from, content, (unsigned) (to - content));
  card->unsent = card->next;
  card->edges_sent_at = now;
}

static void tell_edge(struct card *card, unsigned port, uint32_t at) {
  struct card_port *line = &card->port[port];
  if (!(line->ordered & PORT_FED) || line->is_settling || line->is_closed == line->is_told_closed) return;
  line->is_told_closed = line->is_closed;
  if (card->link == 0) return;
  if ((uint8_t) (card->next - card->oldest) == CARD_EDGES) {
    if (card->unsent == card->oldest) card->unsent++;
    card->oldest++;
    card->lost_edges++;
  }
  struct card_edge *edge = &card->edges[card->next % CARD_EDGES];
  edge->at = at;
  edge->port = (uint8_t) port;
  edge->is_closed = line->is_closed;
  card->next++;
}

/* The bell stops as soon as the handset is lifted, whatever the host knows yet. */
static void move_ring(struct card *card, unsigned port, bool is_new) {
  struct card_port *line = &card->port[port];
  if (!(line->ordered & PORT_RING)) line->is_answered = false;
  else if (line->is_closed) line->is_answered = true;
  const bool is_on = (line->ordered & PORT_RING) && (line->ordered & PORT_FED) && !line->is_answered;
  if (is_on == line->is_ringing && !(is_on && is_new)) return;
  line->is_ringing = is_on;
  card->hardware->ring(card->hardware->context, port, is_on, line->tenths);
}

static void stop_ring(struct card *card, unsigned port) {
  struct card_port *line = &card->port[port];
  if (!line->is_ringing) return;
  line->is_ringing = false;
  card->hardware->ring(card->hardware->context, port, false, line->tenths);
}

static void move_sound(struct card *card, unsigned port, uint8_t changed) {
  struct card_port *line = &card->port[port];
  if (!(changed & (PORT_SOUND | PORT_A_LAW))) return;
  line->has_heard = false;
  line->written = line->played = line->at_ear = 0;
  line->silent = 0;
  if (card->hardware->sound)
    card->hardware->sound(card->hardware->context, port, line->ordered & PORT_SOUND, line->ordered & PORT_A_LAW);
}

static void carry_out(struct card *card, unsigned port, uint8_t ordered, uint16_t tenths, uint32_t now) {
  struct card_port *line = &card->port[port];
  const struct card_hardware *hardware = card->hardware;
  const uint8_t changed = line->ordered ^ ordered;
  const bool is_other_bell = tenths != line->tenths;
  if (changed & (PORT_REVERSED | PORT_FED)) stop_ring(card, port);
  line->ordered = ordered;
  line->tenths = tenths;
  if (changed & PORT_REVERSED) hardware->polarity(hardware->context, port, ordered & PORT_REVERSED);
  if (changed & PORT_FED) {
    line->is_settling = ordered & PORT_FED;
    line->settled_at = now + SETTLE;
    hardware->current(hardware->context, port, ordered & PORT_FED);
  }
  move_ring(card, port, is_other_bell);
  move_sound(card, port, changed);
}

static void make_safe(struct card *card, uint32_t now) {
  for (unsigned port = 0; port < card->ports; port++) carry_out(card, port, SAFE_STATE, card->port[port].tenths, now);
}

/* The host begins anew: what was ordered and told before is of no meaning to it. */
static void take_hello(struct card *card, const uint8_t *content, unsigned length, uint32_t now) {
  if (length < 5) return;
  const uint16_t link = get16(content + 1);
  if (link == 0) return;
  if (content[4] != CARD_VERSION) {
    const uint16_t kept = card->link;
    card->link = link;
    send_welcome(card);
    card->link = kept;
    return;
  }
  if (link != card->link) {
    card->link = link;
    card->oldest = card->unsent = card->next = 0;
    make_safe(card, now);
    for (unsigned port = 0; port < card->ports; port++) {
      card->port[port].has_order = false;
      card->port[port].order = 0;
      card->port[port].said = 0;
      card->port[port].dry = 0;
    }
  }
  send_welcome(card);
}

static void take_order(struct card *card, unsigned port, const uint8_t *content, unsigned length, uint32_t now) {
  if (length < 7) return;
  struct card_port *line = &card->port[port];
  const uint8_t number = content[3];
  const int8_t ahead = (int8_t) (uint8_t) (number - line->order);
  if (line->has_order && ahead < 0) return;
  if (!line->has_order || ahead > 0) {
    line->has_order = true;
    line->order = number;
    carry_out(card, port, content[4] & PORT_ORDERS, get16(content + 5), now);
  }
  uint8_t answer[FRAME_MAX];
  answer[4] = state_of(line);
  send(card, DONE, port, line->order, answer, 5);
}

static void take_taken(struct card *card, uint8_t number) {
  const uint8_t kept = (uint8_t) (card->next - card->oldest);
  if ((uint8_t) (number - card->oldest) > kept) return;
  if ((uint8_t) (card->unsent - card->oldest) < (uint8_t) (number - card->oldest)) card->unsent = number;
  card->oldest = number;
}

static void put_sample(struct card_port *line, uint8_t sample) { line->samples[line->written++ % CARD_SAMPLES] = sample; }

static uint8_t silence(const struct card_port *line) { return line->ordered & PORT_A_LAW ? 0xd5 : 0xff; }

/* What is lost on the way is silence, so that all that comes after it is in its place; and some of it was played already. */
static void make_up(struct card_port *line, uint16_t lost) {
  const uint16_t late = lost < line->silent ? lost : line->silent;
  for (uint16_t count = 0; count < lost; count++) put_sample(line, silence(line));
  line->played = (uint16_t) (line->played + late);
}

static void take_sound(struct card_port *line, uint16_t position, const uint8_t *samples, unsigned count, uint32_t now) {
  if (!(line->ordered & PORT_SOUND)) return;
  const int16_t lost = (int16_t) (uint16_t) (position - line->written);
  if (!line->has_heard || lost > CARD_WAITING) line->written = line->played = line->at_ear = position;
  else if (lost < 0) return;
  else make_up(line, (uint16_t) lost);
  line->has_heard = true;
  line->heard_at = now;
  line->silent = 0;
  for (unsigned index = 0; index < count; index++) put_sample(line, samples[index]);
  if ((uint16_t) (line->written - line->played) > CARD_WAITING) line->played = (uint16_t) (line->written - CARD_WAITING);
}

static void take_frame(struct card *card, const uint8_t *content, unsigned length, uint32_t now) {
  const unsigned kind = content[0] >> 4;
  const unsigned port = content[0] & 15;
  const uint16_t link = get16(content + 1);
  if (kind > SOUND_DOWN) return;
  if (kind == HELLO) take_hello(card, content, length, now);
  else if (kind == POLL) send_status(card, content[3], now);
  if (link != card->link || link == 0) return;
  card->heard_at = now;
  card->is_alone = false;
  if (kind == TAKEN) take_taken(card, content[3]);
  else if (kind == ORDER && port < card->ports) take_order(card, port, content, length, now);
  else if (kind == SOUND_DOWN && port < card->ports && length > 6 && length <= 6 + CARD_SOUND)
    take_sound(&card->port[port], get16(content + 4), content + 6, length - 6, now);
}

void card_setup(struct card *card, const struct card_hardware *hardware, unsigned ports, uint8_t abilities,
                const char *name, uint32_t now) {
  memset(card, 0, sizeof *card);
  card->hardware = hardware;
  card->ports = ports < CARD_PORTS ? ports : CARD_PORTS;
  card->abilities = abilities;
  strncpy(card->name, name, CARD_NAME);
  card->heard_at = now;
  card->is_alone = true;
  frame_reset(&card->reader);
  for (unsigned port = 0; port < card->ports; port++) carry_out(card, port, SAFE_STATE, 0, now);
}

void card_receive(struct card *card, const uint8_t *bytes, unsigned length, uint32_t now) {
  for (unsigned index = 0; index < length; index++) {
    const enum frame_news news = frame_read(&card->reader, bytes[index]);
    if (news == FRAME_BAD) card->bad_frames++;
    else if (news == FRAME_WHOLE) take_frame(card, card->reader.bytes, card->reader.length, now);
  }
}

void card_loop(struct card *card, unsigned port, bool is_closed, uint32_t at, uint32_t now) {
  if (port >= card->ports) return;
  card->port[port].is_closed = is_closed;
  move_ring(card, port, false);
  tell_edge(card, port, at);
  if (card->unsent != card->next) send_edges(card, card->unsent, now);
}

void card_tick(struct card *card, uint32_t now) {
  for (unsigned port = 0; port < card->ports; port++) {
    struct card_port *line = &card->port[port];
    if (!line->is_settling || (int32_t) (now - line->settled_at) < 0) continue;
    line->is_settling = false;
    tell_edge(card, port, now);
  }
  if (card->unsent != card->next) send_edges(card, card->unsent, now);
  else if (card->oldest != card->next && now - card->edges_sent_at >= RESEND_AFTER) send_edges(card, card->oldest, now);
  if (card->is_alone || now - card->heard_at < HOST_LOST_AFTER) return;
  card->is_alone = true;
  make_safe(card, now);
}

static void play(struct card_port *line, uint8_t *to_phone) {
  const uint16_t waiting = (uint16_t) (line->written - line->played);
  const unsigned count = waiting < CARD_FRAME ? waiting : CARD_FRAME;
  for (unsigned index = 0; index < count; index++) to_phone[index] = line->samples[line->played++ % CARD_SAMPLES];
  memset(to_phone + count, silence(line), CARD_FRAME - count);
  if (!line->has_heard || count == CARD_FRAME) return;
  if (line->silent == 0) line->dry++;
  if (line->silent < CARD_WAITING) line->silent = (uint16_t) (line->silent + CARD_FRAME - count);
}

void card_sound(struct card *card, unsigned port, const uint8_t *from_phone, uint8_t *to_phone, uint32_t now) {
  if (port >= card->ports) return;
  struct card_port *line = &card->port[port];
  uint8_t content[FRAME_MAX];
  uint8_t *to = put16(content + 4, line->said);
  /* What the microphone gave while the last frame was at the ear. */
  to = put16(to, line->at_ear);
  line->at_ear = line->played;
  play(line, to_phone);
  line->said = (uint16_t) (line->said + CARD_FRAME);
  if (!(line->ordered & PORT_SOUND) || card->is_alone || !line->has_heard || now - line->heard_at >= SOUND_LOST_AFTER) return;
  to = put16(to, (uint16_t) (line->written - line->played));
  const uint32_t ago = (now - line->heard_at) / SAMPLE;
  *to++ = ago < 255 ? (uint8_t) ago : 255;
  memcpy(to, from_phone, CARD_FRAME);
  send(card, SOUND_UP, port, line->dry, content, (unsigned) (to - content) + CARD_FRAME);
}
