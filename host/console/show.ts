// The `show` commands: what the box knows, as tables for people and as JSON for programs.

import { isIP } from "node:net";
import { entryText } from "../log.ts";
import type { Box, CallQuality, CallStatus, LineStatus, RegistrationStatus, SoundQuality } from "../status.ts";
import { type Command, CommandError, LINE, type Report, wholeNumber } from "./command.ts";
import { cardFacts } from "./line-card.ts";
import { drawFacts, drawTable, showDuration } from "./table.ts";

const LOG_LINES = 20;
const LOG_LINES_MAX = 1000;
const LINES = wholeNumber("LINES", "how many of the newest lines", 1, LOG_LINES_MAX);

export const SHOW_COMMANDS: readonly Command[] = [
  {
    path: ["show", "line"],
    help: "phone lines: hook, state, registration",
    isShow: true,
    run: ({ box }) => lines(box),
  },
  {
    path: ["show", "line", LINE],
    help: "one phone line in full",
    isShow: true,
    run: ({ box }, [line]) => oneLine(box, Number(line)),
  },
  {
    path: ["show", "tone", LINE],
    help: "the tones of a line, as they may be set",
    isShow: true,
    run: ({ box }, [line]) => tones(box, Number(line)),
  },
  { path: ["show", "call"], help: "calls and how their sound fares", isShow: true, run: ({ box }) => calls(box) },
  {
    path: ["show", "call", LINE],
    help: "the calls of one line in full",
    isShow: true,
    run: ({ box }, [line]) => callsOf(box, Number(line)),
  },
  {
    path: ["show", "registration"],
    help: "where each line is registered",
    isShow: true,
    run: ({ box }) => registrations(box),
  },
  { path: ["show", "server"], help: "the built-in server", isShow: true, run: ({ box }) => server(box) },
  { path: ["show", "version"], help: "program, board, uptime", isShow: true, run: ({ box }) => version(box) },
  {
    path: ["show", "log"],
    help: `the newest ${LOG_LINES} log lines`,
    isShow: true,
    run: ({ box }) => log(box, LOG_LINES),
  },
  {
    path: ["show", "log", LINES],
    help: "the newest log lines",
    isShow: true,
    run: ({ box }, [count]) => log(box, Number(count)),
  },
];

function lines(box: Box): Report {
  const value = box.lines();
  const rows = value.map((line) => [
    line.line,
    line.user,
    line.displayName,
    line.hook,
    line.state,
    line.registered ? "yes" : "no",
    line.country,
  ]);
  return { value, text: drawTable(["Line", "User", "Name", "Hook", "State", "Registered", "Country"], rows) };
}

function oneLine(box: Box, number: number): Report {
  const value = box.lines().find(({ line }) => line === number)!;
  return {
    value,
    text: drawFacts([
      ["line", value.line],
      ["user", value.user],
      ["name", value.displayName],
      ["hook", value.hook],
      ["state", value.state],
      ["registered", value.registered ? "yes" : "no"],
      ["country", value.country],
      ["messages", showMessages(value.messages)],
      ["echo", showEcho(value.echo)],
      ["driver", value.driver],
      ...(value.card ? cardFacts(value.card) : []),
    ]),
  };
}

function showEcho(echo: LineStatus["echo"]): string {
  if (!echo) return "none known";
  const left = echo.enhancementDb === null ? "" : `, cancelled by ${echo.enhancementDb.toFixed(0)} dB more`;
  return `${echo.lossDb.toFixed(0)} dB below what the phone hears${left}`;
}

function showMessages(messages: LineStatus["messages"]): string {
  if (!messages) return "unknown";
  if (messages.new + messages.old > 0) return `${messages.new} new, ${messages.old} old`;
  return messages.areWaiting ? "waiting" : "none";
}

/** Each tone in one notation, and under it in the other where that has words for it. */
function tones(box: Box, line: number): Report {
  const value = box.tones(line);
  const text = value.flatMap(({ tone, isOwn, sections, assignments }) => [
    `${tone.padEnd(14)}${(isOwn ? "own" : "country").padEnd(9)}${sections}`,
    ...(assignments === "" ? [] : ["".padEnd(23) + assignments]),
  ]);
  return { value, text: text.join("\n") };
}

function calls(box: Box): Report {
  const value = box.calls();
  if (value.length === 0) return { value, text: "no calls" };
  const now = box.clock.wallClock();
  const rows = value.map((call) => [
    call.line,
    call.direction,
    call.peer,
    call.state,
    showDuration(now - call.since),
    call.protection === "" ? call.codec : `${call.codec} SRTP`,
    call.rtp?.sent ?? null,
    call.rtp?.received ?? null,
    call.rtp?.lost ?? null,
    call.quality?.here?.conversationMos?.toFixed(2) ?? null,
  ]);
  return {
    value,
    text: drawTable(["Line", "Way", "Peer", "State", "For", "Codec", "Sent", "Received", "Lost", "MOS"], rows),
  };
}

