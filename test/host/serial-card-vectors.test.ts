// The example frames and the conversation of boards/slic/serial-card/vectors.json, which anyone who writes a card can hold it against:
// made from the document by other means, and held here against the driver's frames and the reference card.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { crc16, FRAME_MAX, FrameKind, FrameReader, writeFrame } from "../../host/phone/card-frame.ts";
import { CARD_SOURCES, cardSkip, StepCard } from "../support/line-card.ts";

interface Vectors {
  frames: { name: string; content: string; wire: string }[];
  conversation: { at: number; host?: string; phone?: string; card: string[]; does: string[] }[];
}

const { frames, conversation } = JSON.parse(readFileSync(join(CARD_SOURCES, "vectors.json"), "utf8")) as Vectors;

test("CRC-16/X-25: the check value of the nine digits", () => assert.equal(crc16(Buffer.from("123456789"), 9), 0x906e));

function assertFrame(content: string, wire: string): void {
  const room = new Uint8Array(FRAME_MAX);
  const length = Buffer.from(content, "hex").copy(room);
  const written = new Uint8Array(FRAME_MAX + 2);
  assert.equal(Buffer.from(written.subarray(0, writeFrame(room, length, written))).toString("hex"), wire);
  const read: string[] = [];
  const reader = new FrameReader((bytes, size) => read.push(Buffer.from(bytes.subarray(0, size)).toString("hex")));
  reader.read(Buffer.from(wire, "hex"));
  assert.deepEqual(read, [content]);
}

describe("example frames", () => {
  for (const { name, content, wire } of frames) test(name, () => assertFrame(content, wire));
});

test("the document's examples: each is a frame, and there is one of every kind", () => {
  const page = readFileSync(join(CARD_SOURCES, "README.md"), "utf8");
  const rows = [...page.matchAll(/^\|.*\| `([0-9a-f ]+)` +\| `([0-9a-f ]+)` +\|$/gm)];
  const hex = (text: string) => text.replaceAll(" ", "");
  for (const [, content, wire] of rows) assertFrame(hex(content!), hex(wire!));
  const kinds = new Set(rows.map(([, content]) => Number.parseInt(content![0]!, 16)));
  assert.deepEqual(
    [...kinds].sort((a, b) => a - b),
    Object.values(FrameKind).sort((a, b) => a - b),
  );
});

test("the conversation: the reference card answers as the document says, byte for byte", { skip: cardSkip() }, () => {
  const card = new StepCard();
  try {
    // what it does when it is switched on
    card.tell(`now ${conversation[0]!.at}`);
    for (const { at, host, phone, card: answers, does } of conversation) {
      const said = [
        ...card.tell(`now ${at}`),
        ...(host === undefined ? [...card.tell(phone!), ...card.tell(`now ${at}`)] : card.tell(`rx ${host}`)),
      ];
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
