// Finds where the server of a name is: RFC 3263 §4. One question at a time: NAPTR for the transport, SRV for the servers,
// A or AAAA for their addresses; each step is left out where the configuration has said it already. What was found is
// asked for again when it has grown old.

import { ActionKind, pushAction } from "../../abi/action";
import { DnsRecord, MOST_RECORDS, RecordType, dnsRecordAt } from "../../abi/dns-record";
import { ENDPOINT_SIZE, Endpoint, Family, Transport, endpointAt } from "../../abi/endpoint";
import { parseAddress } from "../../base/address";
import { copyBytes } from "../../base/bytes";
import { Text, textAt } from "../../base/text";
import { SETTING_SIZE } from "../../limits";
import { NEVER } from "../../time/timer-table";
import { SERVER_LIST_SIZE, ServerList } from "./server-list";
import { SERVICE_LIST_SIZE, ServiceList } from "./service-list";
import { TARGET_LIST_SIZE, TargetList } from "./target-list";

export const enum LocatorState {
  Idle,
  /** A question of that kind is out. */
  Naptr,
  Srv,
  Address,
  /** `targets` are what the DNS said; it is asked again at `deadline`. */
  Found,
  /** Nobody knew an address; the next try is at `deadline`. */
  Unknown,
}

export const enum LocateEvent {
  None,
  /** `targets` has one more, and is not whole yet. */
  Growing,
  Found,
  /** No address, for now. */
  Unknown,
}

const SIP_PORT: u16 = 5060;
const SIPS_PORT: u16 = 5061;
/** ms. How long the host may take for one question, until a name that nobody knew is asked for again, and one of whose
 * records some could not be had. */
const PATIENCE: f64 = 60_000;
const RETRY: f64 = 10_000;
const RETRY_PATCHY: f64 = 30_000;
/** Seconds. No answer is taken for older or younger than this: a TTL of 0 must not make us ask all the time. */
const TTL_LEAST: f64 = 30;
const TTL_MOST: f64 = 86_400;
/** Seconds, of an answer that there are no such records. */
const TTL_NOTHING: f64 = 300;
/** RFC 2181 §8: what has its top bit set means 0. */
const TTL_WRONG: u32 = 0x80000000;

const MOST_SILENCES: i32 = 2;

const FIXED_SIZE: i32 = 64;
const HOST_AT: i32 = FIXED_SIZE;
const SERVICES_AT: i32 = (HOST_AT + 4 + SETTING_SIZE + 7) & ~7;
const SERVERS_AT: i32 = SERVICES_AT + SERVICE_LIST_SIZE;
const TARGETS_AT: i32 = SERVERS_AT + SERVER_LIST_SIZE;

/** Bytes of a Locator. */
export const LOCATOR_SIZE: i32 = (TARGETS_AT + TARGET_LIST_SIZE + 15) & ~15;

const target: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 8));

/** The question asked last, of all locators. */
let lastQuery: i32 = 0;

@unmanaged
export class Locator {
  /** When the state has lasted long enough. */
  deadline: f64 = 0;
  /** Seconds that the youngest of what was found lives. */
  private ttl: f64 = 0;
  state: LocatorState = LocatorState.Idle;
  /** Number of the question that is out. */
  private query: i32 = 0;
  private line: i32 = 0;
  /** As configured; 0 and None where it says nothing. */
  private port: i32 = 0;
  private transport: Transport = Transport.None;
  private family: Family = Family.V4;
  /** The service or the server whose records are asked for. */
  private index: i32 = 0;
  /** Some question got no answer at all: what was found may not be everything. */
  private isPatchy: bool = false;
  /** The log was told that nobody knows the name. */
  isReported: bool = false;
  /** Questions in a row that got no answer. */
  private silences: i32 = 0;
  /** RFC 2782: a domain has said that it has no such service. */
  private isDenied: bool = false;

