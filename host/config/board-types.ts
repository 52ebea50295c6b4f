// What a checked board, header and card hold. Made by generate.mjs from the JSON Schemas; change those.

/** A board: which drivers serve its lines, its sound and its console, and what is wired to which pin. */
export interface Board {
  /** Who makes the board. */
  readonly vendor: string;
  /** The board's name, that of its folder. */
  readonly name: string;
  /** The pins that wires can be put on: the name of a file in boards/headers. */
  readonly header?: string;
  /** Label of the kernel's GPIO chip that the pins' numbers count on, as gpiodetect shows it. */
  readonly gpioChip?: string;
  /** The phone lines, in the order of their sockets. */
  readonly lines: readonly BoardLine[];
  /** Where the samples of the lines come from. */
  readonly sound: BoardSound;
  /** Where the console is when the configuration names no serial port. */
  readonly console: BoardConsole;
  /** Lamps, and what each shows. */
  readonly leds?: readonly BoardLed[];
  /** Reset button: pressed shortly it restarts the box, held for ten seconds it brings the factory settings back. */
  readonly button?: BoardButton;
  /** Pins that the kernel's PWM can toggle; with these, every line rings by one of them. */
  readonly pwm?: readonly BoardPwm[];
}

/** One phone line. */
export interface SimulatedBoardLine {
  /** Driver of the phone port. */
  readonly driver: "simulated";
}

/** One phone line. */
export interface GpioBoardLine {
  /** Driver of the phone port. */
  readonly driver: "gpio";
  /** The line circuit that the pins go to: the name of a folder in boards/slic. */
  readonly card: string;
  /** Numbers on the GPIO chip of the pins that the line circuit is wired to. */
  readonly pins: LinePins;
  /** Levels of pins at rest, where they are not the card's. */
  readonly levels?: LineLevels;
  /** Channel of the sound card that the line circuit's voice is on; 0 is the left one. */
  readonly channel: number;
}

/** One phone line. */
export interface SerialBoardLine {
  /** Driver of the phone port. */
  readonly driver: "serial";
  /** Serial port that the line card is on. */
  readonly path: string;
  /** Speed of the serial port. In baud. */
  readonly baud: number;
  /** Which of the line card's phone ports, counted from 0. */
  readonly port: number;
  /** How the serial line carries the line's sound, where the line card has it. */
  readonly sound?: "mu-law" | "a-law";
  /** Channel of the sound card that the line's voice is on, where the serial line does not carry it. */
  readonly soundChannel?: number;
}

export type BoardLine = SimulatedBoardLine | GpioBoardLine | SerialBoardLine;

/** Numbers on the GPIO chip of the pins that the line circuit is wired to. */
export interface LinePins {
  /** RM, ring mode: an output. */
  readonly ringMode: number;
  /** F/R, forward or reverse: an output. */
  readonly forwardReverse: number;
  /** SHK, switch hook: an input. */
  readonly hook: number;
  /** PD, power down, where it is wired at all. */
  readonly powerDown?: number;
}

/** Levels of pins at rest, where they are not the card's. */
export interface LineLevels {
  /** F/R while tip and ring are not reversed. */
  readonly forwardReverse?: "low" | "high";
  /** PD while the line is in use; open, not driven at all, is all that a line circuit bears. */
  readonly powerDown?: "open" | "low" | "high";
}

/** Where the samples of the lines come from. */
export interface PacedBoardSound {
  /** Paced: no sound card, a pacer that does not drift; alsa: a sound card; wav: files; silence: nothing. */
  readonly driver: "paced";
}

/** Where the samples of the lines come from. */
export interface AlsaBoardSound {
  /** Paced: no sound card, a pacer that does not drift; alsa: a sound card; wav: files; silence: nothing. */
  readonly driver: "alsa";
  /** ALSA's name of the sound card. */
  readonly device: string;
  /** ALSA's name of what the sound card captures with, where that is a device of its own. */
  readonly captureDevice?: string;
  /** Sample rate of the sound card. In Hz. */
  readonly rate: 8000 | 48000;
  /** How much sound the card hands over at a time. In ms. */
  readonly periodMs: 10 | 20;
}

/** Where the samples of the lines come from. */
export interface WavBoardSound {
  /** Paced: no sound card, a pacer that does not drift; alsa: a sound card; wav: files; silence: nothing. */
  readonly driver: "wav";
  /** Folder of the files: phone1.wav is said on channel 0, ear1.wav becomes what is heard there. */
  readonly folder: string;
}

