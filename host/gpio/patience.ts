// How long the host waits for edges that are older than what it would conclude from their absence.

/**
 * Pins are looked at more often than this while somebody may be dialling, ms. A machine that stands still for less can hide a pulse of a
 * dial at twice the usual speed, but of no other.
 */
export const BLIND = 25;
/** Whoever has not looked at them for so long won't any more: nobody waits for him, ms. */
const PATIENCE = 1000;

export class Patience {
  #since = Number.NaN;

  /** Up to when the silence of the lines is silence. `followedTo`: up to when their pins were followed, Infinity for those at rest. */
  toldUpTo(followedTo: number, now: number): number {
    if (now - followedTo <= BLIND) {
      this.#since = Number.NaN;
      return now;
    }
    if (Number.isNaN(this.#since)) this.#since = now;
    return now - this.#since < PATIENCE ? followedTo : now;
  }
}
