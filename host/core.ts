// The only file that knows a core's memory. Everything else calls methods, hands in bytes and gets views.
// Every input goes through one door, input(), so that a recording is the list of its arguments and a replay calls it again.

import { createHash } from "node:crypto";
import { type Action, type CoreObserver, Input, type InputKind } from "./core-abi.ts";
import type { Exports } from "./core-exports.ts";
import { CoreReport } from "./core-report.ts";
import { ENDPOINT_SIZE, writeEndpoint } from "./endpoint.ts";
import type { WrittenRecords } from "./net/dns-records.ts";

export { type Action, ActionKind, type CoreObserver, Input, type InputKind } from "./core-abi.ts";

export const ABI_VERSION = 1;
export const FRAME_SAMPLES = 160;
const FRAME_BYTES = FRAME_SAMPLES * 2;
const ACTION_SIZE = 32 + ENDPOINT_SIZE;
const SEED_SIZE = 32;
/** Places that actions point to; beyond it they are looked up anew. */
const MOST_WINDOWS = 2048;

export class CoreMismatchError extends Error {
  readonly code = "CORE_ABI_MISMATCH";
}

/** A failed assertion in the core: our bug. The core is dead after it. */
export class CorePanicError extends Error {
  readonly code = "CORE_PANIC";
}

const NOTHING = new Uint8Array(0);

export class Core {
  /** SHA-256 of the module: a recording belongs to one build. */
  readonly digest: string;
  readonly memoryBytes: number;
  observer: CoreObserver | undefined;
  readonly #exports: Exports;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #datagram: Uint8Array;
  readonly #source: Uint8Array;
  readonly #text: Uint8Array;
  readonly #pcmIn: Int16Array[] = [];
  readonly #pcmOut: Int16Array[] = [];
  readonly #frameBytes: Uint8Array[] = [];
  readonly #playedBytes: Uint8Array[] = [];
  readonly #windows = new Map<number, Uint8Array>();
  readonly #action: Action;
  /** Of a setting: some change while frames pass. */
  readonly #number = Buffer.alloc(8);

