/*
 * SpanDSP's reader and writer of caller-ID messages, over pcm.h.
 *   spandsp-adsi receive STANDARD          prints each message of the sound as hexadecimal bytes, a line each
 *   spandsp-adsi send STANDARD MESSAGE     makes the sound of one, MESSAGE the bytes without length and checksum's value
 * STANDARD: class (Bell 202), clip (V.23), jclip (NTT), dtmf
 */

#include <stdlib.h>
#include <string.h>
#include <spandsp.h>
#include "pcm.h"

static void print_message(void *user, const uint8_t *message, int length) {
  (void) user;
  for (int index = 0; index < length; index++) printf("%02x", message[index]);
  putchar('\n');
}

static int standard_of(const char *name) {
  if (strcmp(name, "class") == 0) return ADSI_STANDARD_CLASS;
  if (strcmp(name, "clip") == 0) return ADSI_STANDARD_CLIP;
  if (strcmp(name, "jclip") == 0) return ADSI_STANDARD_JCLIP;
  if (strcmp(name, "dtmf") == 0) return ADSI_STANDARD_CLIP_DTMF;
  fprintf(stderr, "spandsp-adsi: no standard %s\n", name);
  exit(2);
}

static int receive(int standard) {
  adsi_rx_state_t *receiver = adsi_rx_init(NULL, standard, print_message, NULL);
  int16_t frame[FRAME];
  for (int samples; (samples = read_frame(frame)) > 0;) adsi_rx(receiver, frame, samples);
  adsi_rx_free(receiver);
  return 0;
}

static int send(int standard, const char *hex) {
  adsi_tx_state_t *sender = adsi_tx_init(NULL, standard);
  uint8_t message[256];
  int length = 0;
  int16_t frame[FRAME];
  for (unsigned byte; sscanf(hex + 2 * length, "%2x", &byte) == 1; length++) message[length] = (uint8_t) byte;
  adsi_tx_put_message(sender, message, length);
  for (int samples; (samples = adsi_tx(sender, frame, FRAME)) > 0;) write_frame(frame, samples);
  adsi_tx_free(sender);
  return 0;
}

int main(int count, char **words) {
  if (count == 3 && strcmp(words[1], "receive") == 0) return receive(standard_of(words[2]));
  if (count == 4 && strcmp(words[1], "send") == 0) return send(standard_of(words[2]), words[3]);
  fprintf(stderr, "usage: spandsp-adsi receive STANDARD | send STANDARD MESSAGE\n");
  return 2;
}
