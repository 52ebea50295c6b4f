// A softphone and phone 1 at our server with their sound encrypted, or refused for want of it: RFC 3711, RFC 4568, RFC 8643.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { Baresip, type BaresipOptions } from "../support/baresip.ts";
import { LiveBox, type LiveLine } from "../support/live-box.ts";
import { isMissing } from "../support/programs.ts";
import { assertHeard, PASSWORDS, PHONE, SOFTPHONE, talk } from "../support/talk.ts";
import { makeTone } from "../support/test-tone.ts";

const skip = isMissing("baresip");
const ENCRYPTED = "SRTP AES_CM_128_HMAC_SHA1_80";

type Use = NonNullable<LiveLine["srtp"]>;
type MediaEncryption = BaresipOptions["mediaEncryption"];

async function startBoth(t: TestContext, srtp: Use, mediaEncryption: MediaEncryption) {
  const live = await LiveBox.start(t, { lines: [{ user: "101", srtp }], users: PASSWORDS });
  const baresip = await Baresip.start(t, {
    user: "201",
    password: PASSWORDS[201],
    serverPort: live.serverPort,
    spoken: makeTone(SOFTPHONE.frequency, SOFTPHONE.level, 30_000),
    mediaEncryption,
  });
  return { live, phone: live.phone(1), baresip };
}

for (const [srtp, mediaEncryption, protection] of [
  ["required", "srtp-mand", ENCRYPTED],
  ["required", "srtp", ENCRYPTED],
  ["optional", "srtp-mand", ENCRYPTED],
  ["optional", "srtp", ENCRYPTED],
  ["optional", undefined, ""],
] as const) {
  const pair = `a line with srtp ${srtp}, baresip with mediaenc ${mediaEncryption ?? "none"}`;

  test(`${pair}: the line calls, each hears the other's tone`, { skip }, async (t) => {
    const { live, phone, baresip } = await startBoth(t, srtp, mediaEncryption);
    await live.dial(1, "201");
    await baresip.event("CALL_INCOMING");
    baresip.order("accept");
    await live.report(1, Report.CallAnswered);
    await baresip.event("CALL_ESTABLISHED");
    await talk(live);
    assert.equal(live.box.calls()[0]?.protection, protection);
    await live.hang(1);
    await baresip.event("CALL_CLOSED");
    assertHeard("phone 1", phone.heard.samples(), SOFTPHONE);
    assertHeard("baresip", baresip.heard(), PHONE);
  });

  test(`${pair}: baresip calls, holds and takes up again, each hears the other's tone`, { skip }, async (t) => {
    const { live, phone, baresip } = await startBoth(t, srtp, mediaEncryption);
    baresip.order("dial", `sip:101@127.0.0.1:${live.serverPort}`);
    await live.answer(1);
    await baresip.event("CALL_ESTABLISHED");
    await talk(live);
    assert.equal(live.box.calls()[0]?.protection, protection);
    baresip.order("hold");
    await live.sees(/phone1 101 -> server: ACK|server -> phone1 101: ACK/, 2);
    baresip.order("resume");
    await talk(live);
    assert.equal(live.box.calls()[0]?.protection, protection);
    await live.hang(1);
    await baresip.event("CALL_CLOSED");
    assertHeard("phone 1", phone.heard.samples(), SOFTPHONE);
    assertHeard("baresip", baresip.heard(), PHONE);
  });
}

test("baresip without encryption calls a line that requires it: 488, and no ring", { skip }, async (t) => {
  const { live, phone, baresip } = await startBoth(t, "required", undefined);
  baresip.order("dial", `sip:101@127.0.0.1:${live.serverPort}`);
  assert.equal((await live.report(1, Report.CallRefused)).value, 488);
  assert.match((await baresip.event("CALL_CLOSED")).param ?? "", /488/);
  assert.equal(phone.isRinging, false);
});
