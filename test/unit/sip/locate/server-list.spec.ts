// RFC 2782: priorities order, weights share.

import { dnsRecordAt } from "../../../../assembly/abi/dns-record";
import { Transport } from "../../../../assembly/abi/endpoint";
import { SERVER_LIST_SIZE, ServerList } from "../../../../assembly/sip/locate/server-list";
import { blank, count, putServer, records, seed } from "./zone";

const list: ServerList = changetype<ServerList>(memory.data(SERVER_LIST_SIZE, 8));
const DRAWS = 20_000;

function nameAt(index: i32): string {
  return String.UTF8.decodeUnsafe(list.at(index).name, list.at(index).nameLength);
}

function draw(): string {
  list.clear();
  for (let index = 0; index < count; index++) list.addRecord(dnsRecordAt(records, index), Transport.Udp);
  list.draw();
  let order = "";
  for (let index = 0; index < list.count; index++) order += nameAt(index);
  return order;
}

/** Share of the draws that begin with `start`. */
function shareOf(start: string): f64 {
  let hits = 0;
  for (let index = 0; index < DRAWS; index++) if (draw().startsWith(start)) hits++;
  return <f64>hits / DRAWS;
}

/** Five standard deviations of a share of DRAWS draws. */
function expectShare(actual: f64, expected: f64): void {
  const slack = 5 * Math.sqrt(expected * (1 - expected) / DRAWS);
  expect(Math.abs(actual - expected) <= slack).toBe(true, actual.toString() + " is not " + expected.toString());
}

describe("RFC 2782", () => {
  beforeEach(() => {
    seed(5);
    blank();
  });

  test("lower priorities first, whatever the weights", () => {
    putServer(30, 65535, 5060, "c");
    putServer(10, 0, 5060, "a");
    putServer(20, 1, 5060, "b");
    for (let round = 0; round < 200; round++) expect(draw()).toBe("abc");
  });

  test("the RFC's own draw: a number from 0 to the sum of the weights, both included", () => {
    putServer(1, 1, 5060, "a");
    putServer(1, 3, 5060, "b");
    // 0 and 1 are the first one's, 2 to 4 the second's
    expectShare(shareOf("a"), 2.0 / 5);
  });

  test("large weights share in their proportion, and so do those that are left", () => {
    putServer(1, 6000, 5060, "a");
    putServer(1, 3000, 5060, "b");
    putServer(1, 1000, 5060, "c");
    expectShare(shareOf("a"), 0.6);
    expectShare(shareOf("b"), 0.3);
    expectShare(shareOf("ab"), 0.6 * 0.75);
    expectShare(shareOf("cb"), 0.1 / 3);
  });

  test("weight 0 has a very small chance: only when the number drawn is 0", () => {
    putServer(1, 9, 5060, "a");
    putServer(1, 0, 5060, "z");
    expectShare(shareOf("z"), 0.1);
  });

  test("the largest weights do not overflow", () => {
    for (let index = 0; index < 8; index++) putServer(1, 65535, 5060, String.fromCharCode(0x61 + index));
    expectShare(shareOf("h"), 1.0 / 8);
  });

  test("each server comes once", () => {
    for (let index = 0; index < 8; index++) putServer(1, <u16>index, 5060, String.fromCharCode(0x61 + index));
    for (let round = 0; round < 500; round++) {
      const order = draw();
      expect(order.length).toBe(8);
      for (let index = 0; index < 8; index++) expect(order.includes(String.fromCharCode(0x61 + index))).toBe(true);
    }
  });
});
