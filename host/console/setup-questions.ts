// What `setup` asks, in which order, and what each answer makes of the configuration. Whether an answer is allowed says
// the schema of the configuration, as for `set`.

import { newPassword } from "../config/password.ts";
import { type Tree, valueAt } from "../config/schema.ts";
import { CommandError } from "./command.ts";
import { COUNTRY_CODES, countryCode, countryList, countryName, DEFAULT_COUNTRY } from "./countries.ts";
import { drawFacts } from "./table.ts";

/** The answers by the names of their questions, in the order in which they were given. */
export type Answers = ReadonlyMap<string, string>;

/** What the answers are about: the box before the first of them. */
export interface Subject {
  /** Drivers of the phone ports. */
  readonly ports: readonly string[];
  /** The running configuration as written. */
  readonly written: Tree;
}

export interface SetupQuestion {
  readonly name: string;
  readonly text: string;
  /** What an empty line means; without it there must be an answer. */
  readonly fallback?: string;
  /** Shown instead of the fallback: a password that is made here has no need to be seen. */
  readonly fallbackText?: string;
  readonly help: string;
  readonly words: readonly string[];
  /** The answer as it is kept. Throws a CommandError for one that can't be meant. */
  read(typed: string): string;
}

/** Words for `set` or `delete`. */
export interface Order {
  readonly verb: "set" | "delete";
  readonly words: readonly string[];
}

/** Servers that lines may register at. `settings`: for each line that does. */
interface Preset {
  readonly name: string;
  readonly help: string;
  /** Undefined: the server is this box's own. */
  readonly host?: { readonly fallback?: string; readonly help: string };
  readonly settings: Readonly<Record<string, string>>;
}

const OWN = "own";
const HOST_HELP = "HOST or HOST:PORT. Without a port the name's DNS records say which, and 5060 if there are none.";
const PRESETS: readonly Preset[] = [
  { name: OWN, help: "the server in this box: phones call each other, 600 is an echo test", settings: {} },
  {
    name: "asterisk",
    help: "Asterisk or FreePBX: an extension for each phone",
    host: { help: `The PBX's address in your network. ${HOST_HELP}` },
    settings: { transport: "udp", message_waiting: "true" },
  },
  {
    name: "kamailio",
    help: "Kamailio or OpenSIPS",
    host: { help: HOST_HELP },
    settings: { transport: "auto" },
  },
  {
    name: "fritzbox",
    help: "a FRITZ!Box: an IP telephone in its settings for each phone",
    host: { fallback: "fritz.box", help: `The box's name or address in your network. ${HOST_HELP}` },
    settings: { transport: "udp" },
  },
  {
    name: "other",
    help: "any server or provider that gave you its name, a user, a password",
    host: { help: HOST_HELP },
    settings: { transport: "auto" },
  },
];

const FIRST_OWN_USER = 101;
const ECHO_USER = "600";
/** Numbers of three digits beginning with 1 to 7 are dialled at once. */
const OWN_USER = /^[1-7]\d\d$/;
const OWN_DIAL_PLAN = "([1-7]xx|[089]x.|*xx.)";
const NONE = "none";
const KEPT = "";

/** The next question after these answers; undefined when nothing is left to ask. */
export function nextQuestion(subject: Subject, answers: Answers): SetupQuestion | undefined {
  if (!answers.has("country")) return country(subject);
  const server = answers.get("server");
  if (server === undefined) return SERVER;
  const preset = presetOf(server);
  if (preset.host && !answers.has("host")) return host(preset.host);
  for (let line = 1; line <= subject.ports.length; line++) {
    const user = answers.get(`user ${line}`);
    if (user === undefined) return userOf(line, preset, answers);
    if (user === NONE) break;
    if (!answers.has(`password ${line}`)) return passwordOf(line, user, preset, subject);
    if (!answers.has(`display ${line}`)) return displayOf(line, user, preset);
  }
  return answers.has("save") ? undefined : SAVE;
}

function country({ written }: Subject): SetupQuestion {
  const fallback = String(valueAt(written, ["system", "country"]) ?? DEFAULT_COUNTRY);
  return {
    name: "country",
    text: "1/4 Country: name or code, ? lists them",
    fallback,
    fallbackText: `${fallback} ${countryName(fallback)}`,
    help: `It decides tones, ringing, caller ID and the length of a flash.\n${countryList()}`,
    words: COUNTRY_CODES,
    read: countryCode,
  };
}

const SERVER: SetupQuestion = {
  name: "server",
  text: `2/4 Server: ${PRESETS.map(({ name }) => name).join(", ")}`,
  fallback: OWN,
  help: drawFacts(PRESETS.map(({ name, help }) => [name, help])),
  words: PRESETS.map(({ name }) => name),
  read: (typed) => {
    const found = PRESETS.filter(({ name }) => name.startsWith(typed.toLowerCase()));
    if (found.length === 1) return found[0]!.name;
    throw new CommandError(`"${typed}" is no server; allowed: ${PRESETS.map(({ name }) => name).join(", ")}`);
  },
};

