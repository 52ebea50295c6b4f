// The adapter's enums as globals of the debug build, so that a test can hold the host's numbers against the core's: in the
// release build their names would take 7 KB.

export { ActionKind, Report } from "./abi/action";
export { Counter } from "./abi/counters";
export { Family, Transport } from "./abi/endpoint";
export { CallerIdSource, CodecOrder, DialMode, DigitMode, EndpointSetting, LineOrder, LineTest, NumberSetting, SrtpUse, TextSetting } from "./abi/settings";
export { CallState } from "./call/call";
export { CallerIdScheme } from "./line/caller-id-scheme";
export { LineState } from "./line/line";
export { RegistrationState } from "./sip/registration";
