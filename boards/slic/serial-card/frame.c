/* Frames on the wire: see frame.h. */

#include "frame.h"

/* No code of COBS, so that nothing has been read yet. */
#define NO_CODE 0u
#define FULL_BLOCK 0xffu

uint16_t frame_crc(const uint8_t *bytes, unsigned length) {
  uint16_t crc = 0xffff;
  for (unsigned index = 0; index < length; index++) {
    crc ^= bytes[index];
    for (int bit = 0; bit < 8; bit++) crc = (uint16_t) (crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1);
  }
  return (uint16_t) ~crc;
}

unsigned frame_write(const uint8_t *content, unsigned length, uint8_t *wire) {
  const uint16_t crc = frame_crc(content, length);
  unsigned code_at = 0;
  unsigned at = 1;
  for (unsigned index = 0; index < length + FRAME_CRC; index++) {
    const uint8_t byte = index < length ? content[index] : (uint8_t) (index == length ? crc & 0xff : crc >> 8);
    if (byte != 0) {
      wire[at++] = byte;
      continue;
    }
    wire[code_at] = (uint8_t) (at - code_at);
    code_at = at++;
  }
  wire[code_at] = (uint8_t) (at - code_at);
  wire[at++] = 0;
  return at;
}

void frame_reset(struct frame_reader *reader) {
  reader->length = 0;
  reader->code = NO_CODE;
  reader->left = 0;
  reader->is_broken = false;
}

static void put(struct frame_reader *reader, uint8_t byte) {
  if (reader->length == FRAME_MAX) reader->is_broken = true;
  else reader->bytes[reader->length++] = byte;
}

static bool is_right(struct frame_reader *reader) {
  if (reader->is_broken || reader->left > 0 || reader->length < FRAME_HEAD + FRAME_CRC) return false;
  reader->length = (uint16_t) (reader->length - FRAME_CRC);
  const uint8_t *crc = reader->bytes + reader->length;
  return frame_crc(reader->bytes, reader->length) == (uint16_t) (crc[0] | crc[1] << 8);
}

enum frame_news frame_read(struct frame_reader *reader, uint8_t byte) {
  if (byte == 0) {
    const bool is_empty = reader->code == NO_CODE;
    const bool is_whole = !is_empty && is_right(reader);
    const uint16_t length = reader->length;
    frame_reset(reader);
    if (is_empty) return FRAME_NOTHING;
    if (!is_whole) return FRAME_BAD;
    reader->length = length;
    return FRAME_WHOLE;
  }
  if (reader->code == NO_CODE) reader->length = 0;
  if (reader->left > 0) {
    reader->left--;
    put(reader, byte);
    return FRAME_NOTHING;
  }
  if (reader->code != NO_CODE && reader->code != FULL_BLOCK) put(reader, 0);
  reader->code = byte;
  reader->left = (uint8_t) (byte - 1);
  return FRAME_NOTHING;
}