  @inline private field(offset: i32): usize { return changetype<usize>(this) + <usize>offset; }
  @inline get host(): Text { return textAt(this.field(HOST_AT)); }
  @inline private get services(): ServiceList { return changetype<ServiceList>(this.field(SERVICES_AT)); }
  @inline private get servers(): ServerList { return changetype<ServerList>(this.field(SERVERS_AT)); }
  /** The best first. */
  @inline get targets(): TargetList { return changetype<TargetList>(this.field(TARGETS_AT)); }
  @inline private get isSecure(): bool { return this.transport == Transport.Tls; }

  reset(line: i32): void {
    if (<i32>offsetof<Locator>() > FIXED_SIZE) ERROR("a Locator's lists stand behind its fields");
    memory.fill(changetype<usize>(this), 0, LOCATOR_SIZE);
    this.line = line;
    this.host.setup(SETTING_SIZE);
    this.deadline = NEVER;
  }

  /** It looks, or has looked, for exactly that. */
  isFor(host: Text, port: i32, transport: Transport, family: Family): bool {
    return this.state != LocatorState.Idle && this.host.equals(host.at, host.length) && this.port == port &&
      this.transport == transport && this.family == family;
  }

  /** Looks for `host`, for which there are sockets of `family`. */
  start(host: Text, port: i32, transport: Transport, family: Family, now: f64): LocateEvent {
    this.host.set(host.at, host.length);
    this.port = port;
    this.transport = transport;
    this.family = family;
    return this.locate(now);
  }

  private locate(now: f64): LocateEvent {
    this.targets.clear();
    this.services.clear();
    this.servers.clear();
    this.ttl = TTL_MOST;
    this.isPatchy = false;
    this.silences = 0;
    this.isDenied = false;
    const host = this.host;
    const direct = this.transport != Transport.None ? this.transport : Transport.Udp;
    target.clear();
    if (parseAddress(host.at, host.length, target)) {
      this.addTarget(this.usualPort, direct, 0);
      this.deadline = NEVER;
      this.state = this.targets.count > 0 ? LocatorState.Found : LocatorState.Unknown;
      return this.targets.count > 0 ? LocateEvent.Found : LocateEvent.Unknown;
    }
    if (this.port != 0) return this.askForHost(now);
    if (this.transport == Transport.None || this.isSecure) {
      this.state = LocatorState.Naptr;
      this.ask(RecordType.Naptr, host.at, host.length, now);
      return LocateEvent.None;
    }
    this.services.addUsual(direct, host.at, host.length);
    this.index = 0;
    return this.askService(now);
  }

  @inline private get usualPort(): u16 {
    return this.port != 0 ? <u16>this.port : this.isSecure ? SIPS_PORT : SIP_PORT;
  }

  /** The host itself is the server: a port is given, or nothing else is known of it (§4.2). */
  private askForHost(now: f64): LocateEvent {
    const transport = this.transport != Transport.None ? this.transport : Transport.Udp;
    this.servers.addHost(this.host.at, this.host.length, this.usualPort, transport);
    this.index = 0;
    return this.askAddress(now);
  }

  private askService(now: f64): LocateEvent {
    if (this.index < this.services.count) {
      const service = this.services.at(this.index);
      this.state = LocatorState.Srv;
      this.ask(RecordType.Srv, service.name, service.nameLength, now);
      return LocateEvent.None;
    }
    return this.isDenied ? this.finish(now) : this.askForHost(now);
  }

  private askAddress(now: f64): LocateEvent {
    if (this.index == this.servers.count) return this.finish(now);
    const server = this.servers.at(this.index);
    this.state = LocatorState.Address;
    const type = this.family == Family.V6 ? RecordType.Aaaa : RecordType.A;
    this.ask(type, server.name, server.nameLength, now);
    return LocateEvent.None;
  }

  /** The name stays where it is until the answer. */
  private ask(type: RecordType, nameAt: usize, nameLength: i32, now: f64): void {
    lastQuery = (lastQuery + 1) & 0x7fffffff;
    this.query = lastQuery;
    this.deadline = now + PATIENCE;
    const action = pushAction(ActionKind.Resolve, this.line);
    action.code = this.query;
    action.value = <f64><i32>type;
    action.payload = nameAt;
    action.length = nameLength;
  }

