// Passwords and registrations between SIPp and a phone line, and between SIPp and our server: RFC 7616, RFC 3261 §10 and §22.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type TestContext, test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { lineOfSipp } from "../support/line-of-sipp.ts";
import { LiveBox } from "../support/live-box.ts";
import { isMissing } from "../support/programs.ts";
import { Sipp } from "../support/sipp.ts";
import { answers, callee, caller, description, hears, pause, registers, type Step } from "../support/sipp-script.ts";
import { AUTHENTICATION, IS_LEFT } from "../support/sipp-steps.ts";

const skip = isMissing("sipp");
const body = description();
const PASSWORD = "a secret";
const NONCE = "dcd98b7102dd2f0e8b11d0f600bfb0c093";

const challenge = (algorithm: string, qop: string, more = ""): string =>
  `Digest realm="sipp", nonce="${NONCE}", algorithm=${algorithm}, qop="${qop}"${more}`;

const NODE_NAMES: Record<string, string> = { MD5: "md5", "SHA-256": "sha256", "SHA-512-256": "sha512-256" };

/** RFC 7616 §3.4.1, computed here. SIPp logs the request; the response in it must be this one. */
function assertDigest(request: string, { user = "101", password = PASSWORD } = {}): void {
  const head = request.split("\r\n\r\n")[0] ?? "";
  const [, method = ""] = /^([A-Z]+) /.exec(head) ?? [];
  const [, credentials = ""] = /^(?:Proxy-)?Authorization: Digest (.*)$/m.exec(head) ?? [];
  const word = (name: string) => new RegExp(`\\b${name}="?([^",]*)`).exec(credentials)?.[1] ?? "";
  const hash = (text: string) =>
    createHash(NODE_NAMES[word("algorithm")] as string)
      .update(text, "latin1")
      .digest("hex");
  const [, length = ""] = /^Content-Length: *(\d+)/m.exec(head) ?? [];
  const entity = request.slice(head.length + 4, head.length + 4 + Number(length));
  const secret = hash(`${user}:${word("realm")}:${password}`);
  const asked = hash(`${method}:${word("uri")}${word("qop") === "auth-int" ? `:${hash(entity)}` : ""}`);
  const parts = [secret, word("nonce"), word("nc"), word("cnonce"), word("qop"), asked];
  assert.equal(word("response"), hash(parts.join(":")), request);
}

const LOG_ALL = '<ereg regexp=".*" search_in="msg" assign_to="all"/><log message="[$all]"/>';

for (const algorithm of ["MD5", "SHA-256", "SHA-512-256"]) {
  for (const qop of ["auth", "auth-int"]) {
    test(`RFC 7616 §3.4: SIPp asks a line for its password by ${algorithm} and ${qop}`, { skip }, async (t) => {
      const { live, sipp } = await lineOfSipp(t, { password: PASSWORD });
      const script = await sipp([
        callee.hearsInvite({ lacks: ["Authorization"] }),
        callee.says("401 Unauthorized", { headers: [`WWW-Authenticate: ${challenge(algorithm, qop)}`] }),
        hears("ACK"),
        callee.hearsInvite({ has: { Authorization: `qop=${qop},` }, actions: [LOG_ALL] }),
        callee.says("200 OK", { body }),
        hears("ACK", { has: { Authorization: "Digest" } }),
        ...IS_LEFT,
      ]);
      await live.dial(1, "555");
      await live.report(1, Report.CallAnswered);
      await live.hang(1);
      await script.succeeds();
      assertDigest(script.log);
    });
  }
}

test("RFC 8760 §2.4: of several challenges the line answers the strongest that it knows; a stale nonce is no wrong password", {
  skip,
}, async (t) => {
  const { live, sipp } = await lineOfSipp(t, { password: PASSWORD });
  const offered = (nonce: string, more = "") => [
    `Proxy-Authenticate: Digest realm="sipp", nonce="${nonce}", algorithm=SHA3-512, qop="auth"${more}`,
    `Proxy-Authenticate: Digest realm="sipp", nonce="${nonce}", algorithm=SHA-256, qop="auth"${more}`,
    `Proxy-Authenticate: Digest realm="sipp", nonce="${nonce}", algorithm=MD5, qop="auth"${more}`,
  ];
  const script = await sipp([
    callee.hearsInvite(),
    callee.says("407 Proxy Authentication Required", { headers: offered("first") }),
    hears("ACK"),
    callee.hearsInvite({
      has: { "Proxy-Authorization": 'algorithm=SHA-256.*nonce="first"|nonce="first".*algorithm=SHA-256' },
    }),
    callee.says("407 Proxy Authentication Required", { headers: offered("second", ", stale=true") }),
    hears("ACK"),
    callee.hearsInvite({ has: { "Proxy-Authorization": 'nonce="second"' }, actions: [LOG_ALL] }),
    callee.says("200 OK", { body }),
    hears("ACK", { has: { "Proxy-Authorization": "Digest" } }),
    // the BYE of a call that the line has placed
    hears("BYE"),
    answers("407 Proxy Authentication Required", { headers: offered("third") }),
    hears("BYE", { has: { "Proxy-Authorization": 'nonce="third"' } }),
    answers("200 OK"),
  ]);
  await live.dial(1, "555");
  await live.report(1, Report.CallAnswered);
  await live.hang(1);
  await script.succeeds();
  assertDigest(script.log);
});

