// tipring's parser as a peer: bytes are copied in and one call is made for each message, as the host does it.

import { readFileSync } from "node:fs";
import { messages } from "../messages/messages.mjs";
import { serve } from "./peer.mjs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const { exports } = new WebAssembly.Instance(module, {});
exports.setup();
const region = new Uint8Array(exports.memory.buffer, exports.regionPointer(), exports.regionCapacity());

/** `work` is an export that takes the length of the message in the region. */
const copyIn = (work) => (bytes) => {
  region.set(bytes);
  return work(bytes.length);
};

serve({ read: copyIn(exports.parse), describe: copyIn(exports.describe), write: copyIn(exports.rewrite) }, messages);
