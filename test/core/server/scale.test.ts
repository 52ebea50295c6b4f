// A site of ten thousand users on the built-in server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BenchPhone } from "../../support/bench-phone.ts";
import { ServerBench, Setting } from "../../support/server-bench.ts";

const USERS = 10_000;
const MIB = 2 ** 20;

test("10,000 users register in 64 MiB of memory, find each other, and are forgotten when their time is over", () => {
  const names = Array.from({ length: USERS }, (_, index) => `${20_000 + index}`);
  const bench = new ServerBench("release", names);
  const memory = bench.exports.memory.buffer;
  assert.ok(memory.byteLength <= 64 * MIB, `${memory.byteLength} bytes`);
  assert.equal(bench.call("userCount"), USERS);

  const phones = names.map((name, index) => new BenchPhone(bench, name, `10.1.${index >> 8}.${index & 255}:5060`));
  for (const phone of phones) {
    assert.equal(phone.register().status, 200);
    bench.advance(10);
    bench.reports.length = 0;
  }
  assert.equal(bench.call("bindingCount"), USERS);
  assert.equal(bench.counter("BindingsFull"), 0);

  for (const [from, to] of [
    [0, USERS - 1],
    [USERS - 1, 0],
    [1234, 8765],
  ] as const) {
    const [caller, callee] = [phones[from] as BenchPhone, phones[to] as BenchPhone];
    caller.request("MESSAGE", callee.aor);
    const message = callee.takeOne();
    assert.equal(message.uri, callee.contact);
    callee.answer(message, "200 OK");
    assert.equal(caller.takeOne().status, 200);
  }

  const bindings = bench.bindings();
  assert.deepEqual(new Set(bindings.map(({ user }) => user)), new Set(names));
  bench.advance(3_600_000);
  assert.equal(bench.call("bindingCount"), 0);
  assert.deepEqual(bench.used, { transactions: 0, forwardings: 0, buffers: 0 });
  assert.equal(phones[4321]?.register().status, 200);
  assert.equal(bench.exports.memory.buffer, memory, "memory has not grown");
});

test("a user taken out among ten thousand takes nobody else along", () => {
  const names = Array.from({ length: USERS }, (_, index) => `${20_000 + index}`);
  const bench = new ServerBench("release", names);
  for (let index = 0; index < USERS; index += 2) bench.set(Setting.UserName, index, "");
  assert.equal(bench.call("userCount"), USERS / 2);
  for (let index = 0; index < USERS; index += 997) {
    const phone = new BenchPhone(bench, names[index] as string, "10.1.0.1:5060");
    if (index % 2 === 1) {
      assert.equal(phone.register().status, 200);
    } else {
      assert.equal(phone.register().status, 401);
      bench.set(Setting.UserName, index, phone.user);
      bench.set(Setting.UserPassword, index, phone.password);
      assert.equal(phone.register().status, 200);
    }
  }
});
