#define _GNU_SOURCE
/* The numbers of <alsa/asoundlib.h> and <sched.h> that the host has written down: a name and its number a line. */
#include <alsa/asoundlib.h>
#include <sched.h>
#include <stdio.h>

#define TELL(name) printf("%s %d\n", #name, (int) name)

int main(void) {
  TELL(SND_PCM_STREAM_PLAYBACK);
  TELL(SND_PCM_STREAM_CAPTURE);
  TELL(SND_PCM_FORMAT_S16_LE);
  TELL(SND_PCM_ACCESS_RW_INTERLEAVED);
  TELL(SCHED_FIFO);
  TELL(SCHED_RESET_ON_FORK);
  return 0;
}
