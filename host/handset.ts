// The console's words for a simulated telephone. Orders return at once; what comes of them is seen on the line.

import type { LineConfig } from "./config/types.ts";
import { echoResponse, HYBRIDS, Hybrid } from "./phone/hybrid.ts";
import type { Telephone } from "./phone/telephone.ts";
import type * as status from "./status.ts";

/** How long the flash key of a telephone made for a country opens the loop, ms: no length is a flash everywhere. */
const FLASH_MS: Readonly<Record<string, number>> = { US: 600 };
const FLASH_ELSEWHERE_MS = 130;

/** Echo of the telephone: as loud as ITU-T G.168 has it at most; each hybrid is further away than the one before, ms. */
const ECHO_LOSS_DB = 6;
const ECHO_DELAY_STEP = 4;

export class Handset implements status.SimulatedTelephone {
  readonly telephone: Telephone;
  readonly #line: () => LineConfig | undefined;

  constructor(telephone: Telephone, line: () => LineConfig | undefined) {
    this.telephone = telephone;
    this.#line = line;
  }

  get mode(): "dtmf" | "pulse" {
    return this.telephone.mode;
  }

  set mode(mode: "dtmf" | "pulse") {
    this.telephone.mode = mode;
  }

  status(): Omit<status.TelephoneStatus, "line"> {
    const { isOffHook, isRinging, mode, display } = this.telephone;
    return {
      handset: isOffHook ? "lifted" : "on the hook",
      isRinging,
      mode,
      calls: [...display.calls].reverse(),
      messages: display.mailbox ?? null,
    };
  }

  set echo(number: number) {
    const hybrid = HYBRIDS[number - 1];
    this.telephone.hybrid = hybrid && new Hybrid(echoResponse(hybrid, ECHO_LOSS_DB, ECHO_DELAY_STEP * (number - 1)));
  }

  lift(): void {
    this.telephone.lift();
  }

  hang(): void {
    this.telephone.hang();
  }

  dial(digits: string, mode?: "dtmf" | "pulse"): void {
    if (mode) this.telephone.mode = mode;
    void this.telephone.dial(digits);
  }

  flash(): void {
    const { country = "", flash_min, flash_max } = this.#line() ?? {};
    const isOwn = flash_min !== undefined && flash_max !== undefined;
    const length = isOwn ? (flash_min + flash_max) / 2 : (FLASH_MS[country] ?? FLASH_ELSEWHERE_MS);
    void this.telephone.flash(length);
  }
}
