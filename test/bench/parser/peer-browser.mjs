// JsSIP and SIP.js as peers: made for browsers, they have one ancestor and so one way to ask. node peer-browser.mjs jssip|sip.js

import { messages } from "../messages/messages.mjs";
import { serve } from "./peer.mjs";

const quiet = { warn() {}, error() {} };
const parsers = {
  jssip: async () => {
    const { default: parser } = await import("jssip/lib/Parser.js");
    return parser.parseMessage;
  },
  "sip.js": async () => {
    const { Parser } = await import("sip.js/lib/core/messages/parser.js");
    return (text) => Parser.parseMessage(text, quiet);
  },
};
const parseMessage = await parsers[process.argv[2]]();

const size = (text) => text?.length ?? 0;
const uri = ({ user, host, port }) => size(user) + size(host) + (port ?? 0);
const tag = (address) => size(address.getParam("tag"));
const address = ({ display_name, displayName, uri: target }) => size(display_name ?? displayName) + uri(target);

/** Neither takes a field of two Vias apart. */
function splitVias(message) {
  const values = message.getHeaders("via");
  if (!values.some((value) => value.includes(","))) return values.length;
  const single = values.flatMap((value) => value.split(","));
  message.setHeader("via", single[0]);
  for (const value of single.slice(1)) message.addHeader("via", value);
  return single.length;
}

function sumOf(message) {
  let sum = message.ruri ? uri(message.ruri) : (message.status_code ?? message.statusCode);
  const { value, method } = message.parseHeader("cseq");
  sum += value + size(method);
  const vias = splitVias(message);
  for (let index = 0; index < vias; index++) {
    const { transport, host, port, branch } = message.parseHeader("via", index);
    sum += size(transport) + size(host) + (port ?? 0) + size(branch);
  }
  sum += address(message.from) + tag(message.from) + address(message.to) + tag(message.to);
  const contacts = message.getHeaders("contact").length;
  for (let index = 0; index < contacts; index++) sum += address(message.parseHeader("contact", index));
  sum += size(message.getHeader("call-id")) + Number(message.getHeader("max-forwards") ?? 0);
  return sum + Number(message.getHeader("content-length")) + size(message.getHeader("content-type"));
}

const read = (bytes) => sumOf(parseMessage(bytes.latin1Slice(0, bytes.length)));

/** JsSIP alone reads session descriptions. */
function describe(bytes) {
  const message = parseMessage(bytes.latin1Slice(0, bytes.length));
  const sum = sumOf(message);
  if (message.getHeader("content-type") !== "application/sdp") return sum;
  return message.parseSDP().media.reduce((all, { port, payloads }) => all + port + String(payloads).split(" ").length, sum);
}

serve({ read, describe }, messages);
