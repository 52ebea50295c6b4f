// From TOML text to a configuration that the rest of the host can trust: parsed, validated by the schema, cross-checked, filled in.

import { isIPv4 } from "node:net";
import { parse, TomlError } from "smol-toml";
import { TONE_NAMES } from "../adapter-abi.ts";
import { SIPS } from "../endpoint.ts";
import { isTimeZone } from "../local-time.ts";
import { NOWHERE, ownAddress } from "../net/own-address.ts";
import { dialPlanProblem } from "./dial-plan.ts";
import { addFaults, ConfigError, type Problem, ProblemList } from "./problems.ts";
import { isTree, type Path, resolveAliases, type Tree, type Value, valueAt } from "./schema.ts";
import { configSchema } from "./schemas.mjs";
import { locateKeys } from "./toml-locator.ts";
import { toneProblem } from "./tone.ts";
import type { Config, LineConfig } from "./types.ts";
import { validate } from "./validate.ts";

/** What `show config` prints in place of a password. */
export const SECRET_MASK = "********";

export interface Checked {
  /** What was read: without defaults, as written. */
  readonly tree: Tree;
  readonly problems: readonly Problem[];
  /** Complete and frozen. Only when there are no problems. */
  readonly config: Config | undefined;
}

/** Parses and checks; throws a ConfigError that begins with `source`, a file name. */
export function parseConfig(text: string, source: string): Config {
  const { config, problems } = checkConfig(text);
  if (config === undefined) throw new ConfigError(`${source} cannot be used:`, problems);
  return config;
}

/** Parses and checks, and says everything that is wrong at once. `address`: what `auto` stands for. */
export function checkConfig(text: string, address = ownAddress()): Checked {
  let tree: Tree;
  try {
    tree = parse(text) as Tree;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { tree: {}, problems: [syntaxProblem(error)], config: undefined };
  }
  const list = new ProblemList(text, locateKeys(text));
  const draft = draftOf(list, tree, address);
  if (draft !== undefined) crossCheck(list, draft, valueAt(tree, ["sip", "bind"]) === AUTO);
  list.sort();
  const config = draft !== undefined && list.found.length === 0 ? freeze(fillIn(draft)) : undefined;
  return { tree, problems: list.found, config };
}

/** What is wrong with single values, without a look at how they go together. The problems have no line numbers. */
export function checkValues(tree: Tree): readonly Problem[] {
  const list = new ProblemList("", []);
  draftOf(list, tree, NOWHERE);
  return list.found;
}

/** The tree with defaults, or undefined and problems on the list. */
function draftOf(list: ProblemList, tree: Tree, address: string): Draft | undefined {
  refuseDates(list, tree, []);
  if (list.found.length > 0) return undefined;
  const draft = structuredClone(tree);
  resolveAliases(configSchema, draft);
  const faults = validate(configSchema, draft);
  if (faults.length === 0) return withAddress(draft as unknown as Draft, address);
  addFaults(list, configSchema, tree, faults);
  return undefined;
}

/** `auto` becomes what it means now. */
function withAddress(draft: Draft, address: string): Draft {
  for (const part of [draft.sip, draft.server]) if (part.bind === AUTO) part.bind = address;
  return draft;
}

/** smol-toml's message goes on with an excerpt of the text, in which a password may stand. */
function syntaxProblem(error: TomlError): Problem {
  const text = error.message.split("\n")[0]!.replace(/^Invalid TOML document: /, "");
  return { path: [], line: error.line, column: error.column, text: `this is no TOML: ${text}` };
}

/** TOML has dates, JSON Schema has not: one would pass as a table without keys. */
function refuseDates(list: ProblemList, value: Value, path: Path): void {
  if (value instanceof Date) list.add(path, "a date is not allowed anywhere");
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) refuseDates(list, item, [...path, index]);
  else if (isTree(value)) for (const [key, item] of Object.entries(value)) refuseDates(list, item, [...path, key]);
}

/** After validation and defaults, before what is derived. */
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type DraftLine = Partial<Mutable<LineConfig>> & Pick<Mutable<LineConfig>, "user" | "register" | "phone" | "transport">;
type Draft = Pick<Config, "system" | "tls"> & {
  sip: Mutable<Config["sip"]>;
  server: Mutable<Config["server"]>;
  line: DraftLine[];
};

