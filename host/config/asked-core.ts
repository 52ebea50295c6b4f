// A core that is asked whether a text is what it should be, so that each grammar stands in one place: there.

import { Core } from "../core.ts";
import { readModule } from "../paths.ts";

let core: Core | undefined;

export function askedCore(): Core {
  core ??= new Core(readModule("adapter"), "adapter.wasm");
  return core;
}
