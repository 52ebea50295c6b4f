// People with telephones: they call each other, answer or don't, talk, lose patience, hang up. Which one does what is up to a seed.

import { Report } from "../../host/adapter-abi.ts";
import type { SeededRandom } from "../../host/random.ts";
import type { VirtualBox } from "./virtual-box.ts";

/** How often people look about themselves, ms: as often as there is a frame, so that two of them can act at the same moment. */
const LOOK = 20;

type Mood = "idle" | "listening" | "dialling" | "calling" | "answering" | "talking" | "leaving";

class Person {
  readonly line: number;
  mood: Mood = "idle";
  /** When the person does the next thing. */
  actsAt = Number.POSITIVE_INFINITY;
  number = "";

  constructor(line: number) {
    this.line = line;
  }
}

export class Household {
  readonly #box: VirtualBox;
  readonly #random: SeededRandom;
  readonly #people: Person[];
  readonly #numbers: readonly string[];
  #nextCallAt = 0;
  #wanted = 0;
  #placed = 0;
  #seen = 0;

  /** `phones` telephones from line 1 on, extensions 101 and up; 600 answers by itself, 199 is nobody. */
  constructor(box: VirtualBox, random: SeededRandom, phones: number) {
    this.#box = box;
    this.#random = random;
    this.#people = Array.from({ length: phones }, (_, index) => new Person(index + 1));
    this.#numbers = [...this.#people.map(({ line }) => `${100 + line}`), "600", "199"];
    for (const person of this.#people) this.#box.phone(person.line).onRing = () => this.#bellRings(person);
  }

  /** Makes calls until `calls` have been placed, then waits until everybody has hung up. `onLook` comes at every look. */
  async run(calls: number, limit: number, onLook: () => void = () => {}): Promise<void> {
    const { clock } = this.#box;
    const end = clock.now() + limit;
    this.#wanted = calls;
    while (this.placed < calls || this.#people.some(({ mood }) => mood !== "idle")) {
      if (clock.now() > end)
        throw new Error(`${this.placed} of ${calls} calls in ${limit} ms (seed ${this.#box.seed})`);
      this.#look(clock.now());
      onLook();
      await this.#box.pass(LOOK);
    }
  }

  /** Calls that have gone out. */
  get placed(): number {
    const { reports } = this.#box;
    for (; this.#seen < reports.length; this.#seen++)
      if (reports[this.#seen]?.report === Report.CallStarted) this.#placed++;
    return this.#placed;
  }

  #chance(share: number): boolean {
    return this.#random.between(0, 1) < share;
  }

  #soon(person: Person, from: number, to: number): void {
    person.actsAt = this.#box.clock.now() + this.#random.between(from, to);
  }

  #look(now: number): void {
    const free = this.#people.filter(({ mood }) => mood === "idle");
    if (now >= this.#nextCallAt && free.length > 0 && this.placed < this.#wanted) {
      this.#begin(free[this.#random.bits() % free.length] as Person);
      this.#nextCallAt = now + this.#random.between(200, 4000);
    }
    const states = this.#box.box.lines();
    for (const person of this.#people) {
      this.#notice(person, states[person.line - 1]?.state ?? "");
      if (now >= person.actsAt) this.#act(person);
    }
  }

  #begin(person: Person): void {
    this.#box.phone(person.line).lift();
    person.mood = "listening";
    this.#soon(person, 300, 900);
  }

  #bellRings(person: Person): void {
    if (person.mood !== "idle") return;
    if (!this.#chance(0.5)) return; // not at this ring, perhaps at the next
    person.mood = "answering";
    this.#soon(person, 0, this.#chance(0.3) ? 300 : 5000);
  }

  /** What the line tells a person changes what the person is about to do. */
  #notice(person: Person, state: string): void {
    if (person.mood === "calling" && state === "talking") {
      person.mood = "talking";
      this.#soon(person, 0, this.#chance(0.2) ? 300 : 5000);
    } else if (person.mood === "calling" && (state === "busy" || state === "congestion")) {
      person.mood = "leaving";
      this.#soon(person, 200, 2500);
    } else if (person.mood === "talking" && state === "disconnected") {
      person.mood = "leaving";
      this.#soon(person, 0, this.#chance(0.3) ? 50 : 3000);
    }
  }

  #act(person: Person): void {
    const phone = this.#box.phone(person.line);
    person.actsAt = Number.POSITIVE_INFINITY;
    switch (person.mood) {
      case "listening":
        person.number = this.#numbers[this.#random.bits() % this.#numbers.length] as string;
        person.mood = "dialling";
        if (this.#chance(0.05)) this.#soon(person, 0, 400); // changes its mind while dialling
        void phone.dial(person.number).then((whole) => {
          if (whole) this.#hasDialled(person);
        });
        break;
      case "answering":
        phone.lift();
        person.mood = "talking";
        this.#soon(person, 0, this.#chance(0.2) ? 500 : 6000);
        break;
      default:
        phone.hang();
        person.mood = "idle";
    }
  }

  #hasDialled(person: Person): void {
    person.mood = "calling";
    // some lose patience at once, some before anybody can have answered, some never
    const patience = this.#chance(0.15) ? 400 : this.#chance(0.3) ? 6000 : 90_000;
    this.#soon(person, 0, patience);
  }
}
