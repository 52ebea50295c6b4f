/*
 * SpanDSP's tones of fax machines and modems, over pcm.h.
 *   spandsp-fax-tones KIND MILLISECONDS       cng, ced, ans-pr, ansam, ansam-pr or flags
 */

#include <stdlib.h>
#include <string.h>
#include <spandsp.h>
#include "pcm.h"

static const struct {
  const char *name;
  int type;
} TONES[] = {
  {"cng", MODEM_CONNECT_TONES_FAX_CNG},
  {"ced", MODEM_CONNECT_TONES_FAX_CED},
  {"ans-pr", MODEM_CONNECT_TONES_ANS_PR},
  {"ansam", MODEM_CONNECT_TONES_ANSAM},
  {"ansam-pr", MODEM_CONNECT_TONES_ANSAM_PR},
};

/* Whole frames; those that a generator leaves unfilled are silence. */
static void send_tone(int type, int frames) {
  modem_connect_tones_tx_state_t *tone = modem_connect_tones_tx_init(NULL, type);
  for (; frames > 0; frames--) {
    int16_t frame[FRAME] = {0};
    modem_connect_tones_tx(tone, frame, FRAME);
    write_frame(frame, FRAME);
  }
  modem_connect_tones_tx_free(tone);
}

/* T.30 5.3.1: flags at 300 bit/s, 1650 and 1850 Hz. */
static void send_flags(int frames) {
  hdlc_tx_state_t *flags = hdlc_tx_init(NULL, 0, 2, 0, NULL, NULL);
  fsk_tx_state_t *modem = fsk_tx_init(NULL, &preset_fsk_specs[FSK_V21CH2], (get_bit_func_t) hdlc_tx_get_bit, flags);
  hdlc_tx_flags(flags, frames);
  for (; frames > 0; frames--) {
    int16_t frame[FRAME] = {0};
    fsk_tx(modem, frame, FRAME);
    write_frame(frame, FRAME);
  }
  fsk_tx_free(modem);
  hdlc_tx_free(flags);
}

int main(int count, char **words) {
  const int frames = count == 3 ? atoi(words[2]) / 20 : 0;
  if (frames > 0 && strcmp(words[1], "flags") == 0) return send_flags(frames), 0;
  for (size_t index = 0; frames > 0 && index < sizeof TONES / sizeof *TONES; index++) {
    if (strcmp(words[1], TONES[index].name) == 0) return send_tone(TONES[index].type, frames), 0;
  }
  fprintf(stderr, "usage: spandsp-fax-tones cng|ced|ans-pr|ansam|ansam-pr|flags MILLISECONDS\n");
  return 2;
}
