// What somebody with a new box and a serial cable goes through: four questions, each answer checked at once, then phones that work.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { checkConfig } from "../../host/config/check.ts";
import { firstBootText } from "../../host/config/first-boot.ts";
import { simulatorText } from "../../host/config/simulator.ts";
import { ConfigStore } from "../../host/config/store.ts";
import type { Config } from "../../host/config/types.ts";
import { Script } from "../../host/console/script.ts";
import { Terminal } from "../../host/console/terminal.ts";
import { ConsoleBox } from "../support/console-box.ts";
import { ConsoleWire } from "../support/console-wire.ts";
import { MemoryFiles } from "../support/memory-files.ts";

const FILE = "/config/tipring.toml";
const PROMPT = "ata> ";

let box: ConsoleBox;
let store: ConfigStore;
let files: MemoryFiles;
let wire: ConsoleWire;
let terminal: Terminal | undefined;

async function newBox(text = firstBootText()): Promise<void> {
  files = new MemoryFiles({ [FILE]: text });
  store = await ConfigStore.load(FILE, { files });
  box = new ConsoleBox();
  box.ports = ["simulated", "gpio"];
  box.config = store;
}

function connect(): void {
  wire = new ConsoleWire();
  terminal = new Terminal(box, wire, wire, { greeting: "on Enter" });
  wire.type("\r");
}

/** Types each answer when its question has come. */
async function answer(dialogue: readonly (readonly [question: string, answer: string])[]): Promise<void> {
  for (const [question, typed] of dialogue) {
    await wire.sees(question);
    wire.type(`${typed}\r`);
  }
}

const saved = async (): Promise<Config> => (await ConfigStore.load(FILE, { files })).running;

beforeEach(() => newBox());
afterEach(() => {
  terminal?.close();
  terminal = undefined;
});

