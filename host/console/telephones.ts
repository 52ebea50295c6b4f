// The simulated telephones as the console finds them.

import type { Box, SimulatedTelephone } from "../status.ts";
import { CommandError } from "./command.ts";

/** Says which lines have one when this one has none. */
export function telephone(box: Box, line: number): SimulatedTelephone {
  const phone = box.phone(line);
  if (phone) return phone;
  const simulated = box.lines().filter((candidate) => box.phone(candidate.line));
  const allowed = simulated.map((candidate) => candidate.line).join(", ") || "none on this board";
  throw new CommandError(`line ${line} has a real port, not a simulated telephone; allowed: ${allowed}`);
}
