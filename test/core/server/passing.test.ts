// What is no plain phone call goes through as it came: video, messages, presence, transfers. RFC 3261 §16.6 step 1: a proxy does not
// touch the body; §16.3: it needs to know no method.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BenchPhone } from "../../support/bench-phone.ts";
import { authorize } from "../../support/digest-client.ts";
import { BUILDS, DOMAIN, ServerBench } from "../../support/server-bench.ts";
import { fieldOf, type SipMessage } from "../../support/sip-text.ts";

const A = "198.51.100.1:5062";
const B = "198.51.100.2:5064";
const BERT = `sip:102@${DOMAIN}`;

const VIDEO = `v=0\r
o=anna 2890844526 2890842807 IN IP4 198.51.100.1\r
s=-\r
c=IN IP4 198.51.100.1\r
t=0 0\r
a=group:BUNDLE a v\r
m=audio 49170 RTP/SAVP 0 96\r
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:32\r
a=mid:a\r
m=video 51372 RTP/AVPF 99 100\r
b=TIAS:1500000\r
a=rtpmap:99 H264/90000\r
a=fmtp:99 profile-level-id=42e01f;packetization-mode=1\r
a=rtcp-fb:* nack pli\r
a=content:slides\r
m=application 9 UDP/BFCP *\r
a=floorctrl:c-only\r
m=nonsense 1 x/y z\r
`;
/** Every byte there is, the ends of lines and of messages among them. */
const BINARY = `${Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("")}\r\n\r\nINVITE sip:x SIP/2.0\r\n\r\n\0\0`;
const UTF8 = Buffer.from("Grüße, 你好, 👋\n\n", "utf8").toString("latin1");
const MULTIPART = `--b\r\nContent-Type: application/sdp\r\n\r\n${VIDEO}\r\n--b\r\nContent-Type: application/x-odd\r\n\r\n${BINARY}\r\n--b--`;
const PIDF = `<?xml version="1.0" encoding="UTF-8"?>\n<presence entity="${BERT}"><tuple id="a"><status><basic>open</basic></status></tuple></presence>`;
const FRAGMENT = "SIP/2.0 200 OK";

/** Methods that form no dialog, or whose dialog is not ours to know, with what they usually carry. */
const REQUESTS: readonly [method: string, type: string, body: string, more: [string, string][]][] = [
  ["INVITE", "application/sdp", VIDEO, []],
  ["INVITE", "multipart/mixed;boundary=b", MULTIPART, [["Content-Disposition", "session;handling=optional"]]],
  ["MESSAGE", "text/plain;charset=UTF-8", UTF8, [["Date", "Sat, 13 Nov 2010 23:29:00 GMT"]]],
  ["MESSAGE", "application/octet-stream", BINARY, []],
  ["INFO", "application/media_control+xml", "<media_control/>", [["Info-Package", "g.x"]]],
  ["SUBSCRIBE", "application/simple-filter+xml", "<f/>", [["Event", "presence;id=7"]]],
  ["PUBLISH", "application/pidf+xml", PIDF, [["Event", "presence"]]],
  ["REFER", "message/sipfrag", "x", [["Refer-To", "<sip:c@example.net?Replaces=a%3Bb>"]]],
  [
    "NOTIFY",
    "message/sipfrag;version=2.0",
    FRAGMENT,
    [
      ["Event", "refer"],
      ["Subscription-State", "terminated"],
    ],
  ],
  ["OPTIONS", "application/sdp", VIDEO, [["Accept", "application/sdp, video/x"]]],
  ["FLY", "x/y", BINARY, [["X-Odd", 'a  b\t"c" ; d=%00']]],
];

/** Our own hop's fields; all others are the ends' business. */
const OURS = ["via", "record-route", "max-forwards", "max-breadth", "proxy-authorization"];
const theirs = ({ fields }: SipMessage): [string, string][] => fields.filter(([name]) => !OURS.includes(name));
/** In any order, since a proxy may put what it writes itself where it likes. */
const sorted = (fields: [string, string][]): string[] => fields.map((field) => field.join(": ")).sort();

