/* Frames on the wire: a CRC-16 behind the content, COBS around both, a zero byte at the end. README.md, "Frames". */

#ifndef TIPRING_FRAME_H
#define TIPRING_FRAME_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of content with its CRC: within one COBS block, so that a frame always grows by two bytes. */
#define FRAME_MAX 200u
#define FRAME_CRC 2u
/* Kind and port, link, number: no content is shorter. */
#define FRAME_HEAD 4u
#define FRAME_ON_WIRE (FRAME_MAX + 2u)

struct frame_reader {
  uint8_t bytes[FRAME_MAX];
  uint16_t length;
  uint8_t code;
  uint8_t left;
  bool is_broken;
};

enum frame_news { FRAME_NOTHING, FRAME_WHOLE, FRAME_BAD };

/* CRC-16/X-25: of ISO/IEC 13239 and ITU-T X.25. */
uint16_t frame_crc(const uint8_t *bytes, unsigned length);

/* Puts the frame of `length` bytes of content into `wire` (FRAME_ON_WIRE bytes); how many bytes it takes there. */
unsigned frame_write(const uint8_t *content, unsigned length, uint8_t *wire);

void frame_reset(struct frame_reader *reader);

/* Takes a byte of the wire. FRAME_WHOLE: `bytes` holds `length` bytes of content until the next call. */
enum frame_news frame_read(struct frame_reader *reader, uint8_t byte);

#endif
