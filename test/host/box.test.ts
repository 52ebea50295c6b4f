// The whole box: what a commit restarts and what it leaves alone, and what a box without a server is. On virtual time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { TelephoneBox } from "../../host/box.ts";
import { loadBoard } from "../../host/config/board.ts";
import { simulatorText } from "../../host/config/simulator.ts";
import { ConfigStore } from "../../host/config/store.ts";
import { interpreter } from "../../host/console/commands.ts";
import { ConsoleSession } from "../../host/console/session.ts";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { BindError, UdpSocket } from "../../host/net/udp.ts";
import { MemoryFiles } from "../support/memory-files.ts";
import { VirtualBox } from "../support/virtual-box.ts";

/** Types lines on a console of the box; the answer to the last one. */
async function types(virtual: VirtualBox, ...lines: string[]): Promise<string> {
  const session = new ConsoleSession(virtual.box, false, () => {});
  let answer = "";
  for (const line of lines) answer = await virtual.run(interpreter.execute(session, line));
  return answer;
}

test("a commit on the console changes one line; the call of two others goes on", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 41, phones: 3 });
  await virtual.connect(1, 2);
  const { adapter } = virtual.box;
  const before = adapter.rtp(0).received;
  await types(virtual, "set line 3 country GB", "set line 3 display Kitchen", "commit");
  await virtual.pass(2000);
  assert.equal(virtual.box.adapter, adapter, "the adapter was not restarted");
  assert.ok(virtual.isTalking(1) && virtual.isTalking(2));
  assert.ok(adapter.rtp(0).received >= before + 90, "sound never stopped");
  const third = JSON.parse(await types(virtual, "show line 3 | json"));
  assert.deepEqual([third.country, third.displayName], ["GB", "Kitchen"]);
  virtual.phone(3).lift();
  await virtual.pass(1500);
  const [low, high] = virtual.phone(3).hears([350, 440]); // BS 6305: the British dial tone
  assert.ok(low! > -30 && high! > -30, `${low} and ${high} dBm0`);
});

test("another log level takes effect and restarts nothing", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 42 });
  const { adapter, sipServer, log } = virtual.box;
  await types(virtual, "set system log_level warn", "commit");
  await virtual.pass(100);
  assert.equal(log.level, "warn");
  assert.deepEqual([virtual.box.adapter, virtual.box.sipServer], [adapter, sipServer]);
});

test("another sip.port: the adapter starts over on it, registers, and calls go through", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 43 });
  const { adapter } = virtual.box;
  const senders = new Set<string>();
  await types(virtual, "set sip port 5090", "commit");
  virtual.network.onSend = ({ from }) => senders.add(from);
  await virtual.run(
    new Promise<void>((resolve) => {
      const look = () => (isNew() ? resolve() : void virtual.clock.setTimeout(look, 50));
      const isNew = () => virtual.box.adapter !== adapter && virtual.areAllRegistered;
      look();
    }),
  );
  await virtual.connect(1, 2);
  assert.ok(senders.has("127.0.0.1:5090"), [...senders].join());
  assert.match(virtual.box.server()!.bindings[0]!.contact, /127\.0\.0\.1:5090/);
});

test("a commit of a port that is taken is logged and stops the lines; the next commit starts them again", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 47 });
  const holder = await virtual.network.open("another program", "127.0.0.1", 5090, 100, () => {});
  await types(virtual, "set sip port 5090", "commit");
  await virtual.pass(2000);
  assert.match(virtual.logged("config").join("\n"), /error: the change did not take effect: sip\.port: .*5090/);
  assert.deepEqual(virtual.box.lines(), []);
  assert.match(await types(virtual, "show version"), /core ABI/);
  await types(virtual, "set sip port 5092", "commit");
  await virtual.pass(2000);
  assert.deepEqual(
    virtual.box.lines().map(({ registered }) => registered),
    [true, true, true],
  );
  await virtual.connect(1, 2);
  await holder.close();
});

test("without a server: show server says so, lines try to register and say what came of it", async () => {
  const virtual = await VirtualBox.start({ seed: 44, hasServer: false });
  assert.equal(virtual.box.server(), null);
  await virtual.pass(40_000);
  await assert.rejects(types(virtual, "show server"), /this box runs no server/);
  assert.match(await types(virtual, "show registration"), /not registered .* 408/);
  await virtual.call(1, "102");
  await virtual.hears(1, "congestion", 60_000);
});