  @inline private get isAsking(): bool { return this.state >= LocatorState.Naptr && this.state <= LocatorState.Address; }

  @inline isAskedBy(query: i32): bool { return this.isAsking && this.query == query; }

  /** `count` records answer the question that is out; negative: nobody could say. */
  handleResolved(records: usize, count: i32, now: f64): LocateEvent {
    this.silences = count < 0 ? this.silences + 1 : 0;
    if (count < 0) this.isPatchy = true;
    // one kind of record that a name server does not know is no reason to stop; no name server is
    if (this.silences == MOST_SILENCES) return this.finish(now);
    count = min(max(count, 0), MOST_RECORDS);
    switch (this.state) {
      case LocatorState.Naptr: return this.takeServices(records, count, now);
      case LocatorState.Srv: return this.takeServers(records, count, now);
      case LocatorState.Address: return this.takeAddresses(records, count, now);
      default: return LocateEvent.None;
    }
  }

  private takeServices(records: usize, count: i32, now: f64): LocateEvent {
    const services = this.services;
    for (let index = 0; index < count; index++) {
      const record = dnsRecordAt(records, index);
      if (record.type == RecordType.Naptr) this.age(record);
      services.addRecord(record, this.isSecure);
    }
    if (services.count == 0) {
      this.ttl = min(this.ttl, TTL_NOTHING);
      const host = this.host;
      if (!this.isSecure) {
        services.addUsual(Transport.Udp, host.at, host.length);
        services.addUsual(Transport.Tcp, host.at, host.length);
      }
      services.addUsual(Transport.Tls, host.at, host.length);
    }
    this.index = 0;
    return this.askService(now);
  }

  private takeServers(records: usize, count: i32, now: f64): LocateEvent {
    const transport = <Transport>this.services.at(this.index).transport;
    for (let index = 0; index < count; index++) {
      const record = dnsRecordAt(records, index);
      if (record.type != RecordType.Srv) continue;
      this.age(record);
      this.isDenied = true;
      this.servers.addRecord(record, transport);
    }
    if (this.servers.count == 0) {
      this.ttl = min(this.ttl, TTL_NOTHING);
      this.index++;
      return this.askService(now);
    }
    this.servers.draw();
    this.index = 0;
    return this.askAddress(now);
  }

  private takeAddresses(records: usize, count: i32, now: f64): LocateEvent {
    const server = this.servers.at(this.index++);
    const before = this.targets.count;
    const isV6 = this.family == Family.V6;
    for (let index = 0; index < count; index++) {
      const record = dnsRecordAt(records, index);
      if (record.type != (isV6 ? RecordType.Aaaa : RecordType.A)) continue;
      this.age(record);
      target.clear();
      copyBytes(target.address, record.address, isV6 ? 16 : 4);
      target.family = <u8>this.family;
      this.addTarget(server.port, <Transport>server.transport, server.priority);
    }
    if (this.targets.count == before) this.ttl = min(this.ttl, TTL_NOTHING);
    const event = this.askAddress(now);
    return event == LocateEvent.None && this.targets.count > before ? LocateEvent.Growing : event;
  }

  /** The address in `target`. */
  private addTarget(port: u16, transport: Transport, priority: i32): void {
    if (target.family != <u8>this.family) return;
    target.port = port;
    target.transport = <u8>transport;
    this.targets.add(target, priority);
  }

  private age(record: DnsRecord): void {
    const ttl = record.ttl >= TTL_WRONG ? 0 : <f64>record.ttl;
    this.ttl = min(this.ttl, ttl);
  }

  private finish(now: f64): LocateEvent {
    if (this.targets.count == 0) {
      this.state = LocatorState.Unknown;
      this.deadline = now + RETRY;
      return LocateEvent.Unknown;
    }
    this.state = LocatorState.Found;
    this.deadline = now + (this.isPatchy ? RETRY_PATCHY : max(this.ttl, TTL_LEAST) * 1000);
    return LocateEvent.Found;
  }

  handleTimeout(now: f64): LocateEvent {
    return this.isAsking ? this.handleResolved(0, -1, now) : this.locate(now);
  }
}
