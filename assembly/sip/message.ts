// One SIP message as a view over the datagram that it came in: nothing is copied. RFC 3261 §7.
// The parser (parser.ts) fills it. What it has to check itself stays here, read; other typed values are read on demand:
// uri.ts, name-addr.ts, via.ts, cseq.ts, parameters.ts.

import { MAX_HEADERS } from "../limits";
import { Header } from "./header";
import { Method } from "./method";
import { NameAddr, nameAddrAt } from "./name-addr";
import { Uri, uriAt } from "./uri";
import { Via, viaAt } from "./via";

export const enum MessageKind { None, Request, Response }

/** One header field. Several with the same Header are chained in their order. */
@unmanaged
export class Field {
  name: usize = 0;
  value: usize = 0;
  valueLength: i32 = 0;
  nameLength: u16 = 0;
  header: u8 = 0;
  /** Index + 1 of the next field with the same Header, 0 at the last. */
  next: u8 = 0;
}

@unmanaged
export class Message {
  at: usize = 0;
  length: i32 = 0;
  kind: MessageKind = MessageKind.None;

  /** Request: Method.Other keeps its text in methodAt. */
  method: Method = Method.Other;
  methodAt: usize = 0;
  methodLength: i32 = 0;
  uriAt: usize = 0;
  uriLength: i32 = 0;

  /** Response: 100 to 699. */
  status: i32 = 0;
  reasonAt: usize = 0;
  reasonLength: i32 = 0;

  bodyAt: usize = 0;
  bodyLength: i32 = 0;
  /** CSeq, read by the parser: every layer needs it. For a response, `method` is the CSeq's. */
  sequence: u32 = 0;
  /** Max-Forwards, -1 when there is none. */
  maxForwards: i32 = 0;

  /** Why the parser refused: a status code to answer with (400, 505, 513), or 0. */
  refusal: i32 = 0;
  /** What was wrong, for the reason phrase and the log: index into parser.ts's list. */
  fault: i32 = 0;
  fieldCount: i32 = 0;

  // The next six are whole only in a message that the parser has taken.

  /** The Request-URI. */
  @inline get uri(): Uri { return uriAt(changetype<usize>(this) + offsetof<Message>()); }
  @inline get from(): NameAddr { return nameAddrAt(changetype<usize>(this.uri) + offsetof<Uri>()); }
  @inline get fromUri(): Uri { return uriAt(changetype<usize>(this.from) + offsetof<NameAddr>()); }
  @inline get to(): NameAddr { return nameAddrAt(changetype<usize>(this.fromUri) + offsetof<Uri>()); }
  @inline get toUri(): Uri { return uriAt(changetype<usize>(this.to) + offsetof<NameAddr>()); }
  /** The topmost. */
  @inline get via(): Via { return viaAt(changetype<usize>(this.toUri) + offsetof<Uri>()); }

  @inline private get firsts(): usize { return changetype<usize>(this.via) + offsetof<Via>(); }
  @inline private get lasts(): usize { return this.firsts + <usize>Header.Count; }
  @inline private get fields(): usize { return (this.lasts + <usize>Header.Count + 3) & ~3; }

  @inline get isRequest(): bool { return this.kind == MessageKind.Request; }
  @inline get isResponse(): bool { return this.kind == MessageKind.Response; }

  reset(at: usize, length: i32): void {
    memory.fill(changetype<usize>(this), 0, this.fields - changetype<usize>(this));
    this.at = at;
    this.length = length;
    this.maxForwards = -1;
  }

  @inline field(index: i32): Field { return changetype<Field>(this.fields + <usize>index * offsetof<Field>()); }

  /** The first field of that kind, or null: `changetype<usize>(field) == 0`. */
  @inline first(header: Header): Field {
    const index = <i32>load<u8>(this.firsts + <usize>header);
    return index == 0 ? changetype<Field>(0) : this.field(index - 1);
  }

  /** The next field of the same kind, or null. */
  @inline next(field: Field): Field { return field.next == 0 ? changetype<Field>(0) : this.field(<i32>field.next - 1); }

  @inline has(header: Header): bool { return load<u8>(this.firsts + <usize>header) != 0; }

  /** There are two or more fields of that kind. */
  @inline isRepeated(header: Header): bool {
    return load<u8>(this.firsts + <usize>header) != load<u8>(this.lasts + <usize>header);
  }

  /** Appends a field; false when the index is full. */
  addField(header: Header, name: usize, nameLength: i32, value: usize, valueLength: i32): bool {
    if (this.fieldCount == MAX_HEADERS) return false;
    const field = this.field(this.fieldCount++);
    field.name = name;
    field.nameLength = <u16>nameLength;
    field.value = value;
    field.valueLength = valueLength;
    field.header = <u8>header;
    field.next = 0;
    if (header == Header.Other) return true;
    const last = this.lasts + <usize>header;
    if (load<u8>(last) == 0) store<u8>(this.firsts + <usize>header, <u8>this.fieldCount);
    else this.field(<i32>load<u8>(last) - 1).next = <u8>this.fieldCount;
    store<u8>(last, <u8>this.fieldCount);
    return true;
  }
}

/** Bytes of one Message with its index. */
export const MESSAGE_SIZE: i32 = 4096;

@inline export function messageAt(address: usize): Message { return changetype<Message>(address); }
