// What happened and was not worth an action: one table of u32, read by the host.

/** Numbers are part of the ABI: append, never reorder. */
export const enum Counter {
  DatagramsIn,
  DatagramsOut,
  ActionsDropped,
  SipKeepAlive,
  SipMalformed,
  SipUnmatchedResponse,
  SipRetransmissionIn,
  SipRetransmissionOut,
  SipTransactionTimeout,
  SipTransactionsFull,
  SipRefused,
  RtpIn,
  RtpOut,
  RtpStranger,
  RtpMalformed,
  RtpLate,
  RtpDuplicate,
  RtpConcealed,
  RtcpIn,
  RtcpOut,
  RegistrationsRefused,
  AuthenticationFailed,
  BindingsFull,
  CallsRouted,
  CallsRefused,
  GuessesDropped,
  /** RFC 3711: packets whose tag is wrong, and those that came before. */
  SrtpForged,
  SrtpReplayed,
  Count,
}

export const counters: usize = memory.data(<i32>Counter.Count << 2, 16);

@inline export function count(counter: Counter, times: u32 = 1): void {
  const at = counters + (<usize>counter << 2);
  store<u32>(at, load<u32>(at) + times);
}

export function resetCounters(): void { memory.fill(counters, 0, <usize>Counter.Count << 2); }
