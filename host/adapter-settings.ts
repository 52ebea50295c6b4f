// The configuration as the core takes it: text, numbers and addresses by line. Numbers: adapter-abi.ts.

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { CodecOrder, DialMode, EndpointSetting, NumberSetting, TextSetting } from "./adapter-abi.ts";
import type { Config, LineConfig } from "./config/types.ts";
import type { Core } from "./core.ts";

const SIP_PORT = 5060;

function codecOrder([first, second]: LineConfig["codecs"]): number {
  if (second === undefined) return first === "PCMA" ? CodecOrder.AOnly : CodecOrder.MuOnly;
  return first === "PCMA" ? CodecOrder.AThenMu : CodecOrder.MuThenA;
}

/** `HOST` or `HOST:PORT`. */
export function splitHostPort(text: string): { host: string; port: number } {
  const [host = "", port] = text.split(":") as [string?, string?];
  return { host, port: port === undefined ? SIP_PORT : Number(port) };
}

/** Sets one line. Returns what the core refused, in words that name the key. */
export async function configureLine(core: Core, config: Config, index: number): Promise<string[]> {
  const line = config.line[index] as LineConfig;
  const problems: string[] = [];
  const text = (setting: number, key: keyof LineConfig, value: string): void => {
    const answer = core.configureText(setting, index, value);
    if (answer === 0) return;
    const where = answer > 0 ? `, at character ${answer}` : "";
    problems.push(`line[${index + 1}].${key}: "${value}" is not accepted${where}`);
  };
  const { host, port } = splitHostPort(line.registrar);
  text(TextSetting.User, "user", line.user);
  text(TextSetting.DisplayName, "display", line.display);
  text(TextSetting.Domain, "domain", line.domain);
  text(TextSetting.AuthUser, "user", line.user);
  if (line.password) text(TextSetting.Password, "password", line.password);
  text(TextSetting.RegistrarHost, "registrar", host);
  text(TextSetting.Country, "country", line.country);
  if (line.dial_plan !== undefined) text(TextSetting.DialPlan, "dial_plan", line.dial_plan);

  const number = (setting: number, value: number) => core.configureNumber(setting, index, value);
  number(NumberSetting.Expires, line.expires);
  number(NumberSetting.Register, line.register ? 1 : 0);
  number(NumberSetting.RingTimeout, line.ring_timeout * 1000);
  number(NumberSetting.DialMode, DialMode[line.dial_mode]);
  number(NumberSetting.FlashMin, line.flash_min ?? 0);
  number(NumberSetting.FlashMax, line.flash_max ?? 0);
  number(NumberSetting.Codecs, codecOrder(line.codecs));
  number(NumberSetting.FirstDigitTimeout, line.first_digit_timeout * 1000);
  number(NumberSetting.LongDigitTimeout, line.long_digit_timeout * 1000);
  number(NumberSetting.ShortDigitTimeout, line.short_digit_timeout * 1000);

  core.configureEndpoint(EndpointSetting.Media, index, config.sip.bind, config.sip.rtp_port + index * 2);
  try {
    const address = isIP(host) ? host : (await lookup(host)).address;
    core.configureEndpoint(EndpointSetting.Hop, index, address, port);
  } catch {
    problems.push(`line[${index + 1}].registrar: no address is known for "${host}"`);
  }
  return problems;
}

/** Sets everything. Returns what was refused. */
export async function configureAdapter(core: Core, config: Config): Promise<string[]> {
  core.configureEndpoint(EndpointSetting.Signalling, 0, config.sip.bind, config.sip.port);
  const problems: string[] = [];
  for (let index = 0; index < config.line.length; index++) problems.push(...(await configureLine(core, config, index)));
  return problems;
}
