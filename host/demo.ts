// `tipring demo`: two telephones call each other and the echo test, without hands, over real sockets. Judged on what each ear got.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Report } from "./adapter-abi.ts";
import { TelephoneBox } from "./box.ts";
import { systemClock } from "./clock.ts";
import { loadBoard } from "./config/board.ts";
import { simulatorText } from "./config/simulator.ts";
import { ConfigStore } from "./config/store.ts";
import { Ladder } from "./console/ladder.ts";
import { freeUdpPorts } from "./net/free-ports.ts";
import { projectRoot } from "./paths.ts";
import { callTones } from "./phone/call-tones.ts";
import { reallyHeard } from "./sound/listen.ts";
import { readWav, writeWav } from "./sound/wav.ts";
import type { RtpStatus } from "./status.ts";

const COUNTRY = "US";
/** How long any step may take. */
const PATIENCE = 15_000;
/** After the last word: what is on its way arrives. */
const LAST_WORDS = 400;
/** After the last hang-up: BYE reaches the far end and comes back. */
const GOODBYES = 200;
const LINES = 3;

interface Hearing {
  who: string;
  whom: string;
  heard: Int16Array;
  spoken: Int16Array;
  file: string;
}

interface CallFigures {
  name: string;
  times: readonly (readonly [string, number])[];
  streams: readonly (readonly [string, RtpStatus])[];
}

/** Reports of the core that a step waits for, in the order in which they come. */
class Reports {
  readonly #waiting = new Set<{ line: number; report: number; resolve: (at: number) => void }>();

  put(line: number, report: number): void {
    for (const wait of this.#waiting) {
      if (wait.line !== line || wait.report !== report) continue;
      this.#waiting.delete(wait);
      wait.resolve(systemClock.now());
    }
  }

