// tipring's parser as a peer: bytes are copied in and one call is made for each message, as the host does it.

import { readFileSync } from "node:fs";
import { messages } from "../messages/messages.mjs";
import { serve } from "./peer.mjs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const { exports } = new WebAssembly.Instance(module, {});
exports.setup();
const region = new Uint8Array(exports.memory.buffer, exports.regionPointer(), exports.regionCapacity());

serve((bytes) => {
  region.set(bytes);
  return exports.parse(bytes.length);
}, messages);
