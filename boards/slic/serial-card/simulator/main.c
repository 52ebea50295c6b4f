/*
 * The card as a program: simulated telephones, driven by lines on standard input; what the card does is printed.
 *   card pty LINK [PORTS [PPM]]   a real serial line: LINK becomes the name of a pseudo-terminal, on real time; PPM is
 *                                 by how many parts in a million the card's clock runs fast
 *   card step [PORTS]             no serial line and no clock: "now" and "rx" bring both; a "." ends every answer
 * Commands:
 *   hook PORT on|off        dial PORT DIGITS        tone PORT HERTZ DBM0       record PORT FILE
 *   echo PORT DB            (of the ear's sound at the microphone; 0 for none)
 *   unplug                  plug                    (pty: the device vanishes and comes back, the card restarted)
 *   now MICROSECONDS        rx HEXADECIMAL          (step)
 */

#define _XOPEN_SOURCE 700
#include "../card.h"
#include "phone.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define TICK 5000u
#define SOUND 10000u
/* Near the end of 32 bits, so that every run sees the card's clock wrap around: after five seconds. */
#define START (UINT64_C(0x100000000) - 5000000)

static struct card card;
static struct phone phones[CARD_PORTS];
static unsigned ports = 1;
static uint64_t card_time = START;
static uint64_t next_tick = START;
static uint64_t next_sound = START;
static bool is_step;
static const char *link_path;
static int master = -1;
static int slave = -1;

static void send_bytes(void *context, const uint8_t *bytes, unsigned length) {
  (void) context;
  if (is_step) {
    printf("tx ");
    for (unsigned index = 0; index < length; index++) printf("%02x", bytes[index]);
    putchar('\n');
    return;
  }
  /* What does not fit is lost, as on a wire. */
  if (master >= 0 && write(master, bytes, length) < 0 && errno != EAGAIN) perror("card: write");
}

static void say_ring(void *context, unsigned port, bool is_on, unsigned tenths) {
  (void) context;
  printf("ring %u %s %u\n", port, is_on ? "on" : "off", tenths);
}

static void say_polarity(void *context, unsigned port, bool is_reversed) {
  (void) context;
  printf("polarity %u %s\n", port, is_reversed ? "reversed" : "normal");
}

static void say_current(void *context, unsigned port, bool is_fed) {
  (void) context;
  printf("current %u %s\n", port, is_fed ? "fed" : "dropped");
}

static void say_sound(void *context, unsigned port, bool is_on, bool is_a_law) {
  (void) context;
  printf("sound %u %s %s\n", port, is_on ? "on" : "off", is_a_law ? "A-law" : "mu-law");
}

static const struct card_hardware hardware = {NULL, send_bytes, say_ring, say_polarity, say_current, say_sound};

static void start_card(void) {
  bool was_closed[CARD_PORTS];
  for (unsigned port = 0; port < ports; port++) was_closed[port] = card.port[port].is_closed;
  card_setup(&card, &hardware, ports, CARD_MU_LAW | CARD_A_LAW, "simulated line card", (uint32_t) card_time);
  for (unsigned port = 0; port < ports; port++)
    if (was_closed[port]) card_loop(&card, port, true, (uint32_t) card_time, (uint32_t) card_time);
}

static void exchange_sound(unsigned port) {
  const uint8_t state = card.port[port].ordered;
  if (!(state & PORT_SOUND)) return;
  uint8_t from_phone[CARD_FRAME];
  uint8_t to_phone[CARD_FRAME];
  phone_speak(&phones[port], state & PORT_A_LAW, from_phone);
  card_sound(&card, port, from_phone, to_phone, (uint32_t) card_time);
  phone_listen(&phones[port], state & PORT_A_LAW, to_phone);
}

/* Lets the card live through all that happens until then, in the order in which it happens. */
static void advance(uint64_t to) {
  for (;;) {
    uint64_t at = next_tick < next_sound ? next_tick : next_sound;
    unsigned mover = CARD_PORTS;
    for (unsigned port = 0; port < ports; port++) {
      if (phone_next_move(&phones[port]) >= at) continue;
      at = phone_next_move(&phones[port]);
      mover = port;
    }
    if (at > to) break;
    card_time = at > card_time ? at : card_time;
    const uint32_t now = (uint32_t) card_time;
    if (mover < CARD_PORTS) {
      card_loop(&card, mover, phone_take_move(&phones[mover]).is_closed, (uint32_t) at, now);
    } else if (at == next_tick) {
      card_tick(&card, now);
      next_tick += TICK;
    } else {
      for (unsigned port = 0; port < ports; port++) exchange_sound(port);
      next_sound += SOUND;
    }
  }
  card_time = to > card_time ? to : card_time;
}

static bool plug(void) {
  struct termios raw;
  master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) return false;
  /* Held open, so that the card does not notice who opens and closes the other end. */
  slave = open(ptsname(master), O_RDWR | O_NOCTTY);
  if (slave < 0 || tcgetattr(slave, &raw) < 0) return false;
  raw.c_iflag = 0;
  raw.c_oflag = 0;
  raw.c_lflag = 0;
  raw.c_cflag |= CS8 | CREAD | CLOCAL;
  fcntl(master, F_SETFL, O_NONBLOCK);
  return tcsetattr(slave, TCSANOW, &raw) == 0 && symlink(ptsname(master), link_path) == 0;
}

