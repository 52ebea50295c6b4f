/*
 * SpanDSP's line echo canceller, over pcm.h: a frame for the ear and one from the microphone come in turns, each pair
 * gives one frame without echo. 256 taps, its non-linear processor off.
 */

#include <spandsp.h>
#include "pcm.h"

/* Debian's library was built with its debugging prints on. */
int __printf_chk(int flag, const char *format, ...) {
  (void) flag;
  (void) format;
  return 0;
}

int main(void) {
  echo_can_state_t *canceller = echo_can_init(256, ECHO_CAN_USE_ADAPTION);
  int16_t far[FRAME], near[FRAME];
  while (read_frame(far) == FRAME && read_frame(near) == FRAME) {
    for (int sample = 0; sample < FRAME; sample++) near[sample] = echo_can_update(canceller, far[sample], near[sample]);
    write_frame(near, FRAME);
  }
  echo_can_free(canceller);
  return 0;
}
