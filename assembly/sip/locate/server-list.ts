// The servers that SRV records name, in the order to try them: RFC 2782.

import { DNS_NAME_SIZE, DnsRecord } from "../../abi/dns-record";
import { Transport } from "../../abi/endpoint";
import { copyBytes } from "../../base/bytes";
import { random32 } from "../../base/random";
import { MAX_SERVERS } from "../../limits";

@unmanaged
export class Server {
  priority: u16 = 0;
  weight: u16 = 0;
  port: u16 = 0;
  transport: u8 = 0;
  nameLength: u8 = 0;

  @inline get name(): usize { return changetype<usize>(this) + offsetof<Server>(); }
}

const SERVER_SIZE: i32 = 8 + ((DNS_NAME_SIZE + 7) & ~7);

/** Bytes of a ServerList. */
export const SERVER_LIST_SIZE: i32 = 8 + MAX_SERVERS * SERVER_SIZE;

const moved: usize = memory.data(SERVER_SIZE, 8);

@unmanaged
export class ServerList {
  count: i32 = 0;
  private reserved: i32 = 0;

  @inline at(index: i32): Server { return changetype<Server>(changetype<usize>(this) + 8 + <usize>(index * SERVER_SIZE)); }

  clear(): void { this.count = 0; }

  /** A server that no record named: the host itself. */
  addHost(at: usize, length: i32, port: u16, transport: Transport): void {
    this.insert(this.count, 0, 0, port, transport, at, length);
  }

  /** By priority. Of more than there is room for, those of the lowest numbers stay. "." is nobody, and so is port 0. */
  addRecord(record: DnsRecord, transport: Transport): void {
    const length = <i32>record.nameLength;
    if (length == 0 || (length == 1 && load<u8>(record.name) == 0x2e) || record.port == 0) return;
    let place = this.count;
    while (place > 0 && this.at(place - 1).priority > record.priority) place--;
    this.insert(place, record.priority, record.weight, record.port, transport, record.name, length);
  }

  private insert(
    place: i32, priority: u16, weight: u16, port: u16, transport: Transport, nameAt: usize, nameLength: i32,
  ): void {
    if (place == MAX_SERVERS || nameLength > DNS_NAME_SIZE) return;
    if (this.count < MAX_SERVERS) this.count++;
    this.move(place, place + 1, this.count - 1 - place);
    const server = this.at(place);
    server.priority = priority;
    server.weight = weight;
    server.port = port;
    server.transport = <u8>transport;
    server.nameLength = <u8>nameLength;
    copyBytes(server.name, nameAt, nameLength);
  }

  @inline private move(from: i32, to: i32, count: i32): void {
    memory.copy(changetype<usize>(this.at(to)), changetype<usize>(this.at(from)), <usize>(count * SERVER_SIZE));
  }

  /** Draws the order within each priority by the weights: one at a time, of those that are left. */
  draw(): void {
    for (let place = 0; place < this.count; place++) {
      let end = place + 1;
      while (end < this.count && this.at(end).priority == this.at(place).priority) end++;
      const chosen = end - place > 1 ? this.drawOne(place, end) : place;
      if (chosen == place) continue;
      memory.copy(moved, changetype<usize>(this.at(chosen)), SERVER_SIZE);
      this.move(place, place + 1, chosen - place);
      memory.copy(changetype<usize>(this.at(place)), moved, SERVER_SIZE);
    }
  }

  /** A number up to the sum of the weights, and the first whose running sum reaches it; those of weight 0 come first. */
  private drawOne(start: i32, end: i32): i32 {
    let total: u32 = 0;
    for (let index = start; index < end; index++) total += this.at(index).weight;
    const drawn = <u32>((<u64>random32() * (<u64>total + 1)) >> 32);
    if (drawn == 0) {
      for (let index = start; index < end; index++) {
        if (this.at(index).weight == 0) return index;
      }
      return start;
    }
    let sum: u32 = 0;
    let index = start;
    for (; index < end - 1; index++) {
      sum += this.at(index).weight;
      if (sum >= drawn) break;
    }
    return index;
  }
}
