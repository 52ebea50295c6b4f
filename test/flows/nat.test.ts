// A box behind a NAT that knows a STUN server: its descriptions say where its sound is seen from outside. RFC 8489; RFC 3605 for the
// port of RTCP. The built-in server of the other box is the STUN server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { reallyHeard } from "../../host/sound/listen.ts";
import { Nat } from "../support/nat.ts";
import { VirtualBox, type VirtualBoxOptions } from "../support/virtual-box.ts";
import { host } from "../support/virtual-names.ts";
import { type Datagram, GOOD_WIRE } from "../support/virtual-network.ts";
import { voice1, voice2 } from "../support/voices.ts";

const SERVER = "127.0.0.1";
const SERVER_PORT = 5060;
const SERVER_PLACE = `${SERVER}:${SERVER_PORT}`;
const STUN = `stun_server = "${SERVER_PLACE}"`;
const INSIDE = "127.0.0.2";
const RTP = 16_384;
const RTCP = RTP + 1;
/** RFC 8489 §6.2.1: the last of seven requests leaves after 31.5 s, and is waited for 8 s. */
const PATIENCE = 39_500;
const ROUND = 25_000;

const isStun = ({ bytes }: Datagram): boolean => (bytes[0] as number) < 4 && bytes.length >= 20;

interface World {
  home: VirtualBox;
  away: VirtualBox;
  nat: Nat;
  sent: Datagram[];
}

async function behindNat(options: VirtualBoxOptions, homeOptions: VirtualBoxOptions = {}): Promise<World> {
  const home = await VirtualBox.startRegistered({ seed: 151, guests: 2, ...homeOptions });
  const nat = new Nat(home.network);
  const sent: Datagram[] = [];
  home.network.onSend = (datagram) => sent.push(datagram);
  const away = await VirtualBox.startRegistered({ beside: home, openUdp: () => nat.open, ...options });
  await home.pass(100);
  return { home, away, nat, sent };
}

/** What the first INVITE of the next call of the box behind the NAT says of its sound: c=, m= and a=rtcp. */
async function described({ away, sent }: World): Promise<string[]> {
  const from = sent.length;
  await away.call(1, "101");
  const isInvite = ({ bytes }: Datagram): boolean => Buffer.from(bytes).toString("latin1").startsWith("INVITE ");
  away.until(() => sent.slice(from).some(isInvite), 10_000, "an INVITE");
  const invite = Buffer.from((sent.slice(from).find(isInvite) as Datagram).bytes).toString("latin1");
  away.phone(1).hang();
  await away.pass(2000);
  return invite
    .split("\r\n")
    .filter((line) => /^(c=|m=audio|a=rtcp:)/.test(line))
    .map((line) => line.replace(/ RTP.*/, ""));
}

const OWN = [`c=IN IP4 ${INSIDE}`, `m=audio ${RTP}`];
const seen = (nat: Nat): string[] => [
  `c=IN IP4 ${Nat.address}`,
  `m=audio ${nat.outside(RTP)}`,
  `a=rtcp:${nat.outside(RTCP)}`,
];

/** Answers a binding request: `address` and `port` are where we are said to be. */
function answerTo(request: Uint8Array, address: string, port: number): Buffer {
  const answer = Buffer.alloc(32);
  answer.writeUInt16BE(0x0101, 0);
  answer.writeUInt16BE(12, 2);
  answer.set(request.subarray(4, 20), 4);
  answer.writeUInt16BE(0x0020, 20);
  answer.writeUInt16BE(8, 22);
  answer.writeUInt16BE(1, 24);
  answer.writeUInt16BE(port ^ 0x2112, 26);
  address.split(".").forEach((byte, index) => {
    answer[28 + index] = Number(byte) ^ (request[4 + index] as number);
  });
  return answer;
}

test("a phone behind a NAT calls and is called: its INVITE says the NAT's place, and both hear each other", async () => {
  const world = await behindNat({ sip: STUN });
  const { home, away, nat } = world;
  assert.deepEqual(await described(world), seen(nat));
  assert.equal(away.reported(1, Report.MediaMapped)[0]?.text, `${Nat.address}:${nat.outside(RTP)}`);
  for (const [from, to, number] of [
    [home, away, "201"],
    [away, home, "101"],
  ] as const) {
    await from.call(1, number);
    await to.rings(1);
    to.phone(1).lift();
    home.until(() => home.isTalking(1) && away.isTalking(1), 5000, "the answer");
    await home.run(Promise.all([from.phone(1).play(voice1), to.phone(1).play(voice2)]));
    await home.pass(8000);
    assert.ok(reallyHeard(from.phone(1).heard.samples(), voice2).heard, `${number} is heard`);
    assert.ok(reallyHeard(to.phone(1).heard.samples(), voice1).heard, `${number} hears`);
    assert.ok(home.network.traffic(`${Nat.address}:${nat.outside(RTCP)}`).received > 2, "reports come through the NAT");
    from.phone(1).hang();
    to.phone(1).hang();
    await home.pass(3000);
  }
  home.clock.advance(150_000);
  for (const box of [home, away]) assert.deepEqual(box.leftOver(), []);
});

