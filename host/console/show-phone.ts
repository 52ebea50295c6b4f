// What the simulated telephones show: handset, bell, display, lamp.

import type { Box, ShownCall, TelephoneStatus } from "../status.ts";
import { type Command, LINE, type Report } from "./command.ts";
import { type Cell, drawFacts, drawTable } from "./table.ts";
import { telephone } from "./telephones.ts";

export const SHOW_PHONE_COMMANDS: readonly Command[] = [
  {
    path: ["show", "phone"],
    help: "simulated telephones: handset, bell, who calls",
    isShow: true,
    run: ({ box }) => phones(box),
  },
  {
    path: ["show", "phone", LINE],
    help: "one simulated telephone, and who has called it",
    isShow: true,
    run: ({ box }, [line]) => onePhone(box, Number(line)),
  },
];

export const PHONE_COMMAND: Command = {
  path: ["phone", LINE],
  help: "handset, bell, display and lamp",
  isShow: true,
  run: ({ box }, [line]) => onePhone(box, Number(line)),
};

function phones(box: Box): Report {
  const value = box.lines().flatMap(({ line }): TelephoneStatus[] => {
    const phone = box.phone(line);
    return phone ? [{ line, ...phone.status() }] : [];
  });
  const rows = value.map(({ line, handset, isRinging, calls: [last], messages }) => [
    line,
    handset,
    isRinging ? "rings" : "silent",
    last ? caller(last) : null,
    last ? time(last) : null,
    lamp(messages),
  ]);
  const text = drawTable(["Phone", "Handset", "Bell", "Last caller", "Time", "Messages"], rows);
  return { value, text: value.length === 0 ? "no simulated telephones" : text };
}

function onePhone(box: Box, line: number): Report {
  const value: TelephoneStatus = { line, ...telephone(box, line).status() };
  return {
    value,
    text: drawFacts([
      ["phone", value.line],
      ["handset", value.handset],
      ["bell", value.isRinging ? "rings" : "silent"],
      ["dials with", value.mode === "dtmf" ? "tones" : "pulses"],
      ["messages", lamp(value.messages)],
      ...(value.calls.length === 0 ? ([["callers", null]] as const) : value.calls.map(callFact)),
    ]),
  };
}

function callFact(call: ShownCall, index: number): readonly [string, Cell] {
  const at = time(call);
  return [index === 0 ? "last caller" : "before", at === null ? caller(call) : `${caller(call)}, ${at}`];
}

function caller({ number, name, absence }: ShownCall): string {
  const known = [number, name].filter((part) => part !== undefined);
  return known.length > 0 ? known.join(" ") : (absence ?? "unknown");
}

/** MMDDHHMM as it is read. */
function time({ time: digits }: ShownCall): string | null {
  const [, month, day, hour, minute] = /^(..)(..)(..)(..)$/.exec(digits ?? "") ?? [];
  return month === undefined ? null : `${month}-${day} ${hour}:${minute}`;
}

function lamp(messages: TelephoneStatus["messages"]): string | null {
  if (!messages) return null;
  if (!messages.areWaiting) return "none";
  return messages.count === undefined ? "waiting" : String(messages.count);
}
