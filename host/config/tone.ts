// Is a tone one? The core that will use it is asked, so there is one grammar (assembly/line/tone-text.ts).

import { TextSetting } from "../adapter-abi.ts";
import { askedCore } from "./asked-core.ts";

/** By ToneTextError of assembly/line/tone-text.ts. */
const REASONS = [
  "",
  "does not belong there",
  "is no frequency of 20 to 3999 Hz",
  "is no level of -60 to 0 dBm0",
  "is one frequency more than four",
  "is no time of up to 64 s, of a section up to 3600, or nothing at all",
  "is more than two sections, or eight times on and off",
  "is not the number of a frequency",
] as const;
const ALLOWED = "allowed: such as f1=350@-17,f2=440@-17,c=500/500; or 350@-17,440@-17;2(.1/.1/1+2);*(*/0/1+2)";

/** What is wrong with a tone, and where; undefined when nothing is. */
export function toneProblem(tone: string): string | undefined {
  const core = askedCore();
  const place = core.configureText(TextSetting.ToneOf + 1, 0, tone);
  if (place === 0) return undefined;
  const what = tone[place - 1] === undefined ? "its end" : `"${tone[place - 1]}"`;
  return `${what} at character ${place} ${REASONS[core.figure("toneFault")]} (${ALLOWED})`;
}
