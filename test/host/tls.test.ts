// TLS over loopback: which versions, whose certificate does, and what the log says of the others.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, type TestContext, test } from "node:test";
import { connect as connectTls, createServer as createTlsServer, type TlsOptions } from "node:tls";
import { Transport } from "../../host/endpoint.ts";
import { freeUdpPorts as freePorts } from "../../host/net/free-ports.ts";
import { Authority, type Certificate } from "../support/certificates.ts";
import { isMissing } from "../support/programs.ts";
import { bytes, closed, dialled, HERE, open, started } from "../support/streams.ts";

/** What OpenSSL itself no longer does unless it is told so. */
const OLD = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;

/** A TLS server that we did not write: gives back what it hears. With whom it was asked for. */
async function echo(t: TestContext, files: Certificate, options: TlsOptions = {}): Promise<[number, string[]]> {
  const port = await freePorts(1);
  const asked: string[] = [];
  const server = createTlsServer({
    cert: readFileSync(files.certificate),
    key: readFileSync(files.key),
    SNICallback: (name, done) => {
      asked.push(name);
      done(null);
    },
    ...options,
  });
  server.on("tlsClientError", () => {});
  server.on("secureConnection", (socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => socket.end(data));
  });
  await started(t, server, port);
  return [port, asked];
}

