// A softphone at our server by TCP and by TLS, calling phone 1 and called by it, once with its sound encrypted too.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { Baresip, type BaresipOptions } from "../support/baresip.ts";
import { Authority } from "../support/certificates.ts";
import { LiveBox, type LiveLine } from "../support/live-box.ts";
import { isMissing } from "../support/programs.ts";
import { assertHeard, PASSWORDS, PHONE, SOFTPHONE, talk } from "../support/talk.ts";
import { makeTone } from "../support/test-tone.ts";

const skip = isMissing("baresip") || isMissing("openssl");

interface Wish {
  /** Of the softphone. */
  transport: "tcp" | "tls";
  line?: Partial<LiveLine>;
  softphone?: Partial<BaresipOptions>;
}

/** The box by UDP, TCP and TLS, with phone 1 and the softphone registered at it. */
async function startBoth(t: TestContext, { transport, line = {}, softphone = {} }: Wish) {
  const authority = new Authority(t);
  const { certificate, key } = authority.certify({ alternatives: "IP:127.0.0.1" });
  const tlsPort = await freeUdpPorts(1);
  const live = await LiveBox.start(t, {
    lines: [{ user: "101", ...line }],
    users: PASSWORDS,
    server: `tls_port = ${tlsPort}`,
    more: `[tls]\ncertificate = "${certificate}"\nkey = "${key}"\nca = "${authority.ca}"`,
  });
  const serverPort = transport === "tls" ? tlsPort : live.serverPort;
  const baresip = await Baresip.start(t, {
    ...{ user: "201", password: PASSWORDS[201], serverPort, transport },
    spoken: makeTone(SOFTPHONE.frequency, SOFTPHONE.level, 30_000),
    ...softphone,
  });
  return { live, phone: live.phone(1), baresip, number: `sip:101@127.0.0.1:${serverPort};transport=${transport}` };
}

for (const transport of ["tcp", "tls"] as const) {
  test(`baresip registers by ${transport}, calls phone 1 and hangs up; each hears the other's tone`, {
    skip,
  }, async (t) => {
    const { live, phone, baresip, number } = await startBoth(t, { transport });
    const bound = live.box.server()?.bindings.find((it) => it.addressOfRecord.startsWith("sip:201@"));
    assert.match(bound?.contact ?? "", new RegExp(`;transport=${transport}$`));
    baresip.order("dial", number);
    await live.answer(1);
    await baresip.event("CALL_ESTABLISHED");
    await talk(live);
    baresip.order("hangup");
    await live.isLeft(1);
    await baresip.event("CALL_CLOSED");
    assertHeard("phone 1", phone.heard.samples(), SOFTPHONE);
    assertHeard("baresip", baresip.heard(), PHONE);
  });

  test(`phone 1 calls baresip, which is registered by ${transport}, and hangs up; each hears the other's tone`, {
    skip,
  }, async (t) => {
    const { live, phone, baresip } = await startBoth(t, { transport });
    await live.dial(1, "201");
    await baresip.event("CALL_INCOMING");
    baresip.order("accept");
    await live.report(1, Report.CallAnswered);
    await baresip.event("CALL_ESTABLISHED");
    await talk(live);
    await live.hang(1);
    await baresip.event("CALL_CLOSED");
    assertHeard("phone 1", phone.heard.samples(), SOFTPHONE);
    assertHeard("baresip", baresip.heard(), PHONE);
  });
}

test("phone 1 and baresip, both by TLS and with SRTP required: nothing of the call can be read on the way", {
  skip,
}, async (t) => {
  const line = { transport: "tls", srtp: "required" } as const;
  const softphone = { mediaEncryption: "srtp-mand" } as const;
  const { live, phone, baresip, number } = await startBoth(t, { transport: "tls", line, softphone });
  baresip.order("dial", number);
  await live.answer(1);
  await baresip.event("CALL_ESTABLISHED");
  await talk(live);
  assert.equal(live.box.calls()[0]?.protection, "SRTP AES_CM_128_HMAC_SHA1_80");
  assert.match(live.box.registrations()[0]?.inUse ?? "", /^TLS /);
  await live.hang(1);
  await baresip.event("CALL_CLOSED");
  assertHeard("phone 1", phone.heard.samples(), SOFTPHONE);
  assertHeard("baresip", baresip.heard(), PHONE);
});
