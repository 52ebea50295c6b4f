// SIP over connections: our adapter and our server at either end, then programs that we did not write.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { LiveBox } from "../support/live-box.ts";

const USERS = { 101: "password of 101", 102: "password of 102" };

test("a line by TCP calls a line by UDP through our server, and is called by it", async (t) => {
  const live = await LiveBox.start(t, {
    lines: [
      { user: "101", transport: "tcp" },
      { user: "102", transport: "udp" },
    ],
    users: USERS,
  });
  const bindings = live.box.server()?.bindings ?? [];
  const contactOf = (user: number) => bindings.find((it) => it.addressOfRecord.startsWith(`sip:${user}@`))?.contact;
  assert.match(contactOf(101) ?? "", /;transport=tcp$/);
  assert.doesNotMatch(contactOf(102) ?? "", /transport/);
  for (const [caller, called] of [
    [1, 2],
    [2, 1],
  ] as const) {
    await live.dial(caller, `10${called}`);
    await live.answer(called);
    await live.report(caller, Report.CallAnswered);
    await live.hang(called);
    await live.isLeft(caller);
  }
});

test("two lines by TCP share one connection to our server and call each other over it", async (t) => {
  const live = await LiveBox.start(t, {
    lines: [
      { user: "101", transport: "tcp" },
      { user: "102", transport: "tcp" },
    ],
    users: USERS,
  });
  await live.dial(1, "102");
  await live.answer(2);
  await live.report(1, Report.CallAnswered);
  await live.hang(1);
  await live.isLeft(2);
});