describe("the log-in to a new box", () => {
  test("asks four questions; Enter to all of them makes phones that call each other, and an echo test", async () => {
    connect();
    await answer([
      ["1/4 Country", ""],
      ["2/4 Server", ""],
      ["3/4 Phone 1, user [101]", ""],
      ["password of 101 [made here]", ""],
      ["show [Phone 1]", ""],
      ["Phone 2, user", ""],
      ["password of 102", ""],
      ["show [Phone 2]", ""],
      ["4/4 Save", ""],
      ["Saved. Lift a handset: dial tone.", ""],
    ]);
    await wire.sees(PROMPT);
    const { line, server, sip } = await saved();
    assert.deepEqual(
      line.map(({ user, display, phone }) => [user, display, phone === "echo"]),
      [
        ["101", "Phone 1", false],
        ["102", "Phone 2", false],
        ["600", "Echo test", true],
      ],
    );
    assert.equal(server.enabled, true);
    assert.equal(sip.port, 5060);
    for (const [index, { name, password }] of server.user.entries()) {
      assert.equal(name, line[index]!.user);
      assert.equal(password, line[index]!.password);
      assert.match(password, /^[A-Za-z0-9]{16}$/);
    }
  });

  test("a PBX, a name of a country, one phone that is used: the account is there, and the other socket is not", async () => {
    connect();
    await answer([
      ["Country", "new zea"],
      ["Server", "ast"],
      ["Its address", "192.0.2.20"],
      ["Phone 1, user", "2001"],
      ["password of 2001", "open ? sesame"],
      ["name that called phones show [2001]", "Front desk"],
      ["Phone 2, user (none: not used)", "none"],
      ["Save", "y"],
    ]);
    await wire.sees(PROMPT);
    const { system, line, server } = await saved();
    assert.equal(system.country, "NZ");
    assert.equal(server.enabled, false);
    assert.equal(line.length, 1);
    const { user, password, display, registrar, transport, message_waiting } = line[0]!;
    assert.deepEqual(
      { user, password, display, registrar, transport, message_waiting },
      {
        user: "2001",
        password: "open ? sesame",
        display: "Front desk",
        registrar: "192.0.2.20",
        transport: "udp",
        message_waiting: true,
      },
    );
  });

  test("a wrong answer is told at once, with what is allowed, and the question comes again", async () => {
    connect();
    await answer([
      ["Country", "Atlantis"],
      ['error: "Atlantis" is no country that is known here; allowed: AE AR', "south"],
      ['error: "south" could be South Korea, South Africa', "uk"],
      ["Server", "cisco"],
      ['error: "cisco" is no server; allowed: own, asterisk', "other"],
      ["Its address", ""],
      ["error: an answer is needed here", "pbx..example:99999"],
      ["(allowed: HOST or HOST:PORT", "pbx.example.net:5080"],
      ["Phone 1, user", "the hall"],
      ["(allowed: 1 to 32 letters, digits and . _ + * -)", "none"],
      ['error: "none" is not allowed: phone 1', "2001"],
      ["password", "x".repeat(64)],
      ["(allowed: 1 to 63 characters", "sesame"],
      ["show [2001]", ""],
      ["Phone 2, user", "2001"],
      ["error: 2001 is phone 1 already", "none"],
      ["Save this", "perhaps"],
      ['error: "perhaps" is not allowed; allowed: yes, no', "yes"],
    ]);
    await wire.sees("Saved.");
    const { system, line } = await saved();
    assert.deepEqual(
      [system.country, line[0]!.registrar, line[0]!.user, line[0]!.transport],
      ["GB", "pbx.example.net:5080", "2001", "auto"],
    );
  });

  test("< goes back, as far as the first question, and other answers lead other ways", async () => {
    connect();
    await answer([
      ["Country", "<"],
      ["Country", "DE"],
      ["Server", "fritz"],
      ["Its address: HOST or HOST:PORT [fritz.box]", ""],
      ["Phone 1, user", "<"],
      ["Its address", "<"],
      ["Server", "<"],
      ["Country", "AT"],
      ["Server", "own"],
      ["Phone 1, user [101]", ""],
      ["password", ""],
      ["show", "Hall"],
      ["Phone 2, user", "none"],
      ["Save", "<"],
      ["Phone 2, user", "<"],
      ["show [Phone 1]", "Kitchen"],
      ["Phone 2, user", "none"],
      ["Save", ""],
    ]);
    await wire.sees("Saved.");
    const { system, line } = await saved();
    assert.equal(system.country, "AT");
    assert.deepEqual(
      line.map(({ user, display }) => [user, display]),
      [
        ["101", "Kitchen"],
        ["600", "Echo test"],
      ],
    );
  });

  test("before saving, what will change is shown, passwords masked", async () => {
    connect();
    await answer([
      ["Country", "DE"],
      ["Server", "other"],
      ["Its address", "sip.example.org"],
      ["Phone 1, user", "2001"],
      ["password", "sesame"],
      ["show", ""],
      ["Phone 2", "none"],
    ]);
    await wire.sees("+ line 1 password ********");
    await answer([["4/4 Save", "no"]]);
    await wire.sees("Nothing was changed. setup asks again.");
    assert.doesNotMatch(wire.raw.slice(wire.raw.indexOf("+ line 1")), /sesame/);
    assert.equal((await saved()).line.length, 0);
    assert.equal(store.isChanged, false);
  });

  for (const [name, keys] of [
    ["Ctrl-C", "\x03"],
    ["skip", "skip\r"],
  ] as const) {
    test(`${name} leaves the questions and everything as it was, and the console works`, async () => {
      connect();
      await answer([["Country", "DE"]]);
      await wire.sees("Server");
      wire.type(`ow${name === "skip" ? "\x15" : ""}${keys}`);
      await wire.sees("Nothing was changed. setup asks again.");
      await wire.sees(PROMPT);
      wire.type("show | compare\r");
      await wire.sees("no changes");
      assert.equal((await saved()).system.country, "US");
    });
  }

  test("logging out in the middle, and in again, begins anew", async () => {
    connect();
    await answer([["Country", "DE"]]);
    await wire.sees("Server");
    wire.type("\x04");
    await wire.sees("logged out");
    wire.type("\r");
    await wire.sees("1/4 Country");
    assert.equal(store.isChanged, false);
  });
});

