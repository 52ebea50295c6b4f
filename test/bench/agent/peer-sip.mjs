// The npm package `sip` as a user agent that rings and answers at once: node peer-sip.mjs PORT. Prints "ready".

import sip from "sip";

const port = Number(process.argv[2]);
const address = "127.0.0.1";
const description = [
  "v=0",
  `o=- 1 1 IN IP4 ${address}`,
  "s=-",
  `c=IN IP4 ${address}`,
  "t=0 0",
  "m=audio 40002 RTP/AVP 0",
  "a=rtpmap:0 PCMU/8000",
  "",
].join("\r\n");
let tags = 0;

function answerCall(request) {
  const tag = `t${++tags}`;
  const contact = [{ uri: `sip:service@${address}:${port}` }];
  for (const [status, reason] of [
    [180, "Ringing"],
    [200, "OK"],
  ]) {
    const response = sip.makeResponse(request, status, reason);
    response.headers.to.params.tag = tag;
    response.headers.contact = contact;
    if (status === 200) {
      response.headers["content-type"] = "application/sdp";
      response.content = description;
    }
    sip.send(response);
  }
}

sip.start({ address, port, publicAddress: address, tcp: false, logger: { error() {} } }, (request) => {
  if (request.method === "INVITE") answerCall(request);
  else if (request.method !== "ACK") sip.send(sip.makeResponse(request, 200, "OK"));
});
process.on("SIGTERM", () => process.exit(0));
console.log("ready");
