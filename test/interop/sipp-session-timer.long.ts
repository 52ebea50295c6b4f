// Session timers between SIPp and a phone line in real time, all at once: RFC 4028. No session may be shorter than 90 s, so its first
// refresh comes after 45 s and its end after 60.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { type LineOfSipp, lineOfSipp } from "../support/line-of-sipp.ts";
import { isMissing } from "../support/programs.ts";
import type { Sipp } from "../support/sipp.ts";
import {
  answers,
  answersLater,
  callee,
  caller,
  description,
  hears,
  type Step,
  toAnswerLater,
} from "../support/sipp-script.ts";

const skip = isMissing("sipp");
const body = description();
const LATER = 100_000;
/** Seconds. */
const LONGEST = 150;
const ALLOWS_UPDATE = "Allow: INVITE, ACK, CANCEL, BYE, UPDATE";
const timer = (refresher: "uac" | "uas"): string[] => [
  "Supported: timer",
  "Require: timer",
  `Session-Expires: 90;refresher=${refresher}`,
];
const REFRESHES = { has: { "Session-Expires": "^ *90;refresher=uac", Supported: "timer" }, within: LATER };
const ENDS = [hears("BYE", { within: LATER }), answers("200 OK")];

/** SIPp calls, the line answers and is the one to refresh, or not. */
const call = (refresher: "uac" | "uas", ...headers: string[]): Step[] => [
  caller.invite({ headers: [...timer(refresher), ...headers], body }),
  hears(100, { isOptional: true }),
  hears(180),
  hears(200, { has: { "Session-Expires": `90;refresher=${refresher}` }, isRoute: true }),
  caller.asks("ACK", 1),
];
/** The line calls. */
const called = (refresher: "uac" | "uas", ...headers: string[]): Step[] => [
  callee.hearsInvite(),
  callee.says("200 OK", { headers: [...timer(refresher), ...headers], body }),
  hears("ACK"),
];

interface Talk extends LineOfSipp {
  script: Sipp;
  startedAt: number;
}

async function talk(t: TestContext, steps: readonly Step[], who: "SIPp calls" | "the line calls"): Promise<Talk> {
  const line = await lineOfSipp(t);
  const script = await line.sipp(steps, { longest: LONGEST });
  if (who === "SIPp calls") await line.live.answer(1);
  else {
    await line.live.dial(1, "555");
    await line.live.report(1, Report.CallAnswered);
  }
  return { ...line, script, startedAt: performance.now() };
}

/** The line has been left after so many seconds, and is free. */
async function isLeftAfter({ live, script, startedAt }: Talk, seconds: number): Promise<void> {
  await live.report(1, Report.CallEnded, LATER);
  const passed = (performance.now() - startedAt) / 1000;
  assert.ok(Math.abs(passed - seconds) < 3, `the call ended after ${passed} s, not ${seconds}`);
  await live.hang(1);
  await script.succeeds();
  assert.equal(live.box.lines()[0]?.state, "idle");
  assert.deepEqual(live.box.calls(), []);
}

describe("session timers of SIPp and a line", { concurrency: true, skip }, () => {
  test("RFC 4028 §10: SIPp has called and leaves it to the line: UPDATE after 45 s; SIPp hangs up", async (t) => {
    const talking = await talk(
      t,
      [
        ...call("uas", ALLOWS_UPDATE),
        hears("UPDATE", REFRESHES),
        answers("200 OK", { headers: timer("uac") }),
        caller.asks("BYE", 2),
        hears(200),
      ],
      "SIPp calls",
    );
    await isLeftAfter(talking, 45);
  });

  test("RFC 4028 §7.4, RFC 3261 §14.1: SIPp knows no UPDATE: re-INVITE after 45 s; SIPp's own crosses it: 491 for both, and once more", async (t) => {
    const talking = await talk(
      t,
      [
        ...call("uas", "Allow: INVITE, ACK, CANCEL, BYE"),
        hears("INVITE", { ...REFRESHES, ...toAnswerLater }),
        caller.asks("INVITE", 2, { body: description({ version: 2 }) }),
        hears(491),
        caller.thanksForRefusedChange(2),
        answersLater("491 Request Pending"),
        hears("ACK"),
        hears("INVITE", REFRESHES),
        answers("200 OK", { headers: timer("uac"), body }, true),
        hears("ACK"),
        caller.asks("BYE", 3),
        hears(200),
      ],
      "SIPp calls",
    );
    await isLeftAfter(talking, 46);
  });

  test("RFC 4028 §10: the line has called and refreshes; SIPp knows nothing of the call any more: BYE", async (t) => {
    const talking = await talk(
      t,
      [
        ...called("uac", ALLOWS_UPDATE),
        hears("UPDATE", REFRESHES),
        answers("481 Call/Transaction Does Not Exist"),
        ...ENDS,
      ],
      "the line calls",
    );
    await isLeftAfter(talking, 45);
  });

  for (const who of ["SIPp calls", "the line calls"] as const) {
    test(`RFC 4028 §10: ${who}; SIPp is to refresh and does not: BYE after 60 s`, async (t) => {
      const steps = who === "SIPp calls" ? call("uac", ALLOWS_UPDATE) : called("uas", ALLOWS_UPDATE);
      await isLeftAfter(await talk(t, [...steps, ...ENDS], who), 60);
    });

    test(`RFC 4028 §10: ${who}; SIPp does not answer the line's refresh: BYE after 60 s`, async (t) => {
      const steps = who === "SIPp calls" ? call("uas", ALLOWS_UPDATE) : called("uac", ALLOWS_UPDATE);
      await isLeftAfter(await talk(t, [...steps, hears("UPDATE", REFRESHES), ...ENDS], who), 60);
    });
  }
});