function callsOf(box: Box, line: number): Report {
  const value = box.calls().filter((call) => call.line === line);
  const now = box.clock.wallClock();
  return {
    value,
    text: value.length === 0 ? `no call on line ${line}` : value.map((call) => callFacts(call, now)).join("\n\n"),
  };
}

function callFacts(
  { line, direction, peer, state, since, codec, protection, callId, rtp, quality }: CallStatus,
  now: number,
): string {
  return drawFacts([
    ["line", line],
    ["way", direction],
    ["peer", peer],
    ["state", state],
    ["for", showDuration(now - since)],
    ["codec", codec],
    ["protection", protection === "" ? "none" : protection],
    ["call id", callId],
    ...(rtp
      ? ([
          ["sent", `${rtp.sent} packets`],
          ["received", `${rtp.received} packets`],
          ["lost", `${rtp.lost} packets`],
          ["late", `${rtp.late} packets`],
          ["jitter", `${rtp.jitterMs.toFixed(1)} ms`],
          ["jitter buffer", `${rtp.delayMs.toFixed(0)} ms`],
          ["round trip", rtp.roundTripMs === null ? null : `${rtp.roundTripMs.toFixed(1)} ms`],
          ["concealed", `${rtp.concealedMs.toFixed(0)} ms`],
        ] as const)
      : []),
    ...(quality ? qualityFacts(quality) : []),
  ]);
}

function qualityFacts({ here, there, ...levels }: CallQuality): readonly (readonly [string, string | null])[] {
  return [
    ["MOS here", opinionText(here)],
    ["MOS at the far end", opinionText(there)],
    ["loss here", here && lossText(here)],
    ["loss at the far end", there && lossText(there)],
    ["level heard", levelText(levels.heardDbm0, levels.heardPeakDbm0)],
    ["level sent", levelText(levels.sentDbm0, levels.sentPeakDbm0)],
    ["voice, noise heard", here && `${here.signalDbm0?.toFixed(0) ?? "-"}, ${here.noiseDbm0?.toFixed(0) ?? "-"} dBm0`],
  ];
}

function opinionText(quality: SoundQuality | null): string | null {
  if (!quality || quality.conversationMos === null) return null;
  return `${quality.conversationMos.toFixed(2)} (R ${quality.rating?.toFixed(0)})`;
}

function lossText({ lossPercent, discardPercent, burstPercent, burstMs }: SoundQuality): string {
  const text = `${lossPercent.toFixed(1)} % lost, ${discardPercent.toFixed(1)} % late`;
  return burstMs === 0 ? text : `${text}; bursts of ${burstMs.toFixed(0)} ms with ${burstPercent.toFixed(0)} %`;
}

function levelText(level: number, peak: number): string {
  return `${level.toFixed(1)} dBm0, peak ${peak.toFixed(1)}`;
}

function registrations(box: Box): Report {
  const value = box.registrations();
  const rows = value.map((registration) => [
    registration.line,
    registration.addressOfRecord,
    registration.server,
    registration.state,
    seconds(registration.expiresSeconds),
    seconds(registration.nextSeconds),
    registration.lastAnswer,
  ]);
  const table = drawTable(["Line", "Address", "Server", "State", "Expires", "Next", "Last answer"], rows);
  return { value, text: [table, ...value.flatMap(serversOf)].join("\n") };
}

/** What a registrar's name has come to, unless it is an address that serves. */
function serversOf({ line, server: name, inUse, avoided }: RegistrationStatus): string[] {
  if (avoided.length === 0 && (isIP(name.replace(/:\d+$/, "")) !== 0 || inUse === "")) return [];
  return [`Line ${line} uses ${inUse}${avoided.length > 0 ? `, and for a while not ${avoided.join(", ")}` : ""}.`];
}

function server(box: Box): Report {
  const value = box.server();
  if (!value) throw new CommandError("this box runs no server: server enabled is false");
  const facts = drawFacts([
    ["address", value.address],
    ["users", value.users],
    ["bindings", value.bindings.length],
    ["transactions", `${value.transactions} of ${value.transactionsMax}`],
    ...Object.entries(value.counters).filter(([, count]) => count > 0),
  ]);
  if (value.bindings.length === 0) return { value, text: facts };
  const rows = value.bindings.map((binding) => [
    binding.addressOfRecord,
    binding.contact,
    seconds(binding.expiresSeconds),
  ]);
  return { value, text: `${facts}\n\n${drawTable(["Address", "Contact", "Expires"], rows)}` };
}

function version(box: Box): Report {
  const value = box.version();
  return {
    value,
    text: drawFacts([
      ["program", `${value.name} ${value.version}`],
      ["core ABI", value.abiVersion],
      ["node", value.node],
      ["board", value.board],
      ["hostname", value.hostname],
      ["up", showDuration(value.uptimeSeconds * 1000)],
    ]),
  };
}

function log(box: Box, count: number): Report {
  const value = box.log.recent(count);
  return { value, text: value.length === 0 ? "the log is empty" : value.map(entryText).join("\n") };
}

function seconds(value: number | null): string {
  return value === null ? "-" : `${Math.round(value)} s`;
}
