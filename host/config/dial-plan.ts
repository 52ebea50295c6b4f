// Is a dial plan one? The core that will use it is asked, so there is one grammar (assembly/line/dial-plan.ts).

import { TextSetting } from "../adapter-abi.ts";
import { askedCore } from "./asked-core.ts";

/** By DialPlanError of assembly/line/dial-plan.ts. */
const REASONS = [
  "",
  "is too long",
  "is a pattern without a digit",
  "is not part of the notation",
  "opens a set that is not closed",
  "is an empty set",
  "is no range of digits",
  "has nothing before it to repeat",
  "is a parenthesis that does not stand round the whole plan",
  "is not supported yet",
] as const;
const ALLOWED = "allowed: patterns of digits, x, [2-9], *, #, + and . for repetition, with | between them";

/** What is wrong with a dial plan, and where; undefined when nothing is. */
export function dialPlanProblem(plan: string): string | undefined {
  const core = askedCore();
  const place = core.configureText(TextSetting.DialPlan, 0, plan);
  if (place === 0) return undefined;
  const what = plan[place - 1] === undefined ? "its end" : `"${plan[place - 1]}"`;
  return `${what} at character ${place} ${REASONS[core.figure("dialPlanFault")]} (${ALLOWED})`;
}
