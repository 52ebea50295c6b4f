// What a configuration file may say, and what is said of one that may not: key, line, what was found, what is allowed.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { checkConfig, parseConfig } from "../../host/config/check.ts";
import { ConfigError, problemText, suggestion } from "../../host/config/problems.ts";
import type { ConfigSchema } from "../../host/config/schema.ts";
import { configSchema } from "../../host/config/schemas.mjs";
import { CALL_TONES } from "../../host/phone/call-tones.ts";

const COUNTRIES = Object.keys(CALL_TONES);
const messages = (text: string): string[] => checkConfig(text).problems.map(problemText);

/** Six lines, so that what a test adds begins on line 7. */
const GOOD = `[server]
enabled = true
[[server.user]]
name = "101"
password = "opensesame"

`;

describe("each message names the key, its line, what was found and what is allowed", () => {
  const cases: readonly (readonly [title: string, text: string, message: string])[] = [
    [
      "too large",
      `${GOOD}[[line]]\nuser = "101"\nring_timeout = 700\n`,
      "line[1].ring_timeout, line 9: 700 is more than 600 (allowed: 5 to 600 seconds)",
    ],
    [
      "too small",
      `${GOOD}[[line]]\nuser = "101"\nring_timeout = 4\n`,
      "line[1].ring_timeout, line 9: 4 is less than 5 (allowed: 5 to 600 seconds)",
    ],
    [
      "odd port",
      "[sip]\nrtp_port = 16385\n",
      "sip.rtp_port, line 2: 16385 is not a multiple of 2 (allowed: 1024 to 65520, in steps of 2)",
    ],
    [
      "text for a number",
      '\n[sip]\nport = "5070"\n',
      'sip.port, line 3: "5070" is not a whole number (allowed: 1 to 65535)',
    ],
    [
      "fraction for a whole number",
      "[sip]\nport = 5070.5\n",
      "sip.port, line 2: 5070.5 is not a whole number (allowed: 1 to 65535)",
    ],
    ["no number", "[sip]\nport = nan\n", "sip.port, line 2: NaN is not a whole number (allowed: 1 to 65535)"],
    [
      "number for a text",
      `${GOOD}[[line]]\nuser = 101\n`,
      "line[1].user, line 8: 101 is not a text in quotes (allowed: 1 to 32 letters, digits and . _ + * -)",
    ],
    [
      "number for a truth value",
      "server.enabled = 1\n",
      "server.enabled, line 1: 1 is not true or false (allowed: true or false)",
    ],
    [
      "not one of the list, with a guess",
      '[system]\nlog_level = "warning"\n',
      'system.log_level, line 2: "warning" is not known; did you mean "warn"? (allowed: error, warn, info or debug)',
    ],
    [
      "not one of the list, without a guess",
      '[system]\ncountry = "Atlantis"\n',
      `system.country, line 2: "Atlantis" is not known (allowed: ${COUNTRIES.slice(0, -1).join(", ")} or ZA)`,
    ],
    [
      "not an address",
      '[sip]\nbind = "127.0.0.256"\n',
      'sip.bind, line 2: "127.0.0.256" is not valid (allowed: an IPv4 address such as 192.0.2.7, or auto)',
    ],
    [
      "a port out of range behind a host",
      `${GOOD}[[line]]\nuser = "101"\nregistrar = "sip.example.org:70000"\n`,
      'line[1].registrar, line 9: "sip.example.org:70000" is not valid (allowed: HOST or HOST:PORT, such as sip.example.org:5060; sips:HOST where every call is to go by TLS all the way)',
    ],
    ["a misspelt key", "[sip]\nprot = 5070\n", 'sip.prot, line 2: unknown key; did you mean "port"?'],
    [
      "a misspelt section",
      "[system]\n[recoder]\nminutes = 1\n",
      'recoder, line 2: unknown key; did you mean "recorder"?',
    ],
    [
      "an unknown key",
      "[sip]\nvolume = 11\n",
      "sip.volume, line 2: unknown key (allowed: bind, port, rtp_port, stun_server)",
    ],
    [
      "a missing key, at its table",
      `${GOOD}[[line]]\nuser = "101"\n[[line]]\ndisplay = "x"\n`,
      "line[2].user, line 9: missing (allowed: 1 to 32 letters, digits and . _ + * -)",
    ],
    [
      "a codec twice",
      `${GOOD}[[line]]\nuser = "101"\ncodecs = ["PCMU", "PCMU"]\n`,
      'line[1].codecs, line 9: "PCMU" is there twice (allowed: PCMU and PCMA, each at most once)',
    ],
    [
      "an unknown codec",
      `${GOOD}[[line]]\nuser = "101"\ncodecs = [\n  "PCMU",\n  "G729",\n]\n`,
      'line[1].codecs[2], line 11: "G729" is not known (allowed: PCMU and PCMA, each at most once)',
    ],
    [
      "no codec",
      `${GOOD}[[line]]\nuser = "101"\ncodecs = []\n`,
      "line[1].codecs, line 9: the list is empty (allowed: PCMU and PCMA, each at most once)",
    ],
    [
      "a table for a value",
      "[sip.port]\nx = 1\n",
      "sip.port, line 1: a table is not a whole number (allowed: 1 to 65535)",
    ],
    ["a value for a table", "sip = 5\n", "sip, line 1: 5 is not a table (allowed: a table)"],
    [
      "a single bracket",
      '[line]\nuser = "101"\n',
      "line, line 1: a table is not a list of tables (allowed: at most 8)",
    ],
    ["a date", "[sip]\nport = 2026-11-23\n", "sip.port, line 2: a date is not allowed anywhere"],
    ["a date for a table", "sip = 2026-11-23 10:00:00\n", "sip, line 1: a date is not allowed anywhere"],
    [
      "a key of JavaScript's own",
      "[__proto__]\nx = 1\n",
      "__proto__, line 1: unknown key (allowed: system, sip, server, tls, line, console, update, recorder)",
    ],
    [
      "another of those",
      "constructor = 1\n",
      "constructor, line 1: unknown key (allowed: system, sip, server, tls, line, console, update, recorder)",
    ],
  ];
  for (const [title, text, message] of cases) {
    test(title, () => assert.deepEqual(messages(text), [message]));
  }
});

