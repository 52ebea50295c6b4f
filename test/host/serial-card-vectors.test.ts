// The example frames and the conversation of boards/slic/serial-card/vectors.json, which anyone who writes a card can hold it against:
// made from the document by other means, and held here against the driver's frames and the reference card.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { crc16, FRAME_MAX, FrameReader, writeFrame } from "../../host/phone/card-frame.ts";
import { CARD_SOURCES, cardSkip, StepCard } from "../support/line-card.ts";

interface Vectors {
  frames: { name: string; content: string; wire: string }[];
  conversation: { at: number; host?: string; phone?: string; card: string[]; does: string[] }[];
}

const { frames, conversation } = JSON.parse(readFileSync(join(CARD_SOURCES, "vectors.json"), "utf8")) as Vectors;

test("CRC-16/X-25: the check value of the nine digits", () => assert.equal(crc16(Buffer.from("123456789"), 9), 0x906e));

describe("example frames", () => {
  for (const { name, content, wire } of frames)
    test(name, () => {
      const room = new Uint8Array(FRAME_MAX);
      const length = Buffer.from(content, "hex").copy(room);
      const written = new Uint8Array(FRAME_MAX + 2);
      assert.equal(Buffer.from(written.subarray(0, writeFrame(room, length, written))).toString("hex"), wire);
      const read: string[] = [];
      const reader = new FrameReader((bytes, size) => read.push(Buffer.from(bytes.subarray(0, size)).toString("hex")));
      reader.read(Buffer.from(wire, "hex"));
      assert.deepEqual(read, [content]);
    });
});

test("the conversation: the reference card answers as the document says, byte for byte", { skip: cardSkip() }, () => {
  const card = new StepCard();
  try {
    for (const { at, host, phone, card: answers, does } of conversation) {
      // its sound goes by its own clock, and its tick too: neither is of this conversation
      const tell = (command: string) =>
        card.tell(command).filter((line) => !line.startsWith("tx ") || line.length < 300);
      tell(`now ${at}`);
      const said = host === undefined ? [...tell(phone!), ...tell(`now ${at}`)] : tell(`rx ${host}`);
      assert.deepEqual(
        said.filter((line) => line.startsWith("tx ")).map((line) => line.slice(3)),
        answers,
        `at ${at}`,
      );
      assert.deepEqual(
        said.filter((line) => !line.startsWith("tx ")),
        does,
        `at ${at}`,
      );
    }
  } finally {
    card.close();
  }
});
