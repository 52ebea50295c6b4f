// The server transactions, timer by timer: RFC 3261 §17.2 and RFC 6026.

import { Transport } from "../../../assembly/abi/endpoint";
import { Counter } from "../../../assembly/abi/counters";
import { buffersUsed } from "../../../assembly/base/buffers";
import { transactionsNextTimeout, transactionsUsed } from "../../../assembly/sip/transaction/table";
import { State } from "../../../assembly/sip/transaction/transaction";
import { advanceTo, answerWith, arrive, begin, log, peer, requestIn, serve, times } from "./transaction-wire";
import { counted, headerOf, last, sent } from "./wire";

const invite = requestIn("INVITE");
const options = requestIn("OPTIONS");

function isClean(): bool {
  return transactionsUsed() == 0 && buffersUsed() == 0 && transactionsNextTimeout() == Infinity;
}

describe("INVITE server transaction, RFC 3261 §17.2.1 and RFC 6026 §7.1", () => {
  test("§17.2.1: in Proceeding a copy of the INVITE gets the last provisional response again", () => {
    begin(Transport.Udp);
    const transaction = serve(invite);
    arrive(invite);
    expect(sent.length).toBe(0);
    answerWith(transaction, invite, 100);
    answerWith(transaction, invite, 180);
    advanceTo(10_000);
    arrive(invite);
    expect(times).toBe("0,0,10000");
    expect(last().startsWith("SIP/2.0 180 ")).toBe(true);
    expect(counted(Counter.SipRetransmissionIn)).toBe(2);
    expect(transaction.state).toBe(State.Proceeding);
  });

  test("§17.2.1: Timer G doubles up to T2, Timer H gives up at 64*T1", () => {
    begin(Transport.Udp);
    answerWith(serve(invite), invite, 486);
    advanceTo(100_000);
    expect(times).toBe("0,500,1500,3500,7500,11500,15500,19500,23500,27500,31500");
    expect(log).toBe("Timeout@32000");
    expect(isClean()).toBe(true);
  });

  test("§17.2.1: over a reliable transport no Timer G, but Timer H", () => {
    begin(Transport.Tcp);
    answerWith(serve(invite), invite, 486);
    advanceTo(100_000);
    expect(times).toBe("0");
    expect(log).toBe("Timeout@32000");
  });

  test("§17.2.1: the ACK ends the copies, Timer I swallows more ACKs for T4", () => {
    begin(Transport.Udp);
    const transaction = serve(invite);
    answerWith(transaction, invite, 486);
    advanceTo(600);
    arrive(requestIn("ACK"));
    expect(transaction.state).toBe(State.Confirmed);
    arrive(requestIn("ACK"));
    arrive(invite);
    advanceTo(20_000);
    expect(times).toBe("0,500");
    expect(log).toBe("Acknowledged@600 Terminated@5600");
    expect(isClean()).toBe(true);
  });

  test("§17.2.1: Timer I is zero over a reliable transport", () => {
    begin(Transport.Tls);
    answerWith(serve(invite), invite, 486);
    arrive(requestIn("ACK"));
    advanceTo(0);
    expect(log).toBe("Acknowledged@0 Terminated@0");
  });

  test("RFC 6026 §7.1: after a 2xx copies of the INVITE are swallowed until Timer L, the ACK is the user's", () => {
    begin(Transport.Udp);
    const transaction = serve(invite);
    answerWith(transaction, invite, 200);
    expect(transaction.state).toBe(State.Accepted);
    advanceTo(10_000);
    arrive(invite);
    expect(changetype<usize>(arrive(requestIn("ACK")))).toBe(0);
    expect(times).toBe("0");
    expect(answerWith(transaction, invite, 200)).toBe(true, "another 2xx may follow");
    expect(answerWith(transaction, invite, 486)).toBe(false, "nothing else may");
    advanceTo(32_000);
    expect(log).toBe("Terminated@32000");
    expect(isClean()).toBe(true);
  });

  test("§17.2.1: what comes too late does not replace the response that a copy of the INVITE gets", () => {
    begin(Transport.Udp);
    const transaction = serve(invite);
    answerWith(transaction, invite, 486);
    expect(answerWith(transaction, invite, 180)).toBe(false);
    expect(answerWith(transaction, invite, 200)).toBe(false);
    arrive(invite);
    expect(sent.length).toBe(2);
    expect(last().startsWith("SIP/2.0 486 ")).toBe(true);
    advanceTo(500);
    expect(last().startsWith("SIP/2.0 486 ")).toBe(true);
  });

  test("§17.2.2: nor the one that a copy of another request gets", () => {
    begin(Transport.Udp);
    const transaction = serve(options);
    answerWith(transaction, options, 200);
    expect(answerWith(transaction, options, 500)).toBe(false);
    arrive(options);
    expect(sent.length).toBe(2);
    expect(last().startsWith("SIP/2.0 200 ")).toBe(true);
  });
});