describe("TLS", { skip: isMissing("openssl") }, () => {
  test("RFC 5922 §7: the registrar's certificate is for its domain, or there is no connection, and the log says why", async (t) => {
    const authority = new Authority(t);
    const stranger = new Authority(t);
    const wrong = "its certificate is for other.example, not for sip.example.org";
    const cases: [files: Certificate, problem: string | undefined][] = [
      [authority.certify({ alternatives: "DNS:sip.example.org" }), undefined],
      [authority.certify({ alternatives: "URI:sip:sip.example.org,DNS:other.example" }), undefined],
      [authority.certify({ commonName: "SIP.example.org" }), undefined],
      [authority.certify({ commonName: "sip.example.org", alternatives: "DNS:other.example" }), wrong],
      [authority.certify({ alternatives: "URI:sip:other.example,DNS:sip.example.org" }), wrong],
      [
        authority.certify({ alternatives: "DNS:*.example.org" }),
        "its certificate is for *.example.org, not for sip.example.org",
      ],
      [
        authority.certify({ alternatives: "URI:sips:sip.example.org" }),
        "its certificate is for nobody that could be a SIP domain, not for sip.example.org",
      ],
      [authority.certify({ alternatives: "DNS:sip.example.org", days: -1 }), "its certificate has expired"],
      [
        stranger.certify({ alternatives: "DNS:sip.example.org" }),
        "its certificate is of an authority that we don't know (tls ca names those to believe)",
      ],
      [
        authority.certifyItself({ alternatives: "DNS:sip.example.org" }),
        "its certificate is signed by nobody but itself (tls ca names the authorities to believe)",
      ],
    ];
    for (const [files, problem] of cases) {
      const [port, asked] = await echo(t, files);
      const [streams, told] = await open(t, { files: { ca: authority.ca, isWanted: true } });
      streams.expect(HERE, port, "sip.example.org");
      streams.send(bytes("ping"), HERE, port, Transport.Tls, 0);
      const event = await told.until(/^data|^unsent/);
      if (problem === undefined) {
        assert.equal(event, "data 1 ping", told.sentences.join());
      } else {
        assert.equal(event, "unsent 0 ping");
        assert.deepEqual(told.sentences, [`no connection to ${HERE}:${port}: ${problem}`]);
      }
      assert.deepEqual(asked, ["sip.example.org"], "the server is told whom we want (SNI)");
    }
  });

  test("a registrar that is set as an address has a certificate for the address, and is asked for no name", async (t) => {
    const authority = new Authority(t);
    for (const [alternatives, expected] of [
      [`IP:${HERE}`, "data 1 ping"],
      ["IP:127.0.0.2", "unsent 0 ping"],
    ] as const) {
      const [port, asked] = await echo(t, authority.certify({ alternatives }));
      const [streams, told] = await open(t, { files: { ca: authority.ca, isWanted: true } });
      streams.send(bytes("ping"), HERE, port, Transport.Tls, 0);
      assert.equal(await told.until(/^data|^unsent/), expected, told.sentences.join());
      assert.deepEqual(asked, []);
    }
  });

  test("a registrar that knows nothing newer than TLS 1.1 is not spoken to", async (t) => {
    const authority = new Authority(t);
    const [port] = await echo(t, authority.certify({ alternatives: `IP:${HERE}` }), OLD);
    const [streams, told] = await open(t, { files: { ca: authority.ca, isWanted: true } });
    streams.send(bytes("ping"), HERE, port, Transport.Tls, 0);
    assert.equal(await told.until(/^data|^unsent/), "unsent 0 ping");
    assert.deepEqual(told.sentences, [
      `no connection to ${HERE}:${port}: it wants another version of TLS than 1.2 or 1.3`,
    ]);
  });

  test("a server with a certificate takes TLS 1.2 and 1.3, nothing older, and says who came with that", async (t) => {
    const authority = new Authority(t);
    const files = authority.certify({ alternatives: "DNS:sip.example.org" });
    const port = await freePorts(1);
    const [, told] = await open(t, { tls: { port, what: "server.tls_port" }, files });
    const ca = readFileSync(authority.ca);
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const phone = connectTls({
        port,
        host: HERE,
        ca,
        servername: "sip.example.org",
        minVersion: version,
        maxVersion: version,
      });
      phone.write(version);
      await told.until(new RegExp(`^data \\d+ ${version}`));
      phone.destroy();
    }
    const old = connectTls({ port, host: HERE, ca, servername: "sip.example.org", ...OLD });
    old.on("error", () => {});
    await closed(old);
    assert.equal(told.events.filter((event) => event.startsWith("data")).length, 2);
    assert.match(await told.until(/^refused/), /no connection from 127\.0\.0\.1: it knows no TLS as new as 1\.2/);
  });

  test("who speaks plain SIP where TLS is expected is named", async (t) => {
    const files = new Authority(t).certify({ alternatives: "DNS:sip.example.org" });
    const port = await freePorts(1);
    const [, told] = await open(t, { tls: { port, what: "server.tls_port" }, files });
    const plain = await dialled(port);
    plain.write("REGISTER sip:example.org SIP/2.0\r\n\r\n");
    await closed(plain);
    assert.match(await told.until(/^refused/), /no connection from 127\.0\.0\.1: it does not speak TLS/);
  });

  test("connections that never get through the handshake count as well", async (t) => {
    const authority = new Authority(t);
    const files = authority.certify({ alternatives: "DNS:sip.example.org" });
    const port = await freePorts(1);
    await open(t, { tls: { port, what: "server.tls_port" }, files, mostOfPeer: 2 });
    const idle = [await dialled(port), await dialled(port)];
    await closed(await dialled(port));
    for (const socket of idle) socket.destroy();
  });

  test("an encrypted connection that ends makes room", async (t) => {
    const authority = new Authority(t);
    const files = authority.certify({ alternatives: "DNS:sip.example.org" });
    const port = await freePorts(1);
    const [, told] = await open(t, { tls: { port, what: "server.tls_port" }, files, mostOfPeer: 1 });
    for (const flow of [1, 2, 3]) {
      const phone = connectTls({ port, host: HERE, ca: readFileSync(authority.ca), servername: "sip.example.org" });
      phone.write("hello");
      await told.until(new RegExp(`^data ${flow} hello`));
      phone.destroy();
      await told.until(new RegExp(`^closed ${flow}`));
    }
    assert.deepEqual(told.sentences, []);
  });

  test("a file that is not there, and one that is no certificate, are named", async (t) => {
    const authority = new Authority(t);
    const { key } = authority.certify({});
    await assert.rejects(open(t, { files: { ca: "/no/such/file" } }), /tls\.ca: can't read \/no\/such\/file: ENOENT/);
    await assert.rejects(
      open(t, { tls: { port: 1, what: "x" }, files: { certificate: key, key } }),
      /tls: certificate and key can't be used/,
    );
  });
});