test("SIPp says twice that the password is wrong: the line gives up", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t, { password: PASSWORD });
  const refused = [
    callee.says("401 Unauthorized", { headers: [`WWW-Authenticate: ${challenge("MD5", "auth")}`] }),
    hears("ACK"),
  ];
  const script = await sipp([
    callee.hearsInvite(),
    ...refused,
    callee.hearsInvite({ has: { Authorization: "Digest" } }),
    ...refused,
    pause(300),
  ]);
  await live.dial(1, "555");
  const { value } = await live.report(1, Report.CallFailed);
  assert.equal(value, 401);
  await script.succeeds();
  await live.hang(1);
});

test("RFC 3261 §26.1: who has called a line gets no digest for its BYE", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t, { password: PASSWORD });
  const script = await sipp([
    caller.invite({ body }),
    hears(100, { isOptional: true }),
    hears(180),
    hears(200, { isRoute: true }),
    caller.asks("ACK", 1),
    hears("BYE", { lacks: ["Authorization"] }),
    answers("401 Unauthorized", { headers: [`WWW-Authenticate: ${challenge("MD5", "auth")}`] }),
    pause(300),
  ]);
  await live.answer(1);
  await live.hang(1);
  await script.succeeds();
});

// Registrations

/** SIPp is the registrar of line 101 and goes through `steps`. */
async function registering(t: TestContext, steps: readonly Step[]) {
  const port = await freeUdpPorts(1);
  const script = await Sipp.start(t, steps, { port, remotePort: port });
  const live = await LiveBox.start(t, {
    lines: [{ user: "101", registrar: `127.0.0.1:${port}`, password: PASSWORD }],
  });
  await script.succeeds();
  return { live, script };
}

const KEEPS_CONTACT = { keeps: { contact: "Contact" } };
const registered = (headers: readonly string[] = []): Step =>
  answers("200 OK", { headers: ["Contact: [$contact]", ...headers], isOutside: true });

test("RFC 3261 §10.2.8: SIPp keeps nobody for less than two hours: the line registers for as long", {
  skip,
}, async (t) => {
  const { live } = await registering(t, [
    hears("REGISTER", { has: { Contact: "expires=3600" } }),
    answers("423 Interval Too Brief", { headers: ["Min-Expires: 7200"], isOutside: true }),
    hears("REGISTER", { has: { Contact: "expires=7200" }, ...KEEPS_CONTACT }),
    registered(),
  ]);
  assert.equal(live.box.lines()[0]?.registered, true);
});

test("RFC 7616 §3.3: a line registers by SHA-256 and auth-int", { skip }, async (t) => {
  const { script } = await registering(t, [
    hears("REGISTER", { lacks: ["Authorization"] }),
    answers("401 Unauthorized", {
      headers: [`WWW-Authenticate: ${challenge("SHA-256", "auth-int")}`],
      isOutside: true,
    }),
    hears("REGISTER", { ...KEEPS_CONTACT, actions: [LOG_ALL] }),
    registered(),
  ]);
  assertDigest(script.log);
});

const USERS = { 301: "of-the-user" };
const atServer = async (t: TestContext, steps: readonly Step[], password: string = USERS[301]) => {
  const live = await LiveBox.start(t, { lines: [], users: USERS });
  const port = await freeUdpPorts(1);
  const script = await Sipp.start(t, steps, { port, remotePort: live.serverPort, keys: { user: "301", password } });
  await script.succeeds();
  return { live, port };
};
const contact = (parameters: string) => `Contact: <sip:[user]@[local_ip]:[local_port]>;${parameters}`;

test("RFC 3261 §10.3: SIPp registers at our server for too short a time: 423, and then for as long as that says", {
  skip,
}, async (t) => {
  const { live, port } = await atServer(t, [
    registers(1, { headers: [contact("expires=1")] }),
    hears(401, { isChallenge: true }),
    registers(2, { headers: [contact("expires=1"), AUTHENTICATION] }),
    hears(423, { keeps: { least: "Min-Expires" } }),
    registers(3, { headers: [contact("expires=[$least]"), AUTHENTICATION] }),
    hears(200, { has: { Contact: "expires=" } }),
  ]);
  const bindings = live.box.server()?.bindings.map((each) => each.contact);
  assert.deepEqual(bindings, [`sip:301@127.0.0.1:${port}`]);
});

test("RFC 3261 §10.2.2: SIPp takes all its registrations back at our server", { skip }, async (t) => {
  const { live } = await atServer(t, [
    registers(1, { headers: [contact("expires=600")] }),
    hears(401, { isChallenge: true }),
    registers(2, { headers: [contact("expires=600"), AUTHENTICATION] }),
    hears(200, { has: { Contact: "expires=600" } }),
    registers(3, { headers: ["Contact: *", "Expires: 0", AUTHENTICATION] }),
    hears(200, { lacks: ["Contact"] }),
  ]);
  assert.deepEqual(live.box.server()?.bindings, []);
});
