// The fork between two wires and four, whose balance never fits the line quite: some of what goes to the phone comes
// back as its microphone's. ITU-T G.168 Annex D describes such echo paths as a response, scaled to an echo return loss
// and delayed; here the response follows from the line, the phone and the balance network that a country's cards have.

import { FRAME_SAMPLES, SAMPLE_RATE } from "../sound/level.ts";

/** A resistance in series with another that a capacitor bridges; ohms and farads. */
interface Impedance {
  series: number;
  parallel: number;
  capacitor: number;
}

interface Network {
  /** What the card is built for, and how it balances. */
  source: Impedance;
  balance: Impedance;
  /** The phone, and the cable to it in km. */
  phone: Impedance;
  cable: number;
}

const plain = (ohms: number): Impedance => ({ series: ohms, parallel: 0, capacitor: 0 });
const network = (series: number, parallel: number, nanofarads: number): Impedance => ({
  series,
  parallel,
  capacitor: nanofarads * 1e-9,
});

const AMERICA = plain(600);
const EUROPE = network(270, 750, 150);
const GERMANY = network(220, 820, 115);
const BRITAIN = network(370, 620, 310);
const AUSTRALIA = network(220, 820, 120);

/** Card, balance, phone and length of cable as they come together in the field. */
export const HYBRIDS: readonly Network[] = [
  { source: AMERICA, balance: AMERICA, phone: GERMANY, cable: 0.1 },
  { source: AMERICA, balance: network(100, 1000, 60), phone: AMERICA, cable: 3 },
  { source: EUROPE, balance: EUROPE, phone: AMERICA, cable: 0.5 },
  { source: GERMANY, balance: GERMANY, phone: BRITAIN, cable: 1.5 },
  { source: BRITAIN, balance: BRITAIN, phone: plain(1200), cable: 0.05 },
  { source: AUSTRALIA, balance: AMERICA, phone: AUSTRALIA, cable: 5 },
  { source: plain(900), balance: network(0, 1650, 5), phone: EUROPE, cable: 2 },
  { source: AMERICA, balance: EUROPE, phone: plain(200), cable: 0.3 },
];

/** 0.4 mm copper pairs, a km: ohms and farads. */
const CABLE_RESISTANCE = 270;
const CABLE_CAPACITANCE = 45e-9;

/** Half the length of the transform; 32 ms. */
const POINTS = 256;
/** What a card's converters let through, Hz: from 200, all up to 3,300, nothing at 3,900. */
const LOW_EDGE = 200;
const HIGH_EDGE = [3300, 3900] as const;
/** Of the converters, in samples. */
const CONVERTER_DELAY = 6;
/** Responses have died away by now: 12 ms. */
const RESPONSE_SAMPLES = 96;

type Complex = readonly [number, number];

const add = (a: Complex, b: Complex): Complex => [a[0] + b[0], a[1] + b[1]];
const multiply = (a: Complex, b: Complex): Complex => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
const divide = (a: Complex, b: Complex): Complex => {
  const size = b[0] * b[0] + b[1] * b[1];
  return [(a[0] * b[0] + a[1] * b[1]) / size, (a[1] * b[0] - a[0] * b[1]) / size];
};
const root = ([real, imaginary]: Complex): Complex => {
  const size = Math.sqrt(Math.hypot(real, imaginary));
  const angle = Math.atan2(imaginary, real) / 2;
  return [size * Math.cos(angle), size * Math.sin(angle)];
};

function impedanceAt({ series, parallel, capacitor }: Impedance, turn: number): Complex {
  return add([series, 0], divide([parallel, 0], [1, turn * capacitor * parallel]));
}

/** The phone as it looks through the cable: a line of resistance and capacitance alone. */
function lineAt({ phone, cable }: Network, turn: number): Complex {
  const end = impedanceAt(phone, turn);
  const propagation = root([0, turn * CABLE_RESISTANCE * CABLE_CAPACITANCE * cable * cable]);
  const wave = root(divide([CABLE_RESISTANCE, 0], [0, turn * CABLE_CAPACITANCE]));
  const twice: Complex = [2 * propagation[0], 2 * propagation[1]];
  const grown: Complex = [Math.exp(twice[0]) * Math.cos(twice[1]), Math.exp(twice[0]) * Math.sin(twice[1])];
  const tangent = divide(add(grown, [-1, 0]), add(grown, [1, 0]));
  return multiply(wave, divide(add(end, multiply(wave, tangent)), add(wave, multiply(end, tangent))));
}

/** Share of the source's voltage that a load takes. */
const share = (load: Complex, source: Complex) => divide(load, add(load, source));

function echoAt(hybrid: Network, frequency: number): Complex {
  const turn = 2 * Math.PI * frequency;
  const source = impedanceAt(hybrid.source, turn);
  const balance = share(impedanceAt(hybrid.balance, turn), source);
  const echo = add(share(lineAt(hybrid, turn), source), [-balance[0], -balance[1]]);
  const highPass = divide([0, frequency], [LOW_EDGE, frequency]);
  const [from, to] = HIGH_EDGE;
  const part = Math.min(Math.max((frequency - from) / (to - from), 0), 1);
  const lowPass = (1 + Math.cos(Math.PI * part)) / 2;
  const delay = (-turn * CONVERTER_DELAY) / SAMPLE_RATE;
  const converters = multiply([lowPass * Math.cos(delay), lowPass * Math.sin(delay)], multiply(highPass, highPass));
  return multiply(echo, converters);
}

/** The echo path as samples: returns `lossDb` below what comes, for white sound, `delay` ms later. */
export function echoResponse(hybrid: Network, lossDb: number, delay = 0): Float64Array {
  const response = new Float64Array(RESPONSE_SAMPLES);
  for (let point = 1; point < POINTS; point++) {
    const [real, imaginary] = echoAt(hybrid, (point * SAMPLE_RATE) / (2 * POINTS));
    for (let sample = 0; sample < response.length; sample++) {
      const angle = (Math.PI * point * sample) / POINTS;
      response[sample]! += real * Math.cos(angle) - imaginary * Math.sin(angle);
    }
  }
  const energy = response.reduce((sum, value) => sum + value * value, 0);
  const gain = 10 ** (-lossDb / 20) / Math.sqrt(energy);
  const before = Math.round((delay * SAMPLE_RATE) / 1000);
  const path = new Float64Array(before + response.length);
  for (const [sample, value] of response.entries()) path[before + sample] = value * gain;
  return path;
}

/** The echo path between the frames of a line: what went to the ear comes back a frame later, as with any sound driver. */
export class Hybrid {
  readonly #path: Float64Array;
  /** What the ear got, the newest last. */
  readonly #heard: Float64Array;

  constructor(path: Float64Array) {
    this.#path = path;
    this.#heard = new Float64Array(path.length + FRAME_SAMPLES);
  }

  put(toPhone: Int16Array): void {
    this.#heard.copyWithin(0, toPhone.length);
    this.#heard.set(toPhone, this.#heard.length - toPhone.length);
  }

  mix(fromPhone: Int16Array): void {
    const first = this.#heard.length - fromPhone.length;
    for (let sample = 0; sample < fromPhone.length; sample++) {
      let sum = fromPhone[sample]!;
      for (let tap = 0; tap < this.#path.length; tap++) sum += this.#path[tap]! * this.#heard[first + sample - tap]!;
      fromPhone[sample] = Math.max(-32768, Math.min(32767, Math.round(sum)));
    }
  }
}
