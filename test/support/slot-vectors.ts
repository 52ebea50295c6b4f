// What a slot table says and what stage 1 makes of it: test/vectors/slots.json, for both who read tables.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";

export interface SlotVector {
  name: string;
  slots: [string | null, string | null];
  counts: 0 | 1 | null;
  damaged: string[];
  starts: string;
  writes: string[];
}

export const slotVectors = (
  JSON.parse(readFileSync(join(projectRoot, "test/vectors/slots.json"), "utf8")) as { vectors: SlotVector[] }
).vectors;
