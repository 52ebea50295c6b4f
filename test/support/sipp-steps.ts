// What SIPp says in most scripts, in one word.

import { answers, callee, caller, callerAtServer, description, hears, registers, type Step } from "./sipp-script.ts";

const body = description();

export const TRYING = hears(100, { isOptional: true });
/** `[authentication]` answers the challenge that came last. */
export const AUTHENTICATION = "[authentication]";

/** SIPp calls the line, which answers. */
export const CALLS_LINE = [
  caller.invite({ body }),
  TRYING,
  hears(180),
  hears(200, { isRoute: true }),
  caller.asks("ACK", 1),
];
/** The line calls SIPp, which answers. */
export const ANSWERS_LINE = [callee.hearsInvite(), callee.says("200 OK", { body }), hears("ACK")];
/** The other side hangs up. */
export const IS_LEFT = [hears("BYE"), answers("200 OK")];
/** SIPp is called and takes it back in time: the answer to a CANCEL and to its INVITE. */
export const isCancelled = ({ says }: Pick<typeof callee, "says">): Step[] => [
  hears("CANCEL"),
  answers("200 OK"),
  says("487 Request Terminated"),
  hears("ACK"),
];

const CONTACT = "Contact: <sip:[user]@[local_ip]:[local_port]>;expires=600";

/** `[user]` registers at our server. */
export const REGISTERS = [
  registers(1, { headers: [CONTACT] }),
  hears(401, { isChallenge: true }),
  registers(2, { headers: [CONTACT, AUTHENTICATION] }),
  hears(200),
];

/** `[user]` calls `[peer]` through our server; what comes next is the answer of `[peer]` to an INVITE whose number is 2. */
export const callsAtServer = (headers: readonly string[] = [], offer = body): Step[] => [
  callerAtServer.invite({ body: offer, headers }),
  hears(407, { isChallenge: true }),
  callerAtServer.thanksForRefusal(),
  callerAtServer.invite({ body: offer, headers: [...headers, AUTHENTICATION] }, 2),
  TRYING,
];