  constructor(wasm: Uint8Array<ArrayBuffer>, name: string, lines = 0) {
    this.digest = createHash("sha256").update(wasm).digest("hex");
    const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), {});
    this.#exports = instance.exports as unknown as Exports;
    const speaks = Number(this.#exports.ABI_VERSION?.value);
    if (speaks !== ABI_VERSION)
      throw new CoreMismatchError(`${name} speaks ABI ${speaks}, this host ABI ${ABI_VERSION}: rebuild`);
    const { buffer } = this.#exports.memory; // fixed size, so these views stay valid for good
    this.memoryBytes = buffer.byteLength;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.#exports.reset(0); // lays memory out; the real one follows, seeded
    this.#datagram = this.#region(this.#exports.rxDatagramPointer(), this.#exports.rxDatagramCapacity());
    this.#source = this.#region(this.#exports.rxSourcePointer(), ENDPOINT_SIZE);
    this.#text = this.#region(this.#exports.textPointer(), this.#exports.textCapacity());
    for (let line = 0; line < lines; line++) {
      const [input, output] = [this.#exports.pcmInPointer?.(line) ?? 0, this.#exports.pcmOutPointer?.(line) ?? 0];
      this.#pcmIn.push(new Int16Array(buffer, input, FRAME_SAMPLES));
      this.#pcmOut.push(new Int16Array(buffer, output, FRAME_SAMPLES));
      this.#frameBytes.push(this.#region(input, FRAME_BYTES));
      this.#playedBytes.push(this.#region(output, FRAME_BYTES));
    }
    this.#action = { kind: 0, line: 0, code: 0, value: 0, payload: NOTHING, endpoint: NOTHING };
  }

  #region(at: number, length: number): Uint8Array {
    return this.#bytes.subarray(at, at + length);
  }

  /** The same, kept: packets of sound go out of the same few places in the same length, so theirs are made once. */
  #window(at: number, length: number): Uint8Array {
    const kept = this.#windows.get(at);
    if (kept?.length === length) return kept;
    const made = this.#region(at, length);
    if (this.#windows.size >= MOST_WINDOWS) this.#windows.clear();
    this.#windows.set(at, made);
    return made;
  }

  /** A numeric constant that the module exports, for tests and for naming counters. */
  constant(name: string): number | undefined {
    const value = this.#exports[name];
    return value instanceof WebAssembly.Global ? Number(value.value) : undefined;
  }

  // Set-up

  /** Starts over from a seed of the operating system's generator, 32 bytes. */
  reset(seed: Uint8Array, now: number): void {
    this.input(Input.Reset, now, 0, 0, undefined, seed, seed.length);
  }

  /** 0, or the 1-based place of the error in `text`; -1 when the text is too long or the setting is unknown. */
  configureText(setting: number, index: number, text: string): number {
    const bytes = Buffer.from(text, "utf8");
    if (bytes.length > this.#text.length) return -1;
    return this.input(Input.ConfigureText, 0, index, setting, undefined, bytes, bytes.length);
  }

  /** 0, or -1 when the setting is unknown or the value is out of its range. */
  configureNumber(setting: number, index: number, value: number): number {
    this.#number.writeDoubleLE(value);
    return this.input(Input.ConfigureNumber, 0, index, setting, undefined, this.#number, this.#number.length);
  }

  configureEndpoint(setting: number, index: number, address: string, port: number, transport?: number): number {
    const bytes = new Uint8Array(ENDPOINT_SIZE);
    writeEndpoint(bytes, 0, address, port, transport);
    return this.input(Input.ConfigureEndpoint, 0, index, setting, undefined, bytes, bytes.length);
  }

  /**
   * The server takes back a binding from before a restart: "user contact", the address it is called at, `q` in thousandths, `lifetime`
   * the ms that it has left. 0, or -1 when it is refused.
   */
  restoreBinding(
    text: string,
    address: string,
    port: number,
    transport: number,
    q: number,
    lifetime: number,
    now: number,
  ): number {
    const bytes = Buffer.from(text, "utf8");
    if (bytes.length > this.#text.length) return -1;
    writeEndpoint(this.#source, 0, address, port, transport);
    return this.input(Input.Restore, now, q, lifetime, this.#source, bytes, bytes.length);
  }

  // Inputs

  start(now: number): void {
    this.input(Input.Start, now, 0, 0, undefined, NOTHING, 0);
  }

  /** Registers one line anew: after its settings have changed. */
  registerLine(line: number, now: number): void {
    this.input(Input.Register, now, line, 0, undefined, NOTHING, 0);
  }

  stop(now: number): void {
    this.input(Input.Stop, now, 0, 0, undefined, NOTHING, 0);
  }

  handleDatagram(
    bytes: Uint8Array,
    length: number,
    address: string,
    port: number,
    transport: number,
    now: number,
  ): void {
    writeEndpoint(this.#source, 0, address, port, transport);
    this.input(Input.Datagram, now, 0, 0, this.#source, bytes, length);
  }

  /** Bytes of a stream connection. Returns how many of them are done with: drain, then come again with the rest. */
  handleStream(bytes: Uint8Array, address: string, port: number, transport: number, flow: number, now: number): number {
    writeEndpoint(this.#source, 0, address, port, transport, flow);
    return this.input(Input.Stream, now, 0, 0, this.#source, bytes, bytes.length);
  }

  handleFlowClosed(address: string, port: number, transport: number, flow: number, now: number): void {
    writeEndpoint(this.#source, 0, address, port, transport, flow);
    this.input(Input.FlowClosed, now, 0, 0, this.#source, NOTHING, 0);
  }

  /** A message that could not be sent to that address. */
  handleSendFailure(
    bytes: Uint8Array,
    address: string,
    port: number,
    transport: number,
    flow: number,
    now: number,
  ): void {
    writeEndpoint(this.#source, 0, address, port, transport, flow);
    this.input(Input.SendFailure, now, 0, 0, this.#source, bytes, bytes.length);
  }

  /** Records answer a Resolve action, as net/dns-records.ts writes them; undefined when nobody could say. */
  handleResolved(query: number, records: WrittenRecords | undefined, now: number): void {
    const { bytes, count } = records ?? { bytes: NOTHING, count: -1 };
    this.input(Input.Resolved, now, count, query, undefined, bytes, bytes.length);
  }

  handleRtp(line: number, bytes: Uint8Array, length: number, address: string, port: number, now: number): void {
    writeEndpoint(this.#source, 0, address, port);
    this.input(Input.Rtp, now, line, 0, this.#source, bytes, length);
  }

  handleRtcp(line: number, bytes: Uint8Array, length: number, address: string, port: number, now: number): void {
    writeEndpoint(this.#source, 0, address, port);
    this.input(Input.Rtcp, now, line, 0, this.#source, bytes, length);
  }

  /** `at` is the edge's own time, at or before `now`. */
  handleLoop(line: number, closed: boolean, at: number, now: number): void {
    this.input(closed ? Input.LoopClosed : Input.LoopOpen, now, line, at, undefined, NOTHING, 0);
  }

  /** Edges of the loop before `at` went unseen. */
  handleLoss(line: number, at: number, now: number): void {
    this.input(Input.LoopLoss, now, line, at, undefined, NOTHING, 0);
  }

  /** The samples are in microphone(line) already; those for the ear are in earpiece(line) afterwards. */
  handleFrame(line: number, now: number): void {
    this.input(Input.Frame, now, line, 0, undefined, this.#frameBytes[line] ?? NOTHING, FRAME_BYTES);
  }

  handleTimeout(now: number): void {
    this.input(Input.Timeout, now, 0, 0, undefined, NOTHING, 0);
  }

  /** 0 when the line took the test, else a code of the line tests. */
  testLine(line: number, what: number, now: number): number {
    return this.input(Input.Test, now, line, what, undefined, NOTHING, 0);
  }

  /** A LineOrder of abi/settings.ts with what it takes. 0, or the SIP status that says why not. */
  orderLine(line: number, order: number, text: string, now: number): number {
    const bytes = Buffer.from(text, "utf8");
    if (bytes.length > this.#text.length) return -1;
    return this.input(Input.Order, now, line, order, undefined, bytes, bytes.length);
  }

  microphone(line: number): Int16Array {
    return this.#pcmIn[line] as Int16Array;
  }

  earpiece(line: number): Int16Array {
    return this.#pcmOut[line] as Int16Array;
  }

  /** The one door. `source`, when given, must be the 24 bytes of the sender, already anywhere. Longer payloads than a region are cut away whole. */
  input(
    kind: InputKind,
    now: number,
    index: number,
    value: number,
    source: Uint8Array | undefined,
    payload: Uint8Array,
    length: number,
  ): number {
    const bytes = payload.length === length ? payload : payload.subarray(0, length);
    this.observer?.input(kind, now, index, value, source, bytes);
    if (source && source !== this.#source) this.#source.set(source);
    try {
      return this.#dispatch(kind, now, index, value, bytes, length);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      throw new CorePanicError(`the core failed at source line ${this.#exports.panicLine.value}: ${error.message}`, {
        cause: error,
      });
    }
  }

  #dispatch(kind: InputKind, now: number, index: number, value: number, bytes: Uint8Array, length: number): number {
    const exports = this.#exports;
    switch (kind) {
      case Input.Reset:
        this.#region(exports.seedPointer(), SEED_SIZE).set(bytes.subarray(0, SEED_SIZE));
        exports.reset(now);
        return 0;
      case Input.ConfigureText:
        this.#text.set(bytes);
        return exports.configureText(value, index, length);
      case Input.ConfigureNumber:
        if (bytes !== this.#number) this.#number.set(bytes);
        return exports.configureNumber(value, index, this.#number.readDoubleLE());
      case Input.ConfigureEndpoint:
        this.#region(exports.endpointPointer(), ENDPOINT_SIZE).set(bytes);
        return exports.configureEndpoint(value, index);
      case Input.Start:
        exports.start?.(now);
        return 0;
      case Input.Register:
        exports.registerLine?.(index, now);
        return 0;
      case Input.Stop:
        exports.stop?.(now);
        return 0;
      case Input.Datagram:
        if (length > this.#datagram.length) return 0;
        this.#datagram.set(bytes);
        exports.handleDatagram(length, now);
        return 0;
      case Input.Stream:
      case Input.SendFailure:
        if (length > this.#datagram.length) return 0;
        this.#datagram.set(bytes);
        if (kind === Input.Stream) return exports.handleStream(length, now);
        exports.handleSendFailure(length, now);
        return 0;
      case Input.FlowClosed:
        exports.handleFlowClosed(now);
        return 0;
      case Input.Resolved:
        this.#datagram.set(bytes);
        exports.handleResolved?.(value, index, now);
        return 0;
      case Input.Rtp:
      case Input.Rtcp:
        if (length > this.#datagram.length) return 0;
        this.#datagram.set(bytes);
        if (kind === Input.Rtp) exports.handleRtp?.(index, length, now);
        else exports.handleRtcp?.(index, length, now);
        return 0;
      case Input.LoopOpen:
      case Input.LoopClosed:
        exports.handleLoop?.(index, kind === Input.LoopClosed ? 1 : 0, value, now);
        return 0;
      case Input.LoopLoss:
        exports.handleLoss?.(index, value, now);
        return 0;
      case Input.Frame: {
        const samples = this.#frameBytes[index];
        if (!samples) return 0;
        if (bytes !== samples) samples.set(bytes);
        exports.handleFrame?.(index, now);
        this.observer?.frame(this.#playedBytes[index] as Uint8Array);
        return 0;
      }
      case Input.Timeout:
        exports.handleTimeout(now);
        return 0;
      case Input.Restore:
        this.#text.set(bytes);
        return exports.restoreBinding?.(length, index, value, now) ?? -1;
      case Input.Test:
        return exports.testLine?.(index, value, now) ?? -1;
      case Input.Order:
        this.#text.set(bytes);
        return exports.orderLine?.(index, value, length, now) ?? -1;
    }
  }

  // Outputs

  get nextTimeout(): number {
    return this.#exports.nextTimeout();
  }

  /** Carries out everything the last input caused. Call it after every input, before the next. */
  drain(carryOut: (action: Action) => void): void {
    const action = this.#action;
    for (let at = this.#exports.pollAction(); at !== 0; at = this.#exports.pollAction()) {
      action.kind = this.#view.getInt32(at, true);
      action.line = this.#view.getInt32(at + 4, true);
      action.code = this.#view.getInt32(at + 8, true);
      const length = this.#view.getInt32(at + 12, true);
      const payload = this.#view.getUint32(at + 16, true);
      action.value = this.#view.getFloat64(at + 24, true);
      action.payload = length === 0 ? NOTHING : this.#window(payload, length);
      action.endpoint = this.#window(at + 32, ENDPOINT_SIZE);
      this.observer?.action(this.#bytes.subarray(at, at + ACTION_SIZE), action.payload);
      carryOut(action);
    }
  }

  // Inspection

  counter(index: number): number {
    return this.#view.getUint32(this.#exports.countersPointer() + index * 4, true);
  }

  /** A DataView of a report that the module fills on demand, and its address. */
  report(name: string, index: number, now?: number): CoreReport | undefined {
    const make = this.#exports[name];
    if (typeof make !== "function") return undefined;
    const at = (make as (index: number, now?: number) => number)(index, now);
    return at === 0 ? undefined : new CoreReport(this.#view, this.#bytes, at);
  }

  /** A text that an export writes to the text region, by up to three numbers; it says how long. */
  text(name: string, ...numbers: number[]): string {
    const write = this.#exports[name];
    const length = typeof write === "function" ? Number((write as (...numbers: number[]) => number)(...numbers)) : 0;
    return Buffer.from(this.#text.subarray(0, length)).toString("latin1");
  }

  /** What an export without arguments says: pool sizes and the like. */
  figure(name: string): number {
    const ask = this.#exports[name];
    return typeof ask === "function" ? Number((ask as () => number)()) : 0;
  }
}
