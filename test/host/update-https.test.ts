// Updates by HTTPS: a server of our own that redirects, breaks off, forgets ranges and lies.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { systemClock } from "../../host/clock.ts";
import { HttpsSource } from "../../host/net/https-source.ts";
import type { UpdateProgress } from "../../host/status.ts";
import { UpdateError } from "../../host/update/update-file.ts";
import { Authority } from "../support/certificates.ts";

const FILE = Buffer.alloc(300_000);
for (let at = 0; at < FILE.length; at++) FILE[at] = (at * 13 + (at >> 9)) & 0xff;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let ca: string;
let base: string;
let answer: Answer;
let asked: string[];
const cleaning: (() => void)[] = [];

before(async () => {
  const authority = new Authority({ after: (clean) => cleaning.push(clean) });
  const { certificate, key } = authority.certify({ commonName: "updates", alternatives: "IP:127.0.0.1" });
  ca = readFileSync(authority.ca, "utf8");
  server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
    asked.push(`${request.url} ${request.headers.range ?? "all"}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
  for (const clean of cleaning) clean();
});

beforeEach(() => {
  asked = [];
});

/** No wait is longer than it has to be. */
const hurried = { ...systemClock, setTimeout: (callback: () => void) => setTimeout(callback, 0) };

function source(path: string, more: { signal?: AbortSignal; ca?: string | undefined; idleMax?: number } = {}) {
  const options = { clock: hurried, signal: new AbortController().signal, progress: (_: UpdateProgress) => {}, ca };
  return new HttpsSource(`${base}${path}`, { ...options, ...more });
}

async function fetchAll(from: HttpsSource): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of from.read()) parts.push(part);
  return Buffer.concat(parts);
}

/** As a web server does it; `most` bytes of a whole answer, then the connection breaks. */
function serve(etag: string, isRanged: boolean, most = Number.POSITIVE_INFINITY): Answer {
  return (request, response) => {
    const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const isWanted = isRanged && (first !== "" || last !== "");
    const start = !isWanted ? 0 : first === "" ? FILE.length - Number(last) : Number(first);
    const body = FILE.subarray(start);
    const range = isWanted ? { "content-range": `bytes ${start}-${FILE.length - 1}/${FILE.length}` } : {};
    response.writeHead(isWanted ? 206 : 200, { etag, "content-length": body.length, ...range });
    if (body.length <= most) response.end(body);
    else response.write(body.subarray(0, most), () => response.destroy());
  };
}

const refused = (why: RegExp) => (error: Error) => {
  assert.ok(error instanceof UpdateError, `${error.stack}`);
  assert.match(error.message, why);
  return true;
};

test("the trailer comes first, and says how large the file is; then the file", async () => {
  answer = serve('"1"', true);
  const from = source("/new.update?token=secret");
  assert.equal(from.name, `${base}/new.update`);
  assert.deepEqual(await from.trailer(), FILE.subarray(-4096));
  assert.equal(from.size, FILE.length);
  assert.ok((await fetchAll(from)).equals(FILE));
  assert.deepEqual(asked, ["/new.update?token=secret bytes=-4096", "/new.update?token=secret all"]);
});

test("a server without ranges sends the file all the same", async () => {
  answer = serve('"1"', false);
  const from = source("/plain");
  assert.equal(await from.trailer(), undefined);
  assert.equal(from.size, FILE.length);
  assert.ok((await fetchAll(from)).equals(FILE));
});

test("a connection that breaks is taken up where it broke", async () => {
  answer = serve('"1"', true, 70_000);
  assert.ok((await fetchAll(source("/broken"))).equals(FILE));
  const starts = asked.map((line) => Number(/bytes=(\d+)-/.exec(line)?.[1] ?? 0));
  assert.ok(starts.length >= 5, asked.join("; "));
  assert.deepEqual(
    starts,
    [...starts].sort((a, b) => a - b),
  );
});

test("without ranges, what came before is skipped in what comes again", async () => {
  let most = 50_000;
  answer = (request, response) => {
    most += 90_000;
    serve('"1"', false, most)(request, response);
  };
  assert.ok((await fetchAll(source("/broken"))).equals(FILE));
});

test("a file that is another one after a break is not mixed with the first", async () => {
  let count = 0;
  answer = (request, response) => serve(`"${count++}"`, true, 70_000)(request, response);
  await assert.rejects(fetchAll(source("/changing")), refused(/has changed meanwhile; ask again/));
});

test("a connection that breaks again and again without a byte is given up", async () => {
  answer = (request, response) => {
    if (request.headers.range === undefined) serve('"1"', true, 70_000)(request, response);
    else response.destroy();
  };
  await assert.rejects(fetchAll(source("/dying")), refused(/\/dying: (?:it hung up|socket hang up)$/));
  assert.equal(asked.length, 7);
});

test("a server that falls silent is given up", async () => {
  answer = (_, response) => {
    response.writeHead(200, { "content-length": 1000 });
    response.flushHeaders();
  };
  await assert.rejects(fetchAll(source("/silent", { idleMax: 50 })), refused(/\/silent: it says nothing for 0\.05 s$/));
});

test("redirections are followed, to https alone and not for ever", async () => {
  answer = (request, response) => {
    const next: Record<string, string> = {
      "/one": "two",
      "/two": `${base}/three`,
      "/loop": "/loop",
      "/plain": "http://127.0.0.1/",
    };
    const location = next[request.url!];
    if (location === undefined) serve('"1"', true)(request, response);
    else response.writeHead(302, { location }).end();
  };
  assert.ok((await fetchAll(source("/one"))).equals(FILE));
  await assert.rejects(fetchAll(source("/loop")), refused(/redirects more than 5 times/));
  await assert.rejects(fetchAll(source("/plain")), refused(/"http:\/\/" is not taken; allowed: .* https:\/\//));
});

test("what a server answers instead of a file is told", async () => {
  answer = (_, response) => response.writeHead(404).end("no");
  await assert.rejects(source("/gone").trailer(), refused(/\/gone answers 404 Not Found$/));
});

test("a server that nobody vouches for is refused, and one that is not there is told", async () => {
  answer = serve('"1"', true);
  await assert.rejects(fetchAll(source("/new", { ca: undefined })), refused(/authority that we don't know/));
  const nobody = new HttpsSource("https://127.0.0.1:1/x", {
    clock: hurried,
    signal: new AbortController().signal,
    progress: () => {},
  });
  await assert.rejects(fetchAll(nobody), refused(/nobody listens there/));
});

test("an address that is none, or not https, is refused at once", () => {
  const options = { clock: hurried, signal: new AbortController().signal, progress: () => {} };
  assert.throws(() => new HttpsSource("https://", options), refused(/is no address; allowed: https:\/\/HOST\/PATH/));
  assert.throws(() => new HttpsSource("http://a/b", options), refused(/"http:\/\/" is not taken/));
});

test("the user stops it, in mid-file", async () => {
  answer = (_, response) => {
    response.writeHead(200, { "content-length": FILE.length });
    response.write(FILE.subarray(0, 1000));
  };
  const stopping = new AbortController();
  const from = source("/slow", { signal: stopping.signal });
  const reading = (async () => {
    for await (const _ of from.read()) stopping.abort();
  })();
  await assert.rejects(reading, refused(/^stopped$/));
});