const AUTO = "auto";
const RTP_PORTS_PER_LINE = 2;
/** The server may listen at every address of the box. */
const ANY_ADDRESS = "0.0.0.0";

/** What no single key shows. `isAuto`: the adapter's address is the machine's own, whatever that is now. */
function crossCheck(list: ProblemList, draft: Draft, isAuto: boolean): void {
  const { time_zone } = draft.system;
  if (time_zone !== undefined && !isTimeZone(time_zone)) {
    list.add(["system", "time_zone"], `"${time_zone}" is no time zone; allowed: a name such as Europe/Berlin or UTC`);
  }
  refuseTwins(
    list,
    "server user",
    draft.server.user.map((user) => user.name),
    (index) => ["server", "user", index, "name"],
  );
  refuseTwins(
    list,
    "server redirect",
    draft.server.redirect.map(({ prefix }) => prefix),
    (index) => ["server", "redirect", index, "prefix"],
  );
  draft.server.user.forEach((user, index) => {
    refuseMask(list, user.password, ["server", "user", index, "password"]);
  });
  const addresses = draft.line.map((line) => `${line.user}@${line.registrar ?? ""}`);
  refuseTwins(list, "line", addresses, (index) => ["line", index, "user"]);
  draft.line.forEach((line, index) => {
    checkLine(list, draft, line, index);
  });
  checkTls(list, draft);
  checkPorts(list, draft);
  if (!isAuto) checkReach(list, draft);
}

function checkLine(list: ProblemList, draft: Draft, line: DraftLine, index: number): void {
  refuseMask(list, line.password, ["line", index, "password"]);
  const user = draft.server.user.find(({ name }) => name === line.user);
  if (line.registrar === undefined && !draft.server.enabled) {
    list.add(
      ["line", index, "registrar"],
      "missing, and there is no built-in server (allowed: HOST or HOST:PORT, or server enabled = true)",
    );
  } else if (line.registrar === undefined && line.register && user === undefined) {
    list.add(
      ["line", index, "user"],
      `"${line.user}" is no user of the built-in server (allowed: the name of a [[server.user]])`,
    );
  } else if (
    line.registrar === undefined &&
    line.password !== undefined &&
    user !== undefined &&
    line.password !== user.password
  ) {
    list.add(
      ["line", index, "password"],
      `not that of the built-in server's user "${line.user}" (leave it out to use that one)`,
    );
  }
  if (line.registrar === undefined && draft.server.enabled && !isOffered(line.transport, draft.server)) {
    list.add(
      ["line", index, "transport"],
      `the built-in server takes no connections by "${line.transport}" (allowed: "udp", or server ${line.transport === "tls" ? "tls_port" : "tcp"})`,
    );
  }
  if (line.registrar?.startsWith(SIPS) && line.transport !== "auto" && line.transport !== "tls")
    list.add(["line", index, "transport"], `"${line.transport}" with a registrar of ${SIPS} (allowed: "tls")`);
  const dialPlan = line.dial_plan === undefined ? undefined : dialPlanProblem(line.dial_plan);
  if (dialPlan) list.add(["line", index, "dial_plan"], dialPlan);
  for (const tone of TONE_NAMES) {
    const own = line[`tone_${tone}`];
    const problem = own === undefined ? undefined : toneProblem(own);
    if (problem) list.add(["line", index, `tone_${tone}`], problem);
  }
  if (line.flash_min !== undefined && line.flash_max !== undefined && line.flash_min >= line.flash_max) {
    list.add(["line", index, "flash_min"], `${line.flash_min} is not less than flash_max, ${line.flash_max}`);
  }
  if ((line.flash_min === undefined) !== (line.flash_max === undefined)) {
    const [there, absent] = line.flash_min === undefined ? ["flash_max", "flash_min"] : ["flash_min", "flash_max"];
    list.add(["line", index, there!], `${there} without ${absent} (allowed: both or neither)`);
  }
}

const isOffered = (transport: LineConfig["transport"], { tcp, tls_port }: Draft["server"]): boolean =>
  transport === "udp" || transport === "auto" || (transport === "tcp" ? tcp : tls_port !== undefined);

