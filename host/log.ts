// The log: entries in a ring of memory for `show log`, and sinks that see each one as it is made.
// What comes from the network may stand in an entry, so everything is bounded, control characters are made visible, and
// passwords and digest answers are taken out before an entry exists.

import type { Clock } from "./clock.ts";
import type { LogAccess, LogLine } from "./status.ts";

/** The most important first. */
export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogFields = Readonly<Record<string, unknown>>;

export interface LogEntry extends LogLine {
  readonly level: LogLevel;
  readonly fields?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Entries that `show log` can look back on. */
export const LOG_CAPACITY = 1000;
/** UTF-16 units of one message or one field. */
const MAX_TEXT = 1000;
const MAX_FIELDS = 16;
const MASK = "********";

export interface LogOptions {
  readonly level?: LogLevel;
  readonly capacity?: number;
}

export class Log implements LogAccess {
  /** Entries below this are dropped. */
  level: LogLevel;
  readonly #clock: Pick<Clock, "wallClock">;
  readonly #ring: (LogEntry | undefined)[];
  /** Entries made so far; the next one goes to this place modulo the capacity. */
  #count = 0;
  readonly #listeners = new Set<(entry: LogEntry) => void>();

  constructor(clock: Pick<Clock, "wallClock">, options: LogOptions = {}) {
    this.#clock = clock;
    this.level = options.level ?? "info";
    this.#ring = new Array(options.capacity ?? LOG_CAPACITY).fill(undefined);
  }

  error(area: string, message: string, fields?: LogFields): void {
    this.#put("error", area, message, fields);
  }

  warn(area: string, message: string, fields?: LogFields): void {
    this.#put("warn", area, message, fields);
  }

  info(area: string, message: string, fields?: LogFields): void {
    this.#put("info", area, message, fields);
  }

  debug(area: string, message: string, fields?: LogFields): void {
    this.#put("debug", area, message, fields);
  }

  /** Whether an entry of this level would be kept: asked before a costly message is put together. */
  isOn(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(this.level);
  }

  /** The newest `count` entries, oldest first. */
  recent(count: number): readonly LogEntry[] {
    const capacity = this.#ring.length;
    const kept = Math.min(this.#count, capacity, Math.max(0, Math.floor(count)));
    return Array.from({ length: kept }, (_, index) => this.#ring[(this.#count - kept + index) % capacity]!);
  }

  /** Tells of each new entry until the returned function is called. A listener that throws is dropped. */
  onLine(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #put(level: LogLevel, area: string, message: string, fields: LogFields | undefined): void {
    if (!this.isOn(level)) return;
    const entry: LogEntry = {
      time: this.#clock.wallClock(),
      level,
      area,
      message: safeText(message),
      ...(fields === undefined ? {} : { fields: safeFields(fields) }),
    };
    this.#ring[this.#count++ % this.#ring.length] = entry;
    for (const listener of [...this.#listeners]) {
      try {
        listener(entry);
      } catch (error) {
        this.#listeners.delete(listener);
        this.error("log", "a listener failed and was dropped", { reason: String(error) });
      }
    }
  }
}

/** `14:03:07.250 info sip: registered line=1 expires=3600`, in local time. */
export function entryText(entry: LogLine): string {
  const time = new Date(entry.time);
  const two = (value: number): string => String(value).padStart(2, "0");
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  const head = `${clock}.${String(time.getMilliseconds()).padStart(3, "0")} ${entry.level} ${entry.area}: ${entry.message}`;
  return [head, ...Object.entries(entry.fields ?? {}).map(([key, value]) => `${key}=${fieldText(value)}`)].join(" ");
}

/** A listener that writes lines, such as to `process.stderr`. */
export const lineSink =
  (stream: { write(text: string): unknown }) =>
  (entry: LogLine): void => {
    stream.write(`${entryText(entry)}\n`);
  };

function fieldText(value: unknown): string {
  const text = String(value);
  return /^[^\s"=]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`;
}

/** Names of fields whose value nobody may read later. `response` is RFC 7616's digest answer, `inline` RFC 4568's key. */
const SECRET_NAME =
  /pass(?:word|wd|phrase)|secret|authori[sz]ation|credential|^ha1$|^response$|^inline$|^token$|private_?key/i;

function safeFields(fields: LogFields): Record<string, string | number | boolean | null> {
  const safe: Record<string, string | number | boolean | null> = {};
  for (const [name, value] of Object.entries(fields).slice(0, MAX_FIELDS)) {
    if (value === undefined) continue;
    const key = safeText(name).replaceAll(/[\s=]/g, "_");
    if (SECRET_NAME.test(name)) safe[key] = MASK;
    else if (typeof value === "number" || typeof value === "boolean" || value === null) safe[key] = value;
    else safe[key] = safeText(textOf(value));
  }
  return safe;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return value.message;
  if (typeof value === "object") {
    try {
      return JSON.stringify(value, (key, item: unknown) => (SECRET_NAME.test(key) ? MASK : item)) ?? "";
    } catch {
      return "[object]";
    }
  }
  return String(value);
}

/** Bounded, without secrets, on one line. */
function safeText(text: string): string {
  // Twice what is kept is enough to see a secret that begins within it.
  const bounded = text.length > 2 * MAX_TEXT ? text.slice(0, 2 * MAX_TEXT) : text;
  const escaped = escapeControls(withoutSecrets(bounded));
  return text.length > MAX_TEXT || escaped.length > MAX_TEXT ? `${escaped.slice(0, MAX_TEXT)}…` : escaped;
}

function withoutSecrets(text: string): string {
  return (
    text
      // RFC 3261 §20.7 and §20.28: the whole header field, with the lines that continue it (§7.3.1).
      .replaceAll(/((?:proxy-)?authorization\s*:)[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*/gi, `$1 ${MASK}`)
      .replaceAll(
        /(\b(?:password|passwd|secret|ha1|response)"?\s*[=:]\s*)("(?:[^"\\]|\\.)*"?|[^\s,;&"]+)/gi,
        `$1${MASK}`,
      )
      // RFC 4568 §9.2: the key of an SRTP stream.
      .replaceAll(/(\binline:)[^\s|;]+/gi, `$1${MASK}`)
  );
}

/** C0, DEL, C1, line separators and the marks that turn the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

function escapeControls(text: string): string {
  return text.replaceAll(CONTROLS, (character) => {
    if (character === "\r") return "\\r";
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
}
