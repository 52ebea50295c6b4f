// Every export of adapter.wasm: up to 8 phone lines, their user agent, their sound. What is not here, the host cannot reach.
// After each input the host drains pollAction() and arms one timer for nextTimeout().

import { resetActions } from "./abi/action";
import { resetCounters, counters } from "./abi/counters";
import { ENDPOINT_SIZE, Endpoint, Transport, endpointAt } from "./abi/endpoint";
import { CallerIdSource, CodecOrder, DialMode, DigitMode, EndpointSetting, LineOrder, LineTest, NumberSetting, REFUSED, SrtpUse, TextSetting } from "./abi/settings";
import { reserve, spareBytes } from "./base/arena";
import { buffersSize, buffersUsed as buffersInUse, setupBuffers } from "./base/buffers";
import { indexOfByte } from "./base/bytes";
import { parseDecimal } from "./base/decimal";
import { seedRandom } from "./base/random";
import { setupHashKey } from "./base/sip-hash";
import { CALLS_SIZE, callAt, callsNextTimeout, handleCallTimeout, handleSessionEvent, setupCalls } from "./call/call";
import { handleFrame as handleLineFrame } from "./call/frame";
import { fillLineReport } from "./call/line-report";
import { fillQualityReport } from "./call/quality-report";
import { connectCalls, transferCall } from "./call/transfer";
import {
  ADAPTER_BUFFERS_1024, ADAPTER_BUFFERS_2048, ADAPTER_BUFFERS_4096, ADAPTER_BUFFERS_512, ADAPTER_TRANSACTIONS, DIAL_PLAN_SIZE,
  FRAME_SAMPLES, MAX_DIGITS, MAX_LINES, SIP_DATAGRAM_SIZE,
} from "./limits";
import { CallerIdScheme } from "./line/caller-id-scheme";
import { countryIndex } from "./line/country";
import { ToneNotation, toneTextError, writeToneText } from "./line/tone-text";
import { Tone } from "./line/tones";
import { accountAt, setIdentity } from "./sip/account";
import { setupCharacters } from "./sip/characters";
import { setupHeaders } from "./sip/header";
import {
  handleMediaPlaceTimeout, handleMediaStun, mediaPlacesNextTimeout, resetMediaPlaces, setStunServer,
} from "./sip/media-place";
import { LEAST_INTERVAL } from "./sip/session-timer";
import { fillServerReport } from "./sip/server-report";
import { setupTransactions, transactionsSize, transactionsUsed as transactionsInUse } from "./sip/transaction/table";
import {
  frameTaken, handleFlowClosed as handleSipFlowClosed, handleResolved as handleNameResolved, handleSip, handleStream as handleSipStream,
  handleUnsent,
  handleTimeout as handleUserAgentTimeout, nextTimeout as userAgentNextTimeout, sessionsUsed as sessionsInUse, setupUserAgent,
  prepareRegistration, sendMessage, startRegistration, startRegistrations, stopRegistration, stopRegistrations, userAgentSize,
} from "./sip/user-agent";
import { setLocalClock } from "./time/local-clock";

export { pollAction } from "./abi/action";
export { panicLine } from "./abi/panic";
export { literalStrip, literalStripEnd } from "./base/literal";

export const ABI_VERSION: i32 = 1;

/** The 15 bytes after a datagram are read, never used: the parser looks at 16 at a time. */
const rxDatagram: usize = memory.data(SIP_DATAGRAM_SIZE + 16, 16);
const rxSource: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const seed: usize = memory.data(32, 16);
const text: usize = memory.data(DIAL_PLAN_SIZE + 1, 16);
const endpoint: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const pcmIn: usize = memory.data(FRAME_SAMPLES * MAX_LINES * 2, 16);
const pcmOut: usize = memory.data(FRAME_SAMPLES * MAX_LINES * 2, 16);

let arena: usize = 0;

@inline function isLine(line: i32): bool { return <u32>line < <u32>MAX_LINES; }