  /** The time of the next such report. */
  next(line: number, report: number, what: string): Promise<number> {
    const happened = new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what} did not happen within ${PATIENCE / 1000} s`)), PATIENCE);
      timer.unref(); // a step that has failed does not wait for those that would have followed
      const done = (at: number) => {
        clearTimeout(timer);
        resolve(at);
      };
      this.#waiting.add({ line: line - 1, report, resolve: done });
    });
    happened.catch(() => {}); // told where it is awaited, if it still is
    return happened;
  }
}

/** The ladder of what goes on now. A new part of the story begins a new drawing; time runs on from the first. */
class LiveLadder {
  readonly #print: (text: string) => void;
  #ladder: Ladder | undefined;

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  begin(title: string, participants: readonly string[]): void {
    this.#print(`\n${title}`);
    this.#ladder = new Ladder(participants);
  }

  add(time: number, from: string, to: string, label: string): void {
    if (this.#ladder) this.#print(this.#ladder.add({ time, from, to, label }));
  }

  end(): void {
    this.#ladder = undefined;
  }
}

export interface DemoOptions {
  /** Where the WAV files and the recordings go. */
  out: string;
  print?: (text: string) => void;
}

const pause = (duration: number): Promise<void> =>
  new Promise((resolve) => void systemClock.setTimeout(resolve, duration));

class Demo {
  readonly #box: TelephoneBox;
  readonly #reports: Reports;
  readonly #ladder: LiveLadder;

  constructor(box: TelephoneBox, reports: Reports, ladder: LiveLadder) {
    this.#box = box;
    this.#reports = reports;
    this.#ladder = ladder;
  }

  /** Lifts, waits for dial tone. Milliseconds until it was heard. */
  async #lift(line: number): Promise<number> {
    const phone = this.#box.telephone(line);
    const start = systemClock.now();
    phone.lift();
    await phone.waitForTone(callTones(COUNTRY).dial, PATIENCE, "dial tone");
    return systemClock.now() - start;
  }

  async #hangUp(caller: number, called: number): Promise<void> {
    const ends = [this.#reports.next(caller, Report.OnHook, `phone ${caller} on-hook`)];
    this.#box.telephone(caller).hang();
    if (this.#box.phone(called)) {
      await this.#box.telephone(called).waitForCurrentDrop(PATIENCE);
      ends.push(this.#reports.next(called, Report.OnHook, `phone ${called} on-hook`));
      this.#box.telephone(called).hang();
    }
    await Promise.all(ends);
  }

  async firstCall(voices: readonly Int16Array[]): Promise<{ hearings: Hearing[]; figures: CallFigures }> {
    const [one, two] = [this.#box.telephone(1), this.#box.telephone(2)];
    this.#ladder.begin("Call 1: phone 1 dials 102 with tones; phone 2 rings and answers.", [
      "phone1 101",
      "server",
      "phone2 102",
    ]);
    const toDialTone = await this.#lift(1);
    const ringback = this.#reports.next(1, Report.CallRinging, "ringback");
    await one.dial("102");
    const dialled = systemClock.now();
    await two.waitForRing(PATIENCE);
    const toRing = systemClock.now() - dialled;
    await ringback;
    await one.waitForTone(callTones(COUNTRY).ringback, PATIENCE, "ringback");
    const answered = this.#reports.next(1, Report.CallAnswered, "the answer");
    const lifted = systemClock.now();
    two.lift();
    const toAnswer = (await answered) - lifted;
    await Promise.all([one.play(voices[0] as Int16Array), two.play(voices[1] as Int16Array)]);
    await pause(LAST_WORDS);
    const streams = [
      ["phone 1", this.#box.adapter.rtp(0)],
      ["phone 2", this.#box.adapter.rtp(1)],
    ] as const;
    const hearings = [
      {
        who: "phone 1",
        whom: "phone 2",
        heard: one.heard.samples(),
        spoken: voices[1] as Int16Array,
        file: "phone1-heard.wav",
      },
      {
        who: "phone 2",
        whom: "phone 1",
        heard: two.heard.samples(),
        spoken: voices[0] as Int16Array,
        file: "phone2-heard.wav",
      },
    ];
    await this.#hangUp(1, 2);
    const times = [
      ["off-hook to dial tone heard", toDialTone],
      ["last digit to ringing", toRing],
      ["handset lifted to call answered", toAnswer],
    ] as const;
    return { hearings, figures: { name: "call 1", times, streams } };
  }

  async secondCall(voices: readonly Int16Array[]): Promise<{ hearings: Hearing[]; figures: CallFigures }> {
    const two = this.#box.telephone(2);
    this.#ladder.begin("Call 2: phone 2 dials 600 with its rotary dial; the echo test says back what it hears.", [
      "phone2 102",
      "server",
      "phone3 600",
    ]);
    two.mode = "pulse";
    const toDialTone = await this.#lift(2);
    const answered = this.#reports.next(2, Report.CallAnswered, "the echo test's answer");
    await two.dial("600");
    const dialled = systemClock.now();
    const toAnswer = (await answered) - dialled;
    await two.play(voices[1] as Int16Array);
    await pause(LAST_WORDS);
    const streams = [
      ["phone 2", this.#box.adapter.rtp(1)],
      ["echo test", this.#box.adapter.rtp(2)],
    ] as const;
    const hearings = [
      {
        who: "phone 2",
        whom: "itself",
        heard: two.heard.samples(),
        spoken: voices[1] as Int16Array,
        file: "phone2-echo.wav",
      },
    ];
    await this.#hangUp(2, 3);
    const times = [
      ["off-hook to dial tone heard", toDialTone],
      ["dial at rest to call answered", toAnswer],
    ] as const;
    return { hearings, figures: { name: "call 2", times, streams } };
  }
}

function figureLines({ name, times, streams }: CallFigures): string[] {
  return [
    ...times.map(([what, ms]) => `  ${name}  ${what.padEnd(34)} ${ms.toFixed(1).padStart(8)} ms`),
    ...streams.map(
      ([who, rtp]) =>
        `  ${name}  ${who.padEnd(10)} sent ${String(rtp.sent).padStart(4)}  received ${String(rtp.received).padStart(4)}  ` +
        `lost ${rtp.lost}  late ${rtp.late}  jitter ${rtp.jitterMs.toFixed(2)} ms`,
    ),
  ];
}

/** Runs the demonstration. True when every step came about and every ear got what the other side said. */
export async function runDemo({ out, print = (text) => console.log(text) }: DemoOptions): Promise<boolean> {
  mkdirSync(out, { recursive: true });
  const voices = [1, 2].map((phone) => readWav(join(projectRoot, `boards/simulator/voices/phone${phone}.wav`)));
  const sip = await freeUdpPorts(2);
  const rtp = await freeUdpPorts(LINES * 2);
  const store = await ConfigStore.load(join(out, "demo.toml"), {
    initialText: () => simulatorText({ sip, server: sip + 1, rtp }),
  });
  print(`tipring demonstration: adapter 127.0.0.1:${sip}, server 127.0.0.1:${sip + 1}, sound from port ${rtp}.`);
  const draw = new LiveLadder(print);
  draw.begin("The three lines register.", ["phone1 101", "phone2 102", "phone3 600", "server"]);
  const reports = new Reports();
  const registered = Array.from({ length: LINES }, (_, line) =>
    reports.next(line + 1, Report.Registered, "registration"),
  );
  const box = await TelephoneBox.start({
    board: loadBoard("simulator"),
    store,
    recordings: { directory: out },
    onSip: ({ time, from, to, summary }) => draw.add(time, from, to, summary),
    onReport: (line, report) => reports.put(line, report),
  });
  try {
    await Promise.all(registered);
    const demo = new Demo(box, reports, draw);
    const calls = [await demo.firstCall(voices), await demo.secondCall(voices)];
    await pause(GOODBYES);
    draw.end();
    print(`\nFigures\n${calls.flatMap(({ figures }) => figureLines(figures)).join("\n")}`);
    const { frames, skipped, p50, p99, max } = box.adapter.soundClock.lateness;
    print(
      `  frames  ${frames}, skipped ${skipped}; late by ${p50.toFixed(2)} ms (p50), ${p99.toFixed(2)} (p99), ${max.toFixed(2)} (max)`,
    );

    print("\nVerdict");
    let isGood = true;
    for (const { who, whom, heard, spoken, file } of calls.flatMap(({ hearings }) => hearings)) {
      writeWav(join(out, file), heard);
      const verdict = reallyHeard(heard, spoken);
      isGood &&= verdict.heard;
      print(`  ${verdict.heard ? "ok  " : "FAIL"}  ${who} heard ${whom}: ${verdict.reason} (${file})`);
    }
    return isGood;
  } catch (error) {
    print(`\nVerdict\n  FAIL  ${(error as Error).message}`);
    return false;
  } finally {
    draw.end();
    await box.stop();
    print(
      `\nRecordings: ${join(out, "adapter.tipring")}, ${join(out, "server.tipring")}; tipring replay FILE runs one again.`,
    );
  }
}
