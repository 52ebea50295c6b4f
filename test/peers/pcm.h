/* Sound of 16-bit samples at 8 kHz on standard input and output, in frames. */

#include <stdint.h>
#include <stdio.h>

#define FRAME 160

/* Samples read into `frame`; fewer than FRAME only at the end. */
static inline int read_frame(int16_t *frame) { return (int) fread(frame, sizeof *frame, FRAME, stdin); }

static inline void write_frame(const int16_t *frame, int samples) { fwrite(frame, sizeof *frame, samples, stdout); }