// Setup

export function seedPointer(): usize { return seed; }

/** Everything as new, from the 32 bytes at seedPointer(). Configuration, lines, calls and counters are gone. */
export function reset(_now: f64): void {
  const transactions = transactionsSize(ADAPTER_TRANSACTIONS);
  const buffers = buffersSize(ADAPTER_BUFFERS_512, ADAPTER_BUFFERS_1024, ADAPTER_BUFFERS_2048, ADAPTER_BUFFERS_4096);
  if (arena == 0) arena = reserve(transactions + buffers + userAgentSize() + CALLS_SIZE + 64);
  resetActions();
  resetCounters();
  setupCharacters();
  setupHeaders();
  seedRandom(seed);
  setupHashKey();
  let at = arena;
  setupTransactions(at, ADAPTER_TRANSACTIONS);
  at = aligned(at + <usize>transactions);
  setupBuffers(at, ADAPTER_BUFFERS_512, ADAPTER_BUFFERS_1024, ADAPTER_BUFFERS_2048, ADAPTER_BUFFERS_4096);
  at = aligned(at + <usize>buffers);
  setupUserAgent(at);
  resetMediaPlaces();
  setupCalls(aligned(at + <usize>userAgentSize()));
}

@inline function aligned(at: usize): usize { return (at + 15) & ~15; }

export function textPointer(): usize { return text; }
export function textCapacity(): i32 { return DIAL_PLAN_SIZE; }
export function endpointPointer(): usize { return changetype<usize>(endpoint); }

/** Sets a text of a line from the text region. 0, the 1-based place of what is wrong, or REFUSED. */
export function configureText(setting: TextSetting, line: i32, length: i32): i32 {
  if (!isLine(line) || length < 0 || length > DIAL_PLAN_SIZE) return REFUSED;
  const account = accountAt(line);
  switch (setting) {
    case TextSetting.User:
      if (!account.user.set(text, length)) return REFUSED;
      account.settleSecret();
      return 0;
    case TextSetting.DisplayName: return account.displayName.set(text, length) ? 0 : REFUSED;
    case TextSetting.Domain:
      if (!account.domain.set(text, length)) return REFUSED;
      account.settleSecret();
      return 0;
    case TextSetting.AuthUser: return account.authUser.set(text, length) ? 0 : REFUSED;
    case TextSetting.Password: return account.password.set(text, length) ? 0 : REFUSED;
    case TextSetting.RegistrarHost: return account.registrarHost.set(text, length) ? 0 : REFUSED;
    case TextSetting.Identity: return setIdentity(text, length) ? 0 : REFUSED;
    case TextSetting.DialPlan: return callAt(line).line.compileDialPlan(text, length);
    case TextSetting.Country: {
      const country = countryIndex(text, length);
      if (country < 0) return REFUSED;
      callAt(line).line.setCountry(country);
      return 0;
    }
    case TextSetting.Rings: return callAt(line).line.rings.set(text, length) ? 0 : REFUSED;
    default: {
      const tone = setting - TextSetting.ToneOf;
      return tone > Tone.None && tone < Tone.Count ? callAt(line).line.setTone(tone, text, length) : REFUSED;
    }
  }
}

/** Why the first line's last dial plan was refused: a DialPlanError. */
export function dialPlanFault(): i32 { return callAt(0).line.dialPlanError; }

/** Why the last tone was refused: a ToneTextError. */
export function toneFault(): i32 { return toneTextError; }

/** Writes a tone of a line in a ToneNotation to the text region. Its length; 0 when the notation has no words for it. */
export function toneText(line: i32, tone: Tone, notation: ToneNotation): i32 {
  if (!isLine(line)) return 0;
  const spec = callAt(line).line.toneSpec(tone);
  return spec == 0 ? 0 : writeToneText(spec, notation, text);
}

// Settings that take effect together with the last one of their group
let flashMin: f64 = 0;
let firstDigitTimeout: f64 = 0;
let longDigitTimeout: f64 = 0;