describe("non-INVITE server transaction, RFC 3261 §17.2.2", () => {
  test("in Trying a copy is swallowed, in Proceeding and Completed it gets the last response, Timer J ends it", () => {
    begin(Transport.Udp);
    const transaction = serve(options);
    expect(transaction.state).toBe(State.Trying);
    arrive(options);
    expect(sent.length).toBe(0);
    answerWith(transaction, options, 100);
    arrive(options);
    answerWith(transaction, options, 200);
    advanceTo(31_999);
    arrive(options);
    expect(times).toBe("0,0,0,31999");
    expect(answerWith(transaction, options, 500)).toBe(false);
    advanceTo(32_000);
    expect(log).toBe("Terminated@32000");
    expect(isClean()).toBe(true);
  });

  test("Timer J is zero over a reliable transport", () => {
    begin(Transport.Tcp);
    answerWith(serve(options), options, 200);
    advanceTo(0);
    expect(log).toBe("Terminated@0");
  });
});

describe("matching requests, RFC 3261 §17.2.3", () => {
  test("branch, sent-by and method", () => {
    begin(Transport.Udp);
    serve(invite);
    expect(changetype<usize>(arrive(invite)) != 0).toBe(true);
    expect(changetype<usize>(arrive(requestIn("ACK"))) != 0).toBe(true, "the ACK belongs to the INVITE");
    expect(changetype<usize>(arrive(requestIn("CANCEL")))).toBe(0, "the CANCEL is a transaction of its own");
    expect(changetype<usize>(arrive(requestIn("INVITE", "z9hG4bKt")))).toBe(0);
    expect(changetype<usize>(arrive(invite.replace("192.0.2.1:5060;", "192.0.2.3:5060;")))).toBe(0);
    expect(changetype<usize>(arrive(invite.replace("192.0.2.1:5060;", "192.0.2.1:5061;")))).toBe(0);
  });

  test("a branch of RFC 2543: Request-URI, tags, Call-ID, CSeq and top Via", () => {
    begin(Transport.Udp);
    const old = requestIn("INVITE", "1");
    serve(old);
    expect(changetype<usize>(arrive(old)) != 0).toBe(true);
    expect(changetype<usize>(arrive(old.replace("sip:a@192.0.2.2", "sip:c@192.0.2.2")))).toBe(0);
    expect(changetype<usize>(arrive(old.replace("tag=b", "tag=x")))).toBe(0);
    expect(changetype<usize>(arrive(old.replace("Call-ID: c2", "Call-ID: c3")))).toBe(0);
    expect(changetype<usize>(arrive(old.replace("CSeq: 9", "CSeq: 8")))).toBe(0);
    const ack = requestIn("ACK", "1");
    expect(changetype<usize>(arrive(ack)) != 0).toBe(true);
  });

  test("RFC 3261 §18.2.2: an answer goes to the sent-by port; RFC 3581 §4: with rport back", () => {
    begin(Transport.Udp);
    peer.port = 40000;
    const plain = requestIn("OPTIONS").replace("192.0.2.1:5060;", "192.0.2.1:5077;");
    answerWith(serve(plain), plain, 200);
    expect(sent[0].port).toBe(5077);
    const rport = plain.replace("branch=z9hG4bKs", "rport;branch=z9hG4bKr");
    answerWith(serve(rport), rport, 200);
    expect(sent[1].port).toBe(40000);
    expect(headerOf(last(), "Via").includes(";rport=40000")).toBe(true);
    const none = requestIn("OPTIONS", "z9hG4bKn").replace("192.0.2.1:5060;", "proxy.example.test;");
    answerWith(serve(none), none, 200);
    expect(sent[2].port).toBe(5060);
    expect(headerOf(last(), "Via")).toBe("SIP/2.0/UDP proxy.example.test;branch=z9hG4bKn;received=192.0.2.1");
  });

  test("a full table and full buffers are an answer", () => {
    begin(Transport.Udp);
    let taken = 0;
    for (let index = 0; index < 20; index++) {
      if (changetype<usize>(serve(requestIn("OPTIONS", "z9hG4bK" + index.toString()))) != 0) taken++;
    }
    expect(taken).toBe(16);
    expect(counted(Counter.SipTransactionsFull)).toBe(4);
  });
});