const host = ({ fallback, help }: NonNullable<Preset["host"]>): SetupQuestion => ({
  name: "host",
  text: "    Its address: HOST or HOST:PORT",
  ...(fallback ? { fallback } : {}),
  help,
  words: [],
  read: (typed) => typed,
});

const userOf = (line: number, preset: Preset, answers: Answers): SetupQuestion => ({
  name: `user ${line}`,
  text: line === 1 ? "3/4 Phone 1, user" : `    Phone ${line}, user (${NONE}: not used)`,
  ...(preset.host ? {} : { fallback: String(FIRST_OWN_USER + line - 1) }),
  help: preset.host
    ? "The account's user name or extension, as the server knows it."
    : "The number that other phones dial for this one.",
  words: [],
  read: (typed) => {
    if (line === 1 && typed === NONE) throw new CommandError(`"${NONE}" is not allowed: phone 1 needs an account`);
    const other = [...answers].find(([name, answer]) => name.startsWith("user ") && answer === typed && typed !== NONE);
    if (other) throw new CommandError(`${typed} is phone ${other[0].slice(-1)} already; allowed: another one`);
    return typed;
  },
});

const passwordOf = (line: number, user: string, preset: Preset, subject: Subject): SetupQuestion => ({
  name: `password ${line}`,
  text: `    Phone ${line}, password of ${user}`,
  ...(preset.host ? {} : ownPassword(user, subject)),
  help: "What the server asks for when the phone registers. It is not shown again.",
  words: [],
  read: (typed) => typed,
});

/** A user whom the server knows keeps the password: other phones may have it. */
const ownPassword = (user: string, { written }: Subject) =>
  isKnown(user, written)
    ? { fallback: KEPT, fallbackText: "as it is" }
    : { fallback: newPassword(), fallbackText: "made here" };

function isKnown(user: string, written: Tree): boolean {
  const users = valueAt(written, ["server", "user"]) as Tree[] | undefined;
  return users?.some(({ name }) => name === user) ?? false;
}

const displayOf = (line: number, user: string, preset: Preset): SetupQuestion => ({
  name: `display ${line}`,
  text: `    Phone ${line}, name that called phones show`,
  fallback: preset.host ? user : `Phone ${line}`,
  help: "A name such as Front desk.",
  words: [],
  read: (typed) => typed,
});

const SAVE: SetupQuestion = {
  name: "save",
  text: "4/4 Save this: yes or no",
  fallback: "yes",
  help: "yes saves the configuration, and it holds from now on. no leaves everything as it was. < goes back.",
  words: ["yes", "no"],
  read: (typed) => {
    const word = typed.toLowerCase();
    if (word === "y" || word === "yes") return "yes";
    if (word === "n" || word === "no") return "no";
    throw new CommandError(`"${typed}" is not allowed; allowed: yes, no, or < to go back`);
  },
};

const presetOf = (name: string): Preset => PRESETS.find((preset) => preset.name === name)!;

/** What the answers so far make of the running configuration. Lines are made anew, whatever they were. */
export function ordersOf({ ports, written }: Subject, answers: Answers): Order[] {
  const orders: Order[] = [];
  const set = (...words: string[]) => orders.push({ verb: "set", words });
  set("system", "country", answers.get("country")!);
  const server = answers.get("server");
  if (server === undefined) return orders;
  const preset = presetOf(server);
  const isOwn = preset.host === undefined;
  if (written.line !== undefined) orders.push({ verb: "delete", words: ["line"] });
  if (isOwn) set("server", "enabled", "true");
  else if (isLocal(valueAt(written, ["sip", "bind"]))) set("sip", "bind", "auto");

  const users = ports
    .map((_, index) => answers.get(`user ${index + 1}`))
    .filter((user) => user !== undefined && user !== NONE) as string[];
  const isShort = users.every((user) => OWN_USER.test(user));
  const address = answers.get("host");
  if (users.length === 0 && address !== undefined) set("line", "1", "registrar", address);
  users.forEach((user, index) => {
    const line = String(index + 1);
    const password = answers.get(`password ${line}`);
    const display = answers.get(`display ${line}`);
    set("line", line, "user", user);
    if (isOwn && password !== undefined && password !== KEPT) set("server", "user", user, "password", password);
    if (isOwn && display !== undefined) set("server", "user", user, "display", display);
    if (display !== undefined) set("line", line, "display", display);
    if (isOwn && isShort) set("line", line, "dial_plan", OWN_DIAL_PLAN);
    if (isOwn) return;
    set("line", line, "registrar", address!);
    if (password !== undefined) set("line", line, "password", password);
    for (const [key, value] of Object.entries(preset.settings)) set("line", line, key, value);
  });
  const isWhole = answers.has(`display ${users.length}`);
  if (isOwn && isWhole && !users.includes(ECHO_USER)) {
    const echo = String(users.length + 1);
    set("line", echo, "user", ECHO_USER);
    set("line", echo, "display", "Echo test");
    set("line", echo, "phone", "echo");
    if (!isKnown(ECHO_USER, written)) set("server", "user", ECHO_USER, "password", newPassword());
  }
  return orders;
}

const isLocal = (bind: unknown): boolean => bind === undefined || String(bind).startsWith("127.");
