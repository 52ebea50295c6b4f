// Every command of the console, given to a box that only remembers what it was asked.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { interpreter } from "../../host/console/commands.ts";
import { ConsoleSession } from "../../host/console/session.ts";
import type { CallStatus } from "../../host/status.ts";
import { ConsoleBox } from "../support/console-box.ts";

let box: ConsoleBox;
let session: ConsoleSession;
let notices: string[];

beforeEach(() => {
  box = new ConsoleBox();
  notices = [];
  session = new ConsoleSession(box, true, (text) => notices.push(text));
});

const CALL: CallStatus = {
  line: 1,
  direction: "out",
  peer: "102",
  state: "talking",
  since: Date.UTC(2027, 0, 1) - 3_725_000,
  codec: "PCMA",
  protection: "",
  callId: "1@127.0.0.1",
  rtp: {
    sent: 100,
    received: 98,
    lost: 2,
    late: 1,
    jitterMs: 1.25,
    delayMs: 40,
    roundTripMs: null,
    concealedMs: 20,
  },
  quality: {
    here: {
      rating: 88.1,
      listeningMos: 4.37,
      conversationMos: 4.3,
      lossPercent: 2,
      discardPercent: 1,
      burstPercent: 54.5,
      burstMs: 220,
      gapPercent: 0.1,
      gapMs: 9890,
      endSystemMs: 60,
      signalDbm0: -19.6,
      noiseDbm0: null,
      echoReturnLossDb: null,
    },
    there: null,
    sentDbm0: -18.25,
    sentPeakDbm0: -6.5,
    heardDbm0: -100,
    heardPeakDbm0: -60,
  },
};

test("words may be cut short as long as they mean one command", async () => {
  box.callList = [CALL];
  const whole = await session.run("show call");
  assert.equal(await session.run("sh ca"), whole);
  assert.equal(await session.run("  sho   cal  "), whole);
  await session.run("ph 1 li");
  await session.run("t l 1 r");
  await session.run("t l 1 r 7");
  assert.deepEqual(box.orders, ["phone 1 lift", "test line 1 ring", "test line 1 ring 7"]);
});

test("an ambiguous word lists what it could be", async () => {
  assert.equal(await session.run("show c"), 'error: "c" is ambiguous: call, config');
});

test("a whole word wins over longer ones that begin with it", async () => {
  assert.equal(await session.run("monitor s"), 'error: "s" is ambiguous: sip, stop');
  assert.match(await session.run("show log"), /the log is empty/);
});

