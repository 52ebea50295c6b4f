/*
 * SpanDSP's DTMF receiver and generator, over pcm.h.
 *   spandsp-dtmf receive                             prints the digits of the sound, one line
 *   spandsp-dtmf send DIGITS LEVEL TWIST ON OFF      makes their sound: dBm0 of the low tone, dB, ms, ms
 */

#include <stdlib.h>
#include <string.h>
#include <spandsp.h>
#include "pcm.h"

static int receive(void) {
  dtmf_rx_state_t *receiver = dtmf_rx_init(NULL, NULL, NULL);
  int16_t frame[FRAME];
  char digits[64];
  for (int samples; (samples = read_frame(frame)) > 0;) {
    dtmf_rx(receiver, frame, samples);
    for (size_t count; (count = dtmf_rx_get(receiver, digits, sizeof digits - 1)) > 0;) {
      fwrite(digits, 1, count, stdout);
    }
  }
  putchar('\n');
  dtmf_rx_free(receiver);
  return 0;
}

static int send(char **words) {
  dtmf_tx_state_t *sender = dtmf_tx_init(NULL);
  int16_t frame[FRAME];
  dtmf_tx_set_level(sender, atoi(words[1]), atoi(words[2]));
  dtmf_tx_set_timing(sender, atoi(words[3]), atoi(words[4]));
  /* Its queue is short. */
  for (const char *digit = words[0]; *digit; digit++) {
    dtmf_tx_put(sender, digit, 1);
    for (int samples; (samples = dtmf_tx(sender, frame, FRAME)) > 0;) write_frame(frame, samples);
  }
  dtmf_tx_free(sender);
  return 0;
}

int main(int count, char **words) {
  if (count == 2 && strcmp(words[1], "receive") == 0) return receive();
  if (count == 7 && strcmp(words[1], "send") == 0) return send(words + 2);
  fprintf(stderr, "usage: spandsp-dtmf receive | send DIGITS LEVEL TWIST ON OFF\n");
  return 2;
}