export function configureNumber(setting: NumberSetting, line: i32, value: f64): i32 {
  const least: f64 = setting == NumberSetting.TransmitGain || setting == NumberSetting.ReceiveGain ? -100 : 0;
  const most: f64 = setting == NumberSetting.LocalClock ? 1e14 : 1e9;
  if (!isLine(line) || !(value >= least && value <= most)) return REFUSED;
  const call = callAt(line);
  const account = accountAt(line);
  switch (setting) {
    case NumberSetting.Expires: account.expires = <i32>value; break;
    case NumberSetting.Register: account.register = value != 0; break;
    case NumberSetting.RingTimeout: call.ringTimeout = value; break;
    case NumberSetting.DialMode:
      call.line.setTones(value != DialMode.Pulse);
      call.line.setPulse(value != DialMode.Dtmf, -1);
      break;
    case NumberSetting.FlashMin: flashMin = value; break;
    case NumberSetting.FlashMax: call.line.setFlash(true, flashMin, value); break;
    case NumberSetting.Codecs: account.codecs = <CodecOrder>min<i32>(<i32>value, CodecOrder.AOnly); break;
    case NumberSetting.Srtp: account.srtp = <SrtpUse>min<i32>(<i32>value, SrtpUse.Required); break;
    case NumberSetting.FirstDigitTimeout: firstDigitTimeout = value; break;
    case NumberSetting.LongDigitTimeout: longDigitTimeout = value; break;
    case NumberSetting.MessageWaiting: account.subscribes = value != 0; break;
    case NumberSetting.DigitMode:
      call.sendsInfo = value == DigitMode.Info;
      account.isInband = value == DigitMode.Inband;
      break;
    case NumberSetting.DigitLevel:
      call.stream.wireDigits.lowDbm0 = -<f32>value;
      call.stream.earDigits.lowDbm0 = -<f32>value;
      break;
    case NumberSetting.DigitTwist:
      call.stream.wireDigits.twist = <f32>value;
      call.stream.earDigits.twist = <f32>value;
      break;
    case NumberSetting.DigitTone: call.stream.wireDigits.setTone(value); break;
    case NumberSetting.DigitPause: call.stream.wireDigits.setPause(value); break;
    case NumberSetting.TransmitGain: call.sound.setTransmitGain(value); break;
    case NumberSetting.ReceiveGain: call.sound.setReceiveGain(value); break;
    case NumberSetting.CurrentDrop: call.line.setCurrentDrop(value); break;
    case NumberSetting.AnswerReversal: call.line.reversesOnAnswer = value != 0; break;
    case NumberSetting.KeepAlive: account.keepAlive = <i32>value; break;
    case NumberSetting.Secure: account.isSecure = value != 0; break;
    case NumberSetting.SessionTimer: account.sessionInterval = max(<i32>value, LEAST_INTERVAL); break;
    case NumberSetting.CallerId:
      if (value > CallerIdScheme.Count) return REFUSED;
      call.line.setCallerId(<i32>value - 1);
      break;
    case NumberSetting.CallerIdSource:
      account.callerIdSource = <CallerIdSource>min<i32>(<i32>value, CallerIdSource.AssertedIdentity);
      break;
    case NumberSetting.CallerIdLatin1: call.line.callerId.keepsLatin1 = value != 0; break;
    case NumberSetting.CallerIdDigits: call.line.callerId.digitFrame = <i32>value; break;
    case NumberSetting.LocalClock: setLocalClock(value); break;
    case NumberSetting.EchoCanceller: call.sound.canceller.isEnabled = value != 0; break;
    case NumberSetting.EchoDelay: call.sound.canceller.setDelay(<i32>(min<f64>(value, 1000) * 8)); break;
    case NumberSetting.ShortDigitTimeout: call.line.setDialTimers(firstDigitTimeout, longDigitTimeout, value); break;
    case NumberSetting.RegistrarPort: account.registrarPort = <u16>min<f64>(value, 65535); break;
    case NumberSetting.RegistrarTransport:
      account.registrarTransport = <Transport>min<i32>(<i32>value, Transport.Tls);
      break;
    default: return REFUSED;
  }
  return 0;
}

