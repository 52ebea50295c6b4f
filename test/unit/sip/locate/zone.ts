// Records as the host writes them, and the questions that a locator asks.

import { Action, ActionKind, pollAction, resetActions } from "../../../../assembly/abi/action";
import { DNS_RECORD_SIZE, MOST_RECORDS, RecordType, dnsRecordAt } from "../../../../assembly/abi/dns-record";
import { Endpoint, Family, Transport, endpointAt } from "../../../../assembly/abi/endpoint";
import { ADDRESS_TEXT_SIZE, parseAddress, writeAddress } from "../../../../assembly/base/address";
import { writeText } from "../../../../assembly/base/literal";
import { seedRandom } from "../../../../assembly/base/random";
import { LOCATOR_SIZE, LocateEvent, Locator } from "../../../../assembly/sip/locate/locator";
import { textAt } from "../../../../assembly/base/text";

export const records = memory.data(DNS_RECORD_SIZE * MOST_RECORDS, 16);
export let count: i32 = 0;
export let now: f64 = 0;
export const locator: Locator = changetype<Locator>(memory.data(LOCATOR_SIZE, 16));
/** The question asked last, as "TYPE name". */
export let asked: string = "";
export let questions: i32 = 0;
let query: i32 = 0;

const scratch: Endpoint = endpointAt(memory.data(24, 8));
const area: usize = memory.data(1024, 16);
const host = textAt(memory.data(260, 16));

export function seed(digit: i32 = 0): void {
  for (let index: usize = 0; index < 32; index++) store<u8>(area + index, <u8>(index * 7 + <usize>digit));
  seedRandom(area);
}

/** Between two answers. */
export function blank(): void {
  memory.fill(records, 0, DNS_RECORD_SIZE * MOST_RECORDS);
  count = 0;
}

function name(text: string): void {
  const record = dnsRecordAt(records, count);
  writeText(record.name, text);
  record.nameLength = <u8>text.length;
}

export function putAddress(text: string, ttl: u32 = 300): void {
  const record = dnsRecordAt(records, count);
  parseAddress(area, <i32>(writeText(area, text) - area), scratch);
  record.ttl = ttl;
  record.type = <u16>(scratch.family == Family.V6 ? RecordType.Aaaa : RecordType.A);
  memory.copy(record.address, scratch.address, 16);
  count++;
}

export function putServer(priority: u16, weight: u16, port: u16, target: string, ttl: u32 = 300): void {
  const record = dnsRecordAt(records, count);
  record.ttl = ttl;
  record.type = <u16>RecordType.Srv;
  record.priority = priority;
  record.weight = weight;
  record.port = port;
  name(target);
  count++;
}

export function putService(order: u16, preference: u16, flag: string, service: string, replacement: string): void {
  const record = dnsRecordAt(records, count);
  record.ttl = 300;
  record.type = <u16>RecordType.Naptr;
  record.priority = order;
  record.weight = preference;
  record.flag = flag.length == 1 ? <u8>flag.charCodeAt(0) : 0;
  writeText(record.service, service);
  record.serviceLength = <u8>service.length;
  name(replacement);
  count++;
}

function drain(): void {
  for (let at = pollAction(); at != 0; at = pollAction()) {
    const action = changetype<Action>(at);
    if (action.kind != ActionKind.Resolve) continue;
    const type = <i32>action.value;
    const word = type == RecordType.A ? "A" : type == RecordType.Aaaa ? "AAAA" : type == RecordType.Srv ? "SRV"
      : type == RecordType.Naptr ? "NAPTR" : "?";
    asked = word + " " + String.UTF8.decodeUnsafe(action.payload, action.length);
    query = action.code;
    questions++;
  }
}

export function locate(
  text: string, port: i32 = 0, transport: Transport = Transport.None, family: Family = Family.V4,
): LocateEvent {
  resetActions();
  asked = "";
  questions = 0;
  locator.reset(3);
  host.setup(255);
  host.set(area, <i32>(writeText(area, text) - area));
  const event = locator.start(host, port, transport, family, now);
  drain();
  return event;
}

/** The records put since the last one answer the question that is out. */
export function answer(): LocateEvent {
  const isOurs = locator.isAskedBy(query);
  const event = isOurs ? locator.handleResolved(records, count, now) : LocateEvent.None;
  drain();
  blank();
  return event;
}

/** Nobody could say. */
export function silence(): LocateEvent {
  const event = locator.handleResolved(records, -1, now);
  drain();
  return event;
}

export function pass(duration: f64): LocateEvent {
  now += duration;
  const event = locator.deadline <= now ? locator.handleTimeout(now) : LocateEvent.None;
  drain();
  return event;
}

export function targetText(endpoint: Endpoint): string {
  const end = writeAddress(area, endpoint);
  const transport = endpoint.transport == Transport.Udp ? "udp" : endpoint.transport == Transport.Tcp ? "tcp" : "tls";
  assert(<i32>(end - area) <= ADDRESS_TEXT_SIZE);
  return String.UTF8.decodeUnsafe(area, end - area) + " " + endpoint.port.toString() + " " + transport;
}

/** All targets, the best first. */
export function found(): string {
  let text = "";
  for (let index = 0; index < locator.targets.count; index++) {
    text += (index == 0 ? "" : ", ") + targetText(locator.targets.at(index));
  }
  return text;
}
