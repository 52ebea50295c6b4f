// An INVITE with Replaces: RFC 3891 §3.

import {
  SessionEvent, SessionState, answer, eventOther, eventSession, hangUp, sessionAt, sessionsUsed,
} from "../../../assembly/sip/user-agent";
import { CONTACT, callIn, callOut, dial, expectClean, inviteIn, ownTag, request, ring } from "./calls";
import {
  answerTo, countSent, drain, headerOf, last, lastSent, now, parameterOf, receive, sdp, start, stranger,
} from "./wire";

/** Carol calls us, to take the place that `replaces` names. */
function invite(replaces: string, branch: string = "c1", extra: string = ""): string {
  return request("INVITE", branch, 30, "", (replaces.length > 0 ? "Replaces: " + replaces + "\r\n" : "") + extra,
    sdp(6004)).replace("call-1@bob", "call-2@carol").replace(";tag=bob", ";tag=carol");
}

function status(): string { return last().substring(8, 11); }

describe("an INVITE that replaces a call", () => {
  beforeEach(() => start());

  test("RFC 3891 §3: a call that is up: the new one is answered, the old one gets BYE", () => {
    const tag = callIn();
    expect(receive(invite("call-1@bob;to-tag=" + tag + ";from-tag=bob", "c1", "Require: replaces\r\n")))
      .toBe(SessionEvent.Replacing);
    expect(eventOther).toBe(0);
    const session = eventSession;
    expect(answer(session, now)).toBe(true);
    hangUp(eventOther, now);
    drain();
    expect(countSent("BYE")).toBe(1);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expect(sessionsUsed()).toBe(1);
    expect(sessionAt(session).state).toBe(SessionState.Answered);
  });

  test("RFC 3891 §3: a call of ours that rings is given up with CANCEL", () => {
    dial("102");
    const ours = lastSent("INVITE");
    receive(answerTo(ours, "180 Ringing", "bob", CONTACT));
    const own = parameterOf(headerOf(ours, "From"), "tag");
    expect(receive(invite(headerOf(ours, "Call-ID") + ";from-tag=bob;to-tag=" + own + ";early-only")))
      .toBe(SessionEvent.Replacing);
    expect(answer(eventSession, now)).toBe(true);
    hangUp(eventOther, now);
    drain();
    expect(countSent("CANCEL")).toBe(1);
  });

  test("RFC 3891 §3: early-only for a call that is up is 486", () => {
    const tag = callIn();
    receive(invite("call-1@bob;to-tag=" + tag + ";from-tag=bob;early-only"));
    expect(status()).toBe("486");
    expect(sessionsUsed()).toBe(1);
  });

  test("RFC 3891 §3: nothing of that name, or the tags the wrong way round, is 481", () => {
    const tag = callIn();
    const values = [
      "call-9@bob;to-tag=" + tag + ";from-tag=bob", "call-1@bob;to-tag=bob;from-tag=" + tag,
      "call-1@bob;to-tag=" + tag + ";from-tag=carol", "call-1@bob;to-tag=0;from-tag=0",
    ];
    for (let index = 0; index < values.length; index++) {
      expect(receive(invite(values[index], "d" + index.toString()))).toBe(SessionEvent.None);
      expect(status()).toBe("481", values[index]);
    }
  });

  test("RFC 3891 §3: a call that rings here and is not ours is 481: its caller alone may", () => {
    inviteIn();
    ring();
    receive(invite("call-1@bob;to-tag=" + ownTag() + ";from-tag=bob"));
    expect(status()).toBe("481");
  });

  test("RFC 3891 §3: a call that we have hung up is 603", () => {
    const tag = callIn();
    hangUp(0, now);
    drain();
    receive(invite("call-1@bob;to-tag=" + tag + ";from-tag=bob"));
    expect(status()).toBe("603");
  });

  test("RFC 3891 §3: two of them are 400, and one that is none", () => {
    const tag = callIn();
    const good = "call-1@bob;to-tag=" + tag + ";from-tag=bob";
    const values = [
      good + "\r\nReplaces: " + good, ";to-tag=1;from-tag=2", "call-1@bob", "call-1@bob;to-tag=1",
      "call-1@bob;to-tag=;from-tag=", "call 1@bob;to-tag=1;from-tag=2", "call-1@bob;to-tag=1;from-tag=\"",
    ];
    for (let index = 0; index < values.length; index++) {
      receive(invite(values[index], "e" + index.toString()));
      expect(status()).toBe("400", values[index]);
    }
  });

  test("from a stranger it is not even answered", () => {
    const tag = callIn();
    const before = last();
    expect(receive(invite("call-1@bob;to-tag=" + tag + ";from-tag=bob"), stranger)).toBe(SessionEvent.None);
    expect(last()).toBe(before);
  });

  test("a line that has no room for a third call has it for one in a call's place", () => {
    const tag = callIn();
    dial("104");
    receive(invite("", "f1"));
    expect(status()).toBe("486");
    expect(receive(invite("call-1@bob;to-tag=" + tag + ";from-tag=bob", "f2"))).toBe(SessionEvent.Replacing);
  });
});
