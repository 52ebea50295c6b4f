// The configuration as the core takes it: text, numbers and addresses by line. Numbers: adapter-abi.ts.

import {
  CALLER_ID_SCHEMES,
  CallerIdSource,
  CodecOrder,
  DialMode,
  DigitMode,
  EndpointSetting,
  NumberSetting,
  OF_COUNTRY,
  SrtpUse,
  TextSetting,
  TONE_NAMES,
  toneNumber,
} from "./adapter-abi.ts";
import type { Config, LineConfig } from "./config/types.ts";
import type { Core } from "./core.ts";
import { SIPS, Transport } from "./endpoint.ts";

const TRANSPORTS = { auto: Transport.None, udp: Transport.Udp, tcp: Transport.Tcp, tls: Transport.Tls } as const;

function codecOrder([first, second]: LineConfig["codecs"]): number {
  if (second === undefined) return first === "PCMA" ? CodecOrder.AOnly : CodecOrder.MuOnly;
  return first === "PCMA" ? CodecOrder.AThenMu : CodecOrder.MuThenA;
}

/** 0 is the country's. */
function callerIdScheme(name: LineConfig["caller_id"]): number {
  return name === "country" ? 0 : (CALLER_ID_SCHEMES as readonly string[]).indexOf(name) + 1;
}

/** `HOST` or `HOST:PORT`, perhaps with SIPS before it; port 0 when it names none. */
export function splitHostPort(text: string): { host: string; port: number } {
  const [host = "", port] = text.replace(SIPS, "").split(":") as [string?, string?];
  return { host, port: port === undefined ? 0 : Number(port) };
}

/** The line is not to register; registerLine() withdraws what is there. configureLine() sets what is wanted. */
export function stopRegistering(core: Core, index: number): void {
  core.configureNumber(NumberSetting.Register, index, 0);
}

/** RFC 4568 §1: SRTP keys stand in the signalling, and whoever reads it hears the call. What is to be said of a line, if anything. */
export function keysInClear({ srtp, transport }: LineConfig): string | undefined {
  if (srtp === "off" || transport === "tls") return undefined;
  return `srtp is ${srtp}, but its keys travel in clear: transport is ${transport}, not tls`;
}

/** Sets one line. Returns what the core refused, in words that name the key. */
export function configureLine(core: Core, config: Config, index: number): string[] {
  const line = config.line[index] as LineConfig;
  const problems: string[] = [];
  const text = (setting: number, key: keyof LineConfig, value: string): void => {
    const answer = core.configureText(setting, index, value);
    if (answer === 0) return;
    const where = answer > 0 ? `, at character ${answer}` : "";
    problems.push(`line[${index + 1}].${key}: "${value}" is not accepted${where}`);
  };
  text(TextSetting.User, "user", line.user);
  text(TextSetting.DisplayName, "display", line.display);
  text(TextSetting.Domain, "domain", line.domain);
  text(TextSetting.AuthUser, "user", line.user);
  if (line.password) text(TextSetting.Password, "password", line.password);
  const registrar = splitHostPort(line.registrar);
  text(TextSetting.RegistrarHost, "registrar", registrar.host);
  text(TextSetting.Country, "country", line.country);
  if (line.dial_plan !== undefined) text(TextSetting.DialPlan, "dial_plan", line.dial_plan);
  text(TextSetting.Rings, "distinctive_ring", line.distinctive_ring ?? "");
  for (const tone of TONE_NAMES) {
    text(TextSetting.ToneOf + toneNumber(tone), `tone_${tone}`, line[`tone_${tone}`] ?? "");
  }

  const number = (setting: number, value: number) => core.configureNumber(setting, index, value);
  number(NumberSetting.RegistrarPort, registrar.port);
  number(NumberSetting.RegistrarTransport, TRANSPORTS[line.transport]);
  number(NumberSetting.Secure, line.registrar.startsWith(SIPS) ? 1 : 0);
  number(NumberSetting.Expires, line.expires);
  number(NumberSetting.KeepAlive, line.keep_alive);
  number(NumberSetting.SessionTimer, line.session_timer);
  number(NumberSetting.Register, line.register ? 1 : 0);
  number(NumberSetting.RingTimeout, line.ring_timeout * 1000);
  number(NumberSetting.DialMode, DialMode[line.dial_mode]);
  number(NumberSetting.FlashMin, line.flash_min ?? 0);
  number(NumberSetting.FlashMax, line.flash_max ?? 0);
  number(NumberSetting.Codecs, codecOrder(line.codecs));
  number(NumberSetting.Srtp, SrtpUse[line.srtp]);
  number(NumberSetting.FirstDigitTimeout, line.first_digit_timeout * 1000);
  number(NumberSetting.LongDigitTimeout, line.long_digit_timeout * 1000);
  number(NumberSetting.ShortDigitTimeout, line.short_digit_timeout * 1000);
  number(NumberSetting.MessageWaiting, line.message_waiting ? 1 : 0);
  number(NumberSetting.DigitMode, DigitMode[line.dtmf]);
  number(NumberSetting.DigitLevel, -line.dtmf_level);
  number(NumberSetting.DigitTwist, line.dtmf_twist);
  number(NumberSetting.DigitTone, line.dtmf_tone);
  number(NumberSetting.DigitPause, line.dtmf_pause);
  number(NumberSetting.TransmitGain, line.transmit_gain);
  number(NumberSetting.ReceiveGain, line.receive_gain);
  number(NumberSetting.CurrentDrop, line.current_drop ?? OF_COUNTRY);
  number(NumberSetting.AnswerReversal, line.answer_reversal ? 1 : 0);
  number(NumberSetting.CallerId, callerIdScheme(line.caller_id));
  number(NumberSetting.CallerIdSource, CallerIdSource[line.caller_id_source]);
  number(NumberSetting.CallerIdLatin1, line.caller_id_letters === "latin1" ? 1 : 0);
  number(NumberSetting.CallerIdDigits, Buffer.from(line.caller_id_digits, "latin1").readUInt16BE());
  // what the echo test says back is not to be cancelled
  number(NumberSetting.EchoCanceller, line.echo_canceller && line.phone !== "echo" ? 1 : 0);

  core.configureEndpoint(EndpointSetting.Media, index, config.sip.bind, config.sip.rtp_port + index * 2);
  return problems;
}

/** Sets all lines. Returns what was refused. `identity`: of config/identity.ts. */
export function configureAdapter(core: Core, config: Config, identity: string | undefined): string[] {
  if (identity !== undefined) core.configureText(TextSetting.Identity, 0, identity);
  core.configureEndpoint(EndpointSetting.Signalling, 0, config.sip.bind, config.sip.port);
  return config.line.flatMap((_, index) => configureLine(core, config, index));
}

/** Tells the core how long each line's echo takes, when that is news: ports whose sound takes now longer and now shorter say so frame by frame. */
export class EchoDelays {
  /** By the line, ms. */
  readonly #told: number[] = [];

  tell(core: Core, line: number, delay: number | undefined): void {
    if (delay === undefined || delay === this.#told[line]) return;
    this.#told[line] = delay;
    core.configureNumber(NumberSetting.EchoDelay, line, delay);
  }
}
