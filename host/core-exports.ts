// The functions and constants of a built module: assembly/adapter.ts and assembly/server.ts say what each does.

/** What the core exports. The server has no lines, so it lacks what belongs to them. */
export interface Exports {
  memory: WebAssembly.Memory;
  ABI_VERSION: WebAssembly.Global;
  panicLine: WebAssembly.Global;
  seedPointer(): number;
  reset(now: number): void;
  textPointer(): number;
  textCapacity(): number;
  configureText(setting: number, index: number, length: number): number;
  configureNumber(setting: number, index: number, value: number): number;
  endpointPointer(): number;
  configureEndpoint(setting: number, index: number): number;
  rxDatagramPointer(): number;
  rxDatagramCapacity(): number;
  rxSourcePointer(): number;
  handleDatagram(length: number, now: number): void;
  handleStream(length: number, now: number): number;
  handleFlowClosed(now: number): void;
  handleSendFailure(length: number, now: number): void;
  handleResolved?(query: number, count: number, now: number): void;
  handleTimeout(now: number): void;
  nextTimeout(): number;
  pollAction(): number;
  countersPointer(): number;
  start?(now: number): void;
  registerLine?(line: number, now: number): void;
  stop?(now: number): void;
  restoreBinding?(length: number, q: number, lifetime: number, now: number): number;
  handleRtp?(line: number, length: number, now: number): void;
  handleRtcp?(line: number, length: number, now: number): void;
  handleLoop?(line: number, closed: number, at: number, now: number): void;
  handleLoss?(line: number, at: number, now: number): void;
  handleFrame?(line: number, now: number): void;
  testLine?(line: number, what: number, now: number): number;
  orderLine?(line: number, order: number, length: number, now: number): number;
  pcmInPointer?(line: number): number;
  pcmOutPointer?(line: number): number;
  lineReport?(line: number): number;
  [name: string]: unknown;
}
