// The client transactions, timer by timer: RFC 3261 §17.1 and RFC 6026.

import { Transport } from "../../../assembly/abi/endpoint";
import { Counter } from "../../../assembly/abi/counters";
import { buffersUsed } from "../../../assembly/base/buffers";
import { Method } from "../../../assembly/sip/method";
import { transactionsNextTimeout, transactionsUsed } from "../../../assembly/sip/transaction/table";
import { State } from "../../../assembly/sip/transaction/transaction";
import { advanceTo, arrive, begin, client, log, times } from "./transaction-wire";
import { answerTo, counted, headerOf, last, sent } from "./wire";

function isClean(): bool {
  return transactionsUsed() == 0 && buffersUsed() == 0 && transactionsNextTimeout() == Infinity;
}

describe("INVITE client transaction, RFC 3261 §17.1.1 and RFC 6026 §7.2", () => {
  test("§17.1.1.2: Timer A doubles, Timer B gives up at 64*T1", () => {
    begin(Transport.Udp);
    expect(client(Method.Invite).state).toBe(State.Calling);
    advanceTo(100_000);
    expect(times).toBe("0,500,1500,3500,7500,15500,31500");
    expect(log).toBe("Timeout@32000");
    expect(counted(Counter.SipTransactionTimeout)).toBe(1);
    expect(counted(Counter.SipRetransmissionOut)).toBe(6);
    expect(isClean()).toBe(true);
  });

  test("§17.1.1.2: over a reliable transport nothing is sent twice", () => {
    begin(Transport.Tcp);
    client(Method.Invite);
    advanceTo(100_000);
    expect(times).toBe("0");
    expect(log).toBe("Timeout@32000");
  });

  test("§17.1.1.2: a provisional response stops Timers A and B", () => {
    begin(Transport.Udp);
    const transaction = client(Method.Invite);
    const request = last();
    advanceTo(700);
    arrive(answerTo(request, "100 Trying"));
    expect(transaction.state).toBe(State.Proceeding);
    advanceTo(3_600_000);
    arrive(answerTo(request, "180 Ringing", "b"));
    expect(times).toBe("0,500");
    expect(log).toBe("Provisional@700 Provisional@3600000");
    expect(transactionsNextTimeout()).toBe(Infinity);
  });

  test("§17.1.1.3: a failure is acknowledged on the INVITE's way, and again for every copy until Timer D", () => {
    begin(Transport.Udp);
    const transaction = client(Method.Invite);
    const request = last();
    arrive(answerTo(request, "486 Busy Here", "b"));
    expect(transaction.state).toBe(State.Completed);
    const ack = last();
    expect(ack.startsWith("ACK sip:b@example.test SIP/2.0\r\n")).toBe(true);
    expect(headerOf(ack, "Via")).toBe(headerOf(request, "Via"));
    expect(headerOf(ack, "Route")).toBe(headerOf(request, "Route"));
    expect(headerOf(ack, "From")).toBe(headerOf(request, "From"));
    expect(headerOf(ack, "To")).toBe("<sip:b@example.test>;tag=b");
    expect(headerOf(ack, "Call-ID")).toBe("c1");
    expect(headerOf(ack, "CSeq")).toBe("5 ACK");
    expect(headerOf(ack, "Max-Forwards")).toBe("70");
    expect(headerOf(ack, "Subject")).toBe("");
    advanceTo(31_999);
    arrive(answerTo(request, "486 Busy Here", "b"));
    arrive(answerTo(request, "180 Ringing", "b"));
    expect(times).toBe("0,0,31999");
    expect(last()).toBe(ack);
    advanceTo(32_000);
    expect(log).toBe("Failure@0 Terminated@32000");
    expect(isClean()).toBe(true);
    arrive(answerTo(request, "486 Busy Here", "b"));
    expect(sent.length).toBe(3);
    expect(counted(Counter.SipUnmatchedResponse)).toBe(1);
  });

  test("§17.1.1.2: Timer D is zero over a reliable transport", () => {
    begin(Transport.Tls);
    client(Method.Invite);
    arrive(answerTo(last(), "486 Busy Here", "b"));
    advanceTo(0);
    expect(log).toBe("Failure@0 Terminated@0");
    expect(isClean()).toBe(true);
  });

  test("RFC 6026 §7.2: every 2xx until Timer M goes to the user, who acknowledges", () => {
    begin(Transport.Udp);
    const transaction = client(Method.Invite);
    const request = last();
    arrive(answerTo(request, "200 OK", "b"));
    expect(transaction.state).toBe(State.Accepted);
    advanceTo(31_999);
    arrive(answerTo(request, "200 OK", "c"));
    arrive(answerTo(request, "486 Busy Here", "d"));
    arrive(answerTo(request, "180 Ringing", "d"));
    advanceTo(40_000);
    expect(log).toBe("Success@0 Success@31999 Terminated@32000");
    expect(times).toBe("0");
    expect(isClean()).toBe(true);
  });

  test("§17.1.3: a response with another branch or another method is not ours", () => {
    begin(Transport.Udp);
    client(Method.Invite);
    const request = last();
    arrive(answerTo(request, "200 OK", "b").replace("branch=z9hG4bK", "branch=z9hG4bKx"));
    arrive(answerTo(request, "200 OK", "b").replace("5 INVITE", "5 CANCEL"));
    expect(log).toBe("");
    expect(counted(Counter.SipUnmatchedResponse)).toBe(2);
    arrive(answerTo(request, "200 OK", "b").replace("\r\nVia:", "\r\nv:"));
    expect(log).toBe("Success@0");
  });
});