test("the server is turned off and on again", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 45 });
  await types(virtual, "set server enabled false", "commit");
  await virtual.pass(2000);
  assert.equal(virtual.box.server(), null);
  assert.ok(!virtual.areAllRegistered);
  await types(virtual, "set server enabled true", "commit");
  await virtual.run(
    new Promise<void>((resolve) => {
      const look = () => (virtual.areAllRegistered ? resolve() : void virtual.clock.setTimeout(look, 50));
      look();
    }),
    120_000,
  );
  await virtual.connect(1, 2);
});

test("a port that is taken at the start: the error says which, and nothing is left open", async () => {
  const ports = await freeUdpPorts(8);
  const text = simulatorText({ sip: ports, server: ports + 1, rtp: ports + 2 });
  const start = async () => {
    const store = await ConfigStore.load("/tipring.toml", { files: new MemoryFiles({ "/tipring.toml": text }) });
    return TelephoneBox.start({ board: loadBoard("simulator"), store });
  };
  for (const [offset, setting] of [
    [0, "sip.port"],
    [1, "server.port"],
    [5, "sip.rtp_port"],
  ] as const) {
    const holder = await UdpSocket.open("a test", "127.0.0.1", ports + offset, 100, () => {});
    await assert.rejects(start(), (error: Error) => {
      assert.ok(error instanceof BindError, String(error));
      assert.ok(error.message.startsWith(`${setting}: can't listen on 127.0.0.1:${ports + offset}/udp`), error.message);
      return true;
    });
    await holder.close();
    for (let port = ports; port < ports + 8; port++) {
      const free = await UdpSocket.open("a test", "127.0.0.1", port, 100, () => {});
      await free.close();
    }
  }
});

test("line tests on the console: a free line rings and falls silent, a line in use is refused", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 46 });
  await types(virtual, "test line 2 ring");
  await virtual.rings(2);
  await types(virtual, "test line 2 stop");
  await virtual.pass(100);
  assert.ok(!virtual.phone(2).isRinging);
  await virtual.lift(1);
  await assert.rejects(types(virtual, "test line 1 ring"), /line 1 is in use: hang up first/);
  await assert.rejects(types(virtual, "test line 9 ring"), /allowed/);
});

test("each distinctive ring can be tried on a phone", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 49 });
  for (const [ring, cadence] of [
    [3, [800, 400, 800]],
    [6, [200, 400, 200, 400, 200]],
    [9, [400, 200, 400]],
  ] as const) {
    const before = virtual.phone(1).bell.cadence.length;
    await types(virtual, `test line 1 ring ${ring}`);
    await virtual.pass(3500);
    // the pause before belongs to no ring
    assert.deepEqual(
      virtual
        .phone(1)
        .bell.cadence.slice(before && before + 1)
        .slice(0, cadence.length),
      cadence,
    );
    await types(virtual, "test line 1 stop");
    await virtual.pass(100);
    assert.ok(!virtual.phone(1).isRinging);
  }
  await assert.rejects(
    types(virtual, "test line 1 ring 11"),
    /"11" is not allowed for RING; allowed: a whole number from 1 to 10/,
  );
});

test("a tone of a line's own, set on the console in either notation, is heard at once, shown in both, and gone again", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 47 });
  const commit = async (command: string): Promise<void> => {
    await types(virtual, command, "commit");
    await virtual.pass(2000);
  };
  await commit("set line 1 tone_dial 620@-15;*(.3/.1/1)");
  assert.match(
    await types(virtual, "show tone 1"),
    /^dial +own +620@-15;\*\(\.3\/\.1\/1\)\n +f1=620@-15,c=300\/100;$/m,
  );
  assert.match(await types(virtual, "show tone 1"), /^busy +country +480@-21,620@-21;\*\(\.5\/\.5\/1\+2\)/m);
  virtual.phone(1).lift();
  const pulsing = { frequencies: [620], cadence: [300, 100, 300, 100] };
  await virtual.run(virtual.phone(1).waitForTone(pulsing, 5000, "its own dial tone"), 6000);
  virtual.phone(1).hang();
  await virtual.pass(2000);
  await commit("set line 1 tone_dial f1=540@-15,c=0/0;");
  virtual.phone(1).lift();
  await virtual.run(virtual.phone(1).waitForTone({ frequencies: [540], cadence: [800] }, 5000, "the other one"), 6000);
  virtual.phone(1).hang();
  await virtual.pass(2000);
  await commit("delete line 1 tone_dial");
  await virtual.lift(1);
  await virtual.hears(1, "dial");
});

test("each tone can be tried on a phone", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 48 });
  await virtual.lift(1);
  await types(virtual, "test line 1 tone busy");
  await virtual.hears(1, "busy");
  await types(virtual, "test line 1 stop");
  await virtual.hears(1, "dial");
  await assert.rejects(types(virtual, "test line 1 tone hold"), /"hold" is no tone; allowed: dial, ringback, busy/);
});