const mistakes: [string, RegExp][] = [
  ["shw", /^error: unknown word "shw"; allowed: show, set, delete, commit,/],
  ["show", /^error: "show" wants one word more; allowed: line, tone, call, registration,/],
  ["show lines", /^error: unknown word "lines" after "show"; allowed: line, /],
  ["show line 9", /^error: "9" is not a line of this box; allowed: 1, 2$/],
  ["sh li 1 2", /^error: unknown word "2" after "show line 1"; allowed: \|$/],
  ["commit now", /^error: "now" is one word too many after "commit"$/],
  ["phone 2 lift", /^error: line 2 has a real port, not a simulated telephone; allowed: 1$/],
  ["phone 1 dial 10x", /^error: "10x" cannot be dialled; allowed: 1 to 64 of 0-9, \*, # and A-D/],
  ["line 1 transfer 1/2", /^error: "1\/2" is no number; allowed: 1 to 64 letters, digits and \* # \+/],
  ["line 1 connect 7", /^error: "7" is not a line of this box; allowed: 1, 2$/],
  ["test line 2 ring", /^error: line 2 is in a call; allowed: a line that is idle$/],
  ["test line 1 ring 0", /^error: "0" is not allowed for RING; allowed: a whole number from 1 to 10$/],
  ["rollback 0", /^error: "0" is not allowed for COMMITS; allowed: a whole number from 1 to 999$/],
  ["rollback 1e1", /^error: "1e1" is not allowed for COMMITS/],
  ['set name "x', /^error: a quotation mark is missing/],
  ["set dial_plan x|y", /^error: unknown word "\|" after "set dial_plan x"/],
  ["show line | sort", /^error: unknown word "sort" after "show line \|"; allowed: json, include$/],
  ["show server", /^error: this box runs no server/],
];
for (const [line, answer] of mistakes) {
  test(`"${line}" is told what is wrong and what is allowed`, async () => {
    assert.match(await session.run(line), answer);
    assert.deepEqual(box.orders, []);
  });
}

test("every show prints JSON that holds what it shows", async () => {
  box.callList = [CALL];
  box.logLines = [{ time: 0, level: "info", area: "sip", message: "hello" }];
  box.serverStatus = {
    address: "127.0.0.1:5060",
    users: 2,
    bindings: [{ addressOfRecord: "sip:101@x", contact: "sip:101@127.0.0.1:5070", expiresSeconds: 60 }],
    transactions: 1,
    transactionsMax: 8192,
    counters: { calls: 3, refused: 0 },
  };
  assert.deepEqual(JSON.parse(await session.run("show line | json")), box.lines());
  assert.deepEqual(JSON.parse(await session.run("show line 2 | json")), box.lines()[1]);
  assert.deepEqual(JSON.parse(await session.run("show call | json")), [CALL]);
  assert.deepEqual(JSON.parse(await session.run("show call 2 | json")), []);
  assert.deepEqual(JSON.parse(await session.run("show registration|json")), box.registrations());
  assert.deepEqual(JSON.parse(await session.run("show server | j")), box.serverStatus);
  assert.deepEqual(JSON.parse(await session.run("show version | json")), box.version());
  assert.deepEqual(JSON.parse(await session.run("show phone | json")), [{ line: 1, ...box.phone(1)!.status() }]);
  assert.deepEqual(JSON.parse(await session.run("show log | json")), box.logLines);
  assert.deepEqual(JSON.parse(await session.run("show log 5 | json")), box.logLines);
  assert.deepEqual(JSON.parse(await session.run("show config | json")), {});
  assert.deepEqual(JSON.parse(await session.run("show config candidate | json")), {});
  assert.deepEqual(JSON.parse(await session.run("show | compare | json")), []);
});

test("show call is a table, with the time that the state has lasted", async () => {
  box.callList = [CALL];
  assert.equal(
    await session.run("show call"),
    [
      "Line  Way  Peer  State    For      Codec  Sent  Received  Lost  MOS",
      "----  ---  ----  -------  -------  -----  ----  --------  ----  ----",
      "   1  out  102   talking  1:02:05  PCMA    100        98     2  4.30",
    ].join("\n"),
  );
  const whole = await session.run("show call 1");
  for (const [name, fact] of [
    ["lost", "2 packets"],
    ["jitter buffer", "40 ms"],
    ["jitter", "1.3 ms"],
    ["round trip", "-"],
    ["concealed", "20 ms"],
    ["MOS here", "4.30 (R 88)"],
    ["MOS at the far end", "-"],
    ["loss here", "2.0 % lost, 1.0 % late; bursts of 220 ms with 55 %"],
    ["loss at the far end", "-"],
    ["level heard", "-100.0 dBm0, peak -60.0"],
    ["level sent", "-18.3 dBm0, peak -6.5"],
    ["voice, noise heard", "-20, - dBm0"],
  ]) {
    assert.ok(whole.split("\n").includes(`${name!.padEnd(19)}  ${fact}`), `${name}: ${whole}`);
  }
});

test("show call says whether the sound is encrypted, and how", async () => {
  box.callList = [CALL, { ...CALL, line: 2, protection: "SRTP AES_CM_128_HMAC_SHA1_80" }];
  const [, , plain, encrypted] = (await session.run("show call")).split("\n");
  assert.match(`${plain}`, / PCMA {2,}100 /);
  assert.match(`${encrypted}`, / PCMA SRTP {2,}100 /);
  assert.match(await session.run("show call 1"), /^protection {2,}none$/m);
  assert.match(await session.run("show call 2"), /^protection {2,}SRTP AES_CM_128_HMAC_SHA1_80$/m);
});

test("no table is wider than 79 columns, and a cut cell says so", async () => {
  box.callList = [{ ...CALL, peer: "sip:somebody@a-very-long-domain.example".repeat(5), state: "x".repeat(50) }];
  for (const line of (await session.run("show call")).split("\n")) assert.ok(line.length <= 79, line);
  assert.match(await session.run("show call"), /sip:some.*~ /);
});

test("| include keeps the lines that contain the text", async () => {
  assert.equal((await session.run("show line | include PHONE")).split("\n").length, 2);
  assert.match(await session.run('show line | include "phone 2"'), /^ +2 +102 +Phone 2/);
});

test("the prompt's star, compare, commit and rollback follow the candidate", async () => {
  assert.equal(await session.run("commit"), "nothing to commit");
  assert.equal(await session.run('set line 1 display "Front | door"'), "");
  assert.equal(await session.run("show | compare"), "+ line 1 display Front | door");
  assert.equal(await session.run("show config | compare"), "+ line 1 display Front | door");
  assert.equal(await session.run("commit"), "committed");
  assert.equal(await session.run("show | comp"), "no changes");
  await session.run("delete line 1 display");
  assert.equal(await session.run("show | compare"), "- line 1 display");
  await session.run("rollback");
  assert.equal(box.config.isChanged, false);
  await session.run("rollback 3");
  assert.equal(await session.run("show | compare"), "+ rollback 3");
});

test("line tests say what they have measured, or why they could not", async () => {
  assert.equal(await session.run("test line 1 level"), "from the phone -20.0 dBm0, to the phone nothing at all");
  assert.equal(
    await session.run("test line 1 echo"),
    "echo return loss: 11.0 dB, as usual; the canceller takes the rest",
  );
  assert.equal(
    await session.run("test line 1 loopback"),
    "error: the line has no sound: its handset is on the hook; lift it first",
  );
  assert.match(await session.run("test line 1 pulses"), /^no edges yet/);
  await session.run("test line 1 stop");
  assert.deepEqual(box.orders, ["stop test 1", "test line 1 stop"]);
});

test("the simulated telephone does as it is told", async () => {
  for (const line of [
    "phone 1 lift",
    "phone 1 dial *21#a",
    "phone 1 mode pulse",
    "phone 1 echo 3",
    "phone 1 flash",
    "phone 1 hang",
  ]) {
    assert.equal(await session.run(line), "");
  }
  assert.deepEqual(box.orders, [
    "phone 1 lift",
    "phone 1 dial *21#A",
    "phone 1 mode pulse",
    "phone 1 echo 3",
    "phone 1 flash",
    "phone 1 hang",
  ]);
});

test("monitor sip on draws a ladder until monitor stop", async () => {
  await session.run("monitor sip on");
  box.tellSip("phone1", "server", "INVITE 102");
  box.clock.advance(20);
  box.tellSip("server", "phone1", "100 Trying");
  assert.equal(await session.run("monitor stop"), "");
  box.tellSip("server", "phone1", "180 Ringing");
  const lines = notices.join("\n").split("\n");
  assert.equal(lines.length, 3);
  assert.match(lines[0]!, /^ {3}time +phone1 +server$/);
  assert.match(lines[2]!, /^ \+0\.020 +\|<-+ 100 Trying -+\|$/);
  assert.equal(box.sipListeners.size, 0);
  assert.equal(await session.run("monitor stop"), "nothing was monitored");
});

test("a second monitor takes the place of the first", async () => {
  await session.run("monitor sip on");
  await session.run("monitor log on");
  assert.equal(box.sipListeners.size, 0);
  for (const listener of box.logListeners)
    listener({ time: 0, level: "warn", area: "rtp", message: "late", fields: { n: 1 } });
  assert.equal(notices.length, 1);
  assert.match(notices[0]!, /^\d\d:\d\d:\d\d\.000 warn rtp: late n=1$/);
  session.end();
  assert.equal(box.logListeners.size, 0);
});

test("wait lets time pass, and an interrupt ends it", async () => {
  let isDone = false;
  const waiting = session.run("wait 3").then(() => {
    isDone = true;
  });
  await Promise.resolve();
  box.clock.advance(2999);
  await new Promise(setImmediate);
  assert.equal(isDone, false);
  box.clock.advance(1);
  await waiting;
  const again = session.run("wait 3000");
  session.interrupt();
  assert.equal(await again, "");
  assert.equal(box.clock.pending, 0);
});

test("calls are handed on and texts sent by order", async () => {
  await session.run("line 1 transfer *98#");
  await session.run("line 2 connect 1");
  await session.run('line 1 message 102 "come  home" now');
  const orders = ["line 1 transfer *98#", "line 2 connect 1", "line 1 message 102 come  home now"];
  assert.deepEqual(box.orders, orders);
});

test("the sound: its figures, and the way out to the ear and back", async () => {
  const figures = await session.run("show sound");
  assert.match(figures, /driver +alsa\n.*channels +2\n/);
  assert.match(figures, /frames came late +0\.1 ms \(median\), 1\.2 ms \(99 %\), 3\.4 ms \(most\)/);
  assert.match(figures, /card ran over or dry +1$/m);
  assert.match(figures, /its thread was started anew +0\n.*its thread's priority +real-time$/m);
  assert.deepEqual(JSON.parse(await session.run("show sound | json")), box.sound());
  assert.equal(
    await session.run("test sound 0"),
    "round trip: 40.0 to 40.1 ms, 0.1 dB softer, 10 of 10 bursts came back; 0 xruns, 0 answers too late",
  );
  assert.match(await session.run("test sound 1"), /^error: a line has sound: hang up first/);
  assert.match(await session.run("test sound 2"), /CHANNEL/);
});

test("comments and empty lines do nothing", async () => {
  for (const line of ["", "   ", "# show line", "  #"]) assert.equal(await session.run(line), "");
});

test("a fault inside a command is told and harms nothing", async () => {
  box.lines = () => {
    throw new TypeError("boom");
  };
  assert.match(await session.run("show line"), /^error: "show line" failed inside tipring: TypeError: boom/);
  assert.match(await session.run("show version"), /tipring 0\.1\.0/);
});

test("Tab completes keywords, lines and settings", () => {
  box.config.complete = (words) => {
    assert.deepEqual(words, ["line", "1", ""]);
    return [
      { token: "user", description: "" },
      { token: "display", description: "" },
    ];
  };
  const cases: [string, string[], string][] = [
    [
      "",
      [
        "show",
        "set",
        "delete",
        "commit",
        "rollback",
        "setup",
        "monitor",
        "test",
        "line",
        "phone",
        "wait",
        "update",
        "restart",
        "help",
        "exit",
      ],
      "",
    ],
    ["sh", ["show "], "sh"],
    ["sh c", ["call", "config"], "c"],
    ["sh li ", ["1", "2", "|"], ""],
    ["phone 1 mo", ["mode "], "mo"],
    ["phone 1 mode ", ["dtmf", "pulse"], ""],
    ["set line 1 ", ["user", "display"], ""],
    ["set line 1 us", ["user "], "us"],
    ["show line | ", ["json", "include"], ""],
    ["nonsense ", [], ""],
    ["phone 1 dial ", [], ""],
    ['set "li', [], ""],
  ];
  for (const [line, words, start] of cases) assert.deepEqual(interpreter.complete(box, line), [words, start], line);
});

test("? lists what may come next, with help", () => {
  assert.match(interpreter.help(box, ""), /^ {2}show +what the box knows\n {2}set +change a setting/);
  assert.match(interpreter.help(box, "sh"), /^ {2}show +what the box knows$/);
  assert.match(
    interpreter.help(box, "show line "),
    /^ {2}1 +Phone 1\n {2}2 +Phone 2\n {2}\| .*\n {2}<Enter> +phone lines/,
  );
  assert.match(interpreter.help(box, "phone 1 dial "), /^ {2}DIGITS +what to dial/);
  assert.match(interpreter.help(box, "phone 1 dial 1"), /^ {2}DIGITS +what to dial/);
  assert.match(interpreter.help(box, "show x"), /^nothing here begins with "x"; allowed: line, tone, call/);
  assert.match(interpreter.help(box, "nonsense "), /^unknown word "nonsense"/);
  assert.match(interpreter.help(box, "commit "), /^ {2}<Enter> +make the candidate/);
});

test("help names every command, at most 79 columns wide", async () => {
  const help = await session.run("help");
  for (const path of [
    "show line LINE",
    "show | compare",
    "set SETTING...",
    "rollback COMMITS",
    "phone LINE dial DIGITS",
  ]) {
    assert.ok(help.includes(`  ${path} `), `${path} in\n${help}`);
  }
  for (const line of help.split("\n")) assert.ok(line.length <= 79, line);
});

test("show phone: handset, bell, display and lamp of the simulated telephones", async () => {
  const text = await session.run("show phone");
  assert.match(text, /^Phone +Handset +Bell +Last caller +Time +Messages\n/);
  assert.match(text, /^ +1 +on the hook +rings +102 Anna Berg +01-02 23:04 +3$/m);
});

test("phone LINE and show phone LINE: who has called, the newest first", async () => {
  for (const command of ["phone 1", "show phone 1"]) {
    const text = await session.run(command);
    assert.match(text, /^last caller +102 Anna Berg, 01-02 23:04\nbefore +private$/m);
  }
});