/** A server proves itself to its phones. */
function checkTls(list: ProblemList, { server, tls }: Draft): void {
  if (!server.enabled || server.tls_port === undefined) return;
  for (const key of ["certificate", "key"] as const) {
    if (tls[key] === undefined) list.add(["server", "tls_port"], `no tls ${key} (allowed: none, or a file for it)`);
  }
  if (server.tcp && server.tls_port === server.port)
    list.add(["server", "tls_port"], `${server.tls_port} is also server port (allowed: another one)`);
}

function checkPorts(list: ProblemList, draft: Draft): void {
  const { sip, server } = draft;
  if (sip.bind === ANY_ADDRESS)
    list.add(["sip", "bind"], `${ANY_ADDRESS} is no address to send to (allowed: one address of this box)`);
  const lastRtp = sip.rtp_port + RTP_PORTS_PER_LINE * draft.line.length - 1;
  const isRtp = (port: number) => port >= sip.rtp_port && port <= lastRtp;
  if (isRtp(sip.port)) list.add(["sip", "port"], `${sip.port} is one of the sound ports ${sip.rtp_port} to ${lastRtp}`);
  if (!server.enabled || !isSameHost(sip.bind, server.bind)) return;
  if (server.port === sip.port) list.add(["server", "port"], `${server.port} is also sip port (allowed: another one)`);
  if (isRtp(server.port)) {
    list.add(["server", "port"], `${server.port} is one of the sound ports ${sip.rtp_port} to ${lastRtp}`);
  }
}

/** From a loopback address nothing leaves this machine, and its sound would be awaited there by phones that are elsewhere. */
function checkReach(list: ProblemList, { sip, server, line }: Draft): void {
  if (!isLoopback(sip.bind) || line.length === 0) return;
  const allowed = "(allowed: the address of this box that they can send to)";
  if (server.enabled && !isLoopback(server.bind)) {
    list.add(["sip", "bind"], `${sip.bind} can't be reached by the phones of server bind ${server.bind} ${allowed}`);
  }
  line.forEach(({ registrar = "" }, index) => {
    const [host = ""] = registrar.split(":");
    if (isIPv4(host) && !isLoopback(host))
      list.add(["line", index, "registrar"], `${host} can't be reached from sip bind ${sip.bind}: change that first`);
  });
}

const isLoopback = (address: string): boolean => address.startsWith("127.");

const isSameHost = (a: string, b: string): boolean => a === b || b === ANY_ADDRESS;

function refuseTwins(list: ProblemList, what: string, names: readonly string[], pathOf: (index: number) => Path): void {
  const places = new Map<string, number>();
  names.forEach((name, index) => {
    const first = places.get(name);
    if (first === undefined) places.set(name, index);
    else list.add(pathOf(index), `"${name.split("@")[0]}" is also ${what} ${first + 1} (allowed: each once)`);
  });
}

function refuseMask(list: ProblemList, password: string | undefined, path: Path): void {
  if (password === SECRET_MASK)
    list.add(path, `${SECRET_MASK} is what is shown in place of a password; write the password`);
}

/** Gives every `x-derived` key its value. */
function fillIn(draft: Draft): Config {
  const { server } = draft;
  const serverAddress = server.bind === ANY_ADDRESS ? draft.sip.bind : server.bind;
  server.domain ??= serverAddress;
  for (const user of server.user as Mutable<Config["server"]["user"][number]>[]) user.display ??= user.name;
  for (const line of draft.line) {
    const isBuiltIn = line.registrar === undefined;
    line.registrar ??= `${serverAddress}:${line.transport === "tls" ? server.tls_port : server.port}`;
    if (line.registrar.startsWith(SIPS)) line.transport = "tls";
    line.domain ??= isBuiltIn ? server.domain : line.registrar.replace(SIPS, "").replace(/:\d+$/, "");
    line.password ??= (isBuiltIn && server.user.find(({ name }) => name === line.user)?.password) || "";
    line.display ??= line.user;
    line.country ??= draft.system.country;
  }
  return draft as unknown as Config;
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) freeze(item);
    Object.freeze(value);
  }
  return value;
}
