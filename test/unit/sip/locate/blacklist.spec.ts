// Who is left alone, for how long; and which target of a list is next.

import { Endpoint, endpointAt } from "../../../../assembly/abi/endpoint";
import { MAX_AVOIDED } from "../../../../assembly/limits";
import { avoid, avoidedUntil, forgive, isAvoided, resetBlacklist } from "../../../../assembly/sip/locate/blacklist";
import { TARGET_LIST_SIZE, TargetList } from "../../../../assembly/sip/locate/target-list";
import { NEVER } from "../../../../assembly/time/timer-table";
import { setEndpoint } from "../wire";
import { targetText } from "./zone";

const one: Endpoint = endpointAt(memory.data(24, 8));
const two: Endpoint = endpointAt(memory.data(24, 8));
const three: Endpoint = endpointAt(memory.data(24, 8));
const list: TargetList = changetype<TargetList>(memory.data(TARGET_LIST_SIZE, 8));

describe("the blacklist", () => {
  beforeEach(() => {
    resetBlacklist();
    setEndpoint(one, "192.0.2.1", 5060);
    setEndpoint(two, "192.0.2.2", 5060);
    setEndpoint(three, "192.0.2.2", 5062);
  });

  test("a minute, doubled each time in a row, a quarter of an hour at most; an answer wipes it out", () => {
    let now: f64 = 1000;
    const pauses: f64[] = [60_000, 120_000, 240_000, 480_000, 900_000, 900_000];
    for (let index = 0; index < pauses.length; index++) {
      avoid(one, 0, now);
      expect(avoidedUntil(one, now) - now).toBe(pauses[index]);
      expect(isAvoided(one, now + pauses[index] - 1)).toBe(true);
      now += pauses[index];
      expect(isAvoided(one, now)).toBe(false);
    }
    forgive(one);
    expect(avoidedUntil(one, now)).toBe(NEVER);
    avoid(one, 0, now);
    expect(avoidedUntil(one, now) - now).toBe(60_000);
  });

  test("lines that find the same server dead together count once", () => {
    avoid(one, 0, 0);
    avoid(one, 0, 10);
    expect(avoidedUntil(one, 10)).toBe(60_000);
  });

  test("RFC 3261 §21.5.4: for as long as a 503 asks, but not for ever", () => {
    avoid(one, 7000, 0);
    expect(avoidedUntil(one, 0)).toBe(7000);
    avoid(two, 1e12, 0);
    expect(avoidedUntil(two, 0)).toBe(3_600_000);
  });

  test("another port is another server", () => {
    avoid(two, 0, 0);
    expect(isAvoided(three, 0)).toBe(false);
  });

  test("a full list forgets whoever is free again first", () => {
    for (let index = 0; index < MAX_AVOIDED; index++) {
      setEndpoint(one, "198.51.100.1", <u16>(2000 + index));
      avoid(one, 100_000 - <f64>index, 0);
    }
    avoid(two, 0, 0);
    expect(isAvoided(two, 0)).toBe(true);
    setEndpoint(one, "198.51.100.1", <u16>(2000 + MAX_AVOIDED - 1));
    expect(isAvoided(one, 0)).toBe(false);
    setEndpoint(one, "198.51.100.1", 2000);
    expect(isAvoided(one, 0)).toBe(true);
  });
});

describe("a target list", () => {
  beforeEach(() => {
    resetBlacklist();
    setEndpoint(one, "192.0.2.1", 5060);
    setEndpoint(two, "192.0.2.2", 5060);
    setEndpoint(three, "192.0.2.3", 5060);
    list.clear();
    list.add(one, 10);
    list.add(two, 20);
    list.add(three, 20);
    list.add(two, 30);
  });

  test("the next is the best that is not avoided; when all are, somebody must be asked all the same", () => {
    expect(list.count).toBe(3);
    expect(list.next(0).equals(one)).toBe(true);
    avoid(one, 0, 0);
    expect(list.next(0).equals(two)).toBe(true);
    avoid(two, 0, 0);
    avoid(three, 90_000, 0);
    expect(changetype<usize>(list.next(0))).toBe(0);
    expect(list.choose(0).equals(one)).toBe(true);
    expect(list.next(60_000).equals(one)).toBe(true);
  });

  test("whoever serves us goes on doing so, among its equals", () => {
    list.prefer(three);
    expect(targetText(list.at(0))).toBe("192.0.2.1 5060 udp");
    expect(targetText(list.at(1))).toBe("192.0.2.3 5060 udp");
    expect(targetText(list.at(2))).toBe("192.0.2.2 5060 udp");
    list.prefer(one);
    expect(list.indexOf(one)).toBe(0);
  });

  test("another port of a host that is in the list is the same host", () => {
    three.port = 9;
    expect(list.hasHost(three)).toBe(true);
    setEndpoint(three, "192.0.2.4", 5060);
    expect(list.hasHost(three)).toBe(false);
  });
});