static void unplug(void) {
  if (master < 0) return;
  unlink(link_path);
  close(master);
  close(slave);
  master = slave = -1;
}

static void receive_hex(const char *text) {
  uint8_t byte;
  for (unsigned value; sscanf(text, "%2x", &value) == 1; text += 2) {
    byte = (uint8_t) value;
    card_receive(&card, &byte, 1, (uint32_t) card_time);
    if (text[1] == '\0') break;
  }
}

static bool obey(char *line) {
  char word[16] = "";
  char text[256] = "";
  unsigned port = 0;
  double frequency = 0;
  double level = 0;
  unsigned long long now = 0;
  if (sscanf(line, "now %llu", &now) == 1) advance(now);
  else if (strncmp(line, "rx ", 3) == 0) receive_hex(line + 3);
  else if (sscanf(line, "hook %u %15s", &port, word) == 2 && port < ports) {
    phones[port].count = 0;
    phone_hook(&phones[port], strcmp(word, "off") == 0, card_time);
  } else if (sscanf(line, "dial %u %255s", &port, text) == 2 && port < ports)
    phone_dial(&phones[port], text, card_time);
  else if (sscanf(line, "tone %u %lf %lf", &port, &frequency, &level) >= 2 && port < ports)
    phone_tone(&phones[port], frequency, level);
  else if (sscanf(line, "echo %u %lf", &port, &level) == 2 && port < ports) phone_echo(&phones[port], level);
  else if (sscanf(line, "record %u %255s", &port, text) == 2 && port < ports && phone_record(&phones[port], text))
    printf("records %u\n", port);
  else if (strcmp(line, "unplug") == 0 && !is_step) unplug();
  else if (strcmp(line, "plug") == 0 && !is_step) {
    unplug();
    if (!plug()) return false;
    start_card();
    printf("plugged %s\n", ptsname(master));
  } else {
    fprintf(stderr, "card: what is \"%s\"?\n", line);
    return false;
  }
  return true;
}

static int run_steps(void) {
  static char line[65536];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = '\0';
    if (!obey(line)) return 1;
    puts(".");
    fflush(stdout);
  }
  return 0;
}

static uint64_t microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}

static uint64_t next_event(void) {
  uint64_t next = next_tick < next_sound ? next_tick : next_sound;
  for (unsigned port = 0; port < ports; port++)
    if (phone_next_move(&phones[port]) < next) next = phone_next_move(&phones[port]);
  return next;
}

/* Takes the whole lines of what has been typed; false at its end. */
static bool read_commands(void) {
  static char typed[1024];
  static size_t length;
  const ssize_t count = read(STDIN_FILENO, typed + length, sizeof typed - 1 - length);
  if (count <= 0) return false;
  length += (size_t) count;
  typed[length] = '\0';
  char *start = typed;
  for (char *end = strchr(start, '\n'); end; end = strchr(start, '\n')) {
    *end = '\0';
    if (!obey(start)) return false;
    start = end + 1;
  }
  length = strlen(start);
  memmove(typed, start, length + 1);
  return length < sizeof typed - 1;
}

static int run_on_pty(double drift) {
  if (!plug()) {
    perror("card: pty");
    return 1;
  }
  printf("plugged %s\n", ptsname(master));
  fflush(stdout);
  const uint64_t began = microseconds();
  for (bool goes_on = true; goes_on;) {
    const int64_t wait = (int64_t) (next_event() - card_time) / 1000;
    struct pollfd files[2] = {{STDIN_FILENO, POLLIN, 0}, {master, POLLIN, 0}};
    poll(files, master >= 0 ? 2 : 1, wait > 0 ? (int) wait : 1);
    advance(START + (uint64_t) ((double) (microseconds() - began) * (1 + drift)));
    if (master >= 0 && files[1].revents) {
      uint8_t bytes[1024];
      const ssize_t count = read(master, bytes, sizeof bytes);
      if (count > 0) card_receive(&card, bytes, (unsigned) count, (uint32_t) card_time);
    }
    if (files[0].revents) goes_on = read_commands();
    fflush(stdout);
  }
  unplug();
  return 0;
}

int main(int count, char **words) {
  is_step = count >= 2 && strcmp(words[1], "step") == 0;
  const int more = is_step ? 2 : 3;
  if (!is_step && (count < 3 || strcmp(words[1], "pty") != 0)) {
    fprintf(stderr, "usage: card pty LINK [PORTS [PPM]] | card step [PORTS]\n");
    return 2;
  }
  link_path = words[2];
  if (count > more) ports = (unsigned) strtoul(words[more], NULL, 10);
  if (ports < 1 || ports > CARD_PORTS) {
    fprintf(stderr, "card: %u ports; 1 to %d\n", ports, CARD_PORTS);
    return 2;
  }
  start_card();
  return is_step ? run_steps() : run_on_pty(count > more + 1 ? strtod(words[more + 1], NULL) / 1e6 : 0);
}