describe("non-INVITE client transaction, RFC 3261 §17.1.2", () => {
  test("§17.1.2.2: Timer E doubles up to T2, Timer F gives up at 64*T1", () => {
    begin(Transport.Udp);
    expect(client(Method.Options).state).toBe(State.Trying);
    advanceTo(100_000);
    expect(times).toBe("0,500,1500,3500,7500,11500,15500,19500,23500,27500,31500");
    expect(log).toBe("Timeout@32000");
    expect(isClean()).toBe(true);
  });

  test("§17.1.2.2: in Proceeding Timer E is T2, and Timer F runs on", () => {
    begin(Transport.Udp);
    const transaction = client(Method.Options);
    advanceTo(100);
    arrive(answerTo(last(), "100 Trying"));
    expect(transaction.state).toBe(State.Proceeding);
    advanceTo(100_000);
    expect(times).toBe("0,4100,8100,12100,16100,20100,24100,28100");
    expect(log).toBe("Provisional@100 Timeout@32000");
  });

  test("§17.1.2.2: a final response ends it after Timer K, copies are swallowed", () => {
    begin(Transport.Udp);
    const transaction = client(Method.Options);
    const request = last();
    arrive(answerTo(request, "200 OK", "b"));
    expect(transaction.state).toBe(State.Completed);
    advanceTo(4_999);
    arrive(answerTo(request, "200 OK", "b"));
    arrive(answerTo(request, "500 Server Internal Error", "b"));
    advanceTo(10_000);
    expect(log).toBe("Success@0 Terminated@5000");
    expect(times).toBe("0");
    expect(isClean()).toBe(true);
  });

  test("§17.1.2.2: over a reliable transport: no Timer E, Timer K is zero", () => {
    begin(Transport.Tcp);
    client(Method.Options);
    const request = last();
    advanceTo(20_000);
    expect(times).toBe("0");
    arrive(answerTo(request, "404 Not Found", "b"));
    advanceTo(20_000);
    expect(log).toBe("Failure@20000 Terminated@20000");
  });

  test("many at a time, each finds its own", () => {
    begin(Transport.Udp);
    const requests: string[] = [];
    for (let index = 0; index < 16; index++) {
      client(index % 2 == 0 ? Method.Options : Method.Invite);
      requests.push(last());
    }
    expect(transactionsUsed()).toBe(16);
    for (let index = 15; index >= 0; index--) {
      const transaction = arrive(answerTo(requests[index], "200 OK", "b"));
      expect(transaction.isInvite).toBe(index % 2 == 1);
    }
    advanceTo(32_000);
    expect(isClean()).toBe(true);
  });
});
