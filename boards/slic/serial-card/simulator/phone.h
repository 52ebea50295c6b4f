/* A telephone for each port of the simulated card: a hook switch, a rotary dial, a tone for its microphone, a recorder at its ear. */

#ifndef TIPRING_PHONE_H
#define TIPRING_PHONE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PHONE_MOVES 512
#define PHONE_FRAME 80
/* Samples that the hybrid's echo lasts. */
#define PHONE_ECHO 64

struct phone_move {
  uint64_t at;
  bool is_closed;
};

struct phone {
  struct phone_move moves[PHONE_MOVES];
  unsigned first;
  unsigned count;
  double frequency;
  double peak;
  double phase;
  FILE *recorder;
  /* Of the ear's sound at the microphone, and what the ear got, the newest last. */
  double echo[PHONE_ECHO];
  int16_t heard[PHONE_ECHO + PHONE_FRAME];
};

/* When the loop moves next, microseconds; UINT64_MAX for never. */
uint64_t phone_next_move(const struct phone *phone);
struct phone_move phone_take_move(struct phone *phone);
void phone_hook(struct phone *phone, bool is_closed, uint64_t at);
/* Ten pulses a second, 60 % break. */
void phone_dial(struct phone *phone, const char *digits, uint64_t at);
/* No tone for 0 Hz. */
void phone_tone(struct phone *phone, double frequency, double level_dbm0);
/* How much softer than white sound for the ear its echo at the microphone is; none for 0. */
void phone_echo(struct phone *phone, double loss_db);
/* 16-bit samples of all that the ear hears, into a file. */
bool phone_record(struct phone *phone, const char *path);
void phone_speak(struct phone *phone, bool is_a_law, uint8_t *codes);
void phone_listen(struct phone *phone, bool is_a_law, const uint8_t *codes);

#endif