test("no message repeats a password, whatever is wrong with it", () => {
  for (const value of ["20021223", '"tab\\there20021223"', '["20021223"]', `"20021223${"x".repeat(60)}"`]) {
    const text = messages(`[[server.user]]\nname = "101"\npassword = ${value}\n`).join("\n");
    assert.match(text, /^server\.user\[1\]\.password, line 3: /);
    assert.doesNotMatch(text, /20021223/);
  }
});

test("what was found is cut short and cannot steer a terminal", () => {
  const [message] = messages(`[system]\nhostname = "\\u001b[2J${"y".repeat(500)}"\n`);
  assert.ok(message!.length < 200, message);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
  assert.doesNotMatch(message!, /[\u0000-\u001f\u007f-\u009f]/);
});

describe("what no single key shows", () => {
  const twoUsers = `${GOOD}[[server.user]]\nname = "102"\npassword = "x"\n`;
  const cases: readonly (readonly [title: string, text: string, message: string])[] = [
    [
      "a server user twice",
      `${GOOD}[[server.user]]\nname = "101"\npassword = "x"\n`,
      'server.user[2].name, line 8: "101" is also server user 1 (allowed: each once)',
    ],
    [
      "a line twice at one registrar",
      `${GOOD}[[line]]\nuser = "101"\n[[line]]\nuser = "101"\n`,
      'line[2].user, line 10: "101" is also line 1 (allowed: each once)',
    ],
    [
      "a tone that is none",
      `${GOOD}[[line]]\nuser = "101"\ntone_busy = "f1=480@-21,f2=620,c=500-500;"\n`,
      'line[1].tone_busy, line 9: "-" at character 24 does not belong there (allowed: such as f1=350@-17,f2=440@-17,c=500/500; or 350@-17,440@-17;2(.1/.1/1+2);*(*/0/1+2))',
    ],
    [
      "a dial plan that the core does not take",
      `${GOOD}[[line]]\nuser = "101"\ndial_plan = "[1-7]xx|[9"\n`,
      'line[1].dial_plan, line 9: "[" at character 9 opens a set that is not closed (allowed: patterns of digits, x, [2-9], *, #, + and . for repetition, with | between them)',
    ],
    [
      "server and adapter on one port",
      `${GOOD}[sip]\nport = 5060\n`,
      "server.port, line 1: 5060 is also sip port (allowed: another one)",
    ],
    [
      "the server on every address clashes as well",
      '[server]\nenabled = true\nbind = "0.0.0.0"\nport = 5070\n',
      "server.port, line 4: 5070 is also sip port (allowed: another one)",
    ],
    [
      "the adapter among its sound ports",
      `${twoUsers}[sip]\nrtp_port = 5070\n[[line]]\nuser = "101"\n[[line]]\nuser = "102"\n`,
      "sip.port, line 10: 5070 is one of the sound ports 5070 to 5073",
    ],
    [
      "the server among the sound ports of the last line",
      `${twoUsers}[sip]\nrtp_port = 5058\n[[line]]\nuser = "101"\n[[line]]\nuser = "102"\n`,
      "server.port, line 1: 5060 is one of the sound ports 5058 to 5061",
    ],
    [
      "a line that has nowhere to register",
      '[[line]]\nuser = "101"\n',
      "line[1].registrar, line 1: missing, and there is no built-in server (allowed: HOST or HOST:PORT, or server enabled = true)",
    ],
    [
      "a line that is no user of the built-in server",
      `${GOOD}[[line]]\nuser = "109"\n`,
      'line[1].user, line 8: "109" is no user of the built-in server (allowed: the name of a [[server.user]])',
    ],
    [
      "a line with another password than its user has",
      `${GOOD}[[line]]\nuser = "101"\npassword = "other"\n`,
      'line[1].password, line 9: not that of the built-in server\'s user "101" (leave it out to use that one)',
    ],
    [
      "a flash window upside down",
      `${GOOD}[[line]]\nuser = "101"\nflash_min = 300\nflash_max = 200\n`,
      "line[1].flash_min, line 9: 300 is not less than flash_max, 200",
    ],
    [
      "half a flash window",
      `${GOOD}[[line]]\nuser = "101"\nflash_max = 200\n`,
      "line[1].flash_max, line 9: flash_max without flash_min (allowed: both or neither)",
    ],
    [
      "the stars that stand for a password",
      '[[server.user]]\nname = "1"\npassword = "********"\n',
      "server.user[1].password, line 3: ******** is what is shown in place of a password; write the password",
    ],
    [
      "an address that nobody can send to",
      '[sip]\nbind = "0.0.0.0"\n',
      "sip.bind, line 2: 0.0.0.0 is no address to send to (allowed: one address of this box)",
    ],
    [
      "a server for the whole network, lines for this machine only",
      '[[server.user]]\nname = "101"\npassword = "secret"\n[[line]]\nuser = "101"\n[server]\nenabled = true\nbind = "192.0.2.7"\n',
      "sip.bind: 127.0.0.1 can't be reached by the phones of server bind 192.0.2.7 (allowed: the address of this box that they can send to)",
    ],
    [
      "a registrar elsewhere, the adapter on this machine only",
      '[[line]]\nuser = "101"\nregistrar = "192.0.2.1:5080"\n',
      "line[1].registrar, line 3: 192.0.2.1 can't be reached from sip bind 127.0.0.1: change that first",
    ],
  ];
  for (const [title, text, message] of cases) {
    test(title, () => assert.deepEqual(messages(text), [message]));
  }

  test("more lines than a box has", () => {
    const nine = Array.from({ length: 9 }, (_, index) => `[[line]]\nuser = "${index}"\nregistrar = "192.0.2.1"\n`).join(
      "",
    );
    assert.deepEqual(messages(nine), ["line, line 1: 9 are more than 8 (allowed: at most 8)"]);
  });

  test("the same user at two registrars is two accounts", () => {
    const text = '[[line]]\nuser = "a"\nregistrar = "127.0.0.2"\n[[line]]\nuser = "a"\nregistrar = "127.0.0.3"\n';
    assert.deepEqual(messages(text), []);
  });

  test("ports may be the same on different addresses, and with the server off", () => {
    assert.deepEqual(messages('[server]\nenabled = true\nbind = "127.0.0.2"\nport = 5070\n'), []);
    assert.deepEqual(messages("[server]\nport = 5070\n"), []);
  });
});

