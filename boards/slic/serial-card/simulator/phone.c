/* A telephone for each port of the simulated card: see phone.h. */

#include "phone.h"
#include "../g711.h"
#include <math.h>
#include <string.h>

#define MS UINT64_C(1000)
#define BREAK (60 * MS)
#define MAKE (40 * MS)
#define PAUSE (700 * MS)
#define TWO_PI 6.283185307179586
/* ITU-T G.711: a full-scale sine of A-law. */
#define FULL_SCALE_DBM0 3.14

uint64_t phone_next_move(const struct phone *phone) {
  return phone->count > 0 ? phone->moves[phone->first].at : UINT64_MAX;
}

struct phone_move phone_take_move(struct phone *phone) {
  const struct phone_move move = phone->moves[phone->first];
  phone->first = (phone->first + 1) % PHONE_MOVES;
  phone->count--;
  return move;
}

void phone_hook(struct phone *phone, bool is_closed, uint64_t at) {
  if (phone->count == PHONE_MOVES) return;
  struct phone_move *move = &phone->moves[(phone->first + phone->count++) % PHONE_MOVES];
  move->at = at;
  move->is_closed = is_closed;
}

void phone_dial(struct phone *phone, const char *digits, uint64_t at) {
  for (; *digits >= '0' && *digits <= '9'; digits++) {
    const int pulses = *digits == '0' ? 10 : *digits - '0';
    for (int pulse = 0; pulse < pulses; pulse++) {
      phone_hook(phone, false, at);
      phone_hook(phone, true, at + BREAK);
      at += BREAK + MAKE;
    }
    at += PAUSE;
  }
}

void phone_tone(struct phone *phone, double frequency, double level_dbm0) {
  phone->frequency = frequency;
  phone->peak = frequency > 0 ? 32768 * pow(10, (level_dbm0 - FULL_SCALE_DBM0) / 20) : 0;
}

bool phone_record(struct phone *phone, const char *path) {
  if (phone->recorder) fclose(phone->recorder);
  phone->recorder = fopen(path, "wb");
  return phone->recorder != NULL;
}

/* A hybrid whose balance does not fit: a short stroke back, and its ringing. */
void phone_echo(struct phone *phone, double loss_db) {
  double energy = 0;
  for (int at = 0; at < PHONE_ECHO; at++) {
    phone->echo[at] = at < 5 ? 0 : exp(-(at - 5) / 7.0) * cos(0.9 * (at - 5) + 0.5);
    energy += phone->echo[at] * phone->echo[at];
  }
  const double gain = loss_db > 0 ? pow(10, -loss_db / 20) / sqrt(energy) : 0;
  for (int at = 0; at < PHONE_ECHO; at++) phone->echo[at] *= gain;
}

/* Of what went to the ear in the last 10 ms, and a little before. */
static double echo_of(const struct phone *phone, int index) {
  double sum = 0;
  for (int at = 0; at < PHONE_ECHO; at++) sum += phone->echo[at] * phone->heard[PHONE_ECHO + index - at];
  return sum;
}

static int16_t limited(double sample) { return (int16_t) lround(fmax(-32768, fmin(32767, sample))); }

void phone_speak(struct phone *phone, bool is_a_law, uint8_t *codes) {
  for (int index = 0; index < PHONE_FRAME; index++) {
    const int16_t sample = limited(phone->peak * sin(phone->phase) + echo_of(phone, index));
    phone->phase = fmod(phone->phase + TWO_PI * phone->frequency / 8000, TWO_PI);
    codes[index] = is_a_law ? a_law_of(sample) : mu_law_of(sample);
  }
}

void phone_listen(struct phone *phone, bool is_a_law, const uint8_t *codes) {
  memmove(phone->heard, phone->heard + PHONE_FRAME, PHONE_ECHO * sizeof phone->heard[0]);
  for (int index = 0; index < PHONE_FRAME; index++) {
    const int16_t sample = is_a_law ? of_a_law(codes[index]) : of_mu_law(codes[index]);
    phone->heard[PHONE_ECHO + index] = sample;
    if (!phone->recorder) continue;
    fputc(sample & 0xff, phone->recorder);
    fputc(sample >> 8 & 0xff, phone->recorder);
  }
  if (phone->recorder) fflush(phone->recorder);
}
