// How a caller's number and name travel to a telephone, by country. Read ETSI EN 300 659-1 for the FSK schemes and the
// DTMF ones, Telcordia GR-30 for the American, BT SIN 227 and SIN 242 for the British, NTT's "Telephone Service
// Interfaces" for the Japanese.

/** Numbers are part of the ABI: append, never reorder. */
export const enum CallerIdScheme {
  None,
  /** Bell 202 FSK between the first ring and the second. */
  Bellcore,
  /** V.23 FSK between the first ring and the second. */
  EtsiDuringRinging,
  /** V.23 FSK before the ring, after the dual tone DT-AS. */
  EtsiDualTone,
  /** V.23 FSK before the ring, after a reversal of the line and DT-AS. */
  EtsiReversal,
  /** V.23 FSK before the ring, after a short ring pulse. */
  EtsiRingPulse,
  /** The same as BT does it: fewer marks, and the type of the call is told; SIN 227. */
  Bt,
  /** Reversal, short rings until the phone goes off-hook, V.23 FSK, on-hook, ring. */
  Ntt,
  /** After a reversal, begun with A and ended with #; D1# and D3# for no number. */
  DtmfDenmark,
  /** After a reversal, begun with A and ended with C; B10C and B00C for no number. */
  DtmfSweden,
  /** The same after the first ring. */
  DtmfBrazil,
  /** Before the ring, begun with D and ended with C unless told otherwise, without a reversal. */
  DtmfGeneral,
  /** Bell 202 FSK between the first ring and the second, in a message of time and number alone (SDMF). */
  BellcoreSingle,
  Count,
}
