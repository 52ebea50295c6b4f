// RFC 3261 §17, table 4. Milliseconds.

/** Estimate of the round trip. */
export const T1: f64 = 500;
/** Longest interval between retransmissions of a non-INVITE request or a response to an INVITE. */
export const T2: f64 = 4000;
/** How long a message may stay in the network. */
export const T4: f64 = 5000;
/** How long a client waits for a final response: Timers B, F, H, J, L and M. */
export const T1_64: f64 = 64 * T1;
/** Timer D: how long answers of a failed INVITE are acknowledged, over a datagram transport. */
export const TIMER_D: f64 = 32000;