test("? lists the countries before anything is typed, and is a character of an answer after that", async () => {
  connect();
  await wire.sees("Country");
  wire.type("?");
  await wire.sees("AE United Arab Emirates");
  await wire.sees("TR Turkiye");
  await wire.sees("1/4 Country");
  assert.deepEqual(
    wire.screen.text.split("\n").filter((row) => row.length > 79),
    [],
  );
  assert.ok(
    Buffer.from(wire.raw).every((byte) => byte < 0x7f),
    "plain ASCII",
  );
  wire.type("D?\x7fE\r");
  await wire.sees("2/4 Server");
});

test("Tab completes words of an answer, and answers are no commands of the history", async () => {
  connect();
  await answer([["Country", "DE"]]);
  await wire.sees("Server");
  wire.type("kam\t\r");
  await wire.sees("kamailio");
  await answer([
    ["Its address", "sip.example.org"],
    ["Phone 1, user", "2001"],
    ["password", "sesame"],
    ["show", "skip"],
  ]);
  await wire.sees(PROMPT);
  wire.type("\x1b[A");
  await new Promise(setImmediate);
  assert.equal(wire.screen.line, "ata>");
});

test("a box that has accounts is not asked at log-in; setup asks, keeps its passwords and makes its lines anew", async () => {
  await newBox(simulatorText());
  const before = store.running.server.user;
  connect();
  await wire.sees(PROMPT);
  assert.doesNotMatch(wire.raw, /Country/);
  wire.type("setup\r");
  await answer([
    ["Country", "FR"],
    ["Server", "own"],
    ["user [101]", ""],
    ["password of 101 [as it is]", ""],
    ["show", "Salon"],
    ["Phone 2, user", "none"],
    ["Save", ""],
  ]);
  await wire.sees("Saved.");
  const { line, server } = await saved();
  assert.deepEqual(
    line.map(({ user, display }) => [user, display]),
    [
      ["101", "Salon"],
      ["600", "Echo test"],
    ],
  );
  assert.deepEqual(
    server.user.map(({ password }) => password),
    before.map(({ password }) => password),
  );
});

test("changes of the candidate that nobody has committed are not swept away", async () => {
  await newBox(simulatorText());
  store.set("sip port 5099");
  connect();
  await wire.sees("*> ");
  wire.type("setup\r");
  await wire.sees("error: the candidate has changes of its own; commit them, or rollback");
  assert.equal(store.isChanged, true);
});

test("a disk that fails is told, and the questions go on at the last one", async () => {
  connect();
  for (const question of ["Country", "Server", "user", "password", "show"]) await answer([[question, ""]]);
  await answer([["Phone 2, user", "none"]]);
  await wire.sees("Save");
  files.failAt = files.steps + 1;
  wire.type("\r");
  await wire.sees("error: no power at step");
  files.failAt = Infinity;
  await answer([["Save", ""]]);
  await wire.sees("Saved.");
  assert.equal((await saved()).line.length, 2);
});

test("a script answers line by line; when it ends too early nothing is changed", async () => {
  const script = async (text: string): Promise<string> => {
    const out = new ConsoleWire();
    const ended = new Promise<void>((resolve) => new Script(box, out, out, resolve));
    out.type(text);
    out.push(null);
    await ended;
    return out.raw;
  };
  assert.match(await script("setup\nDE\nown\n"), /user \[101\]:\nNothing was changed/);
  assert.equal((await saved()).line.length, 0);
  const said = await script("setup\n?\nDE\nown\n\n\n\nnone\nyes\nshow | compare\n");
  assert.match(said, /AE United Arab Emirates[\s\S]*Saved\.[^\n]*\nno changes\n$/);
  assert.equal((await saved()).system.country, "DE");
});

test("the first configuration knows nobody and can be used", () => {
  const { config, problems } = checkConfig(firstBootText());
  assert.deepEqual(problems, []);
  assert.deepEqual([config!.line.length, config!.server.enabled], [0, false]);
});