/** Where the samples of the lines come from. */
export interface SilenceBoardSound {
  /** Paced: no sound card, a pacer that does not drift; alsa: a sound card; wav: files; silence: nothing. */
  readonly driver: "silence";
}

export type BoardSound = PacedBoardSound | AlsaBoardSound | WavBoardSound | SilenceBoardSound;

/** Where the console is when the configuration names no serial port. */
export interface TerminalBoardConsole {
  /** Terminal: the one that tipring was started in; serial: a serial port. */
  readonly driver: "terminal";
}

/** Where the console is when the configuration names no serial port. */
export interface SerialBoardConsole {
  /** Terminal: the one that tipring was started in; serial: a serial port. */
  readonly driver: "serial";
  /** Serial port of the console. */
  readonly path: string;
  /** Speed of the serial port. In baud. */
  readonly baud: number;
}

export type BoardConsole = TerminalBoardConsole | SerialBoardConsole;

/** One lamp. */
export interface SysfsBoardLed {
  /** Sysfs: one of /sys/class/leds; gpio: a pin. */
  readonly driver: "sysfs";
  /** The box as a whole, or one line. */
  readonly shows: "box" | "line 1" | "line 2" | "line 3" | "line 4" | "line 5" | "line 6" | "line 7" | "line 8";
  /** Its name in /sys/class/leds. */
  readonly led: string;
}

/** One lamp. */
export interface GpioBoardLed {
  /** Sysfs: one of /sys/class/leds; gpio: a pin. */
  readonly driver: "gpio";
  /** The box as a whole, or one line. */
  readonly shows: "box" | "line 1" | "line 2" | "line 3" | "line 4" | "line 5" | "line 6" | "line 7" | "line 8";
  /** Number of the pin on the GPIO chip. */
  readonly pin: number;
  /** Lit while the pin is low. */
  readonly activeLow: boolean;
}

export type BoardLed = SysfsBoardLed | GpioBoardLed;

/** Reset button: pressed shortly it restarts the box, held for ten seconds it brings the factory settings back. */
export interface BoardButton {
  /** Number of the pin on the GPIO chip. */
  readonly pin: number;
  /** Pressed while the pin is low. */
  readonly activeLow: boolean;
}

/** One pin with PWM. */
export interface BoardPwm {
  /** Number of the pin on the GPIO chip. */
  readonly pin: number;
  /** Name of the PWM chip in /sys/class/pwm. */
  readonly chip: string;
  /** Channel of the PWM chip. */
  readonly channel: number;
}

/** The GPIO pins of a family of boards that wires can be put on. */
export interface Header {
  /** The header's name, that of its file. */
  readonly name: string;
  /** What people call the numbers of the pins: BCM, GPIO. */
  readonly numbering: string;
  /** Every GPIO pin of the header. */
  readonly pins: readonly HeaderPin[];
}

/** One pin. */
export interface HeaderPin {
  /** Its number on the GPIO chip. */
  readonly pin: number;
  /** Where it is: its place on the connector. */
  readonly position: string;
  /** What pulls it while nobody drives it, from power-on on. */
  readonly pull: "up" | "down" | "none";
  /** Channel of the PWM chip that can toggle it. */
  readonly pwm?: number;
  /** What it is needed for, so that nothing else may be wired to it. */
  readonly taken?: string;
}

/** A line circuit (SLIC) that is driven by pins, as its data sheet has it. */
export interface Card {
  /** Who makes the card. */
  readonly vendor: string;
  /** The card's name, that of its folder. */
  readonly name: string;
  /** RM while it rings; the other one at all other times. */
  readonly ringingLevel: "low" | "high";
  /** F/R while tip and ring are not reversed; a line of the board may say otherwise. */
  readonly forwardLevel: "low" | "high";
  /** SHK while the loop is closed. */
  readonly offHookLevel: "low" | "high";
  /** PD while the line is in use, where it is wired; open: not driven. Never high: low takes the current away. */
  readonly powerDownLevel: "open";
  /** Lowest frequency it may ring with. In Hz. */
  readonly ringFrequencyMin: number;
  /** Highest frequency it may ring with. In Hz. */
  readonly ringFrequencyMax: number;
  /** Share of the time that RM may be active. In %. */
  readonly ringShare: number;
  /** How soon after the handset is seen lifted RM and F/R are at rest. In ms. */
  readonly ringTripTime: number;
  /** How long SHK is quiet before it counts. In ms. */
  readonly hookDebounce: number;
  /** How much later SHK shows a lifted handset while it rings. In ms. */
  readonly hookDelayWhileRinging: number;
}