/** Sets an address from the endpoint region. */
export function configureEndpoint(setting: EndpointSetting, line: i32): i32 {
  if (!isLine(line) || !endpoint.isSet) return REFUSED;
  switch (setting) {
    case EndpointSetting.Signalling:
      for (let each = 0; each < MAX_LINES; each++) {
        accountAt(each).local.copyFrom(endpoint);
        if (accountAt(each).hop.isSet) accountAt(each).local.transport = accountAt(each).hop.transport;
      }
      break;
    case EndpointSetting.Media: accountAt(line).media.copyFrom(endpoint); break;
    case EndpointSetting.StunServer: setStunServer(endpoint); break;
    case EndpointSetting.Hop:
      accountAt(line).clearHop();
      accountAt(line).useHop(endpoint);
      break;
    default: return REFUSED;
  }
  return 0;
}

/** Registers what is configured to register. */
export function start(now: f64): void { startRegistrations(now); }

/** Registers one line anew: after its settings have changed. */
export function registerLine(line: i32, now: f64): void {
  if (!isLine(line)) return;
  prepareRegistration(line, now);
  stopRegistration(line, now);
  startRegistration(line, now);
}

/** Hangs up, un-registers. The host goes on until nextTimeout() is far away, or it has waited long enough. */
export function stop(now: f64): void {
  for (let line = 0; line < MAX_LINES; line++) callAt(line).abandon(now);
  stopRegistrations(now);
  resetMediaPlaces();
}

// Inputs. Each takes the time, none reads a clock.

export function rxDatagramPointer(): usize { return rxDatagram; }
export function rxDatagramCapacity(): i32 { return SIP_DATAGRAM_SIZE; }
export function rxSourcePointer(): usize { return changetype<usize>(rxSource); }

export function handleDatagram(length: i32, now: f64): void {
  handleSessionEvent(handleSip(rxDatagram, length, rxSource, now), now);
}

/**
 * A chunk of a stream connection, which rxSource names by its flow. Takes one message at most, and says how many bytes are
 * done with: the host drains, then comes again with the rest.
 */
export function handleStream(length: i32, now: f64): i32 {
  handleSessionEvent(handleSipStream(rxDatagram, length, rxSource, now), now);
  return frameTaken;
}

/** The stream connection that rxSource names has ended, by whomever. */
export function handleFlowClosed(now: f64): void { handleSipFlowClosed(rxSource, now); }

/** A message of a SendSip action, in the receive region, did not get to the endpoint in rxSource. */
export function handleSendFailure(length: i32, now: f64): void {
  handleSessionEvent(handleUnsent(rxDatagram, length, rxSource, now), now);
}

/**
 * The answer to a Resolve action: `count` DnsRecords (abi/dns-record.ts) in the receive region; negative when nobody could
 * say.
 */
export function handleResolved(query: i32, count: i32, now: f64): void {
  handleNameResolved(query, rxDatagram, count, now);
}

export function handleRtp(line: i32, length: i32, now: f64): void {
  if (!isLine(line) || handleMediaStun(line, 0, rxDatagram, length, rxSource)) return;
  callAt(line).stream.handlePacket(rxDatagram, length, rxSource, now);
}

export function handleRtcp(line: i32, length: i32, now: f64): void {
  if (!isLine(line) || handleMediaStun(line, 1, rxDatagram, length, rxSource)) return;
  callAt(line).stream.handleControl(rxDatagram, length, rxSource, now);
}

/** The loop closed or opened at `at`, which is now or a little before. */
export function handleLoop(line: i32, closed: bool, at: f64, now: f64): void {
  if (isLine(line)) callAt(line).handleLoop(closed, at, now);
}