describe("what a good file becomes", () => {
  test("an empty file is a box with defaults and no line", () => {
    const config = parseConfig("", "empty");
    assert.equal(config.sip.bind, "127.0.0.1");
    assert.equal(config.sip.port, 5070);
    assert.equal(config.sip.rtp_port, 16384);
    assert.equal(config.server.enabled, false);
    assert.equal(config.server.port, 5060);
    assert.deepEqual(config.line, []);
    assert.equal(config.console.serial, undefined);
    assert.equal(config.recorder.enabled, false);
  });

  test("a line at the built-in server takes password and domain from there", () => {
    const config = parseConfig(`${GOOD}[[line]]\nuser = "101"\n[system]\ncountry = "SE"\n`, "test");
    const [line] = config.line;
    assert.equal(line!.registrar, "127.0.0.1:5060");
    assert.equal(line!.domain, "127.0.0.1");
    assert.equal(line!.password, "opensesame");
    assert.equal(line!.display, "101");
    assert.equal(line!.country, "SE");
    assert.deepEqual(line!.codecs, ["PCMU", "PCMA"]);
    assert.equal(line!.flash_min, undefined);
    assert.equal(config.server.user[0]!.display, "101");
  });

  test("a line elsewhere takes its domain from the registrar, and no password", () => {
    const text = `${GOOD}[[line]]\nuser = "101"\nregistrar = "sip.example.org:5080"\n`;
    const [line] = parseConfig(text, "test").line;
    assert.equal(line!.domain, "sip.example.org");
    assert.equal(line!.password, "");
  });

  test("a server on every address is reached at the adapter's own", () => {
    const text = `${GOOD.replace("enabled = true", 'enabled = true\nbind = "0.0.0.0"')}[sip]\nbind = "192.0.2.7"\n[[line]]\nuser = "101"\n`;
    const config = parseConfig(text, "test");
    assert.equal(config.line[0]!.registrar, "192.0.2.7:5060");
    assert.equal(config.server.domain, "192.0.2.7");
  });

  test("UK means GB, for the box and for a line", () => {
    const config = parseConfig(`${GOOD}[[line]]\nuser = "101"\ncountry = "UK"\n[system]\ncountry = "UK"\n`, "test");
    assert.equal(config.system.country, "GB");
    assert.equal(config.line[0]!.country, "GB");
  });

  test("it is frozen", () => {
    const config = parseConfig("", "test") as { sip: { port: number } };
    assert.throws(() => {
      config.sip.port = 1;
    }, TypeError);
  });

  test("parseConfig names the file and every problem", () => {
    assert.throws(
      () => parseConfig("[sip]\nport = 0\nx = 1\n", "/etc/tipring.toml"),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(
          error.message,
          "/etc/tipring.toml cannot be used:\n  sip.port, line 2: 0 is less than 1 (allowed: 1 to 65535)\n" +
            "  sip.x, line 3: unknown key (allowed: bind, port, rtp_port, stun_server)",
        );
        return true;
      },
    );
  });
});

