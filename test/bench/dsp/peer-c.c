/* Signal processing in C as a peer: a plain table, and with -DSPANDSP Debian's spandsp. For each line "passes work" it prints processor
   time in nanoseconds and a sum. Its argument is six seconds of sound: speech, ten digits, noise and its echo,
   a voice and its echo. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND 8000
#define FRAME 160

static int16_t sound[6 * SECOND], result[SECOND];
static uint8_t coded[SECOND];

#ifdef SPANDSP
#include <math.h>
#include <spandsp.h>

#define ECHO_TAPS 256

/* Debian's canceller says two lines about each sample: they cost it nothing here. */
int __printf_chk(int flag, const char *format, ...) {
  (void) flag;
  (void) format;
  return 0;
}

static dtmf_rx_state_t *detector;
static tone_gen_state_t *player;
static plc_state_t *concealment;
static echo_can_state_t *canceller;
static int found;

static void on_digits(void *data, const char *digits, int count) {
  (void) data;
  (void) digits;
  found += count;
}

static void setup(void) {
  detector = dtmf_rx_init(NULL, on_digits, NULL);
  concealment = plc_init(NULL);
  canceller = echo_can_init(ECHO_TAPS, ECHO_CAN_USE_ADAPTION);
  player = tone_gen_init(NULL, tone_gen_descriptor_init(NULL, 350, -13, 440, -13, 1000, 0, 0, 0, 1));
  for (int at = 0; at < SECOND; at++) coded[at] = linear_to_ulaw(sound[at]);
}

static int encode_mu(void) {
  for (int at = 0; at < SECOND; at++) coded[at] = linear_to_ulaw(sound[at]);
  return coded[SECOND / 2];
}

static int encode_a(void) {
  for (int at = 0; at < SECOND; at++) coded[at] = linear_to_alaw(sound[at]);
  return coded[SECOND / 2];
}

static int decode_mu(void) {
  for (int at = 0; at < SECOND; at++) result[at] = ulaw_to_linear(coded[at]);
  return result[SECOND / 2];
}

static int decode_a(void) {
  for (int at = 0; at < SECOND; at++) result[at] = alaw_to_linear(coded[at]);
  return result[SECOND / 2];
}

static int detect(const int16_t *from) {
  found = 0;
  for (int at = 0; at < SECOND; at += FRAME) dtmf_rx(detector, from + at, FRAME);
  return found;
}

static int detect_in_speech(void) { return detect(sound); }
static int detect_digits(void) { return detect(sound + SECOND); }

static int play_tone(void) {
  for (int at = 0; at < SECOND; at += FRAME) tone_gen(player, result, FRAME);
  return result[7];
}

static int conceal(void) {
  for (int at = 0; at < SECOND; at += FRAME) {
    if (at / FRAME % 10 == 9) {
      plc_fillin(concealment, result, FRAME);
    } else {
      memcpy(result, sound + at, FRAME * sizeof *result);
      plc_rx(concealment, result, FRAME);
    }
  }
  return result[7];
}

/* Echo return loss enhancement of a second, in hundredths of a dB. */
static int cancel(const int16_t *far) {
  const int16_t *echo = far + SECOND;
  double before = 1, left = 1;
  for (int at = 0; at < SECOND; at++) {
    double rest = echo_can_update(canceller, far[at], echo[at]);
    before += (double) echo[at] * echo[at];
    left += rest * rest;
  }
  return (int) (1000 * log10(before / left));
}

static int cancel_noise(void) { return cancel(sound + 2 * SECOND); }
static int cancel_voice(void) { return cancel(sound + 4 * SECOND); }

static int learn_noise(void) {
  echo_can_flush(canceller);
  return cancel_noise();
}

static const struct work {
  const char *name;
  int (*run)(void);
} works[] = {
  {"encodeMu", encode_mu}, {"encodeA", encode_a}, {"decodeMu", decode_mu}, {"decodeA", decode_a},
  {"detectInSpeech", detect_in_speech}, {"detectDigits", detect_digits}, {"playTone", play_tone}, {"conceal", conceal},
  {"cancelNoise", cancel_noise}, {"cancelVoice", cancel_voice}, {"learnNoise", learn_noise},
  {NULL, NULL},
};

#else

static uint8_t codes[65536];
static int16_t values[256];

/* Any table of that size will do. */
static void setup(void) {
  for (int at = 0; at < 65536; at++) codes[at] = (uint8_t) (at * 7919 >> 8);
  for (int at = 0; at < 256; at++) values[at] = (int16_t) (at * 7919);
}

static int encode(void) {
  for (int at = 0; at < SECOND; at++) coded[at] = codes[(uint16_t) sound[at]];
  return coded[SECOND / 2];
}

static int decode(void) {
  for (int at = 0; at < SECOND; at++) result[at] = values[coded[at]];
  return result[SECOND / 2];
}

static const struct work {
  const char *name;
  int (*run)(void);
} works[] = {{"encodeMu", encode}, {"encodeA", encode}, {"decodeMu", decode}, {"decodeA", decode}, {NULL, NULL}};

#endif

int main(int count, char **arguments) {
  FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
  if (!file || fread(sound, sizeof *sound, 6 * SECOND, file) != 6 * SECOND) return 2;
  fclose(file);
  setup();
  char name[32];
  long passes;
  while (scanf("%ld %31s", &passes, name) == 2) {
    const struct work *work = works;
    while (work->name && strcmp(work->name, name) != 0) work++;
    if (!work->name) return 2;
    struct timespec start, end;
    long sum = 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (; passes > 0; passes--) {
      sum += work->run();
      __asm__ volatile("" ::: "memory");
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    printf("%.0f %ld\n", (end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec), sum);
    fflush(stdout);
  }
  return 0;
}