/** Edges of the loop before `at`, now or a little earlier, went unseen: what was being dialled is not to be believed. */
export function handleLoss(line: i32, at: f64, now: f64): void {
  if (isLine(line)) callAt(line).handleLoss(at, now);
}

export function pcmInPointer(line: i32): usize { return pcmIn + <usize>(line * FRAME_SAMPLES * 2); }
export function pcmOutPointer(line: i32): usize { return pcmOut + <usize>(line * FRAME_SAMPLES * 2); }

/** One frame of sound both ways: takes pcmIn, gives pcmOut. */
export function handleFrame(line: i32, now: f64): void {
  if (isLine(line)) handleLineFrame(callAt(line), pcmInPointer(line), pcmOutPointer(line), now);
}

/** Does one thing that is due. */
export function handleTimeout(now: f64): void {
  if (callsNextTimeout() <= now) handleCallTimeout(now);
  else if (userAgentNextTimeout() <= now) handleSessionEvent(handleUserAgentTimeout(now), now);
  else if (mediaPlacesNextTimeout() <= now) handleMediaPlaceTimeout(now);
}

/** A line test by its number; 0, or REFUSED when the line is not free for it. */
export function testLine(line: i32, test: LineTest, now: f64): i32 {
  if (!isLine(line)) return REFUSED;
  const port = callAt(line).line;
  switch (test) {
    case LineTest.Stop: port.testTone(Tone.None, now); return 0;
    case LineTest.Tone: port.testTone(Tone.Dial, now); return 0;
    case LineTest.Ring: return port.testRing(now) ? 0 : REFUSED;
    default:
      if (test > LineTest.RingOf) return port.testRing(now, test - LineTest.RingOf) ? 0 : REFUSED;
      return test > LineTest.ToneOf && port.testTone(test - LineTest.ToneOf, now) ? 0 : REFUSED;
  }
}

/** An order for a line, with `length` bytes in the text region. 0, REFUSED, or the SIP status that says why not. */
export function orderLine(line: i32, order: LineOrder, length: i32, now: f64): i32 {
  if (!isLine(line) || length < 0 || length > DIAL_PLAN_SIZE) return REFUSED;
  const call = callAt(line);
  switch (order) {
    case LineOrder.Transfer: return length > MAX_DIGITS ? REFUSED : transferCall(call, text, length, now);
    case LineOrder.Connect: {
      const other = parseDecimal(text, length, MAX_LINES);
      return other < 1 ? REFUSED : connectCalls(call, callAt(<i32>other - 1), now);
    }
    case LineOrder.Message: {
      const blank = indexOfByte(text, length, 0x20);
      if (blank < 0 || blank > MAX_DIGITS) return REFUSED;
      return sendMessage(line, text, blank, text + <usize>blank + 1, length - blank - 1, now);
    }
    default: return REFUSED;
  }
}

// Outputs

export function nextTimeout(): f64 { return min(min(callsNextTimeout(), userAgentNextTimeout()), mediaPlacesNextTimeout()); }

// Inspection

export function countersPointer(): usize { return counters; }
export function sessionsUsed(): i32 { return sessionsInUse(); }
export function transactionsUsed(): i32 { return transactionsInUse(); }
export function transactionsMax(): i32 { return ADAPTER_TRANSACTIONS; }
export function buffersUsed(): i32 { return buffersInUse(); }
export function spareMemory(): i32 { return spareBytes(); }

/** Address of a LineReport (call/line-report.ts), filled for this line; valid until the next call. */
export function lineReport(line: i32): usize { return isLine(line) ? fillLineReport(line) : 0; }

/** Address of the record of call/quality-report.ts, filled for this line; valid until the next call. */
export function qualityReport(line: i32): usize { return isLine(line) ? fillQualityReport(line) : 0; }

/** Address of a ServerReport (sip/server-report.ts), filled for this line; valid until the next call. */
export function serverReport(line: i32, now: f64): usize { return isLine(line) ? fillServerReport(line, now) : 0; }
