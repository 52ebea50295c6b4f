/* ITU-T G.711 tables 1 and 2: see g711.h. */

#include "g711.h"

#define MU_BIAS 132
#define MU_CLIP 32635

static int segment_of(int magnitude, int lowest) {
  int segment = 0;
  while (segment < 7 && magnitude >= lowest << (segment + 1)) segment++;
  return segment;
}

uint8_t mu_law_of(int16_t sample) {
  int magnitude = sample < 0 ? -(int) sample : sample;
  if (magnitude > MU_CLIP) magnitude = MU_CLIP;
  magnitude += MU_BIAS;
  const int segment = segment_of(magnitude, 128);
  return (uint8_t) ~((sample < 0 ? 0x80 : 0) | segment << 4 | (magnitude >> (segment + 3) & 15));
}

int16_t of_mu_law(uint8_t code) {
  const int bits = ~code & 0xff;
  const int magnitude = ((((bits & 15) << 3) + MU_BIAS) << (bits >> 4 & 7)) - MU_BIAS;
  return (int16_t) (bits & 0x80 ? -magnitude : magnitude);
}

/* The even bits travel inverted, and a set sign bit is positive. */
uint8_t a_law_of(int16_t sample) {
  const int magnitude = sample < 0 ? -(int) sample - 1 : sample;
  const int segment = segment_of(magnitude, 128);
  const int shift = segment == 0 ? 4 : segment + 3;
  return (uint8_t) (((sample < 0 ? 0 : 0x80) | segment << 4 | (magnitude >> shift & 15)) ^ 0x55);
}

int16_t of_a_law(uint8_t code) {
  const int bits = code ^ 0x55;
  const int segment = bits >> 4 & 7;
  const int step = ((bits & 15) << 4) + 8;
  const int magnitude = segment == 0 ? step : (step + 256) << (segment - 1);
  return (int16_t) (bits & 0x80 ? magnitude : -magnitude);
}
