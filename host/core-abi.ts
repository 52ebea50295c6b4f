// What goes into a core, what comes out, and who listens at its door.

/** Numbers of assembly/abi/action.ts; a test holds them against the module's own. */
export const ActionKind = {
  SendSip: 1,
  SendRtp: 2,
  SendRtcp: 3,
  SetAudio: 4,
  SetRing: 5,
  SetPolarity: 6,
  SetLoopCurrent: 7,
  Resolve: 8,
  Report: 9,
  CloseFlow: 10,
  ExpectName: 11,
} as const;

/** Every way into a core. Numbers are part of the recording format: append, never reorder. */
export const Input = {
  Reset: 1,
  ConfigureText: 2,
  ConfigureNumber: 3,
  ConfigureEndpoint: 4,
  Start: 5,
  Stop: 6,
  Datagram: 7,
  Rtp: 8,
  Rtcp: 9,
  LoopOpen: 10,
  LoopClosed: 11,
  Frame: 12,
  Timeout: 13,
  Test: 14,
  Register: 15,
  Restore: 16,
  Stream: 17,
  FlowClosed: 18,
  SendFailure: 19,
  Order: 20,
  Resolved: 21,
  LoopLoss: 22,
} as const;
export type InputKind = (typeof Input)[keyof typeof Input];

/** One order of the core. The object is used again for the next one: take what you need, keep nothing. */
export interface Action {
  kind: number;
  line: number;
  code: number;
  value: number;
  /** Bytes in the core's memory; valid as rule 5 of the core says. */
  payload: Uint8Array;
  /** The 24 bytes of an endpoint, for endpoint.ts. */
  endpoint: Uint8Array;
}

/** Who listens at the door: the recorder, or the replayer that compares. */
export interface CoreObserver {
  input(
    kind: InputKind,
    now: number,
    index: number,
    value: number,
    source: Uint8Array | undefined,
    payload: Uint8Array,
  ): void;
  action(record: Uint8Array, payload: Uint8Array): void;
  /** 160 samples that handleFrame gave to the phone. */
  frame(samples: Uint8Array): void;
}