test("without sip.stun_server nobody is asked, and the box says its own address", async () => {
  const world = await behindNat({});
  await world.home.pass(2 * ROUND);
  assert.deepEqual(await described(world), OWN);
  const [rtp, rtcp] = [RTP, RTCP].map((port) => `${Nat.address}:${world.nat.outside(port)}`);
  assert.deepEqual(
    world.sent.filter(({ from }) => from === rtp || from === rtcp),
    [],
  );
});

test("each sound port is asked for every 25 s, and a NAT that forgot is noticed: the next call says the new place", async () => {
  const world = await behindNat({ sip: STUN });
  const { home, nat, sent } = world;
  const asked = () => sent.filter((each) => isStun(each) && each.from === `${Nat.address}:${nat.outside(RTP)}`).length;
  assert.equal(asked(), 1);
  await home.pass(4 * ROUND);
  assert.equal(asked(), 5);
  const before = seen(nat);
  await nat.forget();
  await home.pass(ROUND);
  assert.notDeepEqual(seen(nat), before);
  assert.deepEqual(await described(world), seen(nat));
});

test("RFC 8489 §6.2.1: a STUN server that falls silent is given up and told of once; when it answers again it counts again", async () => {
  const world = await behindNat({ sip: STUN });
  const { home, away, nat } = world;
  const failures = () => away.reports.filter(({ report }) => report === Report.StunFailed).length;
  home.network.wire = (from, _, bytes) =>
    from === SERVER_PLACE && (bytes[0] as number) < 4 ? { ...GOOD_WIRE, loss: 1 } : GOOD_WIRE;
  await home.pass(ROUND + PATIENCE - 1000);
  assert.equal(failures(), 0);
  assert.deepEqual(await described(world), seen(nat), "what was known is said until the server is given up");
  await home.pass(3 * PATIENCE);
  assert.equal(failures(), 1);
  assert.deepEqual(await described(world), OWN);
  assert.ok(away.areAllRegistered, "the registration has nothing to do with it");
  home.network.wire = GOOD_WIRE;
  await home.pass(ROUND);
  assert.deepEqual(await described(world), seen(nat));
});

test("one answer of four is lost: the place is known all the same", async () => {
  const lossy = { ...GOOD_WIRE, loss: 0.25 };
  const world = await behindNat({ sip: STUN });
  world.home.network.wire = (_, __, bytes) => ((bytes[0] as number) < 4 ? lossy : GOOD_WIRE);
  await world.nat.forget();
  await world.home.pass(3 * ROUND);
  assert.deepEqual(await described(world), seen(world.nat));
});

test("RFC 8489 §6.3: answers of others, to other questions, and to none are not taken", async () => {
  const world = await behindNat({ sip: STUN });
  const { home, nat, sent } = world;
  let forged = 0;
  home.network.onSend = (datagram) => {
    sent.push(datagram);
    if (!isStun(datagram) || datagram.to !== SERVER_PLACE) return;
    const inside = [RTP, RTCP].find((port) => datagram.from === `${Nat.address}:${nat.outside(port)}`);
    if (inside === undefined) return;
    const answer = answerTo(datagram.bytes, "198.51.100.66", 6666);
    const guessed = Buffer.from(answer);
    guessed[19] = (guessed[19] as number) ^ 1;
    home.clock.setTimeout(() => {
      nat.inject(inside, answer, "127.0.0.9", SERVER_PORT);
      nat.inject(inside, answer, SERVER, SERVER_PORT + 1);
      nat.inject(inside, guessed, SERVER, SERVER_PORT);
      nat.inject(inside ^ 1, answer, SERVER, SERVER_PORT);
      forged += 4;
    }, 0.5);
    home.clock.setTimeout(() => nat.inject(inside, answer, SERVER, SERVER_PORT), 10);
  };
  await home.pass(2 * ROUND);
  assert.ok(forged >= 16, `${forged} were forged`);
  assert.deepEqual(await described(world), seen(nat));
});

test("the right answer in the server's name is believed: that is what the forged ones lack", async () => {
  const world = await behindNat({ sip: STUN });
  const { home, nat, sent } = world;
  home.network.onSend = (datagram) => {
    sent.push(datagram);
    if (!isStun(datagram) || datagram.from !== `${Nat.address}:${nat.outside(RTP)}`) return;
    const answer = answerTo(datagram.bytes, "198.51.100.66", 6666);
    home.clock.setTimeout(() => nat.inject(RTP, answer, SERVER, SERVER_PORT), 0.5);
  };
  await home.pass(ROUND);
  assert.deepEqual(await described(world), ["c=IN IP4 198.51.100.66", "m=audio 6666"]);
});

test("a STUN server known by its name is found once the name is: until then the box says its own address", async () => {
  const world = await behindNat({ sip: `stun_server = "stun.example.org:${SERVER_PORT}"` });
  const { home, nat } = world;
  assert.deepEqual(await described(world), OWN);
  home.names.zone = { "A stun.example.org": [host(SERVER)] };
  await home.pass(61_000);
  assert.deepEqual(await described(world), seen(nat));
  const asked = home.names.asked.length;
  await home.pass(280_000);
  assert.equal(home.names.asked.length, asked, "its record holds for 300 s");
  await home.pass(20_000);
  assert.equal(home.names.asked.length, asked + 1);
});