for (const build of BUILDS) {
  describe(`passing through, ${build} build`, () => {
    function site(): { bench: ServerBench; anna: BenchPhone; bert: BenchPhone } {
      const bench = new ServerBench(build);
      const [anna, bert] = [new BenchPhone(bench, "101", A), new BenchPhone(bench, "102", B)];
      anna.register();
      bert.register();
      return { bench, anna, bert };
    }

    /** As BenchPhone.request(), for bodies of any bytes: Content-Length counts bytes, and here a letter is one. */
    function ask(phone: BenchPhone, method: string, fields: [string, string][], body: string): void {
      const write = (more: [string, string][]): string => {
        const via = fields.map(([name, value]): [string, string] =>
          name === "Via" ? [name, phone.via()] : [name, value],
        );
        const lines = [...via, ...more].map((field) => field.join(": "));
        return `${method} ${BERT} SIP/2.0\r\n${lines.join("\r\n")}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      };
      phone.send(write([]));
      const challenge = phone.challenge(phone.takeOne());
      phone.send(write([["Proxy-Authorization", authorize(challenge, phone.user, phone.password, method, BERT)]]));
    }

    for (const [method, type, body, more] of REQUESTS) {
      it(`${method} with ${type}: the body byte for byte, every other field as it was, both ways`, () => {
        const { bench, anna, bert } = site();
        const fields = anna.fields(method, BERT, [["Content-Type", type], ...more]);
        ask(anna, method, fields, body);
        if (method === "INVITE") assert.equal(anna.takeOne().status, 100);
        const received = bert.takeOne();
        assert.equal(received.method, method);
        assert.equal(received.body, body);
        assert.deepEqual(
          sorted(theirs(received)),
          sorted([
            ...fields
              .map(([name, value]): [string, string] => [name.toLowerCase(), value])
              .filter(([name]) => !OURS.includes(name)),
            ["content-length", `${body.length}`],
          ]),
        );

        const copied = received.fields.filter(([name]) => ["via", "from", "to", "call-id", "cseq"].includes(name));
        const answerFields: [string, string][] = [
          ...copied.map(([name, value]): [string, string] =>
            name === "to" ? [name, `${value};tag=b`] : [name, value],
          ),
          ["contact", `<${bert.contact}>`],
          ["content-type", type],
          ["x-extra", '  kept ,  "as" it is'.trim()],
        ];
        bert.send(
          `SIP/2.0 299 Très bien\r\n${answerFields.map((field) => field.join(": ")).join("\r\n")}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        );
        const answer = anna.takeOne();
        assert.equal(answer.startLine, "SIP/2.0 299 Très bien");
        assert.equal(answer.body, body);
        assert.deepEqual(
          sorted(theirs(answer)),
          sorted([...answerFields.filter(([name]) => name !== "via"), ["content-length", `${body.length}`]]),
        );
        assert.deepEqual(bench.counter("SipMalformed"), 0);
      });
    }

    it("inside a call: offers with video, INFO, NOTIFY and what nobody has heard of, from either side", () => {
      const { anna, bert } = site();
      const invite = anna.request("INVITE", BERT, [["Content-Type", "application/sdp"]], VIDEO);
      anna.take();
      bert.answer(bert.takeOne(), "200 OK", [["Content-Type", "application/sdp"]], VIDEO);
      const ok = anna.takeOne();
      assert.equal(ok.body, VIDEO);
      for (const [method, type, body] of REQUESTS) {
        for (const [isCaller, from, to] of [
          [true, anna, bert],
          [false, bert, anna],
        ] as const) {
          const text = from.dialogRequest(method, invite, ok, isCaller, [["Content-Type", type]]);
          from.send(text.replace("Content-Length: 0\r\n\r\n", `Content-Length: ${body.length}\r\n\r\n${body}`));
          const [received] = to.take();
          assert.equal(received?.method, method);
          assert.equal(received?.body, body);
          to.answer(received as SipMessage, "200 OK");
          if (method === "INVITE") from.send(from.dialogRequest("ACK", invite, ok, isCaller));
          from.take();
          to.take();
        }
      }
    });

    it("an ACK carries its answer", () => {
      const { anna, bert } = site();
      const invite = anna.request("INVITE", BERT);
      anna.take();
      bert.answer(bert.takeOne(), "200 OK", [["Content-Type", "application/sdp"]], VIDEO);
      const ok = anna.takeOne();
      const ack = anna.dialogRequest("ACK", invite, ok, true, [["Content-Type", "application/sdp"]]);
      anna.send(ack.replace("Content-Length: 0\r\n\r\n", `Content-Length: ${VIDEO.length}\r\n\r\n${VIDEO}`));
      assert.equal(bert.takeOne().body, VIDEO);
    });

    it("a MESSAGE from phone to phone and back, as people chat", () => {
      const { anna, bert } = site();
      anna.request("MESSAGE", BERT, [["Content-Type", "text/plain"]], "lunch?");
      const asked = bert.takeOne();
      assert.equal(asked.body, "lunch?");
      bert.answer(asked, "200 OK");
      assert.equal(anna.takeOne().status, 200);
      bert.request("MESSAGE", anna.aor, [["Content-Type", "text/plain"]], "12:30");
      const answered = anna.takeOne();
      assert.equal(answered.body, "12:30");
      assert.equal(fieldOf(answered, "from").includes(bert.aor), true);
    });
  });
}