test("a guess is near the word, or there is none", () => {
  assert.equal(suggestion("rign_timeout", ["ring_timeout", "register"]), '; did you mean "ring_timeout"?');
  assert.equal(suggestion("PORT", ["port"]), '; did you mean "port"?');
  assert.equal(suggestion("zz", ["port", "bind"]), "");
  assert.equal(suggestion("x".repeat(5000), ["x"]), "");
});

describe("the schema itself", () => {
  const keys: [string, ConfigSchema][] = [];
  const walk = (name: string, schema: ConfigSchema): void => {
    keys.push([name, schema]);
    for (const [key, property] of Object.entries(schema.properties ?? {})) walk(`${name}.${key}`, property);
    if (schema.items?.type === "object") walk(`${name}[]`, schema.items);
  };
  walk("config", configSchema);

  test("every key has a description, and every value a range", () => {
    for (const [name, schema] of keys) {
      assert.ok(schema.description, `${name} has no description`);
      const bounded =
        schema.type === "object" ||
        schema.type === "boolean" ||
        schema.enum !== undefined ||
        schema["x-allowed"] !== undefined ||
        (schema.type === "integer" && schema.minimum !== undefined && schema.maximum !== undefined) ||
        (schema.type === "array" && (schema.maxItems !== undefined || schema.items?.enum !== undefined));
      assert.ok(bounded, `${name} has no bounds`);
    }
  });

  test("every default is allowed by its own key", () => {
    assert.ok(checkConfig("").config !== undefined);
  });

  test("types.ts is what generate.mjs makes of the schemas", async () => {
    // Not a TypeScript module: the compiled tree has no copy of it.
    const generator = new URL("../../../../host/config/generate.mjs", import.meta.url).href;
    const { typesCode } = (await import(generator)) as { typesCode(): Record<string, string> };
    for (const [file, text] of Object.entries(typesCode()))
      assert.equal(readFileSync(`host/config/${file}`, "utf8"), text, "run node host/config/generate.mjs");
  });
});
