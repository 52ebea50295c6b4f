// A SIP ladder in plain ASCII, at most 79 columns: a lifeline for each participant, an arrow for each message. Grows line by
// line for `monitor sip`, or is drawn whole for a report.

export const LADDER_COLUMNS = 79;
/** More would leave no room for labels: whoever comes later shares the last lifeline. */
export const MAX_PARTICIPANTS = 6;
const OTHERS = "others";

const FIRST_LIFELINE = 15;
const LAST_LIFELINE = 71;
const NAME_COLUMNS = 15;

export interface LadderEvent {
  /** Milliseconds on any clock: the first event is +0.000. */
  time: number;
  from: string;
  to: string;
  label: string;
}

export class Ladder {
  readonly #participants: string[] = [];
  #start: number | undefined;
  #headed = false;

  /** Naming participants beforehand fixes their order and spares a second heading. */
  constructor(participants: readonly string[] = []) {
    for (const name of participants) this.#join(name);
  }

  /** The lines that this event adds, joined by line feeds: a new heading first when a participant is new. */
  add(event: LadderEvent): string {
    this.#start ??= event.time;
    const from = this.#join(event.from);
    const to = this.#join(event.to);
    const arrow = this.#arrow(event.time - this.#start, from, to, plain(event.label));
    if (this.#headed) return arrow;
    this.#headed = true;
    return `${this.#heading()}\n${arrow}`;
  }

  #join(name: string): number {
    const known = this.#participants.indexOf(name);
    if (known >= 0) return known;
    if (this.#participants.length === MAX_PARTICIPANTS) {
      if (this.#participants[MAX_PARTICIPANTS - 1] !== OTHERS) {
        this.#participants[MAX_PARTICIPANTS - 1] = OTHERS;
        this.#headed = false;
      }
      return MAX_PARTICIPANTS - 1;
    }
    this.#headed = false;
    return this.#participants.push(name) - 1;
  }

  get #gap(): number {
    const gaps = Math.max(1, this.#participants.length - 1);
    return Math.floor((LAST_LIFELINE - FIRST_LIFELINE) / gaps);
  }

  #column(participant: number): number {
    return FIRST_LIFELINE + participant * this.#gap;
  }

  #heading(): string {
    const width = Math.min(NAME_COLUMNS, this.#gap - 1);
    let line = "   time";
    this.#participants.forEach((participant, index) => {
      const name = plain(participant).slice(0, width);
      line = `${line.padEnd(this.#column(index) - Math.floor(name.length / 2))}${name}`;
    });
    return line;
  }

  #arrow(elapsed: number, from: number, to: number, label: string): string {
    const cells = `${`+${(elapsed / 1000).toFixed(3)}`.padStart(7)} `.padEnd(LADDER_COLUMNS).split("");
    for (let index = 0; index < this.#participants.length; index++) cells[this.#column(index)] = "|";
    const left = this.#column(Math.min(from, to));
    if (from === to) {
      // To itself, or between two who share the last lifeline: no arrow, so the text stands on whichever side has room.
      const room = Math.min(this.#gap, LADDER_COLUMNS - left) - 2;
      const isLast = from > 0 && from === this.#participants.length - 1;
      const text = isLast ? `${label.slice(0, this.#gap - 4)} *` : `* ${label.slice(0, room - 2)}`;
      write(cells, isLast ? left - 1 - text.length : left + 2, text);
    } else {
      const width = this.#column(Math.max(from, to)) - left - 1;
      const text = ` ${label.slice(0, width - 7)} `;
      const dashes = width - 1 - text.length;
      const before = Math.floor(dashes / 2);
      const body = `${"-".repeat(before)}${text}${"-".repeat(dashes - before)}`;
      write(cells, left + 1, from < to ? `${body}>` : `<${body}`);
    }
    return cells.join("").trimEnd();
  }
}

function write(cells: string[], at: number, text: string): void {
  for (let index = 0; index < text.length; index++) cells[at + index] = text[index]!;
}

/** Names and labels come from the network. */
function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, ".");
}
